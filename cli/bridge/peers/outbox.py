"""What waits for the other side: bounded by number and bytes; the oldest is given up first, and counted."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Outbox(Generic[Item]):
    """A queue whose items stay until the other side has taken them.

    Parameters
    ----------
    most : int
        Items that may wait.
    most_bytes : int
        Bytes that may wait.
    given_up : callable
        Told of each item that had to go.
    """

    def __init__(self, most: int, most_bytes: int, given_up: Callable[[Item], None]) -> None:
        self._most, self._most_bytes, self._given_up = most, most_bytes, given_up
        self._waiting: deque[tuple[Item, int]] = deque()
        self._out: deque[tuple[Item, int]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._out)

    @property
    def out(self) -> int:
        """Items that were handed over and are not known to have arrived."""
        return len(self._out)

    @property
    def waiting(self) -> int:
        """Items that were not handed over."""
        return len(self._waiting)

    def put(self, item: Item, size: int, *, pushes: bool = True) -> bool:
        """Add an item.

        Parameters
        ----------
        item : object
            To add.
        size : int
            Its bytes.
        pushes : bool
            Whether older ones give way to it; otherwise it is not taken in where there is no room.

        Returns
        -------
        bool
            Whether it was taken in.
        """
        if not pushes and (len(self._waiting) >= self._most or self._bytes + size > self._most_bytes):
            return False
        if size > self._most_bytes:
            self._given_up(item)
            return False
        self._waiting.append((item, size))
        self._bytes += size
        self._shrink()
        return True

    def take(self) -> Item | None:
        """Next item, to be handed over; None when none waits."""
        if not self._waiting:
            return None
        self._out.append(self._waiting.popleft())
        return self._out[-1][0]

    def oldest_out(self) -> Item | None:
        """Give the item that was handed over first of those not known to have arrived."""
        return self._out[0][0] if self._out else None

    def done(self, item: Item) -> None:
        """Forget an item that has arrived, or never will."""
        for place, (each, size) in enumerate(self._out):
            if each is item:
                del self._out[place]
                self._bytes -= size
                return

    def drop(self, wanted: Callable[[Item], bool], *, waiting: bool = True) -> bool:
        """Forget the items that something holds of.

        Parameters
        ----------
        wanted : callable
            Says of an item whether to forget it.
        waiting : bool
            Whether those too that were not handed over.

        Returns
        -------
        bool
            Whether there were any.
        """
        before = len(self)
        for queue in (self._out, self._waiting) if waiting else (self._out,):
            kept = [pair for pair in queue if not wanted(pair[0])]
            if len(kept) < len(queue):
                self._bytes -= sum(size for item, size in queue if wanted(item))
                queue.clear()
                queue.extend(kept)
        return len(self) < before

    def back(self) -> None:
        """Have all that were handed over wait again, before the others."""
        self._waiting.extendleft(reversed(self._out))
        self._out.clear()
        self._shrink()

    def clear(self) -> list[Item]:
        """Empty it; what was in it, oldest first."""
        found = [item for item, _ in (*self._out, *self._waiting)]
        self._out.clear()
        self._waiting.clear()
        self._bytes = 0
        return found

    def _shrink(self) -> None:
        while len(self._waiting) > self._most or (self._bytes > self._most_bytes and len(self._waiting) > 1):
            item, size = self._waiting.popleft()
            self._bytes -= size
            self._given_up(item)
