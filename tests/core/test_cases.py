"""Calibration cases: counted, reproducible, and with everything that the query holds left out."""

from collections import Counter

import numpy as np
import pytest

from spectra.confidence import cases as cases_module
from spectra.confidence import queries as queries_module
from spectra.confidence.cases import CONDITIONS, simulate_cases
from spectra.confidence.queries import arrange, draw_blends, draw_query
from spectra.label import Label
from spectra.matrix import SpectralMatrix
from tests.core.synthetic import matrix_of, random_matrix

N_SINGLE, N_MIXED = 20, 6


@pytest.fixture(autouse=True)
def few_cases(monkeypatch):
    monkeypatch.setattr(cases_module, "SINGLE_CASES", N_SINGLE)
    monkeypatch.setattr(cases_module, "MIXTURE_CASES", N_MIXED)


def labels_of(matrix, identities, *, forms=None, roles=None):
    forms, roles = forms or [""] * len(identities), roles or ["benign"] * len(identities)
    return [
        Label(reference_id, identity, form=form, role=role, identity=identity)
        for reference_id, identity, form, role in zip(matrix.ids, identities, forms, roles, strict=True)
    ]


def simulate(matrix, identities, seed=0, progress=None, **fields):
    rng = np.random.default_rng(seed)
    return simulate_cases(matrix, labels_of(matrix, identities, **fields), rng=rng, progress=progress)


def with_twins(matrix):
    """Every row twice, the second time under another id: a synonym or another form."""
    ids = tuple(f"{reference_id}{suffix}" for suffix in "ab" for reference_id in matrix.ids)
    return matrix_of(np.tile(matrix.intensity, (2, 1)), np.tile(matrix.mask, (2, 1)), ids)


def names(n):
    return [f"substance {row}" for row in range(n)]


def forms(n):
    """No two rows of one substance and form: no replicates."""
    return [f"form {row}" for row in range(n)]


def test_every_query_gives_one_statement_present_and_one_left_out():
    single, mixture = simulate(random_matrix(6), names(6))
    assert len(single.right) + len(single.wrong) == 2 * N_SINGLE
    assert len(single.wrong) >= N_SINGLE
    assert len(single.gaps) == N_SINGLE
    assert single.n_replicates == 0
    assert len(mixture.right) >= 6  # components of true mixtures are found


def test_present_is_far_above_left_out():
    single, mixture = simulate(random_matrix(6), names(6))
    assert np.median(single.right) > np.median(single.wrong) + 5
    assert np.median(mixture.right) > max(mixture.wrong, default=-np.inf)


def test_gaps_are_0_where_the_truth_came_first_and_only_there():
    single, _ = simulate(random_matrix(6), names(6))
    assert single.gaps.count(0.0) == len(single.right)
    assert all(gap >= 0 for gap in single.gaps)


def test_a_truth_that_another_name_beats_has_a_gap():
    """A look-alike under another name comes first in some of the cases, by little."""
    matrix = with_twins(random_matrix(4))
    noise = np.random.default_rng(0).uniform(0.0, 0.01, matrix.intensity.shape)
    alike = matrix_of(np.where(matrix.mask, matrix.intensity + noise, 0.0), matrix.mask, matrix.ids)
    single, _ = simulate(alike, names(8))
    beaten = [gap for gap in single.gaps if gap > 0]
    assert len(beaten) == N_SINGLE - len(single.right)
    assert len(single.right) < N_SINGLE


def test_synonyms_and_forms_are_left_out_together():
    """With the twin under the same identity nothing alike is left; under another, the twin is."""
    twins = with_twins(random_matrix(5))
    together, _ = simulate(twins, names(5) * 2, forms=forms(10))
    apart, _ = simulate(twins, names(10))
    assert len(together.wrong) == N_SINGLE
    assert max(together.wrong) < 0
    assert max(apart.wrong) > 3


def test_more_rows_of_a_substance_than_a_search_returns_are_left_out_together():
    matrix = random_matrix(3)
    many = matrix_of(
        np.concatenate([np.tile(matrix.intensity[:1], (20, 1)), matrix.intensity[1:]]),
        np.tile(matrix.mask[:1], (22, 1)),
    )
    single, _ = simulate(many, ["often"] * 20 + ["second", "third"], forms=forms(22))
    assert len(single.wrong) == N_SINGLE
    assert max(single.wrong) < 0


@pytest.mark.parametrize("condition", sorted(set(CONDITIONS)))
def test_what_a_query_holds_is_left_out_with_it(condition):
    matrix = with_twins(random_matrix(4))
    roles = ["benign", "benign", "benign", "packaging"] * 2
    library = arrange(matrix, labels_of(matrix, names(4) * 2, roles=roles))
    rng = np.random.default_rng(1)
    for row in (0, 2):
        held = {library.labels[place].identity for place in draw_query(library, row, condition, rng)[1]}
        own = library.labels[row].identity
        assert own in held
        if condition == "plastic":
            assert held == {own, "substance 3"}
        elif condition != "diluted":
            assert held == {own}
        assert len(held) <= 2


@pytest.mark.parametrize("packaging", [False, True])
def test_a_plastic_is_the_librarys_own_where_it_has_one(monkeypatch, packaging):
    matrix = random_matrix(4)
    roles = ["benign"] * 3 + ["packaging" if packaging else "benign"]
    library = arrange(matrix, labels_of(matrix, names(4), roles=roles))
    monkeypatch.setattr(queries_module, "perturb", lambda total, grid, rng: (total, 0.0))
    monkeypatch.setattr(queries_module, "LAYER", (0.5, 0.5))
    query, _ = draw_query(library, 0, "plastic", np.random.default_rng(0))
    first, last = query.first, query.last
    rows = matrix.intensity / matrix.intensity.max(axis=1, keepdims=True)
    layer = query.intensity[first:last] - rows[0, first:last]
    own = 0.5 * rows[3, first:last]
    assert (np.abs(layer - own).max() < 1e-5) == packaging
    assert layer.max() > 0.4


def test_a_library_of_one_identity_has_nothing_to_leave_out():
    single, _ = simulate(random_matrix(4), ["one substance"] * 4, forms=forms(4))
    assert len(single.right) == N_SINGLE
    assert single.wrong == ()


def test_two_forms_are_no_true_mixture():
    """``decide`` refuses such a mixture, so it is no case to calibrate on."""
    _, mixture = simulate(random_matrix(4), ["one substance"] * 4, forms=forms(4))
    assert mixture.right == ()


def test_two_references_are_never_mixed():
    matrix = random_matrix(2)
    assert draw_blends(arrange(matrix, labels_of(matrix, names(2))), 10, np.random.default_rng(0)) == []


def test_mixtures_are_of_different_substances():
    matrix = with_twins(random_matrix(3))
    library = arrange(matrix, labels_of(matrix, names(3) * 2))
    blends = draw_blends(library, 50, np.random.default_rng(0))
    assert 10 < len(blends) < 50
    for blend in blends:
        assert len({library.labels[row].identity for row in blend.rows}) == len(blend.heights)
        assert sum(blend.heights) == pytest.approx(1.0)


class TestReplicates:
    def test_each_is_asked_of_the_others_as_it_was_measured(self, monkeypatch):
        asked = []
        original = cases_module.rank_candidates

        def spy(index, query, **options):
            asked.append(query)
            return original(index, query, **options)

        twins = with_twins(random_matrix(3))
        monkeypatch.setattr(cases_module, "rank_candidates", spy)
        single, _ = simulate(twins, names(3) * 2)
        own = asked[N_SINGLE : N_SINGLE + 6]
        assert single.n_replicates == 12
        assert len(single.replicates) == 6
        rows = twins.intensity / twins.intensity.max(axis=1, keepdims=True)
        for query in own:
            assert np.abs(rows - query.intensity).max(axis=1).min() < 1e-6

    def test_its_own_row_is_not_there_to_be_found(self):
        """Rows called replicates that are not alike: nothing of that substance explains them."""
        single, _ = simulate(random_matrix(4), ["one", "one", "two", "three"])
        assert single.replicates == ()
        assert single.n_replicates == 4  # wrong with the other there, and wrong without it

    def test_other_forms_are_no_replicates(self):
        assert simulate(with_twins(random_matrix(3)), names(3) * 2, forms=forms(6))[0].n_replicates == 0

    def test_no_more_than_the_cap(self, monkeypatch):
        monkeypatch.setattr(cases_module, "REPLICATE_CASES", 4)
        assert simulate(with_twins(random_matrix(5)), names(5) * 2)[0].n_replicates == 8


def test_the_same_generator_gives_the_same_cases():
    matrix = random_matrix(5)
    assert simulate(matrix, names(5), seed=3) == simulate(matrix, names(5), seed=3)
    assert simulate(matrix, names(5), seed=3) != simulate(matrix, names(5), seed=4)


def test_the_order_of_the_references_does_not_matter():
    matrix = with_twins(random_matrix(4))
    order = np.random.default_rng(1).permutation(8)
    shuffled = SpectralMatrix(
        matrix.grid,
        matrix.intensity[order],
        matrix.mask[order],
        tuple(matrix.ids[row] for row in order.tolist()),
    )
    identities = names(4) * 2
    assert simulate(shuffled, [identities[row] for row in order.tolist()]) == simulate(matrix, identities)


def test_progress_is_told_step_by_step_to_the_end():
    told = []
    simulate(random_matrix(4), names(4), progress=lambda done, total: told.append((done, total)))
    assert told == [(done, N_SINGLE + N_MIXED) for done in range(1, N_SINGLE + N_MIXED + 1)]


def test_every_reference_gets_its_turn(monkeypatch):
    """More cases than references: none is drawn a second time before all were drawn once."""
    queried = []
    original = cases_module.draw_query

    def spy(library, row, condition, rng):
        queried.append((row, condition))
        return original(library, row, condition, rng)

    monkeypatch.setattr(cases_module, "draw_query", spy)
    simulate(random_matrix(7), names(7))
    rows = [row for row, _ in queried]
    assert sorted(rows[:7]) == sorted(rows[7:14]) == list(range(7))
    assert Counter(condition for _, condition in queried) == {
        condition: N_SINGLE // len(CONDITIONS) * times for condition, times in Counter(CONDITIONS).items()
    }
