"""``contraspec redact``: scans and results without what the case is about, for reach-back."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .. import _engine
from .._ending import end_with_failure
from .._errors import EXIT_OK, say_line
from .._options import language_option
from .._records import json_line
from .._streams import printable
from .._targets import refuse_other_kind, refuse_to_replace, spectrum_endings
from ..messages import Field

if TYPE_CHECKING:
    from spectra.spectrum import Spectrum

_MAX_BYTES: Final = 256 * 2**20


@click.command("redact")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    help="A .json bundle; or .jdx, .csv or .nxs for the scans alone.",
)
@click.option("--with-serial", is_flag=True, help="Keep the instrument's serial number.")
@language_option
@click.pass_context
def command(
    ctx: click.Context, files: tuple[str, ...], output: str, with_serial: bool, language: str
) -> None:
    """Write the scans and results of FILEs without what the case is about.

    Of a scan its axis, values, instrument model, laser and settings are kept; of a result
    (a .json or .jsonl file of 'identify --format json') the verdict with its evidence. File
    names, hashes, times, operators, notes and, unless asked for, serial numbers are not.
    Substances of a result are not case data and stay: leave the result out where they are.

    \b
    Examples:
      contraspec redact scan.csv -o for-the-lab.json
      contraspec redact scan.csv result.json -o for-the-lab.json
      contraspec redact scan.wdf -o for-the-lab.jdx

    \b
    Exit codes: 0 written; 2 OUT is a FILE, or a file of another kind; 3 a FILE could not be
    read or OUT not be written.
    """  # noqa: D301  # click reads the escape
    refuse_to_replace(output, [*files, _engine.trust_file()])
    refuse_other_kind(output, _kinds(output))
    spectra: list[Spectrum] = []
    results: list[dict[str, Any]] = []
    subject = files[0]
    try:
        for file in files:
            subject = file
            if Path(file).suffix.lower() in (".json", ".jsonl"):
                results += _results(file)
            else:
                spectra += _spectra(file, with_serial)
        subject = output
        _write(output, spectra, results)
    except Exception as error:  # noqa: BLE001  # told as one line, with its exit code
        end_with_failure(ctx, subject, error)
    counts: dict[str, Field] = {"scans": len(spectra), "results": len(results), "output": printable(output)}
    say_line("redact.written", fields=counts)
    ctx.exit(EXIT_OK)


def _kinds(output: str) -> tuple[str, ...]:
    """Return the endings of files that the output may replace."""
    return (".json",) if Path(output).suffix.lower() == ".json" else spectrum_endings(output)


def _spectra(file: str, with_serial: bool) -> "list[Spectrum]":
    from libraries.redaction import redacted_spectrum
    from spectra.io import read_spectra

    return [redacted_spectrum(each, with_serial=with_serial) for each in read_spectra(file)]


def _results(file: str) -> list[dict[str, Any]]:
    from libraries.redaction import redacted_result
    from spectra.errors import DamagedError, UnsupportedError

    if Path(file).stat().st_size > _MAX_BYTES:
        raise UnsupportedError(f"{file}: larger than {_MAX_BYTES} bytes; is it a file of results?")
    text = Path(file).read_bytes()
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DamagedError(f"{file} line {number}: no JSON ({error})") from error
            if not isinstance(record, dict):
                raise DamagedError(f"{file} line {number}: expected a JSON object")
            found.append(redacted_result(record))
    return found


def _write(output: str, spectra: "list[Spectrum]", results: list[dict[str, Any]]) -> None:
    from libraries.redaction import bundle
    from spectra._atomic import write_atomically
    from spectra.errors import WriteError
    from spectra.io.writers import write_spectra

    if Path(output).suffix.lower() == ".json":
        write_atomically(output, (json_line(bundle(spectra, results)) + "\n").encode("ascii"))
        return
    if results:
        raise WriteError(f"{output}: results go into a .json bundle only; choose such a name")
    write_spectra(spectra, output)
