"""What must never be a match: noise, light, wrong axes, too little overlap, bands of no substance.

Asked of the real engine with two libraries: the built-in one and, where the measured data are
there, one instrument's 80 substances. A statement is a ``match``, ``mixture`` or ``group``. Counts are
those of fixed seeds; larger sweeps of the same kinds gave the same.
"""

import json

import numpy as np
import pytest

from cli.main import main
from libraries.calibrating import fit_library
from libraries.engine import Engine
from libraries.ingest import build_library
from libraries.library import save_library
from spectra.confidence import cases as cases_module
from spectra.io import read_spectra
from spectra.spectrum import Spectrum
from tests.core import disturbances
from tests.core.disturbances import AXIS, gauss, lorentz
from tests.store.test_acceptance import is_named

NAMING = ("match", "mixture", "group")
"""Verdicts that name what a spectrum is."""

STRETCHES = (1e-12, 1e-6, 1e6, 1e12)
OFFSETS = (-10.0, 1.0, 1e4)
SNR = (1000, 50, 20, 15, 10, 3)


@pytest.fixture(scope="module")
def starter():
    return Engine.open()


@pytest.fixture(scope="module")
def wp785xs(shared_data, tmp_path_factory):
    """File of one instrument's library, with a calibration from fewer cases than a release takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases_module, "SINGLE_CASES", 80)
        patch.setattr(cases_module, "MIXTURE_CASES", 20)
        library = fit_library(build_library(shared_data / "raman" / "wp785xs-library").library)
    path = tmp_path_factory.mktemp("never") / "wp785xs.h5"
    save_library(library, path)
    return path


@pytest.fixture(scope="module")
def measured(wp785xs):
    return Engine.open([wp785xs])


@pytest.fixture(params=["starter", pytest.param("measured", marks=pytest.mark.measured)])
def engine(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def queries(shared_data):
    """Another instrument's spectra, by file stem; the glucose of these is no substance of the library."""
    paths = sorted((shared_data / "raman" / "wp785x-queries").glob("*.csv"))
    return {path.stem: read_spectra(path)[0] for path in paths if path.stem != "glucose"}


@pytest.fixture(scope="module")
def nir(shared_data):
    paths = sorted((shared_data / "nir" / "nirscan-nano" / "group01").glob("*_01.csv"))
    assert len(paths) >= 10
    return {path.stem: read_spectra(path)[0] for path in paths}


def identify(engine, spectrum):
    return engine.identify(spectrum).identification


def substances(identification):
    return [entry.label.substance for entry in identification.substances]


def statements(engine, spectra, verdicts=NAMING):
    """What the engine states of each of the spectra, by name; empty where it states nothing."""
    found = {}
    for name, spectrum in spectra.items():
        if not isinstance(spectrum, Spectrum):
            spectrum = Spectrum(AXIS, spectrum)
        answer = identify(engine, spectrum)
        if answer.verdict in verdicts:
            found[name] = (answer.verdict, substances(answer), answer.probability)
    return found


def references(engine, step=1):
    """Spectra of a library by name."""
    chosen = engine.libraries[0].references[::step]
    return {reference.label.substance: reference.spectrum for reference in chosen}


def changed(spectra, change):
    """Spectra after ``change(axis, intensity)``."""
    return {name: Spectrum(*change(spectrum.axis, spectrum.intensity)) for name, spectrum in spectra.items()}


class TestNothingToSee:
    @pytest.mark.parametrize("seed", range(2))
    def test_noise(self, engine, seed):
        assert statements(engine, disturbances.no_signal(seed)) == {}

    @pytest.mark.parametrize("seed", range(2))
    def test_fluorescence_and_light_without_lines(self, engine, seed):
        assert statements(engine, disturbances.background(seed)) == {}

    def test_lamps(self, engine):
        assert statements(engine, disturbances.lamps(fwhm=9.0)) == {}

    def test_curves_without_noise(self, engine):
        assert statements(engine, disturbances.without_noise()) == {}

    @pytest.mark.parametrize(
        "kind", ["white", "coloured 1.0", "poisson on a ramp", "single counts", "quantised", "spikes"]
    )
    def test_noise_is_unusable_rather_than_no_match(self, starter, kind):
        assert identify(starter, Spectrum(AXIS, disturbances.no_signal(0)[kind])).verdict == "unusable"

    @pytest.mark.parametrize(
        "kind",
        ["hump of 600", "shot noise on a hump", "halogen", "falling from the laser line"],
    )
    def test_so_is_background_up_to_the_end_of_the_axis(self, starter, kind):
        assert identify(starter, Spectrum(AXIS, disturbances.background(0)[kind])).verdict == "unusable"

    @pytest.mark.parametrize("n_points", [20, 40, 100])
    def test_noise_at_few_points(self, starter, n_points):
        axis = np.linspace(200.0, 2400.0, n_points)
        drawn = {seed: np.random.default_rng(seed).exponential(5.0, n_points) for seed in range(10)}
        assert statements(starter, {seed: Spectrum(axis, noise) for seed, noise in drawn.items()}) == {}

    @pytest.mark.measured
    def test_neon_as_instruments_recorded_it(self, measured, shared_data):
        paths = sorted((shared_data / "raman" / "calibration-standards").rglob("Ne*.txt"))
        assert len(paths) >= 5
        assert statements(measured, {path.stem: read_spectra(path)[0] for path in paths}) == {}

    @pytest.mark.measured
    def test_dark_current(self, measured, shared_data):
        paths = sorted((shared_data / "raman" / "wp785x-queries").glob("*.csv"))[::3]
        dark = {path.stem: dark_column(path) for path in paths}
        answers = {name: identify(measured, spectrum).verdict for name, spectrum in dark.items()}
        assert set(answers.values()) == {"unusable"}


def dark_column(path):
    rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    start = next(place for place, row in enumerate(rows) if "Dark" in row)
    columns = [rows[start].index("Wavenumber"), rows[start].index("Dark")]
    values = np.array([[float(row[column]) for column in columns] for row in rows[start + 1 :]])
    return Spectrum(values[:, 0], values[:, 1])


class TestWrongAxisOrIntensity:
    def test_references_of_the_starter_mirrored(self, starter):
        assert statements(starter, changed(references(starter, 3), lambda x, y: (x, y[::-1]))) == {}

    @pytest.mark.measured
    def test_every_measured_reference_mirrored(self, measured):
        assert statements(measured, changed(references(measured), lambda x, y: (x, y[::-1]))) == {}

    @pytest.mark.measured
    def test_queries_mirrored(self, measured, queries):
        some = dict(list(queries.items())[::3])
        assert statements(measured, changed(some, lambda x, y: (x, y[::-1]))) == {}

    @pytest.mark.parametrize("fault", disturbances.FAULTS)
    def test_references_of_the_starter(self, starter, fault):
        assert statements(starter, changed(references(starter, 25), disturbances.FAULTS[fault])) == {}

    @pytest.mark.measured
    @pytest.mark.parametrize("fault", disturbances.FAULTS)
    def test_queries(self, measured, queries, fault):
        some = dict(list(queries.items())[::8])
        assert statements(measured, changed(some, disturbances.FAULTS[fault])) == {}

    @pytest.mark.measured
    def test_a_saturated_detector(self, measured, queries):
        half = changed(
            dict(list(queries.items())[::3]), lambda x, y: (x, np.minimum(y, 0.5 * (y.min() + y.max())))
        )
        assert {identify(measured, spectrum).verdict for spectrum in half.values()} == {"unusable"}

    @pytest.mark.measured
    @pytest.mark.parametrize("width", [100.0, 200.0, 300.0])
    def test_a_short_stretch_of_a_reference(self, measured, width):
        stretches = {}
        for name, spectrum in references(measured, 8).items():
            for low in np.arange(310.0, 2000.0, 400.0):
                inside = (spectrum.axis >= low) & (spectrum.axis <= low + width)
                stretches[name, low] = Spectrum(spectrum.axis[inside], spectrum.intensity[inside])
        answers = [identify(measured, spectrum) for spectrum in stretches.values()]
        assert {answer.verdict for answer in answers} == {"unusable"}
        assert "too_little_overlap" in {reason for answer in answers for reason in answer.reasons}


class TestOtherTechniques:
    @pytest.mark.measured
    def test_near_infrared_spectra(self, measured, nir):
        answers = [identify(measured, spectrum) for spectrum in nir.values()]
        assert {(answer.verdict, answer.reasons[0]) for answer in answers} == {
            ("unusable", "no_library_for_technique")
        }

    @pytest.mark.measured
    @pytest.mark.parametrize("reading", ["nm as cm-1", "shift from 850 nm", "upside down"])
    def test_near_infrared_spectra_that_a_header_calls_raman(self, measured, nir, reading):
        change = {
            "nm as cm-1": lambda x, y: (x, y),
            "shift from 850 nm": lambda x, y: (1e7 / 850.0 - 1e7 / x, y),
            "upside down": lambda x, y: (1e7 / 850.0 - 1e7 / x, -y),
        }[reading]
        assert statements(measured, changed(nir, change)) == {}


class TestBandsOfNoSubstance:
    def test_five_to_eight_bands_at_random(self, starter):
        drawn = {
            (n, seed): disturbances.random_lorentzians(seed, n) for n in (5, 6, 7, 8) for seed in range(50)
        }
        assert len(statements(starter, drawn)) <= 2  # 1 %; none when written

    @pytest.mark.parametrize("n_bands", [1, 2, 3])
    def test_one_to_three_bands_at_random(self, starter, n_bands):
        drawn = {seed: disturbances.random_lorentzians(seed, n_bands) for seed in range(30)}
        found = statements(starter, drawn)
        assert {seed: stated for seed, stated in found.items() if stated[0] != "group"} == {}
        assert len(found) <= 1

    @pytest.mark.parametrize(("offset", "fwhm"), [(-3.0, 14.0), (0.0, 8.0), (3.0, 20.0)])
    def test_one_band_where_a_reference_has_its_strongest(self, engine, offset, fwhm):
        """One band is a group at best, though it be nearly all that the reference has."""
        spectra = {
            name: 100.0 + 1000.0 * lorentz(place + offset, fwhm) + disturbances.white(int(place))
            for name, place in lone_bands(engine)[:30]
        }
        assert statements(engine, spectra, ("match", "mixture")) == {}

    @pytest.mark.measured
    def test_the_mean_of_ten_references(self, measured):
        axis, all_names = np.arange(304.0, 2300.0), list(references(measured))
        spectra = references(measured)
        means = {}
        for seed in range(6):
            names = np.random.default_rng(seed).choice(all_names, 10, replace=False)
            parts = [np.interp(axis, spectra[name].axis, spectra[name].intensity) for name in names]
            mean = sum((part - part.min()) / np.ptp(part) for part in parts)
            means[seed] = Spectrum(axis, 1000.0 * mean)
        assert statements(measured, means, ("match", "group")) == {}

    @pytest.mark.measured
    def test_halves_of_two_references_name_no_third(self, measured):
        axis, spectra = np.arange(304.0, 2300.0), references(measured)
        for seed in range(8):
            rng = np.random.default_rng(seed)
            names = rng.choice(list(spectra), 2, replace=False).tolist()
            parts = [np.interp(axis, spectra[name].axis, spectra[name].intensity) for name in names]
            parts = [(part - part.min()) / np.ptp(part) for part in parts]
            joined = np.where(axis < rng.uniform(700.0, 1500.0), *parts)
            answer = identify(measured, Spectrum(axis, 1000.0 * joined + rng.normal(0.0, 0.5, axis.size)))
            assert answer.verdict not in NAMING or set(substances(answer)) & set(names)


def lone_bands(engine):
    """References by the share of their signal that lies around the highest point: name and place."""
    shares = []
    for name, spectrum in references(engine).items():
        x, y = spectrum.axis, np.maximum(spectrum.intensity - np.median(spectrum.intensity), 0.0)
        x, y = x[(x > 300.0) & (x < 2200.0)], y[(x > 300.0) & (x < 2200.0)]
        top = x[y.argmax()]
        shares.append((float(y[np.abs(x - top) < 20.0].sum() / y.sum()), name, float(top)))
    return [(name, top) for _, name, top in sorted(shares, reverse=True)]


def resampled(axis, intensity, factor):
    finer = np.linspace(axis[0], axis[-1], round(factor * axis.size))
    return finer, np.interp(finer, axis, intensity)


SAME_MEASUREMENT = {
    **{f"times {k:g}": (lambda x, y, k=k: (x, k * y), 1e-3) for k in STRETCHES},
    **{f"plus {k:g} heights": (lambda x, y, k=k: (x, y + k * np.ptp(y)), 1e-3) for k in OFFSETS},
    "descending": (lambda x, y: (x[::-1], y[::-1]), 1e-9),
    "float32": (lambda x, y: (x.astype(np.float32), y.astype(np.float32)), 1e-3),
    # despiking and noise go by neighbours, so a finer grid is not bit for bit the same
    "twice as fine": (lambda x, y: resampled(x, y, 2.0), 1e-2),
    "1.37 times as fine": (lambda x, y: resampled(x, y, 1.37), 1e-2),
}
"""What changes neither what was measured nor the answer, with the tolerance of the probability."""


@pytest.fixture(scope="module")
def plain(measured, queries):
    """Spectra of several kinds with their answers."""
    spectra = {name: queries[name] for name in ("acetone", "caffeine", "dichloromethane", "sucrose")}
    spectra["stranger"] = disturbances.random_lorentzians(3, 6)
    spectra["noise"] = Spectrum(AXIS, 100.0 + disturbances.white(3))
    return {name: (spectrum, identify(measured, spectrum)) for name, spectrum in spectra.items()}


class TestWhatMustNotDecide:
    @pytest.mark.measured
    @pytest.mark.parametrize("way", SAME_MEASUREMENT)
    def test_scale_offset_direction_precision_and_grid(self, measured, plain, way):
        change, tolerance = SAME_MEASUREMENT[way]
        for name, (spectrum, expected) in plain.items():
            answer = identify(measured, Spectrum(*change(spectrum.axis, spectrum.intensity)))
            assert (answer.verdict, substances(answer)) == (expected.verdict, substances(expected)), name
            assert answer.probability == pytest.approx(expected.probability, abs=tolerance), name


@pytest.mark.measured
class TestRealQueries:
    def test_ever_more_noise_makes_no_wrong_statement(self, measured, queries):
        """From named over inconclusive to too weak, and never another substance."""
        verdicts = {}
        for number, (name, spectrum) in enumerate(list(queries.items())[::4]):
            height = np.ptp(spectrum.intensity)
            noise = np.random.default_rng(number).normal(0.0, height, spectrum.n_points)
            for snr in SNR:
                answer = identify(measured, Spectrum(spectrum.axis, spectrum.intensity + noise / snr))
                assert answer.verdict not in NAMING or is_named(name, answer), (name, snr)
                verdicts.setdefault(snr, set()).add(answer.verdict)
        assert verdicts[1000] <= set(NAMING)
        assert verdicts[3] == {"unusable"}

    @pytest.mark.parametrize("width", [900.0, 3000.0])
    def test_ten_times_as_much_fluorescence_leaves_them_named(self, measured, queries, width):
        lost = []
        for number, (name, spectrum) in enumerate(list(queries.items())[::4]):
            rng = np.random.default_rng(number)
            height = np.ptp(spectrum.intensity)
            hump = 10.0 * height * gauss(rng.uniform(900.0, 1900.0), width, spectrum.axis)
            noise = rng.normal(0.0, height / 200.0, spectrum.n_points)
            answer = identify(measured, Spectrum(spectrum.axis, spectrum.intensity + hump + noise))
            lost += [] if is_named(name, answer) else [(name, answer.verdict, substances(answer))]
        assert lost == []


def written(folder, name, axis, intensity, header="Raman shift (cm-1),Intensity"):
    path = folder / f"{name}.csv"
    table = np.column_stack([axis, intensity])
    np.savetxt(path, table, fmt="%.8g", delimiter=",", header=header, comments="")
    return str(path)


def records(capsys, *arguments):
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["identify", *arguments, "--format", "json"])
    assert left.value.code == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


class TestFiles:
    """From files to records, as an officer would ask."""

    def test_with_the_starter(self, starter, tmp_path, capsys):
        first = next(iter(references(starter).values()))
        spectra = {
            "noise": disturbances.no_signal(7)["white"],
            "flat": np.full(AXIS.size, 7.0),
            "hump": disturbances.background(7)["hump of 600"],
            "fringes": disturbances.fringes(7),
            "neon": disturbances.lamp(disturbances.NEON, 785.0, 9.0, 7),
            "room": disturbances.lamp(disturbances.ROOM, 785.0, 9.0, 7),
        }
        files = [written(tmp_path, name, AXIS, spectrum) for name, spectrum in spectra.items()]
        files.append(written(tmp_path, "mirrored", first.axis, first.intensity[::-1]))
        found = records(capsys, *files)
        assert len(found) == len(files)
        for record in found:
            assert record["verdict"] in ("unusable", "no_match", "inconclusive"), record["file"]
            assert record["alert"] is False
            assert record["next_action"]
        assert [record["verdict"] for record in found[:3]] == ["unusable"] * 3

    @pytest.mark.measured
    def test_near_infrared_files(self, wp785xs, shared_data, nir, tmp_path, capsys):
        own = shared_data / "nir" / "nirscan-nano" / "group01" / "caffeine_01.csv"
        caffeine = nir["caffeine_01"]
        called_raman = written(tmp_path, "called-raman", caffeine.axis, caffeine.intensity)
        found = records(capsys, str(own), called_raman, "-l", str(wp785xs))
        assert (found[0]["verdict"], found[0]["reasons"][0]) == ("unusable", "no_library_for_technique")
        assert found[1]["verdict"] in ("unusable", "no_match")
        assert [record["probability"] for record in found] == [None, None]
