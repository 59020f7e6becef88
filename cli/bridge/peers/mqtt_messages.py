"""What is published over MQTT, and what a request is; ``schemas/`` has the schemas."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ..framing import Fault, JsonLines
from ..requests import Identify, Refused, parse_request
from .stamps import utc_now

PROTOCOL: Final = "contraspec.mqtt/1"
KEY_DIGITS: Final = 32

Message = dict[str, Any]
Status = Literal["online", "offline"]


@dataclass(frozen=True)
class Request:
    """One message on the topic for requests, read.

    Attributes
    ----------
    asked : Identify, Refused or Fault
        What it asks, or why it is no request.
    number : int
        Of the message at the broker, to acknowledge it; 0: it is not acknowledged.
    stored : bool
        Whether it was retained: the scan of some other day.
    reply_to : str
        Topic for the answer; empty without one.
    correlation : bytes or None
        To be sent back with it.
    """

    asked: Identify | Refused | Fault
    number: int
    stored: bool
    reply_to: str = ""
    correlation: bytes | None = None


def read_request(payload: bytes, limit: int) -> Identify | Refused | Fault:
    """Read a request's payload.

    Parameters
    ----------
    payload : bytes
        JSON.
    limit : int
        Bytes that it may have.
    """
    if len(payload) > limit:
        return Fault("too_large", f"{len(payload)} bytes: expected at most {limit}")
    message = JsonLines(limit).decode(payload)
    if isinstance(message, Fault):
        return message
    asked = parse_request(message)
    if isinstance(asked, Identify | Refused):
        return asked
    return Refused(asked.id, "type: here only identify can be asked")


def encoded(message: Mapping[str, Any]) -> bytes:
    """Payload of a message: ASCII JSON."""
    return json.dumps(message, ensure_ascii=True, allow_nan=False).encode("ascii")


def result_message(node: str, request: Identify, said: Mapping[str, Any]) -> Message:
    """Announce a result.

    Parameters
    ----------
    node : str
        Whose it is.
    request : Identify
        What was asked.
    said : mapping
        The bridge's answer.

    Returns
    -------
    dict
        With a ``key`` that is the same for the same question, id and answer, also after a restart.
    """
    answer = json.dumps(said["result"], sort_keys=True)
    key = hashlib.sha256("\n".join((node, request.id, request.digest, answer)).encode("utf-8")).hexdigest()
    return {**said, "key": key[:KEY_DIGITS], "node": node, "time": utc_now()}


def status_message(node: str, status: Status, reason: str, *, run: str, health: Mapping[str, Any]) -> Message:
    """Say whether the bridge is there, and what it works with.

    Parameters
    ----------
    node : str
        Whose status.
    status : str
        ``online`` or ``offline``.
    reason : str
        Of going offline: ``stopped``, or ``lost`` where the broker says it.
    run : str
        Other in each run of the process.
    health : mapping
        The bridge's own.
    """
    return {
        "type": "status",
        "protocol": PROTOCOL,
        "node": node,
        "status": status,
        "reason": reason,
        "time": None if reason == "lost" else utc_now(),
        "run": run,
        "engine": health["engine"],
        "libraries": health["libraries"],
        "health": health["status"],
        "message": health["message"],
    }
