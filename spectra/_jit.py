"""The one kernel decorator: every numba option stands here.

``fastmath`` names two relaxations only. The full flag would make ``isnan(nan)`` false; these two
let a sum be reordered, which is what a vectorised sum needs. Compiled code is cached beside the
source, and where that folder cannot be written, not at all: the kernel then compiles once a process.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def kernel(function: Kernel) -> Kernel:
    """Compile ``function`` lazily, without the interpreter lock, cached where that is possible.

    Parameters
    ----------
    function : callable
        Plain loops over arrays; may not call a kernel of another file, whose change the cache
        would not notice.
    """
    options = {"nopython": True, "nogil": True, "fastmath": {"reassoc", "contract"}}
    try:
        return cast("Kernel", numba.jit(cache=True, **options)(function))
    except RuntimeError:  # numba found no folder for its cache
        return cast("Kernel", numba.jit(**options)(function))
