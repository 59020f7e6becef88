"""The methods that clients may call; those of the specification that make no sense here say so."""

import asyncio
import math
from collections.abc import Callable
from typing import Any, Final

from asyncua import ua

from ..requests import Refused
from .opcua_analyser import Analyser
from .opcua_inputs import axis_of, message_of, request_of
from .opcua_outputs import json_of
from .opcua_space import CHANNEL, DEVICE, PARAMETERS, clear_inputs

_SAMPLING: Final = (16, 32784)
_STATUS_OF: Final = {
    **dict.fromkeys(("bad_request", "damaged", "id_reused"), "BadInvalidArgument"),
    "deadline": "BadTimeout",
    "library": "BadConfigurationError",
    "busy": "BadTooManyOperations",
}
_UNSUPPORTED: Final = (
    *(f"{DEVICE}.MethodSet.{name}" for name in ("SetConfiguration", "AbortAllChannels", "GotoMaintenance")),
    *(f"{CHANNEL}.MethodSet.{name}" for name in ("GotoMaintenance", "Hold", "Unhold", "Suspend")),
    *(f"{CHANNEL}.MethodSet.{name}" for name in ("Unsuspend", "Abort", "Clear")),
)


class Methods:
    """What is behind the method nodes.

    Parameters
    ----------
    analyser : Analyser
        Whose methods they are.
    """

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser
        self._tasks: set[asyncio.Task[None]] = set()

    def link(self) -> None:
        """Connect the method nodes; before the first client."""
        device, channel = f"{DEVICE}.MethodSet", f"{CHANNEL}.MethodSet"
        found: dict[str, Callable[..., Any]] = {
            f"{channel}.Identify": self.identify,
            f"{channel}.StartSingleAcquisition": self.start_single,
            f"{device}.GetConfiguration": self.get_configuration,
            f"{device}.GetConfigDataDigest": self.get_digest,
            f"{device}.CompareConfigDataDigest": self.compare_digest,
            **dict.fromkeys((f"{channel}.Start", f"{device}.StartAllChannels"), self.start),
            **dict.fromkeys((f"{channel}.Stop", f"{device}.StopAllChannels"), self.stop),
            **dict.fromkeys((f"{channel}.Reset", f"{device}.ResetAllChannels"), self.reset),
            **dict.fromkeys((f"{channel}.GotoOperating", f"{device}.GotoOperating"), _nothing),
            **dict.fromkeys(_UNSUPPORTED, _unsupported),
        }
        space = self._analyser.space
        for path, method in found.items():
            space.server.iserver.isession.add_method_callback(space.nodes.id_of(path), method)

    async def identify(self, parent: ua.NodeId, *arguments: Any) -> Any:
        """Judge one spectrum and wait for the answer."""
        if self._analyser.is_stopped:
            return _status("BadInvalidState")
        request = request_of(arguments)
        if isinstance(request, Refused):
            await self._analyser.refuse(request)
            return _status("BadInvalidArgument")
        said = await self._analyser.ask(request)
        if said["type"] != "result":
            return _status(_STATUS_OF.get(str(said.get("error", said["type"])), "BadInternalError"))
        record = said["result"]
        probability = math.nan if record["probability"] is None else record["probability"]
        kind = ua.VariantType
        return [
            ua.Variant(json_of(record), kind.String),
            ua.Variant(record["verdict"], kind.String),
            ua.Variant(record["alert"], kind.Boolean),
            ua.Variant(probability, kind.Double),
            ua.Variant([each["name"] for each in record["substances"]], kind.String, is_array=True),
            ua.Variant(record["next_action"], kind.String),
        ]

    async def start_single(self, parent: ua.NodeId, *arguments: Any) -> Any:
        """Judge the spectrum that was written; returns at once."""
        values = [each.Value for each in arguments if isinstance(each, ua.Variant)]
        if len(values) != 3 or values[0] not in _SAMPLING or values[2] not in (None, "", "Stream1"):
            return _status("BadInvalidArgument")
        return await self.start(parent)

    async def start(self, parent: ua.NodeId, *arguments: Any) -> Any:
        """Judge the spectrum that was written; returns at once."""
        analyser = self._analyser
        if arguments:
            return _status("BadTooManyArguments")
        if analyser.is_stopped or analyser.is_busy or self._tasks:
            return _status("BadInvalidState")
        spectrum = analyser.space.read(f"{PARAMETERS}.ScaledSpectrum").Value
        if spectrum is None or spectrum.Value is None:
            return _status("BadInvalidState")
        request = self._written(spectrum)
        await clear_inputs(analyser.space)
        if isinstance(request, Refused):
            await analyser.refuse(request)
            return _status("BadInvalidArgument")
        task = asyncio.create_task(self._ask(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return []

    async def stop(self, parent: ua.NodeId, *arguments: Any) -> Any:
        """Take no more questions over OPC UA."""
        await self._analyser.stop()
        return []

    async def reset(self, parent: ua.NodeId, *arguments: Any) -> Any:
        """Forget what was shown and take questions again."""
        if self._analyser.is_busy:
            return _status("BadInvalidState")
        await clear_inputs(self._analyser.space)
        await self._analyser.reset()
        return []

    async def get_configuration(self, parent: ua.NodeId, *arguments: Any) -> Any:
        """Engine and libraries."""
        return [ua.Variant(self._analyser.configuration, ua.VariantType.ByteString)]

    async def get_digest(self, parent: ua.NodeId, *arguments: Any) -> Any:
        """SHA-256 of the configuration."""
        return [ua.Variant(self._analyser.digest, ua.VariantType.String)]

    async def compare_digest(self, parent: ua.NodeId, *arguments: Any) -> Any:
        """Whether the configuration is still the same."""
        if len(arguments) != 1:
            return _status("BadInvalidArgument")
        return [ua.Variant(arguments[0].Value == self._analyser.digest, ua.VariantType.Boolean)]

    async def _ask(self, request: Any) -> None:
        await self._analyser.ask(request)

    def _written(self, spectrum: ua.Variant) -> Any:
        """Read the question that clients wrote into the inputs."""
        names = {
            "Metadata": "Metadata",
            "Technique": "Technique",
            "Unit": "AxisUnit",
            "SampleId": "NextSampleId",
        }
        read = {name: self._value(path) for name, path in names.items()}
        axis = axis_of(
            self._value("ScaledSpectrum.XAxisDefinition"),
            len(spectrum.Value) if isinstance(spectrum.Value, list) else 0,
        )
        deadline = self._value("DeadlineMs")
        for name, value in read.items():
            if not isinstance(value or "", str):
                return Refused(None, f"{names[name]}: expected a text")
        if axis is None:
            return Refused(None, "ScaledSpectrum.XAxisDefinition: expected AxisSteps, or a linear EURange")
        if not isinstance(deadline, int | float) or not math.isfinite(deadline) or deadline < 0:
            return Refused(None, "DeadlineMs: expected a number; 0 for none")
        return message_of(
            (axis, spectrum), {name: text or "" for name, text in read.items()}, float(deadline)
        )

    def _value(self, name: str) -> Any:
        found = self._analyser.space.read(f"{PARAMETERS}.{name}").Value
        return None if found is None else found.Value


async def _nothing(parent: ua.NodeId, *arguments: Any) -> Any:
    return []


async def _unsupported(parent: ua.NodeId, *arguments: Any) -> Any:
    return _status("BadNotSupported")


def _status(name: str) -> ua.StatusCode:
    return ua.StatusCode(getattr(ua.StatusCodes, name))
