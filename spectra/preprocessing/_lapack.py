"""LAPACK's banded solvers without the rest of scipy.linalg.

``import scipy.linalg`` takes 0.1 s, most of it for things that no baseline needs: a quarter of a cold
identification. The compiled wrapper of LAPACK inside it takes 0.01 s and is loaded alone. Its file is
scipy's own business, so wherever it is not found as expected, the public import serves.
"""

import os
import sys
from collections.abc import Callable
from functools import cache
from importlib.machinery import ExtensionFileLoader, PathFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_WRAPPER: Final = "scipy.linalg._flapack"


@cache
def banded_solver() -> Callable[..., Any]:
    """``scipy.linalg.lapack.dpbsv``: solves a symmetric positive definite banded system."""
    solver: Callable[..., Any]
    try:
        solver = _load_wrapper().dpbsv
    except (ImportError, AttributeError, OSError):
        from scipy.linalg.lapack import dpbsv as solver
    return solver


@cache
def general_banded_solver() -> Callable[..., Any]:
    """``scipy.linalg.lapack.dgbsv``: solves any banded system."""
    solver: Callable[..., Any]
    try:
        solver = _load_wrapper().dgbsv
    except (ImportError, AttributeError, OSError):
        from scipy.linalg.lapack import dgbsv as solver
    return solver


def _load_wrapper() -> ModuleType:
    """Load the extension under its own name: a later ``import scipy.linalg`` takes the same."""
    loaded = sys.modules.get(_WRAPPER)
    if loaded is not None:
        return loaded
    folder = _scipy_folder() / "linalg"
    spec = PathFinder.find_spec(_WRAPPER, [str(folder)])
    if spec is None or not isinstance(spec.loader, ExtensionFileLoader):
        raise ImportError(f"no extension {_WRAPPER} in {folder}")
    wrapper = module_from_spec(spec)
    spec.loader.exec_module(wrapper)
    sys.modules[_WRAPPER] = wrapper
    return wrapper


def _scipy_folder() -> Path:
    """Where scipy lies; only on Windows it must be loaded, which says where its shared libraries are."""
    if os.name == "nt":
        import scipy

        return Path(scipy.__file__).parent
    spec = find_spec("scipy")
    if spec is None or spec.origin is None:
        raise ImportError("no scipy is installed as files")
    return Path(spec.origin).parent
