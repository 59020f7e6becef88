"""Damaged files against every reader: what escapes, hangs or eats memory is a bug."""
