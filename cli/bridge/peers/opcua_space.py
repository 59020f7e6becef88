"""The address space of one analyser: built once, then written to; every value has a status and a time."""

import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from asyncua import Server, ua

from ..._version import engine_version
from .opcua_model import ALARM, NAMESPACE, OUTPUTS
from .opcua_nodes import Nodes
from .opcua_shapes import Member

DEVICE: Final = "DeviceSet.contraspec"
CHANNEL: Final = f"{DEVICE}.Channel1"
STREAM: Final = f"{CHANNEL}.Stream1"
PARAMETERS: Final = f"{STREAM}.ParameterSet"
MODEL: Final = f"{PARAMETERS}.Identification"
ALARM_NODE: Final = f"{STREAM}.SubstanceAlarm"
WAITING: Final = "BadWaitingForInitialData"
NOTHING: Final = "BadNoData"


class Space:
    """Writes the values of an analyser.

    Parameters
    ----------
    server : Server
        Whose address space it is.
    nodes : Nodes
        What was built in it.
    """

    def __init__(self, server: Server, nodes: Nodes) -> None:
        self.server, self.nodes = server, nodes

    async def write(
        self, path: str, value: Any, *, at: datetime | None = None, status: str = NOTHING
    ) -> None:
        """Write a value; None becomes a status without a value.

        Parameters
        ----------
        path : str
            Of the variable.
        value : object
            Of its data type, or None.
        at : datetime, optional
            When it came to be; now by default.
        status : str
            Name of the status code that goes with None.
        """
        kind, is_list = self.nodes.kinds[path]
        empty = value is None
        said = ua.DataValue(
            ua.Variant(None) if empty else ua.Variant(value, kind, is_array=is_list),
            StatusCode=ua.StatusCode(getattr(ua.StatusCodes, status if empty else "Good")),
            SourceTimestamp=at or datetime.now(UTC),
            ServerTimestamp=datetime.now(UTC),
        )
        written = await self.server.iserver.aspace.write_attribute_value(
            self.nodes.id_of(path), ua.AttributeIds.Value, said
        )
        written.check()

    async def write_all(self, below: str, values: Mapping[str, Any], at: datetime | None = None) -> None:
        """Write several values below a node, all with the same time."""
        at = at or datetime.now(UTC)
        for name, value in values.items():
            await self.write(f"{below}.{name}", value, at=at)

    async def void(self, paths: Iterable[str], status: str, at: datetime | None = None) -> None:
        """Take values away: what is read there is a status that says why."""
        at = at or datetime.now(UTC)
        for path in paths:
            await self.write(path, None, at=at, status=status)

    async def enter(self, machine: str, type_: str, state: str, number: int) -> None:
        """Say which state a state machine is in."""
        await self.write_all(
            f"{machine}.CurrentState", {"Id": self.nodes.id_of(f"{type_}.{state}"), "Number": number}
        )
        await self.write(f"{machine}.CurrentState", ua.LocalizedText(state))

    def read(self, path: str) -> ua.DataValue:
        """Value as it stands, perhaps as a client wrote it."""
        return self.server.iserver.aspace.read_attribute_value(self.nodes.id_of(path), ua.AttributeIds.Value)


async def build_space(server: Server) -> Space:
    """Build the analyser's nodes; none has a value that looks current.

    Parameters
    ----------
    server : Server
        That does not listen yet.
    """
    index = await server.register_namespace(NAMESPACE)
    nodes = Nodes(server.iserver.isession, index)
    await nodes.add_types()
    own = len(nodes.kinds)
    await nodes.attach(ua.NodeId(ua.ObjectIds.ObjectsFolder), "Organizes", "DeviceSet", "BaseObjectType")
    await nodes.add("DeviceSet", Member("contraspec", "object", "IdentificationAnalyserType"))
    await nodes.add(STREAM, ALARM)
    for name in ("Manufacturer", "Model", "SerialNumber", "SoftwareRevision", "RevisionCounter"):
        await nodes.refer(f"{DEVICE}.Identification", "Organizes", f"{DEVICE}.{name}")
    await nodes.refer(MODEL, "HasInput", f"{PARAMETERS}.ScaledData")
    await nodes.refer(STREAM, "HasCondition", ALARM_NODE)
    await nodes.refer(DEVICE, "HasEventSource", STREAM)
    space = Space(server, nodes)
    await space.void(list(nodes.kinds)[own:], WAITING)
    await _write_nameplate(space)
    return space


async def _write_nameplate(space: Space) -> None:
    text = ua.LocalizedText
    version = engine_version()
    await space.write_all(
        DEVICE,
        {
            "Manufacturer": text("contraspec"),
            "Model": text("contraspec engine"),
            "SoftwareRevision": version,
            "DeviceRevision": version,
            "DeviceManual": "docs/opcua.md",
            "SerialNumber": platform.node() or "unknown",
            "RevisionCounter": 0,
            "ParameterSet.Heartbeat": 0,
        },
    )
    await space.write_all(f"{CHANNEL}.ParameterSet", {"IsEnabled": True, "ActiveStream": "Stream1"})
    await space.write_all(
        PARAMETERS,
        {
            "IsEnabled": True,
            "IsActive": False,
            "ExecutionCycle": 0,
            "ExecutionCycleSubcode": 0,
            "Progress": 0.0,
            "AcquisitionCounter": 0,
            "Identification.ModelDescription": text("names the substances that explain a spectrum"),
            "Identification.MainDataIndex": [each.name for each in OUTPUTS].index("Verdict"),
        },
    )
    await _describe_arrays(space)
    await clear_inputs(space)


async def _describe_arrays(space: Space) -> None:
    text = ua.LocalizedText
    for name in ("ScaledSpectrum", "ScaledData"):
        await space.write_all(
            f"{PARAMETERS}.{name}",
            {
                "XAxisDefinition": ua.AxisInformation(),
                "Title": text("intensity"),
                "EngineeringUnits": ua.EUInformation(DisplayName=text("arbitrary unit")),
                "AxisScaleType": int(ua.AxisScaleEnumeration.Linear),
            },
        )


async def clear_inputs(space: Space) -> None:
    """Put the inputs back to what they are without a client: an old spectrum is never judged twice."""
    await space.void([f"{PARAMETERS}.ScaledSpectrum"], WAITING)
    await space.write_all(
        PARAMETERS,
        {
            "ScaledSpectrum.XAxisDefinition": ua.AxisInformation(),
            **dict.fromkeys(("NextSampleId", "Metadata", "Technique", "AxisUnit"), ""),
            "DeadlineMs": 0.0,
        },
    )
