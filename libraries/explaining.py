"""What an answer rests on, as curves: the query as it was compared, what each substance adds, the rest.

Worked out after the fact from the engine, the spectrum and what was said of it, so that identifying is no
slower for it. Raman: broadened intensity. Near infrared: second derivative of the absorbance, its sign
turned so that bands point up. Both in parts of the query's highest point, at the shift of the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from spectra.errors import SpectraError
from spectra.label import Label
from spectra.matching.bands import find_bands
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum
from spectra.units import AxisUnit, wavelength_shift_cm1

from .engine import Engine

if TYPE_CHECKING:
    from spectra.matching.alignment import AlignedQuery
    from spectra.matching.index import Query
    from spectra.matching.mixtures import Mixture

    from .methods.nir import NirMethod
    from .methods.raman import RamanMethod

Curve = NDArray[np.float64]

NIR_BAND: Final = 0.15
"""Of the deepest bend, what a band of the near infrared must reach to be marked."""

NIR_TOLERANCE_NM: Final = 10.0
"""Within which a band of the fit is the query's."""


@dataclass(frozen=True)
class Claim:
    """What was said of a spectrum, as far as it can be drawn.

    Attributes
    ----------
    ids : tuple of str
        References that were named, in their order; none for ``no_match``.
    together : bool
        Whether they are parts of one sum, else the first is drawn.
    shift_cm1 : float or None
        What was added to the axis.
    """

    ids: tuple[str, ...] = ()
    together: bool = False
    shift_cm1: float | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """What one reference adds to the fit.

    Attributes
    ----------
    label : Label
        Of the reference.
    curve : array, shape (m,)
        NaN where it was not measured.
    named : bool
        False for what improves the fit of a mixture and does not stand.
    """

    label: Label
    curve: Curve
    named: bool = True


@dataclass(frozen=True)
class Mark:
    """A band of the query: where it is, how high the query is there, whether the fit has it too."""

    position: float
    height: float
    explained: bool


@dataclass(frozen=True, eq=False)
class Explanation:
    """Curves of one answer.

    Attributes
    ----------
    domain : str
        ``intensity``; ``curvature``: second derivative, sign turned; ``measured``: as it was read, of a
        spectrum that nothing was compared with.
    unit : str
        Of the axis, one of ``spectra.units``.
    axis, query : array, shape (m,)
        Ascending; the query at the shift of the answer.
    parts : tuple of Part
        Largest first; none where nothing was named.
    fit, residual : array, shape (m,)
        Sum of the parts, and query less fit; NaN where no part was measured.
    marks : tuple of Mark
        Ascending.
    explained : float or None
        Share of the squared slopes (Raman) or second derivatives (NIR) that the fit explains.
    """

    domain: Literal["intensity", "curvature", "measured"]
    unit: AxisUnit
    axis: Curve
    query: Curve
    parts: tuple[Part, ...]
    fit: Curve
    residual: Curve
    marks: tuple[Mark, ...]
    explained: float | None


def explain(engine: Engine, spectrum: Spectrum, claim: Claim) -> Explanation:
    """Curves that an answer rests on.

    Parameters
    ----------
    engine : Engine
        Who answered.
    spectrum : Spectrum
        What it answered about.
    claim : Claim
        What it said.

    Returns
    -------
    Explanation
        As it was read, without fit, where the spectrum could not be prepared.
    """
    method = engine.method_for(spectrum.technique)
    if method is None or assess_quality(spectrum).unusable:
        return as_read(spectrum)
    from .methods.raman import RamanMethod

    try:
        if isinstance(method, RamanMethod):
            return _raman(method, spectrum, claim)
        from .methods.nir import NirMethod

        return _nir(method, spectrum, claim) if isinstance(method, NirMethod) else as_read(spectrum)
    except SpectraError:  # too little of it lies on the grid: the answer says so
        return as_read(spectrum)


def as_read(spectrum: Spectrum) -> Explanation:
    """Nothing but the spectrum, from 0 to 1 of its range."""
    low, high = float(spectrum.intensity.min()), float(spectrum.intensity.max())
    level = (spectrum.intensity - low) / ((high - low) or 1.0)
    none = np.full(level.size, np.nan)
    return Explanation("measured", spectrum.unit, spectrum.axis, level, (), none, none, (), None)


def _raman(method: "RamanMethod", spectrum: Spectrum, claim: Claim) -> Explanation:
    from spectra.matching.alignment import align
    from spectra.matching.index import prepare_query
    from spectra.matching.mixtures import common_columns, find_mixture

    grid, basis = method.index.grid, method.basis
    quality = assess_quality(spectrum)
    query = prepare_query(method.pipeline.apply(spectrum), grid, noise=quality.noise)
    aligned = align(query)
    wanted = _rows(method.labels, claim.ids)
    mixture = _covering(find_mixture(basis, query, aligned) if claim.together else None, wanted)
    shift = mixture.shift_cm1 if mixture is not None else claim.shift_cm1 or 0.0
    seen, first, last = _shifted(aligned, shift, grid.step)
    members = _members(mixture, wanted)
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
    marks = _raman_marks(axis, seen, _sum(parts, seen.size), query)
    inside = slice(max(compared[0] - first, 0), max(compared[1] - first, 0))
    return _explanation("intensity", axis, seen, parts, marks=marks, inside=inside)


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
    from spectra.matching.evidence import BROADENED_NOISE, MIN_BAND_SHARE, NOISE_FACTOR
    from spectra.matching.unexplained import unexplained_bands

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


def _nir(method: "NirMethod", spectrum: Spectrum, claim: Claim) -> Explanation:
    from spectra.matching.nir.mixture_basis import second_derivative
    from spectra.matching.nir.mixtures import absorbance_sizes, find_nir_mixture
    from spectra.matrix import columns_on_grid

    grid, basis = method.index.grid, method.basis
    prepared = method.pipeline.apply(spectrum)
    absorbance = np.full(grid.n_points, np.nan)
    absorbance[columns_on_grid(prepared, grid)] = prepared.intensity
    wanted = _rows(method.labels, claim.ids)
    mixture = _covering(find_nir_mixture(basis, absorbance) if claim.together else None, wanted)
    middle = float(prepared.axis.mean())
    one_nm = wavelength_shift_cm1(middle, 1.0)
    shift = mixture.shift_nm if mixture is not None else (claim.shift_cm1 or 0.0) / one_nm
    moved = np.interp(basis.axis_nm, basis.axis_nm + shift, absorbance)
    moved[~np.isfinite(absorbance)] = np.nan
    seen = -second_derivative(basis.axis_nm, moved)
    members = _members(mixture, wanted)
    rows = np.array([row for row, _, _ in members], dtype=np.int64)
    known = np.isfinite(seen)
    common = known & np.isfinite(basis.derivative[rows]).all(axis=0)
    if mixture is not None:  # shares are of sizes, so of each the height is what its size leaves
        sizes = absorbance_sizes(basis.absorbance[rows][:, common])
        members = [
            (row, share / size, named) for (row, share, named), size in zip(members, sizes, strict=True)
        ]
    curves = np.array([-weight * basis.derivative[row] for row, weight, _ in members]).reshape(-1, seen.size)
    whole = curves.sum(axis=0)[common]
    square = float(whole @ whole)
    curves *= max(float(seen[common] @ whole), 0.0) / square if square > 0 else 0.0
    first, last = int(known.argmax()), int(known.size - known[::-1].argmax())
    parts = [
        Part(method.labels[row], curve[first:last], named)
        for curve, (row, _, named) in zip(curves, members, strict=True)
    ]
    axis, seen = basis.axis_nm[first:last], seen[first:last]
    marks = _nir_marks(axis, seen, _sum(parts, seen.size))
    return _explanation("curvature", axis, seen, parts, marks=marks, inside=slice(0, seen.size))


def _nir_marks(axis: Curve, seen: Curve, fit: Curve) -> tuple[Mark, ...]:
    """Bends of the query, and whether the fit bends there too."""
    fit = np.nan_to_num(fit)
    places = find_bands(seen, min_prominence=NIR_BAND * float(seen.max())).position
    floor = 0.2 * NIR_BAND * float(fit.max())
    known = find_bands(fit, min_prominence=floor if floor > 0 else np.inf).position
    points, step = np.arange(axis.size), float(axis[1] - axis[0])
    return tuple(
        Mark(
            round(float(np.interp(each, points, axis)), 1),
            float(np.interp(each, points, seen)),
            bool(known.size) and float(np.abs(known - each).min()) * step <= NIR_TOLERANCE_NM,
        )
        for each in places.tolist()
    )


def _rows(labels: Sequence[Label], ids: Sequence[str]) -> list[int]:
    rows = {label.id: row for row, label in enumerate(labels)}
    return [rows[each] for each in ids if each in rows]


def _covering(mixture: "Mixture | None", wanted: Sequence[int]) -> "Mixture | None":
    """Return the mixture where it has what was named; else one reference has to do."""
    if mixture is None:
        return None
    return mixture if set(wanted) <= {each.row for each in (*mixture.components, *mixture.doubtful)} else None


def _members(mixture: "Mixture | None", wanted: Sequence[int]) -> list[tuple[int, float, bool]]:
    """Row, weight, and whether it was named, of each part."""
    if mixture is None:
        return [(row, 1.0, True) for row in wanted[:1]]
    fitted = [*mixture.components, *mixture.doubtful]
    return [(each.row, each.share, each.row in wanted) for each in fitted if each.share > 0]


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


def _sum(parts: Sequence[Part], n_points: int) -> Curve:
    """Sum of what was measured; NaN where nothing was."""
    if not parts:
        return np.full(n_points, np.nan)
    rows = np.stack([part.curve for part in parts])
    total: Curve = np.where(np.isfinite(rows).any(axis=0), np.nansum(rows, axis=0), np.nan)
    return total


def _explanation(
    domain: Literal["intensity", "curvature"],
    axis: Curve,
    seen: Curve,
    parts: Sequence[Part],
    *,
    marks: Sequence[Mark],
    inside: slice,
) -> Explanation:
    """All in parts of the query's highest point."""
    height = float(np.abs(seen).max()) or 1.0
    fit = _sum(parts, seen.size)
    explained = None
    if parts:
        ours, theirs = seen[inside], np.nan_to_num(fit[inside])
        if domain == "intensity":
            ours, theirs = np.diff(ours), np.diff(theirs)
        explained = 1.0 - float(((ours - theirs) ** 2).sum()) / max(float((ours**2).sum()), 1e-300)
    return Explanation(
        domain,
        "raman_shift_cm-1" if domain == "intensity" else "wavelength_nm",
        axis,
        seen / height,
        tuple(Part(each.label, each.curve / height, each.named) for each in parts),
        fit / height,
        (seen - fit) / height,
        tuple(Mark(each.position, each.height / height, each.explained) for each in marks),
        explained,
    )
