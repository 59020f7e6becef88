"""The benchmark's figures against independent oracles."""

import math

import numpy as np
import pytest
from scipy import stats

from benchmarks.accuracy import evidence, figures, votes
from benchmarks.accuracy.peers import (
    PEERS,
    Row,
    absolute_derivative,
    from_zero,
    linear_kernel_dual,
    on_grid,
    similarity,
)
from spectra.confidence.measured import LEVELS

AXIS = np.arange(300.0, 1900.0, 2.0)


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


def test_a_weighted_threshold_is_that_of_repeated_cases():
    rng = np.random.default_rng(6)
    scores, times = rng.normal(size=40), rng.integers(1, 5, 40)
    for rate in (0.0, 0.05, 0.2):
        repeated = figures.threshold_at(np.repeat(scores, times), rate)
        assert figures.threshold_at(scores, rate, weight=times) == repeated


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


def test_the_measured_tables_count_their_cases():
    tables = {"RIGHT": [1.0], "LEFT_OUT": [0.0], "STRANGERS": [2.11] * 50, "MIXTURE_WRONG": [-2.76, -9.0]}
    text = "\n".join(evidence.table_lines(tables))
    assert "MIXTURE_WRONG_CASES: Final = 2" in text
    assert "STRANGER_CASES: Final = 50" in text


def test_the_interval_of_the_calibration_error_is_that_of_a_naive_bootstrap():
    rng = np.random.default_rng(9)
    claimed = rng.uniform(size=120)
    true = rng.uniform(size=120) < claimed
    present, clusters = np.arange(120) < 40, [f"c{place // 3}" for place in range(120)]
    found = figures.calibration_error_interval(claimed, true, present, clusters, seed=4, draws=300)
    errors = []
    for _ in range(300):
        drawn = np.concatenate([3 * c + np.arange(3) for c in rng.integers(0, 40, 40)])
        bins = figures.reliability(claimed[drawn], true[drawn], figures.even_prior(present[drawn]))
        errors.append(figures.calibration_error(bins))
    np.testing.assert_allclose(found, np.quantile(errors, (0.025, 0.975)), atol=0.02)


def test_the_interval_of_the_calibration_error_keeps_its_seed():
    claimed, true = np.linspace(0, 1, 30), np.arange(30) > 12
    arguments = claimed, true, np.arange(30) % 2 == 0, [str(place) for place in range(30)]
    first, again, other = (
        figures.calibration_error_interval(*arguments, seed=seed, draws=50) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


# --- votes -------------------------------------------------------------------------------------


def naive_votes(flags, names, worst):
    by_vote = {name: [f for f, n in zip(flags, names, strict=True) if n == name] for name in names}
    return sum(any(own) if worst else sum(own) / len(own) for own in by_vote.values()), len(by_vote)


@pytest.mark.parametrize("worst", [False, True])
def test_a_substance_votes_once(worst):
    rng = np.random.default_rng(2)
    flags = (rng.uniform(size=60) < 0.3).tolist()
    names = [f"v{k}" for k in rng.integers(0, 20, 60)]
    found = votes.counted(flags, names, worst=worst)
    k, n = naive_votes(flags, names, worst)
    assert (found["votes"]["k"], found["votes"]["n"]) == (pytest.approx(k, abs=1e-5), n)
    assert (found["spectra"]["k"], found["spectra"]["n"]) == (sum(flags), 60)
    assert (found["votes"]["low"], found["votes"]["high"]) == pytest.approx(figures.wilson(k, n), abs=1e-6)


def test_one_false_spectrum_makes_its_vote_false_and_a_missed_one_costs_its_part():
    assert votes.counted([True, False, False, False], ["a"] * 4, worst=True)["votes"]["k"] == 1
    assert votes.counted([True, True, True, False], ["a"] * 4)["votes"]["k"] == 0.75


def test_the_operating_point_counts_votes():
    false = votes.scored([5.0, 1.0, 2.0, 3.0], ["a", "a", "b", "c"])
    right = votes.scored([4.0, 2.5, -math.inf], ["x", "x", "y"])
    point = votes.operating_point(right, false, 0.34)  # one vote of three may lie above
    assert point["threshold"] == 3.0
    assert (point["votes"]["k"], point["votes"]["n"]) == (0.5, 2)
    curve = votes.trade_off(right, false, highest_rate=1.0)
    assert curve == {"false_matches": [0.0, 0.33333, 0.66667], "detected": [0.0, 0.25, 0.5]}


# --- peers -------------------------------------------------------------------------------------


def rows_of(peer, first, second):
    return [
        Row(first=start, last=start + values.size, values=peer.prepare(values))
        for start, values in ((0, first), (50, second))
    ]


@pytest.fixture
def two_spectra() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    return np.abs(rng.normal(size=400)).cumsum(), np.abs(rng.normal(size=350)).cumsum()


def test_raw_pearson_is_scipys(two_spectra):
    ours, theirs = two_spectra
    score = similarity(PEERS[0], *rows_of(PEERS[0], ours, theirs))
    assert score == pytest.approx(stats.pearsonr(ours[50:], theirs).statistic)


def test_derivative_pearson_is_scipys(two_spectra):
    ours, theirs = two_spectra
    score = similarity(PEERS[1], *rows_of(PEERS[1], ours, theirs))
    expected = stats.pearsonr(absolute_derivative(ours)[50:], absolute_derivative(theirs)).statistic
    assert score == pytest.approx(expected)


def naive_kernel(x, z, window):
    """As published: products of intensities and of differences inside the window."""
    total = 0.0
    for i in range(x.size):
        near = range(max(0, i - window), min(x.size, i + window + 1))
        total += x[i] * z[i] + sum((x[i] - x[j]) * (z[i] - z[j]) for j in near)
    return total


@pytest.mark.parametrize("window", [1, 7, 25, 90])
def test_the_spectral_linear_kernel_is_the_published_sum(window):
    rng = np.random.default_rng(window)
    x, z = rng.normal(size=80), rng.normal(size=80)
    assert x @ linear_kernel_dual(z, window=window) == pytest.approx(naive_kernel(x, z, window))


def test_the_spectral_linear_kernel_is_normalised(two_spectra):
    ours, theirs = (from_zero(spectrum) for spectrum in two_spectra)
    score = similarity(PEERS[2], *rows_of(PEERS[2], *two_spectra))
    cut = ours[50:]
    norm = naive_kernel(cut, cut, 25) * naive_kernel(theirs, theirs, 25)
    assert score == pytest.approx(naive_kernel(cut, theirs, 25) / norm**0.5)
    assert similarity(PEERS[2], *rows_of(PEERS[2], two_spectra[0], two_spectra[0][50:])) <= 1.0


def test_peers_compare_only_what_was_measured():
    first, last, values = on_grid(AXIS[50:], np.ones(AXIS.size - 50))
    whole = on_grid(AXIS, np.ones(AXIS.size))
    assert (first - whole[0], last) == (50, whole[1])
    assert values.size == last - first
