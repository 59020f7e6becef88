"""A fake engine that answers by file name, and a way to run the real command line."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli import _engine
from cli.main import main
from spectra.confidence.identification import (
    DetectionLimit,
    Identification,
    NamedSubstance,
    PredictionSet,
)
from spectra.errors import LibraryError
from spectra.label import Label
from spectra.matching.hints import Hint, HintTable
from spectra.matching.search import Hit
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum
from tests.commands.bridge_lab import bridge, bridge_path, wanted
from tests.commands.browser_lab import browser
from tests.commands.workbench_lab import bench, serve, workbench_folder

__all__ = ["bench", "bridge", "bridge_path", "browser", "serve", "wanted", "workbench_folder"]

CAFFEINE = Label(
    id="a1", substance="caffeine", form="anhydrous", cas="58-08-2", role="cutting agent", grade="B"
)
COCAINE = Label(
    id="b2", substance="cocaine", form="hydrochloride", cas="53-21-4", role="controlled", grade="C"
)
PMK = Label(id="c3", substance="PMK", cas="4676-39-5", role="precursor", grade="B")
ALANINE = Label(id="d4", substance="β-alanine", cas="107-95-9", role="benign", grade="B")
POLYETHYLENE = Label(id="e5", substance="polyethylene", cas="9002-88-4", role="packaging", grade="D")
SULFATE = Label(id="f6", substance="sodium sulfate", cas="7757-82-6", role="benign", grade="B")
TATP = Label(id="h8", substance="TATP", cas="17088-37-8", role="unknown", grade="B")
AMPHETAMINE = Label(id="g7", substance="amphetamine", form="sulfate", role="controlled", grade="B")
FENTANYL = HintTable("fentanyl", "", "437-38-7", (1001.0, 1030.0, 1445.0, 1603.0), (True,) * 4, "recalled")

QUALITY = QualityReport(snr=210.04, saturated=False, fluorescence=0.123456789, n_spikes=0, noise=1.0)
BASE = Identification(
    verdict="no_match",
    alert=False,
    probability=None,
    substances=(),
    hits=(Hit(1, "a1", "caffeine", 0.42, 0.31), Hit(2, "b2", "cocaine", 0.2, 0.1)),
    hints=(),
    reasons=("no_candidate", "starter_library"),
    next_action="send_to_lab",
    quality=QUALITY,
)


COCAINE_BASE = replace(COCAINE, id="b4", form="base", cas="50-36-2")
LIMITS = (
    DetectionLimit(replace(COCAINE, id="b3"), 0.0412345678),
    DetectionLimit(COCAINE, 0.12),
    DetectionLimit(PMK, 0.0701),
    DetectionLimit(COCAINE_BASE, None),
    DetectionLimit(AMPHETAMINE, 0.31),
)
"""Cocaine hydrochloride twice: the worse of the two is what cannot be excluded."""


def _named(label: Label, probability: float | None, share: float | None, hqi: float) -> NamedSubstance:
    return NamedSubstance(label, probability, share, hqi)


ANSWERS: dict[str, Identification] = {
    "match": replace(
        BASE,
        verdict="match",
        probability=0.9912345678,
        substances=(_named(CAFFEINE, 0.9912345678, 1.0, 0.97312345),),
        hits=(Hit(1, "a1", "caffeine", 0.97312345, 0.968),),
        reasons=("starter_library",),
    ),
    "alert": replace(
        BASE,
        verdict="match",
        alert=True,
        probability=0.9999,
        substances=(_named(COCAINE, 0.9999, 1.0, 0.951),),
        reasons=("library_unsigned",),
    ),
    "precursor": replace(
        BASE,
        verdict="match",
        alert=True,
        probability=0.97,
        substances=(_named(PMK, 0.97, 1.0, 0.95),),
        reasons=(),
    ),
    "mixture": replace(
        BASE,
        verdict="mixture",
        alert=True,
        probability=0.93,
        substances=(
            replace(_named(COCAINE, 0.95, 0.64, 0.8), share_interval=(0.5512345678, 0.7189)),
            replace(_named(CAFFEINE, 0.94, 0.36, 0.6), share_interval=(0.28, 0.45)),
        ),
        unexplained_cm1=(1233.6, 1310.24),
        reasons=("mixture_components",),
    ),
    "group": replace(
        BASE,
        verdict="group",
        alert=True,
        probability=0.96,
        substances=(_named(COCAINE, 0.5, None, 0.8), _named(ALANINE, 0.46, None, 0.79)),
        reasons=("near_identical_members",),
    ),
    "class": replace(
        BASE,
        verdict="group",
        probability=0.9,
        substances=(_named(SULFATE, 0.9, None, 0.9),),
        reasons=("one_band_only",),
    ),
    "phenyl": replace(
        BASE,
        verdict="group",
        alert=True,
        probability=0.9,
        substances=(_named(AMPHETAMINE, 0.9, None, 0.9),),
        reasons=("phenyl_only",),
    ),
    "limits": replace(
        BASE,
        verdict="match",
        probability=0.97,
        substances=(_named(CAFFEINE, 0.97, 1.0, 0.973),),
        reasons=("unexplained_bands",),
        unexplained_cm1=tuple(300.0 + 10.0 * i for i in range(11)),
        prediction_set=PredictionSet(0.95, (CAFFEINE, ALANINE)),
        detection_limits=LIMITS,
    ),
    "inconclusive": replace(
        BASE,
        verdict="inconclusive",
        alert=True,
        probability=0.4,
        substances=(_named(COCAINE, 0.4, None, 0.7), _named(ALANINE, 0.004, None, 0.6)),
        reasons=("low_probability", "grade_d"),
        next_action="call_reach_back",
    ),
    "no_match": replace(
        BASE, hints=(Hint(FENTANYL, (1000.2, 1031.0, 1446.5, 1604.0)),), reasons=("no_candidate", "hint")
    ),
    "unusable": replace(
        BASE,
        verdict="unusable",
        hits=(),
        reasons=("too_weak", "fluorescent"),
        next_action="scan_again_longer",
        quality=replace(QUALITY, snr=math.nan, saturated=True, n_spikes=3, unusable=("too_weak",)),
    ),
    "explosive": replace(
        BASE,
        verdict="match",
        probability=0.97,
        substances=(_named(TATP, 0.97, 1.0, 0.96),),
        hints=(Hint(FENTANYL, (1000.2, 1031.0, 1446.5, 1604.0)),),
        reasons=("hint",),
        next_action="call_reach_back",
        safety=("possible_explosive",),
    ),
    "container": replace(
        BASE,
        verdict="match",
        probability=0.98,
        substances=(_named(POLYETHYLENE, 0.98, 1.0, 0.99),),
        reasons=("container_only",),
        next_action="move_spot",
    ),
}
SCENARIOS = tuple(ANSWERS)


@dataclass(frozen=True)
class FakeLibrary:
    name: str = "fake library"
    content_sha256: str = "ab" * 32
    release_name: str = "2025.1"
    technique: str = "raman"
    banner: str = "for tests only"
    labels: tuple[Label, ...] = (CAFFEINE, COCAINE, COCAINE_BASE, ALANINE)
    calibration: dict[str, Any] | None = None
    path: Path | None = None


@dataclass(frozen=True)
class FakeAnswer:
    identification: Identification
    coverage: float = 0.98765432
    axis_shift_cm1: float | None = 0.4
    libraries: tuple[FakeLibrary, ...] = (FakeLibrary(),)


class FakeEngine:
    """Says what the file's name asks for: ``group.csv`` gives the group; ``boom`` fails."""

    libraries = (FakeLibrary(),)

    def __init__(self, *, uses_starter: bool = True, prior: float = 0.5) -> None:
        self.uses_starter = uses_starter
        self.prior = prior

    def method_for(self, _technique: str) -> None:
        return None

    def libraries_for(self, _technique: str) -> tuple[FakeLibrary, ...]:
        return self.libraries

    def fingerprints_for(self, _technique: str) -> tuple[str, str]:
        return "pipe01", "conf01"

    def identify(self, spectrum: Spectrum) -> FakeAnswer:
        stem = Path(str(spectrum.metadata["source_file"])).stem
        if stem == "boom":
            raise RuntimeError("a bug")
        said = ANSWERS.get(stem, BASE)
        return FakeAnswer(said if said.verdict == "unusable" else replace(said, prior=self.prior))


def open_fake_engine(
    paths: Sequence[str],
    *,
    prior: float | None = None,
    watch: Sequence[str] = (),
    policy: str = "integrity",
    trust: str | None = None,
) -> FakeEngine:
    if policy == "signed" and trust is None:
        raise LibraryError("nobody has signed it")
    for path in paths:
        if "broken" in path:
            raise LibraryError(f"{path}: is cut short; copy it again")
    unknown = [name for name in watch if name not in {label.substance for label in FakeLibrary.labels}]
    if unknown:
        raise LibraryError(f"{unknown[0]}: the library holds no reference of it")
    return FakeEngine(uses_starter=not paths, prior=0.5 if prior is None else prior)


def scan_text(n_spectra: int = 1) -> str:
    """CSV of a made-up scan, several intensity columns for several spectra."""
    axis = np.arange(200.0, 2000.0, 2.0)
    bands = sum(np.exp(-0.5 * ((axis - centre) / 5.0) ** 2) for centre in (555.0, 740.0, 1328.0, 1600.0))
    columns = [1000.0 * bands + 100.0 + 5.0 * i + np.sin(axis) for i in range(n_spectra)]
    header = "Raman shift (cm-1)," + ",".join(f"Intensity {i + 1}" for i in range(n_spectra))
    rows = [",".join(f"{value:.4f}" for value in row) for row in zip(axis, *columns, strict=True)]
    return "\n".join([header, *rows]) + "\n"


@dataclass(frozen=True)
class Ran:
    """What a run of the command line left."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the real command line in this process."""

    def run_main(*args: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(args)
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Ran(left.value.code, captured.out, captured.err)

    return run_main


@pytest.fixture
def fake_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the fake engine in place of the real one."""
    monkeypatch.setattr(_engine, "open_engine", open_fake_engine)


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with one readable scan per scenario, made the working folder."""
    for name in (*SCENARIOS, "boom"):
        (tmp_path / f"{name}.csv").write_text(scan_text(), encoding="utf-8")
    (tmp_path / "two.csv").write_text(scan_text(2), encoding="utf-8")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "CONTRASPEC_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
