"""What clients write or hand to ``Identify``, checked before anything is made of it."""

import json
import uuid
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from asyncua import ua

from ..requests import Identify, Refused, parse_request

MAX_POINTS: Final = 65_536
MAX_JSON: Final = 65_536
_TEXTS: Final = ("Metadata", "Technique", "Unit", "SampleId")
_NUMBERS: Final = frozenset(
    {
        *(ua.VariantType.Double, ua.VariantType.Float, ua.VariantType.SByte, ua.VariantType.Byte),
        *(ua.VariantType.Int16, ua.VariantType.UInt16, ua.VariantType.Int32, ua.VariantType.UInt32),
        *(ua.VariantType.Int64, ua.VariantType.UInt64),
    }
)


def request_of(arguments: Sequence[Any]) -> Identify | Refused:
    """Read the arguments of ``Identify``.

    Parameters
    ----------
    arguments : sequence of ua.Variant
        Axis, intensity, metadata, technique, unit, deadline (ms), sample id; as they came.
    """
    if len(arguments) != 7 or not all(isinstance(each, ua.Variant) for each in arguments):
        return Refused(None, f"expected 7 arguments, got {len(arguments)}")
    axis, intensity, metadata, technique, unit, deadline, sample = arguments
    texts = dict(zip(_TEXTS, (metadata, technique, unit, sample), strict=True))
    for name, each in texts.items():
        if not _is_text(each):
            return Refused(None, f"{name}: expected a text")
    if not _is_single_number(deadline):
        return Refused(None, "DeadlineMs: expected a number; 0 for none")
    return message_of(
        (axis, intensity),
        {name: each.Value or "" for name, each in texts.items()},
        float(deadline.Value),
    )


def message_of(arrays: tuple[Any, Any], texts: dict[str, str], deadline_ms: float) -> Identify | Refused:
    """Check a question as the bridge's own protocol does.

    Parameters
    ----------
    arrays : tuple of ua.Variant
        Axis and intensity.
    texts : dict
        ``Metadata``, ``Technique``, ``Unit``, ``SampleId``; empty where not stated.
    deadline_ms : float
        0 for none.
    """
    message: dict[str, Any] = {"type": "identify", "id": texts["SampleId"] or f"opcua-{uuid.uuid4().hex}"}
    for name, array in zip(("axis", "intensity"), arrays, strict=True):
        numbers = _numbers(array)
        if numbers is None:
            return Refused(None, f"{name}: expected a list of 1 to {MAX_POINTS} numbers")
        message[name] = numbers.tobytes()
    try:
        message["metadata"] = _object(texts["Metadata"])
    except ValueError as error:
        return Refused(None, f"Metadata: expected a JSON object ({error})"[:300])
    for name, key in (("technique", "Technique"), ("unit", "Unit")):
        if texts[key]:
            message[name] = texts[key]
    if deadline_ms:
        message["deadline_ms"] = deadline_ms
    request = parse_request(message)
    return request if isinstance(request, Identify | Refused) else Refused(None, "expected a spectrum")


def axis_of(said: Any, n_points: int) -> Any:
    """Axis that an ``AxisInformation`` describes: its steps, else evenly from low to high; None if neither.

    Parameters
    ----------
    said : object
        Value of ``XAxisDefinition``.
    n_points : int
        Of the spectrum.
    """
    if not isinstance(said, ua.AxisInformation):
        return None
    steps = said.AxisSteps
    if isinstance(steps, list) and steps:
        return ua.Variant(steps, ua.VariantType.Double)
    low, high = said.EURange.Low, said.EURange.High
    if (
        said.AxisScaleType != ua.AxisScaleEnumeration.Linear
        or not low < high
        or not 2 <= n_points <= MAX_POINTS
    ):
        return None
    return ua.Variant(np.linspace(low, high, n_points).tolist(), ua.VariantType.Double)


def _numbers(said: Any) -> Any:
    """Return float64 of a one-dimensional numeric array; None if it is none, or too long."""
    if not isinstance(said, ua.Variant) or said.VariantType not in _NUMBERS:
        return None
    values = said.Value
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_POINTS:
        return None
    try:
        found = np.asarray(values, dtype="<f8")
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found.ndim == 1 else None


def _object(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    if len(text) > MAX_JSON:
        raise ValueError(f"{len(text)} characters, at most {MAX_JSON}")
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(found, dict):
        raise ValueError(f"got {type(found).__name__}")  # noqa: TRY004  # what is wrong is the text
    return found


def _is_text(said: ua.Variant) -> bool:
    return said.Value is None or (said.VariantType == ua.VariantType.String and isinstance(said.Value, str))


def _is_single_number(said: ua.Variant) -> bool:
    value = said.Value
    if said.VariantType not in _NUMBERS or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return bool(np.isfinite(value)) and value >= 0
