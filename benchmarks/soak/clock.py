"""A system clock that jumps, for one process: what asks for the time of day is told another.

A few lines of C between the process and the C library, compiled on the spot. The clock that only runs forward
is left alone, as it is when a real system clock is set.
"""

import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SOURCE: Final = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile long long *moved;
static int (*ask)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("SOAK_CLOCK");
  int file = path ? open(path, O_RDONLY) : -1;
  ask = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  if (file >= 0) {
    void *found = mmap(0, sizeof(long long), PROT_READ, MAP_SHARED, file, 0);
    if (found != MAP_FAILED) moved = found;
  }
}

int clock_gettime(clockid_t which, struct timespec *now) {
  if (!ask) begin();
  int failed = ask(which, now);
  if (!failed && moved && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += *moved;
  return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec exact;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &exact)) return -1;
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (out) *out = exact.tv_sec;
  return exact.tv_sec;
}
"""
_PROBE: Final = "import time; print(time.time(), time.monotonic())"
_TOLERANCE_S: Final = 30.0


@dataclass(frozen=True)
class Clock:
    """A clock that can be set.

    Attributes
    ----------
    library : path
        To be loaded before all others.
    offset : path
        Holds the seconds that are added.
    """

    library: Path
    offset: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to live by it."""
        return {"LD_PRELOAD": str(self.library), "SOAK_CLOCK": str(self.offset)}

    def jump(self, seconds: int) -> None:
        """Set it so many seconds from the true time, at once, for every process that has it."""
        with open(self.offset, "r+b") as file:
            file.write(struct.pack("q", seconds))


def make_clock(folder: Path) -> Clock | None:
    """Compile a clock; None where there is no compiler, or where it does not work.

    Parameters
    ----------
    folder : path
        For its files.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    clock = Clock(folder / "clock.so", folder / "offset")
    (folder / "clock.c").write_text(_SOURCE, encoding="ascii")
    clock.offset.write_bytes(struct.pack("q", 0))
    words = [compiler, "-shared", "-fPIC", "-O1", "-o", str(clock.library), str(folder / "clock.c"), "-ldl"]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        return None
    return clock if _works(clock) else None


def _works(clock: Clock) -> bool:
    """Whether a process sees the day move, and the clock that runs forward stay."""
    from .bridges import environment

    said = []
    for seconds in (0, 10**9):
        clock.jump(seconds)
        done = subprocess.run(
            [sys.executable, "-c", _PROBE],
            env=environment(**clock.environment),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            return False
        said.append([float(each) for each in done.stdout.split()])
    clock.jump(0)
    moved = [after - before for before, after in zip(*said, strict=True)]
    return abs(moved[0] - 10**9) < _TOLERANCE_S and abs(moved[1]) < _TOLERANCE_S
