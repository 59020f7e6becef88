"""Progress on stderr, for people only."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Progress:
    """Progress bar on stderr where that is a terminal; silent where it is piped.

    Attributes
    ----------
    label : str
        What is going on.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self._done = 0
        self._bar: ProgressBar[int] | None = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()

    def update(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps are done."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            self._bar = click.progressbar(length=total, label=self.label, file=sys.stderr)
        self._bar.update(done - self._done)
        self._done = done
