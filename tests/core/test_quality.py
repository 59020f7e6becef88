"""The quality gate on made-up cases and, where the folder is there, on measured spectra."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra import quality
from spectra.quality import WIDEST_CM1, assess_quality, estimate_noise, is_saturated
from spectra.spectrum import Spectrum

AXIS = np.linspace(200, 2400, 2000)
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "raman"


def gauss(centre, fwhm, height, axis=AXIS):
    return height * np.exp(-4 * np.log(2) * ((axis - centre) / fwhm) ** 2)


def bands(height=1000.0):
    return gauss(620, 9, 0.4 * height) + gauss(1001, 8, height) + gauss(1602, 12, 0.6 * height)


def noise(seed, sigma=5.0, n=AXIS.size):
    return np.random.default_rng(seed).normal(0, sigma, n)


def unusable(intensity, axis=AXIS):
    return assess_quality(Spectrum(axis, intensity)).unusable


def test_a_good_spectrum_is_measured_rightly():
    report = assess_quality(Spectrum(AXIS, 300 + bands() + noise(1)))
    assert report.unusable == ()
    assert report.noise == pytest.approx(5, rel=0.15)
    assert report.snr == pytest.approx(200, rel=0.3)
    assert not report.saturated
    assert report.n_spikes == 0
    assert report.fluorescence < 0.2


@pytest.mark.parametrize("level", [0.0, 3.7, -2.0, 65535.0, 1e12])
def test_a_constant_is_flat_and_nothing_else(level):
    report = assess_quality(Spectrum(AXIS, np.full(AXIS.size, level)))
    assert report.unusable == ("flat",)
    assert (report.snr, report.noise, report.saturated) == (0.0, 0.0, False)


class TestAnAxisThatNoInstrumentHas:
    @pytest.mark.parametrize(("low", "high"), [(0.0, 1.6e7), (0.0, 1e300), (-1e308, 1e308), (0.0, 100_001.0)])
    def test_is_of_the_wrong_technique_and_no_background_is_fitted(self, low, high, monkeypatch):
        monkeypatch.setattr(quality, "fit_baseline", lambda *_, **__: pytest.fail("would take for ever"))
        axis = np.linspace(low / 2, high / 2, AXIS.size) * 2
        report = assess_quality(Spectrum(axis, 300 + bands() + noise(1)))
        assert (report.unusable, report.snr) == (("wrong_technique",), 0.0)

    def test_the_widest_is_judged_with_a_bounded_number_of_points(self, monkeypatch):
        seen = []
        fit = quality.fit_baseline
        monkeypatch.setattr(
            quality, "fit_baseline", lambda *given, **more: seen.append(given[0].size) or fit(*given, **more)
        )
        axis = np.linspace(0.0, WIDEST_CM1, AXIS.size)
        assert "wrong_technique" not in assess_quality(Spectrum(axis, 300 + bands() + noise(1))).unusable
        assert seen == [50_001]

    @pytest.mark.parametrize("unit", ["wavelength_nm", "wavenumber_cm-1"])
    def test_other_units_have_as_many_points_however_wide(self, unit, monkeypatch):
        seen = []
        fit = quality.fit_baseline
        monkeypatch.setattr(
            quality, "fit_baseline", lambda *given, **more: seen.append(given[0].size) or fit(*given, **more)
        )
        assess_quality(Spectrum(np.linspace(1.0, 1e9, AXIS.size), 300 + bands() + noise(1), unit=unit))
        assert len(seen) == 1
        assert seen[0] <= 701


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("n_points", [300, 1000, 4000])
def test_white_noise_is_too_weak(seed, n_points):
    axis = np.linspace(200, 2400, n_points)
    assert unusable(500 + noise(seed, 5, n_points), axis) == ("too_weak",)


@pytest.mark.parametrize("width", [3, 5])
@pytest.mark.parametrize("seed", range(5))
def test_noise_that_the_device_smoothed_is_too_weak(seed, width):
    smoothed = np.convolve(noise(seed, 5, AXIS.size + width - 1), np.ones(width) / width, "valid")
    assert unusable(smoothed) == ("too_weak",)


@pytest.mark.parametrize("step", [1.0, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_noise_that_the_device_interpolated_is_too_weak(seed, step):
    axis = np.arange(300, 2302, step)
    assert unusable(np.interp(axis, np.linspace(300, 2302, 1100), noise(seed, 5, 1100)), axis) == (
        "too_weak",
    )


@pytest.mark.parametrize("fwhm", [300, 500, 900, 2000])
@pytest.mark.parametrize("height", [30, 300, 1000])
def test_fluorescence_alone_is_too_weak_however_strong(fwhm, height):
    report = assess_quality(Spectrum(AXIS, gauss(1200, fwhm, 5.0 * height) + noise(fwhm)))
    assert report.unusable == ("too_weak",)
    assert report.fluorescence > 0.5


def test_shot_noise_on_fluorescence_is_too_weak():
    counts = np.random.default_rng(3).poisson(1000 + gauss(1200, 1100, 30000)).astype(float)
    assert unusable(counts) == ("too_weak",)


@pytest.mark.parametrize("mean", [0.3, 3.0])
def test_dark_counts_are_too_weak_and_not_saturated(mean):
    counts = np.random.default_rng(4).poisson(mean, AXIS.size).astype(float)
    assert unusable(counts) == ("too_weak",)


def test_bands_on_strong_fluorescence_are_usable():
    report = assess_quality(Spectrum(AXIS, bands(100) + gauss(1200, 900, 5000) + noise(5)))
    assert report.unusable == ()
    assert report.fluorescence > 0.9


def test_a_device_that_clips_its_baseline_at_zero_is_understood():
    clipped = np.maximum(bands() + noise(6) - 3, 0)
    clipped[1400:] = 0.0
    report = assess_quality(Spectrum(AXIS, clipped))
    assert report.unusable == ()
    assert 2 < report.noise < 8
    assert report.fluorescence < 0.1


def test_sharp_bands_do_not_count_as_noise():
    crowded = sum(gauss(centre, 8, 800.0) for centre in range(300, 2300, 60))
    assert estimate_noise(crowded + noise(7)) == pytest.approx(5, rel=0.5)
    assert estimate_noise(noise(7)) == pytest.approx(5, rel=0.1)


def test_a_spectrum_without_noise_has_a_finite_ratio():
    report = assess_quality(Spectrum(AXIS, bands()))
    assert report.unusable == ()
    assert np.isfinite(report.snr)
    assert report.snr > 1000


def test_spikes_are_counted_and_do_not_make_a_spectrum():
    spectrum = noise(8)
    spectrum[[300, 301, 700, 1500]] += 4000
    report = assess_quality(Spectrum(AXIS, spectrum))
    assert report.n_spikes == 3
    assert report.unusable == ("too_weak",)


@pytest.mark.parametrize("limit", [65535.0, 4095.0, 60000.0])
@pytest.mark.parametrize("kind", ["one band", "fluorescence"])
def test_a_clipped_top_is_saturated(limit, kind):
    strong = 1.6 * limit * (bands(1.0) if kind == "one band" else gauss(1200, 900, 1.0) + 0.1 * bands(1.0))
    clipped = np.round(np.minimum(strong + 200 + noise(9), limit))
    report = assess_quality(Spectrum(AXIS, clipped))
    assert report.saturated
    assert report.unusable[0] == "saturated"


def test_a_clipped_top_stays_saturated_after_a_factor_or_an_offset():
    clipped = np.minimum(np.round(bands(90000) + 800 + noise(10)), 65535.0)
    assert is_saturated(clipped)
    assert is_saturated(clipped - 812)
    assert is_saturated(clipped / 30000)


@settings(max_examples=60, deadline=None)
@given(height=st.floats(20, 60000), sigma=st.floats(0, 50), seed=st.integers(0, 10**6))
def test_rounded_counts_below_the_limit_are_not_saturated(height, sigma, seed):
    counts = np.round(bands(height) + gauss(1200, 900, 0.5 * height) + noise(seed, sigma))
    assert not is_saturated(counts)


@settings(max_examples=30, deadline=None)
@given(
    factor=st.sampled_from([1e-12, 1e-3, 1.0, 1e12]),
    offset=st.floats(0, 1e3),
    seed=st.integers(0, 10**6),
)
def test_units_and_offsets_do_not_decide(factor, offset, seed):
    spectrum = bands(300) + noise(seed)
    plain = assess_quality(Spectrum(AXIS, spectrum))
    moved = assess_quality(Spectrum(AXIS, factor * (spectrum + offset)))
    assert moved.unusable == plain.unusable == ()
    assert moved.snr == pytest.approx(plain.snr, rel=1e-3)
    assert moved.noise == pytest.approx(factor * plain.noise, rel=1e-3)
    assert 0 <= moved.fluorescence <= 1


@pytest.mark.parametrize("n_points", [20, 25, 40, 60])
def test_short_spectra_get_a_report(n_points):
    axis = np.linspace(900, 1000, n_points)
    report = assess_quality(Spectrum(axis, gauss(950, 10, 500, axis) + noise(11, 5, n_points)))
    assert np.isfinite(report.snr)


def test_other_techniques_get_a_report():
    axis = np.linspace(900, 1700, 228)
    absorbance = 0.4 + gauss(1200, 90, 0.2, axis) + gauss(1450, 120, 0.5, axis) + noise(12, 2e-4, 228)
    report = assess_quality(Spectrum(axis, absorbance, technique="nir", unit="wavelength_nm"))
    assert "too_weak" not in report.unusable


def measured(folder):
    if not DATA.is_dir():
        pytest.skip(f"the measured data are not at {DATA}")
    from spectra.io import read_spectra

    paths = [path for path in sorted((DATA / folder).rglob("*")) if path.suffix in (".csv", ".txt")]
    assert paths
    return [(path.name, read_spectra(path)[0]) for path in paths]


@pytest.mark.measured
@pytest.mark.parametrize(
    "folder", ["wp785xs-library", "wp785x-queries", "portable-customs", "amino-acid-mixtures/pure"]
)
def test_every_measured_spectrum_with_bands_is_usable(folder):
    for name, spectrum in measured(folder):
        report = assess_quality(spectrum)
        assert report.unusable == (), name
        assert report.snr > 12, name
        assert 0 <= report.fluorescence <= 1, name
