"""The JSON contract of ``identify``: keys, types, order, ASCII, no NaN."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli import _engine
from cli._errors import ERROR_CODES
from cli._records import rounded
from cli._version import engine_version
from spectra.confidence.calibration import Calibration, Curve
from spectra.confidence.identification import DetectionLimit, NamedSubstance, PredictionSet
from spectra.io import read_spectra

pytestmark = pytest.mark.usefixtures("fake_engine")

RESULT_KEYS = [
    "schema", "file", "index", "verdict", "alert", "probability", "prior", "substances",
    "unexplained_bands_cm1", "unexplained_bands_nm", "proven", "prediction_set", "detection_limits", "hits",
    "hints",
    "reasons", "next_action", "quality", "provenance", "warnings", "technique",
    "safety",
]  # fmt: skip
SUBSTANCE_KEYS = [
    "name", "form", "id", "cas", "role", "probability", "share", "share_interval", "hqi", "grade",
]  # fmt: skip
LIMIT_KEYS = ["name", "form", "id", "cas", "role", "share", "level"]
CALIBRATION_KEYS = [
    "method", "n_references", "n_substances", "n_simulated", "n_measured", "n_replicates", "threshold",
    "mixture_threshold", "prior",
]  # fmt: skip
FIRST_RELEASE = {
    "": "schema file index verdict alert probability substances hits hints reasons next_action quality "
    "provenance warnings",
    "substances": "name form id cas role probability share hqi grade",
    "hits": "rank name id hqi score",
    "quality": "snr saturated coverage axis_shift_cm1",
    "provenance": "input_sha256 library engine pipeline config",
}
"""Names that readers rely on since the first release; others may only be added."""


def records(text: str) -> list[dict[str, Any]]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in JSON")

    assert text.isascii()
    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


@pytest.mark.parametrize(
    "scenario",
    [
        *("match", "alert", "precursor", "mixture", "group", "class", "phenyl", "limits"),
        *("inconclusive", "no_match", "unusable", "container"),
    ],
)
def test_result_has_the_keys_of_the_contract_in_order(
    run: Callable[..., Any], scans: Path, scenario: str
) -> None:
    ran = run("identify", f"{scenario}.csv", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    (record,) = records(ran.out)
    assert list(record) == RESULT_KEYS
    assert record["schema"] == "contraspec.result/1"
    assert (record["file"], record["index"]) == (f"{scenario}.csv", 0)
    assert type(record["alert"]) is bool
    assert record["probability"] is None or 0 <= record["probability"] <= 1
    for substance in record["substances"]:
        assert list(substance) == SUBSTANCE_KEYS
    for limit in record["detection_limits"]:
        assert list(limit) == LIMIT_KEYS
    assert record["prediction_set"] is None or list(record["prediction_set"]) == ["level", "names", "ids"]
    for hit in record["hits"]:
        assert list(hit) == ["rank", "name", "id", "hqi", "score"]
    for hint in record["hints"]:
        assert list(hint) == ["name", "form", "bands_cm1", "found_cm1", "message"]
        assert "unverified" in hint["message"]
    assert list(record["quality"]) == [
        "snr",
        "saturated",
        "coverage",
        "axis_shift_cm1",
        "fluorescence",
        "n_spikes",
    ]
    assert list(record["provenance"]) == [
        "input_sha256",
        "library",
        "calibration",
        "engine",
        "pipeline",
        "config",
    ]
    assert list(record["provenance"]["library"][0]) == ["name", "sha256", "release"]
    assert all(isinstance(reason, str) for reason in record["reasons"])


def test_provenance_names_the_input_and_the_engine(run: Callable[..., Any], scans: Path) -> None:
    (record,) = records(run("identify", "match.csv", "--format", "json").out)
    digest = hashlib.sha256((scans / "match.csv").read_bytes()).hexdigest()
    assert record["provenance"]["input_sha256"] == digest
    assert record["provenance"]["engine"] == engine_version()
    assert (record["provenance"]["pipeline"], record["provenance"]["config"]) == ("pipe01", "conf01")


def test_figures_have_six_significant_digits_and_nan_is_null(run: Callable[..., Any], scans: Path) -> None:
    match, unusable = records(run("identify", "match.csv", "unusable.csv", "--format", "json").out)
    assert match["probability"] == 0.991235
    assert match["substances"][0]["hqi"] == 0.973123
    assert match["quality"]["fluorescence"] == 0.123457
    assert unusable["quality"]["snr"] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (1234567.0, 1234570.0),
        (1e-12, 1e-12),
        (3, 3.0),
    ],
)
def test_rounded(value: float | None, expected: float | None) -> None:
    assert rounded(value) == expected


def test_rounded_has_no_negative_zero() -> None:
    assert str(rounded(-0.0)) == "0.0"


def test_every_file_gets_its_line_in_input_order(run: Callable[..., Any], scans: Path) -> None:
    files = ["match.csv", "empty.csv", "missing.csv", "photo.jpg", "alert.csv"]
    ran = run("identify", *files, "--format", "json")
    got = records(ran.out)
    assert [record["file"] for record in got] == files
    assert [record.get("error") for record in got] == [None, "empty", "not_found", "unrecognised", None]
    for record in got[1:4]:
        assert list(record) == ["schema", "file", "error", "message"]
        assert record["schema"] == "contraspec.error/1"
        assert record["error"] in ERROR_CODES
    assert ran.code == 3
    assert len(ran.err.splitlines()) == 3


def test_several_spectra_of_a_file_are_told_apart_by_index(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import spectra.io

    read = spectra.io.read_measurements
    monkeypatch.setattr(spectra.io, "read_measurements", lambda path, **said: read(path, **said) * 2)
    got = records(run("identify", "match.csv", "group.csv", "--format", "json").out)
    assert [(record["file"], record["index"]) for record in got] == [
        ("match.csv", 0), ("match.csv", 1), ("group.csv", 0), ("group.csv", 1),
    ]  # fmt: skip
    assert "spectrum 2 of 2" in run("identify", "match.csv").out


def test_a_technique_given_by_hand_is_noted(run: Callable[..., Any], scans: Path) -> None:
    (record,) = records(run("identify", "match.csv", "--technique", "raman", "--format", "json").out)
    assert any("--technique raman" in warning for warning in record["warnings"])


def test_a_broken_library_is_one_error_record(run: Callable[..., Any], scans: Path) -> None:
    ran = run("identify", "match.csv", "group.csv", "-l", "ok.h5", "-l", "broken.h5", "--format", "json")
    (record,) = records(ran.out)
    assert (ran.code, record["error"], record["file"]) == (4, "library", "broken.h5")
    assert record["message"] == "is cut short; copy it again"


def test_an_unexpected_exception_is_an_internal_record_and_the_others_go_on(
    run: Callable[..., Any], scans: Path
) -> None:
    ran = run("identify", "boom.csv", "match.csv", "--format", "json")
    boom, match = records(ran.out)
    assert (ran.code, boom["error"], match["verdict"]) == (70, "internal", "match")
    assert "--debug" in ran.err
    assert "Traceback" not in ran.err


def test_debug_shows_the_traceback(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Traceback" in run("--debug", "identify", "boom.csv").err
    assert "Traceback" in run("identify", "boom.csv", "--debug").err
    assert "Traceback" not in run("identify", "boom.csv", "--", "--debug").err
    monkeypatch.setenv("CONTRASPEC_DEBUG", "1")
    assert "Traceback" in run("identify", "boom.csv").err


def test_the_banner_of_a_library_goes_with_every_result(run: Callable[..., Any], scans: Path) -> None:
    (record,) = records(run("identify", "match.csv", "-l", "mine.h5", "--format", "json").out)
    assert record["warnings"] == ["library fake library: for tests only"]
    assert "Note: library fake library: for tests only" in run("identify", "match.csv", "-l", "mine.h5").out
    assert records(run("identify", "match.csv", "--format", "json").out)[0]["warnings"] == []


def test_the_prior_is_stated_beside_every_probability(run: Callable[..., Any], scans: Path) -> None:
    default, *_ = map(json.loads, run("identify", "match.csv", "--format", "json").out.splitlines())
    asked, refused = map(
        json.loads,
        run("identify", "match.csv", "unusable.csv", "--prior", "0.1", "--format", "json").out.splitlines(),
    )
    assert (default["prior"], asked["prior"], refused["prior"]) == (0.5, 0.1, None)


@pytest.mark.parametrize("prior", ["0", "1", "-0.2", "1.5", "half", "nan"])
def test_a_prior_that_is_none_is_wrong_usage(run: Callable[..., Any], scans: Path, prior: str) -> None:
    ran = run("identify", "match.csv", "--prior", prior)
    assert (ran.code, ran.out) == (2, "")


def test_no_name_of_the_first_release_is_gone(run: Callable[..., Any], scans: Path) -> None:
    (record,) = records(run("identify", "mixture.csv", "--format", "json").out)
    for place, names in FIRST_RELEASE.items():
        within = record[place] if place else record
        for entry in within if isinstance(within, list) else [within]:
            assert set(names.split()) <= set(entry)


def test_a_share_has_its_interval(run: Callable[..., Any], scans: Path) -> None:
    mixture, match = records(run("identify", "mixture.csv", "match.csv", "--format", "json").out)
    assert [one["share_interval"] for one in mixture["substances"]] == [[0.551235, 0.7189], [0.28, 0.45]]
    assert match["substances"][0]["share_interval"] is None


def test_bands_set_and_limits(run: Callable[..., Any], scans: Path) -> None:
    limits, mixture, match = records(
        run("identify", "limits.csv", "mixture.csv", "match.csv", "--format", "json").out
    )
    assert mixture["unexplained_bands_cm1"] == [1233.6, 1310.24]
    assert limits["prediction_set"] == {
        "level": 0.95,
        "names": ["caffeine", "β-alanine"],
        "ids": ["a1", "d4"],
    }
    assert [(one["id"], one["share"]) for one in limits["detection_limits"]] == [
        ("b3", 0.0412346), ("b2", 0.12), ("c3", 0.0701), ("b4", None), ("g7", 0.31),
    ]  # fmt: skip
    assert limits["detection_limits"][0] == {
        "name": "cocaine",
        "form": "hydrochloride",
        "id": "b3",
        "cas": "53-21-4",
        "role": "controlled",
        "share": 0.0412346,
        "level": 0.95,
    }
    assert (match["unexplained_bands_cm1"], match["prediction_set"], match["detection_limits"]) == (
        [],
        None,
        [],
    )


def test_a_figure_that_is_none_is_null(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nan = float("nan")
    engine: Any = _engine.open_engine(())
    answer = engine.identify(read_spectra("match.csv")[0])
    label = answer.identification.substances[0].label
    said = replace(
        answer.identification,
        substances=(NamedSubstance(label, nan, nan, nan, (nan, 1.0)),),
        unexplained_cm1=(nan,),
        prediction_set=PredictionSet(nan, (label,)),
        detection_limits=(DetectionLimit(label, nan, nan),),
    )
    monkeypatch.setattr(type(engine), "identify", lambda *_: replace(answer, identification=said))
    (record,) = records(run("identify", "match.csv", "--format", "json").out)
    assert record["substances"][0]["share_interval"] == [None, 1.0]
    assert record["detection_limits"][0]["share"] is None


def test_each_library_says_what_its_probabilities_rest_on(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    curve = Curve(0.1, 1.2, 0.99)
    calibration = Calibration(
        curve,
        curve,
        0.8123456789,
        0.7,
        0.5,
        100,
        720,
        1500,
        1,
        "pipe01",
        "simulated and measured",
        (),
        98,
        12,
    )
    engine: Any = _engine.open_engine(())
    answer = engine.identify(read_spectra("match.csv")[0])
    plain = answer.libraries[0]
    libraries = (replace(plain, calibration=calibration.to_dict()), plain)
    monkeypatch.setattr(type(engine), "identify", lambda *_: replace(answer, libraries=libraries))
    (record,) = records(run("identify", "match.csv", "--format", "json").out)
    told, untold = record["provenance"]["calibration"]
    assert list(told) == CALIBRATION_KEYS
    assert told == {
        "method": "simulated and measured",
        "n_references": 100,
        "n_substances": 98,
        "n_simulated": 720,
        "n_measured": 1500,
        "n_replicates": 12,
        "threshold": 0.812346,
        "mixture_threshold": 0.7,
        "prior": 0.5,
    }
    assert untold is None
    assert len(record["provenance"]["library"]) == 2


def test_watched_names_reach_the_engine(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    open_fake = _engine.open_engine
    monkeypatch.setattr(
        _engine, "open_engine", lambda paths, **more: asked.append(more["watch"]) or open_fake(paths, **more)
    )
    assert run("identify", "match.csv", "--watch", "caffeine", "--watch", "cocaine").code == 0
    assert run("identify", "match.csv").code == 0
    assert [tuple(names) for names in asked] == [("caffeine", "cocaine"), ()]


@pytest.mark.parametrize("output_format", ["text", "json", "csv"])
def test_an_unknown_watched_name_is_wrong_usage_and_names_what_is_near(
    run: Callable[..., Any], scans: Path, output_format: str
) -> None:
    args = ("identify", "match.csv", "--watch", "caffeine", "--watch", "Cocane", "--format", output_format)
    ran = run(*args)
    assert (ran.code, ran.out) == (2, "")
    assert "--watch" in ran.err
    assert "Near names in the library: cocaine." in ran.err
    assert "caffeine" not in ran.err


def test_a_watched_name_without_neighbours_suggests_nothing(run: Callable[..., Any], scans: Path) -> None:
    ran = run("identify", "match.csv", "--watch", "zzz\x1b[2J")
    assert ran.code == 2
    assert "Near names" not in ran.err
    assert "\x1b" not in ran.err


def test_a_broken_library_is_no_fault_of_the_watched_names(run: Callable[..., Any], scans: Path) -> None:
    ran = run("identify", "match.csv", "-l", "broken.h5", "--watch", "cocane", "--format", "json")
    (record,) = records(ran.out)
    assert (ran.code, record["error"]) == (4, "library")


def test_every_key_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    section = text.split("### `contraspec.result/1`", 1)[1].split("### ", 1)[0]
    for key in (*RESULT_KEYS, *SUBSTANCE_KEYS, *LIMIT_KEYS, *CALIBRATION_KEYS, "level", "names", "ids"):
        assert f"`{key}`" in section, key
