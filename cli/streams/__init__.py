"""Frames of a stream as lines of JSON, and what is said of them."""
