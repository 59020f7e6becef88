"""One pipeline over many spectra at once: each step once for all that stand on the same axis.

A step looks at nothing but the axis and one row at a time, so what it works out from the axis alone, such
as the bins of a resampling, serves all rows, and its loops run over rows instead of over calls. After
every step those that have come to stand on one axis are put together: a library measured on a hundred
instruments is one batch from the resampling on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import SpectraError
from ..spectrum import Spectrum
from ..units import AxisUnit
from ._arrays import FloatArray
from .baseline import BATCH_FROM as BATCH_FROM
from .pipeline import STEPS, Pipeline, Step


@dataclass(frozen=True, eq=False)
class Batch:
    """Prepared spectra that stand on one axis.

    Attributes
    ----------
    places : array, shape (k,), int64
        Where each stood in the sequence that was given.
    axis : array, shape (m,)
        Ascending.
    unit : str
        Of the axis, one of ``spectra.units.AXIS_UNITS``.
    intensity : array, shape (k, m)
        One spectrum a row, finite.
    """

    places: NDArray[np.int64]
    axis: FloatArray
    unit: AxisUnit
    intensity: FloatArray

    @property
    def first(self) -> Spectrum:
        """Its first row as a spectrum, without what was known of the measurement."""
        return Spectrum(self.axis, self.intensity[0], unit=self.unit)


def apply_to_many(
    pipeline: Pipeline, spectra: Sequence[Spectrum]
) -> tuple[tuple[Batch, ...], Mapping[int, SpectraError]]:
    """Prepare spectra together, each as if it stood alone.

    From ``BATCH_FROM`` spectra on, steps that have compiled loops use them, whose results are those of
    one spectrum to rounding: baselines within 10⁻⁸ of the largest value.

    Parameters
    ----------
    pipeline : Pipeline
        Its steps are applied first to last.
    spectra : sequence of Spectrum
        Not changed; on any axes.

    Returns
    -------
    batches : tuple of Batch
        Each spectrum that can be prepared stands in exactly one.
    refused : mapping of int to SpectraError
        The others, by their place, with what ``pipeline.apply`` raises for each.
    """
    many = len(spectra) >= BATCH_FROM
    batches: list[Batch] = []
    refused: dict[int, SpectraError] = {}
    waiting = [np.arange(len(spectra), dtype=np.int64)] if spectra else []
    while waiting:
        places = waiting.pop()
        try:
            done = _run(pipeline, spectra, places, many=many)
        except SpectraError as error:  # some of them: halves tell which
            if places.size > 1:
                waiting += np.array_split(places, 2)[::-1]
                continue
            refused[int(places[0])] = error
        else:
            batches += done
    return tuple(batches), refused


def places_by_axis(spectra: Sequence[Spectrum]) -> list[NDArray[np.int64]]:
    """Places of the spectra that stand on the same axis, in order of first appearance.

    Parameters
    ----------
    spectra : sequence of Spectrum
        On any axes.
    """
    groups: dict[tuple[str, bytes], list[int]] = {}
    for place, spectrum in enumerate(spectra):
        groups.setdefault((spectrum.unit, spectrum.axis.tobytes()), []).append(place)
    return [np.array(places, dtype=np.int64) for places in groups.values()]


def _run(
    pipeline: Pipeline, spectra: Sequence[Spectrum], places: NDArray[np.int64], *, many: bool
) -> list[Batch]:
    chosen = [spectra[place] for place in places.tolist()]
    batches = []
    for group in places_by_axis(chosen):
        rows = np.array([chosen[place].intensity for place in group.tolist()])
        first = chosen[group[0]]
        batches.append(Batch(places[group], first.axis, first.unit, rows))
    for step in pipeline.steps:
        batches = [_applied(step, batch, many=many) for batch in batches]
        if STEPS[step.name].on_axis != "kept":
            batches = _merged(batches)
    for batch in batches:
        odd = np.flatnonzero(~np.isfinite(batch.intensity).all(axis=1))
        Spectrum(batch.axis, batch.intensity[odd[0] if odd.size else 0])  # raises what a single one would
    return batches


def _applied(step: Step, batch: Batch, *, many: bool) -> Batch:
    record = STEPS[step.name]
    if many and record.for_many is not None:
        axis, intensity = record.for_many(batch.axis, batch.intensity, step.parameters)
    else:
        axis, intensity = record.function(batch.axis, batch.intensity, **step.parameters)
    return Batch(batch.places, axis, batch.unit, intensity)


def _merged(batches: list[Batch]) -> list[Batch]:
    """Put together what stands on one axis by now."""
    groups: dict[tuple[str, bytes], list[Batch]] = {}
    for batch in batches:
        groups.setdefault((batch.unit, batch.axis.tobytes()), []).append(batch)
    return [_joined(group) if len(group) > 1 else group[0] for group in groups.values()]


def _joined(group: list[Batch]) -> Batch:
    places = np.concatenate([batch.places for batch in group])
    intensity = np.concatenate([batch.intensity for batch in group])
    return Batch(places, group[0].axis, group[0].unit, intensity)
