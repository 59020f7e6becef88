"""``contraspec library validate``: try a library on labelled cases."""

from typing import TYPE_CHECKING, Any

import click

from ... import _engine
from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._options import format_option
from ..._progress import Progress
from ..._records import json_line
from ..._streams import machine_stdout, printable
from ..._targets import refuse_other_kind, refuse_to_replace
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.validation.validating import Validation

_SHOWN = 20
"""Lines of a list in the text; JSON has all."""


@click.command("validate")
@click.argument("library", metavar="LIBRARY")
@click.argument("folder", metavar="FOLDER")
@click.option(
    "--manifest",
    metavar="FILE",
    help="CSV that says what each case is: file, substance and, where known, form. Without one, the "
    "file names are the substances.",
)
@click.option("-o", "--output", metavar="FILE", help='Write the summary, for "library release --validation".')
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    library: str,
    folder: str,
    manifest: str | None,
    output: str | None,
    output_format: str,
) -> None:
    """Run LIBRARY against the labelled cases in FOLDER and say how often it is right.

    A case whose substance is empty or not in the library is a stranger: whatever is stated of it
    is false. Rates come with Wilson's 95 % interval, which takes cases for independent. The cases
    must not be the scans that the library was made of.

    \b
    Examples:
      contraspec library validate mylab.h5 cases/
      contraspec library validate mylab.h5 cases/ --manifest cases.csv -o summary.json
      contraspec library validate mylab.h5 cases/ --format json

    \b
    Exit codes: 0 done, whatever the figures; 2 the summary would replace an input or another kind
    of file; 4 the library, FOLDER or the manifest is not in order.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    if output is not None:
        refuse_to_replace(output, [library, manifest, _engine.trust_file()])
        refuse_other_kind(output, (".json",))
    try:
        done = _validate(library, folder, manifest)
        if output is not None:
            _write(output, done.summary)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, library, error, as_json=output_format == "json")
    for each in done.summary["failed"]:
        click.echo(f"contraspec: failed: {printable(each['file'] + ': ' + each['problem'])}", err=True)
    if output_format == "json":
        click.echo(json_line(done.summary))
    else:
        for line in _lines(library, done.summary):
            click.echo(stdout_terminal("never").show(line))
    ctx.exit(EXIT_OK)


def _validate(library: str, folder: str, manifest: str | None) -> "Validation":
    from libraries.library import verify_library  # numpy and the readers come with these
    from libraries.validation.validating import validate_library

    opened = _engine.open_engine(()).libraries[0] if library == _engine.STARTER else verify_library(library)
    with Progress("trying") as progress:
        return validate_library(opened, folder, manifest=manifest, progress=progress.update)


def _write(path: str, summary: dict[str, Any]) -> None:
    import json

    from spectra._atomic import write_atomically

    text = json.dumps(summary, indent=1, sort_keys=True, allow_nan=False) + "\n"
    write_atomically(path, text.encode("ascii"))


def _lines(library: str, summary: dict[str, Any]) -> list[str]:
    total, cases = summary["total"], summary["cases"]
    lines = [
        f"{library}: {summary['library']['name']}, {summary['library']['references']} references",
        f"  {cases['n']} cases: {total['known']['n']} of {cases['substances']} of its substances, "
        f"{total['strangers']['n']} of strangers, {cases['failed']} failed",
        f"  detected         {_rate(total['detection'])}",
        f"  false, known     {_rate(total['false_match_known'])}",
        f"  false, strangers {_rate(total['false_match_strangers'])}",
        f"  alert raised     {_rate(total['alert_raised'])}",
        f"  alert, false     {_rate(total['alert_false'])}",
        f"  form right       {_rate(total['form_right'])}",
    ]
    missed = [each for each in summary["substances"] if each["detection"]["k"] < each["detection"]["n"]]
    lines += _listed(
        "not always detected:", [f"{each['name']}: {_rate(each['detection'])}" for each in missed]
    )
    confused = [
        f"{each['truth'] or 'a stranger'} taken for {each['named']}: {each['n']}"
        for each in summary["confusion"]
    ]
    return lines + _listed("confusion:", confused)


def _listed(heading: str, lines: list[str]) -> list[str]:
    more = [f"    and {len(lines) - _SHOWN} more (--format json)"] if len(lines) > _SHOWN else []
    return [f"  {heading}", *(f"    {line}" for line in lines[:_SHOWN]), *more] if lines else []


def _rate(share: dict[str, Any]) -> str:
    if not share["n"]:
        return "no case"
    return (
        f"{share['k']} of {share['n']}: {100 * share['value']:.1f} % "
        f"({100 * share['low']:.1f} to {100 * share['high']:.1f} %)"
    )
