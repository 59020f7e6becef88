"""Pages to sign and the plot, as PNG: real answers to made-up scans, made at a fixed time."""

import contextlib
import datetime
import io
from contextlib import redirect_stderr
from pathlib import Path
from typing import Final

from cli._inputs import ReadOptions, read_file, spectrum_of
from cli._records import result_record
from cli._replicates import ReadScan, replicated_record
from cli._version import engine_version
from cli.commands.plot import command as plotted
from cli.reports.content import Source
from cli.reports.pdf import page_png
from cli.reports.svg import SERIF
from cli.reports.writing import Reporter, answering
from libraries.casework.evidence import Asked
from libraries.engine import Engine
from spectra.spectrum import Spectrum

MADE: Final = datetime.datetime(2026, 11, 22, 14, 5, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
PAGES: Final = {
    "report-alert-de": ("alert", "de", "K12"),
    "report-mixture-en": ("mixture", "en", "K7"),
    "report-no-match-fr": ("no-match", "fr", "K9"),
    "report-replicates-nl": ("spots", "nl", "K13"),
}
"""Name of the picture: what was scanned, language, item."""


def draw_pages(scans: Path, out: Path) -> list[Path]:
    """Write the page of each answer.

    Returns
    -------
    list of Path
        What was written.
    """
    engine, written = Engine.open(), []
    for name, (kind, language, item) in PAGES.items():
        files = [f"spot{number}.csv" for number in range(1, 6)] if kind == "spots" else [f"{kind}.csv"]
        read = [ReadScan(file, 0, _read(scans / file)) for file in files]
        path = out / f"{name}.png"
        path.write_bytes(_small(_page(read, engine, language, item)))
        written.append(path)
    plot = out / "report-plot.png"
    with redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        plotted.main([str(scans / "mixture.csv"), "-o", str(plot), "--lang", "en"])
    plot.write_bytes(_small(plot.read_bytes()))
    return [*written, plot]


def _read(path: Path) -> Spectrum:
    return spectrum_of(read_file(str(path), ReadOptions())[0], ReadOptions())


def _page(scans: list[ReadScan], engine: Engine, language: str, item: str) -> bytes:
    """One page of A4 as PNG."""
    scan = scans[0].spectrum
    if len(scans) > 1:
        record = replicated_record(scans, n_unread=0, engine=engine)
    else:
        record = result_record(
            scans[0].file,
            0,
            spectrum=scan,
            answer=engine.identify(scan),
            engine=engine,
            version=engine_version(),
        )
    record["item"], record["subsample"] = item, "1"
    asked = Asked(replicates=len(scans) > 1)
    spectra = [each.spectrum for each in scans]
    source = Source(record, spectra, answering(record, engine), asked, 1, MADE)
    sheet = Reporter("page.pdf", language, MADE).sheet(source, spectra, engine, font=SERIF)
    (page,) = page_png(sheet)
    return page


def _small(png: bytes) -> bytes:
    """Turn a picture into the same one with 64 colours, a third of the bytes."""
    from PIL import Image

    made = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(64).save(made, "PNG", optimize=True)
    return made.getvalue()
