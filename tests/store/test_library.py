"""A library says the same in memory, saved and reopened, and its file the same for the same content."""

import dataclasses
import math
import subprocess
import sys

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries import Library, Naming, Provenance, Reference, make_reference, reference_id, save_library
from spectra.errors import LabelError, LibraryError
from spectra.grid import Grid
from spectra.label import GRADES, ROLES
from spectra.matching.hints import HintTable
from spectra.preprocessing import Pipeline, Step
from spectra.spectrum import Spectrum

RESAMPLE = Step("resample", {"start": 200.0, "step": 2.0, "n_points": 101})
PIPELINE = Pipeline((RESAMPLE, Step("clip", {"minimum": 0.0})))
OTHER = Pipeline((RESAMPLE, Step("snv")))


def measurement(seed: int, *, first: float = 200.0, n_points: int = 150) -> Spectrum:
    rng = np.random.default_rng(seed)
    axis = first + np.cumsum(rng.uniform(1.0, 2.0, n_points))
    metadata = {
        "instrument": "probe",
        "gain": math.nan,
        "laser_wavelength_nm": 785.0,
        "averages": 3,
        "dark": None,
    }
    return Spectrum(axis, rng.normal(10.0, 3.0, n_points), metadata=metadata, warnings=("a note",))


def reference(seed: int, substance: str, **naming: str) -> Reference:
    provenance = Provenance("probe", 785.0, "CC0", "us", f"sub/{substance}.csv", "a" * 64, "GC-MS")
    return make_reference(measurement(seed), Naming(substance, **naming), provenance=provenance)


def library(**changes: object) -> Library:
    references = (
        reference(1, "caffeine", form="anhydrous", cas="58-08-2", role="cutting agent", identity="caffeine"),
        reference(2, "cafeïne ☕ \ud800", grade="A"),
        reference(3, "recalled", grade="E"),
        reference(4, "cocaine", form="hydrochloride", role="controlled", grade="D"),
    )
    values = {
        "name": "proef",
        "technique": "raman",
        "references": references,
        "hints": (HintTable("cocaine", "base", "", (786.0, 870.5), (True, False), "recalled"),),
        "calibration": {"schema": "x/1", "thresholds": [0.5, 0.9], "nested": {"n": 3}},
        "banner": "for training only",
        "release": "2026.1",
        "created": "2026-01-02T03:04:05+00:00",
    }
    return Library(**(values | changes))


def assert_same(ours: Library, theirs: Library) -> None:
    for name in (
        "name",
        "technique",
        "hints",
        "calibration",
        "banner",
        "release",
        "created",
        "content_sha256",
    ):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.labels == theirs.labels
    for mine, other in zip(ours.references, theirs.references, strict=True):
        assert mine.provenance == other.provenance
        assert repr(sorted(mine.spectrum.metadata.items())) == repr(sorted(other.spectrum.metadata.items()))
        assert mine.spectrum.warnings == other.spectrum.warnings
        assert mine.spectrum.unit == other.spectrum.unit
        np.testing.assert_array_equal(mine.spectrum.axis, other.spectrum.axis)
        np.testing.assert_array_equal(mine.spectrum.intensity, other.spectrum.intensity)
    for pipeline in (PIPELINE, OTHER):
        mine, other = ours.candidates(pipeline), theirs.candidates(pipeline)
        assert (mine.grid, mine.ids) == (other.grid, other.ids)
        np.testing.assert_array_equal(mine.intensity, other.intensity)
        np.testing.assert_array_equal(mine.mask, other.mask)


@pytest.mark.parametrize("stored", [(), (PIPELINE,), (PIPELINE, OTHER)], ids=["raw", "one", "two"])
class TestSameEverywhere:
    def test_saved_and_reopened(self, tmp_path, stored):
        path = tmp_path / "l.h5"
        built = library().with_prepared(stored)
        saved = save_library(built, path)
        opened = Library.open(path)
        assert_same(built, saved)
        assert_same(built, opened)
        assert saved.path == opened.path == path
        assert [entry.fingerprint for entry in opened.prepared] == sorted(p.fingerprint for p in stored)

    def test_hash_recomputed_is_hash_stored(self, tmp_path, stored):
        save_library(library(), tmp_path / "l.h5", pipelines=stored)
        opened = Library.open(tmp_path / "l.h5")
        assert dataclasses.replace(opened).content_sha256 == opened.content_sha256

    def test_twice_gives_the_same_bytes(self, tmp_path, stored):
        save_library(library(), tmp_path / "a.h5", pipelines=stored)
        save_library(library(), tmp_path / "b.h5", pipelines=reversed(stored))
        assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()

    def test_resaving_an_opened_library_changes_nothing(self, tmp_path, stored):
        path = tmp_path / "l.h5"
        save_library(library(), path, pipelines=stored)
        before = path.read_bytes()
        save_library(Library.open(path), path)
        assert path.read_bytes() == before

    def test_nothing_stays_open(self, tmp_path, stored):
        path = tmp_path / "l.h5"
        save_library(library(), path, pipelines=stored)
        opened = Library.open(path)
        path.unlink()
        assert len(opened.candidates(PIPELINE)) == 3


class TestHash:
    def test_created_does_not_count(self):
        assert library(created="1999").content_sha256 == library().content_sha256

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "x"},
            {"banner": ""},
            {"release": "2"},
            {"hints": ()},
            {"calibration": None},
            {"calibration": {"thresholds": [0.5]}},
            {"references": library().references[:2]},
            {"references": library().references[::-1]},
        ],
    )
    def test_everything_else_counts(self, change):
        assert library(**change).content_sha256 != library().content_sha256

    def test_prepared_matrices_count(self):
        assert library().with_prepared([PIPELINE]).content_sha256 != library().content_sha256


class TestCandidates:
    def test_grade_e_is_never_one(self):
        built = library()
        recalled = next(label.id for label in built.labels if label.grade == "E")
        assert recalled not in built.candidates(PIPELINE).ids
        assert len(built.candidates(PIPELINE)) == len(built) - 1

    def test_rows_are_what_the_pipeline_makes_of_each_reference(self):
        built = library()
        matrix = built.candidates(PIPELINE)
        assert matrix.grid == Grid(200.0, 2.0, 101)
        for row, key in enumerate(matrix.ids):
            prepared = PIPELINE.apply(built.by_id[key].spectrum)
            np.testing.assert_array_equal(
                matrix.intensity[row, matrix.mask[row]], prepared.intensity.astype(np.float32)
            )

    def test_stored_matrix_is_used(self, tmp_path, monkeypatch):
        save_library(library(), tmp_path / "l.h5", pipelines=[PIPELINE])
        opened = Library.open(tmp_path / "l.h5")
        monkeypatch.setattr(Pipeline, "apply", lambda *_: pytest.fail("computed again"))
        assert len(opened.candidates(PIPELINE)) == 3

    def test_computed_once(self):
        built = library()
        assert built.candidates(OTHER) is built.candidates(OTHER)

    def test_stored_under_another_pipelines_fingerprint_is_computed_afresh(self):
        built = library().with_prepared([PIPELINE])
        lying = dataclasses.replace(built.prepared[0], pipeline_json=OTHER.to_json())
        built = dataclasses.replace(built, prepared=(lying,))
        assert built.candidates(PIPELINE) is not lying.matrix

    def test_reference_that_cannot_be_prepared_is_named(self):
        far = make_reference(measurement(9, first=5000.0), Naming("farawayine"))
        built = Library("l", "raman", (*library().references, far))
        with pytest.raises(LibraryError, match="farawayine"):
            built.candidates(PIPELINE)

    def test_all_grade_e_saves_and_has_no_candidates(self, tmp_path):
        only = Library("hints", "raman", (reference(3, "recalled", grade="E"),))
        save_library(only, tmp_path / "l.h5", pipelines=[PIPELINE])
        assert len(Library.open(tmp_path / "l.h5").candidates(PIPELINE)) == 0

    def test_without_resampling_an_even_axis_serves(self):
        even = Spectrum(np.arange(30.0), np.arange(30.0))
        built = Library("even", "raman", (make_reference(even, Naming("ramp")),))
        np.testing.assert_array_equal(built.candidates(Pipeline()).intensity[0], np.arange(30.0))


class TestLibraryRefuses:
    def test_no_references(self):
        with pytest.raises(LibraryError, match="no references"):
            library(references=())

    def test_the_same_reference_twice(self):
        with pytest.raises(LibraryError, match="twice"):
            library(references=library().references[:1] * 2)

    def test_mixed_techniques(self):
        nir = Spectrum(np.arange(900.0, 950.0), np.arange(50.0), technique="nir", unit="wavelength_nm")
        with pytest.raises(LibraryError, match="one technique"):
            library(references=(*library().references, make_reference(nir, Naming("x"))))

    def test_unknown_technique(self):
        with pytest.raises(LibraryError, match="technique 'xrf'"):
            library(technique="xrf")

    @pytest.mark.parametrize("bad", [{"x": math.nan}, {"x": {1, 2}}, {"x": np.zeros(2)}])
    def test_calibration_that_is_not_json(self, bad):
        with pytest.raises(LibraryError, match="calibration"):
            library(calibration=bad)

    @pytest.mark.parametrize("bad", ["", "nul\0", "\ud800", "x" * 9000, None])
    def test_names_that_cannot_be_stored(self, bad):
        with pytest.raises(LibraryError, match="name"):
            library(name=bad)

    def test_matrix_of_other_references(self):
        prepared = library().with_prepared([PIPELINE]).prepared
        with pytest.raises(LibraryError, match="not of the references"):
            library(references=library().references[1:], prepared=prepared)

    def test_metadata_that_is_no_plain_value(self, tmp_path):
        strange = Spectrum(np.arange(30.0), np.arange(30.0), metadata={"x": object()})
        with pytest.raises(LibraryError, match="records"):
            save_library(Library("l", "raman", (make_reference(strange, Naming("x")),)), tmp_path / "l.h5")


def test_calibration_is_the_librarys_own():
    given_dict = {"n": [1]}
    built = library().with_calibration(given_dict)
    given_dict["n"].append(2)
    assert built.calibration == {"n": [1]}
    assert library().calibration != built.calibration
    assert built.with_calibration(None).calibration is None


class TestReference:
    def test_id_depends_on_content_alone(self):
        first, second = measurement(1), dataclasses.replace(measurement(1), metadata={})
        assert reference_id(first, "a") == reference_id(second, "a")
        different = {
            reference_id(first, "a"),
            reference_id(first, "b"),
            reference_id(first, "a", form="base"),
            reference_id(measurement(2), "a"),
            reference_id(dataclasses.replace(first, technique="nir"), "a"),
            reference_id(dataclasses.replace(first, unit="wavelength_nm"), "a"),
        }
        assert len(different) == 6
        assert all(len(key) == 16 and int(key, 16) >= 0 for key in different)

    def test_parts_do_not_run_into_each_other(self):
        assert reference_id(measurement(1), "ab", form="c") != reference_id(measurement(1), "a", form="bc")

    def test_swapped_spectra_are_refused(self):
        one, two = reference(1, "one"), reference(2, "two")
        with pytest.raises(LibraryError, match="don't belong together"):
            Reference(one.label, two.spectrum)

    def test_label_errors_pass_through(self):
        with pytest.raises(LabelError):
            make_reference(measurement(1), Naming("x", role="villain"))

    @pytest.mark.parametrize(
        "bad", [{"identity_assurance": "hearsay"}, {"laser_nm": -1.0}, {"laser_nm": math.inf}]
    )
    def test_provenance_is_checked(self, bad):
        with pytest.raises(LibraryError, match="expected"):
            Provenance(**bad)


texts = st.text(max_size=20)
references_strategy = st.lists(
    st.builds(
        lambda seed, n_points, substance, form, role, grade, metadata: make_reference(
            dataclasses.replace(measurement(seed, n_points=n_points), metadata=metadata),
            Naming(substance, form=form, role=role, grade=grade),
        ),
        st.integers(0, 2**31),
        st.integers(20, 60),
        st.text(min_size=1, max_size=20),
        texts,
        st.sampled_from(ROLES),
        st.sampled_from(sorted(GRADES)),
        st.dictionaries(
            texts, st.one_of(texts, st.integers(), st.floats(), st.booleans(), st.none()), max_size=4
        ),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda entry: entry.id,
)


@settings(max_examples=40, deadline=None)
@given(references=references_strategy, banner=st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_library_survives_the_file(tmp_path_factory, references, banner):
    path = tmp_path_factory.mktemp("any") / "l.h5"
    built = Library("any", "raman", tuple(references), banner=banner)
    save_library(built, path)
    opened = Library.open(path)
    assert opened.labels == built.labels
    assert opened.banner == banner
    assert dataclasses.replace(opened).content_sha256 == built.content_sha256
    for mine, other in zip(built.references, opened.references, strict=True):
        assert repr(sorted(mine.spectrum.metadata.items())) == repr(sorted(other.spectrum.metadata.items()))


def test_plain_hdf5_tools_can_read_it(tmp_path):
    built = save_library(library(), tmp_path / "l.h5", pipelines=[PIPELINE])
    with h5py.File(tmp_path / "l.h5", "r") as file:
        assert file.attrs["format"] == "contraspec.library"
        assert file.attrs["version"] == 1
        assert file.attrs["content_sha256"] == built.content_sha256
        stored = file[f"prepared/{PIPELINE.fingerprint}/intensity"]
        assert stored.dtype == np.float32
        mapped = np.memmap(tmp_path / "l.h5", np.float32, "r", stored.id.get_offset(), stored.shape)
        np.testing.assert_array_equal(mapped, built.candidates(PIPELINE).intensity)
        del mapped


def test_import_does_not_load_hdf5_or_the_readers():
    heavy = ("h5py", "spectra.io", "spectra.preprocessing", "scipy", "numba", "click")
    code = f"import sys, libraries; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
