"""``contraspec replay``: identify again from an evidence file, and say what differs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from .. import _engine
from .._cases import run_on_file, say
from .._errors import EXIT_CHECK
from .._evidence import Keeper
from .._instruments import as_identified, consulted, note_standing, standings_in
from .._language import spoken_language
from .._options import check_report, format_option, language_option, library_option, trust_option
from .._page import Page
from .._records import json_line, result_record
from .._settings import noted_settings
from .._targets import refuse_other_kind, refuse_to_replace
from .._terminal import stdout_terminal
from .._version import engine_version
from ..messages import message

if TYPE_CHECKING:
    from libraries.casework.evidence import Evidence
    from libraries.engine import Engine

    from .._replicates import ReadScan

REPLAY_SCHEMA: Final = "contraspec.replay/1"


@click.command("replay")
@click.argument("file", metavar="EVIDENCE")
@library_option
@trust_option
@click.option(
    "--report",
    metavar="FILE",
    callback=check_report,
    help="Write the page of the answer, .pdf or .html, if it is the same.",
)
@click.option("--log", metavar="FILE", help="Case log that holds the answer: the page prints its entry.")
@format_option("text", "json")
@language_option
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    libraries: tuple[str, ...],
    trust: str | None,
    report: str | None,
    log: str | None,
    output_format: str,
    language: str,
) -> None:
    """Identify again from an evidence file, and say whether the answer is the same.

    The file holds the spectrum as it was measured and all settings. The libraries are those that it
    names, or those given with -l; they must be the same to the last bit.

    \b
    Examples:
      contraspec replay evidence.json
      contraspec replay evidence.json -l archive/lab-2026-03.h5
      contraspec replay evidence.json --format json
      contraspec replay kept/scan.csv.evidence.json --report scan.pdf --log case.log --lang fr

    \b
    Exit codes:
      0   identical
      3   the evidence file cannot be read, or was edited
      4   a library is missing or is another one
      5   the answer differs; what differs is listed
    """  # noqa: D301  # click reads the escape
    if report:
        refuse_to_replace(report, [file, log, *libraries, _engine.trust_file(trust)])
        refuse_other_kind(report, (".pdf", ".html", ".htm"))
    page = _Page(report, log, language) if report else None
    told = run_on_file(ctx, file, output_format, lambda: _replay(file, libraries, trust, page))
    shown = Page(stdout_terminal("never"), language)
    say(told, [shown.terminal.show(line) for line in _lines(told, shown)], output_format)
    ctx.exit(0 if told["identical"] else EXIT_CHECK)


@dataclass(frozen=True)
class _Page:
    """Page to write, the log that it names, and its language."""

    path: str
    log: str | None
    language: str


def _replay(file: str, libraries: tuple[str, ...], trust: str | None, page: _Page | None) -> dict[str, Any]:
    """Record of schema ``contraspec.replay/1``; the page of an answer that is the same."""
    from libraries.casework.evidence import differences, read_evidence

    evidence = read_evidence(file)
    asked = evidence.asked
    engine = _engine.open_engine(
        libraries or tuple(used.path for used in evidence.libraries if used.path != _engine.STARTER),
        prior=asked.prior,
        watch=asked.watch,
        policy="signed" if asked.policy == "signed" else "integrity",
        trust=trust,
    )
    _check_libraries(evidence, engine)
    settings = evidence.result.get("provenance", {}).get("settings", "")  # of then, whatever holds today
    with noted_settings(str(settings)):
        found = differences(dict(evidence.result), _answered(evidence, engine))
    if page and not found:
        _write_page(page, file, evidence, engine)
    return {
        "schema": REPLAY_SCHEMA,
        "file": file,
        "identical": not found,
        "differences": list(found),
        "item": evidence.item.item,
        "subsample": evidence.item.subsample,
        "created": evidence.created,
        "evidence_sha256": evidence.sha256,
        "log_head": evidence.log_head,
        "verdict": evidence.result.get("verdict"),
    }


def _write_page(page: _Page, file: str, evidence: "Evidence", engine: "Engine") -> None:
    from ..reports.later import kept_then, write_page

    kept = kept_then(evidence, file, page.log)
    scans = _scans(evidence)
    write_page(page.path, evidence, scans, engine=engine, language=page.language, kept=kept)


def _answered(evidence: "Evidence", engine: "Engine") -> dict[str, Any]:
    """Identify again; the result in the plain form in which the file has that of then."""
    import json

    told, scans = evidence.result, _scans(evidence)
    if evidence.asked.replicates:
        from .._replicates import replicated_record

        record = replicated_record(scans, n_unread=told["replicates"]["n_unread"], engine=engine)
    else:
        spectrum, standings = scans[0].spectrum, [scans[0].standing]
        record = result_record(
            str(told["file"]),
            int(told["index"]),
            spectrum=spectrum,
            answer=consulted(engine.identify(spectrum), standings),
            engine=engine,
            version=engine_version(),
        )
        note_standing(record, standings)
    Keeper(evidence.item.item, evidence.item.subsample, override=told.get("override")).name(record)
    plain: dict[str, Any] = json.loads(json_line(record))
    return plain


def _scans(evidence: "Evidence") -> "list[ReadScan]":
    """Give the scans as they were identified."""
    from .._replicates import ReadScan

    told = evidence.result
    each = told["replicates"]["scans"] if evidence.asked.replicates else [told]
    standings = standings_in(evidence.asked, len(evidence.spectra))
    spectra = as_identified(evidence.spectra, evidence.asked)
    return [
        ReadScan(str(scan["file"]), int(scan["index"]), spectrum, raw, standing)
        for scan, spectrum, raw, standing in zip(each, spectra, evidence.spectra, standings, strict=True)
    ]


def _check_libraries(evidence: "Evidence", engine: "Engine") -> None:
    """Refuse other libraries than those that answered."""
    from .._worded import WordedError

    then = {used.sha256: used.name for used in evidence.libraries}
    technique = evidence.spectra[0].technique  # what other libraries say is no part of the answer
    now = {library.content_sha256: library.name for library in engine.libraries_for(technique)}
    opened = {library.content_sha256 for library in engine.libraries}
    lacking = [f"{name} ({sha256[:12]})" for sha256, name in then.items() if sha256 not in opened]
    if lacking or set(now) - set(then):
        used = ", ".join(f"{name} ({sha256[:12]})" for sha256, name in now.items())
        fewer = message("error.fewer_libraries", language=spoken_language())
        fields = {"then": ", ".join(lacking) or fewer, "now": used}
        raise WordedError("error.other_libraries", fields, code="library")


def _lines(report: dict[str, Any], page: Page) -> list[str]:
    called = " / ".join(part for part in (report["item"], report["subsample"]) if part)
    fields = {"file": report["file"], "item": called, "created": page.moment(report["created"])}
    file = page.say("replay.file_item" if called else "replay.file", fields)
    if report["identical"]:
        verdict = page.say(f"verdict.{report['verdict']}")
        return [page.say("replay.identical", {"file": file, "verdict": verdict})]
    return [page.say("replay.different", {"file": file}), *(f"  {line}" for line in report["differences"])]
