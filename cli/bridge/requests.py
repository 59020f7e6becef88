"""What clients may ask, checked field by field: ``schemas/`` says the same for their side."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

MAX_ID: Final = 128
MAX_TEXT: Final = 1000
MAX_METADATA: Final = 64
MAX_DEADLINE_MS: Final = 3_600_000
TECHNIQUES: Final = ("raman", "nir")
UNITS: Final = ("raman_shift_cm-1", "wavenumber_cm-1", "wavelength_nm")
_MISSING: Final = object()

Plain = Literal["health", "metrics", "reload"]
PLAIN: Final[tuple[Plain, ...]] = ("health", "metrics", "reload")


@dataclass(frozen=True)
class Refused:
    """A message that is none of the requests.

    Attributes
    ----------
    id : str or None
        As far as it could be read.
    message : str
        Value, what was expected.
    """

    id: str | None
    message: str


@dataclass(frozen=True)
class Hello:
    """Who asks: the token where one is needed, and a name under which ids are kept."""

    id: str
    token: str = ""
    client: str = ""


@dataclass(frozen=True)
class Ask:
    """``health``, ``metrics`` or ``reload``."""

    id: str
    type: Plain


@dataclass(frozen=True, eq=False)
class Identify:
    """One spectrum.

    Attributes
    ----------
    id : str
        Of the request.
    axis, intensity : bytes or list
        Bytes are float64, lowest byte first; a list only where a number fits no float64.
    metadata : mapping
        Plain values.
    technique : str
        ``raman`` or ``nir``.
    unit : str or None
        Of the axis; that of the technique by default.
    deadline_s : float or None
        From the arrival of the request.
    digest : str
        SHA-256 of all but id and deadline: the same for the same question.
    """

    id: str
    axis: Any
    intensity: Any
    metadata: Mapping[str, Any] = field(default_factory=dict)
    technique: str = "raman"
    unit: str | None = None
    deadline_s: float | None = None
    digest: str = ""


Request = Hello | Ask | Identify
_FIELDS: Final[dict[str, frozenset[str]]] = {
    "hello": frozenset({"type", "id", "token", "client"}),
    "identify": frozenset(
        {"type", "id", "axis", "intensity", "metadata", "technique", "unit", "deadline_ms"}
    ),
    **{name: frozenset({"type", "id"}) for name in PLAIN},
}


def parse_request(message: Mapping[str, Any]) -> Request | Refused:
    """Read a request.

    Parameters
    ----------
    message : mapping
        As it was decoded.
    """
    kind, name = message.get("type"), message.get("id")
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_ID or not _plain(name):
        return Refused(None, f"id: expected text of 1 to {MAX_ID} characters")
    if not isinstance(kind, str) or kind not in _FIELDS:
        return Refused(name, f"type {kind!r:.60}: expected one of {', '.join(_FIELDS)}")
    unknown = sorted(set(message) - _FIELDS[kind])
    if unknown:
        return Refused(name, f"field {unknown[0]!r:.60}: {kind} has none of that name")
    if kind == "hello":
        return _hello(name, message)
    for plain in PLAIN:
        if kind == plain:
            return Ask(name, plain)
    wrong = _wrong_with(message)
    return Refused(name, wrong) if wrong else _identify(name, message)


def _hello(name: str, message: Mapping[str, Any]) -> Hello | Refused:
    token, client = message.get("token", ""), message.get("client", "")
    for key, text in (("token", token), ("client", client)):
        if not _is_text(text):
            return Refused(name, f"{key}: expected text of at most {MAX_TEXT} characters")
    return Hello(name, token, client)


def _identify(name: str, message: Mapping[str, Any]) -> Identify:
    deadline = message.get("deadline_ms")
    axis, intensity = _as_bytes(message["axis"]), _as_bytes(message["intensity"])
    return Identify(
        id=name,
        axis=axis,
        intensity=intensity,
        metadata=message.get("metadata") or {},
        technique=message.get("technique", "raman"),
        unit=message.get("unit"),
        deadline_s=None if deadline is None else deadline / 1000.0,
        digest=_digest({**message, "axis": axis, "intensity": intensity}),
    )


def _as_bytes(values: Any) -> Any:
    """Numbers as the bytes of float64: small, quick to hash, and the same in either framing."""
    if isinstance(values, bytes):
        return values
    try:
        return np.array(values, dtype="<f8").tobytes()
    except OverflowError:  # a whole number above 10^308: the engine says what is wrong with it
        return values


def _digest(message: Mapping[str, Any]) -> str:
    """Hash of a question; not of its id, nor of when the answer is due."""
    asked = {key: value for key, value in message.items() if key not in ("id", "deadline_ms")}
    text = json.dumps(asked, sort_keys=True, default=lambda data: hashlib.sha256(data).hexdigest())
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _wrong_with(message: Mapping[str, Any]) -> str | None:
    """Say what of an ``identify`` is not as expected; None when all is."""
    for key in ("axis", "intensity"):
        if not _is_numbers(message.get(key)):
            return f"{key}: expected a list of numbers, or in MessagePack the bytes of float64"
    metadata = message.get("metadata", {})
    if not isinstance(metadata, dict) or len(metadata) > MAX_METADATA:
        return f"metadata: expected an object of at most {MAX_METADATA} values"
    if not all(_is_text(key) and _is_value(value) for key, value in metadata.items()):
        return f"metadata: expected numbers, true, false, null and texts of at most {MAX_TEXT} characters"
    if message.get("technique", "raman") not in TECHNIQUES:
        return f"technique: expected one of {', '.join(TECHNIQUES)}"
    if "unit" in message and message["unit"] not in UNITS:
        return f"unit: expected one of {', '.join(UNITS)}"
    deadline = message.get("deadline_ms", _MISSING)
    if deadline is not _MISSING and not (_is_number(deadline) and 0 < deadline <= MAX_DEADLINE_MS):
        return f"deadline_ms: expected a number above 0, at most {MAX_DEADLINE_MS}"
    return None


def _is_numbers(values: object) -> bool:
    if isinstance(values, bytes):
        return len(values) % 8 == 0
    return isinstance(values, list) and set(map(type, values)) <= {int, float}


def _is_number(value: object) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _is_value(value: object) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    return value is None or isinstance(value, bool) or _is_number(value)


def _is_text(text: object) -> bool:
    return isinstance(text, str) and len(text) <= MAX_TEXT and _plain(text)


def _plain(text: str) -> bool:
    """Whether a text can be written out: half a surrogate pair cannot."""
    return not any("\ud800" <= each <= "\udfff" for each in text)
