"""Near-infrared mixtures: made of drawn substances, against slow twins and oracles, and measured series."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import nnls

from spectra.errors import LibraryError
from spectra.matching.mixtures import Mixture
from spectra.matching.nir.mixture_basis import NirBasis, build_nir_basis, second_derivative
from spectra.matching.nir.mixture_evidence import NO_CASE, NirComponentEvidence
from spectra.matching.nir.mixture_fits import fit_one, rest_of_all, subsets
from spectra.matching.nir.mixture_parts import cut_nir_parts
from spectra.matching.nir.mixture_residual import partial_f, scatter_of, scatter_of_replicates
from spectra.matching.nir.mixtures import absorbance_sizes, find_nir_mixture
from spectra.matching.nir.net_analyte import net_gains, screen

AXIS = np.arange(1000.0, 1700.1, 4.0)
NAMES = tuple(f"substance {number}" for number in range(8))


def _drawn(seed: int) -> NDArray[np.float64]:
    """Absorbance of eight substances, broad overlapping bands over a sloping background."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(1000, 1700, (8, 9, 1))
    widths, heights = rng.uniform(14, 35, (8, 9, 1)), rng.uniform(0.02, 0.2, (8, 9, 1))
    bands = (heights * np.exp(-0.5 * ((AXIS - centres) / widths) ** 2)).sum(axis=1)
    return np.asarray(bands + 0.1 + rng.uniform(0, 0.1, (8, 1)) * (AXIS - 1000) / 700)


PURE = _drawn(5)
BASIS = build_nir_basis(AXIS, PURE, identities=NAMES)


def _mixed(shares: dict[int, float], *, seed: int = 1, noise: float = 1e-4) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    whole = sum(share * PURE[number] for number, share in shares.items())
    return np.asarray(whole + rng.normal(0, noise, AXIS.size))


def _named(found: Mixture | None) -> set[int]:
    return set() if found is None else {each.row for each in found.components}


def _found(query: NDArray[np.float64], *, left_out: Sequence[int] = (), basis: NirBasis = BASIS) -> Mixture:
    allowed = np.array([row not in left_out for row in range(len(basis))])
    found = find_nir_mixture(basis, query, allowed=allowed)
    assert found is not None
    return found


@pytest.mark.parametrize("shares", [{2: 1.0}, {0: 0.7, 3: 0.3}, {1: 0.15, 6: 0.85}, {0: 0.3, 4: 0.3, 7: 0.4}])
def test_names_what_is_there_and_nothing_else(shares: dict[int, float]) -> None:
    found = _found(_mixed(shares))
    assert _named(found) == set(shares)
    assert found.explained > 0.99
    sizes = dict(enumerate(absorbance_sizes(PURE)))
    whole = sum(share * sizes[number] for number, share in shares.items())
    for component in found.components:
        low, high = component.share_interval
        assert component.share == pytest.approx(
            shares[component.row] * sizes[component.row] / whole, abs=0.06
        )
        assert low <= component.share <= high


@pytest.mark.parametrize("pair", list(combinations(range(8), 2)))
def test_nothing_is_named_in_the_place_of_what_the_library_lacks(pair: tuple[int, int]) -> None:
    query = _mixed({pair[0]: 0.5, pair[1]: 0.5})
    for missing, other in (pair, pair[::-1]):
        assert _named(_found(query, left_out=[missing])) <= {other}


def test_what_nothing_explains_is_said() -> None:
    query = _mixed({0: 0.5, 3: 0.5})
    assert _found(query).unexplained_nm == ()
    found = _found(query, left_out=[0])
    assert found.explained < 0.92
    assert found.unexplained_nm
    assert all(AXIS[0] < each < AXIS[-1] for each in found.unexplained_nm)


def test_offset_slope_and_size_change_no_share() -> None:
    query = _mixed({0: 0.6, 5: 0.4})
    shifted = 1.7 * query + 0.4 + 0.0003 * (AXIS - 1300)
    plain, other = _found(query), _found(shifted)
    assert [each.row for each in plain.components] == [each.row for each in other.components]
    for one, two in zip(plain.components, other.components, strict=True):
        assert one.share == pytest.approx(two.share, abs=1e-6)


def test_a_bent_response_brings_no_third_substance() -> None:
    # what is added is the bend between the two powders, which a plain sum would give to a third
    query = _mixed({0: 0.5, 3: 0.5}) - 0.8 * 0.25 * (PURE[0] - PURE[3]) ** 2
    assert _named(_found(query)) == {0, 3}


def test_a_small_shift_of_the_axis_is_found() -> None:
    query = np.interp(AXIS, AXIS + 2.0, _mixed({0: 0.6, 5: 0.4}))
    found = _found(query)
    assert found.shift_nm == -2.0
    assert _named(found) == {0, 5}
    assert _found(_mixed({0: 0.6, 5: 0.4})).shift_nm == 0.0


def test_moisture_and_film_are_no_substance() -> None:
    water = 0.05 * np.exp(-0.5 * ((AXIS - 1450) / 45) ** 2)
    film = sum(0.006 * np.exp(-0.5 * ((AXIS - each) / 12) ** 2) for each in (1211, 1393, 1415))
    assert _named(_found(_mixed({0: 0.6, 5: 0.4}) + water + film)) == {0, 5}


def test_a_direction_in_which_all_replicates_differ_is_no_substance() -> None:
    drift = 0.02 * np.exp(-0.5 * ((AXIS - 1640) / 20) ** 2)
    rows = np.concatenate([PURE + size * drift for size in (-1.0, 0.0, 1.0)])
    basis = build_nir_basis(AXIS, rows, identities=NAMES * 3)
    cut = cut_nir_parts(basis, PURE[0])
    plain = cut_nir_parts(BASIS, PURE[0])
    assert cut is not None
    assert plain is not None
    assert cut.span.shape[1] == plain.span.shape[1] + 1
    left, whole = cut.derive(drift), plain.derive(drift)
    assert left @ left < 0.01 * (whole @ whole)
    found = _found(_mixed({0: 0.6, 5: 0.4}) + 3 * drift, basis=basis)
    assert {basis.substances[each.row] for each in found.components} == {0, 5}


def test_scans_of_the_item_tell_how_it_differs() -> None:
    rng = np.random.default_rng(3)
    drift = np.exp(-0.5 * ((AXIS - 1640) / 20) ** 2)
    query = _mixed({0: 0.6, 5: 0.4})
    scans = query + 0.02 * rng.normal(size=(8, 1)) * drift + rng.normal(0, 1e-4, (8, AXIS.size))
    found = find_nir_mixture(BASIS, scans.mean(axis=0), replicates=scans)
    assert _named(found) == {0, 5}


def test_ranges_that_do_not_meet_give_nothing() -> None:
    query = _mixed({0: 1.0})
    query[40:] = np.nan
    far = PURE.copy()
    far[:, :60] = np.nan
    assert find_nir_mixture(build_nir_basis(AXIS, far, identities=NAMES), query) is None
    assert find_nir_mixture(BASIS, np.full(AXIS.size, np.nan)) is None
    assert find_nir_mixture(BASIS, np.zeros(AXIS.size)) is None


def test_a_shorter_query_is_fitted_on_its_range() -> None:
    query = _mixed({0: 0.6, 5: 0.4})
    query[:30] = np.nan
    query[-20:] = np.nan
    assert _named(_found(query)) == {0, 5}


def test_same_answer_twice_and_in_any_order_of_rows() -> None:
    query, order = _mixed({0: 0.6, 5: 0.4}), np.random.default_rng(2).permutation(8)
    first = _found(query)
    turned = build_nir_basis(AXIS, PURE[order], identities=[NAMES[row] for row in order])
    second = _found(query, basis=turned)
    assert _found(query) == first
    assert [each.row for each in first.components] == [int(order[each.row]) for each in second.components]


@pytest.mark.parametrize(
    ("axis", "rows", "names"),
    [
        (AXIS, PURE, NAMES[:-1]),
        (AXIS[:-1], PURE, NAMES),
        (AXIS**1.1, PURE, NAMES),
        (AXIS[::-1], PURE, NAMES),
    ],
)
def test_a_basis_that_cannot_be_is_refused(
    axis: NDArray[np.float64], rows: NDArray[np.float64], names: tuple[str, ...]
) -> None:
    with pytest.raises(LibraryError, match="expected"):
        build_nir_basis(axis, rows, identities=names)


def test_second_derivative_of_a_parabola_is_its_own() -> None:
    derived = second_derivative(AXIS, 3e-6 * AXIS**2 - 0.02 * AXIS + 1)
    inside = np.isfinite(derived)
    assert inside.sum() == AXIS.size - 2 * 5
    np.testing.assert_allclose(derived[inside], 6e-6, rtol=1e-8)


def test_net_gains_are_what_each_row_adds_to_a_fit() -> None:
    rng = np.random.default_rng(0)
    rows, query = rng.normal(size=(6, 40)), rng.normal(size=40)
    others = rows[:2]
    for row, gain in zip(rows[2:], net_gains(rows[2:], query, others), strict=True):
        bigger = np.vstack([others, row]).T
        height = np.linalg.lstsq(bigger, query, rcond=None)[0][-1]
        rests = [np.linalg.lstsq(each, query, rcond=None)[1][0] for each in (others.T, bigger)]
        assert gain == pytest.approx(rests[0] - rests[1] if height > 0 else 0.0, abs=1e-10)
    np.testing.assert_allclose(net_gains(others, query, others), 0.0, atol=1e-12)


def test_screening_keeps_what_only_shows_beside_others() -> None:
    rng = np.random.default_rng(4)
    many = np.concatenate([PURE, _drawn(9), _drawn(10), _drawn(11), _drawn(12), _drawn(13)])
    derived = np.diff(many, n=2, axis=1)
    query = 0.6 * derived[3] + 0.3 * derived[20] + 0.1 * derived[37] + rng.normal(0, 1e-6, derived.shape[1])
    kept = screen(derived, query, np.arange(48))
    assert {3, 20, 37} <= set(kept.tolist())
    assert kept.size <= 15


def test_all_subsets_at_once_are_each_alone() -> None:
    cut = cut_nir_parts(BASIS, _mixed({0: 0.5, 3: 0.3, 6: 0.2}))
    assert cut is not None
    pool, _ = cut.pool()
    for size in (1, 2, 3):
        wanted = subsets(pool, size)
        together = rest_of_all(pool, cut.query, np.array(wanted))
        for members, rest in zip(wanted, together, strict=True):
            alone = fit_one(pool, cut.query, members)
            if alone is None:
                assert rest == np.inf
            else:
                assert rest == pytest.approx(alone.rest, rel=1e-4, abs=1e-6 * float(cut.query @ cut.query))


def test_one_substance_never_stands_twice_in_a_subset() -> None:
    basis = build_nir_basis(AXIS, np.concatenate([PURE, PURE * 1.1]), identities=NAMES * 2)
    cut = cut_nir_parts(basis, _mixed({0: 0.5, 3: 0.5}))
    assert cut is not None
    pool, _ = cut.pool()
    assert all(len({int(pool.substances[member]) for member in each}) == 2 for each in subsets(pool, 2))


def test_a_fit_leaves_no_more_than_nnls() -> None:
    cut = cut_nir_parts(BASIS, _mixed({1: 0.4, 2: 0.6}))
    assert cut is not None
    pool, places = cut.pool()
    members = tuple(sorted(places.tolist().index(row) for row in (1, 2)))
    found = fit_one(pool, cut.query, members)
    assert found is not None
    assert np.sqrt(found.rest) <= nnls(pool.rows[list(members)].T, cut.query)[1] * (1 + 1e-9)


def test_f_of_independent_points_is_the_classical_one() -> None:
    rng = np.random.default_rng(1)
    design, noise = rng.normal(size=(50, 3)), rng.normal(size=50)
    query = design @ [1.0, 0.3, 0.0] + 0.5 * noise
    heights, rest = np.linalg.lstsq(design, query, rcond=None)[:2]
    replicates = 1e3 * np.vstack([np.eye(50), -np.eye(50)])
    scatter = scatter_of_replicates(replicates)
    assert scatter.n_independent == pytest.approx(50)
    expected = [
        (np.linalg.lstsq(np.delete(design, column, 1), query, rcond=None)[1][0] - rest[0]) / (rest[0] / 47)
        for column in range(3)
    ]
    np.testing.assert_allclose(partial_f(design, heights, float(rest[0]), scatter), expected, rtol=1e-8)


def test_neighbours_that_go_together_count_less() -> None:
    rng = np.random.default_rng(1)
    white = rng.normal(size=400)
    smooth = np.convolve(rng.normal(size=430), np.ones(20), mode="same")[15:415]
    assert scatter_of(white).n_independent > 150
    assert scatter_of(smooth).n_independent < 40
    for residual in (white, smooth):
        shape = scatter_of(residual).shape
        assert np.trace(shape) == pytest.approx(1.0)
        assert np.linalg.eigvalsh(shape).min() > -1e-9


def _evidence(**changed: float | bool) -> NirComponentEvidence:
    usual: dict[str, float | bool] = {
        "partial_f": 100.0, "needed_f": 12.0, "drop": 0.9, "advantage": 8.0, "stability": 1.0,
        "distinct": 0.8, "explained": 0.985, "main": False,
    }  # fmt: skip
    return NirComponentEvidence(**(usual | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "failing", [{"partial_f": 11.0}, {"drop": 0.4}, {"stability": 0.94}, {"explained": 0.9, "main": False}]
)
def test_a_failed_condition_leaves_no_case(failing: dict[str, float | bool]) -> None:
    assert _evidence().log_odds > 0
    assert _evidence(**failing).log_odds == NO_CASE


@pytest.mark.parametrize("more", [{"partial_f": 200.0}, {"advantage": 16.0}, {"explained": 0.99}])
def test_more_evidence_never_says_less(more: dict[str, float]) -> None:
    assert _evidence(**more).log_odds > _evidence().log_odds


@pytest.mark.measured
def test_series_of_seizures_are_told_apart(shared_data: Path) -> None:
    from benchmarks.accuracy.uva import FOLDER, INSTRUMENTS, fit_series, read_instrument

    for file in INSTRUMENTS.values():
        fitted = list(fit_series(read_instrument(shared_data / FOLDER / file), [0, 3]))
        whole = [each for each in fitted if not each.removed]
        assert sum(each.both for each in whole) >= 16
        assert not any(each.wrong for each in fitted)
