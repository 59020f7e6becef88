"""Ways in which a file goes wrong: cut, flipped, overwritten, repeated, spliced."""

import random
import re
import struct
from collections.abc import Callable, Sequence
from typing import Final

_TOKENS: Final = (
    b"nan", b"inf", b"1e999", b"-1e308", b"1e308", b"", b",", b";", b"\t", b"\n", b"\r", b"0", b"-", b"\x00",
    b"1_0", b"2000000000", b"-1", b"4294967295", b"99999999999999999999", b"##END=", b"$$", b"<", b"\xff\xfe",
)  # fmt: skip
_INTEGERS: Final = (0, 1, -1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, -0x80000000, 2_000_000_000)
_NUMBER: Final = re.compile(rb"\d+(?:\.\d+)?")


def cut(data: bytearray, rng: random.Random) -> None:
    """End the file anywhere."""
    del data[rng.randrange(len(data)) :]


def flip(data: bytearray, rng: random.Random) -> None:
    """Change single bytes, mostly near the beginning, where headers are."""
    for _ in range(rng.randint(1, 8)):
        data[_place(data, rng)] = rng.randrange(256)


def overwrite(data: bytearray, rng: random.Random) -> None:
    """Put an extreme number where the file may hold a count, an offset or a value."""
    at = _place(data, rng)
    value = rng.choice(_INTEGERS)
    packed = rng.choice(
        (
            struct.pack(rng.choice("<>") + "i", value),
            struct.pack(rng.choice("<>") + "h", max(-32768, min(32767, value))),
            struct.pack(rng.choice("<>") + "q", value * rng.choice((1, 2**31))),
            struct.pack(rng.choice("<>") + "f", rng.choice((float("nan"), float("inf"), 1e38, -1.0, 0.0))),
            struct.pack(rng.choice("<>") + "d", rng.choice((float("nan"), float("inf"), 1e308, -1.0, 0.0))),
        )
    )
    data[at : at + len(packed)] = packed


def splice(data: bytearray, rng: random.Random) -> None:
    """Replace a few bytes by a token that parsers trip over."""
    at = _place(data, rng)
    data[at : at + rng.randint(0, 12)] = rng.choice(_TOKENS)


def renumber(data: bytearray, rng: random.Random) -> None:
    """Replace a printed number by another."""
    start = _place(data, rng)
    found = _NUMBER.search(data, start, start + 4000)
    if found:
        value = rng.choice((b"0", b"-1", b"2000000000", b"1e300", b"7", b"1.5", str(rng.random()).encode()))
        data[found.start() : found.end()] = value


def repeat(data: bytearray, rng: random.Random) -> None:
    """Repeat a piece."""
    at, size = _place(data, rng), rng.choice((1, 16, 300, 5000))
    data[at:at] = data[at : at + size] * rng.randint(1, 4)


def remove(data: bytearray, rng: random.Random) -> None:
    """Leave a piece out."""
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 16, 300, 5000))]


MUTATIONS: Final[tuple[Callable[[bytearray, random.Random], None], ...]] = (
    cut, flip, overwrite, splice, renumber, repeat, remove,
)  # fmt: skip


def mutate(seeds: Sequence[bytes], seed: int) -> tuple[int, bytes]:
    """Damage one of several files.

    Parameters
    ----------
    seeds : sequence of bytes
        Intact files.
    seed : int
        Of the random numbers: the same gives the same damage.

    Returns
    -------
    which : int
        Position of the file.
    data : bytes
        The damaged content.
    """
    rng = random.Random(seed)
    which = rng.randrange(len(seeds))
    data = bytearray(seeds[which])
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if data:
            rng.choice(MUTATIONS)(data, rng)
    if rng.random() < 0.02:
        other = seeds[rng.randrange(len(seeds))]
        at = rng.randrange(len(data) + 1)
        data[at:] = other[rng.randrange(len(other)) :]
    return which, bytes(data)


def _place(data: bytearray, rng: random.Random) -> int:
    limit = len(data) if rng.random() < 0.4 else min(len(data), rng.choice((64, 600, 4000)))
    return rng.randrange(limit) if limit else 0
