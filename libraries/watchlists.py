"""Watch lists: substances that a service wants to be told of, whatever the schedules say.

A file in TOML or JSON with one table per list::

    [customs-gbl]
    service = "customs"
    countries = ["NL", "BE"]
    substances = ["GBL", "ketamine"]
    since = "2026-01-01"
    source = "instruction 2026/4"
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from spectra.errors import LibraryError
from spectra.label import Label

from .substances import identity_key, is_cas

MAX_BYTES: Final = 16 * 2**20
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_KEYS: Final = frozenset({"service", "countries", "substances", "since", "until", "source"})


@dataclass(frozen=True)
class Watchlist:
    """One list.

    Attributes
    ----------
    name : str
        What results call it.
    service : str
        Whose it is; empty for every service.
    countries : tuple of str
        Where it counts; empty for everywhere.
    substances : frozenset of str
        CAS numbers, and identity keys of names.
    since, until : str
        First and last ISO date; empty for no end.
    source : str
        Who decided it.
    """

    name: str
    service: str
    countries: tuple[str, ...]
    substances: frozenset[str]
    since: str = ""
    until: str = ""
    source: str = ""

    def applies(self, service: str, country: str, date: str) -> bool:
        """Whether the list counts for a service in a country on a day."""
        ours = not self.service or self.service.casefold() == service.casefold()
        here = not self.countries or country in self.countries
        return ours and here and self.since <= date and (not self.until or date <= self.until)

    def holds(self, label: Label) -> bool:
        """Whether a substance is on the list, by CAS number or by any of its names."""
        keys = {label.cas, label.identity, identity_key(label.substance)} - {""}
        return not keys.isdisjoint(self.substances)


def read_watchlists(path: Path) -> tuple[Watchlist, ...]:
    """Read the watch lists of a file.

    Parameters
    ----------
    path : Path
        TOML, or JSON where the name ends in ``.json``.

    Raises
    ------
    LibraryError
        The file is missing, no TOML or JSON, or holds something else than lists; names the list.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LibraryError(f"{path}: larger than {MAX_BYTES} bytes; is it a file of watch lists?")
        text = path.read_bytes().decode("utf-8-sig")
        plain = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise LibraryError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except (ValueError, RecursionError) as error:
        raise LibraryError(f"{path}: {error}; expected TOML or JSON, mend that line") from error
    if not isinstance(plain, dict) or not plain:
        raise LibraryError(f"{path}: no watch list; expected a table such as [customs]")
    return tuple(_watchlist(path, name, each) for name, each in plain.items())


def _watchlist(path: Path, name: str, plain: object) -> Watchlist:
    """One list of a file."""
    where = f"{path}: watch list {name!r}"
    if not isinstance(plain, dict):
        raise LibraryError(f"{where}: expected a table with substances")
    if unknown := set(plain) - _KEYS:
        raise LibraryError(f"{where}: {min(unknown)!r} is unknown; expected {', '.join(sorted(_KEYS))}")
    names = _texts(where, plain, "substances")
    if not names:
        raise LibraryError(f"{where}: no substances; expected at least one name or CAS number")
    dates = [str(plain.get(key, "")) for key in ("since", "until")]
    for date in dates:
        if date and not _DATE.fullmatch(date):
            raise LibraryError(f"{where}: date {date!r}; expected one such as 2026-01-31")
    return Watchlist(
        name=name,
        service=str(plain.get("service", "")),
        countries=tuple(_texts(where, plain, "countries")),
        substances=frozenset(each if is_cas(each) else identity_key(each) for each in names),
        since=dates[0],
        until=dates[1],
        source=str(plain.get("source", "")),
    )


def _texts(where: str, plain: Mapping[str, Any], key: str) -> list[str]:
    values = plain.get(key, [])
    if not isinstance(values, list) or not all(isinstance(each, str) and each.strip() for each in values):
        raise LibraryError(f"{where}: {key} {values!r}; expected a list of texts")
    return [each.strip() for each in values]
