"""Results as a table: one row per spectrum, one for each input that gave no answer."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from ._errors import Failure
from ._records import LimitRecord, ResultRecord

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
    "prior",
    "shares_low",
    "shares_high",
    "unexplained_bands_cm1",
    "prediction_level",
    "prediction_set",
    "limit_names",
    "limit_forms",
    "limit_roles",
    "limit_shares",
    "limit_level",
    "technique",
    "replicates_agreement",
    "replicates_scans",
    "replicates_used",
    "replicates_left_out",
    "replicates_counts",
    "replicates_probability_low",
    "replicates_probability_high",
    "unexplained_bands_nm",
    "proven",
    "item",
    "subsample",
    "settings",
    "safety",
)
"""New columns go to the end, so that those who read by place still read the same."""
CSV_SEPARATOR: Final = "; "
"""Between several values of one cell."""
MISSED_AT_ANY_SHARE: Final = "any"
"""Instead of the share below which a substance would have been missed."""


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
        "prior": _cell(record["prior"]),
        **_certainty_cells(record),
        **_limit_cells(record["detection_limits"]),
        "technique": record["technique"],
        **_replicate_cells(record),
        "settings": provenance.get("settings", ""),
        "safety": _joined(record["safety"]),
    }
    return _csv_line([cells.get(column, "") for column in CSV_COLUMNS])


def csv_error(failure: Failure) -> str:
    """Return the row of an input that gave no answer, with its line end; its verdict is empty."""
    cells = {"file": failure.file, "error": failure.error, "message": failure.message}
    return _csv_line([cells.get(column, "") for column in CSV_COLUMNS])


def _certainty_cells(record: ResultRecord) -> dict[str, str]:
    intervals = [one["share_interval"] or [None, None] for one in record["substances"]]
    found = record["prediction_set"]
    return {
        "shares_low": _joined([_cell(low) for low, _ in intervals]),
        "shares_high": _joined([_cell(high) for _, high in intervals]),
        "unexplained_bands_cm1": _joined([_cell(band) for band in record["unexplained_bands_cm1"]]),
        "unexplained_bands_nm": _joined([_cell(band) for band in record["unexplained_bands_nm"]]),
        "proven": "" if record["proven"] is None else str(record["proven"]).lower(),
        "item": record.get("item", ""),
        "subsample": record.get("subsample", ""),
        "prediction_level": _cell(found["level"]) if found else "",
        "prediction_set": _joined(found["names"]) if found else "",
    }


def _limit_cells(limits: Sequence[LimitRecord]) -> dict[str, str]:
    levels = dict.fromkeys(_cell(limit["level"]) for limit in limits)
    return {
        "limit_names": _joined([limit["name"] for limit in limits]),
        "limit_forms": _joined([limit["form"] for limit in limits]),
        "limit_roles": _joined([limit["role"] for limit in limits]),
        "limit_shares": _joined([_cell(limit["share"]) or MISSED_AT_ANY_SHARE for limit in limits]),
        "limit_level": _joined(list(levels)),
    }


def _replicate_cells(record: ResultRecord) -> dict[str, str]:
    """Cells of several scans taken as one item; none for a scan of its own."""
    found = record.get("replicates")
    if found is None:
        return {}
    low, high = found["probability_range"] or (None, None)
    left_out = [
        f"{scan['file']} {scan['index']}: {scan['state']}"
        for scan in found["scans"]
        if scan["state"] != "used"
    ]
    return {
        "replicates_agreement": found["agreement"],
        "replicates_scans": str(found["n_scans"]),
        "replicates_used": str(found["n_used"]),
        "replicates_left_out": _joined(left_out),
        "replicates_counts": _joined([f"{verdict}: {n}" for verdict, n in found["verdicts"].items()]),
        "replicates_probability_low": _cell(low),
        "replicates_probability_high": _cell(high),
    }


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
