"""Pages of a batch or a watched folder: one to sign for each answer, or for each alert alone."""

import datetime
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

import click

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.engine import Engine
    from spectra.spectrum import Spectrum

    from .._evidence import KeptRecord
    from .._records import ResultRecord

PageForm = Literal["pdf", "html"]
ENDING: Final = ".report"
"""Before that of the form."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Pages:
    """Writes a page for each answer that gets one.

    Attributes
    ----------
    folder : str
        It gets the folders of the inputs.
    form : str
        ``pdf`` or ``html``.
    alerts_only : bool
        Whether only alerts get one.
    language : str
        Of all words.
    """

    folder: str
    form: PageForm = "pdf"
    alerts_only: bool = False
    language: str = "en"

    def wants(self, row: Mapping[str, Any]) -> bool:
        """Whether a row gets a page: one without a verdict never does."""
        return "verdict" in row and (bool(row["alert"]) or not self.alerts_only)

    def path(self, row: Mapping[str, Any]) -> str:
        """Where the page of a row goes: the same in every run."""
        return path_below(self.folder, str(row["file"]), int(row["index"]), f"{ENDING}.{self.form}")

    def page(
        self,
        row: Mapping[str, Any],
        kept: "KeptRecord",
        raw: "Spectrum",
        *,
        asked: "Asked",
        engine: "Engine",
        n_in_file: int,
    ) -> bytes:
        """Page of one answer.

        Parameters
        ----------
        row : mapping
            The answer.
        kept : KeptRecord
            Where it was kept.
        raw : Spectrum
            As read.
        asked : Asked
            Settings, with how the instrument stood.
        engine : Engine
            Who answered.
        n_in_file : int
            Spectra of the file.

        Raises
        ------
        ExtraError
            A package of the extra ``report`` is missing.
        WriteError
            A page that typst refuses.
        """
        from .._instruments import as_identified
        from .._replicates import ReadScan
        from ..reports.writing import Reporter

        path, record = self.path(row), cast("ResultRecord", {**row, "kept": kept})
        scan = ReadScan(str(row["file"]), int(row["index"]), as_identified([raw], asked)[0], raw)
        return Reporter(path, self.language).page(
            path, record, [scan], asked=asked, engine=engine, n_in_file=n_in_file
        )


def page_options(function: _Command) -> _Command:
    """``--report FOLDER``, ``--report-format`` and ``--report-only``, gathered into ``pages``."""

    @wraps(function)
    def gathered(*args: Any, **values: Any) -> Any:
        folder, form, only = (values.pop(name) for name in ("report", "report_format", "report_only"))
        if not folder and (form or only):
            raise click.UsageError("--report-format and --report-only need the folder: give --report too.")
        pages = Pages(folder, form or "pdf", only == "alert", values["language"]) if folder else None
        return function(*args, pages=pages, **values)

    for option in (
        click.option("--report-only", type=click.Choice(["alert"]), help="Pages for alerts only."),
        click.option(
            "--report-format",
            type=click.Choice(["pdf", "html"]),
            help="Kind of the pages. Default: pdf; html is made in a twentieth of the time.",
        ),
        click.option(
            "--report",
            metavar="FOLDER",
            help="Write a page to sign for each answer: FOLDER/<file>.report.pdf.",
        ),
    ):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]


def check_pages(pages: Pages | None) -> None:
    """Raise now rather than after an hour's work.

    Raises
    ------
    ExtraError
        When the extra ``report`` is not installed.
    """
    if pages is None:
        return
    from ..reports.pdf import check_typst
    from ..reports.sources import local_date

    local_date(datetime.date(2000, 1, 1), pages.language)  # takes Babel
    if pages.form == "pdf":
        check_typst()


def check_folders(evidence: str | None, pages: Pages | None, inputs: Sequence[str]) -> None:
    """Refuse folders that cannot take what is kept.

    Parameters
    ----------
    evidence : str or None
        That of ``--evidence``.
    pages : Pages or None
        With that of ``--report``.
    inputs : sequence of str
        As typed: in a folder that is read, what is kept would be taken for scans by the next run.

    Raises
    ------
    BatchError
        A file, or a folder that is read.
    """
    from spectra.errors import BatchError

    for option, folder in (("--evidence", evidence), ("--report", pages.folder if pages else None)):
        if not folder:
            continue
        if os.path.lexists(folder) and not os.path.isdir(folder):
            raise BatchError(f"{option} {folder}: is a file; here a folder is needed")
        real = os.path.realpath(folder)
        if any(os.path.isdir(each) and os.path.realpath(each) == real for each in inputs):
            raise BatchError(f"{option} {folder}: holds the scans; choose a folder of its own, below it too")


def path_below(folder: str, file: str, index: int, ending: str) -> str:
    """Where what is kept of one spectrum goes: always below the folder, the same in every run.

    Parameters
    ----------
    folder : str
        As typed.
    file : str
        What results call the scan's file.
    index : int
        Which spectrum of it.
    ending : str
        Of the name.
    """
    parts = [part for part in file.replace("\\", "/").replace(":", "_").split("/") if part not in ("", ".")]
    parts = ["__" if part == ".." else part for part in parts]
    number = f".{index}" if index else ""
    return os.path.join(folder, *parts) + f"{number}{ending}"
