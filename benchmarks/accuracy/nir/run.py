"""Measures everything that there is of NIR."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from . import asking, casework, idrc, nirscan, peers, summary, usgs
from .asking import Round
from .scans import Scan

Figures = dict[str, Any]
NO_NIR: Final = "this engine searches no NIR libraries"
QUICK_SCANS: Final = 2
"""Of each substance and group, in a quick run."""


def check_data(data: Path) -> None:
    """End the run when the measured data are not there.

    Parameters
    ----------
    data : Path
        As given.
    """
    if not (data / nirscan.FOLDER).is_dir():
        raise SystemExit(f"{data}: no {nirscan.FOLDER} in it; give the folder of measured data by --data")


def measure(data: Path, *, quick: bool = False) -> Figures:
    """All figures.

    Parameters
    ----------
    data : Path
        The shared folder.
    quick : bool
        A fixed subsample.
    """
    found: Figures = {"technique": "nir"}
    for name, rounds in (
        ("nirscan", nirscan_rounds(data, quick=quick)),
        ("usgs_pairs", pair_rounds(data)),
        ("usgs_packaging", packaging_rounds(data)),
        ("handhelds", casework.handheld_rounds(data)),
    ):
        found[name] = compare(rounds)
    found["nirscan"]["second_derivatives"] = _second_derivatives(nirscan.nirscan_scans(data))
    found["uva"] = _uva(data, quick=quick)
    found["series"] = casework.measure_series(data) if not quick and asking.can_ask() else {}
    found["idrc"] = idrc.measure(data)
    return found


def compare(rounds: Sequence[Round]) -> Figures:
    """Ours and the peers on the same rounds.

    Parameters
    ----------
    rounds : sequence of Round
        Queries and references.
    """
    ours = summary.summarise(asking.ask_all(rounds)) if asking.can_ask() else {"skipped": NO_NIR}
    return {"ours": ours, "peers": peers.judge_peers(rounds)}


def nirscan_rounds(data: Path, *, quick: bool = False) -> list[Round]:
    """Each day's scans asked of a library of the other day's."""
    scans = nirscan.nirscan_scans(data)
    if quick:
        scans = [scan for scan in scans if int(scan.name.rpartition("_")[2]) <= QUICK_SCANS]
    by_day = {day: [scan for scan in scans if scan.session == day] for day in nirscan.days(scans)}
    return [
        ([scan for day in by_day if day != of for scan in by_day[day]], references)
        for of, references in by_day.items()
    ]


def pair_rounds(data: Path) -> list[Round]:
    """Each specimen's scan on one spectrometer asked of a library of the other's scans."""
    scans = usgs.usgs_scans(data)
    both = usgs.pairs(scans)
    minerals = {
        session: [scan for scan in scans if scan.session == session and not usgs.packaging([scan])]
        for session in ("BECK", "ASD")
    }
    return [
        ([asd for _, asd in both], minerals["BECK"]),
        ([beck for beck, _ in both], minerals["ASD"]),
    ]


def packaging_rounds(data: Path) -> list[Round]:
    """Each specimen asked of a library of all others."""
    scans = usgs.packaging(usgs.usgs_scans(data))
    return [(scans, scans)]


def _second_derivatives(scans: Sequence[Scan]) -> Figures:
    """Mean SNV second derivative of each substance, for a plot."""
    grid = peers.even_grid(scans)
    curves: dict[str, list[float]] = {}
    for substance in sorted({scan.substance for scan in scans}):
        own = [scan for scan in scans if scan.substance == substance]
        made = peers.mean_curve(peers.PEERS[0], own, grid)
        curves[substance] = [round(float(value) * 1e3, 3) for value in made]
    return {"axis_nm": grid.tolist(), "curves": curves, "n": len(scans)}


def _uva(data: Path, *, quick: bool) -> Figures:
    """Figures of the series, by the module that knows them."""
    try:
        measured: Callable[..., Figures] = importlib.import_module("benchmarks.accuracy.uva").measure
    except (ImportError, AttributeError):
        return {"skipped": "no module that fits the series"}
    return measured(data, quick=quick)
