"""The order to read no more gets through at whatever moment it comes."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from cli.bridge.session import ServerSide, Session
from tests.commands.bridge_lab import LIMITS

TURNS = 60


class Wire:
    """A channel whose first piece comes when the test says so, and whose second never does."""

    clogged = False

    def __init__(self):
        self.first, self.closed = asyncio.get_running_loop().create_future(), False
        self.reads = 0

    async def read(self):
        self.reads += 1
        return await (self.first if self.reads == 1 else asyncio.get_running_loop().create_future())

    async def write(self, data):
        pass

    async def close(self):
        self.closed = True


async def take_turns(number):
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.mark.parametrize("turns", range(8))
def test_a_session_ends_although_a_piece_came_just_now(turns):
    async def meet():
        wire, nobody = Wire(), ServerSide(lambda: 1, lambda: None)
        limits = replace(LIMITS, token="long enough a token")  # not known yet: each read has its time
        desk = SimpleNamespace(libraries=[], metrics=None)
        session = Session(wire, desk, limits, name="one", framing="json", server=nobody)
        served = asyncio.create_task(session.run())
        await take_turns(TURNS)
        assert wire.reads == 1
        wire.first.set_result(b'{"half')
        await take_turns(turns)
        session.end()
        await take_turns(TURNS)
        ended = served.done()
        served.cancel()
        await asyncio.wait({served})
        return ended, wire.closed

    assert asyncio.run(meet()) == (True, True)
