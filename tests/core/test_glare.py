"""What drowns a Raman spectrum: fluorescence, or the light of something hot."""

import numpy as np
import pytest

from spectra.confidence.glare import glare
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum

AXIS = np.arange(200.0, 2300.0, 2.0)
BACKGROUNDS = {
    "hump": np.exp(-0.5 * ((AXIS - 1200) / 500) ** 2),
    "rising slope": (AXIS - 200) / 2100,
    "falling": np.exp(-AXIS / 800),
    "rising hump": np.exp(-0.5 * ((AXIS - 2600) / 900) ** 2),
}


def planck(kelvin):
    """Photons of a black body at the wavelengths of these Raman shifts from 785 nm, 1 high."""
    metres = 1e-9 / (1 / 785 - AXIS * 1e-7)
    light = metres**-4 / (np.exp(6.62607015e-34 * 299792458 / (metres * 1.380649e-23 * kelvin)) - 1)
    return light / light.max()


def scan(background, photons, seed=3, offset=500.0):
    counts = np.random.default_rng(seed).poisson(photons * background + offset).astype(float)
    return Spectrum(AXIS, counts)


def told(spectrum):
    quality = assess_quality(spectrum)
    assert "too_weak" in quality.unusable
    return glare(spectrum, quality)


@pytest.mark.parametrize("kelvin", [450, 600, 800])
@pytest.mark.parametrize("photons", [4_000, 20_000, 60_000])
def test_thermal_light_is_heating(kelvin, photons) -> None:
    assert told(scan(planck(kelvin), photons)) == "heating"


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_any_other_bright_background_is_fluorescence(name) -> None:
    assert told(scan(BACKGROUNDS[name], 40_000)) == "fluorescent"


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_a_faint_background_is_neither(name) -> None:
    assert told(scan(BACKGROUNDS[name], 800)) is None


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_neither(seed) -> None:
    assert told(scan(np.zeros_like(AXIS), 0, seed)) is None


def test_a_scan_that_can_be_judged_is_not_asked() -> None:
    bands = sum(np.exp(-0.5 * ((AXIS - place) / 6) ** 2) for place in (600, 1000, 1300))
    spectrum = scan(BACKGROUNDS["hump"] + bands, 40_000)
    assert glare(spectrum, assess_quality(spectrum)) is None
