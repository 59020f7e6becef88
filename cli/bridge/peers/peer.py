"""What a peer is, and how one is kept running."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from ..desk import Desk

Say = Callable[[str], None]
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0


class Peer(Protocol):
    """A connection to another system, in that system's protocol.

    Its constructor checks what can be checked without a network (address, packages, credentials) and raises
    ``BridgeError`` or ``ExtraError``. ``run`` connects, and again whatever happens to the other side.
    """

    @property
    def name(self) -> str:
        """What it is called in messages and metrics, such as ``mqtt``."""
        ...

    async def run(self, desk: "Desk", say: Say) -> None:
        """Work until cancelled; when cancelled, say goodbye to the other side."""
        ...


async def keep_running(peer: Peer, desk: "Desk", say: Say) -> None:
    """Run a peer until cancelled, and again whenever it fails: the bridge outlives it.

    Parameters
    ----------
    peer : Peer
        Who is to run.
    desk : Desk
        Who answers it.
    say : callable
        Takes a line for whoever watches the process.
    """
    pause = _FIRST_PAUSE_S
    while True:
        begun = asyncio.get_running_loop().time()
        try:
            await peer.run(desk, say)
        except Exception as error:  # noqa: BLE001  # whatever happens to it, the bridge goes on
            say(f"{peer.name}: {type(error).__name__}: {error}; trying again in {pause:g} s"[:500])
        desk.metrics.count("peer_restarts_total", peer.name)
        lasted = asyncio.get_running_loop().time() - begun
        await asyncio.sleep(pause)
        pause = _FIRST_PAUSE_S if lasted > _LONGEST_PAUSE_S else min(2.0 * pause, _LONGEST_PAUSE_S)
