"""The records that machines read: one JSON object per line."""

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NotRequired, TypedDict

from ._errors import Failure
from ._settings import settings_fingerprint
from .messages import message

if TYPE_CHECKING:
    from libraries.engine import Answer, Engine
    from libraries.library import Library
    from spectra.confidence.identification import DetectionLimit, NamedSubstance, PredictionSet
    from spectra.matching.hints import Hint
    from spectra.matching.search import Hit
    from spectra.spectrum import Spectrum

    from ._evidence import KeptRecord, OverrideRecord
    from ._instruments import InstrumentRecord
    from ._replicates import ReplicatesRecord

RESULT_SCHEMA: Final = "contraspec.result/1"
ERROR_SCHEMA: Final = "contraspec.error/1"
SIGNIFICANT_DIGITS: Final = 6


class SubstanceRecord(TypedDict):
    """One named substance."""

    name: str
    form: str
    id: str
    cas: str
    role: str
    probability: float | None
    share: float | None
    share_interval: list[float | None] | None
    hqi: float | None
    grade: str


class PredictionSetRecord(TypedDict):
    """Substances among which the truth is at a stated rate, if the library holds it."""

    level: float | None
    names: list[str]
    ids: list[str]


class LimitRecord(TypedDict):
    """What the spectrum cannot exclude of one reference; no share: it would be missed at any."""

    name: str
    form: str
    id: str
    cas: str
    role: str
    share: float | None
    level: float | None


class HitRecord(TypedDict):
    """One ranked candidate."""

    rank: int
    name: str
    id: str
    hqi: float | None
    score: float | None


class HintRecord(TypedDict):
    """One unverified band agreement; never evidence."""

    name: str
    form: str
    bands_cm1: list[float | None]
    found_cm1: list[float | None]
    message: str


class QualityRecord(TypedDict):
    """What the quality gate measured."""

    snr: float | None
    saturated: bool
    coverage: float | None
    axis_shift_cm1: float | None
    fluorescence: float | None
    n_spikes: int


class LibraryRecord(TypedDict):
    """Which library spoke."""

    name: str
    sha256: str
    release: str


class CalibrationRecord(TypedDict):
    """What a library's probabilities rest on, as stored with it."""

    method: str | None
    n_references: int | None
    n_substances: int | None
    n_simulated: int | None
    n_measured: int | None
    n_replicates: int | None
    threshold: float | None
    mixture_threshold: float | None
    prior: float | None


class _SettingsRecord(TypedDict):
    settings: NotRequired[str]


class ProvenanceRecord(TypedDict):
    """What it takes to get the same answer again."""

    input_sha256: str | None
    library: list[LibraryRecord]
    calibration: list[CalibrationRecord | None]
    engine: str
    pipeline: str
    config: str
    settings: NotRequired[str]


class ResultRecord(TypedDict):
    """``contraspec.result/1``: the answer to one spectrum, or to several scans of one item."""

    schema: str
    file: str
    index: int
    verdict: str
    alert: bool
    probability: float | None
    prior: float | None
    substances: list[SubstanceRecord]
    unexplained_bands_cm1: list[float | None]
    unexplained_bands_nm: list[float | None]
    proven: bool | None
    prediction_set: PredictionSetRecord | None
    detection_limits: list[LimitRecord]
    hits: list[HitRecord]
    hints: list[HintRecord]
    reasons: list[str]
    next_action: str
    quality: QualityRecord
    provenance: ProvenanceRecord
    warnings: list[str]
    technique: str
    safety: list[str]
    replicates: "NotRequired[ReplicatesRecord]"
    item: NotRequired[str]
    subsample: NotRequired[str]
    kept: "NotRequired[KeptRecord]"
    override: "NotRequired[OverrideRecord]"
    instrument_check: "NotRequired[InstrumentRecord]"


class ErrorRecord(TypedDict):
    """``contraspec.error/1``: an input that gave no answer."""

    schema: str
    file: str
    error: str
    message: str
    index: NotRequired[int]


def rounded(value: float | None) -> float | None:
    """Round to six significant digits; NaN and infinity become None."""
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        return None
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}") + 0.0  # + 0.0 turns -0.0 into 0.0


def result_record(
    file: str, index: int, *, spectrum: "Spectrum", answer: "Answer", engine: "Engine", version: str
) -> ResultRecord:
    """Build the ``contraspec.result/1`` record of one spectrum.

    Parameters
    ----------
    file : str
        As typed.
    index : int
        Which spectrum of the file, from 0.
    spectrum : Spectrum
        What was read.
    answer : Answer
        What the engine said.
    engine : Engine
        Who said it.
    version : str
        Of contraspec.

    Returns
    -------
    ResultRecord
        Plain values in the order of the contract.
    """
    from spectra.confidence.actions import safety_of  # whoever answered has loaded it

    said = answer.identification
    quality = said.quality
    digest = spectrum.metadata.get("source_sha256")
    pipeline, config = engine.fingerprints_for(spectrum.technique)
    return {
        "schema": RESULT_SCHEMA,
        "file": file,
        "index": index,
        "verdict": said.verdict,
        "alert": bool(said.alert),
        "probability": rounded(said.probability),
        "prior": rounded(said.prior),
        "substances": [_substance(named) for named in said.substances],
        "unexplained_bands_cm1": [rounded(band) for band in said.unexplained_cm1],
        "unexplained_bands_nm": [rounded(band) for band in said.unexplained_nm],
        "proven": said.proven,
        "prediction_set": _prediction_set(said.prediction_set),
        "detection_limits": [_limit(limit) for limit in said.detection_limits],
        "hits": [_hit(hit) for hit in said.hits],
        "hints": [_hint(hint) for hint in said.hints],
        "reasons": list(said.reasons),
        "next_action": said.next_action,
        "quality": {
            "snr": rounded(quality.snr),
            "saturated": bool(quality.saturated),
            "coverage": rounded(answer.coverage),
            "axis_shift_cm1": rounded(answer.axis_shift_cm1),
            "fluorescence": rounded(quality.fluorescence),
            "n_spikes": int(quality.n_spikes),
        },
        "provenance": {
            "input_sha256": None if digest is None else str(digest),
            "library": [library_record(library) for library in answer.libraries],
            "calibration": [_calibration(library.calibration) for library in answer.libraries],
            "engine": version,
            "pipeline": pipeline,
            "config": config,
            **_settings(),
        },
        "warnings": [*spectrum.warnings, *_banners(answer.libraries, engine.uses_starter)],
        "technique": spectrum.technique,
        "safety": list(safety_of(said.safety, said.next_action, (spectrum.technique,))),
    }


def _settings() -> _SettingsRecord:
    """Fingerprint of the configuration file; nothing where there is none."""
    fingerprint = settings_fingerprint()
    return {"settings": fingerprint} if fingerprint else {}


def _banners(libraries: "Sequence[Library]", uses_starter: bool) -> list[str]:
    """Collect what libraries want said with every result; the starter alone has a reason for that."""
    if uses_starter and len(libraries) == 1:
        return []
    return [f"library {library.name}: {library.banner}" for library in libraries if library.banner]


def _substance(named: "NamedSubstance") -> SubstanceRecord:
    label, interval = named.label, named.share_interval
    return {
        "name": label.substance,
        "form": label.form,
        "id": label.id,
        "cas": label.cas,
        "role": label.role,
        "probability": rounded(named.probability),
        "share": rounded(named.share),
        "share_interval": None if interval is None else [rounded(bound) for bound in interval],
        "hqi": rounded(named.hqi),
        "grade": label.grade,
    }


def _prediction_set(found: "PredictionSet | None") -> PredictionSetRecord | None:
    if found is None:
        return None
    return {
        "level": rounded(found.level),
        "names": [label.substance for label in found.labels],
        "ids": [label.id for label in found.labels],
    }


def _limit(limit: "DetectionLimit") -> LimitRecord:
    label = limit.label
    return {
        "name": label.substance,
        "form": label.form,
        "id": label.id,
        "cas": label.cas,
        "role": label.role,
        "share": rounded(limit.share),
        "level": rounded(limit.level),
    }


def _hit(hit: "Hit") -> HitRecord:
    return {
        "rank": int(hit.rank),
        "name": hit.name,
        "id": hit.reference_id,
        "hqi": rounded(hit.hqi),
        "score": rounded(hit.score),
    }


def _hint(hint: "Hint") -> HintRecord:
    return {
        "name": hint.table.substance,
        "form": hint.table.form,
        "bands_cm1": [rounded(band) for band in hint.table.bands_cm1],
        "found_cm1": [rounded(band) for band in hint.found_cm1],
        "message": message("line.hint", {"name": hint.table.substance}),
    }


def library_record(library: "Library") -> LibraryRecord:
    """Name, hash and release of a library."""
    return {"name": library.name, "sha256": library.content_sha256, "release": library.release_name}


def _calibration(stored: dict[str, Any] | None) -> CalibrationRecord | None:
    if stored is None:
        return None
    return {
        "method": stored.get("method"),
        "n_references": stored.get("n_references"),
        "n_substances": stored.get("n_substances"),
        "n_simulated": stored.get("n_simulated"),
        "n_measured": stored.get("n_measured"),
        "n_replicates": stored.get("n_replicates"),
        "threshold": rounded(stored.get("threshold")),
        "mixture_threshold": rounded(stored.get("mixture_threshold")),
        "prior": rounded(stored.get("prior")),
    }


def error_record(failure: Failure) -> ErrorRecord:
    """Build the ``contraspec.error/1`` record of an input that gave no answer."""
    record: ErrorRecord = {
        "schema": ERROR_SCHEMA,
        "file": failure.file,
        "error": failure.error,
        "message": failure.message,
    }
    if failure.index is not None:
        record["index"] = failure.index
    return record


def json_line(record: object) -> str:
    """One line of ASCII JSON; a NaN in the record is a bug and raises."""
    return json.dumps(record, ensure_ascii=True, allow_nan=False)
