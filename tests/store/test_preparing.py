"""Preparing a library in blocks: rows as alone, the first that fails is named, progress is told."""

import re

import numpy as np
import pytest

from libraries import preparing
from libraries.calibrating import prepare_library
from libraries.library import Library
from libraries.preparing import prepare
from libraries.reference import Naming, make_reference
from spectra.errors import LibraryError
from spectra.preprocessing import RAMAN_PIPELINE
from spectra.preprocessing import batches as batches_module
from spectra.spectrum import Spectrum


def reference(seed, *, low=200.0, high=2200.0, grade="B"):
    rng = np.random.default_rng(seed)
    axis = np.linspace(low, high, 800)
    intensity = 1000 * np.exp(-0.5 * ((axis - 600 - 11 * seed) / 8) ** 2) + rng.normal(50, 3, axis.size)
    return make_reference(Spectrum(axis, intensity), Naming(f"substance {seed}", grade=grade))


def some(n):
    """On four axes, in turns; the fifth of every seven is recalled only."""
    return [
        reference(seed, low=200.0 + 31 * (seed % 4), grade="E" if seed % 7 == 4 else "B") for seed in range(n)
    ]


@pytest.mark.parametrize(("batch_from", "block"), [(10**9, 5), (1, 6), (1, 10**6)])
def test_rows_are_those_of_each_alone_in_the_order_of_the_references(monkeypatch, batch_from, block):
    monkeypatch.setattr(batches_module, "BATCH_FROM", batch_from)
    monkeypatch.setattr(preparing, "BLOCK", block)
    monkeypatch.setattr(preparing, "SMALL_BLOCK", block)
    references = some(23)
    matrix = prepare(references, RAMAN_PIPELINE)
    candidates = [each for each in references if each.label.grade != "E"]
    assert matrix.ids == tuple(each.id for each in candidates)
    for row, each in enumerate(candidates):
        alone = RAMAN_PIPELINE.apply(each.spectrum)
        assert np.array_equal(matrix.grid.axis[matrix.mask[row]], alone.axis)
        tolerance = 1e-6 * float(alone.intensity.max())
        assert matrix.intensity[row, matrix.mask[row]] == pytest.approx(alone.intensity, abs=tolerance)


def test_the_first_reference_that_fails_is_named_whatever_its_block(monkeypatch):
    monkeypatch.setattr(preparing, "SMALL_BLOCK", 2)
    references = some(12)
    references[9] = reference(99, low=5000.0, high=6000.0)
    references[6] = reference(66, low=5000.0, high=6100.0)
    with pytest.raises(LibraryError, match=re.escape(f"'substance 66' ({references[6].id})")) as told:
        prepare(references, RAMAN_PIPELINE)
    with pytest.raises(ValueError, match="covers") as alone:
        RAMAN_PIPELINE.apply(references[6].spectrum)
    assert str(alone.value) in str(told.value)


class OneByOne:
    """A pipeline that knows of single spectra only."""

    fingerprint = "one-by-one"
    output_grid, to_json = RAMAN_PIPELINE.output_grid, RAMAN_PIPELINE.to_json

    def apply(self, spectra):
        return RAMAN_PIPELINE.apply(spectra)


def test_a_pipeline_for_single_spectra_serves():
    references = [*some(6), reference(5, low=210.0)]
    assert np.array_equal(
        prepare(references, OneByOne()).intensity, prepare(references, RAMAN_PIPELINE).intensity
    )
    with pytest.raises(LibraryError, match="substance 8"):
        prepare([*references, reference(8, low=5000.0, high=6000.0)], OneByOne())


def test_progress_counts_every_candidate(monkeypatch):
    monkeypatch.setattr(preparing, "SMALL_BLOCK", 3)
    library, told = Library("l", "raman", tuple(some(13))), []
    prepare_library(library, progress=lambda done, total: told.append((done, total)))
    done = [each for each, _ in told]
    assert len(done) > 2
    assert done == sorted(done)
    assert done[-1] == sum(label.grade != "E" for label in library.labels)
