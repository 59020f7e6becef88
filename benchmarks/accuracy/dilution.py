"""Synthetic dilutions: how much of a second substance must be there until it is named.

Two references of the library are added at known shares of the spectrum's area and perturbed as
another instrument would (:mod:`spectra.confidence.simulation`), then go through everything that a
file goes through. They share the library's own noise and response with what they are compared with,
so real mixtures do worse; shares are shares of the spectrum, never weight percent.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from libraries.library import Library
from spectra.confidence.simulation import perturb
from spectra.matching.search import MIN_OVERLAP_POINTS
from spectra.matrix import SpectralMatrix

from . import figures
from .cases import SYNTHETIC, Case
from .judging import PIPELINE, Judged, candidate_labels

SHARES: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
PAIRS, QUICK_PAIRS = 24, 2
SEED: Final = 20_260_101
OFFSET: Final = 1.0
"""Level on which a blend stands, over its highest band, so that its noise shows below zero too."""
EXTRA_NOISE: Final = 0.5
"""Of the noise's standard deviation: added anew, since ``perturb`` cuts the other off at zero."""
Figures = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Blend:
    """Two references of the library at known shares.

    Attributes
    ----------
    case : Case
        What the engine is asked.
    major, minor : str
        Identities of the components.
    share : float
        Of the minor component, in the spectrum's area.
    """

    case: Case
    major: str
    minor: str
    share: float


def blends(library: Library, *, pairs: int = PAIRS) -> list[Blend]:
    """Make some random pairs, each at every share.

    Parameters
    ----------
    library : Library
        References.
    pairs : int
        How many.
    """
    matrix = library.candidates(PIPELINE)
    identities = [label.identity for label in candidate_labels(library)]
    rng = np.random.default_rng(SEED)
    chosen: list[tuple[int, int]] = []
    for _ in range(100 * pairs):
        major, minor = (int(row) for row in rng.choice(len(identities), 2, replace=False))
        overlap = int((matrix.mask[major] & matrix.mask[minor]).sum())
        if len(chosen) < pairs and identities[major] != identities[minor] and overlap >= MIN_OVERLAP_POINTS:
            chosen.append((major, minor))
    return [
        _blend(matrix, rows, identities, share=share, seed=(SEED, pair, place))
        for pair, rows in enumerate(chosen)
        for place, share in enumerate(SHARES)
    ]


def _blend(
    matrix: SpectralMatrix,
    rows: tuple[int, int],
    identities: Sequence[str],
    *,
    share: float,
    seed: tuple[int, ...],
) -> Blend:
    measured = matrix.mask[list(rows)].all(axis=0)
    parts = np.where(measured, matrix.intensity[list(rows)].astype(np.float64), 0.0)
    areas = np.maximum(parts.sum(axis=1), 1e-12)
    rng = np.random.default_rng(seed)
    intensity, noise = perturb((np.array([1.0 - share, share]) / areas) @ parts, matrix.grid, rng)
    intensity += OFFSET + rng.normal(0.0, EXTRA_NOISE * noise, intensity.size)
    major, minor = (identities[row] for row in rows)
    name = f"{SYNTHETIC}/{major} with {share:.0%} {minor}, {seed[1]}"
    truth = frozenset({major, minor})
    case = Case(name, SYNTHETIC, truth, matrix.grid.axis[measured], intensity[measured])
    return Blend(case, major, minor, share)


def summarise(made: Sequence[Blend], judged: Iterable[Judged]) -> list[Figures]:
    """Recall, precision and error of the shares, one entry per share.

    Parameters
    ----------
    made : sequence of Blend
        What was asked.
    judged : iterable of Judged
        Among others, the answers to them.
    """
    by_name = {entry.case.name: entry for entry in judged}
    found = []
    for share in sorted({blend.share for blend in made}):
        own = [blend for blend in made if blend.share == share]
        entries = [by_name[blend.case.name] for blend in own]
        named = [entry.named if entry.states else frozenset() for entry in entries]
        n_named = sum(len(each) for each in named)
        true = sum(len(each & blend.case.truth) for blend, each in zip(own, named, strict=True))
        minor = sum(blend.minor in each for blend, each in zip(own, named, strict=True))
        major = sum(blend.major in each for blend, each in zip(own, named, strict=True))
        found.append(
            {
                "share": share,
                "n": len(own),
                "minor_named": asdict(figures.share(minor, len(own))),
                "major_named": asdict(figures.share(major, len(own))),
                "names_true": asdict(figures.share(true, n_named)),
                "verdicts": dict(Counter(entry.answer.verdict for entry in entries)),
                **_share_errors(own, by_name),
            }
        )
    return found


def _share_errors(own: Iterable[Blend], by_name: Mapping[str, Judged]) -> Figures:
    """Of the minor component, where the answer gives it a share."""
    errors, inside = [], []
    for blend in own:
        entry = by_name[blend.case.name]
        for each in entry.answer.substances if entry.states else ():
            if each.label.identity != blend.minor or each.share is None:
                continue
            errors.append(each.share - blend.share)
            if each.share_interval is not None:
                inside.append(each.share_interval[0] <= blend.share <= each.share_interval[1])
    return {
        "share_n": len(errors),
        "share_bias": float(np.mean(errors)) if errors else None,
        "share_rmse": float(np.sqrt(np.mean(np.square(errors)))) if errors else None,
        "share_interval_holds": asdict(figures.share(sum(inside), len(inside))) if inside else None,
    }
