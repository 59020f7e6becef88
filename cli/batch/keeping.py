"""Evidence, case log and pages of a batch: each answer kept exactly once, whenever the batch was killed.

One process keeps, file after file: evidence first, then the log, the page, and the journal. After a kill the
log may be one file ahead of the journal; what it has of that file is not logged again.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from spectra._atomic import write_atomically

from .._errors import Failure, failure_of, say_error
from .._evidence import Keeper
from .paging import path_below

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.casework.log import Entry
    from libraries.engine import Engine
    from spectra.spectrum import Spectrum

    from .._evidence import KeptRecord
    from .._question import Question
    from .._records import ResultRecord
    from .answering import Answered
    from .paging import Pages

_Key = tuple[object, ...]


@dataclass
class Kept:
    """Keeps what workers answered; does nothing where nobody asked for it.

    Attributes
    ----------
    engine : Engine
        Whose libraries evidence names.
    question : Question
        How files were asked.
    evidence : str or None
        Folder; it gets the folders of the inputs.
    log : str or None
        Case log.
    pages : Pages or None
        Writes pages to sign.
    codes : set of int
        Exit codes of pages that could not be made; the answers stand.
    """

    engine: "Engine"
    question: "Question"
    evidence: str | None = None
    log: str | None = None
    pages: "Pages | None" = None
    codes: set[int] = field(default_factory=set)
    _logged: "dict[_Key, Entry]" = field(default_factory=dict)

    def recall(self, last: int) -> None:
        """Note the entries of the log that stand after the last one that the journal tells of.

        Raises
        ------
        CaseError
            A log that was altered.
        """
        if not self.log or not os.path.exists(self.log):
            return
        from libraries.casework import log

        for entry in log.read_log(self.log):
            if entry.number > last and entry.what in ("result", "error"):
                self._logged[_key(entry.details, str(entry.details.get("result_sha256")))] = entry

    def keep(self, answered: "Answered") -> int:
        """Keep all rows of one file.

        Returns
        -------
        int
            Last entry of the log about it; 0 without a log.

        Raises
        ------
        CaseError, WriteError
            When evidence, log or a page cannot be written.
        """
        if not (self.evidence or self.log or self.pages):
            return 0
        last = 0
        spectra = answered.spectra or (None,) * len(answered.rows)
        for row, spectrum in zip(answered.rows, spectra, strict=True):
            kept = self._keep(row, spectrum)
            last = kept["entry"] or last
            if self.pages and spectrum is not None and self.pages.wants(row):
                self._write_page(self.pages, row, kept, spectrum, n_in_file=len(answered.rows))
        return last

    def _keep(self, row: Mapping[str, Any], spectrum: "Spectrum | None") -> "KeptRecord":
        """Keep one row, unless an earlier run that was killed has done so."""
        key = _key(row, _digest(row))
        if key in self._logged:
            return self._kept_before(row, self._logged.pop(key))
        if "verdict" not in row:
            return self._keep_failure(row)
        path = self._evidence_path(row)
        if path:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        keeper = Keeper(self.question.item, self.question.subsample, path, self.log, again=True)
        spectra = [] if spectrum is None else [spectrum]  # evidence alone needs it
        return keeper.keep(cast("ResultRecord", row), spectra, asked=self._asked(row), engine=self.engine)

    def _kept_before(self, row: Mapping[str, Any], entry: "Entry") -> "KeptRecord":
        digest = entry.details.get("evidence_sha256")
        path = self._evidence_path(row) if digest else None
        return _kept(evidence=path, digest=digest, log=self.log, entry=entry.number, head=entry.sha256)

    def _evidence_path(self, row: Mapping[str, Any]) -> str | None:
        if not self.evidence:
            return None
        return evidence_path(self.evidence, str(row["file"]), int(row.get("index", 0)))

    def _keep_failure(self, row: Mapping[str, Any]) -> "KeptRecord":
        from libraries.casework import log

        failure = Failure(str(row["file"]), row["error"], str(row["message"]), row.get("index"))
        Keeper(self.question.item, self.question.subsample, None, self.log).keep_failure(failure)
        head = log.read_head(self.log) if self.log else None
        return _kept(log=self.log, entry=head.number if head else None, head=head.sha256 if head else None)

    def _write_page(
        self,
        pages: "Pages",
        row: Mapping[str, Any],
        kept: "KeptRecord",
        spectrum: "Spectrum",
        *,
        n_in_file: int,
    ) -> None:
        """Write the page of one answer; one that cannot be made is told, and ends nothing."""
        asked, path = self._asked(row), pages.path(row)
        try:
            page = pages.page(row, kept, spectrum, asked=asked, engine=self.engine, n_in_file=n_in_file)
        except Exception as error:  # noqa: BLE001  # the answer stands without it
            failure = failure_of(path, error)
            self.codes.add(failure.exit_code)
            say_error(failure)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_atomically(path, page)

    def _asked(self, row: Mapping[str, Any]) -> "Asked":
        from libraries.casework.evidence import Asked

        asked, check = self.question, row.get("instrument_check")
        return Asked(
            asked.prior,
            asked.watch,
            asked.policy,
            asked.axis_offset_cm1,
            instrument_checks=(check,) if check else (),
        )


def _kept(
    *,
    evidence: str | None = None,
    digest: str | None = None,
    log: str | None = None,
    entry: int | None = None,
    head: str | None = None,
) -> "KeptRecord":
    return {"evidence": evidence, "evidence_sha256": digest, "log": log, "entry": entry, "head": head}


def evidence_path(folder: str, file: str, index: int) -> str:
    """Where the evidence of one spectrum goes.

    Parameters
    ----------
    folder : str
        That of ``--evidence``.
    file : str
        What results call the scan's file.
    index : int
        Which spectrum of it.
    """
    return path_below(folder, file, index, ".evidence.json")


def _key(told: Mapping[str, Any], digest: str) -> _Key:
    """Tell one kept row from another."""
    return told["file"], told.get("index"), digest if "verdict" in told else told.get("error")


def _digest(row: Mapping[str, Any]) -> str:
    from libraries.canonical import sha256_of

    return sha256_of(row) if "verdict" in row else ""
