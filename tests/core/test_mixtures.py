"""Mixtures: what is in them and nothing else, shares with intervals, what stays unexplained."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from libraries.starter.tables import Band
from spectra.confidence.layers import draw_glass
from spectra.confidence.simulation import perturb
from spectra.matching import mixtures
from spectra.matching.basis import build_basis, cut_parts
from spectra.matching.candidates import rank_candidates
from spectra.matching.index import Query, build_index
from spectra.matching.mixtures import MIN_LOG_ODDS, find_mixture
from spectra.matching.subsets import Solution
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import columns, draw, matrix_of, query_of, random_bands, random_matrix

AXIS = RAMAN_GRID.axis
INSIDE = columns(RAMAN_GRID, 302, 2200)
MATRIX = random_matrix(12)


def basis_of(matrix, containers=None):
    index = build_index(matrix)
    behind = None if containers is None else build_index(containers)
    ids = index.ids + (behind.ids if behind is not None else ())
    return build_basis(index, ids, containers=behind)


BASIS = basis_of(MATRIX)


def blend(heights, seed=0, *, noise=0.003, displaced_cm1=0.0, extra=0.0, low=302.0, high=2200.0):
    """Query of some references of ``MATRIX`` in given heights, and the areas' shares."""
    parts = {row: height * draw(random_bands(row), AXIS + displaced_cm1) for row, height in heights.items()}
    total = sum(parts.values())
    measured = total / total.max() + extra + np.random.default_rng(seed).normal(0, noise, AXIS.size)
    areas = {row: float(part[INSIDE].sum()) for row, part in parts.items()}
    shares = {row: area / sum(areas.values()) for row, area in areas.items()}
    return query_of(measured, low=low, high=high, noise=noise), shares


def found_in(query, basis=BASIS, **options):
    aligned, _ = rank_candidates(basis.index, query)
    return find_mixture(basis, query, aligned, **options)


def rows_of(mixture):
    return {component.row for component in mixture.components}


def fitted_in(mixture):
    return {component.row for component in (*mixture.components, *mixture.doubtful)}


def check_named(mixture, shares, *, within):
    """Exactly these components, with shares that lie in their intervals."""
    assert rows_of(mixture) == set(shares)
    assert mixture.doubtful == ()
    for component in mixture.components:
        low, high = component.share_interval
        assert 0 <= low < component.share < high <= 1
        assert low <= shares[component.row] <= high
        assert component.share == pytest.approx(shares[component.row], abs=within)
        assert 0 <= component.hqi <= 1
        assert component.log_odds == component.evidence.log_odds >= MIN_LOG_ODDS
    listed = [component.share for component in mixture.components]
    assert sum(listed) == pytest.approx(1)
    assert listed == sorted(listed, reverse=True)


class TestNamed:
    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5])
    def test_two_components(self, seed, fraction):
        first, second = np.random.default_rng(seed).choice(12, 2, replace=False).tolist()
        query, shares = blend({first: 1 - fraction, second: fraction}, seed)
        mixture = found_in(query)
        check_named(mixture, shares, within=0.01)
        assert mixture.unexplained_cm1 == ()
        assert mixture.shift_cm1 == 0
        assert 0.99 < mixture.explained <= 1
        assert mixture.weakest == min(each.log_odds for each in mixture.components) > 2

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("heights", [(0.5, 0.3, 0.2), (0.5, 0.2, 0.15, 0.15), (0.2,) * 6])
    def test_three_four_and_six_components(self, seed, heights):
        rows = np.random.default_rng(seed).choice(12, len(heights), replace=False).tolist()
        query, shares = blend(dict(zip(rows, heights, strict=True)), seed)
        mixture = found_in(query)
        check_named(mixture, shares, within=0.015)
        assert mixture.unexplained_cm1 == ()

    def test_every_pair_of_some_is_itself(self):
        for pair in combinations(range(0, 12, 2), 2):
            assert rows_of(found_in(blend(dict.fromkeys(pair, 0.5), sum(pair))[0])) == set(pair)

    @pytest.mark.parametrize("displaced", [-6.0, 4.0])
    def test_on_a_displaced_axis(self, displaced):
        query, shares = blend({2: 0.6, 9: 0.4}, displaced_cm1=displaced)
        mixture = found_in(query)
        check_named(mixture, shares, within=0.02)
        assert mixture.shift_cm1 == displaced

    def test_a_query_of_a_wider_range_than_the_library(self):
        heights = {2: 0.6, 9: 0.4}
        narrow, shares = blend(heights)
        wide, _ = blend(heights, low=120.0, high=3500.0)
        assert wide.last - wide.first > narrow.last - narrow.first + 700
        check_named(found_in(wide), shares, within=0.02)

    def test_a_query_of_a_narrower_range_than_the_library(self):
        query, _ = blend({2: 0.6, 9: 0.4}, low=500.0, high=1700.0)
        assert rows_of(found_in(query)) == {2, 9}

    @pytest.mark.parametrize(("width", "height"), [(900, 3.0), (400, 1.0), (250, 0.5)])
    def test_smooth_fluorescence_does_not_change_the_components(self, width, height):
        hump = height * np.exp(-0.5 * ((AXIS - 1300.0) / width) ** 2)
        query, shares = blend({2: 0.6, 9: 0.4}, extra=hump)
        check_named(found_in(query), shares, within=0.03)

    def test_glass_does_not_change_the_components(self):
        query, shares = blend({2: 0.6, 9: 0.4}, extra=0.7 * draw_glass(RAMAN_GRID))
        mixture = found_in(query)
        assert rows_of(mixture) == {2, 9}
        named = {
            each.row: each.share / sum(c.share for c in mixture.components) for each in mixture.components
        }
        assert named == pytest.approx(shares, abs=0.03)

    def test_what_lies_behind_a_container(self):
        bag = draw(random_bands(300), AXIS)
        basis = basis_of(MATRIX, matrix_of([bag], INSIDE[None], ids=("bag",)))
        query, shares = blend({4: 1.0}, extra=0.8 * bag)
        mixture = found_in(query, basis)
        assert rows_of(mixture) == {4, 12}
        assert basis.ids[12] == "bag"
        assert sum(each.share for each in mixture.components) == pytest.approx(1)
        assert found_in(query) is None or rows_of(found_in(query)) <= set(shares)

    def test_one_of_two_spectra_of_a_substance(self):
        """The second spectrum, from another instrument, would mend the fit of the first."""
        again = [
            replace(band, height=band.height * factor)
            for band, factor in zip(
                random_bands(2), np.random.default_rng(1).uniform(0.6, 1.5, 8), strict=True
            )
        ]
        rows = np.array([*MATRIX.intensity, draw(again, AXIS)])
        index = build_index(matrix_of(rows, np.tile(INSIDE, (13, 1))))
        between = 0.5 * draw(random_bands(2), AXIS) + 0.5 * rows[12] + 0.6 * draw(random_bands(9), AXIS)
        query = query_of(between + np.random.default_rng(0).normal(0, 0.003, AXIS.size), noise=0.003)
        names = [str(row) for row in range(12)]
        mixture = found_in(query, build_basis(index, [*names, "2"]))
        assert 9 in rows_of(mixture)
        assert len(fitted_in(mixture) & {2, 12}) == 1
        assert {2, 9, 12} <= fitted_in(found_in(query, build_basis(index, [*names, "another"])))


class TestNotNamed:
    @pytest.mark.parametrize("row", range(12))
    @pytest.mark.parametrize("seed", range(2))
    def test_a_pure_spectrum_is_at_most_one_component(self, row, seed):
        """Seen by another instrument: another axis, resolution, response, noise."""
        rng = np.random.default_rng([row, seed])
        intensity, noise = perturb(MATRIX.intensity[row].astype(float), RAMAN_GRID, rng)
        first, last = BASIS.index.stretches[row].tolist()
        query = Query(RAMAN_GRID, np.where(INSIDE, intensity, 0.0), first, last, noise)
        mixture = found_in(query)
        assert mixture is None or rows_of(mixture) <= {row}

    def test_a_pure_spectrum_without_disturbance_needs_no_second_reference(self):
        for row in range(12):
            assert found_in(blend({row: 1.0}, row)[0]) is None

    @pytest.mark.parametrize("seed", range(5))
    def test_noise_is_none(self, seed):
        rng = np.random.default_rng(seed)
        assert found_in(query_of(np.abs(rng.normal(0, 1, AXIS.size)), noise=1.0)) is None

    def test_a_stranger_is_nobodys_mixture(self):
        for seed in range(12):
            query = query_of(draw(random_bands(5000 + seed), AXIS), noise=0.001)
            mixture = found_in(query)
            assert mixture is None or mixture.components == ()

    def test_an_empty_query_is_none(self):
        assert found_in(query_of(np.zeros(AXIS.size))) is None

    def test_too_narrow_a_range_is_none(self):
        heights = {2: 0.6, 9: 0.4}
        wanted = mixtures.MIN_RANGE_POINTS * RAMAN_GRID.step
        # shifts of 8 cm⁻¹ to either side cost as much of the range
        assert found_in(blend(heights, low=900.0, high=900.0 + wanted + 30.0)[0]) is not None
        assert found_in(blend(heights, low=900.0, high=900.0 + wanted)[0]) is None

    def test_noise_adds_nobody_to_a_mixture(self):
        """Not even as doubtful: it is told apart from chance before it is judged."""
        basis, added = basis_of(random_matrix(80)), 0
        for seed in range(40):
            query, shares = blend({2: 0.6, 9: 0.4}, seed, noise=0.02)
            added += fitted_in(found_in(query, basis)) != set(shares)
        assert added <= 2

    def test_rows_that_are_not_allowed(self):
        query, _ = blend({1: 0.5, 5: 0.5})
        allowed = np.ones(12, dtype=bool)
        allowed[5] = False
        mixture = found_in(query, allowed=allowed)
        assert mixture is None or rows_of(mixture) <= {1}
        assert found_in(query, allowed=np.zeros(12, dtype=bool)) is None

    def test_without_a_band_of_its_own(self):
        """The second has the first's bands in other heights, so it mends any fit of the first."""
        places, heights = (500, 800, 1100, 1400), ((1, 0.8, 0.5, 0.9), (0.3, 1, 1, 0))
        rows = [
            draw([Band(place, 12, 0.3, height) for place, height in zip(places, each, strict=True)], AXIS)
            for each in heights
        ]
        basis = basis_of(matrix_of(rows))
        mixture = found_in(query_of(0.6 * rows[0] + 0.4 * rows[1]), basis)
        assert rows_of(mixture) <= {0}
        assert 1 in {each.row for each in mixture.doubtful}


class TestDoubtful:
    @pytest.mark.parametrize("limit", [5.0, 9.2, 50.0])
    def test_stays_in_the_fit_and_is_not_named(self, limit):
        query, shares = blend({1: 0.55, 5: 0.3, 8: 0.08, 3: 0.07})
        mixture = found_in(query, min_log_odds=limit)
        everyone = (*mixture.components, *mixture.doubtful)
        assert {each.row: each.share for each in everyone} == pytest.approx(shares, abs=0.02)
        assert sum(each.share for each in everyone) == pytest.approx(1)
        assert all(each.log_odds >= limit for each in mixture.components)
        assert all(each.log_odds < limit for each in mixture.doubtful)
        assert mixture.unexplained_cm1 == ()
        plain = found_in(query)
        assert {each.row: each.log_odds for each in everyone} == {
            each.row: each.log_odds for each in plain.components
        }
        assert mixture.weakest == min((each.log_odds for each in mixture.components), default=-np.inf)

    def test_the_limits_above_part_the_four(self):
        query, _ = blend({1: 0.55, 5: 0.3, 8: 0.08, 3: 0.07})
        counts = [len(found_in(query, min_log_odds=limit).components) for limit in (5.0, 50.0)]
        assert counts == [4, 0]


class TestUnexplained:
    @pytest.mark.parametrize("place", [1955.0, 2080.0])
    def test_a_foreign_band_is_listed_where_it_is(self, place):
        foreign = draw([Band(place, 12, 0.3, 0.3)], AXIS)
        query, shares = blend({2: 0.6, 9: 0.4}, extra=foreign)
        mixture = found_in(query)
        check_named(mixture, shares, within=0.03)
        assert mixture.unexplained_cm1 == pytest.approx([place], abs=1.0)

    def test_all_bands_of_a_third_that_the_library_lacks(self):
        bands = random_bands(77, n_bands=4, low=1850, high=2150)
        query, _ = blend({2: 0.6, 9: 0.4}, extra=0.5 * draw(bands, AXIS), displaced_cm1=0.0)
        mixture = found_in(query)
        assert rows_of(mixture) == {2, 9}
        assert mixture.unexplained_cm1 == pytest.approx(sorted(band.position_cm1 for band in bands), abs=1.5)

    def test_on_the_axis_of_the_library(self):
        foreign = draw([Band(1955.0, 12, 0.3, 0.3)], AXIS + 5.0)
        mixture = found_in(blend({2: 0.6, 9: 0.4}, extra=foreign, displaced_cm1=5.0)[0])
        assert mixture.unexplained_cm1 == pytest.approx([1955.0], abs=1.0)


class TestShareIntervals:
    HEIGHTS = {1: 0.6, 5: 0.3, 8: 0.1}  # noqa: RUF012

    def coverage(self, noise, response, draws=100):
        """Share of the draws in which the interval holds the true share, over the components."""
        held, counted = np.zeros(3), 0
        areas = np.array([h * draw(random_bands(row), AXIS)[INSIDE].sum() for row, h in self.HEIGHTS.items()])
        for seed in range(draws):
            rng = np.random.default_rng(seed)
            total = np.zeros(AXIS.size)
            for row, height in self.HEIGHTS.items():
                bands = [
                    replace(band, height=height * band.height * np.exp(rng.normal(0, response)))
                    for band in random_bands(row)
                ]
                total += draw(bands, AXIS)
            query = query_of(total / total.max() + rng.normal(0, noise, AXIS.size), noise=noise)
            mixture = found_in(query)
            everyone = {each.row: each for each in (*mixture.components, *mixture.doubtful)}
            if set(everyone) == set(self.HEIGHTS):
                intervals = np.array([everyone[row].share_interval for row in self.HEIGHTS])
                truth = areas / areas.sum()
                held += (intervals[:, 0] <= truth) & (truth <= intervals[:, 1])
                counted += 1
        assert counted >= 0.8 * draws
        return float((held / counted).mean())

    def test_hold_the_truth_under_noise_alone(self, monkeypatch):
        """The part of the interval that the noise gives, alone: 95 % is what it claims."""
        monkeypatch.setattr(mixtures, "RESPONSE", 0.0)
        for noise in (0.01, 0.03):
            assert self.coverage(noise, 0.0) >= 0.9

    def test_hold_the_truth_when_each_band_responds_otherwise(self, monkeypatch):
        monkeypatch.setattr(mixtures, "RESPONSE", 0.2)
        assert self.coverage(0.01, 0.2) >= 0.9
        monkeypatch.setattr(mixtures, "RESPONSE", 0.0)
        assert self.coverage(0.01, 0.2) < 0.8

    def test_are_no_wider_than_they_need_be(self):
        widths = []
        for noise in (0.003, 0.03):
            mixture = found_in(blend({1: 0.5, 5: 0.5}, noise=noise)[0])
            widths.append(mixture.components[0].share_interval[1] - mixture.components[0].share_interval[0])
        assert widths[0] < widths[1] < 0.3

    def test_are_those_of_drawn_heights(self):
        """The linear propagation against ten thousand draws of heights and responses."""
        query, _ = blend({1: 0.5, 5: 0.3, 8: 0.2})
        first, last = BASIS.index.stretches[0].tolist()
        parts = cut_parts(BASIS, query.intensity[first:last], first, np.ones(12, dtype=bool))
        heights = np.array([3.0, 2.0, 1.0])
        members = (1, 5, 8)
        inverse = np.linalg.inv(parts.terms.gram[np.ix_(members, members)])
        found = Solution(members, heights, 0.99 * parts.terms.square, inverse)
        areas, structures = np.array([1.0, 2.0, 1.5]), [4.0, 9.0, 1.0]
        shares, intervals = mixtures._shares(parts, found, areas, structures)
        assert shares == pytest.approx(areas * heights / (areas * heights).sum())
        response = mixtures.RESPONSE * heights / np.sqrt(structures)
        covariance = found.variance(parts.terms) * inverse + np.diag(response**2)
        drawn = np.random.default_rng(0).multivariate_normal(heights, covariance, 10_000)
        amounts = drawn * areas
        deviation = (amounts / amounts.sum(axis=1, keepdims=True)).std(axis=0)
        half = np.array([high - low for low, high in intervals]) / 2
        assert half == pytest.approx(mixtures.Z_95 * deviation, rel=0.15)


class TestInvariance:
    def test_row_order_does_not_matter(self):
        order = np.random.default_rng(3).permutation(12)
        ids = tuple(MATRIX.ids[row] for row in order)
        turned = basis_of(matrix_of(MATRIX.intensity[order], MATRIX.mask[order], ids))
        query, _ = blend({3: 0.5, 10: 0.4, 7: 0.1})
        results = [
            {basis.ids[each.row]: (each.share, each.log_odds) for each in found_in(query, basis).components}
            for basis in (BASIS, turned)
        ]
        assert list(results[0]) == list(results[1])
        for name, values in results[0].items():
            assert results[1][name] == pytest.approx(values, rel=1e-9)

    @pytest.mark.parametrize("heights", [{2: 0.6, 9: 0.4}, {1: 0.4, 5: 0.3, 8: 0.3}])
    @pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e6, 1e12])
    def test_the_unit_of_the_references_does_not_matter(self, heights, scale):
        scaled_basis = basis_of(matrix_of(MATRIX.intensity * scale, MATRIX.mask))
        query, _ = blend(heights)
        plain, scaled = found_in(query), found_in(query, scaled_basis)
        assert rows_of(scaled) == rows_of(plain) == set(heights)
        assert scaled.weakest == pytest.approx(plain.weakest, abs=1e-3)

    @pytest.mark.parametrize("scale", [1e-9, 1e9])
    def test_the_unit_of_the_query_does_not_matter(self, scale):
        query, _ = blend({2: 0.6, 9: 0.4})
        other = replace(query, intensity=query.intensity * scale, noise=query.noise * scale)
        plain, scaled = found_in(query), found_in(other)
        assert scaled.unexplained_cm1 == plain.unexplained_cm1
        for ours, theirs in zip(plain.components, scaled.components, strict=True):
            assert (theirs.row, theirs.share) == (ours.row, pytest.approx(ours.share))
            assert theirs.log_odds == pytest.approx(ours.log_odds)


class TestLargeLibrary:
    def test_of_five_hundred_rows_three_are_named(self):
        """More than are compared with each other, so they must come into the pool first."""
        basis = basis_of(random_matrix(500))
        for seed in range(3):
            rows = np.random.default_rng(seed).choice(500, 3, replace=False).tolist()
            query, shares = blend(dict(zip(rows, (0.5, 0.3, 0.2), strict=True)), seed)
            check_named(found_in(query, basis), shares, within=0.02)
