"""``contraspec convert``: the copy reads like the original, or nothing is written."""

import json
from pathlib import Path

import numpy as np
import pytest

from spectra.io import read_spectra


@pytest.fixture(autouse=True)
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{200 + 3.5 * i},{100 + (i % 7)}" for i in range(60)]
    Path("scan.csv").write_text("\n".join(["Raman shift,Intensity", *rows, ""]))


@pytest.mark.parametrize(
    "arguments",
    [("out.jdx",), ("out.jdx", "--to", "jcamp_difdup"), ("out.csv",), ("out.nxs",), ("out", "--to", "csv")],
    ids=" ".join,
)
def test_the_copy_reads_like_the_original(run, arguments: tuple[str, ...]) -> None:
    ran = run("convert", "scan.csv", *arguments)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"contraspec: 1 spectrum written to {arguments[0]}\n"
    (first,), (second,) = read_spectra("scan.csv"), read_spectra(arguments[0])
    np.testing.assert_allclose(second.axis, first.axis, rtol=1e-12)
    np.testing.assert_array_equal(second.intensity, first.intensity)


def test_identify_says_the_same_of_the_copy(run) -> None:
    run("convert", "scan.csv", "copy.jdx")
    first, second = (
        json.loads(run("identify", name, "--format", "json").out) for name in ("scan.csv", "copy.jdx")
    )
    for key in ("verdict", "probability", "reasons", "hits"):
        assert first[key] == second[key]


@pytest.mark.parametrize(
    ("file", "out", "said"),
    [
        ("gone.csv", "out.csv", "gone.csv: does not exist"),
        ("scan.csv", "out.xyz", "ending '.xyz' is not written"),
        ("scan.csv", "no/folder/out.csv", "cannot be written"),
        ("notes.txt", "out.csv", "not a known spectrum file"),
    ],
)
def test_failures_write_nothing(run, file: str, out: str, said: str) -> None:
    Path("notes.txt").write_text("words and words\n")
    before = sorted(path.name for path in Path().iterdir())
    ran = run("convert", file, out)
    assert ran.code == 3
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert sorted(path.name for path in Path().iterdir()) == before
