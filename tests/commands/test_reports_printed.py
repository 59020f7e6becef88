"""The HTML page in a real browser: it asks for nothing, and prints on one sheet of A4."""

import dataclasses
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pypdf
import pytest

from cli._inputs import ReadOptions, read_file, spectrum_of
from cli._records import result_record
from cli._replicates import ReadScan, replicated_record
from cli.messages import LANGUAGES
from cli.reports.html import html_of
from cli.reports.writing import Reporter
from libraries.casework.evidence import Asked
from libraries.engine import Engine
from spectra.spectrum import Spectrum
from tests.commands.conftest import SCENARIOS
from tests.commands.report_lab import NOW, crowded, record_of, sheet

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EXAMPLES = Path(__file__).parents[2] / "examples"
A4_POINTS = (595, 842)
Print = Callable[[str], pypdf.PdfReader]


@pytest.fixture(scope="module")
def printed(browser: "Browser") -> Iterator[Print]:
    """Print a page as its own style sheet says; it fails that asks for anything from anywhere."""
    asked: list[str] = []
    context = browser.new_context(offline=True, java_script_enabled=False)
    tab = context.new_page()
    tab.on("request", lambda request: asked.append(request.url))

    def print_page(page: str) -> pypdf.PdfReader:
        asked.clear()
        tab.set_content(page, wait_until="load")
        pdf = tab.pdf(prefer_css_page_size=True, print_background=True)
        assert asked == []
        return pypdf.PdfReader(io.BytesIO(pdf))

    yield print_page
    context.close()


def is_one_sheet(pdf: pypdf.PdfReader) -> bool:
    box = pdf.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == pytest.approx(A4_POINTS, abs=1)
    return len(pdf.pages) == 1


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_prints_on_one_sheet(printed: Print, language: str) -> None:
    pages = {name: html_of(sheet(record_of(name), language)) for name in SCENARIOS}
    assert [name for name, page in pages.items() if not is_one_sheet(printed(page))] == []


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_page_prints_on_one_sheet(printed: Print, language: str) -> None:
    assert is_one_sheet(printed(html_of(sheet(crowded(), language))))


@pytest.mark.usefixtures("scans")
def test_a_page_that_is_too_full_would_be_seen(printed: Print) -> None:
    page = html_of(sheet(record_of("match"))).replace("</body>", "<p>more</p>" * 60 + "</body>")
    assert not is_one_sheet(printed(page))


@pytest.mark.usefixtures("scans")
def test_a_page_that_asks_for_something_would_be_seen(printed: Print) -> None:
    page = html_of(sheet(record_of("match"))).replace("</body>", '<img src="http://127.0.0.1:9/x"></body>')
    with pytest.raises(AssertionError, match=r"127\.0\.0\.1"):
        printed(page)


def read(name: str) -> Spectrum:
    file = str(EXAMPLES / f"synthetic_{name}.csv")
    return spectrum_of(read_file(file, ReadOptions())[0], ReadOptions())


def stranger() -> Spectrum:
    """Scan of bands that nothing in the library has."""
    drawn = read("caffeine")
    bands = sum(
        np.exp(-(((drawn.axis - at) / 8.0) ** 2)) for at in (431.0, 702.0, 957.0, 1199.0, 1377.0, 1702.0)
    )
    noise = np.random.default_rng(3).normal(0.0, 4.0, drawn.n_points)
    return dataclasses.replace(drawn, intensity=1000.0 * bands + 200.0 + noise)


def real_page(kind: str, language: str) -> tuple[str, str]:
    """Verdict and page of the real engine on the starter library, with its picture."""
    engine = Engine.open()
    names = {"match": "caffeine", "alert": "amphetamine_sulfate", "mixture": "mixture_caffeine_paracetamol"}
    scan = stranger() if kind == "no_match" else read(names.get(kind, "caffeine"))
    scans = [ReadScan(f"{kind}.csv", 0, scan)]
    if kind == "replicates":
        for number in (1, 2, 3):
            noise = np.random.default_rng(number).normal(0.0, 3.0, scan.n_points)
            again = dataclasses.replace(scan, intensity=scan.intensity * (1 + 0.1 * number) + noise)
            scans.append(ReadScan(f"spot{number}.csv", 0, again))
        record = replicated_record(scans, n_unread=1, engine=engine)
    else:
        record = result_record(
            scans[0].file, 0, spectrum=scan, answer=engine.identify(scan), engine=engine, version="0.1.0"
        )
    asked = Asked(replicates=kind == "replicates")
    page = Reporter("page.html", language, NOW).page("page.html", record, scans, asked=asked, engine=engine)
    return ("alert" if record["alert"] else record["verdict"]), page.decode("utf-8")


@pytest.mark.parametrize(
    ("kind", "language", "verdict"),
    [
        ("match", "nl", "match"),
        ("alert", "de", "alert"),
        ("mixture", "fr", "mixture"),
        ("no_match", "de", "no_match"),
        ("replicates", "fr", "match"),
    ],
)
def test_pages_with_their_picture_print_on_one_sheet(
    printed: Print, kind: str, language: str, verdict: str
) -> None:
    found, page = real_page(kind, language)
    assert found == verdict
    assert page.count("<path") > 5
    assert is_one_sheet(printed(page))
