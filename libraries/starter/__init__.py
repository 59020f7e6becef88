"""The starter library: tables of bands that a fresh install answers from at once."""
