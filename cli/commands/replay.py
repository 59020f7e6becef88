"""``contraspec replay``: identify again from an evidence file, and say what differs."""

from typing import TYPE_CHECKING, Any, Final

import click

from .. import _engine
from .._cases import run_on_file, say
from .._errors import EXIT_CHECK
from .._evidence import Keeper
from .._instruments import consulted, note_standing, put_right
from .._options import format_option, library_option, trust_option
from .._records import json_line, result_record
from .._settings import noted_settings
from .._version import engine_version

if TYPE_CHECKING:
    from libraries.casework.evidence import Evidence
    from libraries.engine import Engine
    from libraries.instruments.standing import Standing

REPLAY_SCHEMA: Final = "contraspec.replay/1"


@click.command("replay")
@click.argument("file", metavar="EVIDENCE")
@library_option
@trust_option
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context, file: str, libraries: tuple[str, ...], trust: str | None, output_format: str
) -> None:
    """Identify again from an evidence file, and say whether the answer is the same.

    The file holds the spectrum as it was measured and all settings. The libraries are those that it
    names, or those given with -l; they must be the same to the last bit.

    \b
    Examples:
      contraspec replay evidence.json
      contraspec replay evidence.json -l archive/lab-2026-03.h5
      contraspec replay evidence.json --format json

    \b
    Exit codes:
      0   identical
      3   the evidence file cannot be read, or was edited
      4   a library is missing or is another one
      5   the answer differs; what differs is listed
    """  # noqa: D301  # click reads the escape
    report = run_on_file(ctx, file, output_format, lambda: _replay(file, libraries, trust))
    say(report, _lines(report), output_format)
    ctx.exit(0 if report["identical"] else EXIT_CHECK)


def _replay(file: str, libraries: tuple[str, ...], trust: str | None) -> dict[str, Any]:
    """Record of schema ``contraspec.replay/1``."""
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


def _answered(evidence: "Evidence", engine: "Engine") -> dict[str, Any]:
    """Identify again; the result in the plain form in which the file has that of then."""
    import json

    told = evidence.result
    offset = evidence.asked.axis_offset_cm1
    spectra = [each.with_axis_offset(offset) if offset else each for each in evidence.spectra]
    standings = _standings(evidence)
    spectra = [put_right(each, standing) for each, standing in zip(spectra, standings, strict=True)]
    if evidence.asked.replicates:
        from .._replicates import ReadScan, replicated_record

        scans = [
            ReadScan(str(scan["file"]), int(scan["index"]), spectrum, standing=standing)
            for scan, spectrum, standing in zip(told["replicates"]["scans"], spectra, standings, strict=True)
        ]
        record = replicated_record(scans, n_unread=told["replicates"]["n_unread"], engine=engine)
    else:
        record = result_record(
            str(told["file"]),
            int(told["index"]),
            spectrum=spectra[0],
            answer=consulted(engine.identify(spectra[0]), standings),
            engine=engine,
            version=engine_version(),
        )
        note_standing(record, standings)
    Keeper(evidence.item.item, evidence.item.subsample, override=told.get("override")).name(record)
    plain: dict[str, Any] = json.loads(json_line(record))
    return plain


def _standings(evidence: "Evidence") -> "list[Standing | None]":
    """How the instruments stood then: the checks that are kept today do not matter."""
    checks = evidence.asked.instrument_checks
    if not checks:
        return [None] * len(evidence.spectra)
    from libraries.instruments.standing import read_standing

    return [None if plain is None else read_standing(plain) for plain in checks]


def _check_libraries(evidence: "Evidence", engine: "Engine") -> None:
    """Refuse other libraries than those that answered."""
    from spectra.errors import LibraryError

    then = {used.sha256: used.name for used in evidence.libraries}
    technique = evidence.spectra[0].technique  # what other libraries say is no part of the answer
    now = {library.content_sha256: library.name for library in engine.libraries_for(technique)}
    opened = {library.content_sha256 for library in engine.libraries}
    lacking = [f"{name} ({sha256[:12]})" for sha256, name in then.items() if sha256 not in opened]
    if lacking or set(now) - set(then):
        used = ", ".join(f"{name} ({sha256[:12]})" for sha256, name in now.items())
        raise LibraryError(
            f"the evidence rests on {', '.join(lacking) or 'fewer libraries'}, but {used} was opened: "
            f"give the libraries of then with -l"
        )


def _lines(report: dict[str, Any]) -> list[str]:
    called = " / ".join(part for part in (report["item"], report["subsample"]) if part)
    head = f"{report['file']}{f' ({called})' if called else ''}, of {report['created']}"
    if report["identical"]:
        return [f"IDENTICAL  {head}: the same answer ({report['verdict']}), to the last digit."]
    return [f"DIFFERENT  {head}:", *(f"  {line}" for line in report["differences"])]
