"""Pipelines as values: equality, fingerprints, JSON, application."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

from spectra.errors import PipelineError, PipelineMismatchError, SpectrumError
from spectra.grid import Grid
from spectra.matrix import SpectralMatrix
from spectra.preprocessing import RAMAN_GRID, RAMAN_PIPELINE, STEPS, Pipeline, Step, check_same
from spectra.spectrum import Spectrum

PIPELINE = Pipeline(
    (
        Step("crop", {"low": 300, "high": 1800}),
        Step("baseline", {"method": "asls", "lam": 1e6}),
        Step("pybaselines", {"method": "modpoly", "parameters": {"poly_order": 2}}),
        Step("snv"),
    )
)
GOLDEN = "a6305332628e9f43090f5c27afdac239270c4b6837cf049fdac8d4727f45f2fe"


def example(seed=1, low=180.0, high=2420.0, n=1600):
    rng = np.random.default_rng(seed)
    axis = np.linspace(low, high, n) + 3 * np.sin(np.linspace(0, 3, n))
    band = 900 * np.exp(-0.5 * ((axis - 1000) / 5) ** 2) + 500 * np.exp(-0.5 * ((axis - 1300) / 300) ** 2)
    return Spectrum(axis, band + rng.normal(0, 4, n), metadata={"serial": "X1"}, warnings=("noted",))


def test_the_fingerprint_is_stable():
    assert PIPELINE.fingerprint == GOLDEN


def test_the_fingerprint_is_that_of_another_process():
    code = "from spectra.preprocessing import RAMAN_PIPELINE; print(RAMAN_PIPELINE.fingerprint)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == RAMAN_PIPELINE.fingerprint


def test_the_fingerprint_sees_order_values_and_names_but_not_spelling():
    base = Pipeline((Step("snv"), Step("smooth", {"window": 7})))
    assert Pipeline((Step("smooth", {"window": 7}), Step("snv"))).fingerprint != base.fingerprint
    assert Pipeline((Step("snv"), Step("smooth", {"window": 9}))).fingerprint != base.fingerprint
    same = Pipeline((Step("snv"), Step("smooth", {"poly_order": 2, "window": 7.0})))
    assert same == base
    assert hash(same) == hash(base)
    assert same.fingerprint == base.fingerprint


@pytest.mark.parametrize("pipeline", [PIPELINE, RAMAN_PIPELINE, Pipeline()])
def test_json_and_pickle_give_the_same_pipeline_back(pipeline):
    for copy in (Pipeline.from_json(pipeline.to_json()), pickle.loads(pickle.dumps(pipeline))):
        assert copy == pipeline
        assert hash(copy) == hash(pipeline)
        assert copy.fingerprint == pipeline.fingerprint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a pipeline"),
        ("[]", "not a pipeline"),
        ("{}", "not a pipeline"),
        ('{"schema": "other/1", "steps": []}', "other/1"),
        ('{"schema": "contraspec.pipeline/1", "steps": [{"name": "snv"}]}', "not a pipeline"),
        (
            '{"schema": "contraspec.pipeline/1", "steps": [{"name": "x", "parameters": {}, "version": 1}]}',
            "no step 'x'",
        ),
    ],
)
def test_damaged_json_is_refused(text, message):
    with pytest.raises(PipelineError, match=message):
        Pipeline.from_json(text)


def test_a_step_of_another_version_is_a_mismatch():
    with pytest.raises(PipelineMismatchError, match="this engine has 1"):
        Pipeline.from_json(Pipeline((Step("snv"),)).to_json().replace('"version":1', '"version":2'))


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("magic", {}, "despike, resample"),
        ("smooth", {"width": 3}, "no parameter 'width': expected window, poly_order"),
        ("snv", {"axis": 1}, "expected none"),
        ("resample", {"start": 1.0}, "needs step, n_points"),
        ("smooth", {"window": 7.5}, "expected int"),
        ("smooth", {"window": True}, "expected int"),
        ("baseline", {"lam": "big"}, "expected float"),
        ("baseline", {"lam": float("nan")}, "expected float"),
        ("baseline", {"method": "magic"}, "expected asls, arpls, airpls"),
        ("pybaselines", {"method": 3}, "expected str"),
        ("pybaselines", {"method": "snip", "parameters": 3}, "Mapping"),
    ],
)
def test_wrong_steps_are_refused_at_once(name, parameters, message):
    with pytest.raises(PipelineError, match=message):
        Step(name, parameters)


def test_a_step_cannot_be_changed():
    step = Step("smooth")
    with pytest.raises(TypeError):
        step.parameters["window"] = 3
    assert dict(step.parameters) == {"window": 9, "poly_order": 2}


def test_an_empty_pipeline_changes_nothing():
    spectrum = example()
    assert np.array_equal(Pipeline().apply(spectrum).intensity, spectrum.intensity)


def test_the_raman_pipeline_brings_spectra_onto_its_grid():
    low, full = example(1, low=312.7, high=1790.0), example(2)
    prepared = [RAMAN_PIPELINE.apply(each) for each in (low, full)]
    matrix = SpectralMatrix.from_spectra(prepared, ["low", "full"], RAMAN_GRID)
    assert matrix.mask.sum(axis=1).tolist() == [each.n_points for each in prepared]
    assert prepared[1].metadata["serial"] == "X1"
    assert prepared[1].warnings == ("noted",)
    assert prepared[1].intensity.min() == 0
    assert prepared[1].axis[prepared[1].intensity.argmax()] == pytest.approx(1000, abs=2)


def test_rows_with_different_stretches_come_out_as_alone():
    spectra = [RAMAN_PIPELINE.apply(example(seed, low=150.0 + 40 * (seed % 3))) for seed in range(7)]
    ids = [str(seed) for seed in range(7)]
    target = {"start": 400, "step": 3, "n_points": 700}
    pipeline = Pipeline((Step("resample", target), Step("smooth"), Step("normalize")))
    matrix = pipeline.apply(SpectralMatrix.from_spectra(spectra, ids, RAMAN_GRID))
    assert matrix.grid == Grid(400.0, 3.0, 700)
    assert matrix.ids == tuple(ids)
    alone = SpectralMatrix.from_spectra([pipeline.apply(each) for each in spectra], ids, matrix.grid)
    assert np.array_equal(matrix.mask, alone.mask)
    np.testing.assert_allclose(matrix.intensity, alone.intensity, atol=1e-6)


def test_a_row_without_enough_points_is_refused():
    matrix = SpectralMatrix(RAMAN_GRID, np.zeros((1, 1751)), np.zeros((1, 1751)), ("empty",))
    with pytest.raises(SpectrumError, match=r"1 row.*empty"):
        RAMAN_PIPELINE.apply(matrix)


def test_a_matrix_without_rows_stays_so():
    matrix = SpectralMatrix(RAMAN_GRID, np.zeros((0, 1751)), np.zeros((0, 1751)), ())
    assert len(RAMAN_PIPELINE.apply(matrix)) == 0


def test_only_the_same_pipeline_is_accepted():
    check_same(PIPELINE, Pipeline.from_json(PIPELINE.to_json()))
    check_same(PIPELINE, PIPELINE.fingerprint)
    with pytest.raises(PipelineMismatchError, match=PIPELINE.fingerprint[:12]):
        check_same(PIPELINE, RAMAN_PIPELINE)


def test_importing_the_steps_stays_cheap():
    code = "import sys, spectra.preprocessing, spectra.quality; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not {"scipy", "numba", "pybaselines", "h5py", "click"} & loaded


def test_every_registered_step_can_be_named_with_its_own_parameters():
    for name, record in STEPS.items():
        if len(record.defaults) == len(record.parameters):
            assert tuple(Step(name).parameters) == record.parameters
