"""The index and the query: what the search rests on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.errors import SpectrumError
from spectra.matching.alignment import align
from spectra.matching.candidates import rank_candidates
from spectra.matching.index import broaden, build_index, prepare_query
from spectra.matching.search import search
from spectra.preprocessing import RAMAN_GRID
from spectra.spectrum import Spectrum
from tests.core.synthetic import SMALL_GRID, columns, draw, matrix_of, query_of, random_bands, random_matrix
from tests.naive import matching as naive

SCALES = [1e-12, 1e-6, 1.0, 1e6, 1e12]


class TestBroaden:
    @settings(max_examples=30, deadline=None)
    @given(seed=st.integers(0, 10**6), step=st.sampled_from([1.0, 2.0, 5.0]), data=st.data())
    def test_is_the_naive_twin_on_any_stretch(self, seed, step, data):
        m = 80
        first = data.draw(st.integers(0, m - 1))
        last = data.draw(st.integers(first, m))
        mask = (np.arange(m) >= first) & (np.arange(m) < last)
        row = np.where(mask, np.random.default_rng(seed).random(m), 0)
        assert broaden(row[None], mask[None], step)[0] == pytest.approx(
            naive.broaden(row, mask, step), abs=1e-12
        )

    def test_one_mask_serves_one_row(self):
        mask = columns(SMALL_GRID, 450, 700)
        row = np.where(mask, np.random.default_rng(0).random(mask.size), 0)
        assert np.array_equal(broaden(row, mask, 2.0), broaden(row[None], mask[None], 2.0)[0])

    @pytest.mark.parametrize(("low", "high"), [(400, 918), (400, 402), (500, 516), (700, 918)])
    def test_a_constant_stays_constant_to_the_ends_of_what_was_measured(self, low, high):
        mask = columns(SMALL_GRID, low, high)
        broad = broaden(np.where(mask, 3.0, 0.0), mask, 2.0)
        assert broad[mask] == pytest.approx(3.0, abs=1e-12)
        assert np.all(broad[~mask] == 0)

    def test_keeps_the_area_and_adds_the_variance(self):
        axis = SMALL_GRID.axis
        row = np.exp(-0.5 * ((axis - 650) / 6.0) ** 2)
        broad = broaden(row, np.ones(axis.size, dtype=bool), 2.0)
        assert broad.sum() == pytest.approx(row.sum(), rel=1e-9)
        variance = (broad * (axis - 650) ** 2).sum() / broad.sum()
        assert variance == pytest.approx(6.0**2 + 4.0**2, rel=2e-3)  # the Gaussian is cut at four σ


class TestBuildIndex:
    def test_arrays_are_read_only_and_of_their_types(self):
        index = build_index(random_matrix(3))
        assert index.root.dtype == np.float32
        assert index.stretches.dtype == np.int64
        assert index.root.flags.c_contiguous
        for array in (index.root, index.stretches):
            with pytest.raises(ValueError, match="read-only"):
                array[0, 0] = 1

    def test_rows_are_the_naive_twin(self):
        masks = np.array([columns(SMALL_GRID, low, low + 300) for low in (400, 470, 600)])
        rows = np.random.default_rng(2).normal(0.3, 1, masks.shape)
        matrix = matrix_of(rows, masks, grid=SMALL_GRID)
        index = build_index(matrix)
        for row, mask, root in zip(matrix.intensity, masks, index.root, strict=True):
            assert root == pytest.approx(np.sqrt(naive.broaden(np.maximum(row, 0), mask, 2.0)), abs=1e-6)

    @pytest.mark.parametrize(("low", "high"), [(400, 918), (402, 404), (500, 700), (916, 918)])
    def test_stretches_are_what_was_measured(self, low, high):
        mask = columns(SMALL_GRID, low, high)
        index = build_index(matrix_of(np.ones((1, mask.size)), mask[None], grid=SMALL_GRID))
        (first, last) = index.stretches[0]
        assert np.array_equal(np.flatnonzero(mask), np.arange(first, last))
        assert np.array_equal(np.flatnonzero(index.root[0]), np.arange(first, last))

    def test_totals_are_sums_in_double_precision(self):
        index = build_index(random_matrix(5))
        root = index.root.astype(np.float64)
        expected = np.stack([root.sum(axis=1), (root**2).sum(axis=1)], axis=1)
        assert index.totals == pytest.approx(expected, rel=1e-12)

    def test_ids_and_length_are_the_matrix(self):
        matrix = random_matrix(4)
        index = build_index(matrix)
        assert len(index) == 4
        assert index.ids == matrix.ids
        assert index.grid == matrix.grid

    @pytest.mark.parametrize("scale", SCALES)
    def test_the_unit_of_a_reference_does_not_matter(self, scale):
        matrix = random_matrix(6)
        query = query_of(draw(random_bands(2), RAMAN_GRID.axis) + 0.01)
        plain, scaled = build_index(matrix), build_index(matrix_of(matrix.intensity * scale, matrix.mask))
        assert scaled.root == pytest.approx(plain.root * scale**0.5, rel=1e-5, abs=1e-7 * scale**0.5)
        expected, found = (search(index, align(query)) for index in (plain, scaled))
        assert [(entry.row, entry.shift) for entry in found] == [
            (entry.row, entry.shift) for entry in expected
        ]
        assert [entry.score for entry in found] == pytest.approx([e.score for e in expected], abs=1e-6)

    @pytest.mark.parametrize("scale", SCALES)
    def test_nor_does_it_for_the_evidence(self, scale):
        matrix = random_matrix(6)
        query = query_of(draw(random_bands(2), RAMAN_GRID.axis) + 0.01)
        plain, scaled = (
            rank_candidates(build_index(matrix_of(matrix.intensity * factor, matrix.mask)), query)[1]
            for factor in (1.0, scale)
        )
        assert [entry.candidate.row for entry in scaled] == [entry.candidate.row for entry in plain]
        assert [e.log_odds for e in scaled] == pytest.approx([e.log_odds for e in plain], abs=1e-4)


class TestPrepareQuery:
    def spectrum(self, scale=1.0, low=300.0, high=1800.0):
        axis = RAMAN_GRID.axis[columns(RAMAN_GRID, low, high)]
        return Spectrum(axis, scale * (draw(random_bands(1), axis) - 0.01))

    def test_lies_where_it_was_measured(self):
        query = prepare_query(self.spectrum(), RAMAN_GRID, noise=0.2)
        assert RAMAN_GRID.axis[query.first] == 300
        assert RAMAN_GRID.axis[query.last - 1] == 1800
        assert np.all(query.intensity[: query.first] == 0)
        assert np.all(query.intensity[query.last :] == 0)
        assert query.intensity.max() == 1
        assert query.intensity.min() == 0
        assert query.noise == pytest.approx(0.2 / self.spectrum().intensity.max())

    @pytest.mark.parametrize("scale", SCALES)
    def test_is_free_of_the_unit(self, scale):
        plain = prepare_query(self.spectrum(), RAMAN_GRID, noise=0.1)
        scaled = prepare_query(self.spectrum(scale), RAMAN_GRID, noise=0.1 * scale)
        assert scaled.intensity == pytest.approx(plain.intensity, abs=1e-12)
        assert scaled.noise == pytest.approx(plain.noise)

    def test_nothing_at_all_is_no_division_by_zero(self):
        query = prepare_query(Spectrum(RAMAN_GRID.axis, np.zeros(RAMAN_GRID.n_points)), RAMAN_GRID)
        assert np.all(query.intensity == 0)

    @pytest.mark.parametrize(
        ("axis", "unit"),
        [
            (RAMAN_GRID.axis[:50] + 0.5, "raman_shift_cm-1"),
            (RAMAN_GRID.axis[:50] - 10, "raman_shift_cm-1"),
            (RAMAN_GRID.axis[-50:] + 2, "raman_shift_cm-1"),
            (RAMAN_GRID.axis[:100:2], "raman_shift_cm-1"),
            (RAMAN_GRID.axis[:50], "wavelength_nm"),
        ],
        ids=["between points", "too low", "too high", "another step", "another unit"],
    )
    def test_an_axis_off_the_grid_is_refused(self, axis, unit):
        with pytest.raises(SpectrumError, match="resample"):
            prepare_query(Spectrum(axis, np.ones(axis.size), unit=unit), RAMAN_GRID)
