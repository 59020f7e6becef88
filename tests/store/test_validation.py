"""Labelled cases: who counts as what, rates against scipy, and two libraries against each other."""

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from libraries import Library, Naming, Provenance, make_reference, save_library
from libraries.canonical import canonical
from libraries.engine import open_starter
from libraries.releases.signing import read_validation
from libraries.validation.cases import CaseFile, list_cases, read_cases
from libraries.validation.diffing import diff_libraries, diff_verdicts
from libraries.validation.judging import Judged, Named, judge_cases
from libraries.validation.shares import Share, wilson
from libraries.validation.summary import summarise
from libraries.validation.validating import validate_library
from spectra.confidence.identification import Identification, NamedSubstance
from spectra.errors import LibraryError, SpectrumError
from spectra.label import Label
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum

QUALITY = QualityReport(snr=100.0, saturated=False, fluorescence=0.0, n_spikes=0, noise=1.0)
LABELS = (
    Label("1", "caffeine", identity="caffeine", role="cutting agent", grade="B"),
    Label("2", "cocaine", "hydrochloride", identity="cocaine", role="controlled", grade="B"),
    Label("3", "cocaine", "base", identity="cocaine", role="controlled", grade="B"),
    Label("4", "polyethylene", identity="polyethylene", role="packaging", grade="B"),
    Label("5", "heroin", identity="heroin", role="controlled", grade="E"),
)
BY_ID = {label.id: label for label in LABELS}


@dataclass(frozen=True)
class FakeLibrary:
    labels: tuple[Label, ...] = LABELS
    name: str = "fake"
    content_sha256: str = "ab" * 32

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class FakeAnswer:
    identification: Identification


class FakeEngine:
    """Answers what the spectrum's metadata ask for: verdict, ids named, reason."""

    libraries = (FakeLibrary(),)
    pipeline_fingerprint = "p"
    config_fingerprint = "c"

    def identify(self, spectrum: Spectrum) -> FakeAnswer:
        verdict, ids, reason = str(spectrum.metadata["say"]).split("|")
        if verdict == "raise":
            raise SpectrumError("a bad one")
        named = tuple(NamedSubstance(BY_ID[i], 0.9, None, 0.9) for i in ids.split(",") if i)
        alert = any(each.label.role == "controlled" for each in named)
        said = Identification(verdict, alert, 0.9, named, (), (), (reason,), "send_to_lab", QUALITY)
        return FakeAnswer(said)


def judged(substance: str, say: str, form: str = "", file: str = "f.csv") -> Judged:
    from libraries.validation.cases import Case

    metadata = {"say": say, "source_sha256": "cd" * 32}
    spectrum = Spectrum(np.arange(200.0, 300.0), np.ones(100), metadata=metadata)
    (one,) = judge_cases(FakeEngine(), [Case(CaseFile(file, substance, form), 0, spectrum)])
    return one


class TestOutcomes:
    @pytest.mark.parametrize(
        ("substance", "say", "outcome", "false"),
        [
            ("caffeine", "match|1|", "detected", []),
            ("Caffeine", "match|1|", "detected", []),
            ("caffeine", "match|2|", "false_match", ["cocaine"]),
            ("cocaine", "match|3|", "detected", []),
            ("cocaine", "group|2,1|", "detected", []),
            ("polyethylene", "group|2,1|", "false_match", ["cocaine", "caffeine"]),
            ("cocaine", "mixture|2,1|", "detected", ["caffeine"]),
            ("polyethylene", "match|4|container_only", "detected", []),
            ("caffeine", "match|4|container_only", "container", []),
            ("", "match|4|container_only", "container", []),
            ("", "match|1|", "false_match", ["caffeine"]),
            ("sugar", "mixture|1,2|", "false_match", ["caffeine", "cocaine"]),
            ("caffeine", "inconclusive|1|", "inconclusive", []),
            ("", "inconclusive|1|", "inconclusive", []),
            ("caffeine", "no_match||", "no_match", []),
            ("caffeine", "unusable||", "unusable", []),
            ("caffeine", "raise||", "failed", []),
            ("heroin", "match|2|", "false_match", ["cocaine"]),
        ],
    )
    def test_is_judged(self, substance, say, outcome, false):
        found = judged(substance, say)
        assert (found.outcome, [each.name for each in found.false]) == (outcome, false)

    def test_a_hint_is_no_substance_of_the_library(self):
        assert judged("heroin", "no_match||").identity is None

    @pytest.mark.parametrize(
        ("substance", "dangerous"), [("cocaine", True), ("caffeine", False), ("", None), ("unheard of", None)]
    )
    def test_danger_is_what_library_or_table_know(self, substance, dangerous):
        assert judged(substance, "no_match||").dangerous is dangerous

    def test_a_stranger_that_the_table_knows(self):
        assert judged("MDMA", "no_match||").dangerous is True


class TestSummary:
    CASES = (
        ("caffeine", "match|1|", ""),
        ("caffeine", "match|2|", ""),
        ("caffeine", "unusable||", ""),
        ("cocaine", "match|2|", "hydrochloride"),
        ("cocaine", "match|2|", "base"),
        ("cocaine", "mixture|2,1|", ""),
        ("cocaine", "no_match||", ""),
        ("", "match|1|", ""),
        ("sugar", "no_match||", ""),
        ("sugar", "raise||", ""),
    )

    @pytest.fixture
    def summary(self):
        cases = [judged(name, say, form, f"{i}.csv") for i, (name, say, form) in enumerate(self.CASES)]
        return summarise(FakeEngine(), cases, when="2026-01-01T00:00:00+00:00")

    def test_totals_are_those_counted_by_hand(self, summary):
        total = summary["total"]
        counted = {name: (each["k"], each["n"]) for name, each in total.items() if "k" in each}
        assert counted == {
            "detection": (4, 7),
            "false_match_known": (2, 7),
            "false_match_strangers": (1, 2),
            "alert_raised": (3, 4),
            "alert_false": (1, 3),
            "form_right": (1, 2),
        }
        assert total["known"]["n"] == 7
        assert (total["strangers"]["n"], total["strangers"]["no_match"]) == (2, 1)
        assert summary["cases"] == {
            "n": 10, "files": 10, "substances": 2, "sha256": summary["cases"]["sha256"], "failed": 1,
        }  # fmt: skip
        assert summary["failed"] == [{"file": "9.csv", "problem": "a bad one"}]

    def test_by_substance(self, summary):
        found = {each["name"]: each for each in summary["substances"]}
        assert list(found) == ["caffeine", "cocaine"]
        caffeine = found["caffeine"]
        assert (caffeine["detection"]["k"], caffeine["detection"]["n"]) == (1, 3)
        assert (caffeine["false_match"]["k"], caffeine["false_match"]["n"]) == (2, 6)
        assert (found["cocaine"]["false_match"]["k"], found["cocaine"]["false_match"]["n"]) == (1, 5)
        assert sum(each["n"] for each in found.values()) == summary["total"]["known"]["n"]

    def test_confusion(self, summary):
        assert summary["confusion"] == [
            {"truth": "", "named": "caffeine", "n": 1, "files": ["7.csv"]},
            {"truth": "caffeine", "named": "cocaine", "n": 1, "files": ["1.csv"]},
            {"truth": "cocaine", "named": "caffeine", "n": 1, "files": ["5.csv"]},
        ]

    def test_intervals_are_scipys(self, summary):
        for each in (summary["total"]["detection"], *(one["false_match"] for one in summary["substances"])):
            low, high = stats.binomtest(each["k"], each["n"]).proportion_ci(method="wilson")
            assert (each["low"], each["high"]) == pytest.approx((low, high), rel=1e-5)

    def test_is_plain_json(self, summary):
        assert json.loads(canonical(summary)) == summary

    def test_the_hash_of_the_cases_knows_their_labels(self, summary):
        cases = [judged("caffeine", "match|1|"), judged("caffeine", "match|1|", file="g.csv")]

        def digest(cases):
            return summarise(FakeEngine(), cases)["cases"]["sha256"]

        assert digest(cases) == digest(cases[::-1])
        assert digest(cases) != digest([cases[0], dataclasses.replace(cases[1], truth="cocaine")])
        assert digest(cases) != digest(cases[:1])


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 30), (29, 30), (7, 200), (200, 200)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_wilson_is_scipys(k, n, confidence):
    expected = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert wilson(k, n, confidence=confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_no_trials_say_nothing():
    assert wilson(0, 0) == (0.0, 1.0)
    assert Share(0, 0).value is None


class TestCases:
    @pytest.fixture
    def folder(self, tmp_path) -> Path:
        for name in ("b/caffeine_01.csv", "a.csv", ".hidden.csv", "b/.git/x.csv", "cases.csv"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(scan(), encoding="utf-8")
        return tmp_path

    def test_without_a_manifest_names_are_the_stems(self, folder):
        assert list_cases(folder) == (CaseFile("a.csv", "a"), CaseFile("b/caffeine_01.csv", "caffeine"))

    def test_with_one_only_listed_files_count(self, folder):
        (folder / "m.csv").write_text(
            "\ufefffile;substance;form\nb/caffeine_01.csv; Caffeine ;\n\nz.csv;;base\n", encoding="utf-8"
        )
        listed = list_cases(folder, manifest=folder / "m.csv")
        assert listed == (CaseFile("b/caffeine_01.csv", "Caffeine"), CaseFile("z.csv", "", "base"))
        calls = []
        read = list(read_cases(folder, listed, progress=lambda *each: calls.append(each)))
        assert [bool(each.problem) for each in read] == [False, True]
        assert read[0].spectrum is not None
        assert calls == [(1, 2), (2, 2)]

    @pytest.mark.parametrize(
        ("text", "match"),
        [
            ("", "one column 'file'"),
            ("file\na.csv\n", "one column 'substance'"),
            ("file,file,substance\n", "one column 'file'"),
            ("file,substance\n", "lists no case"),
            ("file,substance\n,x\n", "line 2: file is empty"),
            ("file,substance\n../a.csv,x\n", "leaves the folder"),
            ("file,substance\na.csv,x\n./a.csv,y\n", "line 3: 'a.csv' stands twice"),
            ('file,substance\n"a,x\n', "expected CSV"),
        ],
    )
    def test_wrong_manifests(self, folder, text, match):
        (folder / "m.csv").write_text(text, encoding="utf-8")
        with pytest.raises(LibraryError, match=match):
            list_cases(folder, manifest=folder / "m.csv")

    def test_no_folder_and_an_empty_one(self, tmp_path):
        with pytest.raises(LibraryError, match="is not a folder"):
            list_cases(tmp_path / "none")
        with pytest.raises(LibraryError, match="holds no file"):
            list_cases(tmp_path)


def scan(spectrum: Spectrum | None = None) -> str:
    axis = np.arange(200.0, 400.0) if spectrum is None else spectrum.axis
    values = 100 + axis % 7 if spectrum is None else spectrum.intensity
    rows = "\n".join(f"{x:.3f},{y:.5f}" for x, y in zip(axis, values, strict=True))
    return f"Raman shift (cm-1),Intensity\n{rows}\n"


@pytest.fixture(scope="module")
def starter() -> Library:
    return open_starter()


@pytest.fixture(scope="module")
def archive(starter, tmp_path_factory) -> Path:
    """Noisy scans of what the starter library holds, and of what nobody has."""
    folder = tmp_path_factory.mktemp("archive")
    rng = np.random.default_rng(3)
    chosen = [each for each in starter.references if each.label.grade in "ABC"][::12][:6]
    for each in chosen:
        noisy = each.spectrum.intensity / each.spectrum.intensity.max() * 1000 + rng.normal(
            0, 3, each.spectrum.n_points
        )
        spectrum = dataclasses.replace(each.spectrum, intensity=noisy)
        (folder / f"{each.id}.csv").write_text(scan(spectrum), encoding="utf-8")
    rows = [f"{each.id}.csv,{each.label.substance}" for each in chosen]
    axis = starter.references[0].spectrum.axis
    odd = sum(np.exp(-0.5 * ((axis - c) / 6) ** 2) for c in (433.0, 871.0, 1190.0, 1511.0, 1777.0))
    spectrum = Spectrum(axis, 1000 * odd + rng.normal(0, 3, axis.size))
    (folder / "stranger.csv").write_text(scan(spectrum), encoding="utf-8")
    (folder / "broken.csv").write_bytes(b"")
    (folder / "cases.csv").write_text(
        "\n".join(["file,substance", *rows, "stranger.csv,", "broken.csv,caffeine"])
    )
    return folder


class TestRealLibrary:
    def test_validation_finds_what_is_there(self, starter, archive, tmp_path):
        done = validate_library(starter, archive, manifest=archive / "cases.csv")
        total = done.summary["total"]
        assert total["detection"]["n"] == 6
        assert total["detection"]["k"] >= 5
        assert (total["false_match_strangers"]["k"], total["false_match_strangers"]["n"]) == (0, 1)
        assert [each["file"] for each in done.summary["failed"]] == ["broken.csv"]
        assert Counter(each.outcome for each in done.cases)["failed"] == 1
        assert done.summary["library"]["sha256"] == starter.content_sha256
        (tmp_path / "s.json").write_bytes(canonical(done.summary))
        assert read_validation(str(tmp_path / "s.json")) == done.summary

    def test_the_same_library_answers_the_same(self, starter, archive):
        assert diff_verdicts(starter, starter, archive) == ((), 8)

    def test_a_substance_taken_out_changes_verdicts(self, starter, archive):
        present = {path.stem for path in archive.glob("*.csv")}
        gone = next(each for each in starter.references if each.id in present)
        kept = [each for each in starter.references if each.label.identity != gone.label.identity]
        less = dataclasses.replace(starter, references=tuple(kept), prepared=(), path=None)
        found = diff_libraries(starter, less)
        assert {change.kind for change in found.references} == {"removed"}
        verdicts, n = diff_verdicts(starter, less, archive)
        assert n == 8
        (change,) = [each for each in verdicts if each.file == f"{gone.id}.csv"]
        assert gone.label.substance in " ".join(change.before["substances"])
        assert gone.label.substance not in " ".join(change.after["substances"])


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"schema": "contraspec.result/1"}', b"\xff"])
def test_no_validation_summary(tmp_path, content):
    (tmp_path / "s.json").write_bytes(content)
    with pytest.raises(LibraryError, match="validation"):
        read_validation(str(tmp_path / "s.json"))


class TestDiff:
    def reference(self, seed: int, substance: str, **naming):
        provenance = naming.pop("provenance", Provenance("probe", 785.0, "CC0", "us", "f.csv", "a" * 64))
        metadata = naming.pop("metadata", {"gain": float("nan"), "averages": 3})
        rng = np.random.default_rng(seed)
        spectrum = Spectrum(np.arange(200.0, 300.0), rng.random(100), metadata=metadata)
        return make_reference(spectrum, Naming(substance, **naming), provenance=provenance)

    def library(self, *references, **changes) -> Library:
        return Library("lab", "raman", references, **changes)

    def kinds(self, old, new) -> dict[str, str]:
        return {change.name: change.kind for change in diff_libraries(old, new).references}

    def test_nothing(self, tmp_path):
        one = self.library(self.reference(1, "a"), self.reference(2, "b"), calibration={"threshold": 0.5})
        save_library(one, tmp_path / "l.h5")
        found = diff_libraries(one, Library.open(tmp_path / "l.h5"))
        assert found.same  # though NaN is not NaN

    def test_added_removed_and_measured_anew(self):
        old = self.library(self.reference(1, "a"), self.reference(2, "b"), self.reference(3, "c"))
        new = self.library(self.reference(1, "a"), self.reference(9, "b"), self.reference(4, "d"))
        assert self.kinds(old, new) == {"b": "spectrum", "c": "removed", "d": "added"}

    def test_replicates_are_not_paired_by_guess(self):
        old = self.library(self.reference(1, "a"), self.reference(2, "a"))
        new = self.library(self.reference(1, "a"), self.reference(3, "a"), self.reference(4, "a"))
        found = sorted(change.kind for change in diff_libraries(old, new).references)
        assert found == ["added", "added", "removed"]

    def test_records(self):
        old = self.library(self.reference(1, "a", role="benign"), self.reference(2, "b"))
        provenance = Provenance("other probe", 785.0, "CC0", "us", "f.csv", "a" * 64)
        changed = self.reference(1, "a", role="controlled", provenance=provenance, metadata={"averages": 3})
        (change,) = diff_libraries(old, self.library(changed, self.reference(2, "b"))).references
        assert (change.kind, change.name) == ("changed", "a")
        assert change.fields == {
            "role": ("benign", "controlled"),
            "provenance.instrument": ("probe", "other probe"),
            "metadata.gain": ("nan", None),
        }

    def test_deprecated_and_restored(self):
        used = self.reference(1, "a")
        label = dataclasses.replace(used.label, deprecated="mislabelled")
        old = self.library(used, self.reference(2, "b"))
        new = self.library(dataclasses.replace(used, label=label), self.reference(2, "b"))
        assert self.kinds(old, new) == {"a": "deprecated"}
        assert self.kinds(new, old) == {"a": "restored"}

    def test_calibration_and_texts(self):
        one = self.library(
            self.reference(1, "a"), calibration={"threshold": 0.5, "n_references": 7, "seed": 1}
        )
        two = dataclasses.replace(
            one, banner="new", calibration={"threshold": 0.6, "n_references": 8, "seed": 1}
        )
        found = diff_libraries(one, two)
        assert found.calibration == {"threshold": (0.5, 0.6), "n_references": (7, 8)}
        assert next(iter(found.calibration)) == "threshold"
        assert found.texts == {"banner": ("", "new")}
        assert not found.same
        assert diff_libraries(one, dataclasses.replace(one, calibration=None)).calibration == {
            "calibrated": (True, False)
        }


def test_a_named_substance_is_what_the_record_says():
    assert judged("caffeine", "match|1|").named == (Named("caffeine", "caffeine", ""),)
