"""What the header of a JCAMP-DX table states of its numbers, compared with the numbers."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError

_FARTHEST: Final = 1e12
# Steps of a grating spectrometer change slowly; those of a list of peaks do not.
_REGULAR: Final = 1.6
_OFF: Final = 0.01
_OFF_SMALL: Final = 1e-4
_ROUNDED: Final = 0.05


@dataclass(frozen=True)
class Facts:
    """What the header says of the numbers; None where it is silent.

    Attributes
    ----------
    first, last, delta : float or None
        FIRSTX, LASTX and DELTAX.
    unit : float
        Worth of the last digit of FIRSTX or LASTX, the coarser one.
    first_unit, last_unit : float
        That of each.
    x_factor, y_factor : float
        1 where not stated.
    n_points : int or None
        NPOINTS.
    min_x, max_x : float or None
        Abscissae; with ``x_unit``, the worth of the last digit of the coarser one.
    first_y, min_y, max_y : float or None
        Ordinates, after YFACTOR.
    first_y_unit : float
        Worth of the last digit of FIRSTY.
    comma : bool
        Whether the header writes a decimal comma.
    """

    first: float | None = None
    last: float | None = None
    delta: float | None = None
    unit: float = 0.0
    first_unit: float = 0.0
    last_unit: float = 0.0
    x_factor: float = 1.0
    y_factor: float = 1.0
    n_points: int | None = None
    min_x: float | None = None
    max_x: float | None = None
    x_unit: float = 0.0
    first_y: float | None = None
    min_y: float | None = None
    max_y: float | None = None
    first_y_unit: float = 1.0
    comma: bool = False


def end_notes(axis: NDArray[np.float64], facts: Facts, name: str) -> tuple[str, ...]:
    """Compare printed abscissae with FIRSTX and LASTX; one of them may be wrong.

    Raises
    ------
    DamagedError
        When both are.
    """
    check_far(facts, name)
    finite = axis[np.isfinite(axis)]
    if not finite.size:
        return ()
    near = facts.unit + (float(np.median(np.abs(np.diff(finite)))) if finite.size > 1 else 0.0)
    begin, end = float(finite[0]), float(finite[-1])
    wrong = [
        (label, stated, there)
        for label, stated, there in (("FIRSTX", facts.first, begin), ("LASTX", facts.last, end))
        if stated is not None and abs(stated - there) > near
    ]
    if len(wrong) < 2:
        return tuple(f"{label} is {stated:g}, the data have {there:g}" for label, stated, there in wrong)
    if abs(wrong[0][1] - end) <= near and abs(wrong[1][1] - begin) <= near:
        return ("FIRSTX and LASTX stand the wrong way round",)
    raise DamagedError(
        f"{name}: x from {begin:g} to {end:g}, the header promises {facts.first:g} to {facts.last:g}. "
        "The file is damaged: export it again."
    )


def extent_notes(axis: NDArray[np.float64], facts: Facts) -> tuple[str, ...]:
    """Compare abscissae with MINX and MAXX."""
    finite = axis[np.isfinite(axis)]
    if finite.size < 2:
        return ()
    low, high = float(finite.min()), float(finite.max())
    near = facts.x_unit + 0.1 * (high - low) / (finite.size - 1)
    stated = (("MINX", facts.min_x, low), ("MAXX", facts.max_x, high))
    return tuple(
        f"{label} is {value:.8g}, the data have {there:.8g}"
        for label, value, there in stated
        if value is not None and abs(value - there) > near
    )


def count_notes(found: int, facts: Facts, name: str, *, settled: bool) -> tuple[str, ...]:
    """Compare the count with NPOINTS; ``settled`` says that one more or less is beyond doubt.

    Raises
    ------
    DamagedError
        When they differ.
    """
    if facts.n_points is None or facts.n_points == found:
        return ()
    if settled and abs(found - facts.n_points) == 1:
        return (f"NPOINTS is {facts.n_points}, the data have {found} points and agree with FIRSTX and LASTX",)
    raise DamagedError(
        f"{name}: {found} points, the header promises {facts.n_points}. "
        "The file is cut short or damaged: export it again."
    )


def runs_between(axis: NDArray[np.float64], facts: Facts) -> bool:
    """Tell whether printed abscissae run from FIRSTX to LASTX with no point lost or doubled."""
    if facts.first is None or facts.last is None or axis.size < 3 or not np.all(np.isfinite(axis)):
        return False
    ends = max(abs(float(axis[0]) - facts.first), abs(float(axis[-1]) - facts.last))
    steps = np.abs(np.diff(axis))
    one_way = bool(np.all(np.diff(axis) > 0) or np.all(np.diff(axis) < 0))
    # Steps of a grating spectrometer change slowly; those of a list of peaks do not, and tell nothing.
    regular = one_way and bool(
        np.all(steps[1:] < _REGULAR * steps[:-1]) and np.all(steps[:-1] < _REGULAR * steps[1:])
    )
    return regular and ends <= facts.unit + 0.1 * float(steps.min())


def check_far(facts: Facts, name: str) -> None:
    """Refuse ends and steps of the axis that no instrument has."""
    for label, value in (("FIRSTX", facts.first), ("LASTX", facts.last), ("DELTAX", facts.delta)):
        if value is not None and not abs(value) <= _FARTHEST:
            raise DamagedError(f"{name}: {label} is {value:g}: no instrument measures there. Export again.")


def ordinate_notes(intensity: NDArray[np.float64], facts: Facts, name: str) -> tuple[str, ...]:
    """Compare ordinates with FIRSTY, MINY and MAXY.

    Raises
    ------
    DamagedError
        When FIRSTY is wrong and so is every other that is stated: then YFACTOR may be.
    """
    finite = intensity[np.isfinite(intensity) & (np.abs(intensity) < 1e300)]
    if not finite.size or not np.isfinite(intensity[0]):
        return ()
    low, high = float(finite.min()), float(finite.max())
    notes: tuple[str, ...] = ()
    if facts.min_y == facts.max_y == 0:
        facts = replace(facts, min_y=None, max_y=None)
    if facts.min_y is not None and facts.max_y is not None and facts.min_y > facts.max_y:
        facts = replace(facts, min_y=facts.max_y, max_y=facts.min_y)
        notes = ("MINY and MAXY stand the wrong way round",)
    stated = (
        ("FIRSTY", facts.first_y, float(intensity[0])),
        ("MINY", facts.min_y, low),
        ("MAXY", facts.max_y, high),
    )
    wrong = [
        (label, value, there)
        for label, value, there in stated
        if value is not None and abs(value - there) > _allowed(label, value, facts, high - low)
    ]
    n_stated = sum(value is not None for _, value, _ in stated)
    if len(wrong) == n_stated > 1 and wrong[0][0] == "FIRSTY":
        promised = ", ".join(f"{label} {value:g}" for label, value, _ in wrong)
        raise DamagedError(
            f"{name}: y from {low:g} to {high:g}, {intensity[0]:g} at the beginning; the header promises "
            f"{promised}. The file is damaged: export it again."
        )
    return notes + tuple(f"{label} is {value:g}, the data have {there:g}" for label, value, there in wrong)


def _allowed(label: str, value: float, facts: Facts, extent: float) -> float:
    """Difference of an ordinate from the header's that rounding explains."""
    if label == "FIRSTY":
        return max(_OFF * abs(value), min(facts.first_y_unit, _ROUNDED * extent), _OFF_SMALL * extent)
    return _OFF * max(extent, abs(value))
