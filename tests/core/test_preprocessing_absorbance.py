"""Ordinates of the NIR: round trips, closed forms, what is refused."""

import numpy as np
import pytest

from spectra.errors import PipelineError, SpectrumError
from spectra.preprocessing import absorbance, absorbance_from_counts, as_absorbance, kubelka_munk
from spectra.spectrum import Spectrum

AXIS = np.arange(900.0, 1700.0, 4.0)
SHARE = 0.05 + 0.9 * np.random.default_rng(1).random(AXIS.size)


def spectrum(values, **metadata):
    return Spectrum(AXIS, values, technique="nir", unit="wavelength_nm", metadata=metadata)


def test_absorbance_is_the_logarithm_in_either_scale():
    _, ours = absorbance(AXIS, SHARE)
    np.testing.assert_allclose(ours, np.log10(1 / SHARE), rtol=1e-12)
    _, percent = absorbance(AXIS, 100 * SHARE, quantity="transmittance", scale="percent")
    np.testing.assert_allclose(percent, ours, rtol=1e-12)


def test_no_light_is_an_absorbance_of_six_never_infinite():
    dark = SHARE.copy()
    dark[:3] = [0.0, -0.2, 1e-9]
    np.testing.assert_allclose(absorbance(AXIS, dark)[1][:3], 6.0)


def test_kubelka_munk_there_and_back():
    _, ratio = kubelka_munk(AXIS, SHARE)
    np.testing.assert_allclose(ratio, (1 - SHARE) ** 2 / (2 * SHARE), rtol=1e-12)
    _, back = absorbance(AXIS, ratio, quantity="kubelka_munk")
    np.testing.assert_allclose(back, -np.log10(SHARE), rtol=1e-9, atol=1e-12)
    _, again = kubelka_munk(AXIS, back, quantity="absorbance")
    np.testing.assert_allclose(again, ratio, rtol=1e-9, atol=1e-12)


def test_brighter_than_white_is_no_absorption():
    assert not kubelka_munk(AXIS, np.full(AXIS.size, 1.2))[1].any()


def test_counts_of_sample_reference_and_dark():
    white = np.linspace(2e4, 5e4, AXIS.size)
    ours = absorbance_from_counts(100 + SHARE * white, 100 + white, dark=np.full(AXIS.size, 100.0))
    np.testing.assert_allclose(ours, -np.log10(SHARE), rtol=1e-9)
    many = absorbance_from_counts(np.stack([SHARE, SHARE / 10]) * white, white)
    np.testing.assert_allclose(many[1] - many[0], 1.0, rtol=1e-9)


def test_a_reference_without_light_is_refused():
    white = np.ones(AXIS.size)
    white[4:6] = 0
    with pytest.raises(PipelineError, match="no light at 2 of 200"):
        absorbance_from_counts(SHARE, white)
    with pytest.raises(PipelineError, match="as many points"):
        absorbance_from_counts(SHARE, white[:-1])
    with pytest.raises(PipelineError, match="not finite"):
        absorbance_from_counts(SHARE, np.full(AXIS.size, np.nan))


@pytest.mark.parametrize(
    ("values", "metadata", "note"),
    [
        (SHARE, {"quantity": "reflectance"}, "computed from reflectance"),
        (100 * SHARE, {"quantity": "transmittance"}, "transmittance in percent"),
        (100 * SHARE, {"quantity": "reflectance", "y_column": "R (%)"}, "reflectance in percent"),
        ((1 - SHARE) ** 2 / (2 * SHARE), {"quantity": "kubelka_munk"}, "from kubelka_munk"),
        (-np.log10(SHARE), {}, "taken as absorbance"),
    ],
)
def test_any_ordinate_becomes_absorbance(values, metadata, note):
    found = as_absorbance(spectrum(values, **metadata))
    np.testing.assert_allclose(found.intensity, -np.log10(SHARE), rtol=1e-9, atol=1e-12)
    assert found.metadata["quantity"] == "absorbance"
    assert note in found.warnings[-1]


def test_a_dark_sample_in_percent_goes_by_the_name_of_its_column():
    found = as_absorbance(spectrum(SHARE, quantity="transmittance", y_column="%T"))
    np.testing.assert_allclose(found.intensity, 2 - np.log10(SHARE), rtol=1e-9)


def test_absorbance_stays_as_it_is():
    given = spectrum(SHARE, quantity="absorbance")
    assert as_absorbance(given) is given


@pytest.mark.parametrize(
    ("metadata", "factor", "message"),
    [({"quantity": "counts"}, 1, "counts"), ({}, 1000, "no absorbance"), ({"quantity": "odd"}, 1, "'odd'")],
)
def test_what_cannot_be_absorbance_is_refused(metadata, factor, message):
    with pytest.raises(SpectrumError, match=message):
        as_absorbance(spectrum(factor * SHARE, **metadata))


def test_points_without_light_are_counted():
    dark = SHARE.copy()
    dark[:3] = 0
    assert "3 points without light" in as_absorbance(spectrum(dark, quantity="reflectance")).warnings[-1]


def test_unknown_words_are_refused():
    for step in (absorbance, kubelka_munk):
        with pytest.raises(PipelineError, match="expected reflectance"):
            step(AXIS, SHARE, quantity="counts")
        with pytest.raises(PipelineError, match="fraction or percent"):
            step(AXIS, SHARE, scale="permille")
