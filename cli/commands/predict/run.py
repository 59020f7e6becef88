"""``contraspec predict run``: the mass fraction in a scan with its interval, or why there is none."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from ..._errors import Failure, Settings, Wording, failure_of, say_error, show_traceback, worst
from ..._inputs import ReadOptions, expand_inputs, read_file, spectrum_of
from ..._notes import note_text
from ..._options import format_option, language_option
from ..._page import Page
from ..._records import error_record, json_line, rounded
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.quantities import MassFraction, Quantified

PREDICTION_SCHEMA: Final = "contraspec.prediction/1"


@click.command("run")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "-m", "--model", required=True, metavar="MODEL.json", help="Model that predict fit has written."
)
@click.option(
    "--column",
    metavar="NAME",
    help="Column to take as the spectrum, by name or number from 1, where a table has several.",
)
@format_option("text", "json")
@language_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    model: str,
    column: str | None,
    output_format: str,
    language: str,
) -> None:
    """State the mass fraction in each FILE's scans, with its interval, or why none is stated.

    What a substance is, the model does not ask: identify first. A scan unlike the calibration samples, or a
    value beyond their range, gets no value: nothing is extrapolated.

    \b
    Examples:
      contraspec predict run scan.csv -m lactose.json
      contraspec predict run scan.csv -m lactose.json --lang fr
      contraspec predict run *.csv -m lactose.json --format json

    \b
    Exit codes: 0 every scan got a value or a reason; 3 an input could not be read; 4 the model is
    missing, damaged or changed.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    settings = ctx.ensure_object(Settings)
    try:
        from libraries.quantities import open_mass_fraction  # numpy comes with it

        fitted = open_mass_fraction(model)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        show_traceback(error, settings)
        failure = replace(failure_of(model, error), wording=Wording("error.model"))
        ctx.exit(_fail(failure, output_format))
    page = Page(stdout_terminal("never"), language)
    codes: set[int] = set()
    for answer in _answers(files, ReadOptions(column=column), fitted, settings):
        if isinstance(answer, Failure):
            codes.add(_fail(answer, output_format))
        else:
            _tell(answer, fitted, None if output_format == "json" else page)
    ctx.exit(worst(codes))


Answer = tuple[str, int, "Quantified"]


def _answers(
    files: tuple[str, ...], options: ReadOptions, fitted: "MassFraction", settings: Settings
) -> Iterator[Answer | Failure]:
    from libraries.quantities import quantify

    for path in expand_inputs(files):
        if isinstance(path, Failure):
            yield path
            continue
        try:
            measured = read_file(path, options)
        except Exception as error:  # noqa: BLE001  # one file's failure is that file's alone
            show_traceback(error, settings)
            yield failure_of(path, error)
            continue
        for index, each in enumerate(measured):
            try:
                yield path, index, quantify(fitted, spectrum_of(each, options))
            except Exception as error:  # noqa: BLE001  # one scan's failure is that scan's alone
                show_traceback(error, settings)
                yield failure_of(path, error, index)


def _fail(failure: Failure, output_format: str) -> int:
    if output_format == "json":
        click.echo(json_line(error_record(failure)))
    say_error(failure)
    return failure.exit_code


def _tell(answer: Answer, fitted: "MassFraction", page: Page | None) -> None:
    """Write one answer: for a machine, or on a page."""
    path, index, found = answer
    if page is None:
        click.echo(json_line(_record(path, index, found, fitted)))
        return
    where = f"{path} [{index}]" if index else path
    click.echo(page.terminal.show(f"{where}: {_text(found, fitted, page)}"))
    for note in found.notes:
        click.echo(page.terminal.show(f"  {page.say('predict.note', {'note': note_text(note, page)})}"))


def _text(found: "Quantified", fitted: "MassFraction", page: Page) -> str:
    said = found.prediction
    if said is None or said.value is None or said.low is None or said.high is None:
        reasons = "; ".join(page.say(f"predict.{each}") for each in found.reasons)
        return page.say("predict.none", {"reasons": reasons})
    fields = {
        "substance": fitted.substance,
        "value": page.number(100 * said.value, ".3g"),
        "low": page.number(100 * said.low, ".3g"),
        "high": page.number(100 * said.high, ".3g"),
        "level": page.number(100 * fitted.model.level, "g"),
    }
    return page.say("predict.value", fields)


def _record(path: str, index: int, found: "Quantified", fitted: "MassFraction") -> dict[str, Any]:
    said, model = found.prediction, fitted.model
    stated = said is not None and said.value is not None
    return {
        "schema": PREDICTION_SCHEMA,
        "file": path,
        "index": index,
        "substance": fitted.substance,
        "quantity": "mass_fraction",
        "value": rounded(said.value) if said is not None else None,
        "interval": [rounded(said.low), rounded(said.high)] if said is not None and stated else None,
        "level": rounded(model.level),
        "reasons": list(found.reasons),
        "t_squared": rounded(said.t_squared) if said is not None else None,
        "t_squared_limit": rounded(model.t2_limit),
        "q": rounded(said.q) if said is not None else None,
        "q_limit": rounded(model.q_limit),
        "calibrated_range": [rounded(model.low), rounded(model.high)],
        "notes": list(found.notes),
        "model": {"sha256": fitted.sha256, "samples": model.n_samples, "rmsecv": rounded(model.rmsecv)},
    }
