"""Compiles every kernel before it is needed: for ``doctor --warm``, and for programs that keep an engine."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .engine import Engine

N_ROWS: Final = 24
N_POINTS: Final = 300
"""Spectra that the kernels are compiled with: enough that none is left out."""


def _search() -> None:
    from spectra.matching.search import compile_kernels

    compile_kernels()


def _mixtures() -> None:
    import numpy as np

    from spectra.matching.branching.rows import prepare_rows
    from spectra.matching.branching.search import best_pair, best_triple

    drawn = np.random.default_rng(0).random((N_ROWS, N_POINTS), dtype=np.float32) ** 4
    drawn.flags.writeable = False  # as those of a library are
    for background in (None, np.ones((1, N_POINTS))):
        rows = prepare_rows(drawn, background=background)
        best_pair(rows, drawn[:2].sum(axis=0))
        best_triple(rows, drawn[:5].sum(axis=0))


def _baselines() -> None:
    import numpy as np

    from spectra.preprocessing.whittaker import Settings
    from spectra.preprocessing.whittaker_batch import fit_rows

    rows = np.random.default_rng(0).random((N_ROWS, N_POINTS))
    fit_rows(rows, Settings("arpls"))


KERNELS: Final[tuple[tuple[str, Callable[[], None]], ...]] = (
    ("kernels for libraries of 1,000 references or more", _search),
    ("for mixtures of a large library", _mixtures),
    ("for baselines of many spectra", _baselines),
)
"""What they are for, and what compiles them or loads them from the cache."""

COMPILED_FROM: Final = 256
"""References from which searching and mixing may need them: fewer are compared one by one."""


LATE_MODULES: Final = (
    "scipy.special",
    "spectra.confidence.detection_limit",
    "spectra.matching.whole",
    "statistics",
)
"""What some answers load that a cold start is spared: an engine that is kept must not read it later."""


def compile_kernels(engine: "Engine") -> None:
    """Load what any answer may need, and compile what libraries of this size may need.

    Parameters
    ----------
    engine : Engine
        With all libraries open.
    """
    for name in LATE_MODULES:
        import_module(name)
    if sum(len(library) for library in engine.libraries) < COMPILED_FROM:
        return
    for _, compile_them in KERNELS:
        compile_them()
