"""Blocks of a Renishaw WDF file, and the properties in them, checked against the file's size.

The vendor's package ``renishaw_wdf`` gives the meaning of header, units and block names. Its
methods trust what the file says (a block of size zero makes its search endless, a property set
may unpack without bound), so the blocks are walked here and the numbers are read through `Window`.
"""

import struct
from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..parts.binary import Window

HEAD: Final = 16
_MAX_BLOCKS: Final = 100_000
_MAX_PROPERTY_BYTES: Final = 4_000_000
_MAX_ITEMS: Final = 100_000
_MAX_DEPTH: Final = 12
_ARRAY, _COMPRESSED, _CUSTOM = 0x80, 0x40, 0x8000
_NUMBERS: Final = {
    ord("?"): "<?", ord("c"): "<B", ord("s"): "<h", ord("i"): "<i", ord("w"): "<q",
    ord("r"): "<f", ord("q"): "<d", ord("t"): "<Q",
}  # fmt: skip
_TEXTS: Final = frozenset(b"ukbp")

Property = int | float | str


@dataclass(frozen=True)
class Block:
    """Where a block's content lies, bytes."""

    start: int
    size: int


def walk(window: Window) -> tuple[dict[int, list[Block]], int]:
    """Blocks by their identity in file order, and how many bytes after the last are none.

    Raises
    ------
    DamagedError
        When a block is smaller than its own header or reaches beyond the file.
    """
    found: dict[int, list[Block]] = {}
    at = n_blocks = 0
    while at < len(window):
        if not _is_name(window.raw(at, min(4, len(window) - at))):
            break
        identity, _, size = window.values(at, "<IIQ")
        n_blocks += 1
        if size < HEAD or at + size > len(window) or n_blocks > _MAX_BLOCKS:
            raise window.damaged(f"a block of {size} bytes at byte {at}, the file has {len(window)}")
        found.setdefault(identity, []).append(Block(at + HEAD, size - HEAD))
        at += size
    return found, len(window) - at


def _is_name(identity: bytes) -> bool:
    return identity[:1].isalpha() and all(0x20 <= byte < 0x7F for byte in identity)


def properties(window: Window, block: Block) -> dict[str, Property]:
    """Named numbers and texts of a block's property set, those nested in it too; the first of a name counts.

    What cannot be read is left out: nothing but descriptions stands here.
    """
    from wdf.predefinedKeys import getKeyName

    if block.size > _MAX_PROPERTY_BYTES or block.size < 8:
        return {}
    magic, size = window.values(block.start, "<4sI")
    if magic != b"PSET" or 8 + size > block.size:
        return {}
    found: dict[str, Property] = {}
    budget = _MAX_ITEMS
    # A name defined in one set holds in the sets within it.
    outermost: ChainMap[int, str] = ChainMap()
    open_sets = [(window.raw(block.start + 8, size), outermost)]
    while open_sets:
        data, names = open_sets.pop()
        items = []
        for kind, key, value in _items(data):
            budget -= 1
            if budget < 0:
                return found
            if kind == ord("k") and isinstance(value, bytes):
                names[key] = value.decode("utf-8", errors="replace")
            else:
                items.append((kind, key, value))
        for kind, key, value in items:
            name = names.get(key) if key & _CUSTOM else getKeyName(key)
            if kind == ord("p") and isinstance(value, bytes):
                if len(names.maps) < _MAX_DEPTH:
                    open_sets.append((value, names.new_child()))
            elif name and kind == ord("u") and isinstance(value, bytes):
                found.setdefault(name, value.decode("utf-8", errors="replace").rstrip("\0"))
            elif name and not isinstance(value, bytes):
                found.setdefault(name, value)
    return found


def _items(data: bytes) -> Iterator[tuple[int, int, bytes | int | float]]:
    """Single values of one set as kind, key and value; arrays and packed texts are passed over."""
    at = 0
    while at + 4 <= len(data):
        kind, flags, key = struct.unpack_from("<BBH", data, at)
        at += 4
        count = 1
        if flags & _ARRAY:
            if at + 4 > len(data):
                return
            count, at = struct.unpack_from("<I", data, at)[0], at + 4
        if kind in _NUMBERS:
            size = struct.calcsize(_NUMBERS[kind])
            if at + count * size > len(data):
                return
            if count == 1 and not flags & _ARRAY:
                yield kind, key, struct.unpack_from(_NUMBERS[kind], data, at)[0]
            at += count * size
        elif kind in _TEXTS:
            if at + 4 > len(data):
                return
            size, at = struct.unpack_from("<I", data, at)[0], at + 4
            if at + size > len(data):
                return
            if not flags & _COMPRESSED:
                yield kind, key, data[at : at + size]
            at += size
        else:
            return
