"""A disk that can be full: a small one of its own where this user may mount it, else a limit on files."""

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BYTES: Final = 24 * 2**20
_PIECE: Final = 2**18


@dataclass(eq=False)
class Disk:
    """Where a bridge has its library and its log.

    Attributes
    ----------
    folder : path
        Of it.
    mounted : bool
        Whether it is a file system of its own.
    """

    folder: Path
    mounted: bool

    @property
    def kind(self) -> str:
        """How it is made full."""
        return "a file system of its own" if self.mounted else "a limit on the size of the process's files"

    def fill(self, pid: int) -> None:
        """Let nothing more be written, by a process in the least."""
        if not self.mounted:
            _limit_files(pid, 0)
            return
        with contextlib.suppress(OSError), open(self.folder / "fill", "wb", buffering=0) as file:
            while True:
                file.write(bytes(_PIECE))
        with contextlib.suppress(OSError), open(self.folder / "fill", "ab", buffering=0) as file:
            while True:
                file.write(b"0")

    def empty(self, pid: int) -> None:
        """Let there be room again."""
        if self.mounted:
            (self.folder / "fill").unlink(missing_ok=True)
        else:
            _limit_files(pid, None)

    def copy(self, source: Path, target: Path, pid: int) -> bool:
        """Copy a file over another as far as there is room, half of it; whether it went in whole."""
        data = source.read_bytes()
        target.write_bytes(data[: len(data) // 2])
        if not self.mounted:  # the limit is the bridge's, not ours: stop where a full disk would
            return False
        self.fill(pid)  # what writing over the old file has freed
        try:
            with open(target, "ab") as file:
                file.write(data[len(data) // 2 :])
        except OSError:
            return False
        return True

    def remove(self) -> None:
        """Unmount it."""
        if self.mounted:
            subprocess.run(["umount", str(self.folder)], check=False, capture_output=True)


def make_disk(folder: Path) -> Disk:
    """Mount a small file system, where that is allowed.

    Parameters
    ----------
    folder : path
        Made for it.
    """
    folder.mkdir()
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mount"):
        words = ["mount", "-t", "tmpfs", "-o", f"size={_BYTES}", "none", str(folder)]
        if subprocess.run(words, check=False, capture_output=True).returncode == 0:
            return Disk(folder, True)
    return Disk(folder, False)


def _limit_files(pid: int, n_bytes: int | None) -> None:
    import resource

    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if n_bytes is None else n_bytes, hard))
