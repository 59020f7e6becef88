"""The analyser at work: takes questions, shows what was answered, whoever asked."""

import asyncio
import hashlib
import json
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from asyncua import Server, ua

from ..._version import engine_version
from ..requests import Identify, Refused
from .opcua_adi import DEVICE_STATES, OPERATING_STATES
from .opcua_alarm import Alarm
from .opcua_outputs import BAD, values_of
from .opcua_space import CHANNEL, DEVICE, MODEL, NOTHING, PARAMETERS, WAITING, Space, build_space

if TYPE_CHECKING:
    from ..desk import Desk

Message = dict[str, Any]
_BACKLOG: Final = 256
_BEAT_S: Final = 1.0
_UINT32: Final = 2**32
_DEVICE_MACHINE: Final = (f"{DEVICE}.AnalyserStateMachine", "AnalyserDeviceStateMachineType")
_CHANNEL_MACHINE: Final = (f"{CHANNEL}.ChannelStateMachine", "AnalyserChannelStateMachineType")
_OPERATING_MACHINE: Final = (
    f"{CHANNEL}.ChannelStateMachine.OperatingSubStateMachine",
    "AnalyserChannel_OperatingModeSubStateMachineType",
)
_NAMES: Final = (
    *("Verdict", "Alert", "Probability", "Substances", "SubstanceIds", "Reasons", "NextAction"),
    *("SignalToNoise", "Saturated", "Coverage"),
)
_SHOWN: Final = (
    *(f"{MODEL}.{name}.AlarmState" for name in _NAMES),
    *(f"{MODEL}.{name}" for name in _NAMES),
    *(f"{PARAMETERS}.{name}" for name in ("Result", "SampleId", "JudgedTechnique", "Degraded")),
    *(f"{PARAMETERS}.{name}" for name in ("ElapsedMs", "OverrunMs", "EngineVersion", "LibraryNames")),
    *(f"{PARAMETERS}.{name}" for name in ("LibraryFingerprints", "LibraryReleases")),
    *(f"{PARAMETERS}.{name}" for name in ("PipelineFingerprint", "ConfigFingerprint", "ScaledData")),
    f"{PARAMETERS}.AcquisitionResultStatus",
)
"""What goes away while a question is open and after one without an answer."""


class Analyser:
    """Shows the desk's answers and asks for the clients.

    Parameters
    ----------
    space : Space
        Where all is shown.
    desk : Desk
        Who answers.
    """

    def __init__(self, space: Space, desk: "Desk") -> None:
        self.space, self.desk = space, desk
        self.alarm = Alarm(space)
        self.is_stopped = False
        self._queue: asyncio.Queue[tuple[Identify | None, Message, datetime]] = asyncio.Queue()
        self._told: deque[Message] = deque(maxlen=_BACKLOG)
        self._writing = asyncio.Lock()
        self._open = 0
        self._counter = self._beats = self._revision = 0
        self._configuration = b""

    @classmethod
    async def create(cls, server: Server, desk: "Desk") -> "Analyser":
        """Build the address space and show what is known before the first question."""
        analyser = cls(await build_space(server), desk)
        await analyser.alarm.prepare()
        await analyser.enter("Operating")
        await analyser.space.enter(*_CHANNEL_MACHINE, "Operating", 200)
        await analyser.show_state()
        await analyser.show_health()
        return analyser

    @property
    def is_busy(self) -> bool:
        """Whether a question of an OPC UA client is open."""
        return self._open > 0

    @property
    def configuration(self) -> bytes:
        """Engine and libraries in use, as JSON."""
        said = {"engine": engine_version(), "libraries": self.desk.libraries}
        return json.dumps(said, sort_keys=True).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the configuration."""
        return hashlib.sha256(self.configuration).hexdigest()

    def follow(self, request: Identify | None, said: Message) -> None:
        """Take note of an answer; what is too far behind is given up, the oldest first."""
        if self._queue.qsize() >= _BACKLOG:
            self._queue.get_nowait()
            self._queue.task_done()
            self.desk.metrics.count("peer_dropped_total", "opcua")
        self._told.append(said)
        self._queue.put_nowait((request, said, datetime.now(UTC)))

    async def ask(self, request: Identify) -> Message:
        """Have a question answered; what it says is shown when this returns.

        Parameters
        ----------
        request : Identify
            Of an OPC UA client.
        """
        self._open += 1
        try:
            async with self._writing:
                await self.space.void(_SHOWN, WAITING)
                await self.show_state()
            said = await self.desk.answer(request, "opcua")
        finally:
            self._open -= 1
            await self.show_state()
        if not any(each is said for each in self._told):  # a repeated answer, or none
            self.follow(request, said)
        await self._queue.join()
        return said

    async def refuse(self, refused: Refused) -> None:
        """Show that a question was none."""
        self.follow(None, {"type": "error", "error": "bad_request", "message": refused.message})
        await self._queue.join()

    async def show_answers(self) -> None:
        """Show each answer as it comes; for ever."""
        while True:
            request, said, at = await self._queue.get()
            try:
                async with self._writing:
                    await self._show(request, said, at)
            finally:
                self._queue.task_done()

    async def beat(self) -> None:
        """Show every second how it goes; for ever."""
        while True:
            await asyncio.sleep(_BEAT_S)
            self._beats = (self._beats + 1) % _UINT32
            await self.show_health()

    async def reset(self) -> None:
        """Forget what was shown and take questions again."""
        self.is_stopped = False
        async with self._writing:
            await self.space.void(_SHOWN, WAITING)
            await self.show_state()

    async def stop(self) -> None:
        """Take no more questions over OPC UA."""
        self.is_stopped = True
        await self.show_state()

    async def leave(self) -> None:
        """Say that the analyser goes: no value looks current any more."""
        await self.enter("Shutdown")
        async with self._writing:
            await self.space.void(_SHOWN, "BadOutOfService")

    async def enter(self, state: str) -> None:
        """Enter a state of the device."""
        await self.space.enter(*_DEVICE_MACHINE, state, dict(DEVICE_STATES)[state])

    async def show_state(self) -> None:
        """Show what the channel does."""
        state = "Execute" if self.is_busy else "Stopped" if self.is_stopped else "Idle"
        await self.space.enter(*_OPERATING_MACHINE, state, dict(OPERATING_STATES)[state])
        await self.space.write_all(
            PARAMETERS, {"IsActive": self.is_busy, "ExecutionCycle": 16 if self.is_busy else 0}
        )

    async def show_health(self) -> None:
        """Show libraries, queue and the last reload."""
        desk, libraries = self.desk, self.desk.libraries
        said = desk.health("", 0)
        health = 0 if said["status"] == "ok" else 4  # normal, maintenance required
        await self.space.write_all(
            f"{DEVICE}.ParameterSet",
            {
                "UptimeSeconds": said["uptime_s"],
                "QueueLength": said["waiting"],
                "QueueSize": said["queue"],
                "LoadedLibraryNames": [each["name"] for each in libraries],
                "LoadedLibraryFingerprints": [each["sha256"] for each in libraries],
                "LoadedLibraryReleases": [each["release"] for each in libraries],
                "LastReloadOk": desk.last_reload.ok,
                "LastReloadMessage": desk.last_reload.message,
                "DiagnosticStatus": health,
                "Heartbeat": self._beats,
            },
        )
        await self.space.write(f"{DEVICE}.DeviceHealth", health)
        for place in (f"{CHANNEL}.ParameterSet", PARAMETERS):
            await self.space.write(f"{place}.DiagnosticStatus", health)
        if self.configuration != self._configuration:
            await self._show_model()

    async def _show_model(self) -> None:
        """Show the libraries in use as the model; they were loaded anew."""
        self._configuration = self.configuration
        names = ", ".join(each["name"] for each in self.desk.libraries)
        self._revision += 1
        await self.space.write(f"{DEVICE}.RevisionCounter", self._revision)
        await self.space.write_all(
            MODEL, {"Name": ua.LocalizedText(names), "CreationDate": datetime.now(UTC)}
        )
        await self.space.write(MODEL, self._configuration)

    async def _show(self, request: Identify | None, said: Message, at: datetime) -> None:
        self._counter = (self._counter + 1) % _UINT32
        if said["type"] == "result":
            if request is not None:
                await self._show_spectrum(request, at)
            await self.space.write_all(PARAMETERS, values_of(said), at)
        else:
            await self.space.void(_SHOWN, NOTHING, at)
            text = said.get("message", "the queue is full: ask again")
            why = f"{said.get('error', said['type'])}: {text}"
            await self.space.write_all(PARAMETERS, {"LastError": why, "AcquisitionResultStatus": BAD}, at)
        await self.space.write_all(
            PARAMETERS,
            {
                "LastSampleTime": at,
                "AcquisitionEndTime": at,
                "Progress": 100.0,
                "AcquisitionCounter": self._counter,
            },
            at,
        )
        if said["type"] == "result":
            await self.alarm.judge(said, self._counter, at)
        self.desk.metrics.count("peer_sent_total", "opcua")

    async def _show_spectrum(self, request: Identify, at: datetime) -> None:
        axis, intensity = _numbers(request.axis), _numbers(request.intensity)
        said = ua.AxisInformation(
            EURange=ua.Range(min(axis), max(axis)),
            Title=ua.LocalizedText(request.unit or request.technique),
            AxisSteps=axis,
        )
        await self.space.write(f"{PARAMETERS}.ScaledData.XAxisDefinition", said, at=at)
        await self.space.write(f"{PARAMETERS}.ScaledData", intensity, at=at)


def _numbers(values: Any) -> list[float]:
    if isinstance(values, bytes):
        return [float(each) for each in np.frombuffer(values, "<f8")]
    return [float(each) for each in values]
