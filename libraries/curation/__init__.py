"""Curation: what a laboratory should look at in a library before anyone relies on it."""
