"""How the signal of a standard changed since the check before."""

from collections.abc import Mapping
from dataclasses import dataclass

from .limits import DEFAULT_LIMITS, Limits


@dataclass(frozen=True)
class IntensityChange:
    """How a signal differs from that of the check before, by the same standard.

    Attributes
    ----------
    height_ratio : float or None
        Largest factor by which a relative height differs, 1 or more; None without bands in common.
    at_cm1 : float or None
        Which band that is.
    brightness_ratio : float or None
        Counts a second now over then; None where either is unknown.
    flags : tuple of str
        ``relative_intensity`` and ``brightness`` where they differ by more than the limits.
    """

    height_ratio: float | None
    at_cm1: float | None
    brightness_ratio: float | None
    flags: tuple[str, ...]


def compare_intensity(
    heights: tuple[Mapping[float, float], Mapping[float, float]],
    brightness: tuple[float | None, float | None],
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> IntensityChange:
    """Compare relative heights and counts a second, each now and then.

    This is no calibration of the relative intensity as ASTM E2911 has it, which needs a certified glass: it
    only shows a change.

    Parameters
    ----------
    heights, brightness : pair
        Of the new check, and of the one before.
    limits : Limits
        From where on a change is flagged.
    """
    now, then = heights
    ratios = {at: max(now[at] / then[at], then[at] / now[at]) for at in sorted(set(now) & set(then))}
    worst = max(ratios, key=lambda at: ratios[at]) if ratios else None
    ratio = None if worst is None else ratios[worst]
    bright = None if brightness[0] is None or not brightness[1] else brightness[0] / brightness[1]
    flags = []
    if ratio is not None and ratio > limits.max_height_ratio:
        flags.append("relative_intensity")
    if bright is not None and not 1 / limits.max_brightness_ratio <= bright <= limits.max_brightness_ratio:
        flags.append("brightness")
    return IntensityChange(ratio, worst, bright, tuple(flags))
