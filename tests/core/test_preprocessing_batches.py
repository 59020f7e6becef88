"""Spectra that are prepared together come out as if each stood alone."""

import numpy as np
import pytest

from spectra.errors import PipelineError, SpectrumError
from spectra.preprocessing import RAMAN_PIPELINE, Pipeline, Step
from spectra.preprocessing import batches as batches_module
from spectra.preprocessing.batches import apply_to_many, places_by_axis
from spectra.spectrum import Spectrum

GRID = {"start": 300, "step": 3, "n_points": 500}
PIPELINES = (
    RAMAN_PIPELINE,
    Pipeline(),
    Pipeline((Step("crop", {"low": 500, "high": 1500}), Step("smooth"), Step("snv"))),
    Pipeline((Step("resample", GRID), Step("derivative"), Step("normalize", {"method": "area"}))),
    Pipeline((Step("resample", GRID), Step("baseline", {"method": "asls", "lam": 1e4}))),
    Pipeline((Step("baseline", {"diff_order": 1, "lam": 1e3, "max_iter": 5}), Step("square_root"))),
)


def example(seed, *, low=180.6, high=2421.4, n=900):
    rng = np.random.default_rng(seed)
    axis = np.linspace(low, high, n)
    band = 900 * np.exp(-0.5 * ((axis - 900 - 7 * seed) / 9) ** 2)
    hump = 500 * np.exp(-0.5 * ((axis - 1300) / 300) ** 2)
    intensity = band + hump + rng.normal(0, 4, n)
    intensity[rng.integers(20, n - 20)] += 700
    return Spectrum(axis, intensity)


def mixed_axes(n):
    """Three instruments, two of which cover the same of the grid."""
    kinds = ({}, {"low": 181.0, "high": 2420.9}, {"low": 420.0, "high": 1800.0, "n": 700})
    return [example(seed, **kinds[seed % 3]) for seed in range(n)]


@pytest.fixture(params=["few", "many"])
def size(request, monkeypatch):
    monkeypatch.setattr(batches_module, "BATCH_FROM", 1 if request.param == "many" else 10**9)
    return request.param


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda each: "+".join(step.name for step in each.steps))
def test_together_is_alone(pipeline, size):
    spectra = mixed_axes(13)
    batches, refused = apply_to_many(pipeline, spectra)
    assert not refused
    places = np.concatenate([batch.places for batch in batches])
    assert sorted(places.tolist()) == list(range(13))
    tolerance = 1e-7 if size == "many" else 1e-13
    for batch in batches:
        for place, row in zip(batch.places.tolist(), batch.intensity, strict=True):
            alone = pipeline.apply(spectra[place])
            assert np.array_equal(batch.axis, alone.axis)
            assert row == pytest.approx(alone.intensity, rel=0, abs=tolerance * np.ptp(alone.intensity))


def test_a_few_raman_spectra_are_the_same_to_the_last_bit():
    spectra = mixed_axes(7)
    for batch in apply_to_many(RAMAN_PIPELINE, spectra)[0]:
        for place, row in zip(batch.places.tolist(), batch.intensity, strict=True):
            assert np.array_equal(row, RAMAN_PIPELINE.apply(spectra[place]).intensity)


def test_those_that_come_to_one_axis_are_one_batch():
    batches, _ = apply_to_many(RAMAN_PIPELINE, mixed_axes(9))
    assert sorted(batch.places.size for batch in batches) == [3, 6]


def test_who_is_refused_is_told_as_if_alone(size):
    spectra = mixed_axes(11)
    spectra[4] = example(4, low=4000.0, high=5000.0)
    spectra[9] = example(9, low=95.0, high=130.0, n=60)
    batches, refused = apply_to_many(RAMAN_PIPELINE, spectra)
    assert sorted(refused) == [4, 9]
    for place, error in refused.items():
        with pytest.raises(SpectrumError) as alone:
            RAMAN_PIPELINE.apply(spectra[place])
        assert str(error) == str(alone.value)
    left = np.concatenate([batch.places for batch in batches])
    assert sorted(left.tolist()) == [place for place in range(11) if place not in (4, 9)]


def test_values_that_are_not_finite_are_refused_by_row(monkeypatch):
    record = batches_module.STEPS["snv"]

    def broken(axis, intensity):
        return axis, np.where(intensity.max(axis=-1, keepdims=True) > 5000, np.nan, intensity)

    monkeypatch.setattr(
        batches_module, "STEPS", {**batches_module.STEPS, "snv": type(record)("snv", broken, 1, "")}
    )
    spectra = mixed_axes(6)
    spectra[2] = Spectrum(spectra[2].axis, spectra[2].intensity + 9000)
    _, refused = apply_to_many(Pipeline((Step("snv"),)), spectra)
    assert list(refused) == [2]
    assert "non-finite" in str(refused[2])


def test_a_wrong_parameter_refuses_all(size):
    pipeline = Pipeline((Step("smooth", {"window": 4}),))
    batches, refused = apply_to_many(pipeline, mixed_axes(3))
    assert batches == ()
    assert sorted(refused) == [0, 1, 2]
    assert all(isinstance(error, PipelineError) for error in refused.values())


def test_nothing_gives_nothing():
    assert apply_to_many(RAMAN_PIPELINE, []) == ((), {})
    assert RAMAN_PIPELINE.apply_to_many([]) == ((), {})


def test_axes_of_other_units_are_not_one():
    one = example(1)
    other = Spectrum(one.axis, one.intensity, unit="wavenumber_cm-1")
    assert [group.tolist() for group in places_by_axis([one, other, one])] == [[0, 2], [1]]


def test_a_large_job_takes_the_compiled_loops(monkeypatch):
    monkeypatch.setattr(batches_module, "BATCH_FROM", 3)
    record, seen = batches_module.STEPS["baseline"], []

    def noted(axis, intensity, parameters):
        seen.append(len(intensity))
        return record.for_many(axis, intensity, parameters)

    replaced = type(record)("baseline", record.function, 1, "", for_many=noted)
    monkeypatch.setattr(batches_module, "STEPS", {**batches_module.STEPS, "baseline": replaced})
    apply_to_many(RAMAN_PIPELINE, mixed_axes(2))
    assert seen == []
    apply_to_many(RAMAN_PIPELINE, mixed_axes(6))
    assert sorted(seen) == [2, 4]
