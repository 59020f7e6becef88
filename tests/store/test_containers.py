"""Containers: what a library lacks of them, and content that is named behind them."""

import numpy as np
import pytest

from libraries.calibrating import fit_library
from libraries.containers import GLASS, PREFIX, missing_containers
from libraries.engine import Engine
from libraries.library import Library
from libraries.reference import Naming, make_reference
from libraries.starter.tables import load_references
from libraries.substances import identity_key
from spectra.confidence import cases as cases_module
from spectra.confidence.layers import draw_glass
from spectra.grid import Grid
from spectra.preprocessing import RAMAN_GRID
from spectra.spectrum import Spectrum
from tests.core.synthetic import AXIS, draw, library, measured, random_bands

PLASTICS = {
    entry.substance: entry.bands
    for entry in load_references()
    if entry.role == "packaging" and entry.grade == "C"
}


def plastic(name="polyethylene", displaced_cm1=0.0):
    spectrum = draw(PLASTICS[name], AXIS + displaced_cm1)
    return spectrum / spectrum.max()


def content(*rows):
    total = sum(draw(random_bands(row)) for row in rows)
    return total / total.max()


def as_measured(intensity, seed=0):
    rng = np.random.default_rng(seed)
    hump = 500.0 * np.exp(-0.5 * ((AXIS - 1500.0) / 900.0) ** 2)
    return Spectrum(AXIS, 1000 * intensity + hump + rng.normal(0, 5, AXIS.size) + 50)


def fit(references):
    """Calibration from fewer cases than a release takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases_module, "SINGLE_CASES", 48)
        patch.setattr(cases_module, "MIXTURE_CASES", 16)
        return fit_library(references)


@pytest.fixture(scope="module")
def without():
    """Engine on twelve substances and no container."""
    return Engine([fit(library(12))])


@pytest.fixture(scope="module")
def having():
    """The same with polyethylene as a thirteenth."""
    bag = make_reference(
        measured(PLASTICS["polyethylene"], 99, snr=400, fluorescence=200.0),
        Naming("polyethylene", role="packaging"),
    )
    return Engine([fit(Library("with a bag", "raman", (*library(12).references, bag)))])


def identify(engine, intensity, seed=0):
    return engine.identify(as_measured(intensity, seed)).identification


def names(identification):
    return {entry.label.substance for entry in identification.substances}


class TestMissing:
    def test_a_library_of_none_lacks_all(self):
        index, labels = missing_containers(RAMAN_GRID, frozenset({"caffeine"}))
        assert {label.substance for label in labels} == {*PLASTICS, "glass"}
        assert {"polyethylene", "polypropylene", "polystyrene", "PET"} <= set(PLASTICS)
        assert index.ids == tuple(label.id for label in labels)
        assert all(label.id == f"{PREFIX}{label.identity}" for label in labels)
        assert all(label.role == "packaging" for label in labels)
        assert index.grid == RAMAN_GRID

    @pytest.mark.parametrize("names", [["polyethylene"], ["polyethylene", "PET", "glass"]])
    def test_what_it_has_is_not_added(self, names):
        have = {identity_key(name) for name in names}
        index, labels = missing_containers(RAMAN_GRID, have)
        everything = missing_containers(RAMAN_GRID, frozenset())
        assert {label.identity for label in labels} == {label.identity for label in everything[1]} - have
        kept = [row for row, label in enumerate(everything[1]) if label.identity not in have]
        assert np.array_equal(index.root, everything[0].root[kept])

    def test_one_that_has_all_lacks_none(self):
        have = {identity_key(name) for name in PLASTICS} | {"glass"}
        assert missing_containers(RAMAN_GRID, have) is None

    def test_only_glass_is_of_a_grade_that_is_never_named(self):
        _, labels = missing_containers(RAMAN_GRID, frozenset())
        assert [label for label in labels if label.grade == "D"] == [GLASS]
        assert {label.grade for label in labels if label != GLASS} == {"C"}

    @pytest.mark.parametrize("grid", [RAMAN_GRID, Grid(300.0, 4.0, 400)])
    def test_the_plastics_stand_where_they_were_measured(self, grid):
        index, labels = missing_containers(grid, frozenset())
        for row, label in enumerate(labels):
            first, last = index.stretches[row].tolist()
            intensity = index.root[row].astype(float) ** 2
            assert intensity[first:last].min() >= 0
            assert 0.3 < intensity.max() <= 1  # one high before it was broadened
            assert not intensity[:first].any()
            assert not intensity[last:].any()
            if label != GLASS:
                strongest = max(PLASTICS[label.substance], key=lambda band: band.height)
                assert abs(grid.axis[intensity.argmax()] - strongest.position_cm1) < 12
                assert grid.axis[first] == pytest.approx(302, abs=grid.step)
                assert grid.axis[last - 1] == pytest.approx(min(2303, grid.axis[-1]), abs=grid.step)


class TestBehind:
    @pytest.mark.parametrize("row", [0, 3, 7])
    @pytest.mark.parametrize("height", [0.3, 1.0])
    def test_content_and_bag_are_both_found(self, without, row, height):
        answer = identify(without, content(row) + height * plastic(), row)
        assert answer.verdict == "mixture"
        assert names(answer) == {f"substance {row}", "polyethylene"}
        assert sum(entry.share for entry in answer.substances) == pytest.approx(1, abs=0.02)

    @pytest.mark.parametrize("name", sorted(PLASTICS))
    def test_any_plastic(self, without, name):
        answer = identify(without, content(5) + 0.7 * plastic(name))
        assert answer.verdict == "mixture"
        assert names(answer) == {"substance 5", name}

    def test_two_contents_and_the_bag(self, without):
        answer = identify(without, content(3, 5) + 0.7 * plastic())
        assert answer.verdict == "mixture"
        assert names(answer) == {"substance 3", "substance 5", "polyethylene"}

    def test_a_bag_on_a_displaced_axis(self, without):
        shifted = draw(random_bands(3), AXIS - 4.0)
        answer = identify(without, shifted / shifted.max() + 0.7 * plastic(displaced_cm1=-4.0))
        assert names(answer) == {"substance 3", "polyethylene"}

    def test_a_pure_content_gets_no_container(self, without):
        for row in range(12):
            assert names(identify(without, content(row), row)) == {f"substance {row}"}

    def test_a_library_that_has_the_plastic_uses_its_own(self, having):
        answer = identify(having, content(3) + 0.7 * plastic())
        assert answer.verdict == "mixture"
        assert names(answer) == {"substance 3", "polyethylene"}
        assert not any(entry.label.id.startswith(PREFIX) for entry in answer.substances)
        answer = identify(having, content(3) + 0.7 * plastic("polypropylene"))
        assert names(answer) == {"substance 3", "polypropylene"}


class TestAlone:
    @pytest.mark.parametrize("name", sorted(PLASTICS))
    @pytest.mark.parametrize("seed", range(2))
    def test_a_container_is_never_a_candidate(self, without, name, seed):
        """A library that lacks the plastic cannot say that the spectrum is one."""
        answer = identify(without, plastic(name), seed)
        assert answer.verdict == "no_match"
        assert answer.hits
        assert not any(hit.reference_id.startswith(PREFIX) for hit in answer.hits)
        assert names(answer) == set()

    def test_two_containers_are_no_match_either(self, without):
        assert identify(without, plastic() + 0.6 * plastic("PET")).verdict not in ("match", "group")

    def test_a_library_that_has_it_matches_it(self, having):
        answer = identify(having, plastic())
        assert answer.verdict == "match"
        assert names(answer) == {"polyethylene"}
        assert "container_only" in answer.reasons


class TestGlass:
    GLASSES = np.interp(AXIS, RAMAN_GRID.axis, draw_glass(RAMAN_GRID))

    @pytest.mark.parametrize("height", [0.2, 1.0, 3.0])
    @pytest.mark.parametrize("rows", [(0,), (3,), (7,), (0, 2), (7, 9)])
    def test_is_never_named(self, without, rows, height):
        answer = identify(without, content(*rows) + height * self.GLASSES)
        assert "glass" not in names(answer)
        assert names(answer) <= {f"substance {row}" for row in rows}

    @pytest.mark.parametrize("rows", [(0, 2), (7, 9)])
    def test_does_not_hide_a_mixture(self, without, rows):
        answer = identify(without, content(*rows) + 1.0 * self.GLASSES)
        assert answer.verdict == "mixture"
        assert names(answer) == {f"substance {row}" for row in rows}

    def test_alone_is_nothing(self, without):
        for extra in (0.0, plastic()):
            assert names(identify(without, self.GLASSES + 0.3 * extra)) == set()
