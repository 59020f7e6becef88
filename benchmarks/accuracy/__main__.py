"""Measures how right the answers are.

::

    python -m benchmarks.accuracy [--technique raman|nir] [--data ../shared/data] [--json FILE]
                                  [--plots FOLDER] [--quick]

Each spectrum is asked once with its substance in the library and once with it, all synonyms and
forms, left out; one vote per substance and source. The answers are the engine's own.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spectra.confidence.calibration import Calibration

from . import biomolecules, cases, claims, dilution, judging, plots, report, tables
from .amino import amino_vials
from .collecting import check_data, collect, collect_biomolecules
from .judging import Judged
from .limits import detection_limit_check
from .nir import plots as nir_plots
from .nir import report as nir_report
from .nir import run
from .peers import Tops, peer_tops
from .summary import independent, summarise

QUICK_DRAWS = 100


def main() -> int:
    """Run, print, and the exit code."""
    options = _options()
    started = time.perf_counter()
    near_infrared = options.technique == "nir"
    (run.check_data if near_infrared else check_data)(options.data)
    figures = (run.measure if near_infrared else _measure)(options.data, quick=options.quick)
    if options.plots:
        write_plots = nir_plots.write_plots if near_infrared else plots.write_plots
        figures["captions"] = write_plots(figures, options.plots)
    figures["seconds"] = round(time.perf_counter() - started, 1)
    print(*(_nir_text if near_infrared else _text)(figures, quick=options.quick), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="measure how right the answers are")
    parser.add_argument("--technique", choices=("raman", "nir"), default="raman", help="what to measure")
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with raman/ and nir/"
    )
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--plots", type=Path, help="write plots and captions into this folder")
    parser.add_argument("--quick", action="store_true", help="a fixed subsample, under a minute")
    return parser.parse_args()


def _measure(data: Path, *, quick: bool) -> dict[str, Any]:
    library = cases.measured_library(data)
    identities = cases.identities_by_name(library)
    with judging.processes(library) as pool:
        fitting = judging.fit_beside(pool)
        found = collect(data, identities, quick=quick)
        apart = collect_biomolecules(identities, quick=quick)
        blends = dilution.blends(library, pairs=dilution.QUICK_PAIRS if quick else dilution.PAIRS)
        tops = peer_tops(library, found), peer_tops(library, apart)
        calibration = fitting.result()
        if calibration is None:
            raise SystemExit("the library got no calibration: there is nothing to measure")
        asked = [*found, *apart, *(blend.case for blend in blends)]
        judged = judging.judge_all(library.with_calibration(calibration), asked, pool=pool)
    draws = QUICK_DRAWS if quick else claims.DRAWS
    figures = _figures(judged, Calibration.from_dict(calibration), tops, draws=draws)
    figures["dilution"] = dilution.summarise(blends, judged)
    if quick:
        return figures
    return figures | {"amino_vials": amino_vials(data), "detection_limits": detection_limit_check(data)}


def _figures(
    judged: list[Judged],
    calibration: Calibration,
    tops: tuple[dict[str, list[Tops]], dict[str, list[Tops]]],
    *,
    draws: int,
) -> dict[str, Any]:
    apart = [entry for entry in judged if entry.case.source == biomolecules.SOURCE]
    rest = [e for e in judged if e.case.source not in (biomolecules.SOURCE, cases.SYNTHETIC)]
    figures = summarise(rest, calibration, tops[0], draws=draws)
    if apart:
        thresholds = {name: at["0.01"]["threshold"] for name, at in figures["operating_points"].items()}
        figures["independent"] = independent(apart, tops[1], thresholds=thresholds)
    return figures


def _text(figures: dict[str, Any], *, quick: bool) -> Iterator[str]:
    yield from report.lines(figures)
    if "amino_vials" in figures:
        yield from report.nested("Amino-acid vials", figures["amino_vials"])
        yield from report.nested("Detection limits, blind dilutions", figures["detection_limits"])
    yield ""
    yield "Tables for the documents"
    yield ""
    yield from tables.markdown(figures)
    yield ""
    yield f"{figures['seconds']:.0f} s, {judging.WORKERS} processes{', QUICK SUBSAMPLE' * quick}"


def _nir_text(figures: dict[str, Any], *, quick: bool) -> Iterator[str]:
    yield from nir_report.lines(figures)
    yield ""
    yield f"{figures['seconds']:.0f} s{', QUICK SUBSAMPLE' * quick}"


if __name__ == "__main__":
    sys.exit(main())
