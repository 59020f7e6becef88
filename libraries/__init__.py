"""Everything that persists: reference libraries, how they are built, opened and checked.

Building from a folder is in ``libraries.ingest``; it loads the readers, this does not.
"""

from .library import Library, save_library, verify_library
from .reference import Naming, Provenance, Reference, make_reference, reference_id

__all__ = [
    "Library",
    "Naming",
    "Provenance",
    "Reference",
    "make_reference",
    "reference_id",
    "save_library",
    "verify_library",
]
