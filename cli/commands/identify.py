"""``contraspec identify``: say what each scan is, how sure, and what to do next."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from .. import _engine
from .._errors import Failure, Settings, failure_of
from .._evidence import Keeper, OverrideRecord, check_evidence_target
from .._inputs import expand_inputs, read_file, spectrum_of
from .._instruments import put_right
from .._options import color_option, format_option, language_option, library_option, report_options
from .._output import Output, OutputFormat
from .._page import Page
from .._question import Question, question_options
from .._replicates import ReadScan
from .._streams import printable
from .._targets import refuse_other_kind, refuse_to_replace
from .._terminal import ColorChoice, stdout_terminal

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.engine import Engine
    from libraries.library import Library

_NEAR_NAMES: Final = 3
_NEARNESS: Final = 0.6
"""Ratio of matching characters, 0 to 1, from which a name is near another (Python's own default)."""


@click.command("identify")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@library_option
@format_option("text", "json", "csv")
@click.option("--fail-on", type=click.Choice(["alert"]), help="Exit with 1 when any result is an alert.")
@click.option(
    "--replicates",
    is_flag=True,
    help="All scans given are of one item: one answer from those that agree, outliers named.",
)
@question_options
@report_options
@language_option
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    output_format: OutputFormat,
    fail_on: str | None,
    replicates: bool,
    question: Question,
    evidence: str | None,
    log: str | None,
    report: str | None,
    override: str,
    by: str,
    language: str,
    color: ColorChoice,
) -> None:
    """Say what each scan is, how sure that is, and what to do next.

    Every file is read on its own: one that cannot be read gets an error, the others
    still get their answer. No answer is ever a clear. FILE may hold * and ?, also where
    the shell does not expand them.

    \b
    Examples:
      contraspec identify scan.csv
      contraspec identify *.spc -l mylab.h5
      contraspec identify scan.csv --format json
      contraspec identify inbox/*.csv --format csv > results.csv
      contraspec identify scan.txt --laser-nm 785
      contraspec identify scan.csv --prior 0.1
      contraspec identify scan.csv --axis-offset 5.5
      contraspec identify scan.csv --instruments checks/ --instrument-policy refuse
      contraspec identify scan.csv -l mylab.h5 --watch levamisole --watch phenacetin
      contraspec identify spot1.csv spot2.csv spot3.csv --replicates
      contraspec identify scan.csv -l released.h5 --policy signed --trust trust.json
      contraspec identify scan.csv --item K12 --subsample 3 --evidence K12-3.json --log case.log
      contraspec identify scan.csv --item K12 --lang nl --report K12.pdf
      contraspec identify scan.csv --fail-on alert || echo "look at this one"

    \b
    Exit codes:
      0   every input got a verdict
      1   an alert, only with --fail-on alert
      3   an input could not be read or processed
      4   a library cannot be used
      70  internal error
    When several apply: 70 before 4 before 1 before 3.
    """  # noqa: D301  # click reads the escape
    if report:
        kept = [log, evidence, _engine.trust_file(question.trust)]
        refuse_to_replace(report, [*files, *question.libraries, *kept])
        refuse_other_kind(report, (".pdf", ".html", ".htm"))
    check_evidence_target(evidence)
    page, settings = Page(stdout_terminal(color), language), ctx.ensure_object(Settings)
    keeper = Keeper(question.item, question.subsample, evidence, log, _override(override, by))
    output = Output(output_format, page, settings, keeper=keeper)
    try:
        engine = question.open_engine()
    except Exception as error:  # noqa: BLE001  # told as an error record, never as a verdict
        _check_watched(question, error)
        output.begin()
        output.failure(_engine.library_failure(question.libraries, error), error)
    else:
        output.begin()
        if report:
            from ..reports.writing import Reporter  # most answers get no page

            output.reporter = Reporter(report, language)
        if output.keeper.active or report:
            output.asked = _asked(question, replicates=replicates)
        read = _read_all(files, question, output)
        if replicates:
            _identify_together(read, engine, output)
        else:
            for scan, n_in_file in read:
                output.identify(scan, n_in_file=n_in_file, engine=engine)
    ctx.exit(output.exit_code(fail_on_alert=fail_on == "alert"))


def _override(text: str, by: str) -> OverrideRecord | None:
    """Take what a person decided, never without a name."""
    if bool(text.strip()) != bool(by.strip()):
        raise click.UsageError("--override TEXT and --by NAME belong together: give both, or none.")
    return {"text": text.strip(), "by": by.strip()} if text.strip() else None


def _asked(question: Question, *, replicates: bool) -> "Asked":
    """Give the settings as evidence and pages state them."""
    from libraries.casework.evidence import Asked  # most answers are not kept

    return Asked(question.prior, question.watch, question.policy, question.axis_offset_cm1, replicates)


def _read_all(files: Sequence[str], question: Question, output: Output) -> Iterator[tuple[ReadScan, int]]:
    """Every scan that can be read, with how many its file has; failures are written as they come."""
    options, offset_cm1, checkup = question.options, question.axis_offset_cm1, question.checkup()
    for one in expand_inputs(files):
        if isinstance(one, Failure):
            output.failure(one)
            continue
        try:
            read = read_file(one, options)
        except Exception as error:  # noqa: BLE001  # one bad file must not stop the others
            output.failure(failure_of(one, error), error)
            continue
        for index, measured in enumerate(read):
            try:
                raw = spectrum_of(measured, options)
                standing = checkup.standing(raw, overridden=bool(offset_cm1))
                spectrum = put_right(raw.with_axis_offset(offset_cm1) if offset_cm1 else raw, standing)
            except Exception as error:  # noqa: BLE001  # nor must one bad spectrum of a file
                output.failure(failure_of(one, error, index if len(read) > 1 else None), error)
                continue
            yield ReadScan(one, index, spectrum, raw, standing), len(read)


def _identify_together(read: Iterator[tuple[ReadScan, int]], engine: "Engine", output: Output) -> None:
    """One answer to all scans, if any could be read."""
    scans = [scan for scan, _ in read]
    if scans:
        output.replicates(scans, n_unread=output.n_failures, engine=engine)


def _check_watched(question: Question, error: Exception) -> None:
    """Raise wrong usage where the same libraries open without the watched names."""
    if not question.watch or not isinstance(error, ValueError):  # a LibraryError is one
        return
    try:
        engine = replace(question, watch=(), prior=None).open_engine()
    except Exception:  # noqa: BLE001  # then a library is at fault, and the first error says how
        return
    near = _near_names(question.watch, engine.libraries)
    hint = f" Near names in the library: {', '.join(near)}." if near else ""
    raise click.BadParameter(printable(f"{error}.{hint}"), param_hint="--watch")


def _near_names(watched: Sequence[str], libraries: "Sequence[Library]") -> list[str]:
    """Names of the libraries that are spelt much like those that they do not hold."""
    import difflib  # only for a name that is wrong

    from libraries.substances import identity_key, normalise_name

    labels = [label for library in libraries for label in library.labels]
    held = {key for label in labels for key in (label.identity, normalise_name(label.substance))}
    names = {label.substance.casefold(): label.substance for label in labels}
    near: list[str] = []
    for name in watched:
        if held.isdisjoint((identity_key(name), normalise_name(name))):
            near += difflib.get_close_matches(name.casefold(), sorted(names), _NEAR_NAMES, _NEARNESS)
    return [names[key] for key in dict.fromkeys(near)]
