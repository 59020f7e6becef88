"""What the curves of all techniques share: which references are drawn, their sum, marks, one scale."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from spectra.label import Label

from .explaining import Curve, Explanation, Mark, Part

if TYPE_CHECKING:
    from spectra.matching.mixtures import Mixture

SAME_BAND: Final = 3.0
"""Units of the axis within which two positions are of one band."""


def as_told(marks: Sequence[Mark], told: Sequence[float]) -> tuple[Mark, ...]:
    """Put marks at the positions that the answer tells: it looks at whole steps of the shift only."""
    found = []
    for mark in marks:
        near = min(told, key=lambda position: abs(position - mark.position), default=None)
        same = near is not None and not mark.explained and abs(near - mark.position) <= SAME_BAND
        found.append(replace(mark, position=near) if same and near is not None else mark)
    return tuple(found)


def rows_of(labels: Sequence[Label], ids: Sequence[str]) -> list[int]:
    rows = {label.id: row for row, label in enumerate(labels)}
    return [rows[each] for each in ids if each in rows]


def covering(mixture: "Mixture | None", wanted: Sequence[int]) -> "Mixture | None":
    """Return the mixture where it has what was named; else one reference has to do."""
    if mixture is None:
        return None
    return mixture if set(wanted) <= {each.row for each in (*mixture.components, *mixture.doubtful)} else None


def members_of(mixture: "Mixture | None", wanted: Sequence[int]) -> list[tuple[int, float, bool]]:
    """Row, weight, and whether it was named, of each part."""
    if mixture is None:
        return [(row, 1.0, True) for row in wanted[:1]]
    fitted = [*mixture.components, *mixture.doubtful]
    return [(each.row, each.share, each.row in wanted) for each in fitted if each.share > 0]


def sum_of(parts: Sequence[Part], n_points: int) -> Curve:
    """Sum of what was measured; NaN where nothing was."""
    if not parts:
        return np.full(n_points, np.nan)
    rows = np.stack([part.curve for part in parts])
    total: Curve = np.where(np.isfinite(rows).any(axis=0), np.nansum(rows, axis=0), np.nan)
    return total


def explanation(
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
    fit = sum_of(parts, seen.size)
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
