"""What the shipped examples answer, from file to JSON, against the starter library."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import root

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

EXPECTED = {
    "synthetic_amphetamine_sulfate.csv": ("inconclusive", True, ["amphetamine"], "call_reach_back"),
    "synthetic_caffeine.csv": ("match", False, ["caffeine"], "send_to_lab"),
    "synthetic_mixture_caffeine_paracetamol.csv": (
        "mixture",
        False,
        ["paracetamol (acetaminophen)", "caffeine"],
        "send_to_lab",
    ),
    "synthetic_plastic_bag.csv": ("match", False, ["polyethylene"], "move_spot"),
    "synthetic_too_weak.csv": ("unusable", False, [], "scan_again_longer"),
}


@pytest.fixture(scope="module")
def records():
    files = [str(EXAMPLES / name) for name in EXPECTED]
    result = CliRunner().invoke(root, ["identify", "--format", "json", *files])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == len(files)
    return {Path(record["file"]).name: record for record in map(json.loads, lines)}


@pytest.mark.parametrize("name", EXPECTED)
def test_example(records, name):
    record = records[name]
    verdict, alert, names, action = EXPECTED[name]
    assert record["schema"] == "contraspec.result/1"
    assert (record["verdict"], record["alert"], record["next_action"]) == (verdict, alert, action)
    assert [substance["name"] for substance in record["substances"]] == names


def test_all_examples_are_listed_and_say_that_they_are_synthetic():
    files = sorted(EXAMPLES.glob("*.csv"))
    assert [file.name for file in files] == sorted(EXPECTED)
    assert all(file.read_text(encoding="ascii").startswith("# SYNTHETIC") for file in files)


def test_figures(records):
    caffeine = records["synthetic_caffeine.csv"]
    assert caffeine["probability"] > 0.99
    assert caffeine["substances"][0]["hqi"] == pytest.approx(0.983, abs=0.005)
    assert caffeine["quality"]["axis_shift_cm1"] == pytest.approx(-1.0, abs=1.0)
    shares = [s["share"] for s in records["synthetic_mixture_caffeine_paracetamol.csv"]["substances"]]
    assert sum(shares) == pytest.approx(1.0, abs=1e-5)
    assert records["synthetic_amphetamine_sulfate.csv"]["probability"] is None
