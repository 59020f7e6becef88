"""Makers' text exports, one a file."""
