"""Options that several commands share, so that they mean the same everywhere."""

import math
import os
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from ._config import config_in_effect
from ._language import note_language, preferred_language
from ._terminal import COLOR_CHOICES
from ._usage import WordedUsageError
from .messages import LANGUAGES

_Command = TypeVar("_Command", bound=Callable[..., Any])


def library_option(function: _Command) -> _Command:
    """``-l LIBRARY``, repeatable."""
    return click.option(
        "-l",
        "--library",
        "libraries",
        multiple=True,
        metavar="LIBRARY",
        help="Reference library; may be given several times. Default: the built-in starter.",
    )(function)


def format_option(*formats: str) -> Callable[[_Command], _Command]:
    """``--format``, text by default."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default="text",
        show_default=True,
        help="text for people, the others for machines.",
    )


class _Probability(click.FloatRange):
    """Number above 0 and below 1; ``nan`` is none, though it lies outside no range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value} is not above 0 and below 1.", param, ctx)
        return number


def prior_option(function: _Command) -> _Command:
    """``--prior P``."""
    return click.option(
        "--prior",
        type=_Probability(0.0, 1.0, min_open=True, max_open=True),
        metavar="P",
        help="How probable it is, before the scan, that the item is something the library holds. "
        "Default: 0.5.",
    )(function)


def read_options(function: _Command) -> _Command:
    """``--technique``, ``--column`` and ``--laser-nm``: what the caller says of the files."""
    for option in (
        click.option(
            "--laser-nm",
            type=click.FloatRange(200.0, 2000.0),
            metavar="NM",
            help="Wavelength of the laser, for Raman files whose axis is a wavelength.",
        ),
        click.option(
            "--column",
            metavar="NAME",
            help="Column to take as the spectrum, by name or number from 1, where a table has several.",
        ),
        click.option(
            "--technique",
            type=click.Choice(["raman", "nir"]),
            help="What the scans are, whatever the files say; noted in the result.",
        ),
    ):
        function = option(function)
    return function


def trust_option(function: _Command) -> _Command:
    """``--trust FILE``; ``_engine.open_gate`` knows the environment variable."""
    return click.option(
        "--trust",
        metavar="FILE",
        help="Trust file: whose signatures on a library count. Default: the one that the environment "
        "variable CONTRASPEC_TRUST names.",
    )(function)


def policy_option(function: _Command) -> _Command:
    """``--policy integrity|signed``."""
    return click.option(
        "--policy",
        type=click.Choice(["integrity", "signed"]),
        default="integrity",
        show_default=True,
        help="What a library must be: intact, and every result says what else it lacks; or released by "
        "two signers whom the trust file knows, and not expired.",
    )(function)


def keep_options(function: _Command) -> _Command:
    """``--item``, ``--subsample``, ``--evidence`` and ``--log``."""
    for option in (
        click.option(
            "--log",
            metavar="FILE",
            help="Case log to add each answer and each failure to; nothing in it can be changed unseen.",
        ),
        click.option(
            "--evidence",
            metavar="FILE",
            help="Write all that it takes to get the answer again: file, or folder that is there. Replaces "
            "nothing. See contraspec replay.",
        ),
        click.option("--subsample", default="", metavar="ID", help="Which part of the item was scanned."),
        click.option("--item", default="", metavar="ID", help="What was scanned, as you call it."),
    ):
        function = option(function)
    return function


def watch_option(function: _Command) -> _Command:
    """``--watch NAME``, repeatable; with what the watch lists of the configuration name."""

    @wraps(function)
    def listed(*args: Any, **values: Any) -> Any:
        config = config_in_effect()
        if "watchlist.file" in config.values:
            from ._watchlists import with_listed  # most have none

            values["watched"] = with_listed(values["watched"], values["libraries"], config)
        return function(*args, **values)

    option = click.option(
        "--watch",
        "watched",
        multiple=True,
        metavar="NAME",
        help="Substance of the library to watch for beside controlled substances and precursors: a benign "
        "answer then says what it cannot exclude of it. May be given several times.",
    )
    return option(listed)  # type: ignore[return-value]


def report_options(function: _Command) -> _Command:
    """``--report``, ``--override`` and ``--by``."""
    for option in (
        click.option("--by", default="", metavar="NAME", help="Who overrides."),
        click.option(
            "--override",
            "override",
            default="",
            metavar="TEXT",
            help="What a person decides beside the answers; recorded and shown with the name of --by, and "
            "never changes a verdict.",
        ),
        click.option(
            "--report",
            metavar="FILE",
            callback=_check_report_or_folder,
            help="Write a page to sign, .pdf or .html; a folder gets one PDF for each answer.",
        ),
    ):
        function = option(function)
    return function


def _check_report_or_folder(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    return value if value and os.path.isdir(value) else check_report(ctx, param, value)


def check_report(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Refuse a kind of page that there is not, before anything is identified."""
    if value and not value.lower().endswith((".pdf", ".html", ".htm")):
        raise WordedUsageError("usage.ending", {"output": value, "endings": ".pdf, .html, .htm"})
    return value


def axis_offset_option(function: _Command) -> _Command:
    """``--axis-offset CM1``."""
    return click.option(
        "--axis-offset",
        "axis_offset_cm1",
        type=click.FloatRange(-20.0, 20.0),
        default=0.0,
        metavar="CM1",
        help="What the instrument's last check says must be added to its Raman shifts, in cm-1. "
        "Default: 0; an unknown offset of up to 8 is searched for.",
    )(function)


def color_option(function: _Command) -> _Command:
    """``--color auto|always|never``."""
    return click.option(
        "--color",
        type=click.Choice(COLOR_CHOICES),
        default="auto",
        show_default=True,
        help="Colour in text; auto obeys NO_COLOR and leaves files and pipes plain.",
    )(function)


def language_option(function: _Command) -> _Command:
    """``--lang`` over the catalogues that exist; errors are told in it too."""
    return click.option(
        "--lang",
        "language",
        type=click.Choice(LANGUAGES),
        default=preferred_language,
        callback=_noted,
        is_eager=True,  # what else is wrong with the command is told in it
        help="Language of the text; JSON and CSV stay the same in all. Default: that of the system.",
    )(function)


def _noted(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    note_language(value)
    return value
