"""What a line of a stream asks for: its axis, a frame, the time, or to learn the empty place anew."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from libraries.streams import Frame
from spectra.units import AxisUnit, Technique

from ..bridge.requests import MAX_METADATA, MAX_TEXT, TECHNIQUES, UNITS

if TYPE_CHECKING:
    from spectra.spectrum import MetadataValue

FIELDS: Final = frozenset(
    {"axis", "technique", "unit", "metadata", "time_s", "intensity", "trigger", "sequence", "control"}
)
_DESCRIBING: Final = ("axis", "technique", "unit", "metadata")


@dataclass(frozen=True)
class Refused:
    """A line that asks for nothing that can be done.

    Attributes
    ----------
    error : str
        ``bad_request``.
    message : str
        Which field, and what was expected.
    """

    error: Literal["bad_request"]
    message: str


@dataclass(frozen=True, eq=False)
class Axis:
    """What the first line says of all frames.

    Attributes
    ----------
    axis : list of float
    technique, unit, metadata
        As in ``contraspec.bridge/1``.
    """

    axis: list[float]
    technique: Technique = "raman"
    unit: AxisUnit | None = None
    metadata: "Mapping[str, MetadataValue]" = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Line:
    """One line.

    Attributes
    ----------
    axis : Axis or None
    frame : Frame or None
    tick_s : float or None
        Time without a frame.
    relearn : bool
    """

    axis: Axis | None = None
    frame: Frame | None = None
    tick_s: float | None = None
    relearn: bool = False


def read_line(message: Mapping[str, Any]) -> Line | Refused:
    """Read one line's object.

    Parameters
    ----------
    message : mapping
        As JSON gave it. Values of a frame are not looked at here: the stream says what is wrong with them.

    Returns
    -------
    Line or Refused
    """
    unknown = sorted(set(message) - FIELDS)
    if unknown:
        return Refused("bad_request", f"field {unknown[0]!r:.60}: a line has none of that name")
    if "control" in message:
        if message["control"] != "relearn" or len(message) > 1:
            return Refused("bad_request", "control: expected 'relearn', in a line of its own")
        return Line(relearn=True)
    axis = _axis(message)
    if isinstance(axis, Refused):
        return axis
    if "intensity" in message:
        return Line(axis, _frame(message))
    if "time_s" in message:
        return Line(axis, tick_s=message["time_s"])
    return Line(axis) if axis else Refused("bad_request", "expected axis, or time_s and intensity")


def _frame(message: Mapping[str, Any]) -> Frame:
    values = message["intensity"]
    if isinstance(values, list) and any(value is None for value in values):
        values = [math.nan if value is None else value for value in values]  # a dead pixel, as JSON says it
    if isinstance(values, list) and not all(type(value) in (int, float) for value in values):
        values = ["no number"]
    return Frame(message.get("time_s"), values, message.get("trigger"), message.get("sequence"))  # type: ignore[arg-type]


def _axis(message: Mapping[str, Any]) -> Axis | Refused | None:
    if not any(key in message for key in _DESCRIBING):
        return None
    axis, metadata = message.get("axis"), message.get("metadata", {})
    if not isinstance(axis, list) or not all(type(value) in (int, float) for value in axis):
        return Refused("bad_request", "axis: expected a list of numbers, with technique, unit and metadata")
    if message.get("technique", "raman") not in TECHNIQUES:
        return Refused("bad_request", f"technique: expected one of {', '.join(TECHNIQUES)}")
    if "unit" in message and message["unit"] not in UNITS:
        return Refused("bad_request", f"unit: expected one of {', '.join(UNITS)}")
    if (
        not isinstance(metadata, dict)
        or len(metadata) > MAX_METADATA
        or not all(map(_is_plain, metadata.items()))
    ):
        return Refused(
            "bad_request",
            f"metadata: expected at most {MAX_METADATA} numbers, true, false, null and texts of at most "
            f"{MAX_TEXT} characters",
        )
    return Axis(axis, message.get("technique", "raman"), message.get("unit"), metadata)


def _is_plain(entry: tuple[object, object]) -> bool:
    name, value = entry
    if not isinstance(name, str) or len(name) > MAX_TEXT:
        return False
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and not any("\ud800" <= each <= "\udfff" for each in value)
    return (
        value is None or isinstance(value, bool) or (isinstance(value, int | float) and math.isfinite(value))
    )
