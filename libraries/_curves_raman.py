"""Curves of a Raman answer: broadened intensity at its shift, parts scaled on slopes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from spectra.matching.alignment import align
from spectra.matching.bands import find_bands
from spectra.matching.evidence import BROADENED_NOISE, MIN_BAND_SHARE, NOISE_FACTOR
from spectra.matching.index import prepare_query
from spectra.matching.mixtures import common_columns, find_mixture
from spectra.matching.unexplained import unexplained_bands
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum

from ._curves import as_told, covering, explanation, members_of, rows_of, sum_of
from .explaining import Claim, Curve, Explanation, Mark, Part

if TYPE_CHECKING:
    from spectra.matching.alignment import AlignedQuery
    from spectra.matching.index import Query

    from .methods.raman import RamanMethod


def explain_raman(method: "RamanMethod", spectrum: Spectrum, claim: Claim) -> Explanation:
    grid, basis = method.index.grid, method.basis
    quality = assess_quality(spectrum)
    query = prepare_query(method.pipeline.apply(spectrum), grid, noise=quality.noise)
    aligned = align(query)
    wanted = rows_of(method.labels, claim.ids)
    mixture = covering(find_mixture(basis, query, aligned) if claim.together else None, wanted)
    shift = mixture.shift_cm1 if mixture is not None else claim.shift_cm1 or 0.0
    seen, first, last = _shifted(aligned, shift, grid.step)
    members = members_of(mixture, wanted)
    rows = np.array([row for row, _, _ in members], dtype=np.int64)
    compared = (first, last)
    if rows.size == 1 and mixture is None:
        low, high = basis.stretches[rows[0]].tolist()
        compared = max(first, low), min(last, high)
    elif rows.size:
        compared = common_columns(basis, aligned, np.ones(len(basis), dtype=np.bool_))
    curves = _scaled(basis.intensity(rows, first, last), seen, compared, first, members)
    for curve, row in zip(curves, rows.tolist(), strict=True):
        low, high = (basis.stretches[row] - first).tolist()
        curve[: max(low, 0)] = curve[max(high, 0) :] = np.nan
    parts = [Part(method.labels[row], c, named) for c, (row, _, named) in zip(curves, members, strict=True)]
    axis = grid.axis[first:last]
    marks = as_told(_raman_marks(axis, seen, sum_of(parts, seen.size), query), claim.unexplained)
    inside = slice(max(compared[0] - first, 0), max(compared[1] - first, 0))
    return explanation("intensity", axis, seen, parts, marks=marks, inside=inside)


def _shifted(aligned: "AlignedQuery", shift: float, step: float) -> tuple[Curve, int, int]:
    """Intensity at the answer's shift, with its first column and the one after its last."""
    place = int(np.argmin(np.abs(aligned.shifts_cm1 - shift)))
    first, last = aligned.stretches[place].tolist()
    seen = aligned.root[place, first:last] ** 2
    rest = shift - float(aligned.shifts_cm1[place])
    points = np.arange(seen.size)
    return (np.interp(points - rest / step, points, seen) if rest else seen), first, last


def _raman_marks(axis: Curve, seen: Curve, fit: Curve, query: "Query") -> tuple[Mark, ...]:
    """Bands by the rule of ``unexplained_bands``, so that picture and answer cannot differ."""
    known = np.isfinite(fit)
    if not known.any():
        known, fit = np.ones(seen.size, dtype=np.bool_), np.zeros(seen.size)
    axis, seen, fit = axis[known], seen[known], fit[known]
    floor = max(MIN_BAND_SHARE * float(seen.max()), NOISE_FACTOR * BROADENED_NOISE * query.noise)
    places = find_bands(seen, min_prominence=floor if floor > 0 else np.inf).position
    lacking = set(unexplained_bands(seen, fit, noise=query.noise, axis=axis))
    points = np.arange(axis.size)
    found = [(round(float(np.interp(each, points, axis)), 1), each) for each in places.tolist()]
    return tuple(
        Mark(position, float(np.interp(each, points, seen)), position not in lacking)
        for position, each in found
    )


def _scaled(
    spectra: Curve,
    seen: Curve,
    compared: tuple[int, int],
    first: int,
    members: Sequence[tuple[int, float, bool]],
) -> Curve:
    """Parts whose shares of the area are those of the answer, their sum fitted to the query's slopes.

    The heights of a mixture solve the same least squares, so their common scale comes back exactly.
    """
    if not len(spectra):
        return spectra
    inside = slice(max(compared[0] - first, 0), max(compared[1] - first, 0))
    areas = np.maximum(spectra[:, inside].sum(axis=1), 1e-300)
    curves = spectra * (np.array([weight for _, weight, _ in members]) / areas)[:, None]
    slopes, ours = np.diff(curves[:, inside].sum(axis=0)), np.diff(seen[inside])
    square = float(slopes @ slopes)
    scaled: Curve = curves * (max(float(slopes @ ours), 0.0) / square if square > 0 else 0.0)
    return scaled
