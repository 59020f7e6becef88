"""Header of a GRAMS SPC file, new (512 bytes) and old (LabCalc), and what in it cannot be.

Names of the fields after Galactic Industries, *Universal Data Format Specification* (SPC.H), 1997.
"""

import math
import struct
from dataclasses import dataclass
from typing import Final

from ...errors import DamagedError
from ..parts.binary import Window

SHORT: Final = 0x01
MULTI: Final = 0x04
LABELS: Final = 0x20
OWN_X: Final = 0x40
X_VALUES: Final = 0x80

NEW_LITTLE: Final = 0x4B
NEW_BIG: Final = 0x4C
OLD: Final = 0x4D
VERSIONS: Final = frozenset({NEW_LITTLE, NEW_BIG, OLD})

FLOAT: Final = -128
"""Exponent that says the ordinates are IEEE floats."""

LABEL_TYPE: Final = 15
"""Axis type of the old format that stands for the text labels."""

# Ordinates are fractions times 2**exponent: beyond, nothing that was measured is left.
MAX_EXPONENT: Final = 64
_MAX_X: Final = 1e12
_TECHNIQUES: Final = 23
_NEW: Final = "BBBbIddIBBBBI9s9sH32s130s30sI"
_OLD: Final = "<BBhfffBBHBBBB8sHH28s130s30s"
_NEW_SIZE: Final = 512
# The first subfile's header lies within the old header's 256 bytes.
_OLD_SIZE: Final = 224
_OLD_YEAR_BITS: Final = 0x0FFF
_METHOD: Final = (264, 48)


@dataclass(frozen=True)
class Header:
    """Fields of the header that matter here.

    Attributes
    ----------
    old : bool
        LabCalc format: words of an ordinate swapped, no axis values, no log.
    order : str
        ``"<"`` or ``">"``.
    flags, experiment, exponent : int
        ``ftflgs``, ``fexper``, ``fexp``.
    n_points : int
        ``fnpts``: points, or where the directory of subfiles lies.
    first, last : float
        ``ffirst`` and ``flast``.
    n_subfiles : int
        At least 1; 0 where the old format leaves it to the file's length.
    x_type, y_type : int
        Type codes.
    date : int
        ``fdate``, packed; 0 without one.
    source, comment, method : str
        As written.
    labels : tuple of str
        Texts for x, y and z; empty where there are none.
    log_offset : int
        ``flogoff``; 0 without a log.
    size : int
        Where the header ends and values or the first subfile begin.
    """

    old: bool
    order: str
    flags: int
    experiment: int
    exponent: int
    n_points: int
    first: float
    last: float
    n_subfiles: int
    x_type: int
    y_type: int
    date: int
    source: str
    comment: str
    method: str
    labels: tuple[str, str, str]
    log_offset: int
    size: int

    def has(self, flag: int) -> bool:
        """Tell whether a flag is set."""
        return bool(self.flags & flag)


def read_header(window: Window) -> Header:
    """Read the header.

    Raises
    ------
    DamagedError
        When the file is shorter than a header, or a field holds what none can hold.
    """
    version = window.value(1, "B")
    if version not in VERSIONS:
        raise window.damaged(f"version byte 0x{version:02X}, expected 0x4B, 0x4C or 0x4D")
    header = _read_old(window) if version == OLD else _read_new(window, version)
    faults = find_faults(header)
    if faults:
        raise window.damaged(f"header with {', '.join(faults)}")
    return header


def is_plausible(data: bytes) -> bool:
    """Tell whether a content begins with a header without a fault; raises nothing."""
    try:
        read_header(Window(data, "", ""))
    except (DamagedError, struct.error):
        return False
    return True


def find_faults(header: Header) -> list[str]:
    """List the fields that no writer would have written so."""
    faults = []
    if header.exponent != FLOAT and abs(header.exponent) > MAX_EXPONENT:
        faults.append(f"exponent {header.exponent}")
    if not all(math.isfinite(x) and abs(x) <= _MAX_X for x in (header.first, header.last)):
        faults.append(f"first and last x {header.first:g} and {header.last:g}")
    if header.experiment > _TECHNIQUES:
        faults.append(f"technique {header.experiment}")
    if not is_x_type(header.x_type) or not is_y_type(header.y_type):
        faults.append(f"axis types {header.x_type} and {header.y_type}")
    if header.has(OWN_X) and not header.has(X_VALUES):
        faults.append("x values for each subfile but no x values")
    if header.old and header.has(X_VALUES):
        faults.append("x values, which the old format does not have,")
    if header.old and header.exponent == FLOAT:
        faults.append("floating ordinates, which the old format does not have,")
    return faults


def is_x_type(code: int) -> bool:
    """Tell whether a code is one of the format's x types (255 is a double interferogram)."""
    return 0 <= code <= 31 or code == 255


def is_y_type(code: int) -> bool:
    """Tell whether a code is one of the format's y types."""
    return 0 <= code <= 30 or 128 <= code <= 131


def _read_new(window: Window, version: int) -> Header:
    order = ">" if version == NEW_BIG else "<"
    window.raw(0, _NEW_SIZE)
    (
        flags, _, experiment, exponent, n_points, first, last, n_subfiles, x_type, y_type, _, _, date,
        _, source, _, _, comment, labels, log_offset,
    ) = window.values(0, order + _NEW)  # fmt: skip
    return Header(
        old=False,
        order=order,
        flags=flags,
        experiment=experiment,
        exponent=exponent,
        n_points=n_points,
        first=first,
        last=last,
        n_subfiles=max(n_subfiles, 1),
        x_type=x_type,
        y_type=y_type,
        date=date,
        source=text_field(source),
        comment=text_field(comment),
        method=window.text(*_METHOD),
        labels=_split_labels(labels),
        log_offset=log_offset,
        size=_NEW_SIZE,
    )


def _read_old(window: Window) -> Header:
    (
        flags, _, exponent, n_points, first, last, x_type, y_type, year, month, day, hour, minute,
        _, _, _, _, comment, labels,
    ) = window.values(0, _OLD)  # fmt: skip
    if not (n_points >= 1 and float(n_points).is_integer()):
        raise window.damaged(f"{n_points:g} points in the header, expected a whole number")
    packed = (year & _OLD_YEAR_BITS) << 20 | month << 16 | day << 11 | hour << 6 | minute
    sane = month < 16 and day < 32 and hour < 32 and minute < 64
    return Header(
        old=True,
        order="<",
        flags=flags,
        experiment=0,
        exponent=exponent,
        n_points=int(n_points),
        first=first,
        last=last,
        n_subfiles=0 if flags & MULTI else 1,
        x_type=x_type,
        y_type=y_type,
        date=packed if sane else 0,
        source="",
        comment=text_field(comment),
        method="",
        labels=_split_labels(labels),
        log_offset=0,
        size=_OLD_SIZE,
    )


def text_field(raw: bytes) -> str:
    """Text of a fixed field up to its first zero, white space made single spaces."""
    text = raw.partition(b"\0")[0].decode("cp1252", errors="replace")
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _split_labels(raw: bytes) -> tuple[str, str, str]:
    """Three texts, each ended by a zero; an axis without one has an empty text."""
    parts = [*raw.split(b"\0"), b"", b"", b""]
    return text_field(parts[0]), text_field(parts[1]), text_field(parts[2])
