"""Results that ``identify --format json`` wrote, read back as answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from ._records import RESULT_SCHEMA, ResultRecord

if TYPE_CHECKING:
    from spectra.confidence.identification import Identification
    from spectra.label import Label
    from spectra.matching.hints import Hint
    from spectra.quality import QualityReport

_EXPECTED: Final[dict[str, type | tuple[type, ...]]] = {
    "file": str,
    "index": int,
    "verdict": str,
    "alert": bool,
    "substances": list,
    "hints": list,
    "reasons": list,
    "next_action": str,
    "quality": dict,
    "provenance": dict,
    "technique": str,
}
_MAX_BYTES: Final = 50_000_000


@dataclass(frozen=True)
class ReadResult:
    """One result with the answer that it holds.

    Attributes
    ----------
    source : str
        File it was read from, as typed.
    record : ResultRecord
        As written.
    said : Identification
        What it says: names, verdict, reasons; without hits, limits and bands.
    """

    source: str
    record: ResultRecord
    said: "Identification"


def read_results(path: str) -> list[ReadResult]:
    """Read every result of a file with one JSON object a line.

    Parameters
    ----------
    path : str
        As typed.

    Raises
    ------
    ReadError
        When it holds anything else, an error record too, or nothing.
    """
    from spectra.errors import DamagedError, EmptyFileError, NotFoundError, UnrecognisedError

    file = Path(path)
    if not file.is_file():
        raise NotFoundError(f"{path}: no such file: check the name")
    if file.stat().st_size > _MAX_BYTES:
        raise UnrecognisedError(f"{path}: too large for results: give what identify --format json wrote")
    try:
        records = [json.loads(line) for line in file.read_text("utf-8-sig").splitlines() if line.strip()]
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise UnrecognisedError(
            f"{path}: not one JSON object a line: give what contraspec identify --format json wrote"
        ) from error
    if not records:
        raise EmptyFileError(f"{path}: no result in it: identify the scan again with --format json")
    found = []
    for record in records:
        fault = _fault(record)
        if fault:
            raise DamagedError(f"{path}: {fault}. Identify the scan again with --format json.")
        found.append(ReadResult(path, cast(ResultRecord, record), _identification(record)))
    return found


def _fault(record: object) -> str:
    """Say what is wrong with a record; empty when nothing is."""
    if not isinstance(record, dict) or record.get("schema") != RESULT_SCHEMA:
        told = record.get("schema") if isinstance(record, dict) else type(record).__name__
        return f"schema {told!r}, expected {RESULT_SCHEMA}"
    for key, kind in _EXPECTED.items():
        if not isinstance(record.get(key), kind):
            return f"{key} {record.get(key)!r} is missing or of the wrong kind"
    return _wrong_word(record)


def _wrong_word(record: Mapping[str, Any]) -> str:
    """Say which verdict, role or technique nobody knows; empty when all are known."""
    from spectra.confidence.identification import VERDICTS
    from spectra.label import GRADES, ROLES
    from spectra.units import TECHNIQUES

    if record["verdict"] not in VERDICTS or record["technique"] not in TECHNIQUES:
        return f"verdict {record['verdict']!r} by {record['technique']!r}, expected known ones"
    for one in record["substances"]:
        if not isinstance(one, dict) or not all(
            isinstance(one.get(k), str) for k in ("name", "form", "id", "cas")
        ):
            return "a substance without name, form, id and cas"
        if not one["name"] or not one["id"] or one.get("role") not in ROLES or one.get("grade") not in GRADES:
            return f"substance {one['name']!r} of role {one.get('role')!r} and grade {one.get('grade')!r}"
    if not all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in record["hints"]):
        return "a hint without a name"
    return "" if all(isinstance(code, str) for code in record["reasons"]) else "a reason that is no word"


def _identification(record: Mapping[str, Any]) -> "Identification":
    from spectra.confidence.identification import Identification, NamedSubstance

    named = tuple(
        NamedSubstance(_label(one), one.get("probability"), one.get("share"), one.get("hqi") or 0.0)
        for one in record["substances"]
    )
    return Identification(
        record["verdict"],
        record["alert"],
        record.get("probability"),
        named,
        (),
        tuple(_hint(one) for one in record["hints"]),
        tuple(record["reasons"]),
        record["next_action"],
        _quality(record["quality"]),
    )


def _label(one: Mapping[str, Any]) -> "Label":
    from libraries.substances import identity_key
    from spectra.label import Label

    return Label(
        one["id"],
        one["name"],
        form=one["form"],
        cas=one["cas"],
        role=one["role"],
        grade=one["grade"],
        identity=identity_key(one["name"]),
    )


def _hint(one: Mapping[str, Any]) -> "Hint":
    from spectra.matching.hints import Hint, HintTable

    return Hint(HintTable(one["name"], str(one.get("form", "")), "", (), (), ""), ())


def _quality(one: Mapping[str, Any]) -> "QualityReport":
    from spectra.quality import QualityReport

    return QualityReport(float(one.get("snr") or 0.0), bool(one.get("saturated")), 0.0, 0, 0.0)
