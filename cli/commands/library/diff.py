"""``contraspec library diff``: what differs between two libraries."""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from ... import _engine
from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._options import format_option
from ..._progress import Progress
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.library import Library
    from libraries.validation.diffing import LibraryDiff

DIFF_SCHEMA: Final = "contraspec.diff/1"
_WORDS: Final = {"spectrum": "measured anew"}


@click.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--cases", metavar="FOLDER", help="Archived cases: say which of them B answers differently.")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, old: str, new: str, cases: str | None, output_format: str) -> None:
    """Say what differs between the libraries A and B: references, calibration, and answers.

    References that were added, removed, measured anew, changed in their record or deprecated;
    thresholds and the rest of the calibration; with --cases also every archived case whose
    verdict, stated substances or alert differ.

    \b
    Examples:
      contraspec library diff mylab-2026.1.h5 mylab-2026.2.h5
      contraspec library diff mylab-2026.1.h5 mylab-2026.2.h5 --cases archive/ --format json

    \b
    Exit codes: 0 compared, whatever differs; 4 a library or FOLDER is not in order.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    try:
        libraries = _open(old), _open(new)
        found = _diff(*libraries, cases)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        failure = _engine.library_failure((old, new), error)
        end_with_failure(ctx, failure.file, error, as_json=output_format == "json")
    if output_format == "json":
        click.echo(json_line(_record(old, new, libraries, found)))
    else:
        for line in _lines(old, new, found, cases is not None):
            click.echo(stdout_terminal("never").show(line))
    ctx.exit(EXIT_OK)


def _open(path: str) -> "Library":
    from libraries.library import verify_library  # numpy and h5py come with it

    return _engine.open_engine(()).libraries[0] if path == _engine.STARTER else verify_library(path)


def _diff(old: "Library", new: "Library", cases: str | None) -> "LibraryDiff":
    from libraries.validation.diffing import diff_libraries, diff_verdicts

    found = diff_libraries(old, new)
    if cases is None:
        return found
    with Progress("comparing answers") as progress:
        verdicts, n_cases = diff_verdicts(old, new, cases, progress=progress.update)
    return dataclasses.replace(found, verdicts=verdicts, n_cases=n_cases)


def _record(old: str, new: str, libraries: "tuple[Library, Library]", found: "LibraryDiff") -> dict[str, Any]:
    return {
        "schema": DIFF_SCHEMA,
        "old": {"library": old, "sha256": libraries[0].content_sha256},
        "new": {"library": new, "sha256": libraries[1].content_sha256},
        "same": found.same,
        "references": [
            {**dataclasses.asdict(each), "fields": _pairs(each.fields)} for each in found.references
        ],
        "texts": _pairs(found.texts),
        "calibration": _pairs(found.calibration),
        "cases": found.n_cases,
        "verdicts": [dataclasses.asdict(each) for each in found.verdicts],
    }


def _pairs(fields: Mapping[str, tuple[Any, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {"old": old, "new": new} for name, (old, new) in fields.items()}


def _lines(old: str, new: str, found: "LibraryDiff", compared: bool) -> list[str]:
    lines = [f"{old} and {new}: {'no difference' if found.same else 'they differ'}"]
    for change in found.references:
        form = f" ({change.form})" if change.form else ""
        told = "; ".join(_told(name, *pair) for name, pair in change.fields.items())
        word = _WORDS.get(change.kind, change.kind)
        lines.append(f"  {word}: {change.name}{form}, {change.id}{': ' + told if told else ''}")
    lines += [f"  {_told(name, *pair)}" for name, pair in found.texts.items()]
    lines += [f"  calibration: {_told(name, *pair)}" for name, pair in found.calibration.items()]
    for each in found.verdicts:
        lines.append(f"  {each.file}, spectrum {each.index}: {_said(each.before)} -> {_said(each.after)}")
    if compared:
        lines.append(f"  {len(found.verdicts)} of {found.n_cases} cases are answered differently")
    return lines


def _told(name: str, old: Any, new: Any) -> str:
    return f"{name} {old!r:.60} -> {new!r:.60}"


def _said(answer: Mapping[str, Any]) -> str:
    named = ", ".join(answer["substances"])
    alert = ", ALERT" if answer["alert"] else ""
    return f"{answer['verdict'] or 'failed'}{' ' + named if named else ''}{alert}"
