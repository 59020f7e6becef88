"""Files that are written whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import SpectraError, WriteError


def write_atomically(path: str, *parts: bytes) -> None:
    """Put ``parts``, one after the other, at ``path`` whole or not at all.

    Raises
    ------
    WriteError
        When the folder or file cannot be written.
    """
    with file_in_whole(path) as file:
        for part in parts:
            file.write(part)


@contextlib.contextmanager
def file_in_whole(path: str) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its name only when the block ends well.

    The bytes go to a temporary file in the same folder, are forced to the disk, and only
    then take the name. On any failure the temporary file goes and the old file stays.

    Parameters
    ----------
    path : str
        Where the file is to stand.

    Raises
    ------
    WriteError
        When the folder or file cannot be written.
    """
    if "\0" in path:
        raise WriteError(f"{path!r}: cannot be written, a path holds no NUL; choose another name")
    import secrets  # 10 ms of a cold start that writes nothing

    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        _sync_folder(target.parent)
    except PermissionError as error:
        raise WriteError(
            f"{path}: may not be written, or another program has it open ({error.strerror}); "
            f"close the program that uses it or check the folder's rights; the old file is unchanged"
        ) from error
    except SpectraError:
        raise  # some are OSErrors
    except OSError as error:
        raise WriteError(
            f"{path}: cannot be written ({error}); check that the folder exists and has room; "
            f"what stood there is unchanged"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _sync_folder(folder: Path) -> None:
    """Force the new name to the disk where the system can do that (Windows cannot)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
