"""Several spectra in one file: names from a manifest's index or from titles, one reference each."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from libraries import Library
from libraries.curation.exporting import export_file, export_folder
from libraries.ingest import build_from, build_library, read_references
from libraries.ingest_plan import Source
from libraries.manifest import read_manifest, stated_row
from spectra.errors import LibraryError
from spectra.io import read_spectra
from spectra.io.writers import write_spectra
from spectra.spectrum import Spectrum


def scan(seed, label=None):
    rng = np.random.default_rng(seed)
    axis = 200.0 + np.arange(600.0)
    y = rng.normal(100.0, 1.0, axis.size)
    for centre in rng.uniform(250, 750, 3):
        y += 2000.0 * np.exp(-(((axis - centre) / 6.0) ** 2))
    return Spectrum(axis, y, metadata={} if label is None else {"label": label})


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "in"
    root.mkdir()
    write_spectra([scan(1, "urea"), scan(2, "glycine"), scan(3, "urea")], root / "all.jdx")
    return root


def names(library):
    return [label.substance for label in library.labels]


def test_titles_name_each_spectrum(folder):
    assert names(build_from(Source(folder, names="title")).library) == ["urea", "glycine", "urea"]
    assert names(build_library(folder).library) == ["all"] * 3


def test_a_table_names_its_columns(tmp_path):
    axis = scan(1).axis
    columns = [scan(seed).intensity for seed in (1, 2)]
    rows = "\n".join(",".join(f"{value:.2f}" for value in row) for row in zip(axis, *columns, strict=True))
    (tmp_path / "wide.csv").write_text(f"Raman shift (cm-1),urea,glycine\n{rows}\n", encoding="utf-8")
    library = build_from(Source(tmp_path, names="title")).library
    assert names(library) == ["urea", "glycine"]


def test_a_manifest_names_single_spectra_and_leaves_out_the_others(folder):
    (folder / "m.csv").write_text(
        "file,index,substance,cas\nall.jdx,2,caffeine,58-08-2\nall.jdx,0,urea,\nall.jdx,7,x,\n"
    )
    built = build_library(folder, manifest=folder / "m.csv")
    assert names(built.library) == ["urea", "caffeine"]
    assert built.library.labels[1].cas == "58-08-2"
    reasons = [entry.reason for entry in built.skipped]
    assert "spectrum 2: not in the manifest" in reasons
    assert any("asks for index 7, the file has 3 spectra" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("all.jdx,x,urea", "index 'x'"),
        ("all.jdx,-1,urea", "index '-1'"),
        ("all.jdx,0,urea\nall.jdx,0,urea", "listed on line 2 already"),
        ("all.jdx,,urea\nall.jdx,1,urea", "listed on line 2 already"),
    ],
)
def test_wrong_indexes_are_errors(tmp_path, rows, message):
    path = tmp_path / "m.csv"
    path.write_text(f"file,index,substance\n{rows}\n")
    with pytest.raises(LibraryError, match=message):
        read_manifest(path)


def test_stated_facts_are_checked_like_a_manifest(folder):
    row = stated_row({"substance": "urea", "cas": "57-13-6", "grade": "A", "identity_assurance": "GC-MS"})
    references, _, _ = read_references(Source(folder, ("all.jdx",), stated=row))
    assert {each.label.cas for each in references} == {"57-13-6"}
    assert {each.provenance.identity_assurance for each in references} == {"GC-MS"}
    with pytest.raises(LibraryError, match="check digit"):
        stated_row({"substance": "urea", "cas": "57-13-5"})
    with pytest.raises(LibraryError, match="no substance"):
        stated_row({"cas": "57-13-6"})


def test_smiles_and_inchikey_must_agree(tmp_path):
    pytest.importorskip("rdkit", reason="needs the extra chem")
    path = tmp_path / "m.csv"
    head = "file,substance,inchikey,smiles\n"
    path.write_text(f"{head}a,urea,XSQUKJJJFZCRTK-UHFFFAOYSA-N,NC(N)=O\n")
    assert read_manifest(path).warnings == ()
    path.write_text(f"{head}a,urea,XSQUKJJJFZCRTK-UHFFFAOYSA-N,CC(N)=O\n")
    with pytest.raises(LibraryError, match="has the InChIKey DLFVBJFMPXGRIB"):
        read_manifest(path)
    path.write_text(f"{head}a,urea,,C(\n")
    with pytest.raises(LibraryError, match="no structure"):
        read_manifest(path)


def test_without_rdkit_it_says_what_was_not_checked(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("file,substance,inchikey,smiles\na,urea,XSQUKJJJFZCRTK-UHFFFAOYSA-N,NC(N)=O\n")
    code = (
        "import sys; sys.modules['rdkit'] = None\n"
        "from pathlib import Path; from libraries.manifest import read_manifest\n"
        f"print(read_manifest(Path({str(path)!r})).warnings)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "contraspec[chem]" in done.stdout
    assert "not compared" in done.stdout


@pytest.mark.parametrize("form", ["jcamp", "csv", "nexus"])
def test_an_export_comes_back_equal_and_builds_the_library_again(folder, tmp_path, form):
    (folder / "m.csv").write_text(
        "file,index,substance,form,cas,role,licence,source,grade,identity_assurance\n"
        "all.jdx,0,urea,,57-13-6,benign,MIT,us,A,certificate\nall.jdx,1,CON: a/b?,salt,,solvent,,,,\n"
    )
    library = build_library(folder, manifest=folder / "m.csv", name="x").library
    *paths, manifest = export_folder(library, tmp_path / "out", form)
    assert len(paths) == len(set(paths)) == 2
    again = build_library(tmp_path / "out", manifest=manifest, name="x").library
    assert {label.id for label in again.labels} == {label.id for label in library.labels}
    for reference in library.references:
        twin = again.by_id[reference.id]
        assert twin.label == reference.label
        assert dataclasses.replace(twin.provenance, file="", file_sha256="") == dataclasses.replace(
            reference.provenance, file="", file_sha256=""
        )
    export_file(library, tmp_path / f"all.{form}", form)
    read = read_spectra(tmp_path / f"all.{form}")
    assert [each.intensity.tolist() for each in read] == [
        each.spectrum.intensity.tolist() for each in library.references
    ]
    with pytest.raises(LibraryError, match="not empty"):
        export_folder(library, tmp_path / "out", form)


def test_refused_measurements_are_told_for_the_log(tmp_path):
    rng = np.random.default_rng(0)
    axis = 200.0 + np.arange(600.0)
    write_spectra([scan(1)], tmp_path / "good.csv")
    write_spectra([Spectrum(axis, rng.normal(size=600))], tmp_path / "weak.csv")
    details = build_library(tmp_path).details()
    assert details["references"] == 1
    assert [(each["file"], each["name"]) for each in details["unusable"]] == [("weak.csv", "weak")]
    assert isinstance(build_library(tmp_path).library, Library)
