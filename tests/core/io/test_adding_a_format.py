"""The reader of docs/adding-a-format.md works as the page says: one file, one line, one sample."""

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from spectra.errors import DamagedError
from spectra.io import FORMATS, read_spectra_from_bytes, reading
from spectra.io.formats import Entry
from tests.core.io.samples import N, axis, band

PAGE = Path(__file__).parents[3] / "docs" / "adding-a-format.md"


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    module = ModuleType("spectra.io.text.acme")
    exec(compile(code, str(PAGE), "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    line = re.search(r"`(Entry\(.*?\))`", PAGE.read_text(encoding="utf-8"))
    assert line is not None
    monkeypatch.setattr(reading, "FORMATS", (eval(line[1], {"Entry": Entry}), *FORMATS))
    return module


def text(n_stated: int = N) -> str:
    head = ["ACME SPECTRUM", "model: Box 3", "laser: 785 nm", "exposure ms: 250", f"points: {n_stated}"]
    return "\n".join([*head, *(f"{x:.1f} {y:.2f}" for x, y in zip(axis(), band(axis()), strict=True)), ""])


def test_it_reads(acme: ModuleType) -> None:
    (spectrum,) = read_spectra_from_bytes(text().encode(), "scan.txt")
    np.testing.assert_allclose(spectrum.intensity, band(axis()))
    wanted = {"format": "acme_txt", "instrument": "Box 3", "laser_wavelength_nm": 785.0, "quantity": "counts"}
    assert {key: spectrum.metadata[key] for key in wanted} == wanted
    assert spectrum.metadata["integration_time_s"] == 0.25


def test_it_refuses_a_wrong_count(acme: ModuleType) -> None:
    with pytest.raises(DamagedError, match="60 rows, the header promises 61"):
        read_spectra_from_bytes(text(61).encode(), "scan.txt")
