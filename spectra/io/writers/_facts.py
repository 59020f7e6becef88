"""What a written file says of a spectrum besides its points."""

from typing import Final

from ...spectrum import MetadataValue, Spectrum

_OF_THE_FILE: Final = ("source_file", "source_sha256", "format", "reader", "index")
"""Metadata of the file it came from; the copy names that file as its origin instead."""


def facts(spectrum: Spectrum) -> dict[str, MetadataValue]:
    """Metadata to write, with the file it came from as ``origin_file`` and ``origin_sha256``."""
    known = spectrum.metadata
    told: dict[str, MetadataValue] = {
        name: value for name, value in known.items() if name not in _OF_THE_FILE and value is not None
    }
    told.setdefault("quantity", "unknown")
    for name in ("file", "sha256"):
        value = known.get(f"source_{name}")
        if value is not None:
            told.setdefault(f"origin_{name}", value)
    return told
