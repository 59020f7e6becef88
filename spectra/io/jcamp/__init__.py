"""JCAMP-DX."""
