"""``contraspec instrument list``: instruments, and how their last check went."""

import datetime
from typing import TYPE_CHECKING, Any

import click

from ..._cases import run_on_file
from ..._checkpage import table_lines
from ..._instruments import needs_store, store_option
from ..._options import format_option
from ..._records import json_line
from ..._streams import machine_stdout, printable

if TYPE_CHECKING:
    from libraries.instruments.recording import StoredCheck


@click.command("list")
@store_option
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, store: str, output_format: str) -> None:
    """List instruments by serial number, and how their last check went.

    \b
    Examples:
      contraspec instrument list --store checks/
      contraspec instrument list --format json
    """  # noqa: D301  # click reads the escape
    from libraries.instruments.store import read_instruments

    needs_store(store)
    found = run_on_file(ctx, store, output_format, lambda: read_instruments(store))
    rows = [_row(serial, checks) for serial, checks in found.items()]
    if output_format == "json":
        machine_stdout()
        for row in rows:
            click.echo(json_line(row))
        return
    if not rows:
        click.echo("No instrument was ever checked here.")
        return
    shown = [
        (
            row["serial"],
            str(row["n_checks"]),
            row["measured"][:10],
            row["standard"],
            row["state"],
            _offset(row),
        )
        for row in rows
    ]
    for line in table_lines([("serial", "checks", "last", "standard", "state", "add at 1000 cm-1"), *shown]):
        click.echo(printable(line))


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


def _offset(row: dict[str, Any]) -> str:
    if row["offset_cm1"] is None:
        return "-"
    return f"{row['offset_cm1']:+.2f} (U = {row['offset_expanded_cm1'] or 0.0:.2f})"
