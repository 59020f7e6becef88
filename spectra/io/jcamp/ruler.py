"""Even abscissae, and how well the lines of a table agree with them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .header import Facts
from .numbers import Steps


@dataclass(frozen=True)
class Ruler:
    """X of point i is ``first + step * i``; with a remark when that is not what the header defines."""

    first: float
    step: float
    note: str = ""

    def misfit(self, steps: Steps, factor: float, unit: float = 0.0) -> float:
        """Count the steps by which the worst line is off, beyond the digits it prints."""
        digits = (steps.units * abs(factor) + unit) / abs(self.step)
        return float(np.max(np.abs(self.offsets(steps, factor)) - digits))

    def offsets(self, steps: Steps, factor: float) -> NDArray[np.float64]:
        """Count the steps by which each line's x lies behind the ruler's."""
        with np.errstate(over="ignore", invalid="ignore"):
            off = (steps.starts * factor - self.first - self.step * steps.positions) / self.step
        return np.nan_to_num(off, nan=np.inf)


def by_ends(facts: Facts, n: int) -> Ruler | None:
    """From FIRSTX to LASTX; None where one is missing."""
    if facts.first is None or facts.last is None or facts.first == facts.last:
        return None
    return Ruler(facts.first, (facts.last - facts.first) / (n - 1))


def line_of(steps: Steps, facts: Facts) -> Ruler | None:
    """Through the first and the last printed x."""
    span = int(steps.positions[-1] - steps.positions[0])
    step = float(steps.starts[-1] - steps.starts[0]) * facts.x_factor / span if span > 0 else 0.0
    if not step or not np.isfinite(step):
        return None
    return Ruler(float(steps.starts[0]) * facts.x_factor, step)
