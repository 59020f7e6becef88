"""What this node says in SAPIENT (BSI Flex 335 v2.0): who it is, how it is, what it found.

A confidence is a calibrated probability or absent; no score stands in its place.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from spectra._extras import needs_extra
from spectra.label import ROLES

from ..._version import DISTRIBUTION, engine_version
from .stamps import new_ulid

if TYPE_CHECKING:
    from .sapient_settings import SapientSettings

with needs_extra("sapient", "the messages of SAPIENT (package sapient-proto)"):
    from sapient_msg.bsi_flex_335_v2_0 import location_pb2, registration_pb2, status_report_pb2
    from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

ICD_VERSION: Final = "BSI Flex 335 v2.0"
MODE: Final = "identify"
REQUESTS: Final = {"registration": "registration", "status": "status_report"}
"""What a task may request, and the kind of message it then gets."""

CHEMICAL: Final = "Chemical"
UNKNOWN: Final = "Unknown"
TECHNIQUES: Final = {"raman": "Raman spectroscopy", "nir": "near infrared spectroscopy"}
INFO: Final = {
    "verdict": "match, mixture, group, inconclusive, no_match or unusable; none of them clears an item",
    "alert": "true or false",
    "reasons": "codes",
    "safety": "codes, to be heeded before the next action",
    "next_action": "code",
    "presumptive": "text",
    "candidate": "name (role), not confirmed",
    "form": "text",
    "technique": "raman or nir",
    "prior": "probability",
    "degraded": "codes",
    "answered": "ISO 8601, UTC",
    "request": "text",
    "library": "name, SHA-256, release",
    "engine": "version",
}
"""What is said of an object beside its classification, and in what terms."""

_SETTLE_S: Final = 0.0
_LATENCY_S: Final = 5.0


def envelope(settings: "SapientSettings", destination: str = "", **content: Any) -> Any:
    """Wrap what is said: one of registration, status_report, detection_report, alert, task_ack, error.

    Parameters
    ----------
    settings : SapientSettings
        Who says it.
    destination : str
        UUID of the node it is for; empty where that is not known.
    **content : message
        What is said.
    """
    message = SapientMessage(node_id=settings.node, **content)
    message.timestamp.GetCurrentTime()
    if destination:
        message.destination_id = destination
    return message


def registration(
    settings: "SapientSettings", libraries: Sequence[Mapping[str, str]], techniques: Sequence[str]
) -> Any:
    """Say what this node is and can do.

    Parameters
    ----------
    settings : SapientSettings
        Who it is.
    libraries : sequence of mapping
        Name, hash and release of each library in use.
    techniques : sequence of str
        ``raman``, ``nir``.
    """
    terms, area = registration_pb2.Registration, _location_type()
    known = [
        terms.Capability(
            category=CHEMICAL, type="Reference library", value=_library(each), units="name, SHA-256"
        )
        for each in libraries
    ]
    return terms(
        node_definition=[
            terms.NodeDefinition(
                node_type=terms.NODE_TYPE_CHEMICAL, node_sub_type=[TECHNIQUES.get(t, t) for t in techniques]
            )
        ],
        icd_version=ICD_VERSION,
        name=settings.name,
        short_name=settings.name[:20],
        capabilities=[
            terms.Capability(
                category=CHEMICAL,
                type="Presumptive identification of substances",
                value=", ".join(TECHNIQUES.get(t, t) for t in techniques),
            ),
            *known,
        ],
        status_definition=terms.StatusDefinition(
            status_interval=_seconds(settings.interval_s), location_definition=area
        ),
        mode_definition=[_mode(area)],
        config_data=[
            terms.ConfigurationData(
                manufacturer=DISTRIBUTION, model=DISTRIBUTION, software_version=engine_version()
            )
        ],
    )


def _mode(area: Any) -> Any:
    terms = registration_pb2.Registration
    return terms.ModeDefinition(
        mode_name=MODE,
        mode_type=terms.MODE_TYPE_DEFAULT,
        mode_description="Each scan that the instrument hands over is identified.",
        settle_time=_seconds(_SETTLE_S),
        maximum_latency=_seconds(_LATENCY_S),
        scan_type=terms.SCAN_TYPE_FIXED,
        tracking_type=terms.TRACKING_TYPE_NONE,
        detection_definition=[
            terms.DetectionDefinition(
                location_type=area,
                detection_report=[
                    terms.DetectionReport(
                        category=terms.DETECTION_REPORT_CATEGORY_OBJECT, type=kind, units=units
                    )
                    for kind, units in INFO.items()
                ],
                detection_class_definition=[
                    terms.DetectionClassDefinition(
                        class_definition=[
                            terms.ClassDefinition(
                                type=CHEMICAL,
                                units="probability",
                                sub_class=[
                                    terms.SubClass(type=role, level=1, units="probability") for role in ROLES
                                ],
                            ),
                            terms.ClassDefinition(type=UNKNOWN),
                        ]
                    )
                ],
            )
        ],
        task=terms.TaskDefinition(
            concurrent_tasks=1,
            region_definition=terms.RegionDefinition(
                region_type=[terms.REGION_TYPE_AREA_OF_INTEREST], region_area=[area]
            ),
            command=[
                terms.Command(
                    units=", ".join(each.capitalize() for each in REQUESTS),
                    completion_time=_seconds(_LATENCY_S),
                    type=terms.COMMAND_TYPE_REQUEST,
                )
            ],
        ),
    )


def location(settings: "SapientSettings") -> Any:
    """Where this node and its items are: x is the longitude, y the latitude."""
    place = location_pb2.Location(
        x=settings.longitude_deg,
        y=settings.latitude_deg,
        coordinate_system=location_pb2.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M,
        datum=location_pb2.LOCATION_DATUM_WGS84_E,
    )
    if settings.altitude_m is not None:
        place.z = settings.altitude_m
    return place


def status_report(
    settings: "SapientSettings",
    health: Mapping[str, Any],
    *,
    given_up: int,
    is_new: bool,
    goodbye: bool = False,
) -> Any:
    """Say how this node is.

    Parameters
    ----------
    settings : SapientSettings
        Who it is.
    health : mapping
        The bridge's own.
    given_up : int
        Reports that could not be kept while the other node was away.
    is_new : bool
        Whether it is other than the last report.
    goodbye : bool
        Whether it is the last.
    """
    terms = status_report_pb2.StatusReport
    worries = []
    if health["status"] != "ok":
        worries.append((terms.STATUS_TYPE_INTERNAL_FAULT, f"{health['status']}: {health['message']}"[:500]))
    if given_up:
        worries.append((terms.STATUS_TYPE_OTHER, f"{given_up} reports were given up while no node took them"))
    system = terms.SYSTEM_WARNING if worries else terms.SYSTEM_OK
    return terms(
        report_id=new_ulid(),
        system=terms.SYSTEM_GOODBYE if goodbye else system,
        info=terms.INFO_NEW if is_new else terms.INFO_UNCHANGED,
        mode=MODE,
        node_location=location(settings),
        status=[
            terms.Status(status_level=terms.STATUS_LEVEL_WARNING_STATUS, status_value=text, status_type=kind)
            for kind, text in worries
        ],
    )


def _library(record: Mapping[str, str]) -> str:
    return ", ".join(record[key] for key in ("name", "sha256", "release") if record[key])


def _seconds(value: float) -> Any:
    terms = registration_pb2.Registration
    return terms.Duration(units=terms.TIME_UNITS_SECONDS, value=value)


def _location_type() -> Any:
    return registration_pb2.Registration.LocationType(
        location_units=location_pb2.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M,
        location_datum=location_pb2.LOCATION_DATUM_WGS84_E,
    )
