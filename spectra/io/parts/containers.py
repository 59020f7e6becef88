"""What lies in a container, without unpacking it: names, or the first bytes of a packed content."""

import bz2
import lzma
import struct
import zlib
from typing import Final

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
GZIP: Final = b"\x1f\x8b"
BZIP: Final = b"BZh"
XZ: Final = b"\xfd7zXZ"

_ENTRY: Final = 128
_SECTOR: Final = 512
_MAX_FINDS: Final = 64
_MAX_NAMES: Final = 10_000
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_SIZE: Final = 22
_ZIP_TAIL: Final = 66_000
_ZIP_ENTRY: Final = b"PK\x01\x02"
_ZIP_ENTRY_SIZE: Final = 46
_PACKED: Final = 65_536
_UNPACKED: Final = 256
_MAX_MEMORY: Final = 200_000_000


def has_stream(data: bytes, name: str) -> bool:
    """Tell whether a compound file (OLE2) has a stream or storage of that name.

    Directory entries are aligned and state their name's length; the same word in a text is not.
    """
    if not data.startswith(OLE):
        return False
    word = name.encode("utf-16-le") + b"\0\0"
    at = _SECTOR - 1
    for _ in range(_MAX_FINDS):
        at = data.find(word, at + 1)
        if at < 0:
            return False
        if (at - _SECTOR) % _ENTRY == 0 and data[at + 64 : at + 66] == struct.pack("<H", len(word)):
            return True
    return False


def zip_names(data: bytes) -> list[str]:
    """List the names in a zip archive's directory; empty when it is none or has no directory."""
    end = data.rfind(_ZIP_END, max(len(data) - _ZIP_TAIL, 0)) if data.startswith(ZIP) else -1
    if end < 0 or end + _ZIP_END_SIZE > len(data):
        return []
    at = struct.unpack_from("<I", data, end + 16)[0]
    names: list[str] = []
    while len(names) < _MAX_NAMES and data[at : at + 4] == _ZIP_ENTRY and at + _ZIP_ENTRY_SIZE <= end:
        size, extra, comment = struct.unpack_from("<HHH", data, at + 28)
        name = data[at + _ZIP_ENTRY_SIZE : at + _ZIP_ENTRY_SIZE + size]
        names.append(name.decode("utf-8", errors="replace"))
        at += _ZIP_ENTRY_SIZE + size + extra + comment
    return names


def first_bytes(data: bytes) -> bytes:
    """Unpack the first bytes of a compressed content; others as they are."""
    packed = data[:_PACKED]
    try:
        if packed.startswith(GZIP):
            return zlib.decompressobj(wbits=31).decompress(packed, _UNPACKED)
        if packed.startswith(BZIP):
            return bz2.BZ2Decompressor().decompress(packed, _UNPACKED)
        if packed.startswith(XZ):
            return lzma.LZMADecompressor(memlimit=_MAX_MEMORY).decompress(packed, _UNPACKED)
    except (zlib.error, OSError, EOFError, ValueError, lzma.LZMAError):
        return b""
    return packed[:_UNPACKED]
