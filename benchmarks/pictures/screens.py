"""Screens of the command line: real runs over made-up scans, as an officer's terminal shows them."""

import contextlib
import io
import os
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from .terminal import screen_svg

ROOT: Final = Path(__file__).resolve().parents[2]
WIDTHS: Final = (80, 50)
FILES_A_SECOND: Final = 25.0
"""Of the clock by which the progress bar is drawn: a real one would give another picture each time."""


@dataclass(frozen=True)
class Screen:
    """One screen.

    Attributes
    ----------
    name : str
        Of the picture.
    command : str
        What the officer types after ``contraspec``.
    title : str
        What is to be seen.
    widths : tuple of int
        Columns.
    """

    name: str
    command: str
    title: str
    widths: tuple[int, ...] = WIDTHS


SCREENS: Final = (
    Screen("alert", "identify alert.csv", "An alert: a controlled substance is possible"),
    Screen("mixture", "identify mixture.csv", "A mixture of two substances"),
    Screen("no-match", "identify no-match.csv", "A good scan that nothing in the library explains"),
    Screen("unusable", "identify unusable.csv", "A scan that cannot be used, and what to do about it"),
    Screen(
        "instrument-check",
        "instrument check polystyrene.csv --standard polystyrene",
        "The check of an instrument with polystyrene",
    ),
    Screen("batch", "batch inbox -o morning.csv", "A batch: progress and summary"),
    Screen("alert-nl", "identify alert.csv --lang nl", "The alert in Dutch", (50,)),
    Screen("alert-fr", "identify alert.csv --lang fr", "The alert in French", (50,)),
    Screen("alert-de", "identify alert.csv --lang de", "The alert in German", (50,)),
)


def draw_screens(scans: Path, out: Path) -> list[Path]:
    """Run every command in the folder of scans, and write the pictures.

    Returns
    -------
    list of Path
        What was written.
    """
    written = []
    for screen in SCREENS:
        for columns in screen.widths:
            typed = " \\\n    ".join(textwrap.wrap(f"$ contraspec {screen.command}", columns - 6))
            shown = f"\x1b[1m{typed}\x1b[0m\n{ran(scans, screen.command, columns)}"
            path = out / f"screen-{screen.name}-{columns}.svg"
            title = f"{screen.title}, {columns} columns"
            path.write_text(screen_svg(shown, columns=columns, title=title), encoding="utf-8")
            written.append(path)
    return written


def ran(scans: Path, command: str, columns: int) -> str:
    """Give what a command writes to a terminal of so many columns, the progress of a batch included."""
    kind, *rest = shlex.split(command)
    extra = {"identify": ["--color", "always"], "batch": ["--workers", "1", "--restart", "--lang", "en"]}
    before = progress(columns, n=len(list((scans / "inbox").rglob("*.csv")))) if kind == "batch" else ""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": str(columns), "LC_ALL": "C.UTF-8",
        "CONTRASPEC_CONFIG": os.devnull, "PYTHONIOENCODING": "utf-8",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "cli", kind, *rest, *extra.get(kind, [])],
        cwd=scans, env=environment, check=False, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    if done.returncode not in (0, 3) or "Traceback" in done.stderr:
        raise SystemExit(f"contraspec {command}: ended with {done.returncode}\n{done.stderr}")
    return before + done.stdout


def progress(columns: int, *, n: int) -> str:
    """Progress bar of a batch at six files in ten, and at its end."""
    from cli.batch.bar import Bar

    shown = []
    for until in (round(0.6 * n), n):
        with _clock() as clock, _terminal(columns) as stream, Bar() as bar:
            for done in range(1, until + 1):
                clock[0] = done / FILES_A_SECOND
                bar.update(done, n)
            written = stream.getvalue()
        shown.append(written.replace("\n", "").rstrip("\r").split("\r")[-1].rstrip())
    return "".join(f"{line}\n" for line in shown)


@contextlib.contextmanager
def _clock() -> Iterator[list[float]]:
    """Clock that goes only when it is set."""
    now = [0.0]
    with patch("time.monotonic", lambda: now[0]), patch("time.time", lambda: 1e9 + now[0]):
        yield now


@contextlib.contextmanager
def _terminal(columns: int) -> Iterator[Any]:
    """Make standard error a terminal of so many columns."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with (
        patch.object(sys, "stderr", stream),
        patch.dict(os.environ, {"COLUMNS": str(columns), "TERM": "xterm"}),
    ):
        yield stream
