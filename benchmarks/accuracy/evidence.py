"""Re-makes the measured statistics of the evidence and, on request, the fit of its weights.

::

    python -m benchmarks.accuracy.evidence [--data ../shared/data] [--weights]

Prints the tables of ``spectra/confidence/measured.py`` as they stand there, one entry per usable
spectrum; truths in doubt (:mod:`.doubtful`) are left out of everything here. With ``--weights`` also
the sign-bounded logistic fit beside the shipped weights, and what holds for sources it never saw.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from spectra.matching.components import NO_CASE
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


def threshold_lines(judged: Sequence[Judged]) -> Iterator[str]:
    """Thresholds and gaps as ``measured.py`` writes them.

    Parameters
    ----------
    judged : sequence of Judged
        Every planned case; mixtures and doubtful truths are passed over.
    """
    pure = [e for e in judged if e.case.kind != "mixture" and not e.case.doubt]
    log_odds, _ = _weights.unseen(_weights.weighable(pure))
    usable = [entry for entry in pure if entry.usable]
    strangers, left_out = (
        log_odds[np.array([entry.kind == kind for entry in usable])] for kind in ("stranger", "left_out")
    )
    weight = np.concatenate([np.full(own.size, 0.5 / max(own.size, 1)) for own in (strangers, left_out)])
    wrong = np.concatenate([strangers, left_out])
    yield f"STRANGERS_99: Final = {_up(figures.threshold_at(strangers, 0.01)):g}"
    yield f"WRONG_99: Final = {_up(figures.threshold_at(wrong, 0.01, weight=weight)):g}"
    false = [entry.false_component for entry in usable]
    odds = np.array([NO_CASE if each is None else each for each in false])
    yield f"MIXTURE_ASKED: Final = {odds.size}"
    yield f"MIXTURE_998: Final = {_up(figures.threshold_at(odds, 0.002)):g}"
    cells = ["math.inf" if math.isinf(gap) else f"{gap:.2f}" for gap in gaps(usable)]
    yield f"GAPS: Final = ({''.join(f'{cell}, ' for cell in cells).rstrip()})"


def gaps(usable: Sequence[Judged]) -> list[float]:
    """By how much another name beat the true one, ascending; infinite where the truth was no candidate.

    Parameters
    ----------
    usable : sequence of Judged
        Only those with their substance in the library count.
    """
    found = []
    for entry in usable:
        if entry.kind == "known" and not entry.is_right:
            true = [each.log_odds for each in entry.ranked if entry.is_truth(each)]
            found.append(entry.log_odds - max(true, default=-math.inf))
    return sorted(found)


def weight_lines(judged: Sequence[Judged]) -> Iterator[str]:
    """Fitted and shipped weights, and the leave-one-source-out figures.

    Parameters
    ----------
    judged : sequence of Judged
        Every planned case; mixtures are passed over.
    """
    pure = [entry for entry in judged if entry.case.kind != "mixture"]
    cases = _weights.weighable(pure)
    fitted, statements = _weights.fit_weights(cases)
    yield f"{'weight':22}{'fitted':>9}{'shipped':>9}"
    for name, value in zip((*_weights.TERMS, "constant"), fitted, strict=True):
        yield f"{name:22}{value:9.2f}{WEIGHTS[name]:9.2f}"
    sure = [case for case in cases if not case.entry.case.doubt]
    shipped = _weights.state(sure, _weights.shipped())
    by_shipped = shipped.terms @ _weights.shipped()[:-1] + WEIGHTS["constant"]
    yield from _figures("shipped weights", shipped, by_shipped, shipped.right)
    yield from _figures(
        "fitted, same cases", statements, statements.terms @ fitted[:-1] + fitted[-1], statements.right
    )
    yield from _figures("leave one source out", shipped, *_weights.unseen(sure))


def _figures(text: str, made: _weights.Statements, log_odds: np.ndarray, right: np.ndarray) -> Iterator[str]:
    known = np.where(right, log_odds, -np.inf)[made.present]
    points = []
    for rate in (0.01, 0.005):
        threshold, found = figures.detected_at(known, log_odds[made.stranger], rate)
        points.append(
            f"{found.value:.1%} ({found.low:.1%} - {found.high:.1%}) at {rate:.1%} above {threshold:.2f}"
        )
    claimed = 1.0 / (1.0 + np.exp(-log_odds))
    weight = figures.even_prior(made.present)
    bins = figures.reliability(claimed, right, weight)
    yield f"{text:22}detected {'; '.join(points)}, n {known.size}"
    yield (
        f"{'':22}as a probability: calibration error {figures.calibration_error(bins):.3f}, "
        f"Brier {figures.brier(claimed, right, weight):.3f}"
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
    with judging.processes(library) as pool:
        judged = judging.judge_all(library, found, pool=pool)
    print(f"# {len(found)} spectra of {len({case.source for case in found})} sources")
    print(*table_lines(quantile_tables(judged)), sep="\n")
    print(*threshold_lines(judged), sep="\n")
    if options.weights:
        print(*weight_lines(judged), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
