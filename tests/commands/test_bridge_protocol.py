"""Framing and requests without sockets: any pieces, any bytes, and the schemas say the same as the code."""

import json
import struct

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cli.bridge.framing import FRAMINGS, Fault, decoder_of, framing_of
from cli.bridge.metrics import Metrics
from cli.bridge.requests import Refused, parse_request
from tests.commands.bridge_lab import LIMITS, SCHEMAS, question, running, validator, write_library

LIMIT = 500
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
KINDS = ("hello", "identify", "health", "metrics", "reload")
FIELDS = {
    "type": st.sampled_from([*KINDS, "dance"]) | VALUES,
    "id": TEXT | VALUES,
    "token": TEXT | VALUES,
    "client": TEXT | VALUES,
    "axis": st.lists(st.floats(allow_nan=False, allow_infinity=False) | VALUES, max_size=3) | VALUES,
    "intensity": st.lists(st.integers(0, 9), max_size=3) | VALUES,
    "metadata": st.dictionaries(TEXT, VALUES, max_size=3) | VALUES,
    "technique": st.sampled_from(["raman", "nir", "mir"]) | VALUES,
    "unit": st.sampled_from(["wavelength_nm", "furlong"]) | VALUES,
    "deadline_ms": st.floats(allow_nan=False, allow_infinity=False) | VALUES,
    "other": VALUES,
}
MESSAGES = st.fixed_dictionaries({}, optional=FIELDS)
GOOD = st.builds(
    lambda kind, name, more: {"type": kind, "id": name or "x", **(more if kind == "identify" else {})},
    st.sampled_from(KINDS),
    TEXT,
    st.fixed_dictionaries(
        {"axis": st.lists(st.integers(0, 9), max_size=3), "intensity": st.lists(st.floats(0, 1), max_size=3)},
        optional={
            "metadata": st.dictionaries(TEXT, TEXT | st.booleans() | st.none(), max_size=3),
            "deadline_ms": st.floats(0.1, 1e6),
            "unit": st.sampled_from(["wavelength_nm", "raman_shift_cm-1"]),
        },
    ),
)


def pieces(data, sizes):
    """Data cut at given sizes, the last piece what is left."""
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


def fed(decoder, data):
    """Messages and faults that data completes."""
    return [one if isinstance(one, Fault) else decoder.decode(one) for one in decoder.split(data)]


@settings(max_examples=200)
@given(st.sampled_from(FRAMINGS), st.lists(GOOD, max_size=4), st.lists(st.integers(0, 40), max_size=12))
def test_messages_survive_any_cut(framing, messages, sizes):
    decoder = decoder_of(framing, 100_000)
    data = b"".join(decoder.encode(each) for each in messages)
    found = [one for piece in pieces(data, sizes) for one in fed(decoder, piece)]
    assert found == messages
    assert not decoder.partial


@settings(max_examples=400)
@given(st.sampled_from(FRAMINGS), st.lists(st.binary(max_size=700), max_size=6))
def test_any_bytes_are_messages_or_faults_and_little_is_kept(framing, data):
    decoder = decoder_of(framing, LIMIT)
    for piece in data:
        for found in fed(decoder, piece):
            assert isinstance(found, (dict, Fault))
            if isinstance(found, dict):
                parse_request(found)
    assert len(decoder._kept) <= LIMIT + 4


@settings(max_examples=200)
@given(
    st.sampled_from(FRAMINGS), st.integers(LIMIT + 1, 5 * LIMIT), st.lists(st.integers(0, 400), max_size=8)
)
def test_an_oversized_message_is_one_fault_and_the_next_is_read(framing, size, sizes):
    decoder = decoder_of(framing, LIMIT)
    large = b"x" * size + b"\n" if framing == "json" else struct.pack(">I", size) + b"\n" * size
    after = {"type": "health", "id": "after"}
    found = [one for piece in pieces(large + decoder.encode(after), sizes) for one in fed(decoder, piece)]
    assert [getattr(one, "error", one) for one in found] == ["too_large", after]


@settings(max_examples=300)
@given(MESSAGES | GOOD | st.tuples(GOOD, MESSAGES).map(lambda both: {**both[0], **both[1]}))
def test_the_schemas_say_what_the_code_takes(message):
    kind = message.get("type")
    known = isinstance(kind, str) and kind in KINDS
    taken = not isinstance(parse_request(message), Refused)
    assert taken == (known and validator(f"request.{kind}").is_valid(message))


@given(GOOD)
def test_what_is_good_is_taken(message):
    assert not isinstance(parse_request(message), Refused)


@given(GOOD)
def test_both_framings_ask_the_same(message):
    json_one = parse_request(json.loads(json.dumps(message)))
    packed = parse_request(msgpack.unpackb(msgpack.packb(message)))
    if message["type"] == "identify":
        assert (json_one.digest, json_one.id) == (packed.digest, packed.id)
    else:
        assert json_one == packed


def test_the_digest_leaves_id_and_deadline_out():
    one = parse_request(question("a"))
    assert one.digest == parse_request(question("b", deadline_ms=5)).digest
    assert one.digest != parse_request(question("a", 1)).digest


def test_every_schema_is_one_and_names_its_message():
    files = sorted(SCHEMAS.glob("*.json"))
    assert len(files) == 14
    for file in files:
        schema = json.loads(file.read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        assert f"{file.name.split('.')[0]}.{schema['properties']['type']['const']}.json" == file.name


def test_the_protocol_page_names_every_message_and_error():
    text = (SCHEMAS.parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    for file in SCHEMAS.glob("*.json"):
        assert f"`{file.name.split('.')[1]}`" in text
    for code in validator("reply.error").schema["properties"]["error"]["enum"]:
        assert f"`{code}`" in text


def test_the_first_byte():
    assert [framing_of(data) for data in (b"\0\0", b"{", b"\n", b"\xff")] == [
        "msgpack",
        "json",
        "json",
        "json",
    ]


def test_counters_are_text_that_prometheus_reads():
    metrics = Metrics()
    for seconds in (0.001, 0.03, 99.0):
        metrics.observe(seconds)
    metrics.count("answers_total", "match")
    text = metrics.text({"waiting": 2}, [{"name": 'a "b"\n\\', "sha256": "0" * 64}])
    assert 'contraspec_answers_total{kind="match"} 1\n' in text
    assert 'contraspec_answer_seconds_bucket{le="0.05"} 2\n' in text
    assert 'contraspec_answer_seconds_bucket{le="+Inf"} 3\n' in text
    assert 'name="a \\"b\\"\\n\\\\"' in text
    with pytest.raises(KeyError):
        metrics.count("invented")


def test_a_server_outlives_random_bytes(tmp_path):
    with running(write_library(tmp_path / "lab.h5"), LIMITS) as bridge:

        @settings(max_examples=60)
        @given(st.sampled_from([b"", b"\0", b"{"]), st.binary(max_size=300), st.booleans())
        def throw(first, data, ends):
            with bridge.client() as client:
                client.send_bytes(first + data + (b"\n" if ends else b""))

        throw()
        with bridge.client() as client:
            assert client.ask(question("alive"))["type"] == "result"
