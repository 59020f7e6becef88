"""Scatter correction, masks and resolution against models made for the purpose and against scipy."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from spectra.errors import PipelineError
from spectra.preprocessing import bridge_bands, broaden, detrend, emsc, msc
from spectra.preprocessing.masks import MASKS, outside

AXIS = np.arange(900.0, 2100.0, 4.0)


def band(centre, width):
    return np.exp(-0.5 * ((AXIS - centre) / width) ** 2)


REFERENCE = 0.3 + 0.6 * band(1210, 30) + 0.4 * band(1510, 50) + 0.2 * band(1700, 25)
WATER = band(1450, 45) + band(1940, 40)
X = (AXIS - AXIS.mean()) / (AXIS[-1] - AXIS.mean())


def test_msc_is_the_regression_on_the_reference():
    rng = np.random.default_rng(1)
    spectra = 0.2 + 1.7 * REFERENCE + rng.normal(0, 0.01, (4, AXIS.size))
    found = msc(AXIS, spectra, reference=REFERENCE)
    for row in range(4):
        slope, offset = np.polyfit(REFERENCE, spectra[row], 1)
        assert found.amplitude[row] == pytest.approx(slope, rel=1e-9)
        assert found.polynomial[row, 0] == pytest.approx(offset, rel=1e-9)
        np.testing.assert_allclose(found.intensity[row], (spectra[row] - offset) / slope, rtol=1e-9)


def test_emsc_finds_what_was_put_in():
    spectrum = 0.6 * REFERENCE + 0.1 - 0.2 * X + 0.05 * X**2 + 0.33 * WATER
    found = emsc(AXIS, spectrum, reference=REFERENCE, interferents={"water": WATER})
    assert found.amplitude == pytest.approx(0.6)
    np.testing.assert_allclose(found.polynomial, [0.1, -0.2, 0.05], rtol=1e-9)
    assert found.interferents["water"] == pytest.approx(0.33)
    np.testing.assert_allclose(found.intensity, REFERENCE, rtol=1e-9)
    assert found.residual < 1e-12


def test_amplitudes_keep_the_share_that_snv_loses():
    half = emsc(AXIS, np.stack([REFERENCE, REFERENCE / 2]), reference=REFERENCE)
    np.testing.assert_allclose(half.amplitude, [1.0, 0.5], rtol=1e-9)


def test_weights_leave_points_out():
    spoiled = 0.5 * REFERENCE + 0.1
    spoiled[:40] += 3
    weights = np.where(np.arange(AXIS.size) < 40, 0.0, 1.0)
    assert emsc(AXIS, spoiled, reference=REFERENCE, weights=weights).amplitude == pytest.approx(0.5)
    assert emsc(AXIS, spoiled, reference=REFERENCE).amplitude != pytest.approx(0.5, rel=0.01)


def test_a_spectrum_without_the_reference_comes_out_empty():
    found = msc(AXIS, -REFERENCE, reference=REFERENCE)
    assert found.amplitude < 0
    assert not found.intensity.any()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"reference": REFERENCE[:-1]}, "reference of shape"),
        ({"reference": np.ones(AXIS.size)}, "not flat"),
        ({"interferents": {"same": 2 * REFERENCE + X}}, "reference, same and the polynomial cannot"),
        ({"weights": -np.ones(AXIS.size)}, "0 or more"),
        ({"poly_order": -1}, "0 or more"),
    ],
)
def test_what_cannot_be_fitted_is_refused(parameters, message):
    with pytest.raises(PipelineError, match=message):
        emsc(AXIS, REFERENCE, **{"reference": REFERENCE, **parameters})


def test_detrend_equals_polyfit():
    spectra = np.random.default_rng(2).normal(0, 1, (3, AXIS.size)) + 5 * X**2 - 3 * X
    _, ours = detrend(AXIS, spectra, poly_order=2)
    for row, left in zip(spectra, ours, strict=True):
        np.testing.assert_allclose(left, row - np.polyval(np.polyfit(X, row, 2), X), atol=1e-9)
    with pytest.raises(PipelineError, match="0 or more"):
        detrend(AXIS, spectra, poly_order=-1)


@pytest.mark.parametrize("mask", list(MASKS))
def test_a_bridge_is_a_line_and_hides_what_is_under_it(mask):
    line = 0.3 + 0.001 * AXIS
    inside = ~outside(AXIS, mask=mask)
    spoiled = line + 0.5 * inside
    assert inside.sum() > 40
    np.testing.assert_allclose(bridge_bands(AXIS, spoiled, mask=mask)[1], line, rtol=1e-9)
    np.testing.assert_array_equal(bridge_bands(AXIS, spoiled, mask=mask)[1][~inside], line[~inside])


def test_a_band_at_the_end_holds_the_last_point():
    axis = AXIS[AXIS < 1450]
    _, bridged = bridge_bands(axis, axis)
    assert np.all(bridged[axis >= 1400] == 1396)
    with pytest.raises(PipelineError, match="leaves no point"):
        bridge_bands(np.linspace(1410, 1490, 30), np.ones(30))
    with pytest.raises(PipelineError, match="expected one of"):
        bridge_bands(axis, axis, mask="fog")


def test_broadening_is_a_gaussian_and_widths_add_as_squares():
    noise = np.random.default_rng(3).normal(0, 1, AXIS.size)
    _, ours = broaden(AXIS, noise, from_nm=3.0, to_nm=20.0)
    sigma = np.sqrt(20.0**2 - 3.0**2) / np.sqrt(8 * np.log(2)) / 4.0
    theirs = gaussian_filter1d(noise, sigma, truncate=4.0)
    np.testing.assert_allclose(ours[20:-20], theirs[20:-20], atol=2e-3 * np.abs(noise).max())
    sharp = np.sqrt(8 * np.log(2))
    _, band_now = broaden(AXIS, band(1500, 30 / sharp), from_nm=0.0, to_nm=40.0)
    np.testing.assert_allclose(band_now, 0.6 * band(1500, 50 / sharp), atol=2e-3)


def test_broadening_keeps_lines_on_any_axis_and_never_sharpens():
    axis = np.sort(np.random.default_rng(4).uniform(900, 1700, 150))
    np.testing.assert_allclose(broaden(axis, 2 + 0.01 * axis, from_nm=2, to_nm=30)[1], 2 + 0.01 * axis)
    np.testing.assert_array_equal(broaden(axis, axis**2, from_nm=10, to_nm=10)[1], axis**2)
    np.testing.assert_array_equal(broaden(axis, axis**2, from_nm=10, to_nm=2)[1], axis**2)
    with pytest.raises(PipelineError, match="resolution"):
        broaden(axis, axis, from_nm=-1, to_nm=10)
