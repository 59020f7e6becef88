"""Ranked lists of references as records, as text and as a table."""

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypedDict

from ._errors import Failure
from ._notes import note_text
from ._page import Page
from ._records import LibraryRecord, library_record, rounded
from ._version import engine_version
from .messages import Field, message

if TYPE_CHECKING:
    from libraries.engine import Engine
    from libraries.methods.ranked import HitList, RankedReference
    from spectra.spectrum import Spectrum

SEARCH_SCHEMA: Final = "contraspec.search/1"
SEARCH_COLUMNS: Final = (
    "file",
    "index",
    "technique",
    "status",
    "rank",
    "name",
    "form",
    "id",
    "cas",
    "role",
    "hqi",
    "score",
    "axis_shift_cm1",
    "coverage",
    "reasons",
    "remarks",
    "input_sha256",
    "library",
    "library_sha256",
    "warnings",
    "error",
    "message",
)


class FoundRecord(TypedDict):
    """One reference of a list."""

    rank: int
    name: str
    form: str
    id: str
    cas: str
    role: str
    hqi: float | None
    score: float | None
    axis_shift_cm1: float | None
    coverage: float | None


class _ProvenanceRecord(TypedDict):
    input_sha256: str | None
    library: list[LibraryRecord]
    engine: str
    pipeline: str
    config: str


class SearchRecord(TypedDict):
    """The list of one spectrum, or why it has none."""

    schema: str
    file: str
    index: int
    technique: str
    status: str
    screening: str
    top: int
    hits: list[FoundRecord]
    reasons: list[str]
    remarks: list[str]
    quality: dict[str, Any]
    provenance: _ProvenanceRecord
    warnings: list[str]


def search_record(
    file: str, index: int, *, spectrum: "Spectrum", found: "HitList", engine: "Engine", top: int
) -> SearchRecord:
    """Build the ``contraspec.search/1`` record of one spectrum.

    Parameters
    ----------
    file : str
        As typed.
    index : int
        Which spectrum of the file, from 0.
    spectrum : Spectrum
        What was read.
    found : HitList
        What the engine ranked.
    engine : Engine
        Who ranked it.
    top : int
        How many were asked for.
    """
    digest = spectrum.metadata.get("source_sha256")
    pipeline, config = engine.fingerprints_for(spectrum.technique)
    quality = found.quality
    return {
        "schema": SEARCH_SCHEMA,
        "file": file,
        "index": index,
        "technique": spectrum.technique,
        "status": "ranked" if found.hits else "unusable",
        "screening": message("search.screening"),
        "top": top,
        "hits": [_found(hit) for hit in found.hits],
        "reasons": list(found.reasons),
        "remarks": list(found.remarks),
        "quality": {
            "snr": rounded(quality.snr),
            "saturated": bool(quality.saturated),
            "fluorescence": rounded(quality.fluorescence),
            "n_spikes": int(quality.n_spikes),
        },
        "provenance": {
            "input_sha256": None if digest is None else str(digest),
            "library": [library_record(library) for library in found.libraries],
            "engine": engine_version(),
            "pipeline": pipeline,
            "config": config,
        },
        "warnings": list(spectrum.warnings),
    }


def _found(hit: "RankedReference") -> FoundRecord:
    label = hit.label
    return {
        "rank": int(hit.rank),
        "name": label.substance,
        "form": label.form,
        "id": label.id,
        "cas": label.cas,
        "role": label.role,
        "hqi": rounded(hit.hqi),
        "score": rounded(hit.score),
        "axis_shift_cm1": rounded(hit.axis_shift_cm1),
        "coverage": rounded(hit.coverage),
    }


def render_search(record: SearchRecord, page: Page, *, n_in_file: int) -> str:
    """Text of one list, without its last line end.

    Parameters
    ----------
    record : SearchRecord
        What to tell.
    page : Page
        Where it goes.
    n_in_file : int
        Spectra in the file.
    """
    fields: dict[str, Field] = {"file": record["file"], "number": record["index"] + 1, "count": n_in_file}
    lines = page.block(page.say("line.file_spectrum" if n_in_file > 1 else "line.file", fields))
    if record["hits"]:
        lines += page.heading("search")
        for hit in record["hits"]:
            lines += _hit_lines(hit, page)
    else:
        lines += ["", *page.block(page.say("search.unusable"))]
    for code in (*record["reasons"], *record["remarks"]):
        lines += page.item(page.say(f"reason.{code}"))
    for warning in record["warnings"]:
        lines += page.item(note_text(warning, page))
    return "\n".join([*lines, "", *page.block(page.say("search.screening"))])


def _hit_lines(hit: FoundRecord, page: Page) -> list[str]:
    name = f"{hit['name']}, {hit['form']}" if hit["form"] else hit["name"]
    figures: dict[str, Field] = {
        "hqi": _figure(hit["hqi"], ".3f", page),
        "score": _figure(hit["score"], ".3f", page),
        "shift": _figure(hit["axis_shift_cm1"], "+.1f", page),
        "coverage": "?" if hit["coverage"] is None else f"{int(100 * hit['coverage'])}",
        "id": hit["id"],
    }
    lines = page.terminal.wrap(page.say("search.hit", {"rank": hit["rank"], "name": name}), indent="  ")
    return [*lines, *page.terminal.wrap(page.say("search.figures", figures), indent="     ")]


def _figure(value: float | None, spec: str, page: Page) -> str:
    return "?" if value is None else page.number(value, spec)


def search_header() -> str:
    """First row of the table, with its line end."""
    return _line(SEARCH_COLUMNS)


def search_rows(record: SearchRecord) -> str:
    """Rows of one list, one for each reference; one with the reasons where there are none."""
    provenance = record["provenance"]
    common = {
        "file": record["file"],
        "index": str(record["index"]),
        "technique": record["technique"],
        "status": record["status"],
        "reasons": "; ".join(record["reasons"]),
        "remarks": "; ".join(record["remarks"]),
        "input_sha256": provenance["input_sha256"] or "",
        "library": "; ".join(one["name"] for one in provenance["library"]),
        "library_sha256": "; ".join(one["sha256"] for one in provenance["library"]),
        "warnings": "; ".join(record["warnings"]),
    }
    rows: list[dict[str, str]] = [
        {**common, **{name: _cell(value) for name, value in hit.items()}} for hit in record["hits"]
    ]
    return "".join(_line([row.get(name, "") for name in SEARCH_COLUMNS]) for row in rows or [common])


def search_failure_row(failure: Failure) -> str:
    """Row of an input that could not be searched with."""
    cells = {
        "file": failure.file,
        "index": "" if failure.index is None else str(failure.index),
        "error": failure.error,
        "message": failure.message,
    }
    return _line([cells.get(name, "") for name in SEARCH_COLUMNS])


def _cell(value: object) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
