"""``contraspec library lint``: what to mend before anyone relies on a library."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._libraries import open_libraries
from ..._options import format_option
from ..._progress import Progress
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import Terminal, stdout_terminal

if TYPE_CHECKING:
    from libraries.curation.findings import Finding

FINDING_SCHEMA: Final = "contraspec.finding/1"


@click.command("lint")
@click.argument("library", metavar="LIBRARY")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, library: str, output_format: str) -> None:
    """Look for what to mend in LIBRARY before anyone relies on it.

    One spectrum under two names, two under one, labels that look like another substance,
    noise, spikes, saturation, residual baselines, axis offsets, low resolution, short
    ranges, wrong, shared or missing identifiers, roles that
    take an alert away, unknown licences. Each finding has a severity and
    says what to do. Nothing is changed. Deprecated references are left out.

    \b
    Examples:
      contraspec library lint mylab.h5
      contraspec library lint mylab.h5 --format json

    \b
    Exit codes: 0 checked, whatever was found; 4 the library is missing or damaged.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    try:
        findings = _lint(library)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, library, error, as_json=output_format == "json")
    if output_format == "json":
        for finding in findings:
            click.echo(json_line(finding_record(finding)))
    else:
        for line in _text(findings, stdout_terminal("never")):
            click.echo(line)
    ctx.exit(EXIT_OK)


def finding_record(finding: "Finding") -> dict[str, Any]:
    """``contraspec.finding/1``: one finding."""
    return {
        "schema": FINDING_SCHEMA,
        "code": finding.code,
        "severity": finding.severity,
        "references": list(finding.references),
        "names": list(finding.names),
        "message": finding.message,
        "remedy": finding.remedy,
    }


def _lint(path: str) -> "list[Finding]":
    from libraries.curation.lint import lint_library  # numpy and h5py come with it

    findings: list[Finding] = []
    for library in open_libraries(path):
        with Progress("checking") as progress:
            findings.extend(lint_library(library, progress=progress.update))
    return findings


def _text(findings: "list[Finding]", terminal: Terminal) -> Iterator[str]:
    for finding in findings:
        yield from terminal.wrap(f"{finding.severity}: {finding.code}: {finding.message}", hanging="  ")
        yield from terminal.wrap(f"-> {finding.remedy}", indent="  ", hanging="     ")
    counts = Counter(finding.severity for finding in findings)
    totals = [f"{counts[each]} {each}{'s' if counts[each] != 1 else ''}" for each in ("error", "warning")]
    yield terminal.show(f"{', '.join(totals)}, {counts['info']} info")
