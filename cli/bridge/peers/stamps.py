"""Times, and ULIDs: identifiers of 26 letters and digits that sort by time (github.com/ulid/spec)."""

import re
import secrets
import time
from datetime import UTC, datetime
from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PATTERN: Final = re.compile(f"[0-7][{_DIGITS}]{{25}}")
_RANDOM_BITS: Final = 80
_LENGTH: Final = 26


def utc_now() -> str:
    """Time of the clock, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_ulid() -> str:
    """Make a ULID of this millisecond."""
    number = (time.time_ns() // 1_000_000 % 2**48) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))


def is_ulid(text: str) -> bool:
    """Whether a text is a ULID; small letters count too."""
    return _PATTERN.fullmatch(text.upper()) is not None
