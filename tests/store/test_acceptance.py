"""Acceptance on measured spectra: the library of one instrument, queries of two others."""

from dataclasses import replace

import numpy as np
import pytest

from libraries.calibrating import fit_library, prepare_library
from libraries.engine import Engine
from libraries.ingest import build_library
from spectra.io import read_spectra

NAMING = ("match", "mixture", "group")
"""Verdicts that name what a spectrum is."""


def names(identification):
    return [entry.label.substance for entry in identification.substances]


SAME = {
    "2-amino butane": {"2-Aminobutane"},
    "citric acid": {"Citric Acid", "Citric Acid Anhydrate"},
    "isopropanol": {"isopropanol", "2-Propanol"},
    "metamizol Mg": {"Metamizole"},
    "methyl ethyl ketone": {"Methyl Ethyl Ketone", "2-Butanone"},
    "methyl paraben": {"Methyl Parabene"},
    "potassium hydrogen phosphate": {"K2HPO4"},
}
"""Names of the queries that the library spells otherwise; the others differ in capitals only."""
PURE_SOLVENTS = ("acetone", "acetonitrile", "cyclohexane", "ethanol")


def is_named(query, identification):
    """Whether the answer names the query's substance under a name the library has for it."""
    allowed = {name.casefold() for name in SAME.get(query, {query})}
    return identification.verdict in NAMING and bool(
        allowed & {name.casefold() for name in names(identification)}
    )


@pytest.fixture(scope="module")
def fitted(shared_data):
    """The 80 references of one instrument, with their calibration."""
    return fit_library(build_library(shared_data / "raman" / "wp785xs-library").library)


@pytest.fixture(scope="module")
def answers(shared_data, fitted):
    """Identifications of the queries and of the portable's spectra, by file stem."""
    raman = shared_data / "raman"
    engine = Engine([fitted])
    assert len(engine.libraries[0]) == 80

    def of(folder, suffix):
        paths = sorted((raman / folder).glob(f"*{suffix}"))
        return {path.stem: engine.identify(read_spectra(path)[0]).identification for path in paths}

    return of("wp785x-queries", ".csv"), of("portable-customs", ".txt")


@pytest.mark.measured
class TestMeasured:
    """Acceptance: the library of one instrument, queries of two others."""

    def test_27_of_29_queries_are_named(self, answers):
        queries, _ = answers
        assert len(queries) == 30
        missed = [query for query in queries if query != "glucose" and not is_named(query, queries[query])]
        assert len(missed) <= 2, missed

    def test_no_match_is_to_anything_else(self, answers):
        wrong = {
            query: names(answer)
            for query, answer in answers[0].items()
            if answer.verdict == "match" and not is_named(query, answer)
        }
        assert wrong == {}

    def test_another_solid_form_is_no_match(self, answers):
        glucose = answers[0]["glucose"]
        assert not (glucose.verdict in NAMING and "glucose" in names(glucose))

    @pytest.mark.parametrize("solvent", PURE_SOLVENTS)
    def test_solvents_of_another_maker_are_named(self, answers, solvent):
        assert is_named(solvent, answers[1][solvent])

    def test_a_solvent_that_the_library_lacks_is_none(self, answers):
        assert answers[1]["chloroform"].verdict in ("no_match", "inconclusive")

    def test_every_probability_is_one(self, answers):
        for identification in (*answers[0].values(), *answers[1].values()):
            assert identification.probability is None or 0 < identification.probability < 1
            assert (identification.probability is None) == (identification.verdict == "no_match")


@pytest.mark.measured
class TestMeasuredMixtures:
    @pytest.mark.parametrize(
        ("file", "components"),
        [
            ("mix dichloromethane 40 ethanol 60", {"dichloromethane", "ethanol"}),
            ("mix methanol 20 ethanol 80", {"methanol", "ethanol"}),
        ],
    )
    def test_two_solvents_and_nothing_else(self, answers, file, components):
        answer = answers[1][file]
        assert answer.verdict == "mixture"
        assert {name.casefold() for name in names(answer)} == components
        assert names(answer)[0] == "ethanol"  # the larger part by volume, and the stronger scatterer
        assert sum(entry.share for entry in answer.substances) == pytest.approx(1, abs=0.1)

    def test_pure_solvents_are_no_mixtures(self, answers):
        assert [answers[1][solvent].verdict for solvent in PURE_SOLVENTS].count("mixture") == 0

    @pytest.mark.parametrize("vial", ["ab01", "ab45"])
    def test_six_powders_are_named_and_none_of_80_others(self, shared_data, fitted, vial):
        """Mean of 60 scans; the calibration of the others serves, made for as many references."""
        folder = shared_data / "raman" / "amino-acid-mixtures"
        powders = prepare_library(build_library(folder / "pure").library)
        engine = Engine([fitted, powders.with_calibration(fitted.calibration)])
        scans = read_spectra(folder / "vials" / f"{vial}.csv")
        mean = replace(scans[0], intensity=np.mean([scan.intensity for scan in scans], axis=0))
        answer = engine.identify(mean).identification
        others = {reference.label.substance for reference in fitted.references}
        assert answer.verdict == "mixture"
        assert len(names(answer)) >= 3
        assert set(names(answer)) <= {reference.label.substance for reference in powders.references}
        assert not set(names(answer)) & others
