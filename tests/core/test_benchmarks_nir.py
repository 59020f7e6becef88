"""The near infrared benchmark measures right: its cases, its peers, its figures, on made-up scans."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.nir import asking, idrc, peers, plots, report, summary, usgs
from benchmarks.accuracy.nir._gauss_fit import draw, fit_gaussians
from benchmarks.accuracy.nir.scans import Scan, library_of
from spectra.confidence.identification import Identification, NamedSubstance
from spectra.label import Label
from spectra.matching.search import Hit
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum

AXIS = np.arange(900.0, 1700.0, 4.0)
QUALITY = QualityReport(snr=100.0, saturated=False, fluorescence=0.0, n_spikes=0, noise=1e-4)
NAMES = ("salt", "sugar", "chalk", "flour")


def scan(number: int, source: str, *, seed: int) -> Scan:
    """Scan of a powder with bands of its own, a slope and noise."""
    bands = np.random.default_rng(number)
    noise = np.random.default_rng(1000 + seed)
    absorbance = 0.2 + 1e-4 * noise.uniform(-1, 1) * (AXIS - 1300.0) + 1e-4 * noise.standard_normal(AXIS.size)
    for _ in range(6):
        centre, width = bands.uniform(950, 1650), bands.uniform(20, 40)
        absorbance += bands.uniform(0.05, 0.3) * np.exp(-0.5 * ((AXIS - centre) / width) ** 2)
    spectrum = Spectrum(AXIS, absorbance, "nir", "wavelength_nm", {"quantity": "absorbance"})
    return Scan(f"{source}/{NAMES[number]}_{seed}", NAMES[number], source, spectrum)


ONE_DAY = [scan(number, "g1", seed=10 * number + repeat) for number in range(4) for repeat in range(2)]
OTHER_DAY = [scan(number, "g2", seed=90 + 10 * number + repeat) for number in range(4) for repeat in range(2)]


def outcome(
    verdict: str, truth: str, *named: str, known: bool = True, p: float | None = 0.99
) -> asking.Outcome:
    substances = tuple(NamedSubstance(Label("1", name), p, None, 0.9) for name in named)
    hits = (Hit(1, "1", named[0], 0.9, 0.8),) if named else ()
    answer = Identification(verdict, False, p, substances, hits, (), (), "send_to_lab", QUALITY)
    made = replace(ONE_DAY[0], name=f"{truth}-{verdict}", substance=truth)
    return asking.Outcome(made, known, answer)


def test_outcomes_are_judged_by_what_is_stated():
    right = outcome("match", "salt", "salt")
    assert (right.right, right.false, right.holds) == (True, False, True)
    extra = outcome("mixture", "salt", "salt", "sugar")
    assert (extra.right, extra.false, extra.holds) == (True, False, False)
    other = outcome("match", "salt", "sugar")
    assert (other.right, other.false, other.holds) == (False, True, False)
    left_out = outcome("match", "salt", "sugar", known=False)
    assert (left_out.right, left_out.false) == (False, True)
    blend = outcome("mixture", "salt + sugar", "salt", "sugar", known=False)
    assert (blend.right, blend.false, blend.holds) == (True, False, True)
    wrong_blend = outcome("match", "salt", "salt + sugar")
    assert (wrong_blend.right, wrong_blend.holds) == (False, False)
    group = outcome("group", "salt", "sugar", "salt")
    assert (group.right, group.holds) == (True, True)
    for verdict in ("inconclusive", "no_match", "unusable"):
        silent = outcome(verdict, "salt", "sugar")
        assert (silent.right, silent.false) == (False, False)


def test_figures_count_what_was_said():
    outcomes = [
        outcome("match", "salt", "salt"),
        outcome("inconclusive", "sugar", "sugar", p=0.3),
        outcome("match", "chalk", "flour", p=0.96),
        outcome("no_match", "salt", known=False, p=None),
        outcome("match", "sugar", "flour", known=False, p=0.7),
    ]
    found = summary.summarise(outcomes)
    assert found["detected"]["spectra"]["k"] == 1
    assert found["detected"]["spectra"]["n"] == 3
    assert found["wrong_name"]["spectra"]["k"] == 1
    assert found["false_left_out"]["spectra"] | {"low": 0, "high": 0} == {"k": 1, "n": 2, "low": 0, "high": 0}
    assert (found["sure"]["wrong"]["spectra"]["k"], found["sure"]["wrong"]["spectra"]["n"]) == (1, 2)
    assert len(found["missed"]) == 2
    assert found["verdicts"]["known"] == {"match": 2, "inconclusive": 1}


def test_peers_know_their_own_and_pass_over_the_query_itself():
    found = peers.judge_peers([(OTHER_DAY, ONE_DAY)])
    for name in (peer.name for peer in peers.PEERS if peer.name != "raw Pearson"):
        assert found[name]["top1"]["spectra"]["k"] == len(OTHER_DAY)
        assert found[name]["operating_points"]["0.01"]["spectra"]["k"] == len(OTHER_DAY)
    alone = peers.judge_peers([(ONE_DAY[::2], ONE_DAY[::2])])
    assert all(each["top1"]["spectra"]["n"] == 0 for each in alone.values())


def test_correlation_is_that_of_numpy():
    peer = peers.PEERS[2]
    grid = peers.even_grid([*ONE_DAY, *OTHER_DAY])
    table = peers.correlations(peer, OTHER_DAY, ONE_DAY)
    rows = [np.interp(grid, AXIS, one.spectrum.intensity) for one in (OTHER_DAY[3], ONE_DAY[5])]
    assert table[3, 5] == pytest.approx(np.corrcoef(*rows)[0, 1])


def test_reflectance_is_compared_as_absorbance():
    spectrum = ONE_DAY[0].spectrum
    reflected = replace(spectrum, intensity=10.0**-spectrum.intensity, metadata={"quantity": "reflectance"})
    assert peers.absorbance(reflected) == pytest.approx(spectrum.intensity)


@pytest.mark.parametrize(
    ("specimen", "material"),
    [
        ("Calcite WS272", "calcite"),
        ("Calcite.5+.Ca-Mont.5 AMX6", "Ca-montmorillonite + calcite"),
        ("Calcite.33+Ca-Mont.67 AMX19", "Ca-montmorillonite + calcite"),
        ("Calcite.80+Mont_Swy-1 GDS212", "Na-montmorillonite + calcite"),
        ("Talc+Clinochlore HS327.3B", "chlorite + talc"),
        ("Plastic_HDPE GDS351 BlkSheet", "Plastic_HDPE"),
    ],
)
def test_blends_of_the_same_minerals_are_one_material(specimen: str, material: str) -> None:
    assert usgs._material(specimen) == material


def test_the_engine_is_asked_with_and_without_and_the_report_says_it(tmp_path: Path) -> None:
    rounds = [(OTHER_DAY, ONE_DAY)]
    outcomes = asking.ask_all(rounds)
    assert [each.known for each in outcomes] == [True, False] * len(OTHER_DAY)
    assert not [each.line for each in outcomes if each.false]
    figures = {
        "nirscan": {"ours": summary.summarise(outcomes), "peers": peers.judge_peers(rounds)},
        "uva": {"skipped": "no data", "plot": {"handheld": {"step": [1, 2], "share": [0.2, 0.8]}}},
        "idrc": {"skipped": "no data"},
    }
    figures["nirscan"]["second_derivatives"] = {
        "axis_nm": AXIS.tolist(), "curves": {"caffeine": AXIS.tolist()}, "n": 8,
    }  # fmt: skip
    text = "\n".join(report.lines(figures))
    assert "at default settings, detected" in text
    assert f"{len(OTHER_DAY)}/{len(OTHER_DAY)}" in text
    captions = plots.write_plots(figures, tmp_path)
    assert set(captions) == {"nir-second-derivatives.svg", "nir-scores.svg", "nir-series.svg"}
    assert all((tmp_path / name).stat().st_size > 1000 for name in captions)


def test_a_query_that_stands_in_the_library_is_taken_out_of_it():
    library = library_of(ONE_DAY, name="one day")
    assert len(library) == len(ONE_DAY)
    outcomes = asking.ask_all([(ONE_DAY[:1], [ONE_DAY[0], *ONE_DAY[2:]])])
    assert [each.known for each in outcomes] == [False]
    assert outcomes[0].answer.verdict != "match"


def test_tablets_are_judged_as_by_hand():
    assay = np.array([160.0, 175.0, 190.0, 195.0])
    predicted = np.array([163.0, 175.0, 186.0, 195.0])
    found = idrc.judge(assay, predicted, low=predicted - 2.0, high=predicted + 2.0)
    assert found["all"]["rmsep_mg"] == pytest.approx(2.5)
    assert found["all"]["bias_mg"] == pytest.approx(-0.25)
    assert (found["all"]["covered"]["k"], found["all"]["covered"]["n"]) == (2, 4)
    assert [band["n"] for band in found["bands"]] == [1, 1, 2, 0, 0]


def test_gaussians_are_found_again():
    axis = np.arange(900.0, 1700.0, 2.0)
    true = np.array([[1100.0, 40.0, 60.0], [1300.0, 30.0, 100.0], [1500.0, 70.0, 80.0]])
    fit = fit_gaussians(axis, 0.3 + 2e-4 * axis + draw(axis, true) / 100, window_nm=26.0, min_width_nm=12.0)
    assert fit.r > 0.999
    for centre, width, _ in true:
        nearest = fit.bands[np.argmin(np.abs(fit.bands[:, 0] - centre))]
        assert nearest[0] == pytest.approx(centre, abs=2.0)
        assert nearest[1] == pytest.approx(width, rel=0.15)


@pytest.mark.measured
def test_the_shared_data_are_what_the_figures_are_of(shared_data: Path) -> None:
    from benchmarks.accuracy.nir import nirscan, run

    scans = nirscan.nirscan_scans(shared_data)
    assert (len(scans), len({one.substance for one in scans})) == (440, 11)
    assert nirscan.days(scans) == ("10/12/20", "17/12/20")
    assert [(len(queries), len(references)) for queries, references in run.nirscan_rounds(shared_data)] == [
        (165, 275), (275, 165),
    ]  # fmt: skip
    both = usgs.pairs(usgs.usgs_scans(shared_data))
    assert len(both) == 14
    assert len({beck.source for beck, _ in both}) == 14
    assert all((beck.session, asd.session) == ("BECK", "ASD") for beck, asd in both)
    tablets = idrc.idrc_tablets(shared_data)
    assert {part: each.assay_mg.size for part, each in tablets.items()} == {
        "Train": 155, "Validate": 40, "Test": 460,
    }  # fmt: skip
