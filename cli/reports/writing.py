"""Where ``--report`` puts the page of each answer."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from spectra._atomic import write_atomically

from ..messages import message
from .chart import chart_of
from .content import Source, sheet_of
from .sheet import Sheet
from .svg import SANS, SERIF, svg_of

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.engine import Engine
    from libraries.explaining import Explanation
    from libraries.library import Library
    from spectra.spectrum import Spectrum

    from .._records import ResultRecord
    from .._replicates import ReadScan

SUFFIXES: Final = (".pdf", ".html", ".htm")
HEIGHT: Final = 185.0
"""Of the picture, points; a little less where letters are wider."""
HTML_HEIGHT: Final = 165.0


@dataclass
class Reporter:
    """Writes pages.

    Attributes
    ----------
    target : str
        File, or a folder that exists; where several answers come to one file, the later ones get a number.
    language : str
        Of all words.
    now : datetime or None
        When pages are made; the clock when None.
    """

    target: str
    language: str
    now: datetime.datetime | None = None
    _written: set[Path] = field(default_factory=set, repr=False)

    def write(
        self,
        record: "ResultRecord",
        scans: "Sequence[ReadScan]",
        *,
        asked: "Asked",
        engine: "Engine",
        n_in_file: int = 1,
    ) -> Path:
        """Write the page of one answer, whole or not at all.

        Parameters
        ----------
        record : ResultRecord
            As it was told, with what was kept of it.
        scans : sequence of ReadScan
            What it is the answer to.
        asked : Asked
            Settings.
        engine : Engine
            Who answered.
        n_in_file : int
            Spectra in the file.

        Raises
        ------
        ExtraError
            A package of the extra ``report`` is missing.
        WriteError
            A page that cannot be written.
        """
        path = self._path(record)
        page = self.page(str(path), record, scans, asked=asked, engine=engine, n_in_file=n_in_file)
        write_atomically(str(path), page)
        return path

    def page(
        self,
        path: str,
        record: "ResultRecord",
        scans: "Sequence[ReadScan]",
        *,
        asked: "Asked",
        engine: "Engine",
        n_in_file: int = 1,
    ) -> bytes:
        """Page of one answer, of the kind that the ending of a path says; nothing is written.

        Parameters and errors are those of ``write``.
        """
        made = self.now or datetime.datetime.now().astimezone()
        raw = [scan.raw or scan.spectrum for scan in scans]
        source = Source(record, raw, answering(record, engine), asked, n_in_file, made)
        pdf = path.lower().endswith(".pdf")
        sheet = self.sheet(source, [scan.spectrum for scan in scans], engine, font=SERIF if pdf else SANS)
        if pdf:
            from .pdf import pdf_of

            return pdf_of(sheet)
        from .html import html_of

        return html_of(sheet).encode("utf-8")

    def sheet(self, source: Source, spectra: "Sequence[Spectrum]", engine: "Engine", *, font: str) -> Sheet:
        """Page of one answer with its picture.

        Parameters
        ----------
        source : Source
            What it tells of.
        spectra : sequence of Spectrum
            As they were identified.
        engine : Engine
            Who answered.
        font : str
            Family of the picture's letters.
        """
        found, others = explained(source.record, spectra, engine)
        height = HEIGHT if font == SERIF else HTML_HEIGHT
        picture = svg_of(chart_of(found, self._say, others=others), height=height, font=font)
        caption = self._caption(source.record, found, several=bool(others))
        return sheet_of(source, language=self.language, picture=picture, caption=caption)

    def _say(self, key: str) -> str:
        return message(key, language=self.language)

    def _caption(self, record: "ResultRecord", found: "Explanation", *, several: bool) -> str:
        said = []
        if found.domain == "measured":
            said.append(self._say("caption.measured"))
        elif found.explained is None:
            said.append(self._say("caption.none"))
        else:
            percent = f"{max(0, int(100 * found.explained))}"
            said.append(message("caption.fit", {"percent": percent}, language=self.language))
            if record["verdict"] == "inconclusive":
                said.append(self._say("caption.candidate"))
            elif record["verdict"] == "group":
                said.append(self._say("caption.first"))
        if several:
            said.append(self._say("caption.mean"))
        return " ".join(said)

    def _path(self, record: "ResultRecord") -> Path:
        """File of this answer: never one that this run has written already."""
        target = Path(self.target)
        if target.is_dir():
            target = target / f"{Path(record['file']).name}.report.pdf"
        path, number = target, 1
        while path in self._written:
            number += 1
            path = target.with_name(f"{target.stem}-{number}{target.suffix}")
        self._written.add(path)
        return path


def explained(
    record: "ResultRecord", spectra: "Sequence[Spectrum]", engine: "Engine"
) -> "tuple[Explanation, tuple[Explanation, ...]]":
    """Curves of an answer, and those of the scans behind it where it is of several.

    Parameters
    ----------
    record : ResultRecord
        The answer.
    spectra : sequence of Spectrum
        As they were identified.
    engine : Engine
        Who answered.
    """
    from libraries.explaining import Claim, as_read, explain
    from libraries.replicates import MIN_USED, mean_spectrum

    claim = Claim(
        tuple(one["id"] for one in record["substances"]),
        "mixture_components" in record["reasons"],
        record["quality"]["axis_shift_cm1"],
        tuple(
            band
            for band in (*record["unexplained_bands_cm1"], *record["unexplained_bands_nm"])
            if band is not None
        ),
    )
    if record["verdict"] == "unusable":
        return as_read(spectra[0]), ()
    if "replicates" not in record:
        return explain(engine, spectra[0], claim), ()
    states = [scan["state"] for scan in record["replicates"]["scans"]]
    used = [each for each, state in zip(spectra, states, strict=True) if state == "used"]
    whole = mean_spectrum(used) if len(used) >= MIN_USED else (used or spectra)[0]
    shift = Claim(shift_cm1=claim.shift_cm1)
    return explain(engine, whole, claim), tuple(explain(engine, each, shift) for each in spectra)


def answering(record: "ResultRecord", engine: "Engine") -> "tuple[Library, ...]":
    """Libraries that the answer names, as the engine holds them."""
    asked = {library["sha256"] for library in record["provenance"]["library"]}
    held = engine.libraries_for(record["technique"])  # type: ignore[arg-type]
    return tuple(library for library in held if library.content_sha256 in asked)
