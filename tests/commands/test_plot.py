"""``contraspec plot``: what is drawn, in which kind of file, and what is refused."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.reports.chart import Band, Chart, Line
from cli.reports.svg import svg_of

EXAMPLES = Path(__file__).parents[2] / "examples"
MIXTURE = str(EXAMPLES / "synthetic_mixture_caffeine_paracetamol.csv")
CAFFEINE = str(EXAMPLES / "synthetic_caffeine.csv")
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_mixture_with_its_parts_and_the_next_candidates(run: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "p.svg"
    ran = run("plot", MIXTURE, "-o", str(out), "--top", "1", "--lang", "nl")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    words = texts(out.read_text(encoding="utf-8"))
    assert "caffeine (anhydrous)" in words
    assert "Ramanverschuiving (cm⁻¹)" in words
    assert "scan min fit" in words
    assert len([word for word in words if "HQI" in word]) == 1
    before = out.read_bytes()
    run("plot", MIXTURE, "-o", str(out), "--top", "1", "--lang", "nl")
    assert out.read_bytes() == before


def test_several_scans_are_drawn_over_each_other(run: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "p.html"
    assert run("plot", MIXTURE, CAFFEINE, "-o", str(out)).code == 0
    page = out.read_text(encoding="utf-8")
    assert "synthetic_caffeine.csv" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_png_is_a_png(run: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "p.PNG"
    assert run("plot", CAFFEINE, "-o", str(out)).code == 0
    assert out.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.usefixtures("scans")
def test_one_bad_file_does_not_stop_the_others(run: Callable[..., Any], tmp_path: Path) -> None:
    ran = run("plot", "match.csv", "empty.csv", "two.csv", "-o", "p.svg")
    assert ran.code == 3
    assert "empty.csv" in ran.err
    assert "two.csv (2)" in texts((tmp_path / "p.svg").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("scans")
def test_nothing_readable_nothing_written(run: Callable[..., Any], tmp_path: Path) -> None:
    assert run("plot", "empty.csv", "-o", "p.svg").code == 3
    assert not (tmp_path / "p.svg").exists()
    assert run("plot", CAFFEINE, "-l", "photo.jpg", "-o", "p.svg").code == 4
    assert run("plot", "match.csv", "-o", "p.gif").code == 2
    (tmp_path / "nm.csv").write_text(
        "Wavelength (nm),Absorbance\n" + "".join(f"{900 + n},{0.5 + n / 1e3}\n" for n in range(300))
    )
    assert run("plot", "match.csv", "nm.csv", "--technique", "nir", "-o", "p.svg").code in (2, 3)
    assert not (tmp_path / "p.svg").exists()


def drawn(chart: Chart) -> ET.Element:
    return ET.fromstring(svg_of(chart))


def test_gaps_stay_gaps_and_marks_have_shapes_of_their_own() -> None:
    axis = np.linspace(0.0, 10.0, 11)
    values = np.where((axis > 3) & (axis < 6), np.nan, axis / 10)
    bands = (Band(2.0, 0.2, True), Band(8.0, 0.8, False))
    root = drawn(
        Chart("x", "y", (Line("a", "query", axis, values),), bands=bands, explained="e", unexplained="u")
    )
    curves = [node.get("d", "") for node in root.iter(f"{SVG}path") if node.get("fill") == "none"]
    assert [curve.count("M") for curve in curves] == [2]
    assert "nan" not in ET.tostring(root, encoding="unicode")
    assert len(list(root.iter(f"{SVG}circle"))) == 2  # one in the legend
    assert {"2", "8"} <= {node.text for node in root.iter(f"{SVG}text")}


def test_many_points_are_thinned_and_no_peak_is_lost() -> None:
    axis = np.arange(200_000.0)
    values = np.zeros(axis.size)
    values[123_457] = 1.0
    svg = svg_of(Chart("x", "y", (Line("a", "query", axis, values),)))
    flat = svg_of(Chart("x", "y", (Line("a", "query", axis, np.where(values > 0, 0.0, values)),)))
    assert len(svg) < 100_000
    assert svg != flat


@pytest.mark.parametrize("values", [np.zeros(5), np.full(5, np.nan), np.full(5, 1e300)])
def test_a_line_without_shape_is_still_drawn(values: np.ndarray) -> None:
    root = drawn(Chart("x", "y", (Line('a <b> & "c"', "query", np.arange(5.0), values),)))
    assert 'a <b> & "c"' in [node.text for node in root.iter(f"{SVG}text")]
