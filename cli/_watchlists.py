"""The watch lists of the configuration: their substances count as if each had been named with --watch."""

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._config import Config
from ._engine import STARTER
from ._streams import printable

if TYPE_CHECKING:
    from spectra.label import Label


def with_listed(watched: Sequence[str], libraries: Sequence[str], config: Config) -> tuple[str, ...]:
    """Add the substances of the libraries that a list of the configuration holds today.

    They are named, so that evidence holds them and a replay asks the same, whatever the lists say then.

    Parameters
    ----------
    watched : sequence of str
        As typed.
    libraries : sequence of str
        As typed; none for the built-in starter.
    config : Config
        In effect.

    Raises
    ------
    click.UsageError
        A file of watch lists that cannot be used.
    """
    file = config.value("watchlist.file")
    if file is None:
        return tuple(watched)
    from libraries.watchlists import read_watchlists
    from spectra.errors import LibraryError

    service, country = config.value("watchlist.service") or "", config.value("watchlist.country") or ""
    today = datetime.datetime.now().date().isoformat()
    try:
        lists = [each for each in read_watchlists(Path(file)) if each.applies(service, country, today)]
    except LibraryError as error:
        raise click.UsageError(printable(str(error))) from error
    try:
        labels = list(_labels(libraries))
    except Exception:  # noqa: BLE001  # the command opens them too, and tells what is wrong
        return tuple(watched)
    listed = {label.substance for label in labels if any(each.holds(label) for each in lists)}
    return tuple(dict.fromkeys([*watched, *sorted(listed)]))


def _labels(libraries: "Sequence[str]") -> "Iterator[Label]":
    from libraries.engine import Engine

    for library in Engine.open([each for each in libraries if each != STARTER]).libraries:
        yield from library.labels
