"""What a reply of the bridge becomes in OPC UA; plain values in, plain values out."""

from collections.abc import Mapping
from typing import Any, Final

NORMAL: Final = 0
WARNING: Final = 4
ALARM: Final = 32

GOOD: Final = 1
BAD: Final = 2
PARTIAL: Final = 4

_MODEL: Final = "Identification"
_STATED: Final = ("match", "mixture")

Reply = Mapping[str, Any]


def alarm_state(record: Mapping[str, Any]) -> int:
    """``AlarmState`` of a result; normal is what was stated without a reservation, and never clears an item.

    Parameters
    ----------
    record : mapping
        ``contraspec.result/1``.
    """
    if record["alert"]:
        return ALARM
    reserved = record["verdict"] not in _STATED or record["hints"] or "container_only" in record["reasons"]
    return WARNING if reserved else NORMAL


def values_of(reply: Reply) -> dict[str, Any]:
    """Values of the stream's parameters by path, in the order to write them; None where there is none.

    Parameters
    ----------
    reply : mapping
        ``result`` of the bridge.
    """
    record = reply["result"]
    provenance, libraries = record["provenance"], record["provenance"]["library"]
    return {
        **_model_values(record),
        "Result": json_of(record),
        "LastError": "",
        "SampleId": reply["id"],
        "JudgedTechnique": record["technique"],
        "Degraded": list(reply["degraded"]),
        "ElapsedMs": reply["elapsed_ms"],
        "OverrunMs": reply["overrun_ms"],
        "EngineVersion": provenance["engine"],
        "LibraryNames": [each["name"] for each in libraries],
        "LibraryFingerprints": [each["sha256"] for each in libraries],
        "LibraryReleases": [each["release"] for each in libraries],
        "PipelineFingerprint": provenance["pipeline"],
        "ConfigFingerprint": provenance["config"],
        "AcquisitionResultStatus": _result_status(record, reply),
    }


def _model_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the model says; of a spectrum that must not be judged only what says so."""
    judged, quality = record["verdict"] != "unusable", record["quality"]
    said = {
        "Verdict": record["verdict"],
        "Alert": record["alert"] if judged else None,
        "Probability": record["probability"] if judged else None,
        "Substances": [each["name"] for each in record["substances"]] if judged else None,
        "SubstanceIds": [each["id"] for each in record["substances"]] if judged else None,
        "Reasons": list(record["reasons"]),
        "NextAction": record["next_action"],
        "SignalToNoise": quality["snr"],
        "Saturated": quality["saturated"],
        "Coverage": quality["coverage"],
    }
    found: dict[str, Any] = {}
    for name, value in said.items():
        found[f"{_MODEL}.{name}.AlarmState"] = alarm_state(record) if judged else WARNING
        found[f"{_MODEL}.{name}"] = value
    return found


def _result_status(record: Mapping[str, Any], reply: Reply) -> int:
    if record["verdict"] == "unusable":
        return BAD
    return PARTIAL if reply["degraded"] else GOOD


def json_of(record: Mapping[str, Any]) -> str:
    """One line of JSON, as the command line writes it."""
    from ..._records import json_line

    return json_line(record)


def alarm_text(record: Mapping[str, Any], sample: str) -> str:
    """Message of an alarm.

    Parameters
    ----------
    record : mapping
        ``contraspec.result/1``.
    sample : str
        Which item.
    """
    names = ", ".join(each["name"] for each in record["substances"])
    return f"{sample}: {record['verdict']}: {names}"
