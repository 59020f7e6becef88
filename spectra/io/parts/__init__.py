"""What several readers share: bounded bytes, header values, numbers, rows, words."""
