"""Calibration cases: counted, reproducible, and with the whole identity left out."""

import numpy as np
import pytest

from spectra.confidence import cases as cases_module
from spectra.confidence.cases import simulate_cases
from spectra.matching.index import build_index
from tests.core.synthetic import matrix_of, random_matrix

N_SINGLE, N_MIXED = 14, 5


@pytest.fixture(autouse=True)
def few_cases(monkeypatch):
    monkeypatch.setattr(cases_module, "SINGLE_CASES", N_SINGLE)
    monkeypatch.setattr(cases_module, "MIXTURE_CASES", N_MIXED)


def simulate(matrix, identities, seed=0, progress=None):
    rng = np.random.default_rng(seed)
    return simulate_cases(matrix, build_index(matrix), identities, rng=rng, progress=progress)


def with_twins(matrix):
    """Every row twice, the second time under another id: a synonym or another form."""
    ids = tuple(f"{reference_id}{suffix}" for suffix in "ab" for reference_id in matrix.ids)
    return matrix_of(np.tile(matrix.intensity, (2, 1)), np.tile(matrix.mask, (2, 1)), ids)


def names(n):
    return [f"substance {row}" for row in range(n)]


def test_every_query_gives_one_statement_present_and_one_left_out():
    single, mixture = simulate(random_matrix(6), names(6))
    assert len(single.right) + len(single.wrong) == 2 * N_SINGLE
    assert len(single.wrong) >= N_SINGLE
    assert len(mixture.right) <= N_MIXED
    assert len(mixture.right) + len(mixture.wrong) <= N_MIXED + -(-N_SINGLE // 3)
    assert len(mixture.right) >= 3  # true mixtures are found


def test_present_is_far_above_left_out():
    single, _ = simulate(random_matrix(6), names(6))
    assert np.median(single.right) > np.median(single.wrong) + 5


def test_synonyms_and_forms_are_left_out_together():
    """With the twin under the same identity nothing alike is left; under another, the twin is."""
    twins = with_twins(random_matrix(5))
    together, _ = simulate(twins, names(5) * 2)
    apart, _ = simulate(twins, names(10))
    assert len(together.wrong) == N_SINGLE
    assert max(together.wrong) < 0
    assert np.median(apart.wrong) > 3


def test_a_library_of_one_identity_has_nothing_to_leave_out():
    single, _ = simulate(random_matrix(4), ["one substance"] * 4)
    assert len(single.right) == N_SINGLE
    assert single.wrong == ()


def test_two_forms_are_no_true_mixture():
    """``decide`` refuses such a mixture, so it is no case to calibrate on."""
    _, mixture = simulate(random_matrix(4), ["one substance"] * 4)
    assert mixture.right == ()


def test_two_references_are_never_mixed():
    single, mixture = simulate(random_matrix(2), names(2))
    assert len(single.right) + len(single.wrong) == 2 * N_SINGLE
    assert mixture.right == ()


def test_the_same_generator_gives_the_same_cases():
    matrix = random_matrix(5)
    assert simulate(matrix, names(5), seed=3) == simulate(matrix, names(5), seed=3)
    assert simulate(matrix, names(5), seed=3) != simulate(matrix, names(5), seed=4)


def test_progress_is_told_step_by_step_to_the_end():
    told = []
    simulate(random_matrix(4), names(4), progress=lambda done, total: told.append((done, total)))
    assert told == [(done, N_SINGLE + N_MIXED) for done in range(1, N_SINGLE + N_MIXED + 1)]


def test_every_reference_gets_its_turn():
    """More cases than references: none is drawn a second time before all were drawn once."""
    matrix = random_matrix(7)
    queried = []

    def spy(intensity, grid, rng):
        queried.append(intensity.copy())
        return intensity / intensity.max(), 0.01

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases_module, "perturb", spy)
        simulate(matrix, names(7))
    heights = matrix.intensity / matrix.intensity.max(axis=1, keepdims=True)
    rows = [int(np.abs(heights - query).sum(axis=1).argmin()) for query in queried[:N_SINGLE]]
    assert sorted(rows[:7]) == sorted(rows[7:]) == list(range(7))
