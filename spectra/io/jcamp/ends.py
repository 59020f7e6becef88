"""FIRSTX and LASTX against lines that print x more precisely than half a step.

The witnesses are FIRSTX, LASTX, DELTAX and the lines together. Lines only count where they agree among
themselves within the digits they print; where those are coarse, they count when they are exactly even in
steps of DELTAX. An end that stands alone is set aside; where nothing is decided, the header holds, with a
warning.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .header import Facts
from .numbers import Steps
from .ruler import Ruler, line_of

_MIN_LINES: Final = 4
_PRECISE: Final = 0.2
_EXACT: Final = 1e-3
_AGREES: Final = 0.02
_MARGIN: Final = 0.01
_CLEARLY: Final = 3.0


@dataclass(frozen=True)
class _Witness:
    """The lines' own ruler, and what their digits leave open of an end, in steps."""

    line: Ruler
    open: float


def settled_ruler(header: Ruler, steps: Steps, facts: Facts) -> Ruler | None:
    """Find what defines x where precise lines contradict the header by less than half a step.

    Parameters
    ----------
    header : Ruler
        From FIRSTX to LASTX.
    steps : Steps
        The table.
    facts : Facts
        What the header says.

    Returns
    -------
    Ruler or None
        With a remark; None where nothing contradicts the header.
    """
    witness = _witness(header, steps, facts)
    if witness is None or facts.first is None or facts.last is None:
        return None
    n, unit = steps.ordinates.size, abs(header.step)
    start, end = witness.line.first, witness.line.first + witness.line.step * (n - 1)
    off = ((start - facts.first) / header.step, (end - facts.last) / header.step)
    first_wrong = abs(off[0]) > witness.open + facts.first_unit / unit + _MARGIN
    last_wrong = abs(off[1]) > 2 * witness.open + facts.last_unit / unit + _MARGIN
    if not first_wrong and not last_wrong:
        return None
    if first_wrong and last_wrong and max(map(abs, off)) <= _digits(header, steps, facts):
        return None
    return _outvoted(witness.line, header, facts, n, wrong=(first_wrong, last_wrong)) or replace(
        header, note=f"the lines print x {_shown(*off)} steps beside the header's"
    )


def _outvoted(line: Ruler, header: Ruler, facts: Facts, n: int, *, wrong: tuple[bool, bool]) -> Ruler | None:
    """Take the lines' x where all statements but one agree with it; None where the header holds."""
    for_line, for_header = (_delta_misfit(ruler, facts, n) for ruler in (line, header))
    if for_line > _CLEARLY * for_header or facts.first is None or facts.last is None:
        return None
    as_lines = "all lines: x as the lines print it"
    if wrong == (True, False):
        note = f"FIRSTX {facts.first:g} contradicts LASTX and {as_lines}"
        return Ruler(facts.last - line.step * (n - 1), line.step, note)
    if wrong == (False, True):
        return Ruler(facts.first, line.step, f"LASTX {facts.last:g} contradicts FIRSTX and {as_lines}")
    if facts.delta and for_line <= _AGREES < for_header:
        note = f"FIRSTX {facts.first:g} and LASTX {facts.last:g} contradict DELTAX and {as_lines}"
        return replace(line, note=note)
    return None


def _witness(header: Ruler, steps: Steps, facts: Facts) -> _Witness | None:
    """Lines that agree among themselves; None where they are too few or too coarse to tell."""
    line = line_of(steps, facts)
    if line is None or steps.starts.size < _MIN_LINES or steps.positions[0] != 0:
        return None
    digits = _digits(header, steps, facts)
    spread = float(np.max(np.abs(line.offsets(steps, facts.x_factor))))
    if digits <= _PRECISE:
        return _Witness(line, digits) if spread <= digits + _EXACT else None
    confirmed = bool(facts.delta) and _delta_misfit(line, facts, steps.ordinates.size) <= _AGREES
    return _Witness(line, 0.0) if confirmed and spread <= _EXACT else None


def _digits(header: Ruler, steps: Steps, facts: Facts) -> float:
    """Count the steps that the last digit of the lines' x is worth."""
    return float(np.max(steps.units)) * abs(facts.x_factor) / abs(header.step)


def _delta_misfit(ruler: Ruler, facts: Facts, n: int) -> float:
    """Count the steps by which DELTAX misses the ruler's end; 0 without DELTAX."""
    return abs(abs(facts.delta) - abs(ruler.step)) * (n - 1) / abs(ruler.step) if facts.delta else 0.0


def _shown(first: float, last: float) -> str:
    low, high = sorted((abs(first), abs(last)))
    return f"{high:.2g}" if high - low < _AGREES else f"{low:.2g} to {high:.2g}"
