"""Records, and pages made of them without an engine."""

import datetime
import html
import io
import re
from typing import Any

import pypdf

from cli._inputs import ReadOptions, read_file, spectrum_of
from cli._records import ResultRecord, result_record
from cli.reports.content import Source, sheet_of
from cli.reports.sheet import Sheet
from libraries.casework.evidence import Asked
from tests.commands.conftest import FakeEngine, FakeLibrary

NOW = datetime.datetime(2026, 11, 22, 14, 5, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 185" width="520pt" height="185pt"></svg>'
LONG = (
    "1-(1,3-benzodioxol-5-yl)-2-(methylamino)butan-1-one_with_a_name_that_has_no_blank_to_break_at_anywhere"
)


def read(name: str) -> Any:
    return spectrum_of(read_file(f"{name}.csv", ReadOptions())[0], ReadOptions())


def record_of(name: str) -> ResultRecord:
    spectrum, engine = read(name), FakeEngine()
    return result_record(
        f"{name}.csv", 0, spectrum=spectrum, answer=engine.identify(spectrum), engine=engine, version="0.1.0"
    )


def sheet(record: ResultRecord, language: str = "en") -> Sheet:
    source = Source(record, [read("match")], [FakeLibrary()], Asked(), 1, NOW)
    return sheet_of(source, language=language, picture=PICTURE, caption="")


def crowded() -> ResultRecord:
    """As much as can come to stand on one page."""
    record = record_of("limits")
    one = {**record_of("mixture")["substances"][0], "name": LONG, "form": "hydrochloride monohydrate"}
    record["verdict"], record["alert"] = "mixture", True
    record["substances"] = [{**one, "id": f"x{number}"} for number in range(4)]
    record["reasons"] = [
        *("mixture_components", "unexplained_bands", "axis_offset", "fluorescent", "spikes"),
        *("starter_library", "library_draft", "library_expired", "hint"),
    ]
    record["hints"] = record_of("no_match")["hints"] * 3
    record["hits"] = [{"rank": n, "name": LONG, "id": f"h{n}", "hqi": 0.5, "score": 0.5} for n in range(1, 6)]
    record["warnings"] = ["a long remark of a reader about an axis with two steps " * 20] * 9
    record["override"] = {"text": "A second officer saw something else. " * 6, "by": "A. Janssens"}
    record["item"], record["subsample"] = "K-2026-000123", "3"
    return record


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1
    return " ".join(pages[0].extract_text().replace("\u200b", "").split())


def flat(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
