"""``contraspec stream``: judge what passes a detector, frame by frame."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from .. import _engine
from .._errors import Settings, failure_of, say_error, show_traceback
from .._options import library_option, policy_option, prior_option, trust_option, watch_option
from .._streams import machine_stdout, printable
from .._version import engine_version

if TYPE_CHECKING:
    from libraries.embedded import Embedded
    from libraries.releases.policy import Policy
    from libraries.streams import StreamConfig

    from ..streams.lines import Axis

_SECONDS: Final = click.FloatRange(0.0, 86_400.0, min_open=True)


@click.command("stream")
@library_option
@click.option("--trigger/--no-trigger", default=None,
              help="Whether items lie between the frames marked begin and end. Default: changes of the "
              "spectrum say where items are, until a mark comes.")  # fmt: skip
@click.option("--deadline", type=_SECONDS, metavar="SECONDS",
              help="From an item's first frame until it must be decided. Default: its end.")  # fmt: skip
@click.option("--alpha", type=click.FloatRange(1e-6, 0.5), default=0.01, show_default=True, metavar="RATE",
              help="Share of the items unknown to the library of which something may be stated.")  # fmt: skip
@click.option("--looks", type=click.IntRange(1, 100), default=3, show_default=True, metavar="N",
              help="How often the average of an item is judged at the most.")  # fmt: skip
@click.option("--first-look", type=click.IntRange(1, 1_000_000), default=8, show_default=True, metavar="N",
              help="Frames at the first of them; each later one comes after 4 times as many.")  # fmt: skip
@click.option("--background-frames", type=click.IntRange(40, 100_000), default=128, show_default=True,
              metavar="N", help="Frames of the empty place that are learned first.")  # fmt: skip
@click.option("--memory-frames", type=click.IntRange(50, 10_000_000), default=500, show_default=True,
              metavar="N", help="Frames after which the empty place is forgotten.")  # fmt: skip
@click.option("--false-start-frames", type=click.FloatRange(10.0, 1e9), default=1e6, show_default=True,
              metavar="N", help="Frames of the empty place per false beginning, in the mean.")  # fmt: skip
@click.option("--stuck", type=_SECONDS, default=60.0, show_default=True, metavar="SECONDS",
              help="After which an item that does not end is reported.")  # fmt: skip
@click.option("--full-scale", type=click.FloatRange(0.0, min_open=True), metavar="COUNTS",
              help="Value at which the detector is at its limit. Default: seen by the shape.")  # fmt: skip
@click.option("--subtract/--no-subtract", default=True, show_default=True,
              help="Whether the background that an item leaves to be seen is taken off.")  # fmt: skip
@click.option("--max-line", type=click.IntRange(4096, 16_000_000), default=4_194_304, show_default=True,
              metavar="BYTES", help="Longest line.")  # fmt: skip
@prior_option
@watch_option
@policy_option
@trust_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    libraries: tuple[str, ...],
    prior: float | None,
    watched: tuple[str, ...],
    policy: "Policy",
    trust: str | None,
    max_line: int,
    **asked: Any,
) -> None:
    """Judge what passes a detector: frames on standard input, events on standard output.

    One JSON object a line, both ways (contraspec.stream/1). The first line has the axis; each frame its time
    and intensities. The empty place is learned, items are found by the change or by marks, their frames
    averaged, and the average judged until the answer is clear at the stated error rate, or the deadline or
    the item ends: then it is inconclusive. A line that cannot be used is an error event and ends nothing.
    Ctrl-C, SIGTERM or the end of the input end the stream; an item that is there is reported.

    \b
    Lines:
      {"axis": [200.0, 202.0, ...], "metadata": {"laser_wavelength_nm": 785}}
      {"time_s": 12.1, "intensity": [503, 498, ...], "trigger": "begin"}
      {"time_s": 12.2}               no frame: only time has passed
      {"control": "relearn"}         the place is empty now

    \b
    Examples:
      contraspec stream -l mylab.h5 < frames.ndjson
      ./spectrometer | contraspec stream -l mylab.h5 --trigger --deadline 1.5
      ./spectrometer | contraspec stream -l mylab.h5 --no-trigger --alpha 0.001 >> events.ndjson

    \b
    Exit codes:
      0   ended as asked
      2   wrong usage
      4   a library cannot be used
      70  internal error
    """  # noqa: D301  # click reads the escape
    from libraries.embedded import Config, Embedded

    machine_stdout()
    try:
        engine = Embedded(libraries, Config(prior, watched, policy, _engine.trust_file(trust) or None))
    except Exception as error:  # noqa: BLE001  # told, with its exit code
        failure = _engine.library_failure(libraries, error)
        say_error(failure if failure.error == "library" else failure_of("", error))
        show_traceback(error, ctx.ensure_object(Settings))
        ctx.exit(failure.exit_code)
    _say("ready")
    _run(engine, asked, max_line)
    _say("ended")


def _run(engine: "Embedded", asked: dict[str, Any], max_line: int) -> None:
    from ..streams.running import Talk, read_messages, say

    talk = Talk(engine, engine.engine, lambda axis: _configured(axis, asked), engine_version())
    ending = _Ending()
    before = {number: signal.signal(number, ending) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for message in read_messages(sys.stdin.buffer, max_line):
            with ending.later():
                for record in talk.answer(message):
                    say(record)
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for record in talk.close():
        say(record)


class _Ending:
    """Ends the reading at a signal at once, the work on a line when its events are written."""

    def __init__(self) -> None:
        self._working = self._asked = False

    def __call__(self, _signal: int, _frame: object) -> None:
        if not self._working:
            raise KeyboardInterrupt
        self._asked = True

    @contextmanager
    def later(self) -> Iterator[None]:
        """Hold a signal back until the end of the block."""
        self._working = True
        try:
            yield
        finally:
            self._working = False
        if self._asked:
            raise KeyboardInterrupt


def _configured(axis: "Axis", asked: dict[str, Any]) -> "StreamConfig":
    """Make the configuration of the stream, once its axis is known."""
    from libraries.streams import StreamConfig
    from spectra.streams.sequential import Schedule

    from ..streams.running import as_array

    return StreamConfig(
        as_array(axis.axis),
        axis.technique,
        axis.unit,
        axis.metadata,
        trigger=asked["trigger"],
        deadline_s=asked["deadline"],
        stuck_s=asked["stuck"],
        alpha=asked["alpha"],
        schedule=Schedule(asked["looks"], asked["first_look"]),
        background_frames=asked["background_frames"],
        memory_frames=asked["memory_frames"],
        false_start_frames=asked["false_start_frames"],
        full_scale=asked["full_scale"],
        subtract=asked["subtract"],
    )


def _say(line: str) -> None:
    """Say a line on stderr, if anybody still listens."""
    try:
        sys.stderr.write(f"contraspec: {printable(line)}\n")
        sys.stderr.flush()
    except OSError:
        return
