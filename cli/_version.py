"""Which contraspec this is.

Asking the installed distribution would load 0.02 s of standard library before every answer, and would
name another version than that of this code where a checkout stands before it.
"""

from typing import Final

DISTRIBUTION: Final = "contraspec"
VERSION: Final = "0.1.0"
"""That of pyproject.toml: a test compares them."""


def engine_version() -> str:
    """Version of this code."""
    return VERSION
