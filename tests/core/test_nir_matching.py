"""Near infrared: derivatives, roots, search and evidence."""

import numpy as np
import pytest

from spectra.confidence.nir.cases import simulate_nir
from spectra.confidence.nir.curve import grown, growth, nir_fingerprint
from spectra.confidence.nir.fitting import fit_nir
from spectra.confidence.nir.simulation import perturb_nir
from spectra.errors import SpectrumError
from spectra.label import Label
from spectra.matching.nir import evidence as weighing
from spectra.matching.nir.domain import curvature, edge_points, signed_root, window_points
from spectra.matching.nir.index import SHIFTS_NM, build_nir_index, query_of
from spectra.matching.nir.search import rank_nir, score_all
from spectra.matrix import SpectralMatrix
from spectra.preprocessing import NIR_GRID
from spectra.quality import estimate_nir_noise

FIRST, LAST = 90, 480
AXIS = NIR_GRID.axis[FIRST:LAST]


def powder(seed: int, axis: np.ndarray = AXIS) -> np.ndarray:
    rng = np.random.default_rng(seed)
    total = np.full(axis.size, 0.2)
    for place in rng.uniform(950, 1660, 9):
        width, height = rng.uniform(14, 35), rng.uniform(0.05, 0.4)
        total += height * np.exp(-0.5 * ((axis - place) / width) ** 2)
    return total


def matrix_of(rows: list[np.ndarray], ids: tuple[str, ...] | None = None) -> SpectralMatrix:
    intensity = np.zeros((len(rows), NIR_GRID.n_points))
    mask = np.zeros(intensity.shape, dtype=bool)
    for row, values in enumerate(rows):
        intensity[row, FIRST : FIRST + values.size] = values
        mask[row, FIRST : FIRST + values.size] = True
    return SpectralMatrix(NIR_GRID, intensity, mask, ids or tuple(f"{row:03}" for row in range(len(rows))))


def query(values: np.ndarray):
    return query_of(values, (FIRST, FIRST + values.size), NIR_GRID)


class TestDomain:
    def test_curvature_is_scipys(self):
        signal = pytest.importorskip("scipy.signal")
        ours = curvature(powder(1), 2.0)
        theirs = signal.savgol_filter(powder(1), window_points(2.0), 3, deriv=2, delta=2.0)
        assert np.allclose(ours, theirs, atol=1e-12)

    def test_offset_and_slope_are_nothing_and_a_factor_is_taken_away(self):
        plain, tilted = powder(2), 3.0 * powder(2) + 0.7 - 0.002 * AXIS
        inner = slice(edge_points(2.0), -edge_points(2.0))
        roots = [signed_root(curvature(each, 2.0)[inner]) for each in (plain, tilted)]
        assert np.allclose(*roots, atol=1e-9)

    def test_roots_have_unit_length_and_the_sign_of_the_curvature(self):
        curved = curvature(powder(3), 2.0)
        root = signed_root(curved)
        assert np.linalg.norm(root) == pytest.approx(1.0)
        assert np.all(np.sign(root) == np.sign(curved))
        assert not signed_root(np.zeros(50)).any()


class TestSearch:
    INDEX = build_nir_index(matrix_of([powder(seed) for seed in range(8)]))

    def test_scores_are_pearsons_on_the_common_columns(self):
        asked = query(powder(3)[:250])
        scores, shifts = score_all(self.INDEX, asked)
        for row in range(8):
            low, high = self.INDEX.stretches[row]
            best = -np.inf
            for place in range(len(SHIFTS_NM)):
                first, last = asked.stretches[place]
                common = slice(max(low, first), min(high, last))
                r = np.corrcoef(self.INDEX.root[row, common], asked.root[place, common])[0, 1]
                best = max(best, r - asked.penalty[place])
            assert scores[row] == pytest.approx(best, abs=1e-5)
        assert SHIFTS_NM[shifts[3]] == 0.0

    def test_a_shifted_axis_is_found(self):
        ranked = rank_nir(self.INDEX, query(powder(5, AXIS - 2.0)), [str(row) for row in range(8)])
        assert ranked[0].candidate.row == 5
        assert ranked[0].evidence.shift_nm in (-1.0, -2.0)  # the last nanometre does not pay its cost

    def test_replicates_speak_as_one(self):
        index = build_nir_index(matrix_of([powder(seed // 3) for seed in range(9)]))
        ranked = rank_nir(index, query(powder(1)), [str(row // 3) for row in range(9)])
        assert sorted(entry.candidate.row // 3 for entry in ranked) == [0, 1, 2]

    def test_rows_that_may_not_be_found_are_not(self):
        allowed = np.arange(8) != 4
        ranked = rank_nir(self.INDEX, query(powder(4)), [str(row) for row in range(8)], allowed=allowed)
        assert 4 not in [entry.candidate.row for entry in ranked]

    def test_order_of_the_rows_does_not_matter(self):
        turned = build_nir_index(
            matrix_of([powder(seed) for seed in range(7, -1, -1)], tuple(f"{7 - row:03}" for row in range(8)))
        )
        asked = query(powder(2))
        ours = rank_nir(self.INDEX, asked, self.INDEX.ids)
        theirs = rank_nir(turned, asked, turned.ids)
        assert [self.INDEX.ids[e.candidate.row] for e in ours] == [
            turned.ids[e.candidate.row] for e in theirs
        ]
        assert [e.log_odds for e in ours] == pytest.approx([e.log_odds for e in theirs])

    def test_too_short_a_spectrum_is_refused(self):
        with pytest.raises(SpectrumError, match="expected at least"):
            query(powder(1)[:50])


class TestEvidence:
    def best(self, values: np.ndarray) -> weighing.NirEvidence:
        found = rank_nir(TestSearch.INDEX, query(values), [str(row) for row in range(8)])[0].evidence
        assert isinstance(found, weighing.NirEvidence)
        return found

    def test_the_reference_itself_has_all(self):
        found = self.best(powder(6))
        assert found.root == pytest.approx(1.0, abs=1e-6)
        assert (found.query_explained, found.reference_explained) == (1.0, 1.0)
        assert found.coverage == 1.0
        assert found.hqi == pytest.approx(1.0)

    def test_hqi_is_of_the_second_derivatives_whatever_scattering_bends(self):
        bent = powder(6) + 5.0 * ((AXIS - AXIS.mean()) / np.ptp(AXIS)) ** 2 - 3.0 * powder(6).mean()
        level = np.corrcoef(np.polynomial.Polynomial.fit(AXIS, bent, 1)(AXIS) - bent, -powder(6))[0, 1]
        assert level < 0.3  # what absorbances would say of the right reference
        found = self.best(bent)
        assert found.hqi > 0.98
        inner = slice(edge_points(2.0), -edge_points(2.0))
        curves = [curvature(each, 2.0)[inner] for each in (bent, powder(6))]
        assert found.hqi == pytest.approx(np.corrcoef(*curves)[0, 1] ** 2, abs=1e-3)

    def test_coverage_is_the_share_of_the_root_squared(self):
        found = self.best(powder(6)[:250])
        low, high = query(powder(6)[:250]).stretches[0]
        root = TestSearch.INDEX.root[6].astype(np.float64)
        assert found.coverage == pytest.approx((root[low:high] ** 2).sum() / (root**2).sum())

    def test_more_evidence_never_lowers_the_log_odds(self):
        for name, weight in weighing.WEIGHTS.items():
            if name != "constant":
                assert (weight <= 0) == (name in ("lone_band", "shift"))

    def test_strangers_have_less(self):
        worst = min(weighing.nir_log_odds(self.best(powder(seed))) for seed in range(8))
        best = max(weighing.nir_log_odds(self.best(powder(seed))) for seed in range(50, 90))
        assert best < 1.9 < worst


class TestCalibration:
    def test_cases_do_not_depend_on_the_order_and_rise(self):
        rows = [powder(seed) for seed in range(6)]
        labels = [Label(f"{r:03}", f"p{r}", "", "", "", "unknown", "B", f"p{r}") for r in range(6)]
        matrix = matrix_of(rows)
        turned = matrix_of(rows[::-1], matrix.ids[::-1])
        drawn = [
            simulate_nir(each, names, rng=np.random.default_rng(1))
            for each, names in ((matrix, labels), (turned, labels[::-1]))
        ]
        assert drawn[0] == drawn[1]
        fitted = fit_nir(drawn[0], labels, pipeline="x", seed=1)
        assert fitted.single.slope > 0
        assert fitted.evidence == nir_fingerprint()
        assert np.median(drawn[0].right) > max(0.0, float(np.median(drawn[0].wrong)))

    def test_larger_libraries_need_more(self):
        rows = [powder(seed) for seed in range(4)]
        labels = [Label(f"{r:03}", f"p{r}", "", "", "", "unknown", "B", f"p{r}") for r in range(4)]
        fitted = fit_nir(
            simulate_nir(matrix_of(rows), labels, rng=np.random.default_rng(2)), labels, pipeline="x", seed=2
        )
        large = grown(fitted, 6000)
        assert large.single.probability(3.0) < fitted.single.probability(3.0)
        assert grown(fitted, 10) is fitted
        assert growth(6000) > growth(600) > growth(60) == growth(5) == 0


class TestSimulation:
    def test_it_is_the_seeds(self):
        first, second = (perturb_nir(powder(1), AXIS, np.random.default_rng(7))[0] for _ in range(2))
        assert np.array_equal(first, second)
        assert not np.array_equal(first, perturb_nir(powder(1), AXIS, np.random.default_rng(8))[0])

    def test_noise_is_what_it_says(self):
        pairs = []
        for seed in range(40):
            values, noise, _ = perturb_nir(np.zeros(AXIS.size), AXIS, np.random.default_rng(seed))
            pairs.append((noise, values))
        assert all(np.isfinite(values).all() and noise > 0 for noise, values in pairs)


@pytest.mark.parametrize("n", [125, 228, 500])
def test_noise_is_estimated_within_a_fifth(n: int) -> None:
    rng = np.random.default_rng(n)
    found = [estimate_nir_noise(np.linspace(0.2, 0.4, n) + rng.normal(0, 1e-3, n)) for _ in range(100)]
    assert np.mean(found) == pytest.approx(1e-3, rel=0.2)
