"""Evidence for one component beside the others: what raises it, and what has no case."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.starter.tables import Band
from spectra.matching import components
from spectra.matching.bands import find_bands
from spectra.matching.basis import Parts, build_basis, cut_parts
from spectra.matching.components import MIN_BANDS, NO_CASE, WEIGHTS, ComponentEvidence, weigh_components
from spectra.matching.index import build_index
from spectra.matching.subsets import solve
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import columns, draw, matrix_of, random_bands

SHARE = st.floats(0.0, 1.0)
MASK = columns(RAMAN_GRID, 302, 2200)
FIRST, LAST = int(MASK.argmax()), int(MASK.argmax() + MASK.sum())
NOISE = np.random.default_rng(0).normal(0, 0.003, LAST - FIRST)


def cases():
    return st.builds(
        ComponentEvidence,
        partial_f=st.floats(0, 1e6),
        heights=SHARE,
        own=SHARE,
        stability=SHARE,
        advantage=st.floats(-1e3, 1e6),
        distinct=SHARE,
        structure=st.floats(0, 30),
        explained=SHARE,
        query_explained=SHARE,
        main=st.booleans(),
    )


def parts_of(band_lists, heights, *, substances=None, scale=1.0, left_over=()):
    """References of some bands, and a query of them in given heights with a little noise."""
    rows = np.array([draw(bands, RAMAN_GRID.axis) for bands in band_lists])
    index = build_index(matrix_of(rows, np.tile(MASK, (len(rows), 1))))
    basis = build_basis(index, substances or [f"substance {row}" for row in range(len(rows))])
    query = np.asarray(heights) @ basis.intensity(np.arange(len(rows)), FIRST, LAST) + NOISE
    if left_over:
        query = query + draw(left_over, RAMAN_GRID.axis[FIRST:LAST])
    parts = cut_parts(basis, query * scale, FIRST, np.ones(len(rows), dtype=bool))
    assert isinstance(parts, Parts)
    return parts


def weighed(band_lists, heights, members, **options):
    parts = parts_of(band_lists, heights, **options)
    found = solve(parts.terms, members)
    assert found is not None
    return weigh_components(parts, found, noise=0.003 * options.get("scale", 1.0))


def moved(bands, *, by=0.0, heights=1.0):
    return [
        replace(band, position_cm1=band.position_cm1 + by, height=band.height * heights) for band in bands
    ]


class TestLogOdds:
    @pytest.mark.parametrize("name", [field.name for field in fields(ComponentEvidence)])
    @given(evidence=cases(), data=st.data())
    def test_no_piece_speaks_against_it(self, name, evidence, data):
        values = st.booleans() if name == "main" else st.floats(-1e3, 1e6) if name == "advantage" else SHARE
        if name in ("partial_f", "structure"):
            values = st.floats(0, 100)
        low, high = sorted([data.draw(values), data.draw(values)])
        assert replace(evidence, **{name: low}).log_odds <= replace(evidence, **{name: high}).log_odds

    @pytest.mark.parametrize("name", [name for name in WEIGHTS if name != "constant"])
    def test_each_weighed_piece_counts(self, name):
        middle = ComponentEvidence(50.0, 0.5, 0.5, 0.5, 5.0, 0.5, 5.0, 0.5, 0.5)
        more = replace(middle, **{name: getattr(middle, name) * 1.5})
        assert more.log_odds > middle.log_odds

    def test_the_best_there_can_be_stands_and_the_least_does_not(self):
        best = ComponentEvidence(1e6, 1.0, 1.0, 1.0, 1e6, 1.0, 10.0, 1.0, 1.0)
        assert 0 < best.log_odds < 30
        assert NO_CASE <= replace(best, heights=0.0, explained=0.0, query_explained=0.0).log_odds < 0

    @given(evidence=cases())
    def test_without_a_band_of_its_own_it_has_no_case(self, evidence):
        assert replace(evidence, own=0.0).log_odds == NO_CASE

    @given(evidence=cases(), structure=st.floats(0, MIN_BANDS, exclude_max=True))
    def test_one_more_band_is_no_case_but_for_the_main_component(self, evidence, structure):
        lone = replace(evidence, structure=structure, own=1.0)
        assert replace(lone, main=False).log_odds == NO_CASE
        assert replace(lone, main=True).log_odds > NO_CASE
        assert replace(lone, main=False, structure=MIN_BANDS).log_odds > NO_CASE

    @given(evidence=cases())
    def test_is_always_a_number(self, evidence):
        assert NO_CASE <= evidence.log_odds < 30


FIRST_BANDS, SECOND_BANDS, THIRD_BANDS = (random_bands(row) for row in (1, 5, 8))


class TestWeighed:
    def test_a_true_pair_has_all_that_can_be_had(self):
        first, second = weighed([FIRST_BANDS, SECOND_BANDS], [0.6, 0.4], [0, 1])
        for each in (first, second):
            assert each.heights > 0.95
            assert each.own > 0.3
            assert each.stability == 1.0
            assert each.structure > 4
            assert each.explained > 0.9
            assert each.query_explained > 0.95
            assert each.log_odds > 3
        assert (first.main, second.main) == (True, False)

    def test_what_has_a_closed_form(self):
        parts = parts_of([FIRST_BANDS, SECOND_BANDS, THIRD_BANDS], [0.5, 0.3, 0.2])
        found = solve(parts.terms, [2, 0, 1])
        evidence = weigh_components(parts, found, noise=0.003)
        slopes = np.diff(parts.query)
        fitted = found.heights @ parts.slopes[[2, 0, 1]]
        whole = 1 - np.sum((slopes - fitted) ** 2) / np.sum(slopes**2)
        for place, (each, member) in enumerate(zip(evidence, (2, 0, 1), strict=True)):
            others = parts.slopes[[row for row in range(3) if row != member]]
            own = (
                parts.slopes[member] - np.linalg.lstsq(others.T, parts.slopes[member], rcond=None)[0] @ others
            )
            assert each.distinct == pytest.approx(np.linalg.norm(own))
            assert each.explained == pytest.approx(whole)
            assert each.partial_f == pytest.approx(found.partial_f(parts.terms)[place])
        assert [each.main for each in evidence].count(True) == 1

    @pytest.mark.parametrize(
        ("times", "credit"),
        [(-1, 0), (0, 0), (0.25, 0.5), (0.5, 1), (1, 1), (2, 1), (8 / 3, 0.5), (10 / 3, 0), (9, 0)],
    )
    def test_credit_of_a_band_by_how_high_it_stands_in_the_query(self, times, credit):
        bands = find_bands(draw(FIRST_BANDS, RAMAN_GRID.axis), min_prominence=0.05)
        slopes = np.diff(draw(FIRST_BANDS, RAMAN_GRID.axis))
        assert components._heights(bands, times * slopes, slopes) == pytest.approx(credit)

    def test_whose_bands_are_half_missing_agrees_half(self):
        """Four bands of equal height, of which the query shows two."""
        bands = [Band(place, 11, 0.3, 0.6) for place in (420, 730, 1010, 1690)]
        whole, half = (
            weighed([FIRST_BANDS, bands], [1.0, 0.0], [0, 1], left_over=seen)[1]
            for seen in (bands, bands[:2])
        )
        assert whole.heights > 0.95
        assert 0.4 < half.heights < 0.75
        assert half.log_odds < whole.log_odds - 1

    def test_bands_where_the_others_have_theirs_are_not_its_own(self):
        weak = [
            Band(band.position_cm1, 11, 0.3, height)
            for band, height in zip(FIRST_BANDS[:3], (1, 0.2, 0.6), strict=True)
        ]
        first, second = weighed([FIRST_BANDS, weak], [0.6, 0.5], [0, 1])
        assert second.own == 0
        assert second.log_odds == NO_CASE
        assert first.own == pytest.approx(
            sum(band.height**0.5 for band in FIRST_BANDS[3:]) / sum(band.height**0.5 for band in FIRST_BANDS),
            abs=0.1,
        )

    def test_one_band_beside_a_main_component_is_no_case(self):
        lone = [Band(1950, 12, 0.3, 1.0)]
        first, second = weighed([FIRST_BANDS, lone], [0.8, 0.4], [0, 1])
        assert second.structure == pytest.approx(1, abs=0.05)
        assert second.own == 1
        assert second.log_odds == NO_CASE
        assert first.log_odds > 3

    def test_a_rival_of_another_substance_takes_stability_and_advantage(self):
        twin = moved(SECOND_BANDS, by=0.05)
        alone = weighed([FIRST_BANDS, SECOND_BANDS], [0.6, 0.4], [0, 1])[1]
        beside = weighed([FIRST_BANDS, SECOND_BANDS, twin], [0.6, 0.4, 0.0], [0, 1])[1]
        assert alone.stability == 1.0
        assert beside.stability < 0.9
        assert 0 <= beside.advantage < 0.1 * alone.advantage
        assert beside.log_odds < alone.log_odds - 1

    def test_a_second_spectrum_of_the_same_substance_does_not(self):
        twin = moved(SECOND_BANDS, by=0.05)
        lists = [FIRST_BANDS, SECOND_BANDS, twin]
        alone = weighed(lists[:2], [0.6, 0.4], [0, 1])[1]
        beside = weighed(lists, [0.6, 0.4, 0.0], [0, 1], substances=["a", "b", "b"])[1]
        assert beside.stability == alone.stability == 1.0
        assert beside.advantage == pytest.approx(alone.advantage, rel=1e-6)

    def test_the_wrong_of_two_twins_fits_worse(self):
        lists = [FIRST_BANDS, SECOND_BANDS, moved(SECOND_BANDS, by=2.0)]
        right, wrong = (weighed(lists, [0.6, 0.4, 0.0], [0, row])[1] for row in (1, 2))
        assert wrong.advantage < 0 < right.advantage
        assert wrong.log_odds < right.log_odds

    def test_what_is_left_over_lowers_every_component(self):
        lists, foreign = [FIRST_BANDS, SECOND_BANDS], moved(random_bands(77), heights=0.5)
        clean, dirty = (weighed(lists, [0.6, 0.4], [0, 1], left_over=over) for over in ((), foreign))
        for before, after in zip(clean, dirty, strict=True):
            assert after.explained < before.explained
            assert after.query_explained < before.query_explained
            assert after.log_odds < before.log_odds

    @pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e6])
    def test_the_unit_of_the_query_does_not_matter(self, scale):
        lists = [FIRST_BANDS, SECOND_BANDS, THIRD_BANDS]
        plain, scaled = (weighed(lists, [0.5, 0.3, 0.2], [0, 1, 2], scale=by) for by in (1.0, scale))
        for ours, theirs in zip(plain, scaled, strict=True):
            for field in fields(ComponentEvidence):
                assert getattr(theirs, field.name) == pytest.approx(getattr(ours, field.name), rel=1e-6)

    def test_is_the_same_every_time_and_in_every_order(self):
        lists = [FIRST_BANDS, SECOND_BANDS, THIRD_BANDS]
        one, other = (weighed(lists, [0.5, 0.3, 0.2], members) for members in ([0, 1, 2], [2, 0, 1]))
        assert [each.log_odds for each in (*one[2:], *one[:2])] == pytest.approx(
            [each.log_odds for each in other]
        )
        assert weighed(lists, [0.5, 0.3, 0.2], [0, 1, 2]) == one

    def test_one_component_alone_owns_all_its_bands(self):
        (only,) = weighed([FIRST_BANDS], [1.0], [0])
        assert only.main
        assert only.own == 1.0
        assert only.distinct == pytest.approx(1.0)
        assert only.stability == 1.0

    def test_a_component_without_bands_has_none_to_show(self):
        hump = [Band(1250, 900, 0.0, 1.0)]
        _, smooth = weighed([FIRST_BANDS, hump], [0.6, 0.9], [0, 1])
        assert smooth.structure <= 1
        assert smooth.heights == 0.0
        assert smooth.log_odds < -5
