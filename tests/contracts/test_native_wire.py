"""What the engine process of the C interface does with frames: good ones, odd ones and garbage."""

import io
import struct
from datetime import date

import numpy as np
import pytest

from cli.native import wire, worker
from cli.native.wire import Frame, Reader, WireError, Writer
from libraries import expiring
from libraries.embedded import Config, Embedded

AXIS = np.arange(200.0, 2000.0, 6.0)


@pytest.fixture(scope="module")
def engine():
    return Embedded()


def opening(version=wire.WIRE, policy=""):
    writer = Writer().count(version).texts([]).texts([]).text(policy).text("")
    return writer.number(0.0).number(0.0).frame(wire.OPEN)


def query(points=None, **texts):
    writer = Writer().number(0.0).count(AXIS.size if points is None else points)
    for values in (AXIS, np.ones(AXIS.size)):
        for value in values:
            writer.number(value)
    for name in ("name", "technique", "unit", "metadata"):
        writer.text(texts.get(name, ""))
    return writer.frame(wire.IDENTIFY)


def exchanged(*frames, tail=b""):
    """Frames that the worker answers with."""
    inbound, outbound = io.BytesIO(), io.BytesIO()
    for frame in frames:
        wire.write_frame(inbound, frame)
    inbound.write(tail)
    inbound.seek(0)
    try:
        worker.serve(inbound, outbound)
    finally:
        outbound.seek(0)
    found = []
    while (frame := wire.read_frame(outbound)) is not None:
        found.append(frame)
    return found


def test_what_is_written_is_read():
    frame = Writer().count(7).number(0.5).number(None).text("läb\0").texts(["a", ""]).frame(9)
    stream = io.BytesIO()
    wire.write_frame(stream, frame)
    stream.seek(0)
    again = wire.read_frame(stream)
    assert again == frame
    reader = Reader(again.body)
    assert (reader.count(), reader.number()) == (7, 0.5)
    assert np.isnan(reader.number())
    assert (reader.text(), reader.texts()) == ("läb?".encode(), [b"a", b""])
    reader.end()
    assert wire.read_frame(stream) is None


def test_a_stream_that_ends_before_it_begins_is_no_fault():
    assert exchanged() == []


def test_another_version_is_told_so():
    (reply,) = exchanged(opening(version=wire.WIRE + 1))
    reader = Reader(reply.body)
    assert (reply.kind, reader.count()) == (wire.ERROR, worker.NOT_STARTED)
    assert b"build the library anew" in reader.text()


def test_it_opens_answers_and_ends_with_its_input(monkeypatch):
    monkeypatch.setattr(worker, "_silence", lambda: None)
    monkeypatch.setattr(worker.gc, "freeze", lambda: None)
    ready, *replies = exchanged(opening(), *[query(name=str(number)) for number in range(3)])
    assert ready.kind == wire.READY
    assert [reply.kind for reply in replies] == [wire.RESULT] * 3
    assert Reader(replies[0].body).text() == b"unusable"


def test_a_fault_is_an_error_and_never_a_verdict(engine, monkeypatch):
    def fail(*_args, **_more):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(engine, "identify", fail)
    reply = worker.answer(engine, query())
    reader = Reader(reply.body)
    assert (reply.kind, reader.count()) == (wire.ERROR, worker.FAULT)
    assert b"a bug" in reader.text()


def test_a_release_that_expired_since_is_a_library_error_under_signed_and_a_reason_otherwise(
    engine, monkeypatch
):
    monkeypatch.setattr(expiring, "_last_day", lambda _: date(2020, 2, 29))
    reply = worker.answer(engine, query())
    assert reply.kind == wire.RESULT
    assert b"library_expired" in reply.body
    monkeypatch.setattr(engine, "config", Config(policy="signed"))
    reply = worker.answer(engine, query())
    reader = Reader(reply.body)
    assert (reply.kind, reader.count()) == (wire.ERROR, worker.LIBRARY)
    assert b"its release has expired; load a newer release" in reader.text()
    reader.end()


@pytest.mark.parametrize(
    "frame",
    [
        Frame(wire.OPEN, b""),
        Frame(99, b""),
        Frame(wire.IDENTIFY, b""),
        query(points=2**32 - 1),
        query(points=0),
        Frame(wire.IDENTIFY, query().body[:-1]),
        Frame(wire.IDENTIFY, query().body + b"\0"),
    ],
)
def test_what_the_c_library_would_not_write_ends_the_process(engine, frame):
    with pytest.raises(WireError):
        worker.answer(engine, frame)


@pytest.mark.parametrize(
    "data", [b"\x01", struct.pack("=II", 10, 1) + b"short", struct.pack("=II", wire.MAX_BODY + 1, 1)]
)
def test_broken_streams(data):
    with pytest.raises(WireError):
        exchanged(tail=data)


def test_garbage_is_a_wire_error_or_an_error_frame(engine):
    random = np.random.default_rng(0)
    good = query().body
    for _ in range(300):
        body = bytearray(good[: int(random.integers(0, len(good)))])
        for place in random.integers(0, max(1, len(body)), 5) if body else []:
            body[place] = random.integers(0, 256)
        try:
            reply = worker.answer(engine, Frame(wire.IDENTIFY, bytes(body)))
        except WireError:
            continue
        assert reply.kind in (wire.ERROR, wire.RESULT)
