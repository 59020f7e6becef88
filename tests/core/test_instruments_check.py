"""The check as a whole, on made-up spectra of real standards."""

from itertools import permutations

import numpy as np
import pytest

from libraries.shift_standards import KEYS, read_standard
from spectra.errors import SpectrumError, UnsupportedError
from spectra.instruments.check import check_instrument
from spectra.instruments.correction import correct_axis
from spectra.instruments.intensity import compare_intensity
from spectra.instruments.limits import Limits
from spectra.spectrum import Spectrum

HEIGHTS = {"strongest": 1000.0, "strong": 400.0, "medium": 150.0, "weak": 60.0}


def scan(
    key: str, *, offset: float = 0.0, stretch: float = 0.0, noise: float = 2.0, **metadata: object
) -> Spectrum:
    """Scan of a standard by an instrument that needs this correction, with a sloping background."""
    rng = np.random.default_rng(11)
    axis = np.arange(60.0, 3300.0, 1.5)
    true = axis + offset + stretch * (axis - 1000.0)
    y = 300.0 - 0.05 * axis
    for band in read_standard(key).bands:
        y = y + HEIGHTS[band.strength] * np.exp(-0.5 * ((true - band.position_cm1) / 3.4) ** 2)
    return Spectrum(axis, y + rng.normal(0, noise, axis.size), metadata=metadata)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", KEYS)
def test_every_standard_finds_its_own_offset(key: str) -> None:
    check = check_instrument(scan(key, offset=1.7), read_standard(key))
    assert check.passed, check.reasons
    assert check.axis is not None
    assert abs(check.axis.offset_cm1 - 1.7) <= check.axis.offset_expanded_cm1
    assert abs(check.axis.offset_cm1 - 1.7) < 0.4


@pytest.mark.parametrize(("offset", "stretch"), [(-8.0, 0.0), (6.4, -0.001), (14.0, 0.002)])
def test_a_large_offset_is_measured_and_fails(offset: float, stretch: float) -> None:
    check = check_instrument(
        scan("polystyrene", offset=offset, stretch=stretch), read_standard("polystyrene")
    )
    assert check.reasons == ("axis_offset",)
    assert check.axis is not None
    assert check.axis.offset_cm1 == pytest.approx(offset, abs=0.5)
    assert check.axis.stretch == pytest.approx(stretch, abs=5e-4)
    wide = Limits(max_offset_cm1=20.0)
    assert check_instrument(
        scan("polystyrene", offset=offset, stretch=stretch), read_standard("polystyrene"), limits=wide
    ).passed


@pytest.mark.parametrize(("measured", "named"), list(permutations(KEYS, 2)))
def test_a_wrong_standard_gets_no_offset(measured: str, named: str) -> None:
    check = check_instrument(scan(measured), read_standard(named))
    assert not check.passed
    assert check.axis is None
    assert set(check.reasons) & {"wrong_standard", "too_few_bands", "axis_residual"}


@pytest.mark.parametrize("end", [1800.0, 2300.0, 3300.0])
@pytest.mark.parametrize("lost", ["toluene", "acetonitrile"])
def test_one_part_of_a_mixture_is_not_the_mixture(lost: str, end: float) -> None:
    """Bands of pure toluene and acetonitrile, by the same table; the whole passes on every axis."""
    parts = {
        "acetonitrile": (378.5, 919.0, 2253.7, 2292.6),
        "toluene": (521.7, 786.5, 1003.6, 1030.6, 1211.4),
    }
    whole, y = scan("toluene-acetonitrile"), scan("toluene-acetonitrile").intensity
    for band in read_standard("toluene-acetonitrile").bands:
        if band.position_cm1 in parts[lost]:
            line = np.exp(-0.5 * ((whole.axis - band.position_cm1) / 3.4) ** 2)
            y = y - HEIGHTS[band.strength] * line
    seen = whole.axis <= end
    standard = read_standard("toluene-acetonitrile")
    assert check_instrument(Spectrum(whole.axis[seen], whole.intensity[seen]), standard).passed
    check = check_instrument(Spectrum(whole.axis[seen], y[seen]), standard)
    assert (check.passed, check.axis) == (False, None)
    assert check.reasons == ("wrong_standard",)


def test_a_strong_band_that_is_missing_makes_another_substance() -> None:
    whole = scan("benzonitrile")
    line = 400.0 * np.exp(-0.5 * ((whole.axis - 2229.4) / 3.4) ** 2)
    lacking = Spectrum(whole.axis, whole.intensity - line)
    assert check_instrument(lacking, read_standard("benzonitrile")).reasons == ("wrong_standard",)


def test_noise_alone_is_no_standard() -> None:
    rng = np.random.default_rng(2)
    axis = np.arange(200.0, 2000.0, 2.0)
    for key in KEYS:
        check = check_instrument(Spectrum(axis, rng.normal(100, 5, axis.size)), read_standard(key))
        assert not check.passed
        assert check.axis is None


def test_a_bent_axis_fails_by_its_residual() -> None:
    good = scan("polystyrene")
    bent = Spectrum(good.axis + 4.0 * ((good.axis - 1600.0) / 1500.0) ** 2, good.intensity)
    check = check_instrument(bent, read_standard("polystyrene"), limits=Limits(max_offset_cm1=20.0))
    assert not check.passed


def test_a_weak_signal_fails() -> None:
    check = check_instrument(
        scan("cyclohexane", noise=20.0), read_standard("cyclohexane"), limits=Limits(min_snr=100)
    )
    assert "too_weak" in check.reasons


def test_a_saturated_main_band_fails() -> None:
    good = scan("calcite", detector_max=65535.0, raw_max=65535.0)
    check = check_instrument(good, read_standard("calcite"))
    assert check.reasons == ("saturated",)
    assert check.axis is None


def test_a_wide_band_fails_by_the_resolution() -> None:
    check = check_instrument(scan("calcite"), read_standard("calcite"), limits=Limits(max_resolution_cm1=5.0))
    assert check.reasons == ("resolution",)
    assert check.resolution is not None
    assert check.resolution.width_cm1 == pytest.approx(7.2, abs=0.5)  # 8.0 as drawn, less the natural 1.36


def test_near_infrared_is_refused_and_told_where_to_go() -> None:
    nir = Spectrum(
        np.arange(900.0, 1700.0, 4.0), np.sin(np.arange(200) / 9), technique="nir", unit="wavelength_nm"
    )
    with pytest.raises(UnsupportedError, match="NIR instruments is not checked here"):
        check_instrument(nir, read_standard("polystyrene"))


def test_the_correction_puts_the_axis_right() -> None:
    off = scan("polystyrene", offset=2.4, stretch=0.0008)
    standard = read_standard("polystyrene")
    axis = check_instrument(off, standard).axis
    assert axis is not None
    again = check_instrument(correct_axis(off, axis.offset_cm1, stretch=axis.stretch), standard).axis
    assert again is not None
    assert again.offset_cm1 == pytest.approx(0.0, abs=0.02)
    assert again.stretch == pytest.approx(0.0, abs=2e-5)


def test_a_correction_says_what_was_done_and_has_bounds() -> None:
    good = scan("silicon")
    assert correct_axis(good, 0.0) is good
    moved = correct_axis(good, 1.5, stretch=0.001, note="as the check of X found")
    assert moved.warnings == (
        "axis corrected by +1.5 cm-1 at 1000 cm-1 and +1 cm-1 per 1000 cm-1, as the check of X found",
    )
    for offset, stretch in ((21.0, 0.0), (float("nan"), 0.0), (0.0, 0.03)):
        with pytest.raises(SpectrumError, match="needs service"):
            correct_axis(good, offset, stretch=stretch)


def test_intensity_is_compared_with_the_check_before() -> None:
    now, then = {621.0: 0.2, 1001.0: 1.0}, {621.0: 0.15, 1001.0: 1.0, 1602.0: 0.3}
    change = compare_intensity((now, then), (900.0, 1000.0))
    assert change.height_ratio == pytest.approx(0.2 / 0.15)
    assert (change.at_cm1, change.flags) == (621.0, ("relative_intensity",))
    assert compare_intensity((then, then), (100.0, 1000.0)).flags == ("brightness",)
    assert compare_intensity(({}, then), (None, 1000.0)).flags == ()
