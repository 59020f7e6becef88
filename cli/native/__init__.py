"""The C interface: a small C library that keeps an engine in a process of its own.

``c/`` is the library (``contraspec.h`` is its contract), ``building`` compiles it, and ``worker`` is the
process that it starts: ``python -I -m cli.native``. ``wire`` is what the two say to each other; it is
private to them and may change with every version. docs/native.md is for those who use it.
"""
