"""Compressed ordinates of JCAMP-DX (ASDF): squeezed, difference and duplicate digits.

Published in McDonald and Wilks, Applied Spectroscopy 42 (1988) 151. The first character of a number says
what it is: SQZ its first digit and sign, DIF the same of a difference from the value before, DUP how
often the number before it stands. A line that ends in differences has its last value again at the
beginning of the next: the check of the ordinates.
"""

import math
import re
from dataclasses import dataclass
from typing import Final

from ..errors import DamagedError

SQZ: Final = {digit: value for value, digit in enumerate("@ABCDEFGHI")} | {
    digit: -value for value, digit in enumerate("abcdefghi", start=1)
}
DIF: Final = {digit: value for value, digit in enumerate("%JKLMNOPQR")} | {
    digit: -value for value, digit in enumerate("jklmnopqr", start=1)
}
DUP: Final = {digit: value for value, digit in enumerate("STUVWXYZs", start=1)}

COMPRESSED: Final = re.compile(r"[@%A-DF-Za-df-s]")
"""A character that plain numbers don't have; E and e may be an exponent."""

MAX_POINTS: Final = 10_000_000
_X: Final = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))", re.ASCII)
_TOKEN: Final = re.compile(r"\s*(?:([@%A-Za-s])(\d*)|([+-]?\d+)|(\?))", re.ASCII)


@dataclass
class Decoder:
    """Ordinates decoded so far.

    Attributes
    ----------
    ordinates : list of float
        Before YFACTOR; NaN for ``?``.
    in_differences : bool
        Whether the last line ended in a difference, so that the next begins with a check.
    """

    ordinates: list[float]
    in_differences: bool = False

    def line(self, text: str, name: str) -> tuple[float, int]:
        """Decode one line.

        Parameters
        ----------
        text : str
            With its abscissa at the beginning.
        name : str
            Of the file, for messages.

        Returns
        -------
        x : float
            The abscissa as printed.
        position : int
            Number of the ordinate that stands there.

        Raises
        ------
        DamagedError
            What is no number, a difference or repetition of nothing, a failed check, or more than
            ``MAX_POINTS`` points.
        """
        found = _X.match(text)
        x = self._abscissa(text, name) if found is None else float(found[1])
        values, ends_in_difference = self._values(text[self._end_of_x(text) :], name)
        position = len(self.ordinates)
        if self.in_differences and values:
            last = self.ordinates[-1]
            if not (values[0] == last or (math.isnan(values[0]) and math.isnan(last))):
                raise DamagedError(
                    f"{name}: line {text[:20]!r} begins with {values[0]:g}, the line before ends with "
                    f"{last:g}: the check of the compressed values fails. Export the file again."
                )
            values, position = values[1:], position - 1
        self.ordinates += values
        self.in_differences = ends_in_difference
        return x, position

    def _end_of_x(self, text: str) -> int:
        found = _X.match(text) or _TOKEN.match(text)
        return found.end() if found else 0

    def _abscissa(self, text: str, name: str) -> float:
        found = _TOKEN.match(text)
        if found is None or found[1] not in SQZ:
            raise DamagedError(f"{name}: line {text[:20]!r} has no abscissa. Export the file again.")
        return float(_joined(SQZ[found[1]], found[2]))

    def _values(self, text: str, name: str) -> tuple[list[float], bool]:
        values: list[float] = []
        step: float | None = None
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                if text[place:].strip(" \t,;"):
                    raise DamagedError(f"{name}: {text[place:][:20]!r} in compressed data. Export again.")
                break
            place = found.end()
            mark, digits = found[1], found[2]
            if mark in DUP:
                again = int(_joined(DUP[mark], digits)) - 1
                if not values or again < 0 or len(self.ordinates) + len(values) + again > MAX_POINTS:
                    raise DamagedError(f"{name}: a repetition of nothing, or of too much. Export again.")
                for _ in range(again):
                    values.append(values[-1] + (step or 0.0))
            elif mark in DIF:
                step = _joined(DIF[mark], digits)
                if not values:
                    raise DamagedError(f"{name}: a difference from nothing in {text[:20]!r}. Export again.")
                values.append(values[-1] + step)
            else:
                step = None
                if mark is not None and mark not in SQZ:
                    raise DamagedError(f"{name}: {mark!r} in compressed data. Export again.")
                number = _joined(SQZ[mark], digits) if mark else float(found[3] or "nan")
                values.append(number)
        return values, step is not None


def _joined(first: int, digits: str) -> float:
    """Join a first digit with its sign and the digits after it."""
    size = float(f"{abs(first)}{digits}")
    return -size if first < 0 else size
