"""Evidence and case log of a batch: each answer kept exactly once, whenever the batch was killed.

One process keeps, file after file: evidence first, then the log, then the journal. After a kill the log may
be one file ahead of the journal; what it has of that file is not logged again.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from .._errors import Failure
from .._evidence import Keeper

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.engine import Engine

    from .._records import ResultRecord
    from .answering import Answered, Question

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
    """

    engine: "Engine"
    question: "Question"
    evidence: str | None = None
    log: str | None = None
    _logged: dict[_Key, int] = field(default_factory=dict)

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
                self._logged[_key(entry.details, str(entry.details.get("result_sha256")))] = entry.number

    def keep(self, answered: "Answered") -> int:
        """Keep all rows of one file.

        Returns
        -------
        int
            Last entry of the log about it; 0 without a log.

        Raises
        ------
        CaseError, WriteError
            When evidence or log cannot be written.
        """
        if not (self.evidence or self.log):
            return 0
        entry = 0
        spectra = answered.spectra or (None,) * len(answered.rows)
        for row, spectrum in zip(answered.rows, spectra, strict=True):
            key = _key(row, _digest(row))
            if key in self._logged:
                entry = self._logged.pop(key)
            elif "verdict" not in row:
                entry = self._keep_failure(row)
            else:
                keeper = self._keeper(row)
                record = cast("ResultRecord", row)
                spectra_kept = [] if spectrum is None else [spectrum]  # evidence alone needs it
                kept = keeper.keep(record, spectra_kept, asked=self._asked(row), engine=self.engine)
                entry = kept["entry"] or 0
        return entry

    def _keeper(self, row: Mapping[str, Any]) -> Keeper:
        path = None
        if self.evidence:
            path = evidence_path(self.evidence, str(row["file"]), int(row.get("index", 0)))
            os.makedirs(os.path.dirname(path), exist_ok=True)
        return Keeper(self.question.item, self.question.subsample, path, self.log, again=True)

    def _keep_failure(self, row: Mapping[str, Any]) -> int:
        from libraries.casework import log

        failure = Failure(str(row["file"]), row["error"], str(row["message"]), row.get("index"))
        Keeper(self.question.item, self.question.subsample, None, self.log).keep_failure(failure)
        head = log.read_head(self.log) if self.log else None
        return head.number if head else 0

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


def evidence_path(folder: str, file: str, index: int) -> str:
    """Where the evidence of one spectrum goes: always below the folder, the same in every run.

    Parameters
    ----------
    folder : str
        That of ``--evidence``.
    file : str
        What results call the scan's file.
    index : int
        Which spectrum of it.
    """
    parts = [part for part in file.replace("\\", "/").replace(":", "_").split("/") if part not in ("", ".")]
    parts = ["__" if part == ".." else part for part in parts]
    number = f".{index}" if index else ""
    return os.path.join(folder, *parts) + f"{number}.evidence.json"


def _key(told: Mapping[str, Any], digest: str) -> _Key:
    """Tell one kept row from another."""
    return told["file"], told.get("index"), digest if "verdict" in told else told.get("error")


def _digest(row: Mapping[str, Any]) -> str:
    from libraries.canonical import sha256_of

    return sha256_of(row) if "verdict" in row else ""
