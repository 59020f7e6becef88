"""One value, one text: JSON as it is hashed and signed."""

import hashlib
import json

from spectra.errors import LibraryError, SpectraError


def canonical(value: object, *, refuse: type[SpectraError] = LibraryError) -> bytes:
    """JSON with sorted keys, ASCII, without blanks and NaN.

    Numbers are written by the shortest digits that come back as the same double, so spectra survive
    exactly.

    Parameters
    ----------
    value : plain JSON
        Mappings with text keys, lists, text, finite numbers, booleans, None.
    refuse : type of SpectraError
        What is raised of anything else.

    Raises
    ------
    SpectraError
        ``refuse``, when the value is not plain JSON.
    """
    try:
        text = json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise refuse(f"a record cannot be written ({error}): expected plain, finite values") from error
    return text.encode("ascii")


def sha256_of(value: object, *, refuse: type[SpectraError] = LibraryError) -> str:
    """SHA-256 of the canonical JSON, 64 hex digits.

    Raises
    ------
    SpectraError
        As ``canonical``.
    """
    return hashlib.sha256(canonical(value, refuse=refuse)).hexdigest()
