"""``doctor``: what it checks, and that a broken environment is exit 5 with a remedy."""

import json
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cli import _checks, _engine
from cli._version import engine_version
from libraries.library import Library
from libraries.reference import Naming, make_reference
from spectra.confidence.identification import Identification
from spectra.errors import LibraryError
from spectra.matching.search import Hit
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum

ROOT = Path(__file__).parents[2]
NAMES = ["python", "packages", "dependencies", "kernel cache", "starter library", "self test"]


class TinyEngine:
    """Starter of one reference; says the name it is told to."""

    def __init__(self, says: str = "caffeine") -> None:
        axis = np.arange(200.0, 2000.0, 2.0)
        spectrum = Spectrum(axis, np.exp(-0.5 * ((axis - 555.0) / 5.0) ** 2))
        self.libraries = (Library("tiny", "raman", (make_reference(spectrum, Naming("caffeine")),)),)
        self.says = says

    def identify(self, spectrum: Spectrum) -> SimpleNamespace:
        quality = QualityReport(snr=9.0, saturated=False, fluorescence=0.0, n_spikes=0, noise=1.0)
        hits = (Hit(1, "x", self.says, 0.9, 0.9),)
        said = Identification("inconclusive", False, None, (), hits, (), (), "send_to_lab", quality)
        return SimpleNamespace(identification=said)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_engine, "open_engine", lambda paths: TinyEngine())


def checks(text: str) -> dict[str, dict[str, Any]]:
    return {record["check"]: record for record in map(json.loads, text.splitlines())}


@pytest.mark.usefixtures("engine")
def test_all_checks_pass_here(run: Callable[..., Any]) -> None:
    ran = run("doctor", "--format", "json")
    got = checks(ran.out)
    assert list(got) == NAMES
    assert all(record["ok"] for record in got.values()), got
    assert ran.code == 0
    assert got["self test"]["schema"] == "contraspec.check/1"


@pytest.mark.usefixtures("engine")
def test_warm_says_what_it_cost(run: Callable[..., Any]) -> None:
    assert "second scan" in checks(run("doctor", "--warm", "--format", "json").out)["warm"]["detail"]


@pytest.mark.usefixtures("engine")
def test_text_says_ok_or_fail_and_what_to_do(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_checks, "REQUIREMENTS", {"click": "999"})
    ran = run("doctor")
    assert ran.code == 5
    assert "ok    python: 3." in ran.out
    assert "FAIL  dependencies: click 8" in ran.out
    assert 'what to do: pip install "click>=999"' in ran.out


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("owners", [["spectra"], ["contraspec", "spectra"]])
def test_a_stranger_called_spectra_is_found(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, owners: list[str]
) -> None:
    monkeypatch.setattr(
        metadata, "packages_distributions", lambda: {"spectra": owners, "cli": ["contraspec"]}
    )
    ran = run("doctor", "--format", "json")
    record = checks(ran.out)["packages"]
    assert (ran.code, record["ok"]) == (5, False)
    assert "spectra also belongs to spectra" in record["detail"]


def test_a_broken_starter_fails_and_the_rest_is_still_checked(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_paths: object) -> None:
        raise LibraryError("starter.h5: is cut short")

    monkeypatch.setattr(_engine, "open_engine", fail)
    ran = run("doctor", "--format", "json")
    got = checks(ran.out)
    assert ran.code == 5
    assert list(got) == NAMES
    assert [name for name in NAMES if not got[name]["ok"]] == ["starter library", "self test"]


def test_a_wrong_answer_fails_the_self_test(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_engine, "open_engine", lambda paths: TinyEngine("sugar"))
    ran = run("doctor", "--format", "json")
    assert ran.code == 5
    assert "best hit sugar" in checks(ran.out)["self test"]["detail"]


def test_a_check_that_crashes_is_a_failed_check() -> None:
    def crash() -> _checks.Check:
        raise ZeroDivisionError("oh")

    check = _checks.run_guarded("x", crash)
    assert (check.ok, check.detail) == (False, "ZeroDivisionError: oh")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_version_is_that_of_the_project() -> None:
    assert engine_version() == project()["version"]


def test_the_requirements_are_those_of_the_project() -> None:
    assert sorted(project()["dependencies"]) == sorted(
        f"{name}>={old}" for name, old in _checks.REQUIREMENTS.items()
    )
