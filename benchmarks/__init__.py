"""Benchmarks: how fast and how right, measured; not part of the wheel."""
