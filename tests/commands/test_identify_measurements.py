"""``identify`` over files of several spectra, damaged ones and peak lists."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("fake_engine")


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_damaged_spectrum_does_not_stop_the_others_of_its_file(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import spectra.io
    from spectra.errors import DamagedError

    read = spectra.io.read_measurements
    damaged = DamagedError("row 2 holds no number")
    monkeypatch.setattr(
        spectra.io,
        "read_measurements",
        lambda path, **said: (*read(path, **said), damaged, *read(path, **said)),
    )
    ran = run("identify", "match.csv", "--format", "json")
    first, second, third = records(ran.out)
    assert (first["verdict"], third["verdict"], third["index"]) == ("match", "match", 2)
    assert (second["schema"], second["error"], second["index"]) == ("contraspec.error/1", "damaged", 1)
    assert ran.code == 3


def test_a_peak_list_is_refused_with_the_reason(run: Callable[..., Any], scans: Path, tmp_path: Path) -> None:
    head = [
        "##TITLE=peaks",
        "##JCAMP-DX=4.24",
        "##DATA TYPE=RAMAN SPECTRUM",
        "##XUNITS=1/CM",
        "##YUNITS=COUNTS",
    ]
    body = ["##NPOINTS=3", "##PEAK TABLE=(XY..XY)", "620,10", "1001,100", "1031,40", "##END=", ""]
    (tmp_path / "peaks.jdx").write_text("\n".join([*head, *body]))
    shown = run("info", str(tmp_path / "peaks.jdx"), "--format", "json")
    (record,) = records(shown.out)
    assert (shown.code, record["peaks"], record["n_points"]) == (0, True, 3)
    ran = run("identify", str(tmp_path / "peaks.jdx"), "--format", "json")
    (error,) = records(ran.out)
    assert (ran.code, error["error"]) == (3, "unsupported")
    assert "list of peaks" in error["message"]
