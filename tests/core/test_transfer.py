"""Standardisation between instruments: simulated second instruments, plain regressions, the USGS pairs."""

import csv
import re

import numpy as np
import pytest

from spectra.errors import CalibrationError
from spectra.matching.nir import transfer as module
from spectra.matching.nir.transfer import fit_transfer
from spectra.preprocessing import absorbance, broaden, resample

AXIS = np.arange(950.0, 1650.0, 2.0)


def materials(rng, n):
    """Absorbance of powders: bands of many places and widths on a slope."""
    spectra = np.zeros((n, AXIS.size))
    for row in spectra:
        for _ in range(8):
            row += rng.uniform(0.05, 0.4) * np.exp(
                -0.5 * ((AXIS - rng.uniform(930, 1670)) / rng.uniform(10, 40)) ** 2
            )
    return 0.4 + spectra + rng.uniform(-0.2, 0.2, (n, 1)) * (AXIS - 1300) / 700


def second_instrument(spectra, rng, *, shift=3.0, resolution=16.0, noise=2e-4):
    """Another instrument: shifted, broader, a response of its own; every sample presented anew."""
    moved = np.stack([np.interp(AXIS - shift, AXIS, row) for row in spectra])
    broad = broaden(AXIS, moved, from_nm=4.0, to_nm=resolution)[1]
    response = 0.05 * np.sin(AXIS / 60)
    factor, offset = rng.uniform(0.8, 1.25, (len(spectra), 1)), rng.uniform(-0.1, 0.2, (len(spectra), 1))
    return factor * broad + offset + response + rng.normal(0, noise, spectra.shape)


def pairs(seed, n, **options):
    rng = np.random.default_rng(seed)
    ours = materials(rng, n)
    return ours + rng.normal(0, 2e-4, ours.shape), second_instrument(ours, rng, **options)


@pytest.mark.parametrize("n", [12, 18])
def test_piecewise_standardisation_brings_new_samples_closer(n):
    first, second = pairs(1, n)
    found, test = fit_transfer(first, second, step_nm=2.0)
    assert test.helps
    assert test.ratio < 0.75
    new, seen = pairs(2, 15)
    compared = [module._compared(each, 2.0) for each in (new, seen, found.apply(new))]
    before = np.linalg.norm(compared[0] - compared[1], axis=1)
    after = np.linalg.norm(compared[2] - compared[1], axis=1)
    assert np.mean(np.log(after / before)) == pytest.approx(np.log(test.ratio), abs=0.35)
    assert np.mean(after < before) > 0.7


def test_too_few_samples_for_what_differs_are_refused_as_they_should_be():
    """With six the transfer makes new samples no better, and leaving one out says so."""
    first, second = pairs(1, 6)
    found, test = fit_transfer(first, second, step_nm=2.0)
    assert not test.helps
    new, seen = pairs(2, 15)
    compared = [module._compared(each, 2.0) for each in (new, seen, found.apply(new))]
    ratios = np.linalg.norm(compared[2] - compared[1], axis=1) / np.linalg.norm(
        compared[0] - compared[1], axis=1
    )
    assert np.exp(np.log(ratios).mean()) > 0.8


def test_direct_standardisation_helps_with_many_samples_of_few_kinds():
    rng = np.random.default_rng(3)
    pure = materials(rng, 4)
    first = rng.dirichlet(np.ones(4), 20) @ pure
    second = second_instrument(first, rng)
    _, test = fit_transfer(first, second, step_nm=2.0, method="ds")
    assert test.helps


@pytest.mark.parametrize("method", ["pds", "ds"])
@pytest.mark.parametrize("seed", range(4))
def test_the_same_instrument_twice_is_not_helped(method, seed):
    rng = np.random.default_rng(seed)
    first = materials(rng, 8)
    second = 1.1 * first + 0.05 + rng.normal(0, 5e-4, first.shape)
    _, test = fit_transfer(first, second, step_nm=2.0, method=method)
    assert not test.helps
    assert test.ratio > 0.9


def test_samples_mixed_up_are_not_helped():
    first, second = pairs(5, 12)
    with pytest.raises(CalibrationError, match="opposite"):
        fit_transfer(first, -second, step_nm=2.0)
    like = first + 0.3 * materials(np.random.default_rng(6), 12)  # other samples under the same names
    _, test = fit_transfer(first, like, step_nm=2.0)
    assert not test.helps


@pytest.mark.parametrize("reach", [7, 350])
def test_errors_of_left_out_samples_are_those_of_fits_without_them(reach):
    first, second = pairs(7, 8)
    ridge = 1e-2
    _, scale = module._kernels(first - first.mean(axis=0), reach)
    left = module._left_out(first, second, reach, ridge)
    for out in range(8):
        rest = np.arange(8) != out
        mean, difference = first[rest].mean(axis=0), second[rest] - first[rest]
        for point in (3, 100, 349):
            near = slice(max(point - reach, 0), point + reach + 1)
            centred = first[rest][:, near] - mean[near]
            # ridge regression written out with its normal equations
            weights = np.linalg.solve(
                centred.T @ centred + ridge * scale * np.eye(centred.shape[1]),
                centred.T @ (difference[:, point] - difference[:, point].mean()),
            )
            expected = (
                first[out, point] + difference[:, point].mean() + (first[out, near] - mean[near]) @ weights
            )
            assert left[out, point] == pytest.approx(expected, abs=1e-7)


def test_the_fitted_transfer_is_that_regression_and_keeps_to_its_window():
    first, second = pairs(8, 9)
    mean, offset, weights = module._ridged(first, second, 7, 1e-3)
    far = np.abs(np.arange(350) - np.arange(350)[:, None]) > 7
    assert not weights[far].any()
    _, scale = module._kernels(first - mean, 7)
    near, point = slice(193, 208), 200
    centred = first[:, near] - mean[near]
    expected = np.linalg.solve(
        centred.T @ centred + 1e-3 * scale * np.eye(15),
        centred.T @ ((second - first)[:, point] - offset[point]),
    )
    np.testing.assert_allclose(weights[point, near], expected, atol=1e-8)


def test_what_cannot_be_transferred_is_refused():
    first, second = pairs(9, 6)
    for arguments, message in (
        ((first[:4], second[:4]), "at least 5"),
        ((first, second[:, :-1]), "two finite tables"),
        ((first[:, :40], second[:, :40]), "common points"),
        ((first, first), "same on both"),
    ):
        with pytest.raises(CalibrationError, match=message):
            fit_transfer(*arguments, step_nm=2.0)
    with pytest.raises(CalibrationError, match="pds or ds"):
        fit_transfer(first, second, step_nm=2.0, method="magic")


@pytest.mark.measured
def test_the_usgs_pairs_are_too_alike_already_and_the_transfer_is_refused(shared_data):
    """Fourteen specimens on two spectrometers, both resampled to the same bands by the publisher."""
    path = shared_data / "nir" / "usgs-splib07" / "splib07_subset.csv"
    with open(path, encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    axis = np.array(header[1:], dtype=float)
    found: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {}
    for line in lines:
        named = re.match(r"(.*?)\s+(BECK|ASD)\w* (\w+)$", line[0].rstrip())
        if named is None:
            continue
        there = [bool(cell.strip()) for cell in line[1:]]
        points, first_of = np.unique(axis[there], return_index=True)
        values = np.array([cell for cell in line[1:] if cell.strip()], dtype=float)[first_of]
        found.setdefault(named[1].strip(), {}).setdefault(named[2], absorbance(points, values))
    both = [each for each in found.values() if len(each) == 2]
    assert len(both) == 14
    tables = [
        np.stack([resample(*each[side], start=886.0, step=2.0, n_points=800)[1] for each in both])
        for side in ("BECK", "ASD")
    ]
    for method in ("pds", "ds"):
        _, test = fit_transfer(*tables, step_nm=2.0, method=method)
        assert not test.helps
        assert 0.85 < test.ratio < 1.1
