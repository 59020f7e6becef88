"""Damaged conversations: in pieces through the decoders, and whole through a bridge."""

import random
from pathlib import Path

import pytest

from benchmarks.fuzz.mutations import mutate
from benchmarks.soak.fuzzing import KINDS, converse, seeds_of
from benchmarks.soak.questions import Oracle, Scan
from cli.bridge.framing import Fault, decoder_of, framing_of
from cli.bridge.requests import parse_request
from tests.commands.bridge_lab import check_reply, question, short, spectra

LIMIT = 200_000
CASES = 300


@pytest.fixture(scope="module")
def seeds():
    return seeds_of(Oracle((Path(),), ("",), tuple(Scan(one.axis, one.intensity) for one in spectra()[:1])))


def test_the_seeds_themselves_are_answered(bridge, seeds):
    host, _, port = bridge.tcp.rpartition(":")
    for data in seeds:
        said = converse((host, int(port)), data)
        assert not any(each.get("error") in ("malformed", "bad_request", "too_large") for each in said)


def test_decoders_take_any_damage_in_any_pieces(seeds):
    faults = requests = 0
    for number in range(4 * CASES):
        _, data = mutate(seeds, number)
        decoder, rng = decoder_of(framing_of(data), LIMIT), random.Random(number)
        while data:
            size = rng.randrange(1, 5_000)
            for raw in decoder.split(data[:size]):
                found = raw if isinstance(raw, Fault) else decoder.decode(raw)
                faults += isinstance(found, Fault)
                if not isinstance(found, Fault):
                    parse_request(found)
                    requests += 1
            data = data[size:]
        assert len(decoder._kept) <= LIMIT + 4
    assert min(faults, requests) > CASES  # both were tried


def test_a_bridge_answers_or_ends_every_damaged_conversation(bridge, seeds, wanted):
    host, _, port = bridge.tcp.rpartition(":")
    seen = set()
    for number in range(CASES):
        _, data = mutate(seeds, number)
        for reply in converse((host, int(port)), data):
            check_reply(reply)
            seen.add(reply["type"])
    assert seen <= KINDS
    assert seen >= {"ready", "error", "health", "metrics"}
    with bridge.client() as client:
        assert short(client.ask(question("after the damage", 5))) == wanted[5]
    assert bridge.desk.waiting == 0
