"""Makers' own files, one format a file, and those that are only recognised."""
