"""Noise carried through the derivative, and what a reference leaves of a spectrum."""

import numpy as np
import pytest

from spectra.confidence.identification import Identification, NamedSubstance
from spectra.confidence.nir.withheld import undecided, withheld
from spectra.grid import Grid
from spectra.label import Label
from spectra.matching.nir.clearness import clearness, noise_curvature, weakness
from spectra.matching.nir.domain import curvature
from spectra.matching.nir.index import NirIndex, query_of
from spectra.matching.nir.residual import LIMIT, share_left
from spectra.matching.search import Candidate
from spectra.quality import QualityReport

GRID = Grid(start=900.0, step=2.0, n_points=401, unit="wavelength_nm")
AXIS = GRID.axis
WHOLE = (0, GRID.n_points)
EDGE = 20


def bands(*places: float, width: float = 20.0) -> np.ndarray:
    return sum(np.exp(-0.5 * ((AXIS - place) / width) ** 2) for place in places)


def index_of(values: np.ndarray) -> NirIndex:
    stretches = np.array([[EDGE, GRID.n_points - EDGE]])
    return NirIndex(GRID, ("a",), values[None].astype(np.float32), np.zeros((1, AXIS.size)), stretches)


@pytest.mark.parametrize("pitch", [2.0, 3.9, 7.0, 10.0])
def test_noise_is_carried_through_interpolation_and_derivative(pitch):
    rng = np.random.default_rng(5)
    knots = np.arange(880.0, 1730.0, pitch)
    drawn = [
        curvature(np.interp(AXIS, knots, rng.normal(0, 0.01, knots.size)), 2.0)[EDGE:-EDGE]
        for _ in range(400)
    ]
    query = query_of(bands(1200), WHOLE, GRID, noise=0.01, pitch_nm=pitch)
    assert noise_curvature(query) == pytest.approx(np.std(drawn), rel=0.05)


def test_points_closer_than_the_grid_average_their_noise():
    rng = np.random.default_rng(6)
    drawn = [curvature(rng.normal(0, 0.01, (AXIS.size, 4)).mean(axis=1), 2.0)[EDGE:-EDGE] for _ in range(400)]
    query = query_of(bands(1200), WHOLE, GRID, noise=0.01, pitch_nm=0.5)
    assert noise_curvature(query) == pytest.approx(np.std(drawn), rel=0.05)


def test_clearness_of_noise_alone_is_one_and_of_bands_what_they_are_over_it():
    rng = np.random.default_rng(7)
    alone = [clearness(query_of(rng.normal(0, 0.01, AXIS.size), WHOLE, GRID, noise=0.01)) for _ in range(50)]
    assert np.mean(alone) == pytest.approx(1.0, abs=0.1)
    once, twice = (clearness(query_of(bands(1200), WHOLE, GRID, noise=n)) for n in (0.02, 0.01))
    assert twice == pytest.approx(2 * once)


@pytest.mark.parametrize(
    ("values", "noise", "said"),
    [
        (0.2 + 1e-3 * (AXIS - 900), 1e-9, "flat"),
        (0.2 + 1e-6 * (AXIS - 1000) ** 2, 1e-9, "flat"),
        (np.log10(AXIS), 1e-9, "flat"),
        (0.2 + 1e-3 * (AXIS - 900) + 1e-4 * bands(1200), 1e-4, "flat"),
        (0.1 * bands(1200, 1400), 0.05, "too_weak"),
        (0.1 * bands(1200, 1400), 0.0005, None),
        (5.0 * bands(1300, width=100.0) + 0.2 * bands(1200, 1400, 1550), 0.001, None),
    ],
)
def test_what_says_nothing_and_why(values, noise, said):
    assert weakness(query_of(values, WHOLE, GRID, noise=noise)) == said


def test_scatter_axis_and_path_leave_nothing_and_another_substance_much():
    own, other = bands(1100, 1250, 1480), bands(1000, 1370, 1600)
    x = (AXIS - 1300) / 400
    left = [
        share_left(index_of(own), query_of(values, WHOLE, GRID), Candidate(0, 0, 1.0))
        for values in (
            3 * own + 0.5 + 0.2 * x,
            own * (1 + 0.2 * x),
            bands(1101, 1251, 1481),
            0.9 * own + 0.1 * other,
            0.5 * own + 0.5 * other,
        )
    ]
    assert max(left[:2]) < 0.01
    assert left[2] < 0.05
    assert 0.05 < left[3] < left[4]
    assert left[4] > LIMIT


def test_noise_is_not_counted_as_left():
    own = bands(1100, 1250, 1480)
    noisy = own + np.random.default_rng(8).normal(0, 0.05, AXIS.size)
    told, untold = (
        share_left(index_of(own), query_of(noisy, WHOLE, GRID, noise=n), Candidate(0, 0, 1.0))
        for n in (0.05, 0.0)
    )
    assert told < 0.5 * untold


def said(verdict: str, *names: str) -> Identification:
    named = tuple(NamedSubstance(Label(name, name, role="controlled"), 0.99, 0.5, 0.9) for name in names)
    quality = QualityReport(100.0, False, 0.0, 0, 1e-3)
    return Identification(
        verdict,
        bool(names),
        0.99 if names else None,
        named,
        (),
        (),
        ("no_candidate",),
        "send_to_lab",
        quality,
    )


def test_what_is_withheld_keeps_its_names_and_its_alert_but_no_probability():
    answer = withheld(said("mixture", "a", "b"), ("unexplained_bands",))
    assert (answer.verdict, answer.alert, answer.probability) == ("inconclusive", True, None)
    assert [each.label.substance for each in answer.substances] == ["a", "b"]
    assert {(each.probability, each.share) for each in answer.substances} == {(None, None)}
    assert answer.reasons[0] == "unexplained_bands"
    assert len(withheld(said("group", *"abcde")).substances) == 3
    assert withheld(said("no_match")).verdict == "no_match"


def test_only_no_match_becomes_undecided():
    answer = undecided(said("no_match"))
    assert (answer.verdict, answer.reasons) == ("inconclusive", ("low_probability",))
    assert undecided(said("match", "a")).verdict == "match"
