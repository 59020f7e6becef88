"""What every preprocessing step must keep, run over the whole registry."""

import numpy as np
import pytest

from spectra.errors import PipelineError, SpectrumError
from spectra.grid import Grid
from spectra.matrix import SpectralMatrix
from spectra.preprocessing import STEPS, Pipeline, Step
from spectra.spectrum import Spectrum

GRID = Grid(200.0, 2.0, 300)
TARGET = {"start": 210.0, "step": 4.0, "n_points": 120}
REQUIRED = {
    "resample": TARGET,
    "crop": {"low": 300.0, "high": 600.0},
    "pybaselines": {"method": "modpoly", "parameters": {"poly_order": 2}},
    "derivative_nm": TARGET,
    "broaden": {"from_nm": 2.0, "to_nm": 10.0},
}
LINEAR_IN_FACTOR = {
    "despike", "resample", "crop", "smooth", "derivative", "baseline", "pybaselines", "clip",
    "derivative_nm", "detrend", "bridge_bands", "broaden",
}  # fmt: skip
UNCHANGED_BY_FACTOR = {"snv", "normalize"}
OF_A_UNIT = {"absorbance", "kubelka_munk"}
"""Steps that ask for a reflectance or transmittance: another unit is another value."""

every_step = pytest.mark.parametrize("name", list(STEPS))


def step(name):
    return Step(name, REQUIRED.get(name, {}))


def run(name, axis, intensity):
    return STEPS[name].function(axis, intensity, **step(name).parameters)


def example(rng, rows=None):
    axis = GRID.axis
    shape = (axis.size,) if rows is None else (rows, axis.size)
    bands = 300 * np.exp(-0.5 * ((axis - 450) / 6) ** 2) + 120 * np.exp(-0.5 * ((axis - 620) / 8) ** 2)
    return axis, bands + 0.1 * axis + rng.normal(0, 2, shape)


@every_step
def test_shapes_fit_and_values_are_finite_float64(name):
    axis, intensity = example(np.random.default_rng(1), rows=3)
    new_axis, new = run(name, axis, intensity)
    assert new.shape == (3, new_axis.size)
    assert new.dtype == new_axis.dtype == np.float64
    assert np.all(np.isfinite(new))
    assert np.all(np.diff(new_axis) > 0)


@every_step
def test_inputs_are_never_changed_nor_handed_back(name):
    axis, intensity = example(np.random.default_rng(2), rows=2)
    axis, before = axis.copy(), (axis.copy(), intensity.copy())
    axis.flags.writeable = intensity.flags.writeable = False
    new_axis, new = run(name, axis, intensity)
    assert np.array_equal(axis, before[0])
    assert np.array_equal(intensity, before[1])
    assert not np.shares_memory(new, intensity)
    assert not np.shares_memory(new_axis, axis)


@every_step
def test_each_row_comes_out_as_if_alone(name):
    axis, intensity = example(np.random.default_rng(3), rows=4)
    _, together = run(name, axis, intensity)
    for row, expected in zip(intensity, together, strict=True):
        np.testing.assert_allclose(run(name, axis, row)[1], expected, rtol=1e-9, atol=1e-9)


@every_step
def test_more_dimensions_are_only_more_rows(name):
    axis, intensity = example(np.random.default_rng(4), rows=4)
    _, flat = run(name, axis, intensity)
    _, nested = run(name, axis, intensity.reshape(2, 2, -1))
    np.testing.assert_allclose(nested.reshape(flat.shape), flat, rtol=1e-9, atol=1e-9)


@every_step
@pytest.mark.parametrize("level", [0.0, 5.0, -3.0, 0.1, 1e12, 1e-12])
def test_a_constant_stays_finite_and_featureless(name, level):
    axis = GRID.axis
    _, new = run(name, axis, np.full(axis.size, level))
    assert np.all(np.isfinite(new))
    assert np.ptp(new) <= 1e-12 * abs(level)


@every_step
@pytest.mark.parametrize("factor", [1e12, 1e-12, 2.0**-40])
def test_units_do_not_matter(name, factor):
    if name in OF_A_UNIT:
        return
    axis, intensity = example(np.random.default_rng(5))
    _, ours = run(name, axis, intensity)
    _, scaled = run(name, axis, intensity * factor)
    if name in LINEAR_IN_FACTOR:
        scaled = scaled / factor
    elif name not in UNCHANGED_BY_FACTOR:
        assert name == "square_root"
        scaled = scaled / np.sqrt(factor)
    np.testing.assert_allclose(scaled, ours, rtol=1e-7, atol=1e-7 * np.abs(ours).max())


@every_step
def test_the_axis_is_what_the_record_says(name):
    axis, intensity = example(np.random.default_rng(6))
    new_axis, _ = run(name, axis, intensity)
    match STEPS[name].on_axis:
        case "kept":
            assert np.array_equal(new_axis, axis)
        case "shortened":
            assert np.all(np.isin(new_axis, axis))
            assert new_axis.size < axis.size
        case "resampled":
            assert np.all(np.isin(new_axis, Grid(**TARGET).axis))


@every_step
def test_a_spectrum_alone_equals_its_row_in_a_matrix(name):
    axis, intensity = example(np.random.default_rng(7), rows=3)
    stretches = (slice(0, 300), slice(20, 280), slice(0, 300))
    spectra = [
        Spectrum(axis[part], row[part].astype(np.float32))
        for row, part in zip(intensity, stretches, strict=True)
    ]
    pipeline = Pipeline((step(name),))
    matrix = pipeline.apply(SpectralMatrix.from_spectra(spectra, "abc", GRID))
    alone = SpectralMatrix.from_spectra([pipeline.apply(each) for each in spectra], "abc", matrix.grid)
    assert np.array_equal(matrix.mask, alone.mask)
    np.testing.assert_allclose(matrix.intensity, alone.intensity, rtol=1e-5, atol=1e-5)


@every_step
def test_wrong_shapes_are_refused(name):
    axis, intensity = example(np.random.default_rng(8))
    with pytest.raises(PipelineError, match="expected"):
        run(name, axis[:-1], intensity)


@every_step
def test_a_short_spectrum_works_or_is_refused_by_name(name):
    axis = np.linspace(300, 400, 20)
    try:
        _, new = run(name, axis, np.sin(axis / 10))
    except (PipelineError, SpectrumError):
        return
    assert np.all(np.isfinite(new))


@every_step
def test_every_step_is_described(name):
    record = STEPS[name]
    assert record.name == name
    assert record.version >= 1
    assert record.description
    assert record.function.__doc__
    assert set(record.defaults) <= set(record.parameters)
