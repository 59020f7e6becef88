"""Curves of an answer: they add up, and they are those that the answer rests on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from libraries.engine import Engine
from libraries.explaining import Claim, Explanation, explain
from libraries.methods.nir import NirMethod
from libraries.methods.raman import RamanMethod
from spectra.io import read_measurements
from spectra.matching.alignment import align
from spectra.matching.index import prepare_query
from spectra.matching.mixtures import find_mixture
from spectra.matching.nir.mixture_basis import second_derivative
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open()


def example(name: str) -> Spectrum:
    (measured,) = read_measurements(EXAMPLES / f"synthetic_{name}.csv")
    assert not isinstance(measured, Exception)
    return measured.spectrum()


def explained(engine: Engine, spectrum: Spectrum) -> tuple[Explanation, tuple[float, ...]]:
    answer = engine.identify(spectrum)
    said = answer.identification
    claim = Claim(
        tuple(each.label.id for each in said.substances),
        "mixture_components" in said.reasons,
        answer.axis_shift_cm1,
        said.unexplained_cm1,
    )
    return explain(engine, spectrum, claim), said.unexplained_cm1


def test_a_mixture_is_drawn_as_it_was_decided(engine: Engine) -> None:
    spectrum = example("mixture_caffeine_paracetamol")
    found, _ = explained(engine, spectrum)
    method = engine.method_for("raman")
    assert isinstance(method, RamanMethod)
    noise = assess_quality(spectrum).noise
    query = prepare_query(method.pipeline.apply(spectrum), method.index.grid, noise=noise)
    mixture = find_mixture(method.basis, query, align(query))
    assert mixture is not None
    # the scale of the parts is found anew from their shares: it gives back the mixture's own fit
    assert found.explained == pytest.approx(mixture.explained, abs=1e-9)
    assert {part.label.substance for part in found.parts} == {"caffeine", "paracetamol (acetaminophen)"}
    areas = [float(np.nansum(part.curve)) for part in found.parts]
    shares = [each.share for each in mixture.components]
    assert areas[0] / sum(areas) == pytest.approx(shares[0], abs=0.02)


@pytest.mark.parametrize("name", ["caffeine", "mixture_caffeine_paracetamol", "plastic_bag"])
def test_parts_and_rest_add_up_to_the_scan(engine: Engine, name: str) -> None:
    found, _ = explained(engine, example(name))
    total = np.nansum([part.curve for part in found.parts], axis=0)
    known = np.isfinite(found.fit)
    np.testing.assert_allclose(total[known], found.fit[known], atol=1e-12)
    np.testing.assert_allclose(found.fit[known] + found.residual[known], found.query[known], atol=1e-12)
    assert found.query.max() == pytest.approx(1.0)
    assert np.all(np.diff(found.axis) > 0)
    assert found.explained is not None
    assert found.explained > 0.9


def test_one_reference_is_fitted_by_least_squares(engine: Engine) -> None:
    found, _ = explained(engine, example("caffeine"))
    inside = np.isfinite(found.fit)
    ours, theirs = np.diff(found.query[inside]), np.diff(found.fit[inside])
    (height,) = np.linalg.lstsq(theirs[:, None], ours, rcond=None)[0]
    assert height == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", ["caffeine", "mixture_caffeine_paracetamol"])
def test_marks_are_the_bands_that_the_answer_names(engine: Engine, name: str) -> None:
    spectrum = example(name)
    strange = 0.6 * float(np.ptp(spectrum.intensity)) * np.exp(-0.5 * ((spectrum.axis - 2100.0) / 7.0) ** 2)
    found, unexplained = explained(engine, replace(spectrum, intensity=spectrum.intensity + strange))
    assert unexplained == pytest.approx([2099.0], abs=1.0)
    assert tuple(mark.position for mark in found.marks if not mark.explained) == unexplained


def test_nothing_named_nothing_fitted(engine: Engine) -> None:
    found = explain(engine, example("caffeine"), Claim())
    assert (found.parts, found.explained) == ((), None)
    assert not np.isfinite(found.fit).any()
    assert found.marks
    assert not any(mark.explained for mark in found.marks)


@pytest.mark.parametrize("spectrum", [example("too_weak"), replace(example("caffeine"), technique="other")])
def test_what_cannot_be_compared_is_shown_as_read(engine: Engine, spectrum: Spectrum) -> None:
    found = explain(engine, spectrum, Claim())
    assert found.domain == "measured"
    np.testing.assert_array_equal(found.axis, spectrum.axis)
    assert (found.query.min(), found.query.max()) == (0.0, 1.0)


def test_near_infrared_is_drawn_in_second_derivatives(engine: Engine) -> None:
    method = engine.method_for("nir")
    assert isinstance(method, NirMethod)
    row = 0
    axis, absorbance = method.basis.axis_nm, method.basis.absorbance[row]
    known = np.isfinite(absorbance)
    scan = Spectrum(
        axis[known],
        0.7 * absorbance[known] + 0.1,
        technique="nir",
        unit="wavelength_nm",
        metadata={"quantity": "absorbance"},
    )
    found = explain(engine, scan, Claim((method.labels[row].id,)))
    assert (found.domain, found.unit) == ("curvature", "wavelength_nm")
    assert found.explained == pytest.approx(1.0, abs=1e-3)
    expected = -second_derivative(axis, absorbance)
    expected /= np.nanmax(np.abs(expected))
    inside = np.isfinite(found.fit)
    at = np.searchsorted(axis, found.axis[inside])
    np.testing.assert_allclose(found.fit[inside], expected[at], atol=0.02)
    assert all(mark.explained for mark in found.marks)


class TestUnknownOrdinate:
    @pytest.fixture
    def absorbed(self, engine: Engine) -> Spectrum:
        method = engine.method_for("nir")
        assert isinstance(method, NirMethod)
        known = np.isfinite(method.basis.absorbance[0])
        return Spectrum(
            method.basis.axis_nm[known],
            0.7 * method.basis.absorbance[0][known] + 0.1,
            technique="nir",
            unit="wavelength_nm",
            metadata={"quantity": "absorbance"},
        )

    def test_it_is_drawn_as_the_answer_read_it(self, engine: Engine, absorbed: Spectrum) -> None:
        right, _ = explained(engine, absorbed)
        reflected = replace(absorbed, intensity=10.0**-absorbed.intensity, metadata={"quantity": "unknown"})
        assert "quantity_assumed" in engine.identify(reflected).identification.reasons
        found, _ = explained(engine, reflected)
        assert found.domain == "curvature"
        np.testing.assert_allclose(found.query, right.query, atol=1e-6)

    @pytest.mark.parametrize("metadata", [{"quantity": "unknown"}, {}])
    def test_what_nothing_says_is_not_drawn_as_absorbance(
        self, engine: Engine, absorbed: Spectrum, metadata: dict[str, str]
    ) -> None:
        strange = np.interp(absorbed.axis, absorbed.axis + 137.0, absorbed.intensity[::-1])
        spectrum = replace(absorbed, intensity=strange, metadata=metadata)
        assert engine.identify(spectrum).identification.reasons[0] == "unknown_quantity"
        found = explain(engine, spectrum, Claim())
        assert found.domain == "measured"
        assert found.parts == ()
        named = replace(spectrum, metadata={"quantity": "absorbance"})
        assert explain(engine, named, Claim()).domain == "curvature"
