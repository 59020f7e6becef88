"""``combine``: what ``identify`` wrote for two techniques, as one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.fixture
def write(run: Callable[..., Any], scans: Path) -> Callable[..., str]:
    """Write the result of a scenario, as if by a technique."""

    def write_result(scenario: str, by: str, /, **changes: Any) -> str:
        record = json.loads(run("identify", f"{scenario}.csv", "--format", "json").out)
        path = scans / f"{scenario}-{by}.json"
        path.write_text(json.dumps(record | {"technique": by} | changes) + "\n", encoding="utf-8")
        return path.name

    return write_result


def test_agreement(run: Callable[..., Any], write: Callable[..., str]) -> None:
    ran = run("combine", write("match", "raman"), write("match", "nir"), "--format", "json")
    record = json.loads(ran.out)
    assert ran.code == 0
    assert list(record) == [
        "schema", "outcome", "verdict", "alert", "probability", "substances", "reasons", "next_action",
        "release_blocked", "techniques", "safety",
    ]  # fmt: skip
    assert record["schema"] == "contraspec.combined/1"
    assert (record["outcome"], record["verdict"], record["release_blocked"]) == ("agreement", "match", False)
    assert record["probability"] is None
    assert record["substances"] == [
        {
            "name": "caffeine", "form": "anhydrous", "cas": "58-08-2", "role": "cutting agent",
            "seen_by": ["raman", "nir"],
        }
    ]  # fmt: skip
    assert [one["probability"] for one in record["techniques"]] == [0.991235, 0.991235]
    assert ran.out.isascii()


def test_disagreement_keeps_the_alert_and_blocks_release(
    run: Callable[..., Any], write: Callable[..., str]
) -> None:
    files = write("match", "raman"), write("alert", "nir")
    ran = run("combine", *files, "--format", "json", "--fail-on", "alert")
    record = json.loads(ran.out)
    assert ran.code == 1
    assert (record["outcome"], record["verdict"], record["alert"]) == ("disagreement", "inconclusive", True)
    assert record["release_blocked"]
    text = " ".join(run("combine", *files).out.split())
    assert "CONTROLLED SUBSTANCE POSSIBLE" in text
    assert "TECHNIQUES DISAGREE" in text
    assert "NOT a clear" in text
    assert "Raman: MATCH, caffeine" in text
    assert "NIR: MATCH, cocaine" in text


@pytest.mark.parametrize("second", ["unusable", "container", "inconclusive", "no_match", "mixture", "group"])
def test_no_text_ever_clears(run: Callable[..., Any], write: Callable[..., str], second: str) -> None:
    ran = run("combine", write("match", "raman"), write(second, "nir"))
    assert ran.code == 0
    assert "clear" in ran.out
    assert "must not be multiplied" in " ".join(ran.out.split())


def test_text_of_agreement_on_what_is_controlled_is_certain(
    run: Callable[..., Any], write: Callable[..., str]
) -> None:
    text = run("combine", write("alert", "raman"), write("alert", "nir")).out
    assert "ALERT: CONTROLLED SUBSTANCE " in text
    assert "POSSIBLE" not in text


def test_both_results_may_stand_in_one_file(
    run: Callable[..., Any], write: Callable[..., str], scans: Path
) -> None:
    both = scans / "both.jsonl"
    both.write_bytes(b"".join((scans / write("match", each)).read_bytes() for each in ("raman", "nir")))
    assert json.loads(run("combine", "both.jsonl", "--format", "json").out)["outcome"] == "agreement"


FAULTS = {
    "no JSON": ("rubbish", "unrecognised"),
    "empty": ("", "empty"),
    "a list": ("[1]", "damaged"),
    "an error record": ('{"schema": "contraspec.error/1"}', "damaged"),
    "a bare schema": ('{"schema": "contraspec.result/1"}', "damaged"),
    "a deep nest": ("[" * 100_000, "unrecognised"),
}


@pytest.mark.parametrize(("text", "code"), FAULTS.values(), ids=FAULTS)
def test_a_bad_file_is_an_error_never_a_verdict(
    run: Callable[..., Any], write: Callable[..., str], scans: Path, text: str, code: str
) -> None:
    (scans / "bad.json").write_text(text, encoding="utf-8")
    ran = run("combine", write("match", "raman"), "bad.json", "--format", "json")
    record = json.loads(ran.out)
    assert (ran.code, record["schema"], record["error"]) == (3, "contraspec.error/1", code)
    assert record["file"] == "bad.json"


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "clear"},
        {"technique": "smell"},
        {"alert": "no"},
        {"substances": [{"name": "caffeine"}]},
        {"substances": [{"name": "c", "form": "", "id": "1", "cas": "", "role": "good", "grade": "B"}]},
        {"hints": [1]},
        {"reasons": [1]},
    ],
)
def test_a_result_that_nobody_wrote_is_refused(
    run: Callable[..., Any], write: Callable[..., str], changes: dict[str, Any]
) -> None:
    ran = run("combine", write("match", "raman"), write("group", "nir", **changes), "--format", "json")
    assert (ran.code, json.loads(ran.out)["error"]) == (3, "damaged")


def test_missing_file_one_result_and_one_technique_are_refused(
    run: Callable[..., Any], write: Callable[..., str]
) -> None:
    raman = write("match", "raman")
    assert run("combine", raman, "gone.json").code == 3
    alone = run("combine", raman)
    assert (alone.code, "expected two" in alone.err) == (3, True)
    twice = run("combine", raman, raman)
    assert (twice.code, "--replicates" in twice.err) == (3, True)
