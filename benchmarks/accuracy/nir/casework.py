"""Seizures on two handhelds through the engine: each end member on the other instrument, and the series.

The data and what is inferred of them: :mod:`..uva`. Nothing here names a substance.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from libraries.calibrating import fit_library
from libraries.engine import Engine
from libraries.library import Library
from spectra.confidence.identification import STATEMENTS
from spectra.io import read_spectra
from spectra.spectrum import Spectrum

from ..cases import only
from ..uva import COMMON, FOLDER, INSTRUMENTS, SERIES, STEPS, first_of
from .asking import Round
from .scans import Scan, library_of

Figures = dict[str, Any]


def read_items(path: Path) -> dict[int, Spectrum]:
    """All items of one instrument, by number.

    Parameters
    ----------
    path : Path
        One of the workbooks.
    """
    return {int(str(each.metadata["label"])[1:]): each for each in read_spectra(path)}


def end_scans(items: dict[int, Spectrum], *, instrument: str) -> list[Scan]:
    """End members of all series; the last ones are one substance.

    Parameters
    ----------
    items : dict
        Of ``read_items``.
    instrument : str
        Its name.
    """
    numbers = [series * STEPS + step for series in range(SERIES) for step in (1, STEPS)]
    return [
        Scan(f"{instrument} K{number}", _name(number), instrument, items[number], session=instrument)
        for number in numbers
    ]


def handheld_rounds(data: Path) -> list[Round]:
    """End members on one handheld asked of a library of the other's, both ways.

    Parameters
    ----------
    data : Path
        The shared folder.
    """
    ends = [
        end_scans(read_items(data / FOLDER / file), instrument=name) for name, file in INSTRUMENTS.items()
    ]
    return [(ends[1], ends[0]), (ends[0], ends[1])]


def measure_series(data: Path) -> Figures:
    """Count what the engine says of every step between end members, all of them and not all in the library.

    Parameters
    ----------
    data : Path
        The shared folder.
    """
    return {
        name: _series(read_items(data / FOLDER / file), instrument=name) for name, file in INSTRUMENTS.items()
    }


def _series(items: dict[int, Spectrum], *, instrument: str) -> Figures:
    library = fit_library(library_of(end_scans(items, instrument=instrument), name=instrument))
    figures: Figures = {}
    for title in ("whole", "first_removed", "last_removed"):
        counts: Counter[str] = Counter()
        for series in range(SERIES):
            truth = {first_of(series), COMMON}
            removed = {"first_removed": first_of(series), "last_removed": COMMON}.get(title, "")
            engine = Engine([_less(library, removed)])
            for step in range(2, STEPS):
                counts[_said(engine, items[series * STEPS + step], truth - {removed})] += 1
        figures[title] = dict(sorted(counts.items())) | {"n": sum(counts.values())}
    return figures


def _said(engine: Engine, spectrum: Spectrum, truth: set[str]) -> str:
    answer = engine.identify(spectrum).identification
    named = {each.label.substance for each in answer.substances} if answer.verdict in STATEMENTS else set()
    if not named:
        return "nothing_named"
    if not named <= truth:
        return "wrong_name"
    return "both_named" if len(named) > 1 else "one_named"


def _less(library: Library, removed: str) -> Library:
    kept = {each.id for each in library.references if each.label.substance != removed}
    return only(library, kept) if removed else library


def _name(number: int) -> str:
    return COMMON if number % STEPS == 0 else first_of(number // STEPS)
