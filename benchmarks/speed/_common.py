"""What all rows of the speed benchmark share: the row itself and the stopwatches."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

Call = Callable[[int], Any]
"""What is timed; called with the number of the query."""

REST: Final = 0.03
"""Seconds between the turns of two sides: the threads of a rival that still look for work fall asleep."""
WINDOW: Final = 0.15
"""Seconds that a turn takes, about, however many calls were asked for."""
LONG: Final = 0.02
"""Seconds of a call from which it has no use for a warm cache."""


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    job : str
        What is timed.
    n : int
        References, or spectra of a batch.
    threads : int
        Threads that both sides may use.
    ours_ms : float
    rival : str
    rival_ms : float or None
        None for a rival that is not installed and for a job that has none.
    equal : bool
        Our answers were right.
    note : str
        What the figures do not say; printed below the table.
    """

    job: str
    n: int
    threads: int
    ours_ms: float
    rival: str
    rival_ms: float | None
    equal: bool
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The rival's time over ours: above 1 we are faster."""
        return None if self.rival_ms is None else four_digits(self.rival_ms / self.ours_ms)

    def figures(self) -> dict[str, object]:
        """Give the row as ``--json`` writes it."""
        values = asdict(self)
        del values["note"]
        equal = values.pop("equal")
        return {**values, "ratio": self.ratio, "equal": equal}


def four_digits(value: float) -> float:
    """Round to four significant digits."""
    return float(f"{value:.4g}")


def median_ms(call: Callable[[], object], repeats: int) -> float:
    """Median duration of a call after one that is not counted."""
    call()
    durations = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        durations.append(1000 * (time.perf_counter() - started))
    return statistics.median(durations)


def in_turns(
    calls: Sequence[Call | None], *, run: int = 1, seconds: float = 1.0, warm: bool = True
) -> list[float | None]:
    """Median milliseconds of each call; each side makes some calls, then the next.

    A rival that reads the whole library leaves nothing of ours in the cache: taking turns after every
    call would time how fast that is fetched again. So each turn begins with a call that is not counted.

    Parameters
    ----------
    calls : sequence of callables
        The sides. None for one that is not there.
    run : int
        Calls of a turn; fewer where they are long.
    seconds : float
        After which no new round begins. There are three rounds, unless they take four times as long.
    warm : bool
        Make the calls that are not counted.
    """
    taken: list[list[float]] = [[] for _ in calls]
    number = rounds = 0
    started = time.perf_counter()
    while _more(rounds, time.perf_counter() - started, seconds):
        for call, times in zip(calls, taken, strict=True):
            if call is not None:
                time.sleep(REST)
                if warm and (not times or times[-1] < 1_000 * LONG):
                    call(number)
                _turn(call, times, number, run)
        number += run
        rounds += 1
    return [four_digits(statistics.median(times)) if times else None for times in taken]


def _more(rounds: int, spent: float, seconds: float) -> bool:
    return rounds == 0 or spent < seconds or (rounds < 3 and spent < 4 * seconds)


def _turn(call: Call, times: list[float], number: int, run: int) -> None:
    opened = time.perf_counter()
    for query in range(number, number + run):
        before = time.perf_counter()
        call(query)
        after = time.perf_counter()
        times.append(1_000 * (after - before))
        if after - opened > WINDOW:
            return
