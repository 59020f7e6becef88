"""One value, one text: JSON as it is hashed."""

import hashlib
import json

from spectra.errors import CaseError


def canonical(value: object) -> bytes:
    """JSON with sorted keys, ASCII, without blanks and NaN.

    Numbers are written by the shortest digits that come back as the same double, so spectra survive
    exactly.

    Raises
    ------
    CaseError
        When the value is not plain JSON.
    """
    try:
        text = json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise CaseError(f"a record cannot be written ({error}): expected plain, finite values") from error
    return text.encode("ascii")


def sha256_of(value: object) -> str:
    """SHA-256 of the canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()
