"""Results as a table: one row per spectrum, one for each input that gave no answer."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from ._errors import Failure
from ._records import ResultRecord

CSV_COLUMNS: Final = (
    "file",
    "index",
    "verdict",
    "alert",
    "probability",
    "substances",
    "forms",
    "roles",
    "cas",
    "shares",
    "hqi",
    "grades",
    "hints",
    "reasons",
    "next_action",
    "snr",
    "saturated",
    "coverage",
    "axis_shift_cm1",
    "fluorescence",
    "n_spikes",
    "input_sha256",
    "library",
    "library_sha256",
    "engine",
    "pipeline",
    "config",
    "warnings",
    "error",
    "message",
)
CSV_SEPARATOR: Final = "; "
"""Between several values of one cell."""


def csv_header() -> str:
    """Return the header line, with its line end."""
    return _csv_line(CSV_COLUMNS)


def csv_result(record: ResultRecord) -> str:
    """Return the row of one spectrum, with its line end."""
    substances, quality, provenance = record["substances"], record["quality"], record["provenance"]
    cells = {
        "file": record["file"],
        "index": str(record["index"]),
        "verdict": record["verdict"],
        "alert": _cell(record["alert"]),
        "probability": _cell(record["probability"]),
        "substances": _joined([one["name"] for one in substances]),
        "forms": _joined([one["form"] for one in substances]),
        "roles": _joined([one["role"] for one in substances]),
        "cas": _joined([one["cas"] for one in substances]),
        "shares": _joined([_cell(one["share"]) for one in substances]),
        "hqi": _joined([_cell(one["hqi"]) for one in substances]),
        "grades": _joined([one["grade"] for one in substances]),
        "hints": _joined([one["name"] for one in record["hints"]]),
        "reasons": _joined(record["reasons"]),
        "next_action": record["next_action"],
        "snr": _cell(quality["snr"]),
        "saturated": _cell(quality["saturated"]),
        "coverage": _cell(quality["coverage"]),
        "axis_shift_cm1": _cell(quality["axis_shift_cm1"]),
        "fluorescence": _cell(quality["fluorescence"]),
        "n_spikes": str(quality["n_spikes"]),
        "input_sha256": provenance["input_sha256"] or "",
        "library": _joined([one["name"] for one in provenance["library"]]),
        "library_sha256": _joined([one["sha256"] for one in provenance["library"]]),
        "engine": provenance["engine"],
        "pipeline": provenance["pipeline"],
        "config": provenance["config"],
        "warnings": _joined(record["warnings"]),
    }
    return _csv_line([cells.get(column, "") for column in CSV_COLUMNS])


def csv_error(failure: Failure) -> str:
    """Return the row of an input that gave no answer, with its line end; its verdict is empty."""
    cells = {"file": failure.file, "error": failure.error, "message": failure.message}
    return _csv_line([cells.get(column, "") for column in CSV_COLUMNS])


def _joined(values: Sequence[str]) -> str:
    return CSV_SEPARATOR.join(values) if any(values) else ""


def _cell(value: float | bool | None) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
