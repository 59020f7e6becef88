"""Re-makes the measured statistics of the evidence and, on request, the fit of its weights.

::

    python -m benchmarks.accuracy.evidence [--data ../shared/data] [--weights]

Prints the tables of ``spectra/confidence/measured.py`` as they stand there. With ``--weights`` also
the sign-bounded logistic fit beside the shipped weights, and what holds for sources it never saw.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from spectra.label import Label
from spectra.matching.evidence import WEIGHTS

from . import _weights, cases, figures, judging
from .collecting import check_data, collect
from .judging import Judged
from .summary import quantile_tables

PER_LINE = 11


def table_lines(tables: dict[str, list[float]]) -> Iterator[str]:
    """Tables as ``measured.py`` writes them.

    Parameters
    ----------
    tables : dict of str to list of float
        Of ``summary.quantile_tables``.
    """
    for name, values in tables.items():
        cells = [f"{value:g}" for value in figures.quantiles(values)]
        yield f"{name}: Final = ("
        for start in range(0, len(cells), PER_LINE):
            yield f"    {', '.join(cells[start : start + PER_LINE])},"
        yield ")  # fmt: skip"
        yield f"{name.removesuffix('S')}_CASES: Final = {len(values)}"
    yield f"STRANGERS_99: Final = {_up(figures.threshold_at(tables['STRANGERS'], 0.01)):g}"
    yield f"MIXTURE_WORST: Final = {_up(max(tables['MIXTURE_WRONG'])):g}"


def weight_lines(judged: Sequence[Judged], labels: Sequence[Label]) -> Iterator[str]:
    """Fitted and shipped weights, and the leave-one-source-out figures.

    Parameters
    ----------
    judged : sequence of Judged
        Every planned case; mixtures are passed over.
    labels : sequence of Label
        One per row of the library.
    """
    pure = [entry for entry in judged if entry.case.kind != "mixture"]
    fitted, statements = _weights.fit_weights(pure, labels)
    yield f"{'weight':22}{'fitted':>9}{'shipped':>9}"
    for name, value in zip((*_weights.TERMS, "constant"), fitted, strict=True):
        yield f"{name:22}{value:9.2f}{WEIGHTS[name]:9.2f}"
    n_known = sum(entry.case.kind == "known" and not entry.left_out for entry in pure)
    as_shipped = _weights.state(pure, labels, _weights.shipped())
    for text, made, log_odds in (
        ("shipped weights", as_shipped, as_shipped.terms @ _weights.shipped()[:-1] + WEIGHTS["constant"]),
        ("fitted, same cases", statements, statements.terms @ fitted[:-1] + fitted[-1]),
        ("leave one source out", statements, _weights.leave_one_source_out(statements)),
    ):
        yield from _figures(text, made, log_odds, n_known)


def _figures(text: str, made: _weights.Statements, log_odds: np.ndarray, n_known: int) -> Iterator[str]:
    right = np.append(log_odds[made.right], np.full(n_known - int(made.right.sum()), -np.inf))
    points = []
    for rate in (0.01, 0.005):
        threshold, found = figures.detected_at(right, log_odds[made.stranger], rate)
        points.append(
            f"{found.value:.1%} ({found.low:.1%} - {found.high:.1%}) at {rate:.1%} above {threshold:.2f}"
        )
    claimed = 1.0 / (1.0 + np.exp(-log_odds))
    weight = figures.even_prior(made.present)
    bins = figures.reliability(claimed, made.right, weight)
    yield f"{text:22}detected {'; '.join(points)}, n {n_known}"
    yield (
        f"{'':22}as a probability: calibration error {figures.calibration_error(bins):.3f}, "
        f"Brier {figures.brier(claimed, made.right, weight):.3f}"
    )


def _up(value: float) -> float:
    """Next tenth above."""
    return math.ceil(round(value * 10, 6)) / 10


def main() -> int:
    """Run, print, and the exit code."""
    parser = argparse.ArgumentParser(description="re-make the measured statistics of the evidence")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with raman/")
    parser.add_argument("--weights", action="store_true", help="fit the weights of the evidence too")
    options = parser.parse_args()
    check_data(options.data)
    library = cases.measured_library(options.data)
    found = collect(options.data, cases.identities_by_name(library))
    judged, _ = judging.judge_all(library, found)
    labels = judging.candidate_labels(library)
    print(f"# {len(found)} spectra of {len({case.source for case in found})} sources")
    print(*table_lines(quantile_tables(judged, labels)), sep="\n")
    if options.weights:
        print(*weight_lines(judged, labels), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
