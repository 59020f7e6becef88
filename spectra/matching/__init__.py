"""Comparison of a query with references: search, evidence, mixtures, hints."""
