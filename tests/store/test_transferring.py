"""Transferred libraries: from files, with a record, and refused where it does not help."""

import dataclasses

import numpy as np
import pytest

from libraries.library import Library, save_library
from libraries.reference import Naming, Provenance, make_reference
from libraries.transferring import finish_transfer, transfer_library
from spectra.errors import LibraryError
from spectra.io.writers import write_spectra
from spectra.preprocessing import broaden
from spectra.spectrum import Spectrum

AXIS = np.arange(940.0, 1661.0, 4.0)


def powders(seed, n):
    rng = np.random.default_rng(seed)
    spectra = np.full((n, AXIS.size), 0.4)
    for row in spectra:
        for _ in range(8):
            centre, width = rng.uniform(920, 1680), rng.uniform(12, 40)
            row += rng.uniform(0.05, 0.4) * np.exp(-0.5 * ((AXIS - centre) / width) ** 2)
    return spectra


def seen_by_b(spectra):
    moved = np.stack([np.interp(AXIS - 3, AXIS, row) for row in spectra])
    return 0.05 + 1.1 * broaden(AXIS, moved, from_nm=4.0, to_nm=16.0)[1]


def scan(values, instrument, seed=0):
    noisy = values + np.random.default_rng(seed).normal(0, 1e-4, values.shape)
    return Spectrum(AXIS, noisy, "nir", "wavelength_nm", {"quantity": "absorbance", "instrument": instrument})


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transfer")
    common = powders(1, 14)
    for side, name, spectra in (("a", "lab", common), ("b", "handheld", seen_by_b(common))):
        (folder / side).mkdir()
        for number, row in enumerate(spectra):
            scans = [scan(row, name, seed=10 * number + again + len(name)) for again in range(2)]
            write_spectra(scans, folder / side / f"sample{number}.csv")
    write_spectra([scan(common[0], "lab")], folder / "a" / "alone.csv")
    return folder


def library(n=6):
    references = tuple(
        make_reference(
            scan(row, "lab", seed=number),
            Naming(f"powder {number}", grade="A", role="benign"),
            provenance=Provenance(instrument="lab", source="own"),
        )
        for number, row in enumerate(powders(2, n))
    )
    return Library("powders", "nir", references)


def test_references_become_those_of_the_other_instrument(place):
    given = library()
    moved = transfer_library(given, place / "a", place / "b")
    assert moved.test.helps
    assert len(moved.samples) == 14
    assert [path.endswith("alone.csv") for path in moved.unpaired] == [True]
    truth = seen_by_b(powders(2, 6))
    for old, new, row in zip(given.references, moved.library.references, truth, strict=True):
        assert new.label.substance == old.label.substance
        assert (old.label.grade, new.label.grade) == ("A", "B")
        assert new.provenance.instrument == "handheld"
        assert new.provenance.source.startswith(
            "own; transferred from lab to handheld by pds with 14 samples"
        )
        after = np.interp(AXIS[20:-20], new.spectrum.axis, new.spectrum.intensity)
        slopes = [np.diff(each, 2) for each in (old.spectrum.intensity[20:-20], after, row[20:-20])]
        smooth = [np.convolve(each, np.full(9, 1 / 9), "valid") for each in slopes]
        agreement = [np.corrcoef(each, smooth[2])[0, 1] for each in smooth[:2]]
        assert agreement[1] > agreement[0]


def test_what_was_done_is_in_the_change_log_of_the_saved_library(place, tmp_path):
    moved = transfer_library(library(), place / "a", place / "b")
    finished, _ = finish_transfer(moved, why="new handheld")
    save_library(finished, tmp_path / "b.h5")
    (entry,) = Library.open(tmp_path / "b.h5").changes
    assert (entry.what, entry.why) == ("transfer", "new handheld")
    assert entry.content_sha256 == finished.content_sha256
    details = entry.details
    assert (details["from"], details["to"], details["method"]) == ("lab", "handheld", "pds")
    assert len(details["residual_after"]) == len(details["samples"]) == 14
    assert details["ratio"] == pytest.approx(moved.test.ratio)


def test_a_transfer_that_does_not_help_is_refused(place, tmp_path):
    for number, row in enumerate(powders(1, 8)):
        write_spectra([scan(row, "same kind", seed=500 + number)], tmp_path / f"sample{number}.csv")
    with pytest.raises(LibraryError, match=r"does not help.*ratio .*expected at most 0.8"):
        transfer_library(library(), place / "a", tmp_path)


def test_what_cannot_be_used_is_named(place, tmp_path):
    with pytest.raises(LibraryError, match="no such folder"):
        transfer_library(library(), place / "a", tmp_path / "none")
    with pytest.raises(LibraryError, match="0 samples stand in both"):
        transfer_library(library(), place / "a", tmp_path)
    raman = dataclasses.replace(scan(powders(3, 1)[0], "x"), technique="raman", unit="raman_shift_cm-1")
    naming = Naming("x")
    with pytest.raises(LibraryError, match="a raman library"):
        transfer_library(Library("r", "raman", (make_reference(raman, naming),)), place / "a", place / "b")
    short = dataclasses.replace(scan(powders(3, 1)[0], "x"), axis=AXIS[40:], intensity=powders(3, 1)[0][40:])
    with pytest.raises(LibraryError, match=r"covers 1100 to 1660 nm.*take it out"):
        transfer_library(Library("s", "nir", (make_reference(short, naming),)), place / "a", place / "b")
    for number in range(6):
        write_spectra([raman], tmp_path / f"sample{number}.csv")
    with pytest.raises(LibraryError, match="expected near infrared"):
        transfer_library(library(), place / "a", tmp_path)
    (tmp_path / "sample1.txt").write_text("x", encoding="utf-8")
    with pytest.raises(LibraryError, match="another ending"):
        transfer_library(library(), place / "a", tmp_path)
