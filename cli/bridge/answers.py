"""Answers by request id, kept for a while: who asks again gets the same one."""

import asyncio
from collections import OrderedDict
from typing import Any

Message = dict[str, Any]


class Answers:
    """Bounded memory of questions and their answers.

    Parameters
    ----------
    size : int
        Answers that are kept; the one not asked for longest leaves first.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[str, str], asyncio.Future[Message]] = OrderedDict()
        self._asked: OrderedDict[tuple[str, str], str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def is_reused(self, who: str, name: str, digest: str) -> bool:
        """Whether one client asks something else under an id that it has used; notes what it asks."""
        before = self._asked.setdefault((who, name), digest)
        self._asked.move_to_end((who, name))
        while len(self._asked) > self._size:
            self._asked.popitem(last=False)
        return before != digest

    def find(self, name: str, digest: str) -> "asyncio.Future[Message] | None":
        """Answer to the same question under the same id, perhaps still to come."""
        found = self._kept.get((name, digest))
        if found is not None:
            self._kept.move_to_end((name, digest))
        return found

    def keep(self, name: str, digest: str, answer: "asyncio.Future[Message]") -> None:
        """Keep an answer, or the promise of one."""
        self._kept[name, digest] = answer
        while len(self._kept) > self._size:
            # what is still worked on stays: dropped, it would be worked out twice
            oldest = next((key for key, kept in self._kept.items() if kept.done()), None)
            if oldest is None:
                return  # as many as the queue holds, at most
            del self._kept[oldest]

    def forget(self, name: str, digest: str) -> None:
        """Drop what was no answer: it may be asked again."""
        self._kept.pop((name, digest), None)
