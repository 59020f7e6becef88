"""Try a library on a folder of labelled cases."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..engine import Engine
from ..library import Library
from .cases import list_cases, read_cases
from .judging import Judged, judge_cases
from .summary import summarise


@dataclass(frozen=True)
class Validation:
    """What came of it.

    Attributes
    ----------
    summary : dict
        Plain JSON, ``contraspec.validation/1``.
    cases : tuple of Judged
        Each case with its answer.
    """

    summary: dict[str, Any]
    cases: tuple[Judged, ...]


def validate_library(
    library: Library,
    folder: str | os.PathLike[str],
    *,
    manifest: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Validation:
    """Run a library against labelled cases.

    Parameters
    ----------
    library : Library
        Of a technique that can be searched.
    folder : str or path-like
        Holds the scans.
    manifest : str or path-like, optional
        CSV ``file,substance[,form]``; without one the file names are the substances. A case whose substance
        is empty or not in the library is a stranger.
    progress : callable, optional
        Called with what is done and what there is to do, in files.

    Raises
    ------
    LibraryError
        No folder, no case, a wrong manifest, or a library that cannot be searched.
    """
    engine = Engine([library])
    files = list_cases(folder, manifest=manifest)
    cases = tuple(judge_cases(engine, read_cases(folder, files, progress=progress)))
    return Validation(summarise(engine, cases), cases)
