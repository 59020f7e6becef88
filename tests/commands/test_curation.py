"""Lint, add, deprecate, log, confusables, export and redact, as a laboratory types them."""

import json

import numpy as np
import pytest

from cli.main import main
from libraries import Library
from spectra.io import read_spectra
from spectra.io.writers import write_spectra
from spectra.spectrum import Spectrum


def scan(seed, **metadata):
    rng = np.random.default_rng(seed)
    axis = 300.0 + np.arange(1500.0)
    y = rng.normal(100.0, 1.0, axis.size)
    for centre in rng.uniform(400, 1700, 8):
        y += rng.uniform(500, 2000) * np.exp(-(((axis - centre) / 6.0) ** 2))
    return Spectrum(axis, y, metadata=metadata)


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.delenv("CONTRASPEC_BY", raising=False)

    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(each) for each in arguments])
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return call


@pytest.fixture
def library(tmp_path, run):
    folder = tmp_path / "in"
    folder.mkdir()
    for seed, name in enumerate(["urea", "glycine", "sucrose"]):
        write_spectra([scan(seed)], folder / f"{name}.csv")
    path = tmp_path / "lib.h5"
    code, _, err = run("library", "build", folder, "-o", path, "--no-calibrate", "--by", "A. Keeper")
    assert code == 0, err
    return path


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def changes(run, path):
    return lines(run("library", "log", path, "--format", "json")[1])


def test_lint_writes_findings_and_leaves_with_0(run, library, tmp_path):
    write_spectra([scan(0)], tmp_path / "copy.csv")
    code, _, err = run(
        "library", "add", library, tmp_path / "copy.csv", "--substance", "mystery", "--no-calibrate"
    )
    assert code == 0, err
    code, out, _ = run("library", "lint", library, "--format", "json")
    findings = lines(out)
    assert code == 0
    assert list(findings[0]) == ["schema", "code", "severity", "references", "names", "message", "remedy"]
    assert {each["schema"] for each in findings} == {"contraspec.finding/1"}
    assert ["urea", "mystery"] in [each["names"] for each in findings if each["code"] == "same_spectrum"]
    code, out, _ = run("library", "lint", library)
    assert code == 0
    assert "same_spectrum" in out


def test_lint_of_what_is_no_library(run, tmp_path):
    code, out, err = run("library", "lint", tmp_path / "none.h5", "--format", "json")
    assert code == 4
    assert lines(out)[0]["error"] == "library"
    assert "none.h5" in err


def test_every_change_is_recorded_with_who_and_why(run, library, tmp_path, monkeypatch):
    write_spectra([scan(7)], tmp_path / "lactose.csv")
    run("library", "add", library, tmp_path / "lactose.csv", "--no-calibrate", "--why", "batch 2")
    monkeypatch.setenv("CONTRASPEC_BY", "B. Second")
    first = Library.open(library).references[0].id
    code, out, _ = run(
        "library", "deprecate", library, first[:8], "--reason", "wrong bottle", "--no-calibrate"
    )
    assert (code, out.split()[0]) == (0, "deprecated")
    run("library", "calibrate", library)
    log = changes(run, library)
    assert [each["what"] for each in log] == ["build", "add", "deprecate", "calibrate"]
    assert [each["who"] for each in log] == ["A. Keeper", "", "B. Second", "B. Second"]
    assert [each["why"] for each in log] == ["", "batch 2", "wrong bottle", ""]
    assert log[2]["references"] == [first]
    assert [each["previous"] for each in log] == ["", *(each["sha256"] for each in log[:-1])]
    assert log[-1]["content_sha256"] == Library.open(library).content_sha256
    text = run("library", "log", library)[1]
    assert "by nobody named" in text
    assert "wrong bottle" in text
    assert len(Library.open(library)) == 4


def test_deprecating_needs_an_id_that_is_there(run, library):
    before = library.read_bytes()
    code, _, err = run("library", "deprecate", library, "ffffffff", "--reason", "x")
    assert code == 4
    assert "fits none" in err
    assert library.read_bytes() == before


def test_add_from_another_library(run, library, tmp_path):
    other = tmp_path / "other.h5"
    folder = tmp_path / "more"
    folder.mkdir()
    for seed, name in ((11, "sodium acetate"), (12, "sodium sulfate"), (13, "toluene")):
        write_spectra([scan(seed)], folder / f"{name}.csv")
    run("library", "build", folder, "-o", other, "--no-calibrate")
    code, out, _ = run(
        "library",
        "add",
        library,
        "--from",
        other,
        "--select",
        "sodium*",
        "--no-calibrate",
        "--format",
        "json",
    )
    (record,) = lines(out)
    assert code == 0
    assert record["names"] == ["sodium acetate", "sodium sulfate"]
    assert changes(run, library)[-1]["details"]["from"] == "other"
    assert len(Library.open(library)) == 5


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["none.csv"], 3),
        (["text.csv"], 3),
        (["good.csv", "--substance", "urea", "--cas", "57-13-7"], 4),
        (["good.csv", "--cas", "57-13-6"], 2),
        ([], 2),
        (["good.csv", "--from", "lib.h5"], 2),
        (["good.csv", "--select", "x"], 2),
    ],
)
def test_what_cannot_be_added_changes_nothing(run, library, tmp_path, monkeypatch, arguments, code):
    monkeypatch.chdir(tmp_path)
    write_spectra([scan(20)], tmp_path / "good.csv")
    (tmp_path / "text.csv").write_text("no table", encoding="utf-8")
    before = library.read_bytes()
    assert run("library", "add", library, *arguments, "--no-calibrate")[0] == code
    assert library.read_bytes() == before


def test_nothing_new_is_not_written(run, library, tmp_path):
    before = library.read_bytes()
    code, out, err = run("library", "add", library, tmp_path / "in" / "urea.csv", "--no-calibrate")
    assert code == 0
    assert "nothing to add" in out
    assert "is there already" in err
    assert library.read_bytes() == before


def test_confusables_names_pairs_and_groups(run, library, tmp_path):
    rng = np.random.default_rng(0)
    twin = scan(0)
    twin = Spectrum(twin.axis, twin.intensity + rng.normal(0, 3, twin.n_points))
    write_spectra([twin], tmp_path / "twin.csv")
    run("library", "add", library, tmp_path / "twin.csv", "--no-calibrate")
    code, out, _ = run("library", "confusables", library, "--format", "json", "--snr", "50")
    (record,) = lines(out)
    assert code == 0
    assert record["groups"] == [["urea", "twin"]]
    assert record["pairs"][0]["separation"] < 3 < min([9] + [p["separation"] for p in record["pairs"][1:]])
    assert "group: urea, twin" in run("library", "confusables", library)[1]


def test_confusables_of_another_technique_are_unsupported(run, tmp_path):
    folder = tmp_path / "nir"
    folder.mkdir()
    rng = np.random.default_rng(0)
    axis = np.arange(900.0, 1700.0, 4.0)
    for name in ("urea", "glycine"):
        y = 0.5 + sum(
            rng.uniform(0.1, 0.4) * np.exp(-(((axis - c) / 40.0) ** 2)) for c in rng.uniform(1000, 1600, 5)
        )
        text = "\n".join(f"{x:g},{v:.6f}" for x, v in zip(axis, y, strict=True))
        (folder / f"{name}.csv").write_text(f"wavelength (nm),absorbance\n{text}\n", encoding="utf-8")
    path = tmp_path / "nir.h5"
    code, _, err = run("library", "build", folder, "-o", path, "--no-calibrate")
    assert code == 0, err
    assert Library.open(path).technique == "nir"
    code, out, err = run("library", "confusables", path, "--format", "json")
    (told,) = lines(out)
    assert (code, told["error"]) == (3, "unsupported")
    assert "raman" in err
    assert run("library", "lint", path)[0] == 0


def test_a_manifest_with_wrong_identifiers_is_built_told_and_found_again(run, tmp_path, library):
    folder = tmp_path / "in"
    manifest = folder / "m.csv"
    manifest.write_text(
        "file,substance,cas,role\nurea.csv,urea,57-13-5,\nglycine.csv,Ketamine,58-08-2,\n"
        "sucrose.csv,cocaine,,benign\n",
        encoding="utf-8",
    )
    built = tmp_path / "m.h5"
    code, _, err = run("library", "build", folder, "--manifest", manifest, "-o", built, "--no-calibrate")
    assert code == 0
    for words in (
        "line 2: 'urea': cas '57-13-5'",
        "58-08-2 is that of caffeine",
        "cocaine' has role 'benign'",
    ):
        assert words in err
    roles = {label.substance: label.role for label in Library.open(built).labels}
    assert (roles["cocaine"], roles["Ketamine"]) == ("controlled", "controlled")
    not_taken = changes(run, built)[-1]["details"]["not_taken"]
    assert {each["value"] for each in not_taken} == {"57-13-5", "benign"}
    told = lines(run("library", "lint", built, "--format", "json")[1])
    grave = {(each["code"], each["names"][0]) for each in told if each["severity"] == "error"}
    assert {("bad_identifier", "urea"), ("bad_identifier", "Ketamine"), ("role_conflict", "cocaine")} <= grave
    code, _, err = run(
        "library", "add", library, folder, "--manifest", manifest, "-o", tmp_path / "a.h5", "--no-calibrate"
    )
    assert code == 0, err
    assert "58-08-2 is that of caffeine" in err
    not_taken = changes(run, tmp_path / "a.h5")[-1]["details"]["not_taken"]
    assert {each["column"] for each in not_taken} == {"cas", "role"}


@pytest.mark.parametrize("text", ["file,substance\na.csv,x\0\n", "file,substance,role\nurea.csv,x,drug\n"])
def test_a_manifest_that_cannot_be_read_is_an_input_at_fault(run, tmp_path, library, text):
    manifest = tmp_path / "bad.csv"
    manifest.write_text(text, encoding="utf-8")
    for command in (("build", tmp_path / "in"), ("add", library, tmp_path / "in")):
        output = tmp_path / "none.h5"
        code, out, err = run("library", *command, "--manifest", manifest, "-o", output, "--format", "json")
        assert (code, lines(out)[0]["error"], lines(out)[0]["file"]) == (3, "damaged", str(manifest))
        assert err.startswith("contraspec: error: ")
        assert not output.exists()


def test_export_into_a_file_and_a_folder(run, library, tmp_path):
    first = Library.open(library).references[0]
    run("library", "deprecate", library, first.id, "--reason", "x", "--no-calibrate")
    code, _, err = run("library", "export", library, "-o", tmp_path / "all.jdx")
    assert code == 0
    assert "2 references" in err
    assert "1 deprecated left out" in err
    assert len(read_spectra(tmp_path / "all.jdx")) == 2
    assert run("library", "export", library, "-o", tmp_path / "out", "--format", "nexus")[0] == 0
    assert len(list((tmp_path / "out").glob("*.nxs"))) == 2
    assert run("library", "export", library, "-o", tmp_path / "out")[0] == 4


SECRETS = {
    "serial": "SN-SECRET", "operator": "officer SECRET", "date": "2026-01-01 SECRET", "label": "case SECRET",
    "note": "SECRET", "measurement_id": "SECRET", "unheard_of": "SECRET",
}  # fmt: skip


def test_redact_keeps_what_it_takes_to_judge_and_nothing_else(run, tmp_path):
    name = tmp_path / "case SECRET 12.csv"
    write_spectra([scan(1, instrument="Probe 3", laser_wavelength_nm=785.0, **SECRETS)], name)
    result = {
        "schema": "contraspec.result/1", "file": "SECRET.csv", "verdict": "match", "warnings": ["SECRET"],
        "provenance": {"input_sha256": "SECRET", "engine": "1", "library": []},
    }  # fmt: skip
    (tmp_path / "result.json").write_text(json.dumps(result), encoding="utf-8")
    assert run("redact", name, tmp_path / "result.json", "-o", tmp_path / "b.json")[0] == 0
    text = (tmp_path / "b.json").read_text(encoding="ascii")
    assert "SECRET" not in text
    bundle = json.loads(text)
    assert bundle["schema"] == "contraspec.bundle/1"
    assert bundle["spectra"][0]["metadata"]["instrument"] == "Probe 3"
    assert bundle["spectra"][0]["intensity"] == scan(1).intensity.tolist()
    assert bundle["results"][0]["verdict"] == "match"
    for ending in ("csv", "jdx"):
        assert run("redact", name, "-o", tmp_path / f"b.{ending}")[0] == 0
        assert b"SECRET" not in (tmp_path / f"b.{ending}").read_bytes()
        assert read_spectra(tmp_path / f"b.{ending}")[0].intensity.tolist() == scan(1).intensity.tolist()
    assert run("redact", name, "-o", tmp_path / "b.json", "--with-serial")[0] == 0
    assert "SN-SECRET" in (tmp_path / "b.json").read_text(encoding="ascii")


def test_redact_refuses_what_it_does_not_know(run, tmp_path):
    (tmp_path / "other.json").write_text('{"schema": "x/1", "secret": 1}', encoding="utf-8")
    code, _, err = run("redact", tmp_path / "other.json", "-o", tmp_path / "b.json")
    assert code == 3
    assert "contraspec.result/1" in err
    assert not (tmp_path / "b.json").exists()


def test_two_who_add_at_once_lose_nothing(run, library, tmp_path, monkeypatch):
    from cli.commands.library import add

    for seed, name in ((20, "theirs"), (21, "ours")):
        write_spectra([scan(seed)], tmp_path / f"{name}.csv")
    ours = ("library", "add", library, tmp_path / "ours.csv", "--no-calibrate")
    theirs = ("library", "add", library, tmp_path / "theirs.csv", "--no-calibrate")
    real = add._open
    before = library.read_bytes()

    def meanwhile(path):
        monkeypatch.setattr(add, "_open", real)
        opened = real(path)
        assert run(*theirs)[0] == 0
        return opened

    monkeypatch.setattr(add, "_open", meanwhile)
    code, _, err = run(*ours)
    assert code == 4
    assert "was changed by another since it was read" in err
    assert "read it again and repeat" in err
    assert library.read_bytes() != before  # theirs stands
    assert run(*ours)[0] == 0
    held = {reference.label.substance for reference in Library.open(library).references}
    assert held == {"urea", "glycine", "sucrose", "theirs", "ours"}
    assert [each["what"] for each in changes(run, library)] == ["build", "add", "add"]
