"""Measured spectra on a simulated belt: false beginnings, delays, false statements, time to a decision.

::

    python -m benchmarks.streams [--data ../shared/data] [--quick] [--empty 100000] [--json FILE]

Shapes are measured; counting noise, read noise, a drifting and flickering lamp, a polypropylene belt,
polystyrene packaging, bleaching fluorescence, focus and cosmic rays are simulated. The library is that of
one 785 nm handheld, asked in two halves: a spectrum whose substance is in the other half is a stranger, as
are all of substances that it lacks. Every rule is judged on the same looks.
"""

import argparse
import json
from pathlib import Path

from ..accuracy import cases, collecting
from .belt import delays, empty
from .going_by import covers, run_items
from .rules import summary

SNRS_SEEN = (0.25, 0.5, 1.0, 2.0, 4.0)


def main(arguments: list[str] | None = None) -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of measured data")
    parser.add_argument("--quick", action="store_true", help="a few items")
    parser.add_argument("--empty", type=int, default=100_000, metavar="N", help="frames of empty belt a row")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args(arguments)
    collecting.check_data(options.data)
    library = cases.measured_library(options.data)
    rows = [(2e3, 0.0, 0.0), (2e3, 0.02, 0.003), (1e6, 0.02, 0.003)]
    starts = [empty(library, options.empty, length, drift=d, flicker=f) for length, d, f in rows]
    shapes = [c for c in cases.shared_cases(options.data, cases.identities_by_name(library)) if covers(c)]
    seen = [delays(library, shapes[:3] if options.quick else shapes, snr) for snr in SNRS_SEEN]
    found = {
        "empty": starts,
        "delays": seen,
        **summary(run_items(options.data, library, quick=options.quick)),
    }
    print(json.dumps(found, indent=1))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
