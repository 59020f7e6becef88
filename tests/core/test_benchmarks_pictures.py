"""The documents' pictures: letters where a terminal puts them, the same each time, nothing of the machine."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.pictures.__main__ import main
from benchmarks.pictures.pages import PAGES
from benchmarks.pictures.screens import SCREENS, draw_screens, progress
from benchmarks.pictures.terminal import CELL, MARGIN, screen_svg

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_colours_bold_and_long_lines() -> None:
    svg = screen_svg(
        "\x1b[1m\x1b[37;41m<A&B>\x1b[0m plain\n\x1b[?25l0123456789abc", columns=12, title="a <b>"
    )
    assert words(svg) == ["<A&B>", " plain", "0123456789ab", "c"]
    first, second, *_ = ElementTree.fromstring(svg).iter(f"{SVG}text")
    assert (first.get("font-weight"), first.get("fill")) == ("bold", "#ffffff")
    assert (second.get("font-weight"), second.get("fill")) == (None, None)
    assert float(str(second.get("x"))) == pytest.approx(MARGIN + 5 * CELL, abs=0.1)
    assert [each.get("fill") for each in ElementTree.fromstring(svg).iter(f"{SVG}rect")][1:] == ["#e0524d"]


@pytest.mark.parametrize(("columns", "n"), [(80, 100), (50, 100), (50, 20_000), (60, 20_000)])
def test_the_line_of_progress_is_no_longer_than_the_terminal(columns: int, n: int) -> None:
    lines = [re.sub(r"\x1b\[[?0-9]*[a-z]", "", line) for line in progress(columns, n=n).splitlines()]
    assert all(len(line) < columns for line in lines)
    assert f"{n}/{n}" in lines[-1]
    assert "25.0 files/s" in lines[-1]


def test_every_picture_is_there_and_shown_in_the_documents() -> None:
    names = {f"screen-{screen.name}-{columns}.svg" for screen in SCREENS for columns in screen.widths}
    names |= {f"{name}.png" for name in PAGES}
    told = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    for name in names:
        assert (ROOT / "docs" / "figures" / name).is_file(), name
        assert f"figures/{name})" in told, name
    for path in (ROOT / "docs" / "figures").glob("screen-*.svg"):
        assert path.name in names
        assert not re.search(r"/tmp|/home|/root|/work|Users", path.read_text(encoding="utf-8"))


def test_screens_are_drawn_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.pictures import __main__ as pictures
    from benchmarks.pictures import scans, screens

    few = tuple(screen for screen in SCREENS if screen.name in ("no-match", "instrument-check"))
    monkeypatch.setattr(scans, "write_morning", lambda _: None)
    monkeypatch.setattr(screens, "SCREENS", few)
    monkeypatch.setattr(pictures, "draw_screens", draw_screens)
    drawn = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert main(["--only", "screens", "--out", str(tmp_path / name)]) == 0
        drawn.append({path.name: path.read_text("utf-8") for path in (tmp_path / name).iterdir()})
    assert drawn[0] == drawn[1]
    said = " ".join(words(drawn[0]["screen-no-match-50.svg"]))
    assert "this is NOT a clear" in said
    assert all(str(tmp_path) not in svg for svg in drawn[0].values())
    assert all(len(line) <= 50 for line in words(drawn[0]["screen-instrument-check-50.svg"]))
