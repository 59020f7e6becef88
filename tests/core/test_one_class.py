"""Class models against scipy.stats, scikit-learn and simulated false alarms."""

import json

import numpy as np
import pytest
from scipy import stats

from spectra.confidence.nir.limits import q_limit, t_squared_limit
from spectra.confidence.nir.one_class import ClassModel, fit_class, judge
from spectra.errors import CalibrationError, SpectrumError


def replicates(rng, n, m=80, noise=0.3):
    """Two ways in which replicates differ, plus noise that neighbouring points share."""
    ways = np.linalg.qr(np.random.default_rng(7).normal(size=(m, 2)))[0] * [10, 5]
    white = rng.normal(size=(n, m + 8))
    smooth = np.stack([np.convolve(row, np.full(9, 1 / 3), mode="valid") for row in white])
    return 3 + rng.normal(size=(n, 2)) @ ways.T + noise * smooth


@pytest.mark.parametrize(("a", "n"), [(1, 5), (2, 8), (3, 40), (5, 200)])
@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001])
def test_t_squared_has_the_quantiles_of_both_phases(a, n, alpha):
    new = a * (n - 1) * (n + 1) / (n * (n - a)) * stats.f(a, n - a).isf(alpha)
    own = (n - 1) ** 2 / n * stats.beta(a / 2, (n - a - 1) / 2).isf(alpha)
    assert t_squared_limit(a, n, alpha=alpha) == pytest.approx(new, rel=1e-9)
    assert t_squared_limit(a, n, alpha=alpha, phase="replicate") == pytest.approx(own, rel=1e-9)
    assert own < new


@pytest.mark.parametrize("method", ["box", "jackson-mudholkar"])
def test_q_of_equal_variances_is_chi_squared(method):
    ours = q_limit(np.full(30, 0.7), alpha=0.05, method=method)
    assert ours == pytest.approx(0.7 * stats.chi2(30).isf(0.05), rel=1e-9 if method == "box" else 2e-3)


@pytest.mark.parametrize("method", ["box", "jackson-mudholkar"])
@pytest.mark.parametrize("decay", [0.3, 0.1, 0.03])
def test_q_of_unlike_variances_is_exceeded_as_often_as_said(method, decay):
    variances = 2.5 * np.exp(-decay * np.arange(40))
    draws = np.random.default_rng(1).normal(size=(100_000, 40)) ** 2 @ variances
    loose = 0.35 if method == "box" else 0.2  # two moments say less of the tail than three
    for alpha in (0.05, 0.01):
        assert np.mean(draws > q_limit(variances, alpha=alpha, method=method)) == pytest.approx(
            alpha, rel=loose
        )


def test_a_limit_from_the_sum_of_variances_alone_would_be_wrong():
    """All residual variance in one direction: the sum does not know it, the eigenvalues do."""
    lone, spread = np.array([10.0]), np.full(10, 1.0)
    assert lone.sum() == spread.sum()
    assert q_limit(lone, alpha=0.05) > 1.9 * q_limit(spread, alpha=0.05)


def test_components_equal_those_of_scikit_learn():
    decomposition = pytest.importorskip("sklearn.decomposition")
    rng = np.random.default_rng(2)
    rows, new = replicates(rng, 25), replicates(rng, 10)
    model = fit_class(rows, n_components=3)
    theirs = decomposition.PCA(n_components=3, svd_solver="full").fit(rows)
    np.testing.assert_allclose(model.variances, theirs.explained_variance_, rtol=1e-9)
    scores = theirs.transform(new)
    found = judge(model, new)
    np.testing.assert_allclose(found.t_squared, np.sum(scores**2 / theirs.explained_variance_, axis=1))
    left = new - theirs.inverse_transform(scores)
    np.testing.assert_allclose(found.q, np.sum(left**2, axis=1), rtol=1e-9)


def test_t_squared_is_the_mahalanobis_distance_of_all_components():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(40, 4)) @ rng.normal(size=(4, 4))
    rows = np.column_stack([rows, rng.normal(0, 1e-3, 40)])
    model = fit_class(rows, n_components=4)
    new = rng.normal(size=(5, 5)) * [1, 1, 1, 1, 0]
    inverse = np.linalg.inv(np.cov(rows[:, :4].T))
    centred = new[:, :4] - rows[:, :4].mean(axis=0)
    expected = np.einsum("ij,jk,ik->i", centred, inverse, centred)
    np.testing.assert_allclose(judge(model, new).t_squared, expected, rtol=1e-2)


@pytest.mark.parametrize(("n", "times"), [(10, 100), (40, 50), (120, 12)])
def test_new_spectra_of_the_class_are_refused_no_more_often_than_said(n, times):
    rng = np.random.default_rng(n)
    share = np.zeros(3)
    for _ in range(times):
        model = fit_class(replicates(rng, n), n_components=2, alpha=0.1)
        found = judge(model, replicates(rng, 200))
        share += [
            np.mean(found.t_squared > model.t2_limit), np.mean(found.q > model.q_limit),
            np.mean(~found.inside),
        ]  # fmt: skip
    share /= times
    assert np.all(share[:2] < 0.065)
    assert share[2] < 0.12
    assert share[0] > 0.03  # a limit that refuses nothing would pass the lines above
    if n == 120:
        assert share[2] > 0.06


def test_a_limit_from_the_replicates_own_residuals_would_refuse_too_many():
    """Why residuals come from left-out replicates."""
    rng = np.random.default_rng(5)
    refused = []
    for _ in range(20):
        rows = replicates(rng, 10)
        model = fit_class(rows, n_components=2, alpha=0.1)
        own = rows - model.mean
        own = own - (own @ model.loadings.T) @ model.loadings
        naive = q_limit(np.linalg.svd(own, compute_uv=False)[:7] ** 2 / 9, alpha=0.05)
        refused.append(np.mean(judge(model, replicates(rng, 100)).q > naive))
    assert np.mean(refused) > 0.15


def test_another_substance_is_outside():
    rng = np.random.default_rng(6)
    model = fit_class(replicates(rng, 20))
    other = replicates(rng, 5)
    other[:, 30:36] += 6
    assert not judge(model, other).inside.any()
    far = model.mean + 100 * model.loadings[0]
    found = judge(model, far)
    assert found.t_squared > model.t2_limit
    assert not found.inside


def test_a_model_written_as_json_judges_the_same():
    rng = np.random.default_rng(8)
    model = fit_class(replicates(rng, 12))
    again = ClassModel.from_dict(json.loads(json.dumps(model.to_dict())))
    new = replicates(rng, 4)
    np.testing.assert_array_equal(judge(again, new).q, judge(model, new).q)
    assert (again.t2_limit, again.q_limit, again.n_spectra) == (
        model.t2_limit, model.q_limit, model.n_spectra,
    )  # fmt: skip


@pytest.mark.parametrize("spoil", [{"schema": "x/1"}, {"variances": [1.0]}, {"mean": "a"}, {"alpha": None}])
def test_damaged_models_are_refused(spoil):
    model = fit_class(replicates(np.random.default_rng(9), 12), n_components=2)
    with pytest.raises(CalibrationError):
        ClassModel.from_dict(model.to_dict() | spoil)


def test_what_cannot_be_a_class_is_refused():
    rng = np.random.default_rng(10)
    rows = replicates(rng, 8)
    with pytest.raises(CalibrationError, match="at least 5"):
        fit_class(rows[:4])
    with pytest.raises(CalibrationError, match="same scan"):
        fit_class(np.repeat(rows[:1], 6, axis=0))
    with pytest.raises(CalibrationError, match="at most 5"):
        fit_class(rows, n_components=6)
    with pytest.raises(SpectrumError, match="80"):
        judge(fit_class(rows), rows[:, :-1])
    for wrong in (0.0, 1.0, np.nan):
        with pytest.raises(CalibrationError, match="between 0 and 1"):
            t_squared_limit(2, 10, alpha=wrong)
    with pytest.raises(CalibrationError, match="1 to 8"):
        t_squared_limit(9, 10, alpha=0.05)
    for variances in ([], [-1.0, 2.0], [0.0], [[1.0]]):
        with pytest.raises(CalibrationError, match="residual variances"):
            q_limit(variances, alpha=0.05)
