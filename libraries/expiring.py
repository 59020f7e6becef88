"""When the releases of libraries expire: a clock that runs on while an engine is kept.

A load judges everything else about a release for good. Expiry alone depends on the day, and it is the only
thing for which an engine looks at the calendar: durations and deadlines go by a clock that nobody sets.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from .library import Library

EXPIRED = "library_expired"
"""Reason that an answer gives, the same as after a load."""


def last_day(libraries: Iterable[Library]) -> date | None:
    """Give the day after which the first of some libraries has expired; None where none ever does.

    Parameters
    ----------
    libraries : iterable of Library
        As loaded.
    """
    return min((day for each in libraries if (day := _last_day(each)) is not None), default=None)


def expired(libraries: Iterable[Library], at: datetime | None = None) -> tuple[str, ...]:
    """Name the libraries whose release has expired.

    Parameters
    ----------
    libraries : iterable of Library
        As loaded.
    at : datetime, optional
        With time zone; now by default. A release is good until the end of its last day, UTC.
    """
    today: date | None = None
    found = []
    for each in libraries:
        day = _last_day(each)
        if day is None:
            continue
        today = today or (at or datetime.now(UTC)).astimezone(UTC).date()
        if today > day:
            found.append(each.name)
    return tuple(found)


def _last_day(library: Library) -> date | None:
    release = library.signed
    if release is None or not release.statement.expires:
        return None
    return date.fromisoformat(release.statement.expires)
