"""Pages that only show."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from libraries.changes import unrecorded
from libraries.curation.confusables import DEFAULT_SNR
from libraries.curation.findings import SEVERITIES
from libraries.curation.viewing import confusable_map, most_alike, replicates_of, view
from spectra.errors import LibraryError

from ._charts import overlay, square
from ._rendering import page, session_of, summary
from ._rows import Filter, neighbours, rows_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from libraries.library import Library
    from libraries.reference import Reference

    from ._jobs import Job

PAGE_ROWS: Final = 200
MAX_CURVES: Final = 6
"""As many lines as colour and dash keep apart."""
WAIT_S: Final = 2.0
"""So long a page waits for a check before it shows how far that is."""


def references(request: "Request") -> "Response":
    """Show the list of references."""
    shown = summary(request)
    asked = request.query_params
    wanted = Filter(asked.get("q", ""), asked.get("state", ""), asked.get("severity", ""))
    session = session_of(request)
    session.findings().wait(WAIT_S)
    findings = session.known_findings()
    rows = [row for row in rows_of(shown["library"], shown["reviews"], findings or ()) if wanted.keeps(row)]
    start = _whole(asked.get("start", ""), 0)
    return page(
        request,
        "references",
        {
            **shown,
            "rows": rows[start : start + PAGE_ROWS],
            "n_rows": len(rows),
            "start": start,
            "page_rows": PAGE_ROWS,
            "wanted": wanted,
            "linted": findings is not None,
            "severities": SEVERITIES,
        },
    )


def reference(request: "Request") -> "Response":
    """Show one reference with what to lay beside it."""
    shown = summary(request)
    library: Library = shown["library"]
    focus = _reference(library, request.path_params["id"])
    session = session_of(request)
    chosen = [each for each in request.query_params.getlist("with") if each in library.by_id]
    replicates = replicates_of(library, focus.id)
    beside = _beside(focus, replicates, [library.by_id[each] for each in chosen])
    views = [view(each) for each in (focus, *beside)]
    findings = session.known_findings()
    rows = rows_of(library, shown["reviews"], ())
    before, after = neighbours(rows, focus.id)
    return page(
        request,
        "reference",
        {
            **shown,
            "focus": focus,
            "review": shown["reviews"].get(focus.id),
            "view": views[0],
            "chart": overlay(views),
            "beside": beside,
            "chosen": chosen,
            "replicates": replicates,
            "alike": most_alike(library, focus.id),
            "findings": None
            if findings is None
            else [each for each in findings if focus.id in each.references],
            "history": [
                (number, change)
                for number, change in enumerate(library.changes, start=1)
                if focus.id in change.references
            ],
            "before": before,
            "after": after,
            "max_curves": MAX_CURVES,
        },
    )


def findings(request: "Request") -> "Response":
    """Show what lint has to say, gravest first."""
    shown = summary(request)
    job = session_of(request).findings()
    found = _result(job)
    if found is None:
        return _waiting(request, shown, job, "Checking every reference")
    asked = request.query_params
    severity, code = asked.get("severity", ""), asked.get("code", "")
    kept = [each for each in found if severity in ("", each.severity) and code in ("", each.code)]
    return page(
        request,
        "findings",
        {
            **shown,
            "findings": kept,
            "n_found": len(found),
            "counts": {each: sum(one.severity == each for one in found) for each in SEVERITIES},
            "codes": sorted({each.code for each in found}),
            "severity": severity,
            "code": code,
            "max_curves": MAX_CURVES,
        },
    )


def confusables(request: "Request") -> "Response":
    """Show which substances a scan of stated noise cannot tell apart."""
    asked = request.query_params.get("snr", "")
    snr = float(asked) if asked.isdigit() and 0 < int(asked) <= 1_000_000 else DEFAULT_SNR
    shown = summary(request)
    job = session_of(request).confusables(snr)
    found = _result(job)
    if found is None:
        return _waiting(request, shown, job, "Comparing every pair")
    chart = square(confusable_map(found), found)
    return page(request, "confusables", {**shown, "found": found, "chart": chart, "snr": snr})


def log(request: "Request") -> "Response":
    """Show the change log, newest first."""
    shown = summary(request)
    library: Library = shown["library"]
    entries = list(enumerate(library.changes, start=1))[::-1]
    return page(request, "log", {**shown, "entries": entries, "stray": unrecorded(library)})


def _reference(library: "Library", reference_id: str) -> "Reference":
    found = library.by_id.get(reference_id)
    if found is None:
        raise LibraryError(f"reference {reference_id!r}: library {library.name!r} has none of that id")
    return found


def _beside(
    focus: "Reference", replicates: Sequence["Reference"], chosen: Sequence["Reference"]
) -> tuple["Reference", ...]:
    """Lay over a reference what was chosen, then its replicates, as many as can be told apart."""
    kept = {each.id: each for each in (*chosen, *replicates) if each.id != focus.id}
    return tuple(kept.values())[: MAX_CURVES - 1]


def _result(job: "Job") -> Any:
    """Give the result of a job that is done, None while it runs.

    Raises
    ------
    LibraryError
        When it failed.
    """
    if not job.wait(WAIT_S):
        return None
    if job.problem:
        raise LibraryError(job.problem)
    return job.result


def _waiting(request: "Request", shown: dict[str, Any], job: "Job", what: str) -> "Response":
    answer = page(request, "waiting", {**shown, "what": what, "percent": round(100 * job.share)})
    answer.headers["refresh"] = "2"
    return answer


def _whole(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else default
