"""Several scans as one item: what machines get beside the answer, and what an officer reads of it."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

from ._instruments import consulted, note_standing
from ._records import result_record, rounded
from ._version import engine_version

if TYPE_CHECKING:
    from libraries.engine import Engine
    from libraries.instruments.standing import Standing
    from libraries.replicates import Replicates, Scan, ShareRange
    from spectra.spectrum import Spectrum

    from ._page import Page
    from ._records import ResultRecord


class ScanRecord(TypedDict):
    """One of the scans, and what it says alone."""

    file: str
    index: int
    state: str
    distance: float | None
    verdict: str
    alert: bool
    probability: float | None
    names: list[str]
    reasons: list[str]
    input_sha256: str | None


class ShareRangeRecord(TypedDict):
    """Shares of one substance over the scans."""

    name: str
    form: str
    id: str
    low: float | None
    high: float | None
    n: int


class ReplicatesRecord(TypedDict):
    """How many scans, how far they differ, which were left out."""

    agreement: str
    n_scans: int
    n_used: int
    n_unread: int
    threshold: float | None
    verdicts: dict[str, int]
    probability_range: list[float | None] | None
    shares: list[ShareRangeRecord]
    scans: list[ScanRecord]


@dataclass(frozen=True)
class ReadScan:
    """A scan that was read.

    Attributes
    ----------
    file : str
        As typed.
    index : int
        Which spectrum of it, from 0.
    spectrum : Spectrum
        What is identified.
    raw : Spectrum or None
        As it was read, where a correction made another of it.
    standing : Standing or None
        How its instrument stood, where checks of instruments were consulted.
    """

    file: str
    index: int
    spectrum: "Spectrum"
    raw: "Spectrum | None" = None
    standing: "Standing | None" = None


def replicated_record(scans: Sequence[ReadScan], *, n_unread: int, engine: "Engine") -> "ResultRecord":
    """Build the one ``contraspec.result/1`` record of several scans of one item.

    Parameters
    ----------
    scans : sequence of ReadScan
        At least one.
    n_unread : int
        Scans that could not be read: each has an error record of its own.
    engine : Engine
        Who identifies.

    Raises
    ------
    SpectrumError
        When they cannot be scans of one item.
    """
    from libraries.outliers import in_search_domain  # numpy comes with them
    from libraries.replicates import check_one_kind, judge_replicates

    spectra = [scan.spectrum for scan in scans]
    check_one_kind(spectra)
    found = judge_replicates(
        spectra,
        [engine.identify(spectrum) for spectrum in spectra],
        identify=engine.identify,
        prepare=in_search_domain,
    )
    record = result_record(
        scans[0].file,
        scans[0].index,
        spectrum=_standing_for(spectra),
        answer=consulted(found.answer, [scan.standing for scan in scans]),
        engine=engine,
        version=engine_version(),
    )
    record["replicates"] = replicates_record(scans, found, n_unread=n_unread)
    note_standing(record, [scan.standing for scan in scans])
    return record


def _standing_for(spectra: "Sequence[Spectrum]") -> "Spectrum":
    """First scan with the warnings of all: no file's hash is that of the whole."""
    first = spectra[0]
    metadata = {key: value for key, value in first.metadata.items() if key != "source_sha256"}
    warnings = tuple(dict.fromkeys(warning for spectrum in spectra for warning in spectrum.warnings))
    return dataclasses.replace(first, metadata=metadata, warnings=warnings)


def replicates_record(
    scans: Sequence[ReadScan], found: "Replicates", *, n_unread: int = 0
) -> ReplicatesRecord:
    """Build what stands under ``replicates``.

    Parameters
    ----------
    scans : sequence of ReadScan
        In the order in which they were judged.
    found : Replicates
        What came of it.
    n_unread : int
        Scans that could not be read: each has an error record of its own.
    """
    spread = found.probability
    return {
        "agreement": found.agreement,
        "n_scans": len(scans),
        "n_used": sum(scan.state == "used" for scan in found.scans),
        "n_unread": n_unread,
        "threshold": rounded(found.threshold),
        "verdicts": dict(found.verdicts),
        "probability_range": None if spread is None else [rounded(bound) for bound in spread],
        "shares": [_share(one) for one in found.shares],
        "scans": [_scan(read, judged) for read, judged in zip(scans, found.scans, strict=True)],
    }


def _share(one: "ShareRange") -> ShareRangeRecord:
    return {
        "name": one.label.substance,
        "form": one.label.form,
        "id": one.label.id,
        "low": rounded(one.low),
        "high": rounded(one.high),
        "n": one.n,
    }


def _scan(read: ReadScan, judged: "Scan") -> ScanRecord:
    said, digest = judged.said, read.spectrum.metadata.get("source_sha256")
    return {
        "file": read.file,
        "index": read.index,
        "state": judged.state,
        "distance": rounded(judged.distance),
        "verdict": said.verdict,
        "alert": bool(said.alert),
        "probability": rounded(said.probability),
        "names": list(dict.fromkeys(named.label.substance for named in said.substances)),
        "reasons": list(said.reasons),
        "input_sha256": None if digest is None else str(digest),
    }


_LEFT_OUT: Final = {
    "outlier": "line.left_out_outlier",
    "container": "line.left_out_container",
    "unusable": "line.left_out_unusable",
    "duplicate": "line.left_out_duplicate",
}


def render_replicates(record: ReplicatesRecord, page: "Page") -> list[str]:
    """Lines of how the scans differ: which were left out, and what each saw where they disagree.

    Parameters
    ----------
    record : ReplicatesRecord
        What machines get.
    page : Page
        Where it goes.
    """
    counts = {"count": record["n_scans"], "used": record["n_used"]}
    lines = [*page.heading("replicates"), *page.item(page.say("line.replicates_used", counts))]
    if record["n_unread"]:
        lines += page.item(page.say("line.replicates_unread", {"count": record["n_unread"]}))
    verdicts = ", ".join(f"{_word(verdict, page)} {n}" for verdict, n in record["verdicts"].items())
    lines += page.item(page.say("line.replicates_alone", {"verdicts": verdicts}))
    lines += _spread(record, page)
    for scan in record["scans"]:
        key = _LEFT_OUT.get(scan["state"])
        distance, threshold = scan["distance"] or 0.0, record["threshold"] or 0.0
        fields = {"scan": _name(scan, record), "distance": f"{distance:.0f}", "threshold": f"{threshold:.0f}"}
        lines += page.item(page.say(key, fields)) if key else []
    if record["agreement"] != "agree":
        for scan in record["scans"]:
            names = ", ".join(scan["names"]) or "-"
            fields = {"scan": _name(scan, record), "verdict": _word(scan["verdict"], page), "names": names}
            lines += page.item(page.say("line.replicate_saw", fields))
    return lines


def _spread(record: ReplicatesRecord, page: "Page") -> list[str]:
    lines = []
    low, high = record["probability_range"] or (None, None)
    if low is not None and high is not None:
        fields = {"low": _percent(low), "high": _percent(high)}
        lines += page.item(page.say("line.replicates_probability", fields))
    for one in record["shares"]:
        if len(record["shares"]) > 1 and one["low"] is not None and one["high"] is not None:
            shares = {"low": round(100 * one["low"]), "high": round(100 * one["high"]), "count": one["n"]}
            lines += page.item(page.say("line.replicates_share", {"name": one["name"], **shares}))
    return lines


def _percent(probability: float) -> int:
    """Whole percent, rounded down and never 100."""
    return min(int(probability * 100 + 1e-9), 99)


def _word(verdict: str, page: "Page") -> str:
    return page.say(f"verdict.{verdict}")


def _name(scan: ScanRecord, record: ReplicatesRecord) -> str:
    """File, and which spectrum of it where it holds several."""
    alone = sum(other["file"] == scan["file"] for other in record["scans"]) < 2
    return scan["file"] if alone else f"{scan['file']} ({scan['index'] + 1})"
