"""A fake engine that answers by file name, and a way to run the real command line."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from cli import _engine
from cli.main import main
from spectra.confidence.identification import Identification, NamedSubstance
from spectra.errors import LibraryError
from spectra.label import Label
from spectra.matching.hints import Hint, HintTable
from spectra.matching.search import Hit
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum

CAFFEINE = Label(
    id="a1", substance="caffeine", form="anhydrous", cas="58-08-2", role="cutting agent", grade="B"
)
COCAINE = Label(
    id="b2", substance="cocaine", form="hydrochloride", cas="53-21-4", role="controlled", grade="C"
)
PMK = Label(id="c3", substance="PMK", cas="4676-39-5", role="precursor", grade="B")
ALANINE = Label(id="d4", substance="β-alanine", cas="107-95-9", role="benign", grade="B")
POLYETHYLENE = Label(id="e5", substance="polyethylene", cas="9002-88-4", role="packaging", grade="D")
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
        substances=(_named(COCAINE, 0.95, 0.64, 0.8), _named(CAFFEINE, 0.94, 0.36, 0.6)),
        reasons=("mixture_components",),
    ),
    "group": replace(
        BASE,
        verdict="group",
        alert=True,
        probability=0.96,
        substances=(_named(COCAINE, 0.5, None, 0.8), _named(ALANINE, 0.46, None, 0.79)),
        reasons=("near_identical_members",),
        next_action="use_second_technique",
    ),
    "inconclusive": replace(
        BASE,
        verdict="inconclusive",
        alert=True,
        probability=0.4,
        substances=(_named(COCAINE, 0.4, None, 0.7), _named(ALANINE, 0.004, None, 0.6)),
        reasons=("low_probability", "grade_d"),
        next_action="scan_again_longer",
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
    release: str = "2025.1"
    technique: str = "raman"
    banner: str = "for tests only"


@dataclass(frozen=True)
class FakeAnswer:
    identification: Identification
    coverage: float = 0.98765432
    axis_shift_cm1: float | None = 0.4
    libraries: tuple[FakeLibrary, ...] = (FakeLibrary(),)


class FakeEngine:
    """Says what the file's name asks for: ``group.csv`` gives the group; ``boom`` fails."""

    libraries = (FakeLibrary(),)
    pipeline_fingerprint = "pipe01"
    config_fingerprint = "conf01"

    def __init__(self, *, uses_starter: bool = True) -> None:
        self.uses_starter = uses_starter

    def identify(self, spectrum: Spectrum) -> FakeAnswer:
        stem = Path(str(spectrum.metadata["source_file"])).stem
        if stem == "boom":
            raise RuntimeError("a bug")
        return FakeAnswer(ANSWERS.get(stem, BASE))


def open_fake_engine(paths: Sequence[str]) -> FakeEngine:
    for path in paths:
        if "broken" in path:
            raise LibraryError(f"{path}: is cut short; copy it again")
    return FakeEngine(uses_starter=not paths)


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
