"""Curves of a near infrared answer: second derivatives with their sign turned."""

from typing import TYPE_CHECKING, Final

import numpy as np

from spectra.matching.bands import find_bands
from spectra.matching.nir.mixture_basis import second_derivative
from spectra.matching.nir.mixtures import absorbance_sizes, find_nir_mixture
from spectra.matrix import columns_on_grid
from spectra.spectrum import Spectrum
from spectra.units import wavelength_shift_cm1

from ._curves import as_told, covering, explanation, members_of, rows_of, sum_of
from .explaining import Claim, Curve, Explanation, Mark, Part

if TYPE_CHECKING:
    from .methods.nir import NirMethod

NIR_BAND: Final = 0.15
"""Of the deepest bend, what a band must reach to be marked."""

NIR_TOLERANCE_NM: Final = 10.0
"""Within which a band of the fit is the query's."""


def explain_nir(method: "NirMethod", spectrum: Spectrum, claim: Claim) -> Explanation:
    grid, basis = method.index.grid, method.basis
    prepared = method.pipeline.apply(spectrum)
    absorbance = np.full(grid.n_points, np.nan)
    absorbance[columns_on_grid(prepared, grid)] = prepared.intensity
    wanted = rows_of(method.labels, claim.ids)
    mixture = covering(find_nir_mixture(basis, absorbance) if claim.together else None, wanted)
    middle = float(prepared.axis.mean())
    one_nm = wavelength_shift_cm1(middle, 1.0)
    shift = mixture.shift_nm if mixture is not None else (claim.shift_cm1 or 0.0) / one_nm
    moved = np.interp(basis.axis_nm, basis.axis_nm + shift, absorbance)
    moved[~np.isfinite(absorbance)] = np.nan
    seen = -second_derivative(basis.axis_nm, moved)
    members = members_of(mixture, wanted)
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
    marks = as_told(_nir_marks(axis, seen, sum_of(parts, seen.size)), claim.unexplained)
    return explanation("curvature", axis, seen, parts, marks=marks, inside=slice(0, seen.size))


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
