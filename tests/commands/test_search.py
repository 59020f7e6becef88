"""``contraspec search``: a ranked list, or why there is none; never a verdict."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.messages import LANGUAGES, message
from libraries.engine import Engine
from libraries.library import Library, save_library
from libraries.reference import Naming, make_reference
from spectra.errors import EngineError
from spectra.io.writers import write_spectra
from spectra.spectrum import Spectrum
from tests.core.synthetic import library as raman_library
from tests.core.synthetic import measured, random_bands
from tests.store.test_engine_nir import AXIS, absorbance, nir, remeasured

N = 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Libraries and scans; reference 3 of the Raman library is deprecated."""
    place = tmp_path_factory.mktemp("search")
    whole = raman_library(N)
    gone = whole.references[3]
    kept = [
        replace(one, label=replace(one.label, deprecated="mixed up")) if one is gone else one
        for one in whole.references
    ]
    save_library(Library("made up", "raman", tuple(kept)), str(place / "raman.h5"))
    powders = [make_reference(nir(AXIS, absorbance(seed)), Naming(f"powder {seed}")) for seed in range(N)]
    save_library(Library("powders", "nir", tuple(powders)), str(place / "nir.h5"))
    for row in (3, 5):
        write_spectra([measured(random_bands(row), row)], place / f"raman{row}.jdx")
    write_spectra([remeasured(4)], place / "nir4.csv")
    flat = Spectrum(np.arange(200.0, 2000.0, 2.0), np.ones(900))
    write_spectra([flat], place / "flat.csv")
    (place / "broken.csv").write_text("words and words\n", encoding="utf-8")
    return place


@pytest.fixture(autouse=True)
def there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def records(ran: Any) -> list[dict[str, Any]]:
    assert ran.out.isascii()
    return [json.loads(line) for line in ran.out.splitlines()]


def search(run, *typed: str, library: str = "raman.h5") -> Any:
    return run("search", *typed, "-l", library, "--format", "json")


@pytest.mark.parametrize(
    ("file", "library", "first"), [("raman5.jdx", "raman.h5", 5), ("nir4.csv", "nir.h5", 4)]
)
def test_the_list_is_the_one_that_identify_goes_by(run, file: str, library: str, first: int) -> None:
    ran = search(run, file, library=library)
    (found,) = records(ran)
    assert (ran.code, found["schema"], found["status"]) == (0, "contraspec.search/1", "ranked")
    assert [hit["rank"] for hit in found["hits"]] == list(range(1, 11))
    assert found["hits"][0]["name"].endswith(f" {first}")
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    (said,) = records(run("identify", file, "-l", library, "--format", "json"))
    told = [{key: hit[key] for key in ("rank", "name", "id", "hqi", "score")} for hit in found["hits"]]
    assert told[: len(said["hits"])] == said["hits"]
    assert said["hits"]
    best = found["hits"][0]
    assert (best["coverage"], best["axis_shift_cm1"]) == (
        said["quality"]["coverage"],
        said["quality"]["axis_shift_cm1"],
    )
    assert found["provenance"]["library"] == said["provenance"]["library"]


@pytest.mark.parametrize("library", ["raman.h5", "nir.h5"])
def test_a_shorter_list_begins_like_a_longer_one(run, library: str) -> None:
    file = "raman5.jdx" if library == "raman.h5" else "nir4.csv"
    lists = {
        top: records(search(run, file, "--top", str(top), library=library))[0]["hits"]
        for top in (1, 3, 12, 1000)
    }
    assert (len(lists[1]), len(lists[3]), len(lists[12])) == (1, 3, 12)
    assert len(lists[1000]) == (N - 1 if library == "raman.h5" else N)
    assert lists[12][:3] == lists[3]
    assert lists[3][:1] == lists[1]


def test_a_deprecated_reference_is_never_listed(run) -> None:
    (found,) = records(search(run, "raman3.jdx", "--top", "1000"))
    assert found["hits"]
    assert "substance 3" not in [hit["name"] for hit in found["hits"]]


@pytest.mark.parametrize(
    ("file", "library", "reason"),
    [("flat.csv", "raman.h5", "flat"), ("nir4.csv", "raman.h5", "no_library_for_technique")],
)
def test_what_cannot_be_compared_says_why(run, file: str, library: str, reason: str) -> None:
    ran = search(run, file, library=library)
    (found,) = records(ran)
    assert (ran.code, found["status"], found["hits"]) == (0, "unusable", [])
    assert reason in found["reasons"]
    text = run("search", file, "-l", library).out
    assert message("search.unusable") in " ".join(text.split())
    assert message("heading.search") not in text
    rows = list(csv.DictReader(io.StringIO(run("search", file, "-l", library, "--format", "csv").out)))
    assert [(row["status"], row["rank"], reason in row["reasons"]) for row in rows] == [
        ("unusable", "", True)
    ]


def test_failures_stand_in_their_place(run) -> None:
    ran = search(run, "raman5.jdx", "gone.csv", "broken.csv", "raman3.jdx", "--top", "1")
    assert ran.code == 3
    assert [one.get("error", one["schema"]) for one in records(ran)] == [
        "contraspec.search/1",
        "not_found",
        "unrecognised",
        "contraspec.search/1",
    ]
    table = run("search", "raman5.jdx", "gone.csv", "-l", "raman.h5", "--top", "2", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(table.out)))
    assert [(row["rank"], row["error"]) for row in rows] == [("1", ""), ("2", ""), ("", "not_found")]


def test_a_library_that_cannot_be_used_gives_4(run) -> None:
    ran = search(run, "raman5.jdx", library="gone.h5")
    assert (ran.code, [one["error"] for one in records(ran)]) == (4, ["library"])


@pytest.mark.parametrize("top", ["0", "1001", "-1", "many"])
def test_top_is_1_to_1000(run, top: str) -> None:
    assert search(run, "raman5.jdx", "--top", top).code == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_says_what_a_list_is(run, language: str) -> None:
    ran = run("search", "raman5.jdx", "-l", "raman.h5", "--top", "2", "--lang", language)
    text = " ".join(ran.out.split())
    assert message("search.screening", language=language) in text
    assert "1. substance 5" in text
    assert "MATCH" not in text
    assert ran.code == 0


def test_the_engine_refuses_a_list_of_nothing() -> None:
    with pytest.raises(EngineError, match="at least 1"):
        Engine.open(["raman.h5"]).search(measured(random_bands(1), 1), 0)
