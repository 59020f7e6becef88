"""``contraspec instrument show``: all checks of one instrument, and how it drifts."""

import os
from typing import TYPE_CHECKING

import click

from ..._cases import run_on_file
from ..._checkpage import table_lines
from ..._drift import SUFFIXES, draw_drift, drift_lines
from ..._instruments import needs_store, store_option
from ..._options import format_option
from ..._records import json_line
from ..._streams import machine_stdout, printable
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.instruments.recording import StoredCheck


@click.command("show")
@click.argument("serial", metavar="SERIAL")
@store_option
@click.option("-o", "--output", metavar="FILE", help="Draw the drift too: .svg or .png (extra plot).")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, serial: str, store: str, output: str | None, output_format: str) -> None:
    """Show all checks of one instrument, and how its axis drifts.

    \b
    Examples:
      contraspec instrument show 00913 --store checks/
      contraspec instrument show 00913 --store checks/ -o drift.svg
      contraspec instrument show 00913 --format json
    """  # noqa: D301  # click reads the escape
    needs_store(store)
    if output and os.path.splitext(output)[1].lower() not in SUFFIXES:
        raise click.BadParameter(f"{output}: expected a name that ends in .svg or .png.", param_hint="-o")
    checks = run_on_file(ctx, store, output_format, lambda: _read(store, serial))
    if output:
        run_on_file(ctx, output, output_format, lambda: _draw(output, serial, checks))
    if output_format == "json":
        machine_stdout()
        for one in checks:
            click.echo(json_line(one.plain))
        return
    shown = [_cells(one) for one in checks]
    heads = ("measured", "standard", "result", "add", "U", "stretch", "used", "rms", "width", "snr")
    for line in (*table_lines([heads, *shown]), "", *_chart(checks)):
        click.echo(printable(line))


def _chart(checks: "tuple[StoredCheck, ...]") -> list[str]:
    return drift_lines(checks, columns=stdout_terminal("never").columns)


def _read(store: str, serial: str) -> "tuple[StoredCheck, ...]":
    from libraries.instruments.store import read_checks
    from spectra.errors import NotFoundError

    checks = read_checks(store, serial)
    if not checks:
        raise NotFoundError(f"no check of an instrument {serial!r}: see 'contraspec instrument list'")
    return checks


def _draw(output: str, serial: str, checks: "tuple[StoredCheck, ...]") -> None:
    from spectra._atomic import write_atomically

    write_atomically(output, draw_drift(serial, checks, suffix=os.path.splitext(output)[1].lower()))


def _cells(one: "StoredCheck") -> tuple[str, ...]:
    axis, width = one.plain["axis"] or {}, one.plain["resolution"]
    bound = "" if width is None or not width["is_bound"] else "<"
    return (
        f"{one.measured:%Y-%m-%d %H:%M}",
        one.standard,
        "passed" if one.passed else ", ".join(one.reasons),
        "-" if one.offset_cm1 is None else f"{one.offset_cm1:+.2f}",
        "-" if one.offset_expanded_cm1 is None else f"{one.offset_expanded_cm1:.2f}",
        "-" if axis.get("stretch_expanded") is None else f"{1000 * axis['stretch']:+.2f}",
        f"{axis.get('n_used', 0)}/{one.plain['n_in_range']}",
        "-" if not axis else f"{axis['rms_cm1']:.2f}",
        "-" if width is None else f"{bound}{width['width_cm1']:.1f}",
        f"{one.plain['snr']:.0f}",
    )
