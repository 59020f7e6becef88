"""What ``--evidence`` and ``--log`` keep of each answer, and ``--item`` says of it."""

import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import click

from ._engine import STARTER
from ._errors import Failure

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.engine import Engine
    from spectra.spectrum import Spectrum

    from ._records import ResultRecord


class KeptRecord(TypedDict):
    """Where an answer was kept: its evidence file, and the log's entry that names it."""

    evidence: str | None
    evidence_sha256: str | None
    log: str | None
    entry: int | None
    head: str | None


class OverrideRecord(TypedDict):
    """What a person decided beside the answer; it never changes the verdict."""

    text: str
    by: str


@dataclass
class Keeper:
    """Keeps answers; does nothing where nobody asked for it.

    Attributes
    ----------
    item, subsample : str
        As the officer called what was scanned.
    evidence : str or None
        File, or folder that is there, for the evidence; where several answers come to one file, the
        later ones get a number.
    log : str or None
        Case log.
    override : OverrideRecord or None
        What a person decided beside the answers.
    again : bool
        Whether evidence of an earlier run is replaced, as one that goes on after a kill has to.
    """

    item: str = ""
    subsample: str = ""
    evidence: str | None = None
    log: str | None = None
    override: OverrideRecord | None = None
    again: bool = False
    _written: set[Path] = field(default_factory=set, repr=False)

    @property
    def active(self) -> bool:
        """Whether anything is kept."""
        return bool(self.evidence or self.log)

    def name(self, record: "ResultRecord") -> None:
        """Note item, subsample and override in a record, where they were given."""
        if self.item:
            record["item"] = self.item
        if self.subsample:
            record["subsample"] = self.subsample
        if self.override is not None:
            record["override"] = self.override

    def keep(
        self, record: "ResultRecord", spectra: "Sequence[Spectrum]", *, asked: "Asked", engine: "Engine"
    ) -> KeptRecord:
        """Write evidence and log entry of one answer.

        Parameters
        ----------
        record : ResultRecord
            As it is told, ``name`` called.
        spectra : sequence of Spectrum
            As read, before any correction.
        asked : Asked
            Settings.
        engine : Engine
            Who answered.

        Raises
        ------
        CaseError
            A log that was altered or cannot be written.
        WriteError
            An evidence file that cannot be written.
        """
        from libraries.canonical import sha256_of
        from libraries.casework import log

        kept: KeptRecord = {
            "evidence": None, "evidence_sha256": None, "log": self.log, "entry": None, "head": None,
        }  # fmt: skip
        if self.evidence:
            path = self._evidence_path(record)
            kept["evidence"] = str(path)
            kept["evidence_sha256"] = self._write_evidence(path, record, spectra, asked=asked, engine=engine)
        if self.log:
            digest = kept["evidence_sha256"]
            details = {**_told(record), "result_sha256": sha256_of(record), "evidence_sha256": digest}
            entry = log.append(self.log, "result", details)
            if self.override is not None:
                told = {"file": record["file"], "index": record["index"], "entry": entry.number}
                entry = log.append(self.log, "override", {**told, **self.override})
            kept["entry"], kept["head"] = entry.number, entry.sha256
        return kept

    def keep_failure(self, failure: Failure) -> None:
        """Note in the log that an input gave no answer.

        Raises
        ------
        CaseError
            A log that was altered or cannot be written.
        """
        if not self.log:
            return
        from libraries.casework import log

        told = {"file": failure.file, "index": failure.index, "error": failure.error, "item": self.item}
        log.append(self.log, "error", {**told, "subsample": self.subsample, "message": failure.message})

    def _write_evidence(
        self,
        path: Path,
        record: "ResultRecord",
        spectra: "Sequence[Spectrum]",
        *,
        asked: "Asked",
        engine: "Engine",
    ) -> str:
        from libraries.casework import log
        from libraries.casework.evidence import Evidence, Item, UsedLibrary, write_evidence

        head = log.read_head(self.log) if self.log else None
        used = [
            UsedLibrary(library.name, library.content_sha256, _path_of(library.path))
            for library in engine.libraries_for(spectra[0].technique)
        ]
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        evidence = Evidence(
            created=now,
            item=Item(self.item, self.subsample),
            spectra=tuple(spectra),
            asked=asked,
            libraries=tuple(used),
            result=record,
            log_head=head.sha256 if head else "",
        )
        return write_evidence(evidence, path)

    def _evidence_path(self, record: "ResultRecord") -> Path:
        """File of this answer: never one that this run has written already."""
        target = Path(self.evidence or "")
        if target.is_dir():
            target = target / f"{Path(record['file']).name}.evidence.json"
        path, number = target, 1
        while path in self._written:
            number += 1
            path = target.with_name(f"{target.stem}-{number}{target.suffix}")
        self._written.add(path)
        if path.exists() and not self.again:
            from spectra.errors import CaseError

            raise CaseError(f"{path}: stands there already, and evidence replaces no file: name another one")
        return path


def check_evidence_target(evidence: str | None) -> None:
    """Refuse what is neither a folder that is there nor the name of a file: nobody would find the evidence.

    Parameters
    ----------
    evidence : str or None
        As typed.

    Raises
    ------
    click.BadParameter
        For a folder that is not there, and for a name without an ending, which looks like one.
    """
    if not evidence or os.path.isdir(evidence):
        return
    if evidence.endswith(tuple(filter(None, (os.sep, os.altsep, "/")))) or not Path(evidence).suffix:
        raise click.BadParameter(
            f"{evidence}: there is no such folder. Make it first, or name a file such as K12-3.json.",
            param_hint="--evidence",
        )


def _told(record: "ResultRecord") -> dict[str, Any]:
    """Tell what the log says of an answer."""
    return {
        "item": record.get("item", ""),
        "subsample": record.get("subsample", ""),
        "file": record["file"],
        "index": record["index"],
        "technique": record["technique"],
        "verdict": record["verdict"],
        "alert": record["alert"],
        "probability": record["probability"],
        "substances": [
            {"name": one["name"], "form": one["form"], "role": one["role"]} for one in record["substances"]
        ],
        "reasons": list(record["reasons"]),
        "input_sha256": record["provenance"]["input_sha256"],
        "libraries": [library["sha256"] for library in record["provenance"]["library"]],
        "engine": record["provenance"]["engine"],
        "config": record["provenance"]["config"],
    }


def _path_of(path: "os.PathLike[str] | None") -> str:
    """Path that opens a library again; a built-in one by its name, wherever it is installed."""
    if path is None:
        return ""
    from libraries.starter.tables import FOLDER

    return STARTER if Path(path).parent == FOLDER else os.path.abspath(path)
