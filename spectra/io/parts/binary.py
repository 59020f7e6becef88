"""Bounded reading of binary files: nothing is allocated that the file does not hold."""

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError

MAX_POINTS: Final = 50_000_000
"""Ordinates of one file altogether, 400 MB as float64."""


class Window:
    """The bytes of a file, read at offsets that are checked.

    Parameters
    ----------
    data : bytes
        The whole content.
    name : str
        Of the file, for messages.
    what : str
        The format in a user's words, for messages.
    """

    def __init__(self, data: bytes, name: str, what: str) -> None:
        self._view = memoryview(data)
        self.name = name
        self.what = what

    def __len__(self) -> int:
        return len(self._view)

    def damaged(self, found: str) -> DamagedError:
        """Error that says what was found; the remedy is the same for all."""
        return DamagedError(
            f"{self.name}: {found}. This {self.what} file is cut short or damaged: copy or export it again."
        )

    def raw(self, offset: int, size: int) -> bytes:
        """Bytes from ``offset``.

        Raises
        ------
        DamagedError
            When the file does not hold them.
        """
        if offset < 0 or size < 0 or offset + size > len(self._view):
            raise self.damaged(f"{size} bytes expected at byte {offset}, the file has {len(self._view)}")
        return bytes(self._view[offset : offset + size])

    def values(self, offset: int, form: str) -> tuple[Any, ...]:
        """Unpack values as `struct.unpack` does.

        Raises
        ------
        DamagedError
            When the file does not hold them.
        """
        return struct.unpack(form, self.raw(offset, struct.calcsize(form)))

    def value(self, offset: int, form: str) -> Any:
        """Unpack one value."""
        return self.values(offset, form)[0]

    def array(self, offset: int, count: int, dtype: str) -> NDArray[np.float64]:
        """Numbers as float64, shape (count,).

        Parameters
        ----------
        offset, count : int
            Where they begin and how many there are.
        dtype : str
            With its byte order, as ``"<f4"``.

        Raises
        ------
        DamagedError
            When the file does not hold them.
        """
        size = np.dtype(dtype).itemsize
        with np.errstate(invalid="ignore"):  # a signalling NaN is dropped later like any other
            return np.frombuffer(self.raw(offset, count * size), dtype=dtype).astype(np.float64)

    def text(self, offset: int, size: int, *, codec: str = "cp1252") -> str:
        """Text of a fixed field, up to its first zero, white space taken off."""
        field = self.raw(offset, size).partition(b"\0")[0]
        return "".join(c for c in field.decode(codec, errors="replace").strip() if c.isprintable())
