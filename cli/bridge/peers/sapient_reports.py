"""A result as a detection report, and as an alert where somebody has to act."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from spectra._extras import needs_extra

from ...messages import message
from .sapient_messages import CHEMICAL, UNKNOWN, location
from .stamps import new_ulid, utc_now

if TYPE_CHECKING:
    from .sapient_settings import SapientSettings

with needs_extra("sapient", "the messages of SAPIENT (package sapient-proto)"):
    from sapient_msg.bsi_flex_335_v2_0 import alert_pb2, detection_report_pb2

STATED: Final = ("match", "mixture", "group")
"""Verdicts that name something as found: these alone are classified."""

DANGERS: Final = ("possible_explosive", "explosive_precursor")
"""What must be said of an item before anything else, whether or not it is sure."""


def detection_report(
    settings: "SapientSettings", record: Mapping[str, Any], *, request_id: str, object_id: str,
    degraded: Sequence[str]
) -> Any:  # fmt: skip
    """Report what one scan gave; every result is reported, so that none is missed.

    Parameters
    ----------
    settings : SapientSettings
        Who reports.
    record : mapping
        ``contraspec.result/1``.
    request_id : str
        Of who asked.
    object_id : str
        ULID of the item.
    degraded : sequence of str
        What the answer left out.
    """
    terms, stated = detection_report_pb2.DetectionReport, record["verdict"] in STATED
    report = terms(
        report_id=new_ulid(),
        object_id=object_id,
        id=request_id,
        location=location(settings),
        object_info=[
            terms.TrackObjectInfo(type=kind, value=text)
            for kind, text in _said_of(record, request_id, degraded)
            if text
        ],
        classification=_classes(record),
    )
    if not stated:
        report.state = record["verdict"]
    elif record["probability"] is not None:
        report.detection_confidence = record["probability"]
    return report


def _classes(record: Mapping[str, Any]) -> list[Any]:
    """Every substance of a mixture; of a group one class with all it may be; of what is not known, that."""
    terms = detection_report_pb2.DetectionReport
    if record["verdict"] == "unusable":
        return []
    if record["verdict"] not in STATED:
        return [terms.DetectionReportClassification(type=UNKNOWN)]
    if record["verdict"] == "group":  # the probability is that of the group: no member has it for itself
        leaves = [_leaf(each, None) for each in record["substances"]]
        return [terms.DetectionReportClassification(type=CHEMICAL, sub_class=leaves)]
    return [
        terms.DetectionReportClassification(type=CHEMICAL, sub_class=[_leaf(each, each["probability"])])
        for each in record["substances"]
    ]


def _leaf(substance: Mapping[str, Any], probability: float | None) -> Any:
    terms = detection_report_pb2.DetectionReport
    leaf = terms.SubClass(type=substance["name"], level=2)
    if probability is not None:
        leaf.confidence = probability
    return terms.SubClass(type=substance["role"], level=1, sub_class=[leaf])


def _said_of(
    record: Mapping[str, Any], request_id: str, degraded: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Say the rest: names as in the registration."""
    provenance, technique = record["provenance"], record["technique"]
    yield "verdict", record["verdict"]
    yield "alert", "true" if record["alert"] else "false"
    yield "reasons", ", ".join(record["reasons"])
    yield "safety", ", ".join(record["safety"])
    yield "next_action", record["next_action"]
    yield "presumptive", presumptive(technique)
    for each in record["substances"]:
        if record["verdict"] not in STATED:
            yield "candidate", f"{each['name']} ({each['role']})"
        elif each["form"]:
            yield "form", f"{each['name']}: {each['form']}"
    yield "technique", technique
    yield "prior", "" if record["prior"] is None else f"{record['prior']:g}"
    yield "degraded", ", ".join(degraded)
    yield "answered", utc_now()
    yield "request", request_id
    for each in provenance["library"]:
        yield "library", ", ".join(each[key] for key in ("name", "sha256", "release") if each[key])
    yield "engine", provenance["engine"]


def presumptive(technique: str) -> str:
    """Say that one technique alone identifies nothing for good."""
    return message("line.presumptive", {"technique": message(f"technique.{technique}")})


def alert_for(settings: "SapientSettings", record: Mapping[str, Any], report: Any) -> Any | None:
    """Call for somebody: what must not be there, or may be, what may explode, or a scan that says nothing.

    Parameters
    ----------
    settings : SapientSettings
        Who calls.
    record : mapping
        ``contraspec.result/1``.
    report : DetectionReport
        Of the same result.

    Returns
    -------
    Alert or None
        None where nobody has to act at once.
    """
    terms, verdict = alert_pb2.Alert, record["verdict"]
    danger = any(code in DANGERS for code in record["safety"])
    if not (record["alert"] or danger or verdict == "unusable"):
        return None
    urgent = danger or verdict in STATED
    call = terms(
        alert_id=new_ulid(),
        alert_type=terms.ALERT_TYPE_CRITICAL if danger else terms.ALERT_TYPE_WARNING,
        status=terms.ALERT_STATUS_ACTIVE,
        description=" ".join(_description(record)),
        location=location(settings),
        priority=terms.DISCRETE_PRIORITY_HIGH if urgent else terms.DISCRETE_PRIORITY_MEDIUM,
        additional_information=presumptive(record["technique"]),
    )
    # of a group's members some may be harmless, and a danger may be a mere candidate
    if verdict in ("match", "mixture") and not danger and record["probability"] is not None:
        call.confidence = record["probability"]
    call.associated_detection.add(node_id=settings.node, object_id=report.object_id)
    return call


def _description(record: Mapping[str, Any]) -> Iterator[str]:
    names = ", ".join(f"{each['name']} ({each['role']})" for each in record["substances"])
    for code in record["safety"]:
        yield message(f"safety.{code}")
    if record["verdict"] == "unusable":
        yield f"The scan could not be judged ({', '.join(record['reasons'])}). It is no clear."
    elif record["verdict"] in STATED:
        yield f"{record['verdict']}: {names}."
    elif names:
        yield f"Not confirmed: {names}."
    yield f"Next: {record['next_action']}."
