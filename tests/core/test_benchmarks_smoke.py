"""The benchmark measures right: its figures against independent oracles, its pipeline on made-up spectra."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks.accuracy import _weights, cases, collecting, evidence, figures, judging, openspecy, report
from benchmarks.accuracy.peers import THRESHOLDS, on_grid, peer_tops
from benchmarks.accuracy.summary import quantile_tables, summarise
from libraries.library import Library
from libraries.reference import Naming, make_reference
from spectra.confidence.calibration import Calibration, Cases, fit_calibration
from spectra.confidence.measured import LEVELS
from spectra.matching.evidence import WEIGHTS, log_odds
from spectra.spectrum import Spectrum

AXIS = np.arange(300.0, 1900.0, 2.0)


# --- figures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "n"), [(0, 12), (1, 12), (5, 10), (94, 109), (109, 109), (11, 1133)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_wilson_is_scipys(k, n, confidence):
    expected = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert figures.wilson(k, n, confidence=confidence) == pytest.approx(
        (expected.low, expected.high), abs=1e-12
    )


def test_wilson_has_the_closed_form_of_no_successes():
    z2 = stats.norm.ppf(0.975) ** 2
    assert figures.wilson(0, 300) == pytest.approx((0.0, z2 / (300 + z2)))


def test_wilson_without_trials_says_nothing():
    assert figures.wilson(0, 0) == (0.0, 1.0)
    assert np.isnan(figures.share(0, 0).value)


def naive_threshold(false, rate):
    allowed = [t for t in sorted(set(false)) if sum(score > t for score in false) <= rate * len(false)]
    return allowed[0]


@pytest.mark.parametrize("rate", [0.0, 0.005, 0.01, 0.1])
@pytest.mark.parametrize("n", [1, 19, 100, 1133])
def test_detection_at_a_share_of_false_matches(rate, n):
    rng = np.random.default_rng(n)
    false, right = rng.normal(0, 1, n).round(2), rng.normal(2, 1, 57)
    threshold, detected = figures.detected_at(right, false, rate)
    assert threshold == naive_threshold(false.tolist(), rate)
    assert (detected.k, detected.n) == (sum(score > threshold for score in right), 57)


def test_cases_without_a_statement_are_never_detected():
    _, detected = figures.detected_at([-np.inf, 5.0], [-np.inf, 1.0], 0.5)
    assert detected.k == 1


def test_reliability_of_equal_weights_is_scipys_binning():
    rng = np.random.default_rng(3)
    claimed = rng.uniform(size=200)
    true = rng.uniform(size=200) < claimed**2
    bins = figures.reliability(claimed, true, np.ones(200))
    ordered = np.sort(claimed)
    edges = np.concatenate([[0.0], (ordered[19:-1:20] + ordered[20::20]) / 2, [1.0]])
    mean_claim = stats.binned_statistic(claimed, claimed, "mean", bins=edges).statistic
    mean_true = stats.binned_statistic(claimed, true.astype(float), "mean", bins=edges).statistic
    np.testing.assert_allclose([b.claimed for b in bins], mean_claim)
    np.testing.assert_allclose([b.came_true for b in bins], mean_true)
    assert figures.calibration_error(bins) == pytest.approx(np.abs(mean_claim - mean_true).mean())


def test_reliability_keeps_the_weights():
    claimed, true = np.linspace(0.01, 0.99, 99), np.tile([0.0, 1.0, 1.0], 33)
    weight = figures.even_prior(np.arange(99) < 11)
    bins = figures.reliability(claimed, true, weight)
    assert weight[:11].sum() == pytest.approx(0.5)
    assert weight[11:].sum() == pytest.approx(0.5)
    assert sum(b.weight for b in bins) == pytest.approx(1.0)
    assert sum(b.n for b in bins) == 99
    assert sum(b.weight * b.came_true for b in bins) == pytest.approx(np.average(true, weights=weight))


def test_a_perfect_claim_has_no_error():
    bins = figures.reliability([0.0, 0.0, 1.0, 1.0], [0, 0, 1, 1], np.ones(4), n_bins=2)
    assert figures.calibration_error(bins) == 0.0
    assert figures.brier([0.0, 1.0], [0, 1], np.ones(2)) == 0.0


def test_brier_is_the_weighted_mean_square():
    assert figures.brier([0.2, 0.9], [0, 0], [3.0, 1.0]) == pytest.approx((3 * 0.04 + 0.81) / 4)


def test_quantiles_are_scipys():
    values = np.random.default_rng(5).normal(size=333)
    expected = stats.mstats.mquantiles(values, LEVELS, alphap=1, betap=1)
    np.testing.assert_allclose(figures.quantiles(values), expected, atol=0.005)


def test_the_measured_tables_take_the_next_tenth_above():
    tables = {"RIGHT": [1.0], "LEFT_OUT": [0.0], "STRANGERS": [2.11] * 50, "MIXTURE_WRONG": [-2.76, -9.0]}
    text = "\n".join(evidence.table_lines(tables))
    assert "STRANGERS_99: Final = 2.2" in text
    assert "MIXTURE_WORST: Final = -2.7" in text
    assert "STRANGER_CASES: Final = 50" in text


# --- cases -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("Calcite", "calcium carbonate"),
        ("LDPE", "Polyethylene"),
        ("Quartz", ""),
        ("Aragonite", None),  # another form of calcium carbonate
        ("Styrene butadiene copolymer", None),
        ("", None),
    ],
)
def test_open_specy_truths(identity, expected):
    assert openspecy.truth_of(identity) == expected


def test_a_missing_folder_of_data_ends_the_run_with_a_reason(tmp_path):
    with pytest.raises(SystemExit, match="--data"):
        collecting.check_data(tmp_path)


@pytest.mark.measured
def test_shared_cases_name_substances_of_the_library(shared_data: Path):
    identities = cases.identities_by_name(cases.measured_library(shared_data))
    found = list(cases.shared_cases(shared_data, identities))
    assert len({case.name for case in found}) == len(found) == 76
    assert all(case.truth <= set(identities.values()) for case in found)
    assert [sum(case.kind == kind for case in found) for kind in ("known", "mixture", "stranger")] == [
        53,
        2,
        21,
    ]


# --- the pipeline on made-up spectra -------------------------------------------------------------


def made_up(seed: int) -> np.ndarray:
    """Eight bands anywhere: one substance per seed."""
    rng = np.random.default_rng(seed)
    bands = zip(rng.uniform(350, 1850, 8), rng.uniform(0.2, 1.0, 8), strict=True)
    return sum(h * np.exp(-0.5 * ((AXIS - c) / 5.0) ** 2) for c, h in bands)


def measured(clean: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(1000 + seed)
    return 500 * clean + 0.2 * AXIS + rng.normal(0, 2.0, AXIS.size)


def substance_of(name: str) -> str:
    """Strangers come in pairs."""
    return f"x{int(name[1:]) // 2}" if name.startswith("x") else ""


@pytest.fixture(scope="module")
def library() -> Library:
    references = [
        make_reference(Spectrum(AXIS, measured(made_up(s), 50 + s)), Naming(f"s{s}")) for s in range(6)
    ]
    return Library("made up", "raman", tuple(references))


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    rng = np.random.default_rng(0)
    right, wrong = tuple(rng.normal(5, 1, 50)), tuple(rng.normal(-6, 1, 50))
    some = Cases(right, wrong)
    return fit_calibration(some, some, n_references=6, pipeline=judging.PIPELINE.fingerprint, seed=0)


@pytest.fixture(scope="module")
def made_up_cases() -> list[cases.Case]:
    known = [(f"s{s}", {f"s{s}"}, made_up(s)) for s in range(6)]
    strangers = [(f"x{s}", set(), made_up(s)) for s in range(20, 30)]
    blend = [("blend", {"s0", "s1"}, made_up(0) + made_up(1))]
    return [
        cases.Case(
            name, f"source {place % 3}", frozenset(truth), AXIS, measured(clean, place), substance_of(name)
        )
        for place, (name, truth, clean) in enumerate([*known, *strangers, *blend])
    ]


@pytest.fixture(scope="module")
def judged(library, made_up_cases) -> list[judging.Judged]:
    return judging.judge_all(library, made_up_cases, workers=1)[0]


def test_each_known_case_is_asked_twice_and_each_component_left_out(judged):
    assert [entry.case.name for entry in judged].count("s3") == 2
    assert [set(entry.left_out) for entry in judged if entry.case.name == "blend"] == [set(), {"s0"}, {"s1"}]


def test_what_is_left_out_cannot_be_found(library, judged):
    labels = judging.candidate_labels(library)
    for entry in judged:
        found = {labels[candidate.candidate.row].identity for candidate in entry.ranked}
        assert not found & entry.left_out


def test_stages_and_engine_agree(library, judged, calibration):
    assert judging.disagreements(library, judged[::4], calibration) == []


def test_figures_of_a_clean_world(library, judged, calibration, made_up_cases):
    labels = judging.candidate_labels(library)
    found = summarise(judged, labels, calibration, peer_tops(library, made_up_cases))
    assert found["cases"] == {"known": 6, "stranger": 10, "mixture": 1, "sources": 3, "unusable": []}
    assert found["detection"]["detected"]["k"] == 6
    assert found["detection"]["missed"] == []
    low, high = figures.wilson(0, 10)
    assert found["false_matches"]["strangers"]["false"] == {"k": 0, "n": 10, "low": low, "high": high}
    assert found["false_matches"]["strangers"]["substances"]["n"] == 5
    assert found["false_matches"]["left_out"]["false"]["k"] == 0
    assert found["operating_points"]["contraspec"]["0.01"]["detected"]["k"] == 6
    assert len(found["reliability"]["bins"]) > 5
    assert set(found["peers"]) == set(THRESHOLDS)
    text = "\n".join(report.lines(found))
    assert "6/6" in text
    assert "0/10" in text


def test_evidence_tables_and_weights(library, judged):
    labels = judging.candidate_labels(library)
    tables = quantile_tables(judged, labels)
    assert [len(tables[name]) for name in ("RIGHT", "LEFT_OUT", "STRANGERS")] == [6, 6, 10]
    assert min(tables["RIGHT"]) > max(tables["STRANGERS"])
    text = "\n".join(evidence.weight_lines(judged, labels))
    assert "leave one source out" in text


def test_terms_are_those_of_the_evidence(judged):
    weights = _weights.shipped()
    for entry in judged:
        for candidate in entry.ranked:
            made = np.dot(_weights.terms(candidate.evidence), weights[:-1]) + WEIGHTS["constant"]
            assert made == pytest.approx(log_odds(candidate.evidence))


def test_fitted_weights_keep_their_sign(library, judged):
    pure = [entry for entry in judged if entry.case.kind != "mixture"]
    fitted, _ = _weights.fit_weights(pure, judging.candidate_labels(library))
    assert all(value * WEIGHTS[name] >= 0 for name, value in zip(_weights.TERMS, fitted, strict=False))


def test_processes_change_nothing(library, judged, made_up_cases):
    some = made_up_cases[:3]
    parallel, _ = judging.judge_all(library, some, workers=2)
    alone = [entry for entry in judged if entry.case in some]
    assert [entry.log_odds for entry in parallel] == pytest.approx([entry.log_odds for entry in alone])


def test_raw_pearson_is_scipys():
    ours, theirs = measured(made_up(1), 1), measured(made_up(2), 2)[50:]
    rows = (on_grid(AXIS, ours), on_grid(AXIS[50:], theirs))
    assert (rows[1].first - rows[0].first, rows[1].last) == (50, rows[0].last)
    case = cases.Case("q", "s", frozenset(), AXIS, ours)
    one = Library("one", "raman", (make_reference(Spectrum(AXIS[50:], theirs), Naming("t")),))
    top = peer_tops(one, [case])["raw Pearson"][0]
    assert top.score == pytest.approx(stats.pearsonr(ours[50:], theirs).statistic)


def test_thinning_keeps_what_the_library_has(made_up_cases):
    kept = cases.thin(made_up_cases, 5)
    assert [case.kind for case in kept].count("stranger") == 5
    assert sum(case.kind != "stranger" for case in kept) == 7
