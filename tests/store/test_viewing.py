"""What the workbench shows is what the spectra say."""

import numpy as np
import pytest
from scipy.signal import find_peaks

from libraries import Library, Naming, Provenance, make_reference
from libraries.calibrating import prepare_library
from libraries.curation.confusables import Confusable, Confusables
from libraries.curation.viewing import (
    BAND_SHARE,
    MAX_POINTS,
    confusable_map,
    list_bands,
    most_alike,
    replicates_of,
    thin,
    view,
)
from spectra.spectrum import Spectrum

AXIS = np.arange(200.0, 2000.0, 2.0)
BANDS = {"a": (500.0, 900.0, 1400.0), "b": (500.0, 900.0, 1420.0), "c": (700.0, 1100.0, 1600.0)}


def spectrum(bands: tuple[float, ...], seed: int) -> Spectrum:
    noise = np.random.default_rng(seed).normal(0.0, 0.002, AXIS.size)
    drawn = sum(np.exp(-0.5 * ((AXIS - centre) / 6.0) ** 2) for centre in bands)
    return Spectrum(AXIS, 1000.0 * (drawn + noise + 0.3))


def library() -> Library:
    references = [
        make_reference(
            spectrum(bands, seed), Naming(name, form="x"), provenance=Provenance(file=f"{name}{seed}.csv")
        )
        for name, bands in BANDS.items()
        for seed in (1, 2)
    ]
    return Library("lab", "raman", tuple(references))


def test_bands_are_those_of_another_package() -> None:
    rng = np.random.default_rng(5)
    axis = np.linspace(200.0, 2000.0, 901)
    heights = rng.uniform(0.1, 1.0, 12)
    centres = np.linspace(300.0, 1900.0, 12) + rng.uniform(-20, 20, 12)
    y = sum(h * np.exp(-0.5 * ((axis - c) / 8.0) ** 2) for h, c in zip(heights, centres, strict=True))
    places, _ = find_peaks(y, prominence=BAND_SHARE * y.max())
    found = list_bands(axis, y)
    assert [band.position for band in found] == pytest.approx(axis[places].tolist(), abs=1.0)
    assert [band.height for band in found] == pytest.approx((y[places] / y.max()).tolist())
    assert [band.position for band in found] == pytest.approx(centres.tolist(), abs=0.5)


def test_nothing_has_no_bands() -> None:
    assert list_bands(AXIS, np.zeros(AXIS.size)) == ()


def test_thinning_keeps_a_spike_and_leaves_what_is_short() -> None:
    axis = np.arange(50_000.0)
    y = np.sin(axis / 500.0)
    y[[12_345, 40_001]] = 9.0, -9.0
    thinned = thin(axis, y)
    assert thinned.axis.size <= MAX_POINTS
    assert np.all(np.diff(thinned.axis) > 0)
    assert {12_345.0, 40_001.0} <= set(thinned.axis.tolist())
    assert (thinned.intensity.max(), thinned.intensity.min()) == (9.0, -9.0)
    assert thin(AXIS, AXIS).axis is AXIS


def test_a_view_has_both_curves_and_the_bands() -> None:
    shown = view(library().references[0])
    assert np.array_equal(shown.raw.intensity, library().references[0].spectrum.intensity)
    assert shown.prepared is not None
    assert [round(band.position, -1) for band in shown.bands] == [500.0, 900.0, 1400.0]
    assert shown.problem == ""


def test_what_cannot_be_prepared_says_why() -> None:
    short = Spectrum(AXIS[:60], np.ones(60))
    other = Spectrum(np.linspace(400.0, 4000.0, 300), np.ones(300), technique="mir", unit="wavenumber_cm-1")
    for each in (short, other):
        shown = view(make_reference(each, Naming("x")))
        assert shown.bands == ()
        assert (shown.prepared is None) == bool(shown.problem)
    assert "mir" in view(make_reference(other, Naming("x"))).problem


def test_replicates_share_name_and_form() -> None:
    lab = library()
    assert [each.provenance.file for each in replicates_of(lab, lab.references[2].id)] == ["b2.csv"]


def test_most_alike_are_those_with_the_highest_correlation() -> None:
    lab = prepare_library(library())
    mine = lab.references[0].id
    rows = lab.prepared[0].matrix.intensity.astype(np.float64)
    expected = np.corrcoef(rows)[0]
    found = most_alike(lab, mine)
    assert [each.label.substance for each, _ in found] == ["b", "c"]
    best = max(expected[2:4])
    assert found[0][1] == pytest.approx(best, abs=1e-5)
    assert most_alike(library(), mine) == ()


def test_the_map_is_symmetric_and_keeps_neighbours_together() -> None:
    lab = library()
    a, b, c = lab.references[0], lab.references[2], lab.references[4]
    found = Confusables(100.0, 3.0, (Confusable(a, c, 2.0, 0.9), Confusable(a, b, 8.0, 0.8)), (("a", "c"),))
    shown = confusable_map(found)
    assert shown.names == ("a (x)", "c (x)", "b (x)")
    assert shown.ids == (a.id, c.id, b.id)
    assert np.array_equal(shown.separation, shown.separation.T, equal_nan=True)
    assert shown.separation[0].tolist()[1:] == [2.0, 8.0]
    assert np.isnan(np.diag(shown.separation)).all()
    assert len(confusable_map(found, limit=2).names) == 2
