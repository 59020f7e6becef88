"""When a file that is being written is finished: nobody says so, it only stops changing.

A file is settled when size and time of change have stayed the same for `SETTLE_SECONDS`, and for one and
a half times the longest pause that was seen while it grew: who writes slowly is waited for longer.
"""

from dataclasses import dataclass
from typing import Final

SETTLE_SECONDS: Final = 0.4
PAUSES: Final = 1.5
MAX_WAIT_SECONDS: Final = 10.0
"""However slowly a file grew."""


@dataclass(frozen=True)
class Seen:
    """What is known of one file.

    Attributes
    ----------
    size, mtime_ns : int
        At the last look.
    changed : float
        When it was last seen to differ, on the clock of who looks.
    pause : float
        Longest time between two changes, seconds.
    """

    size: int
    mtime_ns: int
    changed: float
    pause: float = 0.0

    def looked(self, size: int, mtime_ns: int, now: float) -> "Seen":
        """State after another look."""
        if (size, mtime_ns) == (self.size, self.mtime_ns):
            return self
        return Seen(size, mtime_ns, now, max(self.pause, now - self.changed))

    def touched(self, now: float) -> "Seen":
        """State after it turned out that it is still being written."""
        return Seen(self.size, self.mtime_ns, now, self.pause)

    def is_settled(self, now: float) -> bool:
        """Whether it has been the same for long enough."""
        wait = min(max(SETTLE_SECONDS, PAUSES * self.pause), MAX_WAIT_SECONDS)
        return now - self.changed >= wait
