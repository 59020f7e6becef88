"""The file that HDF5 writes to: whatever happens to the disk, HDF5 sees none of it.

Given a full disk the HDF5 library crashes the process when it closes its file (seen), so an error of the disk
is kept until HDF5 is done and raised then.
"""

import io
from types import TracebackType
from typing import Any, BinaryIO, Self


class Sink(io.RawIOBase):
    """File object for HDF5.

    Parameters
    ----------
    file : binary file
        Open for writing under its ``name``.

    Attributes
    ----------
    error : OSError or None
        The first that occurred; nothing was written after it.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._end = 0
        self._place = 0
        self.error: OSError | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise the error of the disk, whatever HDF5 made of it."""
        if self.error is not None:
            raise self.error from error

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def seekable(self) -> bool:
        """Whether there are places."""
        return True

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, from the start or from the end."""
        self._place = place + (self._end if whence == io.SEEK_END else 0)
        return self._place

    def tell(self) -> int:
        """Place."""
        return self._place

    def write(self, data: Any) -> int:
        """Write all bytes, or keep the error."""
        length = memoryview(data).nbytes
        self._try(lambda: (self._file.seek(self._place), self._file.write(data)))
        self._place += length
        self._end = max(self._end, self._place)
        return length

    def readinto(self, buffer: Any) -> int:
        """Read what was written; zeros where nothing was."""
        view = memoryview(buffer).cast("B")
        view[:] = bytes(len(view))
        self._try(lambda: self._read(view))
        self._place += len(view)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """State the length of the file."""
        self._end = self._place if size is None else size
        self._try(lambda: self._file.truncate(self._end))
        return self._end

    def _read(self, view: memoryview) -> None:
        self._file.flush()
        with open(self._file.name, "rb") as written:
            written.seek(self._place)
            written.readinto(view)

    def _try(self, call: Any) -> None:
        if self.error is None:
            try:
                call()
            except OSError as error:
                self.error = error
