"""The alarm and the events: an alert stays until it is acknowledged and a later result is without one."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from asyncua import ua
from asyncua.server.event_generator import EventGenerator

from .opcua_outputs import Reply, alarm_text, json_of
from .opcua_space import ALARM_NODE, DEVICE, PARAMETERS, STREAM, Space

_ALERT_SEVERITY: Final = 900
_CALM_SEVERITY: Final = 100
_STATES: Final = {
    "EnabledState": ("Enabled", "Disabled"),
    "ActiveState": ("Active", "Inactive"),
    "AckedState": ("Acknowledged", "Unacknowledged"),
}


class Alarm:
    """Condition of type ``SubstanceAlarmType`` and its events.

    Parameters
    ----------
    space : Space
        Where it is shown.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._active, self._acked, self._retained = False, True, False
        self._event_id = b""
        self._alarm: Any = None
        self._result: Any = None

    async def prepare(self) -> None:
        """Make the event objects; before the first client."""
        self._alarm = await self._event("SubstanceAlarmType")
        self._result = await self._event("ResultEventType")
        text = ua.LocalizedText
        base = ua.NodeId(ua.ObjectIds.BaseConditionClassType)
        for name, value in {
            "NodeId": self._space.nodes.id_of(ALARM_NODE),
            "ConditionName": "SubstanceAlarm",
            "ConditionClassId": base,
            "ConditionClassName": text("BaseConditionClassType"),
            "InputNode": self._space.nodes.id_of(f"{PARAMETERS}.Identification.Alert"),
            "Quality": ua.StatusCode(),
            "SuppressedOrShelved": False,
            "NormalState": ua.NodeId(),
            "Comment": text(""),
            "ClientUserId": "",
            "LastSeverity": _CALM_SEVERITY,
        }.items():
            setattr(self._alarm, name, value)
        await self._say({"SampleId": "", "Verdict": "", "Substances": [], "Message": text("")}, fire=False)
        self._space.server.iserver.isession.add_method_callback(
            self._space.nodes.id_of(f"{ALARM_NODE}.Acknowledge"), self.acknowledge
        )
        self._space.server.iserver.isession.add_method_callback(
            ua.NodeId(ua.ObjectIds.AcknowledgeableConditionType_Acknowledge), self.acknowledge
        )

    async def judge(self, reply: Reply, counter: int, at: datetime) -> None:
        """Take in a result: raise the alarm or let it go, and tell who listens to events.

        Parameters
        ----------
        reply : mapping
            ``result`` of the bridge.
        counter : int
            Its number.
        at : datetime
            When it came.
        """
        record = reply["result"]
        fields = {
            "SampleId": reply["id"],
            "Verdict": record["verdict"],
            "Substances": [each["name"] for each in record["substances"]],
            "Message": ua.LocalizedText(alarm_text(record, reply["id"])),
        }
        if record["alert"]:
            self._active, self._acked, self._event_id = True, False, uuid.uuid4().bytes
            await self._say(fields, at=at)
        elif self._active and record["verdict"] != "unusable":
            self._active, self._event_id = False, uuid.uuid4().bytes
            await self._say({}, at=at)
        await self._space.write(f"{PARAMETERS}.Alarm", self._retained, at=at)
        more = {
            "Alert": record["alert"],
            "Probability": record["probability"],
            "NextAction": record["next_action"],
            "Result": json_of(record),
            "AcquisitionCounter": counter,
            "EventId": uuid.uuid4().bytes,
            "Severity": _ALERT_SEVERITY if record["alert"] else _CALM_SEVERITY,
        }
        self._stamp(self._result, at)
        await self._fire(self._result, {**fields, **more})

    async def acknowledge(self, parent: ua.NodeId, *arguments: Any) -> Any:
        """Take note that somebody has seen the alarm: ``Acknowledge(EventId, Comment)``."""
        if parent != self._space.nodes.id_of(ALARM_NODE):
            return ua.StatusCode(ua.StatusCodes.BadNodeIdInvalid)
        values = [each.Value for each in arguments if isinstance(each, ua.Variant)]
        if len(values) != 2 or not isinstance(values[0], bytes):
            return ua.StatusCode(ua.StatusCodes.BadInvalidArgument)
        if not self._event_id or values[0] != self._event_id:
            return ua.StatusCode(ua.StatusCodes.BadEventIdUnknown)
        if self._acked:
            return ua.StatusCode(ua.StatusCodes.BadConditionBranchAlreadyAcked)
        comment = values[1] if isinstance(values[1], ua.LocalizedText) else ua.LocalizedText("")
        self._acked, self._event_id = True, uuid.uuid4().bytes
        await self._say({"Comment": ua.LocalizedText((comment.Text or "")[:1000])})
        await self._space.write(f"{PARAMETERS}.Alarm", self._retained)
        return []

    async def _say(self, fields: Mapping[str, Any], *, at: datetime | None = None, fire: bool = True) -> None:
        """Show how the alarm stands, in its nodes and as an event."""
        at = at or datetime.now(UTC)
        self._retained = self._active or not self._acked
        event, below = self._alarm, ALARM_NODE
        self._stamp(event, at)
        found = {
            **fields,
            "EventId": self._event_id,
            "Retain": self._retained,
            "Severity": _ALERT_SEVERITY if self._active else _CALM_SEVERITY,
        }
        states = {"EnabledState": True, "ActiveState": self._active, "AckedState": self._acked}
        for name, state in states.items():
            found[name] = ua.LocalizedText(_STATES[name][0 if state else 1])
            found[f"{name}/Id"] = state
        for name, value in found.items():
            setattr(event, name, value)
        shown = {
            name: getattr(event, name)
            for name in (
                *("EventType", "SourceNode", "SourceName", "Time", "ReceiveTime", "ConditionName", "Quality"),
                *("InputNode", "SuppressedOrShelved", "NormalState", "Comment", "ClientUserId", *found),
            )
        }
        for name, value in shown.items():
            await self._space.write(f"{below}.{name.replace('/', '.')}", value, at=at)
        if fire:
            await self._fire(event, {})

    async def _fire(self, event: Any, fields: Mapping[str, Any]) -> None:
        """Send an event to who listens at the device and, as is usual, at the server."""
        for name, value in fields.items():
            setattr(event, name, value)
        session = self._space.server.iserver.isession
        for node in (self._space.nodes.id_of(DEVICE), ua.NodeId(ua.ObjectIds.Server)):
            event.emitting_node = node
            await session.subscription_service.trigger_event(event)

    async def _event(self, type_: str) -> Any:
        server, nodes = self._space.server, self._space.nodes
        for emitter in (nodes.id_of(DEVICE), ua.NodeId(ua.ObjectIds.Server)):
            maker = EventGenerator(server.iserver.isession)
            await maker.init(nodes.id_of(type_), emitting_node=emitter)
        event = maker.event
        for path, (kind, _) in nodes.kinds.items():  # the types of empty values are not seen
            owner, _, name = path.rpartition(".")
            if owner == type_:
                event.data_types[name] = kind
        event.SourceNode, event.SourceName = nodes.id_of(STREAM), "Stream1"
        return event

    @staticmethod
    def _stamp(event: Any, at: datetime) -> None:
        event.Time, event.ReceiveTime = at, datetime.now(UTC)
