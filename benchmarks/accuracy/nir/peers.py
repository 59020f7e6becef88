"""What is in common use for NIR, in our own words: one preprocessing, Pearson's correlation, a threshold.

Absorbance (log 1/R of a reflectance) on a common even grid; then standard normal variate (Barnes,
Dhanoa, Lister, Appl. Spectrosc. 43, 1989, 772, 10.1366/0003702894202201) and a Savitzky-Golay
derivative of second order polynomials (Anal. Chem. 36, 1964, 1627, 10.1021/ac60214a047), window in nm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from spectra.spectrum import Spectrum

from ..votes import Figures, counted, operating_point, scored
from .scans import Scan

STEP_NM: Final = 2.0
WINDOW_NM: Final = 50.0
"""Best of 10 to 50 nm for the second derivative on the NIRscan scans, and as good as any on the packaging."""
RATES: Final = (0.01, 0.005)
MIN_REFLECTANCE: Final = 1e-4

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Peer:
    """One rule of comparison: from absorbance on an even grid to what is correlated."""

    name: str
    prepare: Callable[[Values], Values]


def snv(values: Values) -> Values:
    """Give the standard normal variate; zeros for a flat spectrum."""
    spread = values.std()
    centred: Values = values - values.mean()
    return centred / spread if spread > 0 else centred


def derivative(values: Values, order: int) -> Values:
    """Savitzky-Golay derivative over ``WINDOW_NM``."""
    points = round(WINDOW_NM / STEP_NM) // 2 * 2 + 1
    made: Values = savgol_filter(values, points, 2, deriv=order, delta=STEP_NM)
    return made


PEERS: Final = (
    Peer("SNV + second derivative, Pearson", lambda values: derivative(snv(values), 2)),
    Peer("first derivative, Pearson", lambda values: derivative(values, 1)),
    Peer("raw Pearson", lambda values: values),
)


def absorbance(spectrum: Spectrum) -> Values:
    """Absorbance of a spectrum in absorbance or reflectance."""
    if spectrum.metadata.get("quantity") == "reflectance":
        made: Values = -np.log10(np.maximum(spectrum.intensity, MIN_REFLECTANCE))
        return made
    return spectrum.intensity


def even_grid(scans: Sequence[Scan]) -> Values:
    """Points ``STEP_NM`` apart that every scan measured."""
    low = max(scan.spectrum.axis[0] for scan in scans)
    high = min(scan.spectrum.axis[-1] for scan in scans)
    return np.arange(np.ceil(low / STEP_NM) * STEP_NM, high, STEP_NM)


def correlations(peer: Peer, queries: Sequence[Scan], references: Sequence[Scan]) -> Values:
    """Pearson's r of every query with every reference, shape (n queries, n references)."""
    grid = even_grid([*queries, *references])

    def rows(scans: Sequence[Scan]) -> Values:
        made: Values = np.stack(
            [peer.prepare(np.interp(grid, s.spectrum.axis, absorbance(s.spectrum))) for s in scans]
        )
        made -= made.mean(axis=1, keepdims=True)
        made /= np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-30)
        return made

    found: Values = rows(queries) @ rows(references).T
    return found


def judge_peers(rounds: Sequence[tuple[Sequence[Scan], Sequence[Scan]]]) -> dict[str, Figures]:
    """Figures of every peer over several rounds.

    Parameters
    ----------
    rounds : sequence of (queries, references)
        A reference of the query's own source is passed over where both stand in one round.

    Returns
    -------
    dict
        By name: ``top1``, and by rate of false matches the threshold, the detection, the scores.
    """
    return {peer.name: _judge(peer, rounds) for peer in PEERS}


def _judge(peer: Peer, rounds: Sequence[tuple[Sequence[Scan], Sequence[Scan]]]) -> Figures:
    right: list[float] = []
    first: list[bool] = []
    false: list[float] = []
    votes: list[str] = []
    known: list[str] = []
    for queries, references in rounds:
        table = correlations(peer, queries, references)
        names = np.array([reference.substance for reference in references])
        for query, scores in zip(queries, table, strict=True):
            others = np.array([reference is not query for reference in references])
            same = (names == query.substance) & others
            false.append(float(scores[~same & others].max(initial=-np.inf)))
            votes.append(query.vote)
            if same.any():
                best = float(scores[same].max())
                first.append(best > false[-1])
                right.append(best if first[-1] else -np.inf)
                known.append(query.vote)
    points = {
        f"{rate:g}": operating_point(scored(right, known), scored(false, votes), rate) for rate in RATES
    }
    return {
        "top1": counted(first, known),
        "operating_points": points,
        "scores": {"right": [round(s, 4) for s in right], "left_out": [round(s, 4) for s in false]},
    }


def mean_curve(peer: Peer, scans: Sequence[Scan], grid: Values) -> Values:
    """Mean of what a peer compares, over several scans.

    Parameters
    ----------
    peer : Peer
        Whose preprocessing.
    scans : sequence of Scan
        At least one.
    grid : array, shape (m,)
        Even, nm.
    """
    rows = [peer.prepare(np.interp(grid, s.spectrum.axis, absorbance(s.spectrum))) for s in scans]
    mean: Values = np.mean(rows, axis=0)
    return mean
