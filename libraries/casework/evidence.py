"""The evidence file: all that it takes to get an answer again, in one JSON file.

The spectrum as it was measured, every parameter, the hashes of the libraries, the versions and the answer.
Numbers are written so that they come back bit for bit. The file holds its own hash, so that an edit shows,
and where a case log is kept the hash of the log's last entry before it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from spectra._atomic import write_atomically
from spectra.errors import CaseError, SpectraError
from spectra.spectrum import Spectrum

from ..canonical import canonical, sha256_of

SCHEMA: Final = "contraspec.evidence/1"
MAX_BYTES: Final = 200_000_000
_FIELDS: Final = frozenset(
    {"schema", "created", "item", "spectra", "settings", "libraries", "result", "log_head", "sha256"}
)


@dataclass(frozen=True)
class Item:
    """What was scanned, as the officer called it; empty where nobody said."""

    item: str = ""
    subsample: str = ""


@dataclass(frozen=True)
class Asked:
    """What the engine was asked with.

    Attributes
    ----------
    prior : float or None
        As given; None for that of the calibrations.
    watch : tuple of str
        Names to watch for.
    policy : str
        For libraries.
    axis_offset_cm1 : float
        What was added to the axes before.
    replicates : bool
        Whether the spectra are scans of one item.
    deadline_s : float or None
        Time that the engine had.
    instrument_checks : tuple of mapping or None
        For each spectrum how its instrument stood, as ``libraries.instruments.standing`` has it; empty
        where no checks were consulted.
    """

    prior: float | None = None
    watch: tuple[str, ...] = ()
    policy: str = "integrity"
    axis_offset_cm1: float = 0.0
    replicates: bool = False
    deadline_s: float | None = None
    instrument_checks: tuple[Mapping[str, Any] | None, ...] = ()


@dataclass(frozen=True)
class UsedLibrary:
    """A library that was asked: its name, its hash, and the path it had then."""

    name: str
    sha256: str
    path: str


@dataclass(frozen=True)
class Evidence:
    """What an evidence file holds.

    Attributes
    ----------
    created : str
        ISO time in UTC.
    item : Item
        What was scanned.
    spectra : tuple of Spectrum
        As read: one, or the scans of one item.
    asked : Asked
        Parameters.
    libraries : tuple of UsedLibrary
        In the order they were given.
    result : mapping
        ``contraspec.result/1`` as it was told.
    log_head : str
        Hash of the case log's last entry before this result; empty without a log.
    sha256 : str
        Of all else, as the file states it; empty before it is written.
    """

    created: str
    item: Item
    spectra: tuple[Spectrum, ...]
    asked: Asked
    libraries: tuple[UsedLibrary, ...]
    result: Mapping[str, Any] = field(default_factory=dict)
    log_head: str = ""
    sha256: str = ""


def write_evidence(evidence: Evidence, path: str | os.PathLike[str]) -> str:
    """Write an evidence file whole or not at all.

    Returns
    -------
    str
        Its hash, 64 hex digits.

    Raises
    ------
    CaseError
        Values that are no JSON.
    WriteError
        When the file cannot be written.
    """
    plain = _plain(evidence)
    plain["sha256"] = sha256_of(plain, refuse=CaseError)
    write_atomically(os.fspath(path), canonical(plain, refuse=CaseError) + b"\n")
    return str(plain["sha256"])


def read_evidence(path: str | os.PathLike[str]) -> Evidence:
    """Read an evidence file and check that nobody edited it.

    Raises
    ------
    CaseError
        The file is missing, no evidence file, too new, or was edited.
    """
    shown = os.fspath(path)
    plain = _loaded(shown)
    stated = plain.pop("sha256")
    if stated != sha256_of(plain, refuse=CaseError):
        raise CaseError(f"{shown}: the evidence file was edited: its hash is not that of its content")
    try:
        return Evidence(
            created=str(plain["created"]),
            item=Item(**plain["item"]),
            spectra=tuple(_spectrum(each) for each in plain["spectra"]),
            asked=_asked(plain["settings"]),
            libraries=tuple(UsedLibrary(**each) for each in plain["libraries"]),
            result=dict(plain["result"]),
            log_head=str(plain["log_head"]),
            sha256=str(stated),
        )
    except (TypeError, ValueError, KeyError, SpectraError) as error:
        raise CaseError(f"{shown}: an evidence file with a field of the wrong kind ({error})") from error


def _plain(evidence: Evidence) -> dict[str, Any]:
    """All fields but the hash as plain JSON."""
    return {
        "schema": SCHEMA,
        "created": evidence.created,
        "item": asdict(evidence.item),
        "spectra": [_plain_spectrum(each) for each in evidence.spectra],
        "settings": _plain_asked(evidence.asked),
        "libraries": [asdict(each) for each in evidence.libraries],
        "result": dict(evidence.result),
        "log_head": evidence.log_head,
    }


def _plain_asked(asked: Asked) -> dict[str, Any]:
    """Turn settings into plain JSON; what nobody asked for is left out."""
    plain = {**asdict(asked), "watch": list(asked.watch)}
    checks = plain.pop("instrument_checks")
    return {**plain, "instrument_checks": list(checks)} if checks else plain


def _asked(plain: Mapping[str, Any]) -> Asked:
    checks = tuple(plain.get("instrument_checks", ()))
    return Asked(**{**plain, "watch": tuple(plain["watch"]), "instrument_checks": checks})


def _plain_spectrum(spectrum: Spectrum) -> dict[str, Any]:
    return {
        "axis": spectrum.axis.tolist(),
        "intensity": spectrum.intensity.tolist(),
        "technique": spectrum.technique,
        "unit": spectrum.unit,
        "metadata": dict(spectrum.metadata),
        "warnings": list(spectrum.warnings),
    }


def _spectrum(plain: Mapping[str, Any]) -> Spectrum:
    return Spectrum(**{**plain, "warnings": tuple(plain["warnings"])})


def _loaded(path: str) -> dict[str, Any]:
    """Plain JSON of an evidence file, its schema checked."""
    try:
        if os.path.getsize(path) > MAX_BYTES:
            raise CaseError(f"{path}: more than {MAX_BYTES} bytes: expected an evidence file")
        with open(path, "rb") as file:
            content = file.read()
        plain = json.loads(content)
    except OSError as error:
        raise CaseError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{path}: not an evidence file ({error}); expected what --evidence wrote") from error
    schema = plain.get("schema") if isinstance(plain, dict) else None
    if schema != SCHEMA:
        raise CaseError(f"{path}: schema {schema!r}: expected {SCHEMA}; a newer contraspec may read it")
    if set(plain) != _FIELDS:
        raise CaseError(f"{path}: not the fields of an evidence file; expected what --evidence wrote")
    if canonical(plain, refuse=CaseError) != content.strip():  # a key that stands twice shows too
        raise CaseError(f"{path}: the evidence file was edited: its text is not as it was written")
    return dict(plain)


def differences(then: object, now: object, *, at: str = "") -> Sequence[str]:
    """Where two plain JSON values differ, one line each: ``place: then -> now``.

    Parameters
    ----------
    then, now : plain JSON
        What was told, and what is told today.
    at : str, optional
        Place of both, as ``substances[0].probability``.
    """
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        keys = sorted({*then, *now})
        gone = object()
        return [
            line
            for key in keys
            for line in differences(then.get(key, gone), now.get(key, gone), at=f"{at}.{key}".lstrip("."))
        ]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = enumerate(zip(then, now, strict=True))
        return [line for i, (a, b) in pairs for line in differences(a, b, at=f"{at}[{i}]")]
    if type(then) is type(now) and then == now:
        return []
    return [f"{at}: {_told(then)} -> {_told(now)}"]


def _told(value: object) -> str:
    try:
        return json.dumps(value)[:200]
    except TypeError:
        return "(absent)"
