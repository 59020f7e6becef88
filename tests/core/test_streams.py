"""Arithmetic of streams: cumulative sums, whitening, averages, repeated looks; each against an oracle."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spectra.errors import StreamError
from spectra.streams.averaging import Average
from spectra.streams.background import Background
from spectra.streams.blocks import Blocks
from spectra.streams.cusum import Cusum, average_run_length, change_point, limit_for, two_frames
from spectra.streams.likeness import unlikeness
from spectra.streams.peaks import highest, tail_of_highest
from spectra.streams.sequential import Evidence, Schedule, likelihood_ratio
from spectra.streams.subtraction import background_share

AXIS = np.arange(640.0)


def siegmund(limit, reference, shift=0.0):
    """Mean run length by Siegmund's approximation (Sequential Analysis, 1985)."""
    drift, b = shift - reference, limit + 1.166
    return (math.exp(-2 * drift * b) + 2 * drift * b - 1) / (2 * drift * drift)


@pytest.mark.parametrize(("reference", "within"), [(0.5, 0.04), (1.0, 0.12)])
@pytest.mark.parametrize("run_length", [500.0, 1e4, 1e6, 1e9])
def test_a_limit_gives_the_stated_run_length(reference, within, run_length):
    limit = limit_for(run_length, reference=reference)
    assert average_run_length(limit, reference=reference) == pytest.approx(run_length, rel=1e-6)
    assert siegmund(limit, reference) == pytest.approx(run_length, rel=within)


def test_published_run_lengths():
    """Those of two-sided charts (k = 1/2, h = 4), of which in control either side alarms half as often."""
    told = {0.0: 336.0, 0.5: 26.6, 1.0: 8.38, 1.5: 4.75, 2.0: 3.34, 3.0: 2.19}
    for shift, length in told.items():
        assert average_run_length(4.0, reference=0.5, shift=shift) == pytest.approx(length, rel=0.005)


@pytest.mark.parametrize("wrong", [1.0, 1e13, math.nan])
def test_run_lengths_that_cannot_be(wrong):
    with pytest.raises(StreamError, match="frames between false alarms"):
        limit_for(wrong, reference=1.0)


def test_simulated_run_length_agrees():
    limit = limit_for(200.0, reference=1.0)
    rng, lengths = np.random.default_rng(0), []
    for _ in range(400):
        test, n = Cusum(1.0, limit), 1
        while not test.add(rng.normal()):
            n += 1
        lengths.append(n)
    assert np.mean(lengths) == pytest.approx(200.0, abs=4 * 200.0 / math.sqrt(400))


def test_no_lone_frame_raises_an_alarm_but_two_do():
    limit = limit_for(1e6, reference=1.0)
    test = Cusum(1.0, limit, two_frames(limit, reference=1.0))
    assert not test.add(38.0)
    assert test.add(38.0)
    assert test.run == 2
    test.clear()
    assert (test.total, test.run) == (0.0, 0)


@given(st.lists(st.floats(-40, 40), min_size=1, max_size=30))
def test_the_change_point_is_the_likeliest(scores):
    def gain(first):
        total = sum(scores[first:])
        return total * abs(total) / (len(scores) - first)

    place = change_point(scores)
    assert gain(place) >= max(gain(k) for k in range(len(scores))) - 1e-6


def frames(n, seed=0, *, level=400.0, mixing=None):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0.0, 20.0, (n, AXIS.size))
    if mixing is not None:
        noise += rng.normal(0.0, 1.0, (n, 1)) * mixing
    return level + 100.0 * np.exp(-AXIS / 200.0) + noise


def learned(n=128, seed=0, **how):
    known = Background(Blocks(AXIS.size), 128, 500)
    for frame in frames(n, seed, **how):
        known.learn(frame)
    return known


@pytest.mark.parametrize(("n", "mixing"), [(128, None), (700, None), (700, 30.0 * np.sin(AXIS / 90.0))])
def test_scores_of_empty_frames_are_standard_normal(n, mixing):
    """White or with a common fluctuation twenty times a block's noise; estimated from 128 frames on."""
    scores = []
    for seed in range(6):
        known = learned(n, seed, mixing=mixing)
        scores += [known.score(frame) for frame in frames(150, 100 + seed, mixing=mixing)]
    assert abs(np.mean(scores)) < 0.2
    assert 0.8 < np.std(scores) < 1.15
    assert np.mean(np.array(scores) > 2.326) < 0.025  # 1 % of a normal


def test_the_moments_are_those_of_the_frames():
    known = learned(900, 3)
    assert known.mean == pytest.approx(400.0 + 100.0 * np.exp(-AXIS / 200.0), abs=5.0)
    assert np.sqrt(known.variance).mean() == pytest.approx(20.0, rel=0.03)
    assert known.smoothing.mean() == pytest.approx(1.0, abs=0.25)


def test_smoothing_by_the_device_is_seen():
    known = Background(Blocks(AXIS.size), 128, 500)
    for frame in frames(400, 4):
        known.learn(np.convolve(frame, np.ones(5) / 5.0, "same"))
    assert np.median(known.smoothing) > 5.0


def test_slow_drift_raises_no_alarm_and_a_step_does():
    known, test = learned(600, 5), Cusum(1.0, limit_for(1e5, reference=1.0))
    for k, frame in enumerate(frames(800, 6)):
        lit = frame * (1.0 + 1e-4 * k)
        assert not test.add(known.score(lit))
        known.learn(lit)
    band = 180.0 * np.exp(-(((AXIS - 300.0) / 5.0) ** 2))
    found = [test.add(known.score(frame * 1.15 + band)) for frame in frames(20, 7)]
    assert found.index(True) < 5


def test_a_brighter_lamp_alone_is_no_item():
    known = learned(300, 8)
    assert np.mean([known.score(frame * 1.04) for frame in frames(50, 9)]) < 1.5


def test_a_first_set_of_two_kinds_is_thrown_away_by_half():
    known = Background(Blocks(AXIS.size), 60, 500)
    item = 300.0 * np.exp(-(((AXIS - 300.0) / 20.0) ** 2))
    steady = [known.learn(frame + (item if k % 3 == 0 else 0.0)) for k, frame in enumerate(frames(60))]
    assert steady == [True] * 59 + [False]
    assert not known.ready
    for frame in frames(60, 1):
        known.learn(frame)
    assert known.ready
    assert known.mean[300] < 440.0


def test_frames_without_noise_have_scores_too():
    known = Background(Blocks(40), 40, 500)
    for _ in range(60):
        known.learn(np.linspace(1.0, 2.0, 40))
    assert math.isfinite(known.score(np.linspace(1.0, 2.0, 40)))
    assert known.score(np.linspace(1.0, 3.0, 40)) > 5.0


@given(st.integers(20, 5000))
def test_blocks_cover_every_channel_once(n):
    blocks = Blocks(n)
    assert blocks.sizes.sum() == n
    assert blocks.sizes.min() >= 2
    assert blocks.means(np.arange(float(n))) == pytest.approx(
        [part.mean() for part in np.split(np.arange(float(n)), blocks.starts[1:])]
    )


def test_noise_of_blocks_is_that_of_their_means():
    blocks, rng = Blocks(3200), np.random.default_rng(0)
    found = np.mean([blocks.noise(rng.normal(0, 3.0, 3200)) for _ in range(50)])
    assert found == pytest.approx(9.0 / 100.0, rel=0.05)


def test_averages_are_those_of_inverse_variances():
    rng = np.random.default_rng(0)
    rows, noises = rng.normal(0, 1, (30, 50)), rng.uniform(1.0, 1.8, 30)
    average = Average()
    for row, noise in zip(rows, noises, strict=True):
        average.add(row, noise)
    assert average.mean == pytest.approx(np.average(rows, axis=0, weights=1.0 / noises**2))
    assert average.n == 30
    average.add(np.full(50, 1e6), 1e-9)  # noise misjudged: still no more than four frames
    assert average.mean.max() < 1e6 * 4.1 / 30


def shapes(seed):
    rng = np.random.default_rng(seed)
    bands = sum(np.exp(-0.5 * ((AXIS - c) / 4.0) ** 2) for c in rng.uniform(50, 590, 6))
    return np.asarray(bands)


def test_the_same_item_stays_alike_whatever_its_brightness_and_another_does_not():
    known, rng = learned(600, 1), np.random.default_rng(2)
    item, other, scores, odd = shapes(1), shapes(2), [], []
    for height in (50.0, 200.0, 3000.0):
        average = known.mean + height * item + rng.normal(0, 20.0 / 5.0, AXIS.size)
        for _ in range(60):
            bright, covered = rng.uniform(0.5, 1.5), rng.uniform(0.3, 1.0)
            frame = covered * known.mean + bright * height * item + rng.normal(0, 20.0, AXIS.size)
            told = {"blocks": Blocks(AXIS.size), "background": known.mean, "smoothing": known.smoothing}
            scores.append(unlikeness(frame, average, 25, **told))
            odd.append(unlikeness(frame + height * other, average, 25, **told))
    assert np.mean(scores[:60]) == pytest.approx(0.0, abs=0.5)
    assert np.max(scores) < 4.0
    assert min(np.array(odd).reshape(3, -1).mean(axis=1)) > 2.5


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_the_share_of_a_background_is_found_under_an_item(share):
    rng, belt = np.random.default_rng(3), 300.0 + 400.0 * shapes(3)
    spectrum = share * belt + 600.0 * shapes(4) + rng.normal(0, 4.0, AXIS.size)
    noisy = belt + rng.normal(0, 4.0, AXIS.size)
    found = background_share(spectrum, noisy, error=np.full(AXIS.size, 16.0))
    assert found == pytest.approx(share, abs=0.03)


def test_a_background_without_structure_is_left_alone():
    rng = np.random.default_rng(4)
    flat = 300.0 + rng.normal(0, 1.0, AXIS.size)
    found = background_share(600.0 + rng.normal(0, 10.0, AXIS.size), flat, error=np.ones(AXIS.size))
    assert found == 0.0
    assert background_share(shapes(1), np.ones(AXIS.size)) == 0.0


def test_a_schedule_is_geometric_and_its_limits_are_kept():
    assert Schedule().frames == (8, 32)
    assert Schedule(5, 4, 2.5).frames == (4, 10, 25, 63)
    assert Schedule(6, 1, 1.1).frames == (1, 2, 3, 4, 5)
    assert Schedule(1).frames == ()
    for wrong in ({"looks": 0}, {"looks": 101}, {"first": 0}, {"ratio": 1.0}, {"ratio": math.nan}):
        with pytest.raises(StreamError, match="expected"):
            Schedule(**wrong)


def test_one_look_suffices_at_the_evidence_that_its_weight_asks_for():
    stated = frozenset({"a"})
    for probability in (0.9, 0.99, 0.995, 0.999):
        evidence = Evidence(5, 0.01)
        evidence.add(stated, probability, 0.5)
        assert evidence.suffices(stated) == (probability / (1 - probability) >= 5 / 0.01)
        assert not evidence.suffices(frozenset({"b"}))
        assert not evidence.suffices(None)


def test_looks_add_up_only_where_they_say_the_same_and_none_is_made_too_many():
    evidence = Evidence(3, 0.01)
    for name, probability in (("a", 0.99), ("b", 0.99), ("a", 0.995)):
        evidence.add(frozenset({name}), probability, 0.5)
    assert evidence.bound(frozenset({"a"})) == pytest.approx(3 / (99 + 199))
    assert evidence.bound(frozenset({"b"})) == pytest.approx(3 / 99)
    with pytest.raises(StreamError, match="no more"):
        evidence.add(None, None, None)


def test_evidence_does_not_depend_on_the_prior():
    for prior in (0.01, 0.5, 0.9):
        odds = 50.0 * prior / (1 - prior)
        assert likelihood_ratio(odds / (1 + odds), prior) == pytest.approx(50.0)
    assert math.isfinite(likelihood_ratio(1.0, 0.5))


@pytest.mark.parametrize("dependence", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("alpha", [0.02, 0.1])
def test_false_statements_stay_below_the_rate_whatever_looks_depend_on(dependence, alpha):
    """Calibrated looks with any correlation: two normals of one variance have exact ratios."""
    rng, n, looks, shift = np.random.default_rng(1), 40_000, 5, 2.0
    common = rng.normal(size=(n, 1))
    scores = math.sqrt(dependence) * common + math.sqrt(1 - dependence) * rng.normal(size=(n, looks))
    logits = shift * (scores - shift / 2)  # strangers: exact log likelihood ratio of each look
    ratios = np.exp(logits)
    false = (np.cumsum(ratios, axis=1) / looks >= 1.0 / alpha).any(axis=1).mean()
    once_each = (ratios >= 1.0 / alpha).any(axis=1).mean()
    assert false <= alpha
    assert false <= once_each
    probability = 1.0 / (1.0 + np.exp(-logits[:200]))
    for row, ratio in zip(probability, ratios[:200], strict=True):
        evidence = Evidence(looks, alpha)
        for value in row:
            evidence.add(frozenset({"x"}), float(value), 0.5)
        assert evidence.suffices(frozenset({"x"})) == (ratio.sum() / looks >= 1.0 / alpha)


def test_the_bound_is_reached_by_the_worst_case_and_looking_at_a_fixed_threshold_breaks_it():
    """One look in K of a stranger is at the odds that its weight asks for, as often as calibration allows."""
    alpha, looks, n = 0.05, 5, 60_000
    rng = np.random.default_rng(2)
    lucky = rng.random(n) < alpha  # E[L] = alpha / looks * looks / alpha = 1 for each look
    which = rng.integers(0, looks, n)
    ratios = np.where(lucky[:, None] & (np.arange(looks) == which[:, None]), looks / alpha, 0.0)
    assert ratios.mean(axis=0) == pytest.approx(np.ones(looks), rel=0.1)
    assert (ratios.sum(axis=1) / looks >= 1 / alpha).mean() == pytest.approx(alpha, rel=0.1)
    loose = rng.random((n, looks)) < alpha
    assert loose.any(axis=1).mean() > 4 * alpha


def test_one_sharp_band_is_seen_that_blocks_dilute():
    known = learned(400, 10)
    band = 100.0 * np.exp(-0.5 * ((AXIS - 305.0) / 2.0) ** 2)  # five times the noise, two channels wide
    seen = [known.score(frame + band) for frame in frames(60, 11)]
    unseen = [known.score(frame) for frame in frames(60, 11)]
    assert np.mean(seen) > 2.5
    assert np.mean(unseen) < 0.5


def test_highest_means_have_unit_scale_and_no_eye_for_slopes():
    rng = np.random.default_rng(0)
    one = [highest(rng.normal(size=54)) for _ in range(4000)]  # few channels: few places for a highest
    assert highest(3.0 * np.linspace(-5, 5, 640)) == pytest.approx(0.0, abs=1e-9)
    assert highest(np.ones(10)) == 0.0
    assert 1.5 < np.mean(one) < 3.0
    spike = np.zeros(640)
    spike[300:303] = 1.0
    assert highest(spike) == pytest.approx(math.sqrt(3 / 1.5))


def test_gumbels_tail_is_that_of_scipy_and_not_too_low_for_maxima_of_normals():
    law = stats.gumbel_r(loc=3.0 - 0.5772156649 * 0.4, scale=0.4)
    for top in (1.0, 3.0, 4.0, 6.0, 12.0):
        found = tail_of_highest(top, mean=3.0, variance=float(law.var()))
        assert found == pytest.approx(law.sf(top), rel=1e-6, abs=1e-300)
    tops = np.random.default_rng(1).normal(size=(20_000, 300)).max(axis=1)
    for level in (0.01, 0.001):
        limit = np.quantile(tops, 1 - level)
        assert tail_of_highest(limit, mean=tops.mean(), variance=tops.var()) >= level * 0.9
