"""Files that are written whole or not at all."""

import contextlib
import os
from pathlib import Path

from .errors import WriteError


def write_atomically(path: str, *parts: bytes) -> None:
    """Put ``parts``, one after the other, at ``path`` whole or not at all.

    The bytes go to a temporary file in the same folder, are forced to the disk, and only
    then take the name. On any failure the temporary file goes and the old file stays.

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
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        _sync_folder(target.parent)
    except PermissionError as error:
        raise WriteError(
            f"{path}: may not be written, or another program has it open ({error.strerror}); "
            f"close the program that uses it or check the folder's rights; the old file is unchanged"
        ) from error
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
