"""A folder becomes a library: what is read, how it is named, and what is left out and why."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from libraries import Library, save_library
from libraries.ingest import build_library
from spectra.errors import LibraryError
from spectra.preprocessing import Pipeline, Step

PIPELINE = Pipeline((Step("resample", {"start": 200.0, "step": 2.0, "n_points": 300}),))
MEASURED = Path(__file__).parents[3] / "shared" / "data" / "raman" / "wp785xs-library"


def write(path, seed, *, first=200.0):
    """Three bands and a little noise as a two-column CSV."""
    rng = np.random.default_rng(seed)
    axis = first + np.arange(600.0)
    heights = rng.normal(100.0, 1.0, axis.size)
    for centre in rng.uniform(axis[50], axis[-50], 3):
        heights += 2000.0 * np.exp(-(((axis - centre) / 6.0) ** 2))
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "\n".join(f"{x:.1f},{y:.3f}" for x, y in zip(axis, heights, strict=True))
    path.write_text(f"Raman shift (cm-1),Intensity\n{rows}\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "scans"
    for seed, name in enumerate(["b/caffeine.csv", "a.csv", "Zeta 9.csv", "b/MDMA HCl.csv"]):
        write(root / name, seed)
    return root


def names(result):
    return [label.substance for label in result.library.labels]


class TestNames:
    def test_stems_verbatim_in_sorted_order(self, folder):
        result = build_library(folder)
        assert names(result) == ["Zeta 9", "a", "MDMA HCl", "caffeine"]
        assert [each.provenance.file for each in result.library.references] == [
            "Zeta 9.csv",
            "a.csv",
            "b/MDMA HCl.csv",
            "b/caffeine.csv",
        ]
        assert result.skipped == ()
        assert result.library.name == "scans"

    def test_shared_numbers_are_replicates(self, tmp_path):
        for seed, stem in enumerate(["x_01", "x_02", "y_01", "z_1_07", "z_1_08", "w_a", "w_b"]):
            write(tmp_path / f"{stem}.csv", seed)
        result = build_library(tmp_path)
        assert names(result) == ["w_a", "w_b", "x", "x", "y_01", "z_1", "z_1"]
        assert len({label.id for label in result.library.labels}) == 7

    def test_table_fills_role_and_identity(self, folder):
        labels = {label.substance: label for label in build_library(folder).library.labels}
        assert labels["MDMA HCl"].role == "controlled"
        assert labels["MDMA HCl"].form == "hydrochloride"
        assert labels["caffeine"].identity == "caffeine"
        assert labels["Zeta 9"].role == "unknown"
        assert labels["Zeta 9"].identity == "zeta9"

    def test_name_can_be_given(self, folder):
        assert build_library(folder, name="mine").library.name == "mine"

    @pytest.mark.skipif(sys.platform != "linux", reason="file names that are no text")
    def test_a_name_that_is_no_text(self, tmp_path):
        root = tmp_path / os.fsdecode(b"f\xff")
        write(root / os.fsdecode(b"s\xe9.csv"), 1)
        result = build_library(root)
        saved = save_library(result.library, tmp_path / "l.h5")
        assert Library.open(tmp_path / "l.h5").labels == saved.labels == result.library.labels


class TestSkips:
    def test_what_is_no_spectrum_is_skipped_with_the_readers_reason(self, folder):
        (folder / "LICENSE").write_text("Permission is hereby granted", encoding="utf-8")
        (folder / "empty.csv").write_bytes(b"")
        (folder / "b" / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
        (folder / "notes.tsv").write_text("who\twhen\nme\tnow\n", encoding="utf-8")
        (folder / ".hidden.csv").write_text("x", encoding="utf-8")
        (folder / "manifest.csv").write_text("file,substance\n", encoding="utf-8")
        write(folder / ".git" / "object.csv", 9)
        result = build_library(folder)
        assert len(result.library) == 4
        reasons = {entry.file: entry.reason for entry in result.skipped}
        assert set(reasons) == {
            *("LICENSE", "empty.csv", "b/picture.png", "notes.tsv", ".hidden.csv", "manifest.csv", ".git"),
        }
        assert all(reasons.values())
        assert "--manifest" in reasons["manifest.csv"]

    def test_order_is_that_of_the_files(self, folder):
        for name in ("z.txt", "c.txt", "m.txt"):
            (folder / name).write_text("nothing", encoding="utf-8")
        assert [entry.file for entry in build_library(folder).skipped] == ["c.txt", "m.txt", "z.txt"]

    def test_true_duplicate_is_kept_once(self, tmp_path):
        write(tmp_path / "x_1.csv", 1)
        write(tmp_path / "x_2.csv", 1)
        result = build_library(tmp_path)
        assert names(result) == ["x"]
        assert [entry.file for entry in result.skipped] == ["x_2.csv"]
        assert "the same spectrum and name as x_1.csv" in result.skipped[0].reason

    def test_the_same_spectrum_under_two_names_stays(self, tmp_path):
        write(tmp_path / "x.csv", 1)
        write(tmp_path / "y.csv", 1)
        assert names(build_library(tmp_path)) == ["x", "y"]

    def test_unusable_spectrum(self, folder):
        rows = "\n".join(f"{x},100" for x in range(200, 800))
        (folder / "flat.csv").write_text(f"Raman shift (cm-1),Intensity\n{rows}\n", encoding="utf-8")
        result = build_library(folder)
        assert [entry.file for entry in result.skipped] == ["flat.csv"]
        assert "unusable: " in result.skipped[0].reason

    def test_spectrum_that_a_pipeline_refuses(self, folder):
        write(folder / "far.csv", 8, first=2500.0)
        result = build_library(folder, pipelines=[PIPELINE])
        assert "far" not in names(result)
        assert [entry.file for entry in result.skipped] == ["far.csv"]
        assert len(result.library.candidates(PIPELINE)) == 4
        assert [entry.fingerprint for entry in result.library.prepared] == [PIPELINE.fingerprint]

    def test_none_that_a_pipeline_accepts(self, folder):
        nowhere = Pipeline((Step("resample", {"start": 9000.0, "step": 2.0, "n_points": 300}),))
        with pytest.raises(LibraryError, match="no reference can be prepared"):
            build_library(folder, pipelines=[nowhere])

    @pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
    def test_links_and_pipes(self, folder):
        (folder / "loop").symlink_to(folder, target_is_directory=True)
        (folder / "dangling.csv").symlink_to(folder / "gone.csv")
        os.mkfifo(folder / "pipe")
        result = build_library(folder)
        assert len(result.library) == 4
        assert {entry.file for entry in result.skipped} == {"loop", "dangling.csv", "pipe"}


class TestNothing:
    def test_no_folder(self, tmp_path):
        with pytest.raises(LibraryError, match="not a folder"):
            build_library(tmp_path / "none")

    def test_empty_folder(self, tmp_path):
        with pytest.raises(LibraryError, match="no usable spectrum in 0 files"):
            build_library(tmp_path)

    def test_nothing_readable_names_the_first(self, tmp_path):
        (tmp_path / "a.txt").write_text("hello", encoding="utf-8")
        with pytest.raises(LibraryError, match=r"in 1 files; the first: a\.txt"):
            build_library(tmp_path)


class TestDeterminism:
    def test_same_folder_same_hash(self, folder):
        first = build_library(folder, pipelines=[PIPELINE], created="2001").library
        second = build_library(folder, pipelines=[PIPELINE]).library
        assert first.content_sha256 == second.content_sha256
        assert (first.created, second.created[:2]) == ("2001", "20")

    def test_progress_counts_every_file(self, folder):
        seen = []
        build_library(folder, progress=lambda done, total: seen.append((done, total)))
        assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]

    def test_built_saved_reopened(self, folder, tmp_path):
        built = build_library(folder, pipelines=[PIPELINE]).library
        save_library(built, tmp_path / "l.h5")
        opened = Library.open(tmp_path / "l.h5")
        assert opened.labels == built.labels
        assert opened.content_sha256 == built.content_sha256


class TestManifest:
    def manifest(self, tmp_path, *rows, header="file,substance,form,cas,role,technique,laser_nm,grade"):
        path = tmp_path / "list.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    def test_only_listed_files_named_as_stated(self, folder, tmp_path):
        path = self.manifest(tmp_path, "a.csv,Coke ☕,base,50-36-2,,raman,785,a", "gone.csv,x,,,,,,")
        result = build_library(folder, manifest=path)
        (reference,) = result.library.references
        label = reference.label
        assert (label.substance, label.form, label.cas, label.grade) == ("Coke ☕", "base", "50-36-2", "A")
        assert (label.role, label.identity) == ("controlled", "cocaine")
        assert reference.provenance.laser_nm == 785.0
        reasons = {entry.file: entry.reason for entry in result.skipped}
        assert "line 3" in reasons.pop("gone.csv")
        assert set(reasons) == {"Zeta 9.csv", "b/caffeine.csv", "b/MDMA HCl.csv"}
        assert set(reasons.values()) == {"not in the manifest"}

    def test_manifest_inside_the_folder_is_not_reported(self, folder):
        path = self.manifest(folder, "a.csv,x,,,,,,")
        assert "list.csv" not in {entry.file for entry in build_library(folder, manifest=path).skipped}

    def test_other_technique_is_refused_by_majority(self, folder, tmp_path):
        rows = ["a.csv,x,,,,mir,,", "b/caffeine.csv,y,,,,raman,,", "Zeta 9.csv,z,,,,raman,,"]
        result = build_library(folder, manifest=self.manifest(tmp_path, *rows))
        assert sorted(names(result)) == ["y", "z"]
        reasons = {entry.file: entry.reason for entry in result.skipped}
        assert "technique mir, the library is raman" in reasons["a.csv"]

    def test_role_that_plays_down_is_warned_of(self, folder, tmp_path):
        result = build_library(folder, manifest=self.manifest(tmp_path, "a.csv,cocaine,,,benign,,,"))
        assert result.library.labels[0].role == "controlled"
        assert any("cocaine" in warning and "controlled" in warning for warning in result.warnings)

    def test_unknown_columns_are_warned_of(self, folder, tmp_path):
        path = self.manifest(tmp_path, "a.csv,x,red", header="file,substance,colour")
        assert any("colour" in warning for warning in build_library(folder, manifest=path).warnings)

    def test_nothing_listed_is_there(self, folder, tmp_path):
        with pytest.raises(LibraryError, match="no usable spectrum"):
            build_library(folder, manifest=self.manifest(tmp_path, "gone.csv,x,,,,,,"))


@pytest.mark.measured
@pytest.mark.skipif(not MEASURED.is_dir(), reason="the measured library is not beside the checkout")
def test_measured_library():
    result = build_library(MEASURED)
    assert len(result.library) == 80
    assert [entry.file for entry in result.skipped] == ["LICENSE"]
