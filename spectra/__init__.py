"""Numerical core: spectra as frozen values, and pure functions that compare and decide.

The names below load on first use, so that ``import spectra`` costs nothing; numpy comes with
the first of them. Everything else is imported from its module, as in ``from spectra.matching
import mixtures``.

==============================================  ===============================================
`Grid`, `Spectrum`, `SpectralMatrix`            the model: validated once, read-only
`read_spectra`, `read_spectra_from_bytes`       a detector's export to spectra
`Pipeline`, `Step`, `RAMAN_PIPELINE`            preprocessing with a fingerprint
`QualityReport`, `assess_quality`               whether a scan is good enough to ask
`Hit`, `Calibration`, `Identification`          the ranking, the probability and the answer
`SpectraError`, `ReadError`, `LibraryError`     what is raised on purpose
==============================================  ===============================================

Asking a library is ``libraries.engine.Engine``: it holds what persists.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .confidence.calibration import Calibration
    from .confidence.identification import Identification
    from .errors import LibraryError, ReadError, SpectraError
    from .grid import Grid
    from .io.reading import read_spectra, read_spectra_from_bytes
    from .matching.search import Hit
    from .matrix import SpectralMatrix
    from .preprocessing.defaults import RAMAN_PIPELINE
    from .preprocessing.pipeline import Pipeline, Step
    from .quality import QualityReport, assess_quality
    from .spectrum import Spectrum

__all__ = [
    "RAMAN_PIPELINE",
    "Calibration",
    "Grid",
    "Hit",
    "Identification",
    "LibraryError",
    "Pipeline",
    "QualityReport",
    "ReadError",
    "SpectraError",
    "SpectralMatrix",
    "Spectrum",
    "Step",
    "assess_quality",
    "read_spectra",
    "read_spectra_from_bytes",
]

_HOMES: Final = {
    "RAMAN_PIPELINE": "preprocessing.defaults",
    "Calibration": "confidence.calibration",
    "Grid": "grid",
    "Hit": "matching.search",
    "Identification": "confidence.identification",
    "LibraryError": "errors",
    "Pipeline": "preprocessing.pipeline",
    "QualityReport": "quality",
    "ReadError": "errors",
    "SpectraError": "errors",
    "SpectralMatrix": "matrix",
    "Spectrum": "spectrum",
    "Step": "preprocessing.pipeline",
    "assess_quality": "quality",
    "read_spectra": "io.reading",
    "read_spectra_from_bytes": "io.reading",
}

if not TYPE_CHECKING:  # hidden from type checkers, so that a misspelt name stays an error for them

    def __getattr__(name: str) -> object:
        """Load the module of a public name when it is first asked for."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}; see {__name__}.__all__")
        value = getattr(import_module(f".{home}", __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """Every name of the module, loaded or not."""
        return sorted({*globals(), *__all__})
