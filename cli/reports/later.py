"""A page that is made later, from an evidence file: the answer of then, with the log entry that names it."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from spectra._atomic import write_atomically
from spectra.errors import CaseError

from .writing import Reporter

if TYPE_CHECKING:
    from libraries.casework.evidence import Evidence
    from libraries.engine import Engine

    from .._evidence import KeptRecord
    from .._records import ResultRecord
    from .._replicates import ReadScan


def write_page(
    path: str,
    evidence: "Evidence",
    scans: "Sequence[ReadScan]",
    *,
    engine: "Engine",
    language: str,
    kept: "KeptRecord",
) -> None:
    """Write the page of an answer that an evidence file holds, whole or not at all.

    Parameters
    ----------
    path : str
        Its ending says which kind.
    evidence : Evidence
        Replayed: the page says what it says.
    scans : sequence of ReadScan
        Of the evidence.
    engine : Engine
        Over the libraries of then.
    language : str
        Of all words.
    kept : KeptRecord
        Where the answer was kept.

    Raises
    ------
    ExtraError
        A package of the extra ``report`` is missing.
    WriteError
        A page that cannot be written.
    """
    record = cast("ResultRecord", {**evidence.result, "kept": kept})
    page = Reporter(path, language).page(path, record, scans, asked=evidence.asked, engine=engine)
    write_atomically(path, page)


def kept_then(evidence: "Evidence", file: str, log: str | None) -> "KeptRecord":
    """Where an answer was kept: its evidence file, and the entry of the case log that names that file.

    Parameters
    ----------
    evidence : Evidence
        As read.
    file : str
        Where from.
    log : str or None
        Case log; None where there was none.

    Raises
    ------
    CaseError
        A log that was altered, or that has no entry of this evidence.
    """
    digest = evidence.sha256
    kept: KeptRecord = {
        "evidence": os.fspath(file), "evidence_sha256": digest, "log": log, "entry": None, "head": None,
    }  # fmt: skip
    if log is None:
        return kept
    from libraries.casework.log import read_log

    for entry in read_log(log):
        told = entry.details
        ours = entry.what == "result" and told.get("evidence_sha256") == digest
        if ours or (entry.what == "override" and told.get("entry") == kept["entry"] is not None):
            number = entry.number if ours else kept["entry"]
            kept = {**kept, "entry": number, "head": entry.sha256}
    if kept["entry"] is None:
        raise CaseError(f"{log}: has no entry of this evidence ({digest[:12]}): give the log it is in")
    return kept
