"""Quantities by partial least squares: scikit-learn, simulated coverage, the tablets of IDRC 2002."""

import csv
import json

import numpy as np
import pytest

from spectra.confidence.nir.pls import FOLDS, fewest_within_one_error, fit_quantity
from spectra.confidence.nir.quantity import QuantityModel, fewest_samples, intervals, predict
from spectra.errors import CalibrationError, ExtraError, SpectrumError
from spectra.preprocessing import derivative_nm, snv

AXIS = np.arange(60)
PURE = np.exp(-0.5 * ((AXIS - 20) / 5) ** 2)
OTHER = np.exp(-0.5 * ((AXIS - 32) / 8) ** 2)
THIRD = np.exp(-0.5 * ((AXIS - 45) / 4) ** 2)


def samples(rng, n, noise=0.01, low=0.1, high=0.6):
    """Spectra of a substance at known shares, with two others that vary by themselves."""
    share = rng.uniform(low, high, n)
    others = rng.uniform(0.2, 0.6, (n, 2))
    spectra = share[:, None] * PURE + others @ np.stack([OTHER, THIRD])
    return spectra + rng.normal(0, noise, spectra.shape), share


@pytest.fixture(scope="module")
def fitted():
    return fit_quantity(*samples(np.random.default_rng(1), 60))


def test_the_numbers_are_those_of_scikit_learn(fitted):
    cross = pytest.importorskip("sklearn.cross_decomposition")
    rows, share = samples(np.random.default_rng(1), 60)
    new, _ = samples(np.random.default_rng(2), 10)
    theirs = cross.PLSRegression(fitted.n_components, scale=False).fit(rows, share)
    said = fitted.intercept + (new - fitted.mean) @ fitted.coefficients
    np.testing.assert_allclose(said, theirs.predict(new).ravel(), rtol=1e-9)
    scores = theirs.transform(new)
    expected = np.sum(scores**2 / theirs.x_scores_.var(axis=0, ddof=1), axis=1)
    np.testing.assert_allclose([each.t_squared for each in predict(fitted, new)], expected, rtol=1e-9)


def test_errors_of_left_out_samples_are_those_of_scikit_learn(fitted):
    cross = pytest.importorskip("sklearn.cross_decomposition")
    rows, share = samples(np.random.default_rng(1), 60)
    for fold in range(FOLDS):
        out = fitted.folds == fold
        assert out.sum() == 6
        theirs = cross.PLSRegression(fitted.n_components, scale=False).fit(rows[~out], share[~out])
        errors = np.abs(theirs.predict(rows[out]).ravel() - share[out])
        np.testing.assert_allclose(fitted.residuals[out], errors, rtol=1e-6)


def test_three_things_that_vary_are_three_components(fitted):
    assert fitted.n_components == 3
    assert fitted.rmsecv < 0.02
    assert fitted.cv_errors[0] > 3 * fitted.cv_errors[2]


def test_one_standard_error_takes_the_fewest():
    squared = np.array([[9.0, 11, 10, 10], [2, 0, 1, 1.2], [1, 0.6, 1.1, 0.9], [1, 1, 0.9, 0.6]])
    assert fewest_within_one_error(squared) == 3
    assert fewest_within_one_error(squared[:2]) == 2


def test_intervals_cover_as_often_as_said_whatever_the_errors():
    """Errors with heavy tails that grow with the share: the rate is marginal and holds all the same."""
    covered, widths = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        rows, share = samples(rng, 240)
        values = share + rng.standard_t(3, 240) * 0.05 * share
        model = fit_quantity(rows[:40], values[:40], n_components=3, level=0.9)
        low, high = intervals(model, rows[40:])
        covered.append(np.mean((low <= values[40:]) & (values[40:] <= high)))
        widths.append(np.mean(high - low))
    assert 0.88 < np.mean(covered) < 0.95
    assert np.mean(widths) < 0.12


def test_the_interval_is_the_quantile_of_the_paper(fitted):
    new, _ = samples(np.random.default_rng(5), 4)
    low, high = intervals(fitted, new)
    for row in range(4):
        said = [
            new[row] @ fitted.fold_coefficients[fold] + fitted.fold_intercepts[fold] for fold in fitted.folds
        ]
        lows = sorted(each - error for each, error in zip(said, fitted.residuals, strict=True))
        highs = sorted(each + error for each, error in zip(said, fitted.residuals, strict=True))
        assert low[row] == pytest.approx(lows[3 - 1], rel=1e-12)  # the 0.05 · 61 th, rounded down
        assert high[row] == pytest.approx(highs[58 - 1], rel=1e-12)  # the 0.95 · 61 th, rounded up


def test_samples_of_the_calibrated_kind_are_answered(fitted):
    new, share = samples(np.random.default_rng(6), 400, low=0.12, high=0.58)
    answers = predict(fitted, new)
    stated = [each for each in answers if each.value is not None]
    assert len(stated) > 385
    for each in stated:
        assert each.low <= each.value <= each.high
    inside = [a.low <= y <= a.high for a, y in zip(answers, share, strict=True) if a.value is not None]
    assert np.mean(inside) > 0.92


@pytest.mark.parametrize(
    ("spectrum", "reason"),
    [
        (0.3 * PURE + 3.0 * OTHER + 0.4 * THIRD, "scores_outside"),
        (
            0.3 * PURE + 0.4 * OTHER + 0.4 * THIRD + 0.2 * np.exp(-0.5 * ((AXIS - 8) / 2) ** 2),
            "residual_outside",
        ),
        (1.0 * PURE + 0.4 * OTHER + 0.4 * THIRD, "value_outside"),
        (-0.3 * PURE + 0.4 * OTHER + 0.4 * THIRD, "value_outside"),
    ],
)
def test_where_the_model_does_not_apply_no_value_is_stated(fitted, spectrum, reason):
    (found,) = predict(fitted, spectrum)
    assert reason in found.reasons
    assert found.value is found.low is found.high is None


def test_replicates_of_a_sample_are_never_in_two_folds_and_count_once():
    rows, share = samples(np.random.default_rng(7), 30)
    rng = np.random.default_rng(8)
    three = np.repeat(rows, 3, axis=0) + rng.normal(0, 0.01, (90, rows.shape[1]))
    model = fit_quantity(three, np.repeat(share, 3), samples=np.repeat(np.arange(30), 3).tolist())
    assert model.n_samples == 30
    assert np.bincount(model.folds).tolist() == [3] * FOLDS


def test_a_model_written_as_json_says_the_same(fitted):
    again = QuantityModel.from_dict(json.loads(json.dumps(fitted.to_dict())))
    new, _ = samples(np.random.default_rng(9), 5)
    assert predict(again, new) == predict(fitted, new)


@pytest.mark.parametrize(
    "spoil",
    [
        {"mean": [1.0]}, {"folds": [99]}, {"level": 1.5}, {"rmsecv": float("nan")}, {"residuals": "x"},
        {"score_variances": [0.0, 1.0, 1.0]}, {"coefficients": None},
    ],
)  # fmt: skip
def test_damaged_models_are_refused(fitted, spoil):
    with pytest.raises(CalibrationError):
        QuantityModel.from_dict(fitted.to_dict() | spoil)
    with pytest.raises(CalibrationError):
        QuantityModel.from_dict({})


def test_what_cannot_be_fitted_is_refused():
    rows, share = samples(np.random.default_rng(10), 40)
    for arguments, message in (
        ((rows[:19], share[:19]), "19 calibration samples: expected at least 20"),
        ((rows, share[:-1]), "expected"),
        ((rows, np.full(40, 0.3)), "a range of values"),
        ((rows, np.where(share > 0.3, np.nan, share)), "not finite"),
    ):
        with pytest.raises(CalibrationError, match=message):
            fit_quantity(*arguments)
    with pytest.raises(CalibrationError, match="several values"):
        fit_quantity(rows, share, samples=[0, 0, *range(2, 40)])
    with pytest.raises(CalibrationError, match="expected 1 to 13"):
        fit_quantity(rows, share, n_components=14)
    with pytest.raises(CalibrationError, match="carry"):
        fit_quantity(np.outer(share, PURE), share, n_components=3)
    with pytest.raises(CalibrationError, match="at least 99"):
        fit_quantity(rows, share, level=0.99)
    assert fewest_samples(0.95) == 19


def test_spectra_of_another_length_are_refused(fitted):
    with pytest.raises(SpectrumError, match="60"):
        predict(fitted, np.ones(59))


def test_without_scikit_learn_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn.cross_decomposition", None)
    with pytest.raises(ExtraError, match=r"contraspec\[lab\]"):
        fit_quantity(*samples(np.random.default_rng(1), 30))


@pytest.mark.measured
def test_the_assay_of_tablets_on_the_split_of_the_file(shared_data):
    """Tablets in transmission (IDRC shootout 2002): calibrated on 155, tested on 460, outliers left in."""
    with open(
        shared_data / "nir" / "idrc-2002" / "Pharma_Instrument1.csv", encoding="utf-8", newline=""
    ) as file:
        header, *lines = csv.reader(file)
    axis = np.array(header[4:], dtype=float)
    kind = np.array([line[0] for line in lines])
    assay = np.array([float(line[3]) for line in lines])
    spectra = np.array([line[4:] for line in lines], dtype=float)
    axis, spectra = derivative_nm(axis, spectra, start=600, step=2, n_points=650, window_nm=25, order=1)
    spectra = snv(axis, spectra)[1]
    model = fit_quantity(spectra[kind == "Train"], assay[kind == "Train"])
    answers = predict(model, spectra[kind == "Test"])
    truth = assay[kind == "Test"]
    stated = np.array([each.value is not None for each in answers])
    error = np.array(
        [each.value - y for each, y in zip(answers, truth, strict=True) if each.value is not None]
    )
    inside = np.array(
        [
            each.value is not None and each.low <= y <= each.high
            for each, y in zip(answers, truth, strict=True)
        ]
    )
    assert stated.mean() > 0.92
    assert np.sqrt(np.mean(error**2)) < 4.6
    assert inside[stated].mean() > 0.95
    for low, high in ((0, 160), (160, 180), (180, 190), (190, 200), (200, 210), (210, 250)):
        band = stated & (truth >= low) & (truth < high)
        assert inside[band].mean() > 0.9, (low, high, band.sum())
