"""Progress of a batch on stderr: how many, how fast, how long still. For people only."""

import shutil
import sys
import time
from typing import TYPE_CHECKING, Final

import click

from .._language import spoken_language
from ..messages import message, number

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


BAR_COLUMNS: Final = 36
_BESIDE: Final = 38
"""Columns of all that stands beside the bar but the digits of the two numbers, in English."""
_WORDS: Final = ("batch.label", "batch.rate")


class Bar:
    """Progress bar with the rate and the time that remains; silent where stderr is piped."""

    def __init__(self) -> None:
        self._bar: ProgressBar[int] | None = None
        self._started = time.monotonic()
        self._done = self._before = 0

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def skip(self, done: int) -> None:
        """Say how many were done before: they count, but not for the rate."""
        self._before = done

    def update(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` files are done."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            self._bar = click.progressbar(
                length=total,
                label=message("batch.label", language=spoken_language()),
                width=_width(total),
                file=sys.stderr,
                show_pos=True,
                show_eta=True,
                item_show_func=self._rate,
                update_min_steps=1,
            )
        self._bar.update(done - self._done, done)
        self._done = done

    def _rate(self, done: int | None) -> str:
        seconds, language = time.monotonic() - self._started, spoken_language()
        if seconds <= 0:
            return ""
        rate = number(max(0, (done or 0) - self._before) / seconds, ".1f", language=language)
        return message("batch.rate", {"rate": rate}, language=language)


def _width(total: int) -> int:
    """Columns of the bar: a line that is longer than the terminal would not be drawn over."""
    columns = shutil.get_terminal_size((80, 24)).columns
    language = spoken_language()
    longer = sum(len(message(key, language=language)) - len(message(key)) for key in _WORDS)
    return max(2, min(BAR_COLUMNS, columns - _BESIDE - longer - 2 * len(str(total))))
