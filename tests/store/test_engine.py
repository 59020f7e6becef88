"""The engine: right answers on made-up libraries, and never a match on what is none."""

from dataclasses import replace

import numpy as np
import pytest

from libraries.calibrating import CALIBRATION_SEED, PIPELINES, fit_library
from libraries.engine import Engine
from libraries.library import Library, save_library
from libraries.reference import Naming, make_reference
from libraries.starter.tables import Band
from spectra.confidence import cases as cases_module
from spectra.confidence.calibration import Calibration
from spectra.errors import LibraryError
from spectra.matching.hints import HintTable
from spectra.preprocessing import RAMAN_PIPELINE
from spectra.spectrum import Spectrum
from tests.core.synthetic import AXIS, draw, library, measured, random_bands

NAMING = ("match", "mixture", "group")
"""Verdicts that name what a spectrum is."""

N = 12


@pytest.fixture(scope="module")
def fitted():
    """Twelve references with a calibration from fewer cases than a release takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases_module, "SINGLE_CASES", 48)
        patch.setattr(cases_module, "MIXTURE_CASES", 16)
        yield fit_library(library(N))


@pytest.fixture(scope="module")
def engine(fitted):
    return Engine([fitted])


def identify(engine, spectrum):
    return engine.identify(spectrum).identification


def names(identification):
    return [entry.label.substance for entry in identification.substances]


def fewer(whole, rows):
    """Library of some of the references, in that order, with the same calibration."""
    references = tuple(whole.references[row] for row in rows)
    return replace(whole, references=references, prepared=(), path=None)


class TestRightAnswers:
    @pytest.mark.parametrize("row", range(N))
    def test_a_substance_on_another_instrument(self, engine, row):
        spectrum = measured(random_bands(row), row, displaced_cm1=row % 5 - 2.0, fluorescence=2000.0)
        answer = engine.identify(spectrum)
        assert answer.identification.verdict == "match"
        assert names(answer.identification) == [f"substance {row}"]
        assert answer.identification.probability > 0.9
        assert answer.coverage > 0.9
        assert answer.axis_shift_cm1 == pytest.approx(row % 5 - 2.0, abs=1.5)

    @pytest.mark.parametrize("row", range(4))
    @pytest.mark.parametrize("scale", [1e-12, 1e9])
    def test_in_any_unit(self, engine, row, scale):
        spectrum = measured(random_bands(row), row)
        plain = identify(engine, spectrum)
        scaled = identify(engine, Spectrum(AXIS, spectrum.intensity * scale))
        assert (scaled.verdict, names(scaled)) == (plain.verdict, names(plain))
        assert scaled.probability == pytest.approx(plain.probability, abs=1e-6)

    def test_in_either_direction(self, engine):
        spectrum = measured(random_bands(3), 3)
        turned = Spectrum(AXIS[::-1], spectrum.intensity[::-1])
        assert identify(engine, turned) == identify(engine, spectrum)

    @pytest.mark.parametrize(("first", "second"), [(0, 1), (4, 7), (2, 10)])
    def test_a_mixture(self, engine, first, second):
        axis_rng = np.random.default_rng(first)
        clean = 0.6 * draw(random_bands(first)) + 0.4 * draw(random_bands(second))
        intensity = 1000 * clean + axis_rng.normal(0, 5, AXIS.size) + 300
        answer = identify(engine, Spectrum(AXIS, intensity))
        assert answer.verdict == "mixture"
        assert sorted(names(answer)) == sorted([f"substance {first}", f"substance {second}"])
        assert sum(entry.share for entry in answer.substances) == pytest.approx(1)

    def test_an_axis_that_is_off_is_said_and_costs(self, engine):
        near, far = (
            identify(engine, measured(random_bands(5), 5, displaced_cm1=shift)) for shift in (0.0, 6.0)
        )
        assert names(near) == names(far) == ["substance 5"]
        assert "axis_offset" in far.reasons
        assert "axis_offset" not in near.reasons
        assert far.probability <= near.probability
        assert far.hits[0].score < near.hits[0].score
        assert (near.substances[0].label.form, far.substances[0].label.form) == ("solid", "")

    def test_a_spectrum_with_spikes(self, engine):
        spectrum = measured(random_bands(2), 2)
        spiked = spectrum.intensity.copy()
        spiked[[150, 700, 1100]] += 5000
        answer = identify(engine, Spectrum(AXIS, spiked))
        assert names(answer) == ["substance 2"]
        assert answer.quality.n_spikes == 3


def strangers():
    """Good spectra of substances that no library here has."""
    return [measured(random_bands(5000 + seed), seed) for seed in range(12)]


def white_noise(seed):
    return Spectrum(AXIS, np.random.default_rng(seed).normal(100, 5, AXIS.size))


def mirrored(row):
    spectrum = measured(random_bands(row), row)
    return Spectrum(AXIS, spectrum.intensity[::-1])


def hump(centre, width, seed):
    rng = np.random.default_rng(seed)
    return Spectrum(
        AXIS, 5000 * np.exp(-0.5 * ((AXIS - centre) / width) ** 2) + rng.normal(0, 5, AXIS.size) + 100
    )


def lamp(seed):
    """Lines as narrow as the resolution, as a room's light or a pen lamp gives them."""
    rng = np.random.default_rng(seed)
    lines = [
        Band(place, 4.0, 0.0, height)
        for place, height in zip(rng.uniform(250, 2100, 14), rng.exponential(1, 14), strict=True)
    ]
    return Spectrum(AXIS, 3000 * draw(lines) + rng.normal(0, 5, AXIS.size) + 100)


NEVER = {
    **{f"noise {seed}": white_noise(seed) for seed in range(4)},
    "flat": Spectrum(AXIS, np.full(AXIS.size, 7.0)),
    "zero": Spectrum(AXIS, np.zeros(AXIS.size)),
    "ramp": Spectrum(AXIS, np.linspace(0, 1e4, AXIS.size)),
    "one step": Spectrum(AXIS, np.where(AXIS > 1000, 1e4, 0.0)),
    "narrow hump": hump(1200, 120, 0),
    "wide hump": hump(1500, 500, 1),
    **{f"lamp {seed}": lamp(seed) for seed in range(3)},
    **{f"mirrored {row}": mirrored(row) for row in range(4)},
    **{f"stranger {number}": spectrum for number, spectrum in enumerate(strangers())},
}  # fmt: skip


class TestNeverAMatch:
    @pytest.mark.parametrize("name", NEVER)
    def test_what_is_no_substance_of_the_library(self, engine, name):
        answer = identify(engine, NEVER[name])
        assert answer.verdict in ("unusable", "no_match", "inconclusive")
        assert answer.reasons
        assert answer.next_action

    @pytest.mark.parametrize("name", [name for name in NEVER if not name.startswith("stranger")])
    def test_nor_does_it_become_one_without_a_calibration(self, name):
        uncalibrated = Engine([library(N)])
        assert identify(uncalibrated, NEVER[name]).verdict in ("unusable", "no_match", "inconclusive")

    @pytest.mark.parametrize("name", ["noise 0", "noise 1", "flat", "zero", "wide hump"])
    def test_what_shows_nothing_is_unusable_rather_than_clear(self, engine, name):
        assert identify(engine, NEVER[name]).verdict == "unusable"

    @pytest.mark.parametrize("row", range(4))
    def test_an_overlap_of_100_cm1(self, engine, row):
        """The library ends at 2200 cm⁻¹; the spectrum starts 100 cm⁻¹ below that."""
        axis = np.arange(2100.0, 3500.0, 1.5)
        bands = [*random_bands(row), *random_bands(row + 50, low=2200, high=3300)]
        answer = identify(engine, measured(bands, row, axis=axis))
        assert answer.verdict == "unusable"
        assert answer.reasons[0] == "too_little_overlap"
        assert answer.next_action == "use_right_library"

    @pytest.mark.parametrize("width", [230.0, 450.0])
    def test_strangers_seen_in_a_short_stretch(self, engine, width):
        """Enough points to compare, one or two bands: not enough to be sure."""
        called = 0
        for seed in range(30):
            low = np.random.default_rng(seed).uniform(300, 1700 - width)
            axis = np.arange(low, low + width, 1.0)
            answer = identify(engine, measured(random_bands(5000 + seed), seed, axis=axis))
            called += answer.verdict in NAMING
        assert called <= 1

    @pytest.mark.parametrize("width", [300.0, 500.0])
    def test_strangers_against_references_of_a_short_stretch(self, fitted, width):
        references = []
        for row in range(N):
            low = np.random.default_rng(row).uniform(300, 1700 - width)
            spectrum = measured(random_bands(row), row, snr=400, axis=np.arange(low, low + width, 1.0))
            references.append(make_reference(spectrum, Naming(f"substance {row}")))
        short = Engine([Library("short", "raman", tuple(references), calibration=fitted.calibration)])
        called = [identify(short, spectrum).verdict in NAMING for spectrum in strangers()]
        assert sum(called) <= 1

    def test_a_near_infrared_spectrum(self, engine):
        axis = np.linspace(900, 1700, 228)
        absorbance = 0.3 + 0.4 * np.exp(-0.5 * ((axis - 1450) / 50) ** 2)
        answer = engine.identify(Spectrum(axis, absorbance, technique="nir", unit="wavelength_nm"))
        assert answer.identification.verdict == "unusable"
        assert answer.identification.reasons[0] == "no_library_for_technique"
        assert answer.identification.next_action == "use_right_library"

    @pytest.mark.parametrize("unit", ["wavelength_nm", "wavenumber_cm-1", "other"])
    def test_a_raman_spectrum_whose_axis_is_no_shift(self, engine, unit):
        spectrum = measured(random_bands(0), 0)
        answer = identify(engine, replace(spectrum, unit=unit))
        assert (answer.verdict, answer.reasons[0]) == ("unusable", "wrong_technique")

    def test_a_saturated_detector(self, engine):
        spectrum = measured(random_bands(1), 1)
        answer = identify(engine, Spectrum(AXIS, np.minimum(spectrum.intensity, 600.0)))
        assert (answer.verdict, answer.reasons[0]) == ("unusable", "saturated")
        assert answer.next_action == "scan_again_weaker"


class TestSeveralLibraries:
    def test_are_searched_as_one(self, fitted, engine):
        parts = Engine([fewer(fitted, range(5)), fewer(fitted, range(5, N))])
        for row in (0, 4, 5, 11):
            spectrum = measured(random_bands(row), row)
            assert identify(parts, spectrum) == identify(engine, spectrum)
            assert len(parts.identify(spectrum).libraries) == 2

    def test_what_stands_in_both_counts_once(self, fitted, engine):
        overlapping = Engine([fewer(fitted, range(8)), fewer(fitted, range(3, N))])
        for row in (0, 5, 11):
            spectrum = measured(random_bands(row), row)
            answer = identify(overlapping, spectrum)
            assert answer == identify(engine, spectrum)
            assert len({hit.reference_id for hit in answer.hits}) == len(answer.hits)

    def test_the_least_promising_calibration_speaks(self, fitted):
        strict = fitted.calibration | {"single": {"intercept": -2.0, "slope": 0.5}}
        both = Engine([fewer(fitted, range(6)), fewer(fitted, range(6, N)).with_calibration(strict)])
        spectrum = measured(random_bands(1), 1)
        careful = identify(both, spectrum)
        assert names(careful) == ["substance 1"]
        assert careful.probability < identify(Engine([fitted]), spectrum).probability

    def test_one_without_a_calibration_leaves_all_without(self, fitted):
        both = Engine([fewer(fitted, range(6)), fewer(fitted, range(6, N)).with_calibration(None)])
        answer = identify(both, measured(random_bands(1), 1))
        assert answer.probability is None
        assert "uncalibrated" in answer.reasons

    def test_hints_of_all_are_asked(self, fitted):
        bands = tuple(band.position_cm1 for band in random_bands(3))
        table = HintTable("recalled", "", "", bands, (False,) * len(bands))
        hinting = replace(fewer(fitted, [0]), hints=(table,))
        answer = identify(Engine([fewer(fitted, range(1, N)), hinting]), measured(random_bands(3), 3))
        assert [hint.table.substance for hint in answer.hints] == ["recalled"]
        assert answer.next_action == "send_to_lab"
        assert names(answer) == ["substance 3"]
        assert not answer.alert

    def test_the_technique_of_the_spectrum_chooses(self, fitted):
        axis = np.linspace(900, 1700, 228)
        rng = np.random.default_rng(0)
        spectrum = Spectrum(axis, rng.random(228), technique="nir", unit="wavelength_nm")
        nir = Library("nir", "nir", (make_reference(spectrum, Naming("sugar")),))
        both = Engine([nir, fitted])
        answer = both.identify(measured(random_bands(2), 2))
        assert names(answer.identification) == ["substance 2"]
        assert [entry.name for entry in answer.libraries] == ["synthetic"]


class TestDeterminism:
    @pytest.mark.parametrize("row", [0, 7])
    def test_the_same_result_twice(self, fitted, engine, row):
        spectrum = measured(random_bands(row), row)
        first = engine.identify(spectrum)
        for other in (engine, Engine([fitted])):
            again = other.identify(spectrum)
            assert again.identification == first.identification
            assert (again.coverage, again.axis_shift_cm1) == (first.coverage, first.axis_shift_cm1)

    def test_the_order_of_the_references_does_not_matter(self, fitted, engine):
        order = np.random.default_rng(5).permutation(N).tolist()
        permuted = Engine([fewer(fitted, order)])
        blend = 1000 * (0.6 * draw(random_bands(1)) + 0.4 * draw(random_bands(6)))
        spectra = [measured(random_bands(row), row) for row in range(0, N, 3)]
        spectra += [strangers()[0], Spectrum(AXIS, blend + np.random.default_rng(0).normal(0, 5, AXIS.size))]
        for spectrum in spectra:
            plain, other = identify(engine, spectrum), identify(permuted, spectrum)
            assert (other.verdict, names(other), other.reasons) == (
                plain.verdict,
                names(plain),
                plain.reasons,
            )
            assert other.probability == pytest.approx(plain.probability, abs=1e-6)
            assert [hit.reference_id for hit in other.hits] == [hit.reference_id for hit in plain.hits]
            assert [hit.score for hit in other.hits] == pytest.approx(
                [hit.score for hit in plain.hits], abs=1e-6
            )

    def test_a_saved_library_answers_like_the_one_in_memory(self, fitted, engine, tmp_path):
        save_library(fitted, tmp_path / "lib.h5")
        reopened = Engine.open([tmp_path / "lib.h5"])
        for row in (2, 9):
            spectrum = measured(random_bands(row), row)
            said, expected = identify(reopened, spectrum), identify(engine, spectrum)
            assert said == replace(expected, reasons=(*expected.reasons, "library_unsigned"))
        assert reopened.config_fingerprint == engine.config_fingerprint
        assert reopened.pipeline_fingerprint == engine.pipeline_fingerprint == RAMAN_PIPELINE.fingerprint


class TestCalibration:
    @pytest.fixture
    def few(self, monkeypatch):
        monkeypatch.setattr(cases_module, "SINGLE_CASES", 9)
        monkeypatch.setattr(cases_module, "MIXTURE_CASES", 8)

    def test_of_a_library_is_always_the_same(self, few):
        first, second = (fit_library(fewer(library(N), range(5))) for _ in range(2))
        assert first.calibration == second.calibration
        assert first.content_sha256 == second.content_sha256

    def test_says_what_it_was_fitted_for(self, fitted):
        calibration = Calibration.from_dict(fitted.calibration)
        assert calibration.pipeline == RAMAN_PIPELINE.fingerprint
        assert calibration.n_references == N
        assert calibration.seed == CALIBRATION_SEED
        assert library(N).calibration is None  # the one given was not changed

    def test_tells_how_far_it_is(self, few):
        told = []
        fit_library(fewer(library(N), range(4)), progress=lambda done, total: told.append((done, total)))
        assert told[-1] == (17, 17)

    def test_one_substance_gets_none(self):
        alone = fit_library(fewer(library(N), [0]))
        assert alone.calibration is None
        answer = identify(Engine([alone]), measured(random_bands(0), 0))
        assert answer.verdict == "match"
        assert answer.probability is None
        assert "uncalibrated" in answer.reasons

    def test_two_substances_are_enough_for_a_library(self, few):
        pair = fit_library(fewer(library(N), [0, 1]))
        answer = identify(Engine([pair]), measured(random_bands(0), 0))
        assert names(answer) == ["substance 0"]

    def test_for_another_preprocessing_does_not_speak(self, fitted):
        other = fitted.with_calibration(fitted.calibration | {"pipeline": "0" * 64})
        answer = identify(Engine([other]), measured(random_bands(4), 4))
        assert names(answer) == ["substance 4"]
        assert answer.probability is None
        assert all(entry.probability is None for entry in answer.substances)
        assert "uncalibrated" in answer.reasons

    @pytest.mark.parametrize("change", [{"schema": "x/1"}, {"threshold": 0.0}, {"single": None}], ids=str)
    def test_a_damaged_one_is_refused_with_the_librarys_name(self, fitted, change):
        damaged = fitted.with_calibration(fitted.calibration | change)
        with pytest.raises(LibraryError, match=r"synthetic.*calibrate the library again"):
            Engine([damaged])


class TestRefusals:
    def test_no_library(self):
        with pytest.raises(LibraryError, match="no library"):
            Engine([])

    def test_only_libraries_that_cannot_be_searched(self):
        axis = np.linspace(400, 4000, 1800)
        spectrum = Spectrum(axis, np.sin(axis / 50), technique="mir", unit="wavenumber_cm-1")
        mir = Library("mir", "mir", (make_reference(spectrum, Naming("sugar")),))
        with pytest.raises(LibraryError, match=f"mir.*{', '.join(PIPELINES)}"):
            Engine([mir])
        with pytest.raises(LibraryError, match="mir"):
            fit_library(mir)

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(LibraryError, match="gone"):
            Engine.open([tmp_path / "gone.h5"])


class TestStarter:
    def test_every_answer_says_so(self, fitted):
        starter = Engine([fitted], uses_starter=True)
        for spectrum in (measured(random_bands(0), 0), NEVER["stranger 0"], NEVER["flat"]):
            assert identify(starter, spectrum).reasons[-1] == "starter_library"
