"""What cannot be excluded: against sums of spectra and the mixture search itself."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from libraries.starter.tables import Band
from spectra.confidence.background import fit_background
from spectra.confidence.detection_limit import (
    LEVEL,
    NEAREST,
    SHARES,
    Z_95,
    _nearest,
    detection_limits,
    share_held,
)
from spectra.confidence.dilution import dilute
from spectra.confidence.instruments import DRAWS, draw_instruments, see
from spectra.confidence.simulation import BAND_RESPONSE, RESPONSE
from spectra.matching.alignment import align
from spectra.matching.basis import POOL, at_best_shift, build_basis, cut_parts
from spectra.matching.components import NO_CASE, weigh_components
from spectra.matching.index import build_index
from spectra.matching.mixtures import RESPONSE as SHARE_RESPONSE
from spectra.matching.mixtures import find_mixture
from spectra.matching.subsets import critical_f, solve
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import columns, draw, matrix_of, query_of, random_bands, random_matrix

N = 14
MATRIX = random_matrix(N, seed=3)
BASIS = build_basis(build_index(MATRIX), [f"substance {row}" for row in range(N)])
FOUND, WATCHED = 0, 5
INSIDE = columns(RAMAN_GRID, 302.0, 2200.0)


def noisy(intensity, noise, seed=0):
    """Query with noise of a known level, all of it on a level that nothing clips."""
    rng = np.random.default_rng(seed)
    height = float(np.max(intensity[INSIDE]))
    values = intensity / height + rng.normal(0.0, noise, intensity.size)
    return query_of(values, noise=noise)


def of_unit_area(row):
    values = MATRIX.intensity[row].astype(np.float64)
    return values / values[INSIDE].sum()


def background_query(noise=0.01, seed=0):
    """The found reference as an instrument of its own sees it."""
    moved = np.interp(RAMAN_GRID.axis - 0.7, RAMAN_GRID.axis, of_unit_area(FOUND))
    return noisy(moved * np.exp(0.1 * np.sin(RAMAN_GRID.axis / 150.0)), noise, seed)


def limits(query, *, basis=BASIS, found=(FOUND,), watched=(WATCHED,), min_log_odds=0.0):
    aligned = align(query)
    return detection_limits(
        basis, query, aligned=aligned, found=list(found), watched=watched, min_log_odds=min_log_odds
    )


def prepared(query, found=(FOUND,), basis=BASIS):
    """Background on the range that all shifts have in common."""
    aligned = align(query)
    first = max(int(aligned.stretches[:, 0].max()), int(INSIDE.argmax()))
    last = min(int(aligned.stretches[:, 1].min()), int(INSIDE.argmax() + INSIDE.sum()))
    queries = aligned.root[:, first:last] ** 2
    parts = cut_parts(basis, queries[8], first, np.ones(len(basis), dtype=bool))
    parts = at_best_shift(parts, queries, aligned.penalty)
    return fit_background(parts, list(found), noise=query.noise, grid=RAMAN_GRID)


@pytest.fixture(scope="module")
def background():
    return prepared(background_query())


class TestEvidence:
    @pytest.mark.parametrize("share", [0.05, 0.2, 0.6])
    @pytest.mark.parametrize("watched", [WATCHED, 9])
    def test_as_the_test_itself_on_the_sum(self, background, share, watched):
        # the twin adds the spectra point by point and weighs the fit of the sum
        dilution, parts = dilute(background, watched), background.parts
        spectrum = parts.spectra[watched] * background.area / parts.spectra[watched].sum()
        seen = see(spectrum, parts.first, RAMAN_GRID)
        noise = background.noise * draw_instruments(RAMAN_GRID).noise[:, background.columns]
        scale = 1.0 / (1.0 - share)
        for drawn, ours in enumerate(dilution.weigh(share)):
            total = parts.query + share * scale * seen[drawn] + math.sqrt(scale**2 - 1.0) * noise[drawn]
            slopes = np.diff(total)
            terms = replace(parts.terms, product=parts.slopes @ slopes, square=float(slopes @ slopes))
            summed = replace(parts, query=total, terms=terms)
            found = solve(terms, dilution.members)
            assert found is not None
            theirs = weigh_components(summed, found, noise=scale * background.noise)[-1]
            for name in ("partial_f", "heights", "advantage", "distinct", "structure", "explained"):
                assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-6, abs=1e-9), name
            assert (ours.main, ours.own > 0) == (theirs.main, theirs.own > 0)
            # these two are approximate: the noise's chance by its normal law, the bands undisturbed
            assert ours.stability == pytest.approx(theirs.stability, abs=0.3)
            assert ours.query_explained == pytest.approx(theirs.query_explained, abs=0.3)
            assert ours.log_odds == pytest.approx(theirs.log_odds, abs=1.0)

    def test_named_is_what_the_evidence_says(self, background):
        dilution, terms = dilute(background, WATCHED), background.parts.terms
        least = critical_f(len(terms), terms.n_independent - 2)
        for share in (1e-4, *SHARES):
            evidence = dilution.weigh(share)
            for bar in (-99.0, -2.0, 0.0, 1.5):
                named = all(each.partial_f >= least and each.log_odds >= bar for each in evidence)
                assert dilution.all_named(share, bar) is named

    def test_two_lone_bands_are_no_mixture_at_any_share(self):
        # what one band in the wrong place would look like too: the test itself has no case for it
        bands = [Band(place, 12.0, 0.3, 1.0) for place in (800.0, 1200.0)]
        rows = [np.where(INSIDE, draw([band], RAMAN_GRID.axis), 0.0) for band in bands]
        basis = build_basis(build_index(matrix_of(rows, np.tile(INSIDE, (2, 1)))), ["one", "other"])
        query = noisy(rows[0], 0.002)
        both = noisy(0.4 * rows[0] + 0.6 * rows[1], 0.002)
        mixture = find_mixture(basis, both, align(both), min_log_odds=0.0)
        assert mixture is not None
        assert mixture.components == ()
        assert all(each.log_odds == NO_CASE for each in dilute(prepared(query, basis=basis), 1).weigh(0.6))

    def test_stability_against_drawn_noise(self):
        # beside a rival that has most of the watched one's bands, outside the found substance
        rows = [*MATRIX.intensity, 0.8 * MATRIX.intensity[WATCHED] + 0.2 * MATRIX.intensity[9]]
        matrix = matrix_of(rows, np.tile(INSIDE, (N + 1, 1)))
        background = prepared(
            background_query(), basis=build_basis(build_index(matrix), [str(row) for row in range(N + 1)])
        )
        slopes, found = background.parts.slopes, background.parts.slopes[[FOUND]].T
        rest = (
            slopes[[WATCHED, N]] - (found @ np.linalg.lstsq(found, slopes[[WATCHED, N]].T, rcond=None)[0]).T
        )
        ours, theirs = rest / np.linalg.norm(rest, axis=1, keepdims=True)
        rng = np.random.default_rng(5)
        chances = []
        for evidence in dilute(background, WATCHED).weigh(0.03)[:6]:
            drawn = math.sqrt(evidence.partial_f) * ours + rng.normal(size=(4000, ours.size))
            chances.append(np.mean(drawn @ ours > drawn @ theirs))
            assert evidence.stability == pytest.approx(chances[-1], abs=0.03)
        assert min(chances) < 0.95  # else this would test nothing

    def test_a_background_that_is_swamped_is_left_out_of_the_fit(self, background):
        # at 95 % noise and misfit alone would make the found substance negative in some draws
        for each in dilute(background, WATCHED).weigh(0.95):
            assert each.main
            assert 0.0 <= each.explained <= 1.0
            assert math.isfinite(each.partial_f)


class TestLimits:
    def test_holds_for_other_instruments_in_the_mixture_search(self):
        # drawn apart from the implementation: other random numbers, other curves, the whole search
        query = background_query()
        ((row, limit),) = limits(query)
        assert row == WATCHED
        assert limit is not None
        at_limit, below = (
            np.mean([self._is_named(query, share, seed) for seed in range(30)])
            for share in (limit, limit / 3)
        )
        assert at_limit >= 0.85  # of 30 draws at 95 %, fewer than 26 come once in 180
        assert below <= 0.7

    @staticmethod
    def _is_named(query, share, seed):
        rng = np.random.default_rng((77, seed))
        axis = RAMAN_GRID.axis
        smooth = sum(
            spread
            * np.interp(
                axis, np.arange(0.0, 4200.0, length), rng.normal(size=len(np.arange(0.0, 4200.0, length)))
            )
            for spread, length in ((RESPONSE, 600.0), (BAND_RESPONSE, 40.0))
        )
        second = np.interp(axis - rng.normal(0.0, 1.0), axis, of_unit_area(WATCHED)) * np.exp(smooth)
        ours = query.intensity / query.intensity[INSIDE].sum()
        added = share * second / second[INSIDE].sum()
        total = (1.0 - share) * ours + added
        height = float(query.intensity[INSIDE].sum())
        missing = query.noise * math.sqrt(1.0 - (1.0 - share) ** 2)
        mixed = query_of(total * height + rng.normal(0.0, missing, axis.size), noise=0.0)
        scaled = replace(mixed, noise=query.noise / float((total * height)[INSIDE].max()))
        mixture = find_mixture(BASIS, scaled, align(scaled), min_log_odds=0.0)
        return mixture is not None and WATCHED in {each.row for each in mixture.components}

    def test_is_the_first_share_that_all_instruments_name(self, background):
        ((_, limit),) = limits(background_query())
        dilution = dilute(background, WATCHED)
        named = [dilution.all_named(share, 0.0) for share in SHARES]
        first = SHARES[named.index(True)]
        assert not any(named[: named.index(True)])
        assert limit == max(first, share_held(background, WATCHED))

    def test_the_largest_of_the_draws_covers_the_level(self):
        # coverage by the largest of n draws is Beta(n, 1): the mean is the level
        assert beta(DRAWS, 1).mean() == pytest.approx(LEVEL) == pytest.approx(0.95)

    def test_more_noise_never_lowers_it(self):
        found = [dict(limits(background_query(noise)))[WATCHED] for noise in (0.002, 0.02, 0.08)]
        bounds = [math.inf if each is None else each for each in found]
        assert bounds == sorted(bounds)
        assert bounds[0] < bounds[-1]

    def test_more_evidence_asked_for_never_lowers_it(self):
        found = [dict(limits(background_query(), min_log_odds=bar))[WATCHED] for bar in (-2.0, 1.0, 3.0)]
        bounds = [math.inf if each is None else each for each in found]
        assert bounds == sorted(bounds)

    def test_same_answer_every_time_and_beside_whatever_else_is_watched(self):
        query = background_query()
        alone = dict(limits(query))
        draw_instruments.cache_clear()
        among = limits(query, watched=(9, WATCHED, 3, WATCHED))
        assert [row for row, _ in among] == [9, WATCHED, 3]
        assert dict(among)[WATCHED] == alone[WATCHED]

    def test_in_a_mixture_too(self):
        blend = 0.6 * of_unit_area(FOUND) + 0.4 * of_unit_area(9)
        found = dict(limits(noisy(blend, 0.005), found=(FOUND, 9), watched=(WATCHED, 3)))
        assert all(limit is not None and limit < 0.5 for limit in found.values())


class TestNone:
    def test_what_is_like_the_found_substance(self):
        twin = matrix_of(
            [*MATRIX.intensity, MATRIX.intensity[FOUND] * 1.01], np.tile(MATRIX.mask[0], (N + 1, 1))
        )
        basis = build_basis(build_index(twin), [f"substance {row}" for row in range(N + 1)])
        assert limits(background_query(), basis=basis, watched=(N,)) == ((N, None),)

    def test_what_was_measured_elsewhere(self):
        far = columns(RAMAN_GRID, 1700.0, 3300.0)
        rows = [*MATRIX.intensity, np.where(far, draw(random_bands(77), RAMAN_GRID.axis), 0.0)]
        basis = build_basis(
            build_index(matrix_of(rows, np.array([*MATRIX.mask, far]))), [str(row) for row in range(N + 1)]
        )
        assert limits(background_query(), basis=basis, watched=(N,)) == ((N, None),)

    def test_evidence_that_nothing_reaches(self):
        assert limits(background_query(), min_log_odds=50.0) == ((WATCHED, None),)

    def test_too_little_measured(self):
        short = query_of(of_unit_area(FOUND), low=600.0, high=900.0, noise=0.01)
        assert limits(short) == ((WATCHED, None),)

    def test_found_substance_that_the_spectrum_lacks(self, background):
        query = np.zeros_like(background.parts.query)
        terms = replace(background.parts.terms, product=-np.ones(len(background.parts.terms)))
        parts = replace(background.parts, query=query, terms=terms)
        assert fit_background(parts, [FOUND], noise=0.01, grid=RAMAN_GRID) is None


class TestLeftOut:
    def test_spectra_of_the_found_substance(self):
        names = [f"substance {row}" for row in range(N)]
        names[3] = names[FOUND]
        basis = build_basis(build_index(MATRIX), names)
        assert [row for row, _ in limits(background_query(), basis=basis, watched=(3, FOUND, 9))] == [9]

    def test_nothing_watched(self):
        assert limits(background_query(), watched=()) == ()


class TestShareHeld:
    def test_at_least_what_is_there_unnamed(self):
        held = 0.04
        query = noisy((1.0 - held) * of_unit_area(FOUND) + held * of_unit_area(WATCHED), 0.03)
        clean = noisy(of_unit_area(FOUND), 0.03)
        assert dict(limits(query, min_log_odds=2.0))[WATCHED] >= held
        assert share_held(prepared(query), WATCHED) > held > 0.0
        assert share_held(prepared(clean), WATCHED) < share_held(prepared(query), WATCHED)

    def test_bounds_the_limit_from_below(self):
        # three parts in ten are there: whatever the least addition that is named, no less is excluded
        query = noisy(0.7 * of_unit_area(FOUND) + 0.3 * of_unit_area(WATCHED), 0.002)
        background = prepared(query)
        assert dilute(background, WATCHED).all_named(SHARES[0], 0.0)
        assert dict(limits(query))[WATCHED] == share_held(background, WATCHED) > 0.3

    def test_against_ordinary_least_squares(self):
        query = noisy(0.7 * of_unit_area(FOUND) + 0.3 * of_unit_area(WATCHED), 0.02)
        background = prepared(query)
        parts = background.parts
        design = np.diff(parts.spectra[[FOUND, WATCHED]], axis=1).T
        slopes = np.diff(parts.query)
        heights, (rest,), *_ = np.linalg.lstsq(design, slopes, rcond=None)
        covariance = rest / (parts.terms.n_independent - 2) * np.linalg.inv(design.T @ design)
        spread = math.hypot(math.sqrt(covariance[1, 1]), SHARE_RESPONSE * heights[1])
        areas = parts.spectra[[FOUND, WATCHED]].sum(axis=1) * [heights[0], heights[1] + Z_95 * spread]
        assert share_held(background, WATCHED) == pytest.approx(areas[1] / areas.sum(), rel=1e-6)


@pytest.fixture(scope="module")
def large():
    rng = np.random.default_rng(4)
    mixed = rng.dirichlet(np.full(4, 0.5), size=POOL) @ np.array(
        [draw(random_bands(900 + row), RAMAN_GRID.axis) for row in range(4)]
    )
    rows = np.concatenate([MATRIX.intensity, np.where(INSIDE, mixed, 0.0)])
    matrix = matrix_of(rows, np.tile(INSIDE, (len(rows), 1)))
    return build_basis(build_index(matrix), [str(row) for row in range(len(rows))])


class TestLargeLibrary:
    def test_limits_of_a_library_that_is_not_compared_whole(self, large):
        small = dict(limits(background_query(), watched=(WATCHED, 9)))
        found = dict(limits(background_query(), basis=large, watched=(WATCHED, 9)))
        for row, limit in small.items():
            assert found[row] == pytest.approx(limit, rel=1.0)  # rivals and the bar for F differ

    def test_many_watched_rows_are_taken_in_turns(self, large):
        watched = tuple(range(1, 120))
        found = limits(background_query(), basis=large, watched=watched)
        assert [row for row, _ in found] == list(watched)
        assert sum(limit is not None for _, limit in found[: N - 1]) >= N // 2

    def test_nearest_against_correlation_coefficients(self, large):
        root = large.index.root[:, :1051:4].astype(np.float64)
        correlation = np.corrcoef(root)
        np.fill_diagonal(correlation, -np.inf)
        expected = np.sort(np.argsort(-correlation[[WATCHED, 30]], axis=1)[:, :NEAREST])
        np.testing.assert_array_equal(np.sort(_nearest(large, [WATCHED, 30], slice(0, 1051, 4))), expected)


class TestInstruments:
    def test_all_see_the_same_area(self):
        spectrum = MATRIX.intensity[WATCHED][INSIDE].astype(np.float64)
        seen = see(spectrum, int(INSIDE.argmax()), RAMAN_GRID)
        assert seen.shape == (DRAWS, spectrum.size)
        np.testing.assert_allclose(seen.sum(axis=1), spectrum.sum())
        assert np.unique(seen.round(9), axis=0).shape[0] == DRAWS

    def test_a_band_moves_by_the_offset(self):
        instruments = draw_instruments(RAMAN_GRID)
        points = np.arange(400.0)
        seen = see(np.exp(-0.5 * ((points - 200.0) / 5.0) ** 2), 100, RAMAN_GRID)
        flat = seen / instruments.response[:, 100:500]
        centres = (flat * points).sum(axis=1) / flat.sum(axis=1)
        np.testing.assert_allclose(centres - 200.0, instruments.offset_points, atol=0.02)

    def test_noise_is_that_which_the_broadening_leaves(self):
        noise = draw_instruments(RAMAN_GRID).noise
        # sum of squared Gaussian weights, 4 cm⁻¹ on steps of 2: 1 / (2 √π σ) with σ = 2 points
        assert noise.std() == pytest.approx((2 * math.sqrt(math.pi) * 2.0) ** -0.5, rel=0.02)
