"""Prepares a library for the engine and fits its calibration."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from spectra.errors import LibraryError, SpectraError
from spectra.label import Label
from spectra.preprocessing import RAMAN_PIPELINE
from spectra.spectrum import Spectrum
from spectra.units import Technique

from .library import Library
from .methods.preparing import NirPreparation
from .preparing import PreparingPipeline, apply_to_many

if TYPE_CHECKING:
    from spectra.confidence.calibration import Calibration
    from spectra.matrix import SpectralMatrix
    from spectra.preprocessing.batches import Batch

PIPELINES: Final[dict[Technique, PreparingPipeline]] = {"raman": RAMAN_PIPELINE, "nir": NirPreparation()}
"""Preprocessing of each technique that can be searched."""

CALIBRATION_SEED: Final = 20_260_101


def fit_library(
    library: Library,
    *,
    seed: int = CALIBRATION_SEED,
    progress: Callable[[int, int], None] | None = None,
) -> Library:
    """Add the prepared matrix and a calibration to a library.

    Parameters
    ----------
    library : Library
        Its technique must be one that can be searched.
    seed : int
        Of the simulation.
    progress : callable, optional
        Called with what is done and what there is to do: first for preparing the references
        where that was not done, then for the cases.

    Returns
    -------
    Library
        A copy; the same library and seed always get the same calibration, in whatever order its
        references stand.

    Raises
    ------
    LibraryError
        When its technique cannot be searched or a reference cannot be prepared.
    CalibrationError
        When the library gives no cases to fit it on.
    """
    pipeline = pipeline_of(library.technique)
    prepared = prepare_library(library, progress=progress)
    matrix = prepared.candidates(pipeline)
    labels = candidate_labels(prepared, matrix.ids)
    if len({label.identity for label in labels}) < 2:
        return prepared.with_calibration(None)  # nothing to leave out, and results say so
    fit = _fit_nir if library.technique == "nir" else _fit_raman
    calibration = fit(matrix, labels, pipeline=pipeline.fingerprint, seed=seed, progress=progress)
    return prepared.with_calibration(calibration.to_dict())


def _fit_raman(
    matrix: "SpectralMatrix",
    labels: Sequence[Label],
    *,
    pipeline: str,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> "Calibration":
    from spectra.confidence.cases import simulate_cases  # of no use to who only identifies
    from spectra.confidence.fitting import fit_calibration

    single, mixture = simulate_cases(matrix, labels, rng=np.random.default_rng(seed), progress=progress)
    return fit_calibration(
        single,
        mixture,
        n_references=len(labels),
        n_substances=len({label.identity for label in labels}),
        pipeline=pipeline,
        seed=seed,
    )


def _fit_nir(
    matrix: "SpectralMatrix",
    labels: Sequence[Label],
    *,
    pipeline: str,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> "Calibration":
    from spectra.confidence.nir.cases import simulate_nir  # of no use to who only identifies
    from spectra.confidence.nir.fitting import fit_nir

    cases = simulate_nir(matrix, labels, rng=np.random.default_rng(seed), progress=progress)
    return fit_nir(cases, labels, pipeline=pipeline, seed=seed)


def prepare_library(library: Library, *, progress: Callable[[int, int], None] | None = None) -> Library:
    """Add the matrix of prepared references that the engine searches.

    Parameters
    ----------
    library : Library
        Its technique must be one that can be searched.
    progress : callable, optional
        Called with what is done and what there is to do.

    Raises
    ------
    LibraryError
        When its technique cannot be searched or a reference cannot be prepared.
    """
    pipeline = pipeline_of(library.technique)
    return library.with_prepared([_Counting(pipeline, len(library), progress)])


class _Counting:
    """A pipeline that tells how many spectra it has prepared."""

    def __init__(
        self, pipeline: PreparingPipeline, total: int, progress: Callable[[int, int], None] | None
    ) -> None:
        self._pipeline = pipeline
        self._total, self._done, self._progress = total, 0, progress
        self.fingerprint = pipeline.fingerprint
        self.output_grid, self.to_json = pipeline.output_grid, pipeline.to_json

    def apply_to_many(
        self, spectra: Sequence[Spectrum], /
    ) -> "tuple[tuple[Batch, ...], Mapping[int, SpectraError]]":
        """Prepare spectra and tell."""
        prepared = apply_to_many(self._pipeline, spectra)
        self._tell(len(spectra))
        return prepared

    def apply(self, spectra: Spectrum, /) -> Spectrum:
        """Prepare a spectrum and tell."""
        prepared = self._pipeline.apply(spectra)
        self._tell(1)
        return prepared

    def _tell(self, n_done: int) -> None:
        self._done += n_done
        if self._progress is not None:
            self._progress(self._done, self._total)


def pipeline_of(technique: Technique) -> PreparingPipeline:
    """Preprocessing of a technique.

    Raises
    ------
    LibraryError
        When it cannot be searched.
    """
    if technique not in PIPELINES:
        raise LibraryError(f"a {technique} library: this engine searches {', '.join(PIPELINES)} libraries")
    return PIPELINES[technique]


def candidate_labels(library: Library, ids: Iterable[str]) -> tuple[Label, ...]:
    """Label of each row of a library's prepared matrix or index."""
    labels = {label.id: label for label in library.labels}
    return tuple(labels[each] for each in ids)
