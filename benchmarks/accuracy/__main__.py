"""Measures how right the answers are.

::

    python -m benchmarks.accuracy [--data ../shared/data] [--json FILE] [--quick]

Each spectrum is asked once with its substance in the library and once with it, all synonyms and
forms, left out; one vote per spectrum. Exit code 1 says that the stages taken apart here and the
engine answered differently, so that the figures cannot be trusted.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from . import cases, judging, report
from .collecting import check_data, collect
from .peers import peer_tops
from .summary import summarise

QUICK_CHECKED, CHECKED = 10, 40


def main() -> int:
    """Run, print, and the exit code."""
    parser = argparse.ArgumentParser(description="measure how right the answers are")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with raman/")
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--quick", action="store_true", help="a fixed subsample, under a minute")
    options = parser.parse_args()
    data, started = options.data, time.perf_counter()
    check_data(data)
    library = cases.measured_library(data)
    found = collect(data, cases.identities_by_name(library), quick=options.quick)
    judged, calibration = judging.judge_all(library, found, data=data)
    if calibration is None:
        raise SystemExit("the library got no calibration: there is nothing to measure")
    tops = peer_tops(library, found)
    figures = summarise(judged, judging.candidate_labels(library), calibration, tops)
    step = max(1, len(judged) // (QUICK_CHECKED if options.quick else CHECKED))
    different = judging.disagreements(library, judged[::step], calibration)
    figures["checked_against_the_engine"] = {"n": len(judged[::step]), "different": different}
    figures["seconds"] = round(time.perf_counter() - started, 1)
    print(*report.lines(figures), sep="\n")
    print(f"\n{len(judged[::step])} answers checked against the engine, {len(different)} differ")
    print(f"{figures['seconds']:.0f} s, {judging.WORKERS} processes{', QUICK SUBSAMPLE' * options.quick}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main())
