"""References through a pipeline: the matrix that is searched, made block by block."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from spectra.errors import LibraryError, SpectraError
from spectra.grid import Grid
from spectra.matrix import SpectralMatrix, columns_on_grid
from spectra.spectrum import Spectrum

from ._layout import candidate_ids, is_candidate
from .reference import Reference

if TYPE_CHECKING:
    from spectra.preprocessing.batches import Batch

BLOCK: Final = 1_024
"""References that are prepared together, at least, where there are so many: some 100 MB of memory."""
SMALL_BLOCK: Final = 32
"""The same where no compiled loops are used, so that progress can be shown."""


class PreparingPipeline(Protocol):
    """What a library asks of a pipeline; ``spectra.preprocessing.Pipeline`` has it."""

    @property
    def fingerprint(self) -> str:
        """Same for pipelines that do the same."""

    def output_grid(self, grid: Grid) -> Grid:
        """Grid on which spectra on ``grid`` come out."""

    def apply(self, spectra: Spectrum, /) -> Spectrum:
        """Prepare a spectrum; its axis becomes a stretch of the output grid."""

    def to_json(self) -> str:
        """Write the pipeline out."""


@runtime_checkable
class BatchPipeline(Protocol):
    """One that can also prepare spectra together; ``spectra.preprocessing.Pipeline`` can."""

    def apply_to_many(
        self, spectra: Sequence[Spectrum], /
    ) -> "tuple[tuple[Batch, ...], Mapping[int, SpectraError]]":
        """Prepare spectra, each as ``apply`` would; also say which are refused, and why."""


def prepare(references: Sequence[Reference], pipeline: PreparingPipeline) -> SpectralMatrix:
    """Candidates among ``references`` as the pipeline leaves them, grade E and deprecated ones left out.

    Each row is what ``pipeline.apply`` makes of its reference alone, to the last digit of single precision:
    exactly below ``BATCH_FROM`` references; from there on baselines come from compiled loops, and of
    25,000 synthetic rows 24,778 were within 10⁻⁷ of their height, the worst at 1.3·10⁻⁴ (``baseline_of_many``
    says why). That moved its score against itself by 2·10⁻⁶.

    Parameters
    ----------
    references : sequence of Reference
        Their first spectrum's unit is the matrix's.
    pipeline : Pipeline
        Must resample, unless all spectra are on one even grid already.

    Raises
    ------
    LibraryError
        When a reference cannot be prepared; names the first of them.
    """
    candidates = [reference for reference in references if is_candidate(reference.label)]
    grid = pipeline.output_grid(_native_grid(references[0].spectrum))
    intensity = np.zeros((len(candidates), grid.n_points), dtype=np.float32)
    mask = np.zeros(intensity.shape, dtype=bool)
    refused: dict[int, SpectraError] = {}
    for block in _blocks(candidates):
        batches, errors = apply_to_many(pipeline, [candidates[place].spectrum for place in block.tolist()])
        refused |= {int(block[place]): error for place, error in errors.items()}
        for batch in batches:
            rows = block[batch.places]
            try:
                columns = columns_on_grid(batch.first, grid)
            except SpectraError as error:
                refused |= dict.fromkeys(rows.tolist(), error)
            else:
                intensity[rows, columns] = batch.intensity
                mask[rows, columns] = True
    if refused:
        first = min(refused)
        raise refusal(candidates[first], refused[first]) from refused[first]
    return SpectralMatrix(grid, intensity, mask, candidate_ids([each.label for each in references]))


def apply_to_many(
    pipeline: PreparingPipeline, spectra: Sequence[Spectrum]
) -> "tuple[tuple[Batch, ...], Mapping[int, SpectraError]]":
    """Prepare spectra together where the pipeline can, else one by one.

    Parameters
    ----------
    pipeline : Pipeline
        A ``BatchPipeline`` or not.
    spectra : sequence of Spectrum
        On any axes.

    Returns
    -------
    batches : tuple of Batch
        Those that can be prepared.
    refused : mapping of int to SpectraError
        The others, by their place.
    """
    if isinstance(pipeline, BatchPipeline):
        return pipeline.apply_to_many(spectra)
    from spectra.preprocessing.batches import Batch  # of no use to who opens what was prepared

    batches, refused = [], {}
    for place, spectrum in enumerate(spectra):
        try:
            one = pipeline.apply(spectrum)
        except SpectraError as error:
            refused[place] = error
        else:
            batches.append(Batch(np.array([place]), one.axis, one.unit, one.intensity[None]))
    return tuple(batches), refused


def refusal(reference: Reference, error: SpectraError) -> LibraryError:
    """Say of which reference a step could make nothing."""
    return LibraryError(
        f"reference {reference.label.substance!r} ({reference.id}), file "
        f"{reference.provenance.file!r}, cannot be prepared: {error}; take it out or mend its file"
    )


def _blocks(references: Sequence[Reference]) -> Iterator[NDArray[np.int64]]:
    """Places of references, those on the same axis one after the other."""
    from spectra.preprocessing import batches  # of no use to who opens what was prepared

    if not references:
        return
    order = np.concatenate(batches.places_by_axis([reference.spectrum for reference in references]))
    size = BLOCK if order.size >= batches.BATCH_FROM else SMALL_BLOCK
    yield from np.array_split(order, max(1, order.size // size))


def _native_grid(spectrum: Spectrum) -> Grid:
    """Even grid from first to last point, for pipelines that don't resample; only an even axis fits it."""
    start, stop = float(spectrum.axis[0]), float(spectrum.axis[-1])
    return Grid(start, (stop - start) / (spectrum.n_points - 1), spectrum.n_points, spectrum.unit)
