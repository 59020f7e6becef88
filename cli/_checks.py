"""The checks of ``contraspec doctor``: each says what it saw and what to do when it fails."""

import importlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ._version import DISTRIBUTION, engine_version

if TYPE_CHECKING:
    from libraries.engine import Engine
    from libraries.reference import Reference
    from spectra.spectrum import Spectrum

PACKAGES: Final = ("spectra", "libraries", "cli")
MIN_PYTHON: Final = (3, 11)
REQUIREMENTS: Final = {
    "brukeropus": "1.4",
    "click": "8.1",
    "filelock": "3.16",
    "h5py": "3.10",
    "numba": "0.60",
    "numpy": "1.26",
    "openpyxl": "3.1",
    "pybaselines": "1.1",
    "renishaw_wdf": "1.4",
    "scipy": "1.11",
    "xlrd": "2.0",
}
"""Oldest version of each dependency that works; a test compares it with pyproject.toml."""

_REINSTALL: Final = "install contraspec into a fresh environment of its own"
_SELF_TEST_SEED: Final = 20250101


@dataclass(frozen=True)
class Check:
    """Outcome of one check.

    Attributes
    ----------
    name : str
        What was checked.
    ok : bool
        Whether it may be relied on.
    detail : str
        What was seen.
    remedy : str
        What to do when it failed; empty when it passed.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def check_python() -> Check:
    """Whether the interpreter is new enough."""
    seen, wanted = ".".join(map(str, sys.version_info[:3])), ".".join(map(str, MIN_PYTHON))
    if sys.version_info >= MIN_PYTHON:
        return Check("python", True, seen)
    return Check("python", False, seen, f"use Python {wanted} or newer")


def check_packages() -> Check:
    """Whether ``spectra``, ``libraries`` and ``cli`` are ours: other projects use these names too."""
    owners = metadata.packages_distributions()
    strangers = {
        name: sorted(set(owners.get(name, ())) - {DISTRIBUTION})
        for name in PACKAGES
        if set(owners.get(name, ())) - {DISTRIBUTION}
    }
    folders = {name: _folder(name) for name in PACKAGES}
    if strangers:
        seen = ", ".join(f"{name} also belongs to {' and '.join(who)}" for name, who in strangers.items())
        return Check("packages", False, seen, f"another project overwrites ours: {_REINSTALL}")
    if len(set(folders.values())) > 1:
        seen = ", ".join(f"{name} in {folder}" for name, folder in folders.items())
        return Check("packages", False, seen, f"the packages come from different places: {_REINSTALL}")
    installed = all(DISTRIBUTION in owners.get(name, ()) for name in PACKAGES)
    how = "installed" if installed else "run from a checkout"
    return Check("packages", True, f"contraspec {engine_version()}, {how}, in {folders['cli']}")


def _folder(package: str) -> str:
    places = importlib.import_module(package).__path__
    return " and ".join(sorted({str(Path(place).resolve().parent) for place in places}))


def check_dependencies() -> Check:
    """Whether every dependency is there and new enough."""
    seen, wrong = [], []
    for name, oldest in REQUIREMENTS.items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = "missing"
        seen.append(f"{name} {version}")
        if version == "missing" or _numbers(version) < _numbers(oldest):
            wrong.append(f'"{name}>={oldest}"')
    if wrong:
        return Check("dependencies", False, ", ".join(seen), f"pip install {' '.join(wrong)}")
    return Check("dependencies", True, ", ".join(seen))


def _numbers(version: str) -> tuple[int, ...]:
    parts = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def check_kernel_cache() -> Check:
    """Whether compiled kernels can be kept: without that every start compiles for seconds."""
    from spectra._jit import kernel  # numba comes with it

    stats = getattr(kernel(_probe), "stats", None)
    if stats is None:
        return Check("kernel cache", True, "not needed: NUMBA_DISABLE_JIT is set, so identify is slow")
    remedy = "set NUMBA_CACHE_DIR to a folder that may be written"
    if not stats.cache_path:
        return Check("kernel cache", False, "no folder may be written", remedy)
    try:
        Path(stats.cache_path).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=stats.cache_path):
            return Check("kernel cache", True, f"kept in {stats.cache_path}")
    except OSError as error:
        return Check("kernel cache", False, f"{stats.cache_path} cannot be written ({error})", remedy)


def _probe(value: float) -> float:
    return value


def check_starter(engine: "Engine") -> Check:
    """Whether the built-in library opened; opening verifies its hash."""
    seen = ", ".join(
        f"{library.name}: {len(library)} references, sha256 {library.content_sha256[:12]}"
        for library in engine.libraries
    )
    if engine.libraries:
        return Check("starter library", True, seen)
    return Check("starter library", False, "holds no library", _REINSTALL)


def check_identification(engine: "Engine") -> Check:
    """Whether a synthesised scan of a built-in reference is found again, for each technique."""
    checks = [_find_again(engine, technique) for technique in _techniques(engine)]
    if not checks:
        return Check("self test", False, "the starter has no reference to test with", _REINSTALL)
    remedy = next((check.remedy for check in checks if not check.ok), "")
    seen = "; ".join(check.detail for check in checks)
    return Check("self test", all(check.ok for check in checks), seen, remedy)


def _techniques(engine: "Engine") -> list[str]:
    return list(dict.fromkeys(library.technique for library in engine.libraries))


def _find_again(engine: "Engine", technique: str) -> Check:
    reference = self_test_reference(engine, technique)
    if reference is None:
        return Check("self test", False, f"the {technique} starter has no reference to test with", _REINSTALL)
    wanted = reference.label
    said = engine.identify(synthesised(reference)).identification
    first = said.hits[0].name if said.hits else "nothing"
    named = {one.label.identity for one in said.substances}
    seen = f"a synthesised {technique} scan of {wanted.substance} gave {said.verdict}"
    if wanted.identity in named or first == wanted.substance:
        return Check("self test", True, seen)
    return Check("self test", False, f"{seen}, best hit {first}", _REINSTALL)


def self_test_reference(engine: "Engine", technique: str = "raman") -> "Reference | None":
    """Choose caffeine where there is one, else the best graded reference of a technique."""
    references = [
        reference
        for library in engine.libraries
        if library.technique == technique
        for reference in library.references
        if reference.label.grade != "E" and reference.label.role != "packaging"
    ]
    return min(
        references,
        key=lambda one: (one.label.substance != "caffeine", one.label.grade, one.label.substance, one.id),
        default=None,
    )


def synthesised(reference: "Reference") -> "Spectrum":
    """Scan of a reference as an instrument might give it: sloping background and noise.

    Parameters
    ----------
    reference : Reference
        What to imitate.
    """
    import numpy as np  # only the self test needs it

    from spectra.spectrum import Spectrum

    spectrum = reference.spectrum
    height = float(np.ptp(spectrum.intensity)) or 1.0
    slope = np.linspace(0.3, 0.1, spectrum.n_points) * height
    nir = spectrum.technique == "nir"  # absorbance, and far less noise than its second derivative would bear
    size, noise = (1.0, 0.0005) if nir else (1000.0, 0.005)
    noise_seen = np.random.default_rng(_SELF_TEST_SEED).normal(0.0, noise * height, spectrum.n_points)
    return Spectrum(
        spectrum.axis,
        size * (spectrum.intensity + slope + noise_seen + height) / height,
        metadata={"quantity": "absorbance"} if nir else {},
        technique=spectrum.technique,
        unit=spectrum.unit,
    )


def run_guarded(name: str, check: Callable[[], Check]) -> Check:
    """Outcome of a check; an exception is a failed check, not the end of the others.

    Parameters
    ----------
    name : str
        What the check is called.
    check : callable
        Returns the outcome.
    """
    try:
        return check()
    except Exception as error:  # noqa: BLE001  # whatever is broken, the doctor says so and goes on
        return Check(name, False, f"{type(error).__name__}: {error}", _REINSTALL)
