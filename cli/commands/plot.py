"""``contraspec plot``: a picture of scans, of what explains one of them, and of what is left over."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from .. import _engine
from .._errors import EXIT_OK, Failure, Settings, failure_of, say_error, show_traceback, worst
from .._inputs import ReadOptions, expand_inputs, read_file, spectrum_of
from .._options import language_option, library_option, policy_option, read_options, trust_option
from .._streams import printable
from .._targets import refuse_other_kind, refuse_to_replace
from .._usage import WordedUsageError
from ..messages import message, number

if TYPE_CHECKING:
    from libraries.engine import Engine
    from libraries.releases.policy import Policy
    from spectra.spectrum import Spectrum
    from spectra.units import Technique

    from ..reports.chart import Chart

_SUFFIXES: Final = (".png", ".svg", ".html")
_WIDTH, _HEIGHT = 640.0, 340.0
MAX_FILES: Final = 12
"""Curves in one picture: more cannot be told apart."""


def _check_output(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not value.lower().endswith(_SUFFIXES):
        raise WordedUsageError("usage.ending", {"output": value, "endings": ", ".join(_SUFFIXES)})
    return value


@click.command("plot")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    callback=_check_output,
    help="Picture to write: .png, .svg or .html.",
)
@library_option
@click.option(
    "--top",
    type=click.IntRange(0, 5),
    default=2,
    show_default=True,
    help="How many candidates to draw that the answer does not name.",
)
@read_options
@policy_option
@trust_option
@language_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    output: str,
    libraries: tuple[str, ...],
    top: int,
    technique: "Technique | None",
    column: str | None,
    laser_nm: float | None,
    policy: "Policy",
    trust: str | None,
    language: str,
) -> None:
    """Draw a scan with what explains it and what is left over, or several scans over each other.

    One scan is identified first: the picture shows it as it was compared, each substance that is
    named, their sum, what remains, the bands, and the next candidates. Several scans are drawn as
    they were read, each from 0 to 1, and nothing is identified.

    \b
    Examples:
      contraspec plot scan.csv -o scan.png
      contraspec plot scan.csv -l mylab.h5 -o scan.svg --top 0
      contraspec plot monday.spc tuesday.spc -o both.html

    \b
    Exit codes: 0 drawn; 2 the picture is an input, or a file of another kind; 3 an input could
    not be read; 4 a library cannot be used; 70 internal error.
    """  # noqa: D301  # click reads the escape
    refuse_to_replace(output, [*files, *libraries, _engine.trust_file(trust)])
    refuse_other_kind(output, (Path(output).suffix.lower(),))
    settings, codes = ctx.ensure_object(Settings), {EXIT_OK}
    scans = _read_all(files, ReadOptions(technique, column, laser_nm), settings, codes)
    if not scans:
        ctx.exit(worst(codes))
    say = _Words(language)
    try:
        if len(scans) == 1:
            engine = _engine.open_engine(libraries, policy=policy, trust=trust)
            chart = _explained(*scans[0], engine=engine, top=top, say=say)
        else:
            chart = _together(scans, say)
        _write(output, chart, title=", ".join(name for name, _ in scans), language=language)
    except click.UsageError:
        raise
    except Exception as error:  # noqa: BLE001  # told in one line
        failure = failure_of(output, error)
        codes.add(failure.exit_code)
        say_error(failure)
        show_traceback(error, settings)
    ctx.exit(worst(codes))


class _Words:
    """Sentences of one language by their keys."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str) -> str:
        return message(key, language=self.language)


def _read_all(
    files: Sequence[str], options: ReadOptions, settings: Settings, codes: set[int]
) -> "list[tuple[str, Spectrum]]":
    """Every spectrum that can be read, by name; what cannot is told."""
    found: list[tuple[str, Spectrum]] = []

    def fail(failure: Failure, error: Exception | None = None) -> None:
        codes.add(failure.exit_code)
        say_error(failure)
        if error is not None:
            show_traceback(error, settings)

    for one in expand_inputs(files):
        if isinstance(one, Failure):
            fail(one)
            continue
        try:
            read = read_file(one, options)
        except Exception as error:  # noqa: BLE001  # the others are drawn
            fail(failure_of(one, error), error)
            continue
        for index, measured in enumerate(read):
            try:
                spectrum = spectrum_of(measured, options)
            except Exception as error:  # noqa: BLE001  # the others are drawn
                fail(failure_of(one, error, index), error)
            else:
                name = Path(one).name
                found.append((f"{name} ({index + 1})" if len(read) > 1 else name, spectrum))
    return found


def _explained(name: str, spectrum: "Spectrum", *, engine: "Engine", top: int, say: _Words) -> "Chart":
    """Picture of one scan with its answer and the next candidates."""
    import dataclasses

    from libraries.explaining import Claim, explain

    from ..reports.chart import Line, chart_of

    answer = engine.identify(spectrum)
    said = answer.identification
    unexplained = (*said.unexplained_cm1, *said.unexplained_nm)
    ids = tuple(named.label.id for named in said.substances)
    claim = Claim(ids, "mixture_components" in said.reasons, answer.axis_shift_cm1, unexplained)
    found = explain(engine, spectrum, claim)
    chart = chart_of(found, say, query_name=name)
    shown = {part.label.id for part in found.parts}
    others = [hit for hit in said.hits if hit.reference_id not in shown][:top]
    lines = []
    for hit in others if found.domain != "measured" else ():
        alone = explain(engine, spectrum, Claim((hit.reference_id,), shift_cm1=claim.shift_cm1))
        if alone.parts:
            hqi = number(hit.hqi, ".2f", language=say.language)
            label = f"{hit.rank}. {hit.name[:40]} (HQI {hqi})"
            lines.append(Line(label, "hit", alone.axis, alone.parts[0].curve))
    return dataclasses.replace(chart, lines=(*lines, *chart.lines))


def _together(scans: "Sequence[tuple[str, Spectrum]]", say: _Words) -> "Chart":
    """Several scans over each other, as they were read.

    Raises
    ------
    UsageError
        More than can be told apart, or on axes of different kinds.
    """
    from libraries.explaining import as_read

    from ..reports.chart import Chart, Line, x_label

    units = {spectrum.unit for _, spectrum in scans}
    if len(units) > 1 or len(scans) > MAX_FILES:
        fields = {"scans": len(scans), "kinds": len(units), "most": MAX_FILES}
        raise WordedUsageError("usage.plot_together", fields)
    curves = [(name, as_read(spectrum)) for name, spectrum in scans]
    first, *others = curves
    lines = [Line(name, "part", each.axis, each.query) for name, each in others]
    lines.append(Line(first[0], "query", first[1].axis, first[1].query))
    return Chart(
        x_label(units.pop(), say), say("chart.y_measured"), tuple(lines), decimal=say("number.decimal")
    )


def _write(path: str, chart: "Chart", *, title: str, language: str) -> None:
    """Write the picture in the kind that the name says, whole or not at all."""
    from spectra._atomic import write_atomically

    from ..reports.svg import SANS, SERIF, svg_of

    kind = Path(path).suffix.lower()
    svg = svg_of(chart, width=_WIDTH, height=_HEIGHT, font=SERIF if kind == ".png" else SANS)
    if kind == ".png":
        from ..reports.pdf import svg_png

        write_atomically(path, svg_png(svg))
        return
    if kind == ".html":
        svg = (
            f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{html.escape(printable(title))}</title>\n</head>\n<body>\n{svg}\n</body>\n</html>\n"
        )
    write_atomically(path, svg.encode("utf-8"))
