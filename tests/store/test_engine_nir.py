"""Near infrared through the engine: verdicts, ranges, ordinates, axes, techniques."""

from dataclasses import replace

import numpy as np
import pytest

from libraries.calibrating import fit_library
from libraries.engine import Engine
from libraries.library import Library
from libraries.reference import Naming, make_reference
from spectra.confidence.nir.own_scans import MIN_SCANS
from spectra.confidence.nir.simulation import perturb_nir
from spectra.spectrum import Spectrum

AXIS = np.arange(900.0, 1701.0, 4.0)
N = 12


def absorbance(seed: int, axis: np.ndarray = AXIS) -> np.ndarray:
    """Broad overtones at places of their own, on a sloping background."""
    rng = np.random.default_rng(seed)
    total = 0.2 + 1e-4 * (axis - 900)
    for place in rng.uniform(930, 1680, 9):
        width, height = rng.uniform(14, 35), rng.uniform(0.05, 0.4)
        total = total + height * np.exp(-0.5 * ((axis - place) / width) ** 2)
    return total


def nir(axis: np.ndarray, values: np.ndarray, **metadata: object) -> Spectrum:
    return Spectrum(
        axis,
        values,
        technique="nir",
        unit="wavelength_nm",
        metadata={"quantity": "absorbance", **metadata},
    )


def remeasured(seed: int, draw: int = 0) -> Spectrum:
    values, _, _ = perturb_nir(absorbance(seed), AXIS, np.random.default_rng([seed, draw]))
    return nir(AXIS, values)


@pytest.fixture(scope="module")
def library() -> Library:
    references = tuple(
        make_reference(nir(AXIS, absorbance(seed)), Naming(f"powder {seed}")) for seed in range(N)
    )
    return fit_library(Library("powders", "nir", references))


@pytest.fixture(scope="module")
def engine(library: Library) -> Engine:
    return Engine([library])


def scan(seed: int, draw: int, *, more: float = 0.0) -> Spectrum:
    """Another scan on the same instrument, with a band of something else."""
    rng = np.random.default_rng([seed, draw])
    bent = absorbance(seed, AXIS + rng.normal(0, 0.2)) * rng.uniform(0.8, 1.2)
    other = more * np.exp(-0.5 * ((AXIS - 1300) / 20) ** 2)
    return nir(AXIS, bent + other + rng.uniform(0, 0.3) + rng.normal(0, 2e-4, AXIS.size))


@pytest.fixture(scope="module")
def replicated() -> Library:
    references = tuple(
        make_reference(scan(seed, draw), Naming(f"powder {seed}"))
        for seed in range(3)
        for draw in range(MIN_SCANS)
    )
    return fit_library(Library("replicated", "nir", references))


def identify(engine: Engine, spectrum: Spectrum):
    return engine.identify(spectrum).identification


class TestVerdicts:
    def test_the_references_are_matched(self, engine):
        for seed in range(N):
            answer = identify(engine, nir(AXIS, absorbance(seed)))
            assert answer.verdict == "match"
            assert [each.label.substance for each in answer.substances] == [f"powder {seed}"]
            assert answer.probability > 0.95

    def test_scatter_moisture_and_noise_do_not_change_the_name(self, engine):
        answers = [(seed, identify(engine, remeasured(seed, draw))) for seed in range(N) for draw in range(3)]
        named = [(seed, {each.label.substance for each in said.substances}) for seed, said in answers]
        assert all(not names or f"powder {seed}" in names for seed, names in named)
        assert sum(said.verdict == "match" for _, said in answers) >= 0.6 * len(answers)

    def test_strangers_are_never_stated(self, engine):
        for seed in range(100, 160):
            assert identify(engine, nir(AXIS, absorbance(seed))).verdict in ("no_match", "inconclusive")

    def test_a_sum_of_two_is_no_match_to_a_third(self, engine):
        for first, second in ((0, 1), (2, 3), (4, 5)):
            spectrum = nir(AXIS, 0.5 * absorbance(first) + 0.5 * absorbance(second))
            named = {each.label.substance for each in identify(engine, spectrum).substances}
            assert named <= {f"powder {first}", f"powder {second}"}

    def test_scores_are_those_of_the_evidence(self, engine):
        answer = identify(engine, nir(AXIS, absorbance(3)))
        scores = [hit.score for hit in answer.hits]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] > 0.99
        assert answer.hits[0].hqi == pytest.approx(1.0, abs=1e-6)

    def test_it_is_calibrated(self, library, engine):
        assert library.calibration["n_substances"] == N
        assert "near infrared" in library.calibration["method"]
        assert "uncalibrated" not in identify(engine, nir(AXIS, absorbance(0))).reasons


class TestOrdinates:
    @pytest.mark.parametrize(
        ("quantity", "convert"),
        [
            ("reflectance", lambda a: 10.0**-a),
            ("reflectance", lambda a: 100 * 10.0**-a),
            ("transmittance", lambda a: 10.0**-a),
            ("kubelka_munk", lambda a: (1 - 10.0**-a) ** 2 / (2 * 10.0**-a)),
        ],
        ids=["reflectance", "percent", "transmittance", "kubelka_munk"],
    )
    def test_become_absorbance(self, engine, quantity, convert):
        spectrum = nir(AXIS, convert(absorbance(4)), quantity=quantity)
        answer = identify(engine, spectrum)
        assert answer.verdict == "match"
        assert answer.substances[0].label.substance == "powder 4"

    def test_counts_are_refused(self, engine):
        spectrum = nir(AXIS, 4e5 * 10.0 ** -absorbance(4), quantity="counts")
        answer = identify(engine, spectrum)
        assert (answer.verdict, answer.reasons[0]) == ("unusable", "counts_only")
        assert answer.next_action == "check_instrument"
        assert answer.probability is None

    def test_values_that_can_be_no_absorbance_are_refused(self, engine):
        spectrum = nir(AXIS, 4e5 * 10.0 ** -absorbance(4), quantity="unknown")
        assert identify(engine, spectrum).reasons[0] == "unknown_quantity"

    @pytest.mark.parametrize(
        "convert",
        [lambda a: a, lambda a: 10.0**-a, lambda a: 100 * 10.0**-a],
        ids=["absorbance", "reflectance", "percent"],
    )
    def test_without_a_name_what_fits_far_better_is_possible_at_best(self, engine, convert):
        spectrum = nir(AXIS, convert(absorbance(4)), quantity="unknown")
        answer = identify(engine, spectrum)
        assert (answer.verdict, answer.substances[0].label.substance) == ("inconclusive", "powder 4")
        assert (answer.probability, answer.substances[0].probability) == (None, None)
        assert "quantity_assumed" in answer.reasons
        assert identify(engine, nir(AXIS, absorbance(4))).reasons == ()

    @pytest.mark.parametrize("convert", [lambda a: a, lambda a: 10.0**-a], ids=["absorbance", "reflectance"])
    def test_without_a_name_a_stranger_is_unusable_and_never_no_match(self, engine, convert):
        values = absorbance(N + 50)
        assert identify(engine, nir(AXIS, values)).verdict in ("no_match", "inconclusive")
        answer = identify(engine, nir(AXIS, convert(values), quantity="unknown"))
        assert answer.verdict in ("unusable", "inconclusive")
        assert answer.verdict == "inconclusive" or answer.reasons[0] == "unknown_quantity"


class TestRanges:
    def test_an_axis_in_wavenumbers_is_the_same(self, engine):
        wavenumber = np.sort(1e7 / AXIS)
        spectrum = Spectrum(
            wavenumber,
            absorbance(5, 1e7 / wavenumber),
            technique="nir",
            unit="wavenumber_cm-1",
            metadata={"quantity": "absorbance"},
        )
        assert identify(engine, spectrum).substances[0].label.substance == "powder 5"

    def test_a_part_of_the_range_covers_a_part_of_the_information(self, engine):
        part = AXIS[:130]
        whole, cut = (engine.identify(nir(axis, absorbance(6, axis))) for axis in (AXIS, part))
        assert whole.coverage == pytest.approx(1.0)
        assert 0.2 < cut.coverage < 0.9

    def test_too_little_in_common_is_unusable(self, engine):
        for axis in (np.arange(1640.0, 2400.0, 6.0), np.arange(900.0, 1010.0, 4.0)):
            answer = identify(engine, nir(axis, absorbance(6, axis)))
            assert (answer.verdict, answer.reasons[0]) == ("unusable", "too_little_overlap")
            assert answer.next_action == "use_right_library"

    def test_an_axis_that_is_off_asks_for_a_check(self, engine):
        shifted = identify(engine, nir(AXIS, absorbance(7, AXIS - 3.0)))
        assert shifted.substances[0].label.substance == "powder 7"
        assert "axis_offset" in shifted.reasons

    def test_coarser_points_are_the_same_substance(self, engine):
        axis = np.arange(900.0, 1701.0, 10.0)
        assert identify(engine, nir(axis, absorbance(8, axis))).substances[0].label.substance == "powder 8"

    def test_no_match_says_when_references_could_not_be_compared(self, library):
        far = np.arange(1800.0, 2500.0, 4.0)
        beyond = tuple(
            make_reference(nir(far, absorbance(seed, far)), Naming(f"far {seed}")) for seed in range(N)
        )
        both = Engine([Library("wide", "nir", (*library.references, *beyond))])
        answer = identify(both, nir(AXIS, absorbance(N + 50)))
        assert answer.verdict == "no_match"
        assert "low_coverage" in answer.reasons
        alone = identify(Engine([library]), nir(AXIS, absorbance(N + 50)))
        assert "low_coverage" not in alone.reasons


class TestOwnScans:
    """Libraries with many scans of a substance on the instrument of the query."""

    def test_a_scan_like_the_others_is_said_nothing_of(self, replicated):
        answers = [identify(Engine([replicated]), scan(1, 100 + draw)) for draw in range(10)]
        assert [answer.verdict for answer in answers] == ["match"] * 10
        assert not any("unlike_own_scans" in answer.reasons for answer in answers)

    def test_a_small_band_more_is_told_and_a_large_one_withholds(self, replicated):
        small, large = (identify(Engine([replicated]), scan(1, 100, more=more)) for more in (0.06, 0.25))
        assert (small.verdict, large.verdict) == ("match", "inconclusive")
        for answer in (small, large):
            assert answer.substances[0].label.substance == "powder 1"
            assert "unlike_own_scans" in answer.reasons
        assert large.reasons[0] == "unexplained_bands"
        assert large.probability is None

    def test_few_scans_say_nothing(self, replicated):
        few = replace(replicated, references=replicated.references[::4], prepared=())
        answer = identify(Engine([few]), scan(1, 100, more=0.06))
        assert "unlike_own_scans" not in answer.reasons


class TestQuality:
    def test_flat_noise_and_dark_are_unusable(self, engine):
        rng = np.random.default_rng(3)
        dark = np.minimum(absorbance(1) * 6, 1.6)
        for values, reason in (
            (np.full(AXIS.size, 0.3), "flat"),
            (0.3 + 1e-4 * AXIS + rng.normal(0, 0.02, AXIS.size), "too_weak"),
            (dark, "too_dark"),
        ):
            answer = identify(engine, nir(AXIS, values))
            assert (answer.verdict, answer.reasons[0]) == ("unusable", reason)

    @pytest.mark.parametrize("quantity", ["absorbance", "reflectance"])
    @pytest.mark.parametrize(
        "curve", [lambda x: x, lambda x: x + x**2, lambda x: (x - 0.5) ** 2, lambda x: np.exp(-2 * x)]
    )
    def test_curves_without_bands_are_flat(self, engine, quantity, curve):
        values = 0.2 + 0.3 * curve(np.linspace(0, 1, AXIS.size))
        answer = identify(engine, nir(AXIS, values, quantity=quantity))
        assert (answer.verdict, answer.reasons[0]) == ("unusable", "flat")

    @pytest.mark.parametrize(("noise", "verdicts"), [(0.01, {"match", "inconclusive"}), (0.2, {"unusable"})])
    def test_noise_never_makes_a_known_powder_no_match(self, engine, noise, verdicts):
        rng = np.random.default_rng(11)
        for seed in range(N):
            noisy = nir(AXIS, absorbance(seed) + rng.normal(0, noise, AXIS.size))
            assert identify(engine, noisy).verdict in verdicts

    def test_nothing_that_explains_a_noisy_spectrum_asks_for_another_scan(self, engine):
        rng = np.random.default_rng(12)
        noisy = [absorbance(N + 50) + rng.normal(0, 0.01, AXIS.size) for _ in range(5)]
        answers = [identify(engine, nir(AXIS, values)) for values in noisy]
        assert identify(engine, nir(AXIS, absorbance(N + 50))).verdict == "no_match"
        assert {answer.verdict for answer in answers} == {"inconclusive"}
        assert {answer.next_action for answer in answers} == {"scan_again_longer"}
        assert all("low_probability" in answer.reasons for answer in answers)
        assert not any("no_candidate" in answer.reasons for answer in answers)


class TestTechniques:
    def test_raman_against_near_infrared_and_the_reverse(self, engine, library):
        shift = np.arange(200.0, 2000.0, 2.0)
        raman = Spectrum(shift, np.exp(-0.5 * ((shift - 1000) / 6) ** 2) * 1000 + 5)
        answer = identify(engine, raman)
        assert (answer.verdict, answer.reasons[0]) == ("unusable", "no_library_for_technique")
        assert answer.next_action == "use_right_library"

    def test_two_libraries_are_searched_as_one(self, library):
        half = [
            Library(name, "nir", library.references[part], calibration=library.calibration)
            for name, part in (("a", slice(0, 6)), ("b", slice(5, N)))
        ]
        both = Engine(half)
        for seed in range(N):
            assert (
                identify(both, nir(AXIS, absorbance(seed))).substances[0].label.substance == f"powder {seed}"
            )

    def test_the_calibration_is_the_same_in_any_order(self, library):
        turned = fit_library(replace(library, references=library.references[::-1], prepared=()))
        assert turned.calibration == library.calibration

    def test_a_calibration_of_other_weights_does_not_speak(self, library):
        other = library.with_calibration(library.calibration | {"evidence": "0" * 64})
        answer = identify(Engine([other]), nir(AXIS, absorbance(0)))
        assert answer.probability is None
        assert "uncalibrated" in answer.reasons
