"""Groups and prediction sets: rates against simulation and closed forms, rules by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.accuracy.cases import identities_by_name, measured_library, shared_cases
from benchmarks.accuracy.judging import PIPELINE, candidate_labels
from spectra.confidence.decision import decide
from spectra.confidence.groups import (
    class_members,
    class_reasons,
    conformal_gap,
    indistinguishable,
    is_phenyl_only,
    prediction_set,
    shown,
)
from spectra.confidence.ranking import Ranking
from spectra.errors import CalibrationError
from spectra.label import Label
from spectra.matching.candidates import rank_candidates
from spectra.matching.index import build_index, prepare_query
from spectra.matching.separation import compare
from spectra.quality import assess_quality
from tests.core.decision_cases import CALIBRATION, HOPELESS, PHENYL, QUALITY, SURE, A, B, C, label, ranking


class TestConformalGap:
    @pytest.mark.parametrize(
        ("n", "level", "rank"),
        [(19, 0.95, 19), (20, 0.95, 20), (39, 0.95, 38), (99, 0.9, 90), (9, 0.9, 9), (99, 0.55, 55)],
    )
    def test_is_the_order_statistic_of_the_definition(self, n, level, rank):
        gaps = np.random.default_rng(n).permutation(n) + 1.0
        assert conformal_gap(gaps.tolist(), level) == rank

    @pytest.mark.parametrize(("n", "level"), [(0, 0.5), (18, 0.95), (8, 0.9), (98, 0.99)])
    def test_is_infinite_with_too_few_cases(self, n, level):
        assert conformal_gap([1.0] * n, level) == math.inf

    def test_is_infinite_where_too_many_truths_were_not_found(self):
        assert conformal_gap([0.0] * 90 + [math.inf] * 10, 0.95) == math.inf
        assert conformal_gap([0.0] * 96 + [math.inf] * 3, 0.95) == 0.0

    @pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95, math.nan])
    def test_a_level_that_is_no_rate(self, level):
        with pytest.raises(CalibrationError, match="more than 0 and less than 1"):
            conformal_gap([0.0], level)

    @pytest.mark.parametrize("gap", [-0.1, math.nan])
    def test_a_gap_that_is_none(self, gap):
        with pytest.raises(CalibrationError, match="below 0 or no number"):
            conformal_gap([0.0, gap], 0.9)

    @pytest.mark.parametrize(("n", "level"), [(39, 0.9), (99, 0.95), (57, 0.8)])
    def test_coverage_given_the_cases_is_beta(self, n, level):
        """Of n uniform cases the k-th smallest covers a share that is Beta(k, n + 1 - k)."""
        rng = np.random.default_rng(7)
        covered = [conformal_gap(rng.random(n).tolist(), level) for _ in range(2000)]
        k = math.ceil(round((n + 1) * level, 9))
        assert stats.kstest(covered, stats.beta(k, n + 1 - k).cdf).pvalue > 0.001

    @given(gaps=st.lists(st.floats(0, 50), min_size=1, max_size=60), level=st.floats(0.01, 0.98))
    def test_a_higher_rate_is_never_narrower(self, gaps, level):
        assert conformal_gap(gaps, level) <= conformal_gap(gaps, min(0.99, level + 0.1))


def draw_odds(rng, n):
    """Log odds of six candidates of n queries: the truth is the first and mostly has the most."""
    odds = rng.normal(0.0, 2.0, (n, 6))
    odds[:, 0] += rng.choice([1.0, 4.0], n)  # queries of two kinds: the rate is over both together
    return odds


class TestPredictionSet:
    @pytest.mark.parametrize("level", [0.8, 0.95])
    def test_holds_the_truth_at_its_rate(self, level):
        """Marginal over calibration and query, so each of 1,500 trials draws both."""
        rng = np.random.default_rng(20)
        n, trials, inside = 99, 1500, 0
        names = [label(f"s{place}") for place in range(6)]
        for _ in range(trials):
            cases, (odds,) = draw_odds(rng, n), draw_odds(rng, 1)
            gap = conformal_gap((cases.max(axis=1) - cases[:, 0]).tolist(), level)
            calibration = replace(CALIBRATION, set_gap=gap, set_level=level)
            entries = ((names[place], float(odds[place])) for place in np.argsort(-odds))
            found = prediction_set(ranking(*entries, calibration=calibration))
            inside += names[0] in found.labels
        exact = math.ceil(round((n + 1) * level, 9)) / (n + 1)
        assert stats.binomtest(inside, trials, exact).pvalue > 0.001

    def test_has_one_label_per_identity_the_best_first(self):
        other = replace(A, id="id-other", form="hydrate")
        entries = (A, 3.0), (other, 2.5), (B, 2.0), (C, 1.9)
        found = prediction_set(ranking(*entries, calibration=replace(CALIBRATION, set_gap=1.0)))
        assert found.labels == (A, B)
        assert found.level == CALIBRATION.set_level

    def test_always_has_the_best(self):
        found = prediction_set(ranking((A, 1.0), (B, 0.9), calibration=replace(CALIBRATION, set_gap=0.0)))
        assert found.labels == (A,)

    @pytest.mark.parametrize("calibration", [None, replace(CALIBRATION, set_gap=math.inf)])
    def test_there_is_none_where_nothing_supports_the_rate(self, calibration):
        assert prediction_set(ranking((A, 1.0), calibration=calibration)) is None

    def test_there_is_none_without_a_candidate(self):
        assert prediction_set(ranking(calibration=replace(CALIBRATION, set_gap=1.0))) is None


class TestIndistinguishable:
    @pytest.mark.parametrize(("below", "together"), [(0.0, True), (2.0, True), (2.1, False)])
    def test_by_the_evidence(self, below, together):
        made = ranking((A, 2.5), (B, 2.5 - below))
        assert (len(indistinguishable(made)) == 2) == together

    @pytest.mark.parametrize(
        ("z", "odds", "together"),
        [(2.9, 1.0, True), (-20.0, 1.0, True), (3.1, 1.0, False), (0.0, -2.3, False), (0.0, -2.1, True)],
    )
    def test_by_the_noise_where_the_candidate_is_worth_naming(self, z, odds, together):
        made = ranking((A, 5.0), (B, odds), compared=[(0.0, ()), (z, ())])
        assert (len(indistinguishable(made)) == 2) == together


class TestPhenyl:
    @pytest.mark.parametrize(
        ("agreed", "expected"),
        [
            (PHENYL, True),
            ((1001.5, 1031.0), True),
            ((621.0, 1002.0, 1583.0, 1604.0, 3060.0), True),
            ((*PHENYL, 795.0), False),  # polystyrene
            ((607.0, 992.0, 1178.0), False),  # benzene itself
            ((786.0, 1003.0, 1030.0, 1210.0), False),  # toluene
            ((1030.0,), False),  # methanol
            ((1030.0, 1158.0), False),  # no breathing of the ring
            ((1002.0,), False),
            ((), False),
        ],
    )
    def test_all_bands_are_those_of_any_such_ring(self, agreed, expected):
        assert is_phenyl_only(agreed) == expected

    @pytest.mark.parametrize(
        ("theirs", "explained", "joins"),
        [
            ([x + 5 for x in PHENYL], 0.6, True),
            ((*PHENYL, 700.0, 800.0), 0.6, True),
            (PHENYL[:3], 0.9, False),
            (PHENYL, 0.4, False),
        ],
    )
    def test_members_have_these_bands_and_not_many_others(self, theirs, explained, joins):
        made = ranking(
            (A, SURE),
            (B, HOPELESS, {"reference_explained": explained}),
            compared=[(0.0, PHENYL), (9.0, tuple(theirs))],
        )
        reasons = class_reasons(made)
        assert reasons == ("phenyl_only",)
        assert (len(class_members(made, reasons)) == 2) == joins


class TestOneBand:
    @pytest.mark.parametrize(("structure", "expected"), [(1.49, ("one_band_only",)), (1.5, ())])
    def test_below_an_effective_number_of_bands(self, structure, expected):
        assert class_reasons(ranking((A, SURE, {"structure": structure}))) == expected

    @pytest.mark.parametrize(
        ("agreed", "expected"),
        [((1031.0,), ("one_band_only",)), ((841.0, 1448.0), ()), ((), ())],
    )
    def test_one_band_that_agrees_of_a_reference_that_has_many(self, agreed, expected):
        assert (
            class_reasons(ranking((A, SURE), (B, HOPELESS), compared=[(0.0, agreed), (9.0, ())])) == expected
        )

    def test_where_one_band_agrees_the_answer_is_a_class(self):
        answer = decide(ranking((A, SURE), compared=[(0.0, (1031.0,))]), QUALITY)
        assert (answer.verdict, answer.reasons) == ("group", ("one_band_only",))

    @pytest.mark.parametrize(
        ("change", "joins"),
        [({}, True), ({"query_explained": 0.4}, False), ({"reference_explained": 0.4}, False)],
    )
    def test_members_are_those_that_the_band_fits(self, change, joins):
        made = ranking((A, SURE, {"structure": 1.0}), (B, HOPELESS, change))
        assert (len(class_members(made, class_reasons(made))) == 2) == joins


def test_what_is_shown_is_one_per_identity_in_the_order_of_evidence():
    twin = replace(A, id="id-twin")
    made = ranking((A, 3.0), (twin, 2.9), (B, 2.8), (replace(C, role="controlled"), 2.7))
    assert [made.label(e).substance for e in shown(made, made.ranked, 5)] == ["alpha", "beta", "gamma"]
    assert [made.label(e).substance for e in shown(made, made.ranked, 2)] == ["alpha", "gamma"]


class Measured:
    """The handheld's library, and what it says of the second instruments' spectra."""

    def __init__(self, data):
        library = measured_library(data)
        self.labels = candidate_labels(library)
        self.matrix = library.candidates(PIPELINE)
        self.index = build_index(self.matrix)
        self.cases = {
            case.name: case for case in shared_cases(data, identities_by_name(library)) if case.truth
        }

    def rank(self, name, labels=None):
        spectrum = self.cases[name].spectrum
        quality = assess_quality(spectrum)
        query = prepare_query(PIPELINE.apply(spectrum), self.index.grid, noise=quality.noise)
        aligned, ranked = rank_candidates(self.index, query)
        compared = compare(self.index, query, aligned, ranked)
        return Ranking(ranked, labels or self.labels, None, CALIBRATION, compared), quality


@pytest.fixture(scope="module")
def measured(shared_data):
    return Measured(shared_data)


class TestMeasured:
    @pytest.mark.parametrize("source", ["WP-785X", "ICV_BW", "portable"])
    def test_a_ring_with_its_other_bands_is_a_match(self, measured, source):
        rings = {"polystyrene", "toluene", "benzene", "benzyl alcohol"}
        named = [
            name for name, case in measured.cases.items() if name.startswith(source) and case.truth & rings
        ]
        for name in named:
            answer = decide(*measured.rank(name))
            assert (name, answer.verdict) == (name, "match")
            assert answer.substances[0].label.identity in measured.cases[name].truth
        assert named or source == "portable"

    def test_one_band_names_a_class(self, measured):
        answer = decide(*measured.rank("WP-785X/dichloromethane"))
        assert (answer.verdict, answer.reasons[0]) == ("group", "one_band_only")
        assert answer.substances[0].label.substance == "Dichloromethane"

    @pytest.mark.parametrize("name", ["WP-785X/methyl ethyl ketone", "WP-785X/isopropanol"])
    def test_two_names_that_no_table_joins_are_a_group(self, measured, name):
        unjoined = tuple(Label(entry.id, entry.substance) for entry in measured.labels)
        joined, answer = decide(*measured.rank(name)), decide(*measured.rank(name, unjoined))
        assert joined.verdict == "match"
        assert answer.verdict == "group"
        names = {entry.label.substance.casefold() for entry in answer.substances}
        assert names in ({"2-butanone", "methyl ethyl ketone"}, {"2-propanol", "isopropanol"})
