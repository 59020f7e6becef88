"""``contraspec instrument check``: what a spectrum of a standard says of its instrument."""

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from ..._checkpage import check_text
from ..._errors import EXIT_CHECK
from ..._instruments import limit_options, store_option
from ..._options import format_option, language_option, read_options
from ..._page import Page
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from spectra.instruments.limits import Limits
    from spectra.spectrum import Spectrum
    from spectra.units import Technique

STANDARDS = (
    *("polystyrene", "cyclohexane", "paracetamol", "benzonitrile", "naphthalene", "sulfur"),
    *("toluene-acetonitrile", "bis-methylstyryl-benzene", "calcite", "silicon"),
)


@click.command("check")
@click.argument("file", metavar="FILE")
@click.option("--standard", required=True, type=click.Choice(STANDARDS), help="What was measured.")
@store_option
@click.option("--serial", default="", metavar="SERIAL", help="Serial number, where the file does not say it.")
@limit_options
@click.option("--valid-days", type=click.FloatRange(0.0, min_open=True), metavar="DAYS",
              help="How long the check is to be relied on. Default: 30.")  # fmt: skip
@read_options
@format_option("text", "json")
@language_option
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    standard: str,
    store: str | None,
    serial: str,
    valid_days: float | None,
    output_format: str,
    technique: "Technique | None",
    column: str | None,
    laser_nm: float | None,
    limits: "Limits",
    language: str,
) -> None:
    """Check axis, resolution and signal of an instrument with a standard of known bands.

    FILE is a spectrum of the standard, as the device exported it. The axis gets an offset and a
    stretch with their uncertainty, never better than that of the standard. What is not the standard
    gets no offset. With a folder to store in and a serial number the check is kept, and
    'contraspec identify' corrects the axis of that instrument by the last one that passed.
    A scan that does not show the standard, or is saturated, is not kept.

    \b
    Examples:
      contraspec instrument check polystyrene.txt --standard polystyrene
      contraspec instrument check polystyrene.txt --standard polystyrene --store checks/
      contraspec instrument check calcite.csv --standard calcite --serial 00913 --store checks/
      contraspec instrument check scan.csv --standard cyclohexane --max-offset 8 --format json
      contraspec instrument check polystyrene.txt --standard polystyrene --lang nl

    \b
    Exit codes:
      0   passed
      3   the file cannot be read, or is no Raman spectrum; the check cannot be stored
      5   the check failed; the reasons say why
    """  # noqa: D301  # click reads the escape
    from ..._cases import run_on_file
    from ..._inputs import ReadOptions

    asked = _Asked(standard, store or "", serial.strip(), valid_days, limits)
    options = ReadOptions(technique, column, laser_nm)
    plain = run_on_file(ctx, file, output_format, lambda: _checked(file, options, asked))
    if output_format == "json":
        machine_stdout()
        click.echo(json_line(plain))
    else:
        page = Page(stdout_terminal("never"), language)
        click.echo("\n".join(part for line in check_text(plain, page) for part in page.terminal.fit(line)))
    ctx.exit(0 if plain["passed"] else EXIT_CHECK)


@dataclasses.dataclass(frozen=True)
class _Asked:
    standard: str
    store: str
    serial: str
    valid_days: float | None
    limits: "Limits"


def _checked(file: str, options: Any, asked: _Asked) -> dict[str, Any]:
    """Check one file and keep what came out; the record with where it was kept."""
    from libraries.instruments.recording import VALID_DAYS, describe_check
    from libraries.shift_standards import read_standard
    from spectra.instruments.check import check_instrument

    from ..._inputs import read_file, spectrum_of
    from ..._worded import WordedError

    spectrum = spectrum_of(read_file(file, options)[0], options)
    serial = _serial_of(spectrum, asked.serial)
    if spectrum.technique != "raman" or spectrum.unit != "raman_shift_cm-1":
        raise WordedError("error.instrument_technique", code="unsupported")
    check = check_instrument(spectrum, read_standard(asked.standard), limits=asked.limits)
    plain = describe_check(
        check,
        spectrum,
        limits=asked.limits,
        serial=serial,
        valid_days=asked.valid_days or VALID_DAYS,
    )
    plain = _compared(plain, asked)
    return {"schema": plain["schema"], "file": file, **plain, "stored": _stored(plain, asked)}


def _serial_of(spectrum: "Spectrum", given: str) -> str:
    """Take the serial number of the file, or the given one; both must be the same."""
    told = str(spectrum.metadata.get("serial") or "").strip()
    if told and given and told != given:
        from ..._worded import WordedError

        raise WordedError("error.serial_differs", {"given": given, "told": told}, code="unsupported")
    return told or given


def _compared(plain: dict[str, Any], asked: _Asked) -> dict[str, Any]:
    """Add how the signal changed since the last check that passed by the same standard and laser."""
    import os

    from libraries.instruments.recording import heights_of, with_change
    from libraries.instruments.store import read_checks
    from spectra.instruments.intensity import compare_intensity

    if not (asked.store and plain["serial"] and plain["heights"] and os.path.isdir(asked.store)):
        return plain
    before = [
        one.plain
        for one in read_checks(asked.store, plain["serial"])
        if one.passed and one.standard == plain["standard"] and one.plain["laser_nm"] == plain["laser_nm"]
    ]
    if not before:
        return plain
    then = before[-1]
    brightness = (plain["brightness"], then["brightness"])
    return with_change(
        plain, compare_intensity((heights_of(plain), heights_of(then)), brightness, limits=asked.limits)
    )


def _stored(plain: dict[str, Any], asked: _Asked) -> dict[str, Any] | None:
    """Keep the check where it says something of the instrument; which entry it became."""
    tells = plain["axis"] is not None or "axis_residual" in plain["reasons"]
    if not asked.store or not tells:  # a failure of the scan is none of the instrument
        return None
    if not plain["serial"]:
        from ..._worded import WordedError

        raise WordedError("error.serial_missing", code="damaged")
    from libraries.instruments.store import check_file, store_check

    entry = store_check(asked.store, plain)
    return {
        "file": str(check_file(asked.store, plain["serial"])),
        "entry": entry.number,
        "head": entry.sha256,
    }
