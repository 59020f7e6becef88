"""Compiles every kernel before it is needed: what ``doctor --warm`` does."""

from libraries.warming import KERNELS

__all__ = ["KERNELS"]
