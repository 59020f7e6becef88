"""The command line with the real engine and the built-in library."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli import _checks, _engine

STARTER = Path(__file__).parents[2] / "libraries" / "starter" / "starter.h5"
pytestmark = pytest.mark.skipif(not STARTER.exists(), reason="libraries/starter/starter.h5 is not built yet")


@pytest.fixture
def caffeine(tmp_path: Path) -> Path:
    """Scan synthesised from a reference of the starter."""
    reference = _checks.self_test_reference(_engine.open_engine(()))
    assert reference is not None
    spectrum = _checks.synthesised(reference)
    path = tmp_path / "scan.csv"
    table = np.column_stack([spectrum.axis, spectrum.intensity])
    np.savetxt(path, table, fmt="%.4f", delimiter=",", header="Raman shift (cm-1),Intensity", comments="")
    return path


def test_identify_with_the_starter(run: Callable[..., Any], caffeine: Path) -> None:
    ran = run("identify", str(caffeine), "--format", "json")
    record = json.loads(ran.out)
    assert ran.code == 0
    assert record["verdict"] != "no_match"
    assert "starter_library" in record["reasons"]
    assert run("identify", str(caffeine), "--format", "json").out == ran.out


def test_text_with_the_starter(run: Callable[..., Any], caffeine: Path) -> None:
    ran = run("identify", str(caffeine))
    assert (ran.code, ran.err) == (0, "")
    assert "Built-in starter library" in ran.out


def test_doctor_is_content(run: Callable[..., Any]) -> None:
    ran = run("doctor", "--warm")
    assert ran.code == 0, ran.out


def test_list_and_show_the_starter(run: Callable[..., Any]) -> None:
    assert run("library", "list").code == 0
    shown = run("library", "show", "starter")
    assert shown.code == 0
    assert "HINTS: grade E, unverified, never evidence" in shown.out


def test_a_broken_library_is_4(run: Callable[..., Any], caffeine: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"no library")
    ran = run("identify", str(caffeine), "-l", str(broken), "--format", "json")
    assert (ran.code, json.loads(ran.out)["error"], json.loads(ran.out)["file"]) == (
        4,
        "library",
        str(broken),
    )
