"""Whether a stated detection limit holds: blind dilutions made of measured spectra alone.

A spectrum of one instrument stands for what was found. To it is added, raw and with its
fluorescence, what the same instrument measured of another substance, at a share of the area that the
stated limit gives. The library, and so the limit, comes from a second instrument. The limit holds
where the mixture search names the added substance in at least ``LEVEL`` of the cases; it says
something where the same search misses it at lower shares.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from libraries.library import Library
from spectra.confidence.detection_limit import LEVEL, detection_limits
from spectra.matching.alignment import AlignedQuery, align
from spectra.matching.basis import Basis, build_basis
from spectra.matching.candidates import rank_candidates
from spectra.matching.index import Query, build_index, prepare_query
from spectra.matching.mixtures import MIN_LOG_ODDS, find_mixture
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum

from . import figures
from .cases import Case, identities_by_name, measured_library, shared_cases
from .judging import PIPELINE, candidate_labels

SOURCES: Final = ("WP-785X", "portable")

TWICE: Final = frozenset({"Methyl Ethyl Ketone", "isopropanol"})
"""The library holds them under a second name too, as another substance: either is right."""

PER_BACKGROUND: Final = 6
FACTORS: Final = (0.67, 1.0, 1.5)
"""Times the stated limit, at which each pair is asked."""

HIGHEST: Final = 0.97
RANGE_CM1: Final = (302.0, 2300.0)
"""On which areas are compared: the library's, where mixtures are fitted."""

_SEED: Final = 20_260_101
Figures = dict[str, Any]


@dataclass(frozen=True, eq=False)
class _Measured:
    """One measured spectrum of a substance, with its row of the library and its area there."""

    case: Case
    row: int
    area: float
    query: Query
    aligned: AlignedQuery


def detection_limit_check(data: Path, *, min_log_odds: float = MIN_LOG_ODDS) -> Figures:
    """Dilute every background's watched substances and count what is named.

    Parameters
    ----------
    data : Path
        The shared folder.
    min_log_odds : float
        Evidence that a component of a mixture needs.

    Returns
    -------
    dict
        ``level``, what the limits claim; for each instrument ``pairs``, ``never`` (pairs that are
        said to be missed at any share), quantiles of the limits, and ``named`` with an interval at
        each of ``FACTORS`` times the limit; ``missed`` lists what was missed at the limit itself.
    """
    library = measured_library(data).with_prepared([PIPELINE])
    labels = candidate_labels(library)
    index = build_index(library.candidates(PIPELINE))
    basis = build_basis(index, [label.identity for label in labels])
    found: Figures = {"level": LEVEL}
    for source in SOURCES:
        measured = _measured(data, library, basis, source)
        asked = [_ask(basis, measured, place, min_log_odds) for place in range(len(measured))]
        found[source] = _summarise([pair for pairs in asked for pair in pairs])
    return found


def _measured(data: Path, library: Library, basis: Basis, source: str) -> list[_Measured]:
    labels = candidate_labels(library)
    rows = {label.identity: row for row, label in enumerate(labels)}
    measured = []
    for case in shared_cases(data, identities_by_name(library)):
        if case.source != source or len(case.truth) != 1:
            continue
        row = rows[next(iter(case.truth))]
        if labels[row].substance in TWICE:
            continue
        query = _query(case.spectrum, basis)
        measured.append(_Measured(case, row, _area(case.spectrum), query, align(query)))
    return measured


def _ask(basis: Basis, measured: Sequence[_Measured], place: int, min_log_odds: float) -> list[Figures]:
    """Limits of some substances in one background, and whether they are named around these."""
    ground = measured[place]
    others = [each for each in measured if each.row != ground.row]
    rng = np.random.default_rng((_SEED, place))
    chosen = rng.permutation(len(others))[:PER_BACKGROUND].tolist()
    watched = {others[each].row: others[each] for each in chosen}
    limits = detection_limits(
        basis,
        ground.query,
        aligned=ground.aligned,
        found=[ground.row],
        watched=watched,
        min_log_odds=min_log_odds,
    )
    return [
        {
            "pair": f"{watched[row].case.name} in {ground.case.name}",
            "limit": limit,
            "named": []
            if limit is None
            else [
                _is_named(basis, ground, watched[row], min(factor * limit, HIGHEST), min_log_odds)
                for factor in FACTORS
            ],
        }
        for row, limit in limits
    ]


def _is_named(basis: Basis, ground: _Measured, added: _Measured, share: float, min_log_odds: float) -> bool:
    case, other = ground.case, added.case
    second = np.interp(case.axis, other.axis, other.intensity)
    total = (1.0 - share) * case.intensity / ground.area + share * second / added.area
    query = _query(Spectrum(case.axis, total), basis)
    aligned, ranked = rank_candidates(basis.index, query)
    mixture = find_mixture(basis, query, aligned, min_log_odds=min_log_odds)
    if mixture is None:  # one substance explains it: the match
        return ranked[0].candidate.row == added.row
    return added.row in {each.row for each in mixture.components}


def _query(spectrum: Spectrum, basis: Basis) -> Query:
    noise = assess_quality(spectrum).noise
    return prepare_query(PIPELINE.apply(spectrum), basis.index.grid, noise=noise)


def _area(spectrum: Spectrum) -> float:
    prepared = PIPELINE.apply(spectrum)
    inside = (prepared.axis >= RANGE_CM1[0]) & (prepared.axis <= RANGE_CM1[1])
    return float(np.maximum(prepared.intensity[inside], 0.0).sum())


def _summarise(asked: Sequence[Figures]) -> Figures:
    stated = [each for each in asked if each["limit"] is not None]
    limits = [each["limit"] for each in stated]
    levels = (0.1, 0.5, 0.9)
    return {
        "pairs": len(asked),
        "never": len(asked) - len(stated),
        "limits": dict(zip(map(str, levels), np.quantile(limits, levels).tolist(), strict=True)),
        "named": {
            str(factor): asdict(figures.share(sum(each["named"][place] for each in stated), len(stated)))
            for place, factor in enumerate(FACTORS)
        },
        "missed": [each["pair"] for each in stated if not each["named"][FACTORS.index(1.0)]],
    }
