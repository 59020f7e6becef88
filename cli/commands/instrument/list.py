"""``contraspec instrument list``: instruments, and how their last check went."""

import datetime
from typing import TYPE_CHECKING, Any

import click

from ..._cases import run_on_file
from ..._checkpage import table_lines
from ..._instruments import existing_store, needs_store, store_option
from ..._options import format_option, language_option
from ..._page import Page
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.instruments.recording import StoredCheck


@click.command("list")
@store_option
@format_option("text", "json")
@language_option
@click.pass_context
def command(ctx: click.Context, store: str, output_format: str, language: str) -> None:
    """List instruments by serial number, and how their last check went.

    \b
    Examples:
      contraspec instrument list --store checks/
      contraspec instrument list --lang de
      contraspec instrument list --format json
    """  # noqa: D301  # click reads the escape
    from libraries.instruments.store import read_instruments

    needs_store(store)
    found = run_on_file(ctx, store, output_format, lambda: read_instruments(existing_store(store)))
    rows = [_row(serial, checks) for serial, checks in found.items()]
    if output_format == "json":
        machine_stdout()
        for row in rows:
            click.echo(json_line(row))
        return
    page = Page(stdout_terminal("never"), language)
    heads = ("serial", "checks", "last", "standard", "state", "offset")
    shown = [[page.say(f"instruments.{head}") for head in heads], *(_cells(row, page) for row in rows)]
    for line in table_lines(shown) if rows else [page.say("instruments.none")]:
        click.echo(page.terminal.show(line))


def _cells(row: dict[str, Any], page: Page) -> list[str]:
    return [
        row["serial"],
        str(row["n_checks"]),
        page.day(row["measured"]),
        row["standard"],
        page.say(f"instruments.state_{row['state']}"),
        _offset(row, page),
    ]


def _row(serial: str, checks: "tuple[StoredCheck, ...]") -> dict[str, Any]:
    """Record of schema ``contraspec.instruments/1``."""
    last = checks[-1]
    age = (datetime.datetime.now() - last.measured).total_seconds() / 86_400
    state = "failed" if not last.passed else "expired" if age > last.valid_days else "valid"
    return {
        "schema": "contraspec.instruments/1",
        "serial": serial,
        "n_checks": len(checks),
        "measured": last.measured.isoformat(timespec="seconds"),
        "standard": last.standard,
        "state": state,
        "offset_cm1": last.offset_cm1,
        "offset_expanded_cm1": last.offset_expanded_cm1,
        "valid_days": last.valid_days,
    }


def _offset(row: dict[str, Any], page: Page) -> str:
    if row["offset_cm1"] is None:
        return "-"
    expanded = page.number(row["offset_expanded_cm1"] or 0.0, ".2f")
    return f"{page.number(row['offset_cm1'], '+.2f')} (U = {expanded})"
