"""Read a vendor's bytes with one format alone, and try to break it."""

import random
import struct
from collections.abc import Iterator

from spectra.errors import ReadError
from spectra.io import Format
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.measurement import Measurement, measure


def read_all(form: Format, data: bytes, name: str = "scan.bin", **options: object) -> list[Measurement]:
    source = Source(name, data, **options)
    assert form.sniff(source) is Sniff.CERTAIN
    return [measure(draft, source, {}) for draft in form.read(source)]


def read_one(form: Format, data: bytes, **options: object) -> Measurement:
    (one,) = read_all(form, data, **options)
    return one


def put(data: bytes, at: int, form: str, *values: object) -> bytes:
    """The same bytes with other values at one place."""
    size = struct.calcsize(form)
    return data[:at] + struct.pack(form, *values) + data[at + size :]


def damaged_copies(data: bytes, *, seed: int, count: int) -> Iterator[bytes]:
    """Copies with changed bytes, huge counts and missing ends, the same in every run."""
    rng = random.Random(seed)
    odd = [0, 1, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, len(data), 65535]
    for index in range(count):
        copy = bytearray(data)
        if index % 4 == 0:
            del copy[rng.randrange(len(copy)) :]
        elif index % 4 == 1:
            at = rng.randrange(len(copy) - 4)
            copy[at : at + 4] = struct.pack("<I", rng.choice(odd))
        else:
            for _ in range(rng.choice([1, 2, 6])):
                copy[rng.randrange(len(copy))] = rng.randrange(256)
        yield bytes(copy)


def read_or_refuse(form: Format, data: bytes) -> str:
    """What came of it; anything but spectra or a ReadError that names the file is a bug."""
    source = Source("broken.bin", data)
    if form.sniff(source) is Sniff.NO:
        return "foreign"
    message = ""
    try:
        measured = [measure(draft, source, {}) for draft in form.read(source)]
    except ReadError as error:
        message = str(error)
    if message:
        assert message.startswith("broken.bin")
        return "refused"
    assert measured
    return "read"
