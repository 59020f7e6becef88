"""``library build``, ``calibrate``, ``list`` and ``show``, on real library files."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cli import _engine
from libraries.calibrating import CALIBRATION_SEED
from libraries.library import Library, save_library
from libraries.reference import Naming, Provenance, make_reference
from spectra.confidence.calibration import Calibration, Curve
from spectra.errors import CalibrationError
from spectra.matching.hints import HintTable
from spectra.spectrum import Spectrum

HINT = HintTable(
    "fentanyl", "", "437-38-7", (1001.0, 1030.0, 1445.0, 1603.0), (True, False, True, False), "recalled"
)
CALIBRATION = Calibration(
    single=Curve(-0.7, 1.1, 0.998),
    mixture=Curve(6.0, 0.9, 0.99),
    threshold=0.75,
    mixture_threshold=0.92,
    prior=0.5,
    n_references=2,
    n_simulated=640,
    n_measured=1339,
    seed=0,
    pipeline="",
    method="by hand",
    reliability=(),
    n_substances=2,
)


def scan_text(shift: float = 0.0) -> str:
    axis = np.arange(200.0, 2000.0, 2.0)
    bands = sum(np.exp(-0.5 * ((axis - centre - shift) / 5.0) ** 2) for centre in (555.0, 740.0, 1328.0))
    rows = [f"{x:.1f},{y:.4f}" for x, y in zip(axis, 1000 * bands + 100 + np.sin(axis), strict=True)]
    return "\n".join(["Raman shift (cm-1),Intensity", *rows]) + "\n"


def small_library() -> Library:
    axis = np.arange(200.0, 2000.0, 2.0)
    references = [
        make_reference(
            Spectrum(axis, np.exp(-0.5 * ((axis - centre) / 5.0) ** 2)),
            Naming(name, form=form, cas="58-08-2", role="cutting agent", grade="B"),
            provenance=Provenance("WP 785X", 785.0, "CC0-1.0", "measured here", "x.csv"),
        )
        for name, form, centre in (("caffeine", "anhydrous", 555.0), ("β-alanine", "", 740.0))
    ]
    return Library(
        "bench", "raman", tuple(references), hints=(HINT,), release="2025.1", banner="for tests only"
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    references = tmp_path / "references"
    references.mkdir()
    (references / "caffeine.csv").write_text(scan_text(), encoding="utf-8")
    (references / "lactose.csv").write_text(scan_text(31.0), encoding="utf-8")
    (references / "empty.csv").touch()
    save_library(small_library(), tmp_path / "bench.h5")
    (tmp_path / "broken.h5").write_bytes((tmp_path / "bench.h5").read_bytes()[:-100])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def test_build_writes_and_names_what_it_skipped(run: Callable[..., Any], folder: Path) -> None:
    ran = run("library", "build", "references", "-o", "new.h5", "--no-calibrate")
    assert ran.code == 0
    assert ran.err.startswith("contraspec: skipped: empty.csv: ")
    library = Library.open("new.h5")
    assert library.name == "new"
    assert {label.substance for label in library.labels} == {"caffeine", "lactose"}
    assert library.content_sha256 in ran.out
    assert "2 references of 2 substances" in ran.out


def test_build_replaces_without_asking_and_tells_machines(run: Callable[..., Any], folder: Path) -> None:
    args = (
        "library",
        "build",
        "references",
        "-o",
        "bench.h5",
        "--no-calibrate",
        "--name",
        "mine",
        "--format",
        "json",
    )
    ran = run(*args)
    record = json.loads(ran.out)
    assert (ran.code, record["schema"], record["name"]) == (0, "contraspec.build/1", "mine")
    assert (record["references"], record["calibrated"]) == (2, False)
    assert [skipped["file"] for skipped in record["skipped"]] == ["empty.csv"]
    assert record["sha256"] == Library.open("bench.h5").content_sha256


def test_build_with_a_manifest(run: Callable[..., Any], folder: Path) -> None:
    (folder / "manifest.csv").write_text(
        "file,substance,form\ncaffeine.csv,Coffein,anhydrous\n", encoding="utf-8"
    )
    ran = run(
        "library", "build", "references", "--manifest", "manifest.csv", "-o", "new.h5", "--no-calibrate"
    )
    assert ran.code == 0
    assert [(label.substance, label.form) for label in Library.open("new.h5").labels] == [
        ("Coffein", "anhydrous")
    ]


def test_build_calibrates_unless_told_not_to(
    run: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit_library(library: Library, *, progress: Callable[[int, int], None] | None = None) -> Library:
        assert progress is not None
        progress(1, 1)
        return library.with_calibration({"fake": 1})

    monkeypatch.setattr("libraries.calibrating.fit_library", fit_library)
    assert run("library", "build", "references", "-o", "new.h5").code == 0
    assert Library.open("new.h5").calibration == {"fake": 1}


@pytest.mark.parametrize("why", ["too small", "no cases"])
def test_build_of_what_cannot_be_calibrated_is_written_with_a_warning(
    run: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    def fit_library(library: Library, *, progress: Callable[[int, int], None] | None = None) -> Library:
        if why == "no cases":
            raise CalibrationError("no cases to calibrate on")
        return library

    monkeypatch.setattr("libraries.calibrating.fit_library", fit_library)
    ran = run("library", "build", "references", "-o", "new.h5")
    assert ran.code == 0
    assert "contraspec: warning: not calibrated: " in ran.err
    assert Library.open("new.h5").calibration is None


def test_build_stores_what_identify_prepares(run: Callable[..., Any], folder: Path) -> None:
    assert run("library", "build", "references", "-o", "new.h5", "--no-calibrate").code == 0
    assert len(Library.open("new.h5").prepared) == 1


def test_build_of_a_technique_without_engine_is_written_with_a_warning(
    run: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libraries.calibrating.PIPELINES", {})
    ran = run("library", "build", "references", "-o", "new.h5")
    assert ran.code == 0
    assert "contraspec: warning: identify cannot search raman libraries yet" in ran.err


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        (["nowhere", "-o", "new.h5"], 3, "not_found"),
        (["references", "--manifest", "none.csv", "-o", "new.h5"], 3, "not_found"),
        (["references", "-o", "no/such/folder/new.h5"], 4, "library"),
        (["hollow", "-o", "new.h5"], 4, "library"),
    ],
)
def test_build_that_fails_leaves_nothing(
    run: Callable[..., Any], folder: Path, args: list[str], code: int, error: str
) -> None:
    (folder / "hollow").mkdir()
    ran = run("library", "build", *args, "--no-calibrate", "--format", "json")
    assert (ran.code, json.loads(ran.out)["error"]) == (code, error)
    assert ran.err.startswith("contraspec: error: ")
    assert not (folder / "new.h5").exists()


def test_build_needs_an_output(run: Callable[..., Any], folder: Path) -> None:
    assert run("library", "build", "references").code == 2


class TestCalibrate:
    @pytest.fixture
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
        """Calibrations by hand in place of the simulation; what was asked for."""
        asked: list[dict[str, Any]] = []

        def fit_library(library: Library, **options: Any) -> Library:
            asked.append(options)
            return library.with_calibration(replace(CALIBRATION, seed=options["seed"]).to_dict())

        monkeypatch.setattr("libraries.calibrating.fit_library", fit_library)
        return asked

    def test_in_place_everything_else_stays(
        self, run: Callable[..., Any], folder: Path, quick: list[dict[str, Any]]
    ) -> None:
        before = Library.open("bench.h5")
        ran = run("library", "calibrate", "bench.h5")
        after = Library.open("bench.h5")
        assert (ran.code, ran.err) == (0, "")
        assert after.calibration is not None
        assert Calibration.from_dict(after.calibration) == replace(CALIBRATION, seed=CALIBRATION_SEED)
        assert after.labels == before.labels
        assert after.hints == before.hints
        assert (after.name, after.release, after.banner) == ("bench", "2025.1", "for tests only")
        assert len(after.prepared) == 1
        for text in ("2 references of 2 substances", "640 simulated and 1339 measured", "0.750", "prior 0.5"):
            assert text in ran.out
        assert after.content_sha256 in ran.out

    def test_another_output_and_seed(
        self, run: Callable[..., Any], folder: Path, quick: list[dict[str, Any]]
    ) -> None:
        before = Path("bench.h5").read_bytes()
        ran = run("library", "calibrate", "bench.h5", "-o", "new.h5", "--seed", "7", "--format", "json")
        record = json.loads(ran.out)
        assert (record["schema"], record["library"]) == ("contraspec.calibrated/1", "new.h5")
        assert (record["seed"], record["prior"], record["replicates"]) == (7, 0.5, 0)
        assert record["set_gap"] is None
        assert record["sha256"] == Library.open("new.h5").content_sha256
        assert Path("bench.h5").read_bytes() == before
        assert quick[0]["seed"] == 7

    def test_it_tells_how_far_it_is(
        self, run: Callable[..., Any], folder: Path, quick: list[dict[str, Any]]
    ) -> None:
        assert run("library", "calibrate", "bench.h5").code == 0
        quick[0]["progress"](1, 2)

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (["missing.h5"], "missing.h5"),
            (["broken.h5"], "broken.h5"),
            (["one.h5"], "at least two substances"),
            (["bench.h5", "-o", "no/such/folder/new.h5"], "no/such/folder"),
        ],
    )
    def test_what_cannot_be_done_is_4_and_leaves_nothing(
        self,
        run: Callable[..., Any],
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        args: list[str],
        message: str,
    ) -> None:
        monkeypatch.setattr("spectra.confidence.cases.SINGLE_CASES", 4)
        monkeypatch.setattr("spectra.confidence.cases.MIXTURE_CASES", 1)
        whole = small_library()
        save_library(replace(whole, references=whole.references[:1]), "one.h5")
        before = {path: path.read_bytes() for path in Path().glob("*.h5")}
        ran = run("library", "calibrate", *args, "--format", "json")
        assert (ran.code, json.loads(ran.out)["error"]) == (4, "library")
        assert message in ran.err
        assert {path: path.read_bytes() for path in Path().glob("*.h5")} == before

    def test_a_negative_seed_is_wrong_usage(self, run: Callable[..., Any], folder: Path) -> None:
        assert run("library", "calibrate", "bench.h5", "--seed", "-1").code == 2


def test_list_tells_each_in_one_line_and_goes_on_after_a_broken_one(
    run: Callable[..., Any], folder: Path
) -> None:
    ran = run("library", "list", "bench.h5", "broken.h5", "missing.h5")
    assert ran.code == 4
    (line,) = ran.out.splitlines()
    assert "bench: raman, 2 references of 2 substances, 1 hints, release 2025.1" in line
    assert [line.split(": ")[2] for line in ran.err.splitlines()] == ["broken.h5", "missing.h5"]


def test_list_for_machines(run: Callable[..., Any], folder: Path) -> None:
    ran = run("library", "list", "bench.h5", "broken.h5", "--format", "json")
    good, bad = map(json.loads, ran.out.splitlines())
    assert (good["schema"], good["library"], good["references"]) == ("contraspec.library/1", "bench.h5", 2)
    assert (bad["schema"], bad["error"], bad["file"]) == ("contraspec.error/1", "library", "broken.h5")


def test_list_without_argument_is_the_starter(
    run: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter = SimpleNamespace(libraries=(small_library(),))
    monkeypatch.setattr(_engine, "open_engine", lambda paths: starter)
    ran = run("library", "list")
    assert (ran.code, ran.out.startswith("starter: bench: ")) == (0, True)


def test_show_keeps_hints_apart(run: Callable[..., Any], folder: Path) -> None:
    ran = run("library", "show", "bench.h5")
    assert ran.code == 0
    references, hints = ran.out.split("HINTS: grade E, unverified, never evidence")
    assert "fentanyl" in hints
    assert "fentanyl" not in references
    for text in (
        "caffeine (anhydrous)",
        "CAS 58-08-2",
        "grade B",
        "measured here",
        "CC0-1.0",
        "200 to 1998 cm⁻¹",
    ):
        assert text in references
    assert "for tests only" in references


def test_show_for_machines(run: Callable[..., Any], folder: Path) -> None:
    ran = run("library", "show", "bench.h5", "--format", "json")
    assert ran.out.isascii()
    records = [json.loads(line) for line in ran.out.splitlines()]
    assert [record["schema"].split(".")[1] for record in records] == [
        "library/1", "reference/1", "reference/1", "hint_table/1",
    ]  # fmt: skip
    assert records[1]["laser_nm"] == 785.0
    assert (records[3]["grade"], records[3]["strong"]) == ("E", [True, False, True, False])


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_show_of_a_broken_library(run: Callable[..., Any], folder: Path, output_format: str) -> None:
    ran = run("library", "show", "broken.h5", "--format", output_format)
    assert ran.code == 4
    assert ran.err.startswith("contraspec: error: broken.h5: ")
    assert bool(ran.out) == (output_format == "json")
