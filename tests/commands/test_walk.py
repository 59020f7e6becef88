"""The walk of docs/releasing.md, from files to a signed release, as it is written there."""

import dataclasses
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from libraries.engine import open_starter
from libraries.releases import _ed25519
from spectra.confidence import cases
from spectra.spectrum import Spectrum
from tests.commands.conftest import Ran

DOC = Path(__file__).parents[2] / "docs" / "releasing.md"
HEADING = "\n## From files to a release\n"


def walk() -> list[str]:
    """Commands of the walk, in their order."""
    section = DOC.read_text(encoding="utf-8").split(HEADING, 1)[1].split("\n## ", 1)[0]
    lines = section.split("```")[1].splitlines()
    return [line.split("#")[0].strip() for line in lines if line.strip()]


def write_scan(path: Path, spectrum: Spectrum, rng: np.random.Generator) -> None:
    values = 1000.0 * spectrum.intensity / spectrum.intensity.max() + rng.normal(0.0, 2.0, spectrum.n_points)
    rows = "\n".join(f"{x:.2f},{y:.4f}" for x, y in zip(spectrum.axis, values + 100.0, strict=True))
    path.write_text(f"Raman shift (cm-1),Intensity\n{rows}\n", encoding="utf-8")


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Ran]) -> Path:
    """References, labelled cases, archive and the library of last year, all drawn, none measured."""
    monkeypatch.setattr(_ed25519, "_KDF_ROUNDS", 1)
    monkeypatch.setattr(cases, "SINGLE_CASES", 200)
    monkeypatch.setattr(cases, "MIXTURE_CASES", 200)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONTRASPEC_TRUST", raising=False)
    monkeypatch.setenv("CONTRASPEC_PASSPHRASE", "correct horse battery")
    rng = np.random.default_rng(5)
    whole = [each for each in open_starter().references if each.label.grade == "C"]
    chosen = list({each.label.identity: each for each in whole}.values())[:12]
    rows, labels = ["file,substance,form,role"], ["file,substance"]
    for folder in ("references", "cases", "archive"):
        (tmp_path / folder).mkdir()
    for number, each in enumerate(chosen):
        file = f"{number:02d}.csv"
        write_scan(tmp_path / "references" / file, each.spectrum, rng)
        write_scan(tmp_path / "cases" / file, each.spectrum, rng)
        write_scan(tmp_path / "archive" / f"old-{file}", each.spectrum, rng)
        rows.append(f'{file},"{each.label.substance}","{each.label.form}",{each.label.role}')
        labels.append(f'{file},"{each.label.substance}"')
    Path("manifest.csv").write_text("\n".join(rows[:-1]), encoding="utf-8")
    built = run(
        "library",
        "build",
        "references",
        "--manifest",
        "manifest.csv",
        "-o",
        "mylab-2025.4.h5",
        "--no-calibrate",
    )
    assert built.code == 0, built.err
    Path("manifest.csv").write_text("\n".join(rows), encoding="utf-8")
    Path("cases.csv").write_text("\n".join(labels), encoding="utf-8")
    write_scan(tmp_path / "scan.csv", dataclasses.replace(chosen[-1].spectrum), rng)
    return tmp_path


def test_the_walk_can_be_walked(workplace: Path, run: Callable[..., Ran]) -> None:
    told: dict[str, Ran] = {}
    for line in walk():
        program, *arguments = shlex.split(line.replace("2027-12-31", "2099-12-31"))
        assert program == "contraspec"
        ran = run(*arguments)
        assert ran.code == 0, f"{line}: {ran.err}"
        told[line] = ran
    steps = [shlex.split(line)[2] for line in told if " library " in line]
    assert steps == [
        "build", "lint", "calibrate", "validate", "release", "verify", "diff", "release", "verify"
    ]  # fmt: skip
    said = {line.split(" -")[0]: ran.out for line, ran in told.items()}
    assert "signed by Anna de Vries and Ben Smit" in said["contraspec library verify mylab-2026.1.h5"]
    assert "added: " in said["contraspec library diff mylab-2025.4.h5 draft.h5"]
    summary = json.loads(Path("summary.json").read_text(encoding="utf-8"))
    assert summary["total"]["detection"]["n"] == 12
    assert "release 2026.1" in said["contraspec identify scan.csv"]
