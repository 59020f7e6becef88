"""The best pair or triple of a small set of rows, by comparing all: products of either sign."""
