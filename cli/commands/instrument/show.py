"""``contraspec instrument show``: all checks of one instrument, and how it drifts."""

import os
from typing import TYPE_CHECKING, Final

import click

from ..._cases import run_on_file
from ..._checkpage import table_lines
from ..._drift import SUFFIXES, draw_drift, drift_lines
from ..._instruments import existing_store, needs_store, store_option
from ..._options import format_option, language_option
from ..._page import Page
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal
from ..._usage import WordedUsageError

if TYPE_CHECKING:
    from libraries.instruments.recording import StoredCheck

_HEADS: Final = (
    *("measured", "standard", "result", "add", "expanded", "stretch", "used", "rms", "width", "snr"),
)


@click.command("show")
@click.argument("serial", metavar="SERIAL")
@store_option
@click.option("-o", "--output", metavar="FILE", help="Draw the drift too: .svg or .png (extra plot).")
@format_option("text", "json")
@language_option
@click.pass_context
def command(
    ctx: click.Context, serial: str, store: str, output: str | None, output_format: str, language: str
) -> None:
    """Show all checks of one instrument, and how its axis drifts.

    \b
    Examples:
      contraspec instrument show 00913 --store checks/
      contraspec instrument show 00913 --store checks/ -o drift.svg
      contraspec instrument show 00913 --lang nl -o drift.png
      contraspec instrument show 00913 --format json
    """  # noqa: D301  # click reads the escape
    needs_store(store)
    if output and os.path.splitext(output)[1].lower() not in SUFFIXES:
        raise WordedUsageError("usage.ending", {"output": output, "endings": ", ".join(SUFFIXES)})
    page = Page(stdout_terminal("never"), language)
    checks = run_on_file(ctx, store, output_format, lambda: _read(store, serial))
    if output:
        run_on_file(ctx, output, output_format, lambda: _draw(output, serial, checks, language))
    if output_format == "json":
        machine_stdout()
        for one in checks:
            click.echo(json_line(one.plain))
        return
    shown = [[page.say(f"instruments.{head}") for head in _HEADS], *(_cells(one, page) for one in checks)]
    for line in (*table_lines(shown), "", *drift_lines(checks, page)):
        click.echo(page.terminal.show(line))


def _read(store: str, serial: str) -> "tuple[StoredCheck, ...]":
    from libraries.instruments.store import read_checks

    from ..._worded import WordedError

    checks = read_checks(existing_store(store), serial)
    if not checks:
        raise WordedError("error.never_checked", {"serial": serial}, code="not_found")
    return checks


def _draw(output: str, serial: str, checks: "tuple[StoredCheck, ...]", language: str) -> None:
    from spectra._atomic import write_atomically

    suffix = os.path.splitext(output)[1].lower()
    write_atomically(output, draw_drift(serial, checks, suffix=suffix, language=language))


def _cells(one: "StoredCheck", page: Page) -> list[str]:
    axis, width = one.plain["axis"] or {}, one.plain["resolution"]
    bound = "" if width is None or not width["is_bound"] else "<"
    result = ", ".join(page.say(f"check_short.{code}") for code in (one.reasons or ["passed"]))
    stretch = None if axis.get("stretch_expanded") is None else 1000 * axis["stretch"]
    return [
        page.moment(one.measured.isoformat()),
        one.standard,
        result,
        _figure(one.offset_cm1, "+.2f", page),
        _figure(one.offset_expanded_cm1, ".2f", page),
        _figure(stretch, "+.2f", page),
        f"{axis.get('n_used', 0)}/{one.plain['n_in_range']}",
        _figure(axis.get("rms_cm1"), ".2f", page),
        bound + _figure(None if width is None else width["width_cm1"], ".1f", page),
        page.number(one.plain["snr"], ".0f"),
    ]


def _figure(value: float | None, spec: str, page: Page) -> str:
    return "-" if value is None else page.number(value, spec)
