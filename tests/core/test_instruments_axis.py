"""Offset and stretch: the fit against numpy, what it throws out, and whether its uncertainty holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.instruments.axis import PIVOT_CM1, AxisFit, BandPair, fit_axis

BANDS = (384.1, 426.3, 801.3, 1028.3, 1157.6, 1266.4, 1444.4, 2852.9)
COMMON = 0.55


def pairs_of(
    measured: np.ndarray, bands: np.ndarray, *, known: float = COMMON, u: float = 0.2
) -> list[BandPair]:
    return [BandPair(float(b), float(m), known, u) for b, m in zip(bands, measured, strict=True)]


def measured_as(bands: np.ndarray, offset: float, stretch: float) -> np.ndarray:
    """Positions that the correction brings exactly to the bands."""
    return (bands - offset + stretch * PIVOT_CM1) / (1 + stretch)


@pytest.mark.parametrize(("offset", "stretch"), [(0.0, 0.0), (6.35, -0.0002), (-3.8, -0.004), (12.0, 0.006)])
def test_an_exact_line_comes_back(offset: float, stretch: float) -> None:
    bands = np.array(BANDS)
    fit = fit_axis(pairs_of(measured_as(bands, offset, stretch), bands), common_standard_cm1=COMMON)
    assert fit.offset_cm1 == pytest.approx(offset, abs=1e-9)
    assert fit.stretch == pytest.approx(stretch, abs=1e-12)
    assert (fit.n_used, fit.n_rejected) == (8, 0)
    assert fit.range_cm1 == (384.1, 2852.9)
    assert fit.correction_cm1(1500.0) == pytest.approx(offset + 500 * stretch)


def test_values_and_covariance_are_those_of_weighted_least_squares() -> None:
    rng = np.random.default_rng(5)
    bands = np.array(BANDS)
    u = rng.uniform(0.1, 0.5, bands.size)
    measured = measured_as(bands, 1.3, 0.001) + rng.normal(0, 0.2, bands.size)
    pairs = [BandPair(float(b), float(m), 0.55, float(s)) for b, m, s in zip(bands, measured, u, strict=True)]
    fit = fit_axis(pairs, common_standard_cm1=0.0)
    sigma = np.hypot(0.55, u)
    design = np.column_stack([np.ones(bands.size), measured - PIVOT_CM1]) / sigma[:, None]
    expected = np.linalg.lstsq(design, (bands - measured) / sigma, rcond=None)[0]
    covariance = np.linalg.inv(design.T @ design)  # the scatter is below the stated one: no Birge factor
    assert [fit.offset_cm1, fit.stretch] == pytest.approx(expected, rel=1e-9)
    assert fit.offset_expanded_cm1 == pytest.approx(2 * np.sqrt(covariance[0, 0]), rel=1e-9)
    assert fit.stretch_expanded == pytest.approx(2 * np.sqrt(covariance[1, 1]), rel=1e-9)


def test_the_covariance_grows_with_scatter_that_the_uncertainties_do_not_explain() -> None:
    rng = np.random.default_rng(6)
    bands = np.array(BANDS)
    measured = bands + rng.normal(0, 1.0, bands.size)
    calm = fit_axis(pairs_of(bands, bands, known=0.1, u=0.1), common_standard_cm1=0.0)
    wild = fit_axis(pairs_of(measured, bands, known=0.1, u=0.1), common_standard_cm1=0.0)
    assert wild.offset_expanded_cm1 > 3 * calm.offset_expanded_cm1


@pytest.mark.parametrize("wrong", [(2,), (0, 5), (3, 6, 7)])
def test_bands_that_stand_apart_are_left_out_and_counted(wrong: tuple[int, ...]) -> None:
    bands = np.array(BANDS)
    measured = measured_as(bands, 2.0, 0.0005)
    measured[list(wrong)] += 7.0
    fit = fit_axis(pairs_of(measured, bands), common_standard_cm1=COMMON)
    assert fit.n_rejected == len(wrong)
    assert {i for i, band in enumerate(fit.bands) if not band.used} == set(wrong)
    assert fit.offset_cm1 == pytest.approx(2.0, abs=1e-6)


def test_few_bands_give_an_offset_alone_and_own_up_to_the_unknown_stretch() -> None:
    one = fit_axis([BandPair(520.45, 518.7, 0.14, 0.05)], common_standard_cm1=0.14)
    assert (one.offset_cm1, one.stretch, one.stretch_expanded) == (pytest.approx(1.75), 0.0, None)
    # 480 cm-1 from the pivot, at 1e-3
    assert one.offset_expanded_cm1 >= 2 * 0.48
    near = np.array([1001.4, 1031.8, 1155.3, 1200.0])
    assert fit_axis(pairs_of(near, near), common_standard_cm1=COMMON).stretch_expanded is None


def test_no_number_of_bands_makes_the_offset_better_than_the_standard() -> None:
    bands = np.linspace(200, 3000, 200)
    fit = fit_axis(pairs_of(bands, bands, u=0.01), common_standard_cm1=COMMON)
    assert fit.offset_expanded_cm1 >= 1.1


@given(st.permutations(range(8)))
def test_the_order_of_bands_does_not_matter(order: list[int]) -> None:
    rng = np.random.default_rng(7)
    bands = np.array(BANDS)
    measured = bands - 1.0 + rng.normal(0, 0.4, bands.size)
    pairs = pairs_of(measured, bands)
    assert fit_axis([pairs[i] for i in order], common_standard_cm1=COMMON) == fit_axis(
        pairs, common_standard_cm1=COMMON
    )


def simulated(rng: np.random.Generator, bands: np.ndarray, *, shared: bool) -> AxisFit:
    """One check of an instrument off by 2 and stretched by 1e-3, by a standard off by its own uncertainty."""
    error = np.full(bands.size, rng.normal(0, COMMON)) if shared else rng.normal(0, COMMON, bands.size)
    measured = measured_as(bands + error, 2.0, 1e-3) + rng.normal(0, 0.2, bands.size)
    return fit_axis(pairs_of(measured, bands), common_standard_cm1=COMMON)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("n", [5, 8])
def test_the_stated_uncertainty_covers_the_truth(shared: bool, n: int) -> None:
    """At least 95 %, less three deviations of 2,000 draws, whatever the standard's errors share."""
    rng = np.random.default_rng(8)
    bands = np.array(BANDS[:n])
    bands[-1] = BANDS[-1]
    draws = [simulated(rng, bands, shared=shared) for _ in range(2000)]
    offset = np.mean([abs(fit.offset_cm1 - 2.0) <= fit.offset_expanded_cm1 for fit in draws])
    stretch = np.mean([abs(fit.stretch - 1e-3) <= (fit.stretch_expanded or 0) for fit in draws])
    least = 0.95 - 3 * np.sqrt(0.95 * 0.05 / 2000)
    assert offset >= least
    assert stretch >= least
