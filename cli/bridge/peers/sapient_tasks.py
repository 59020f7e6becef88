"""What the other node says, and what is answered: tasks, acknowledgements, errors."""

from dataclasses import dataclass
from typing import Any, Final

from spectra._extras import needs_extra

from .sapient_link import LinkError
from .sapient_messages import MODE, REQUESTS
from .stamps import is_ulid

with needs_extra("sapient", "the messages of SAPIENT (package sapient-proto)"):
    from sapient_msg.bsi_flex_335_v2_0 import error_pb2, task_ack_pb2, task_pb2

MAX_QUOTED: Final = 1024
_SHOWN: Final = 300


@dataclass(frozen=True)
class Heard:
    """What a message asks for.

    Attributes
    ----------
    replies : tuple
        What is to be sent: kind and content; without content the registration or the status of now.
    alert_id : str
        Alert that the other node has taken; empty for none.
    trouble : str
        What to tell whoever watches; empty for nothing.
    is_fault : bool
        Whether it is no message of SAPIENT.
    """

    replies: tuple[tuple[str, Any], ...] = ()
    alert_id: str = ""
    trouble: str = ""
    is_fault: bool = False


class Replies:
    """Answers what one node is told.

    Parameters
    ----------
    node : str
        UUID of this node.
    """

    def __init__(self, node: str) -> None:
        self._node = node

    def accepted(self, found: Any) -> bool:
        """Whether this message accepts the registration; others are passed over.

        Raises
        ------
        LinkError
            It refuses the registration.
        """
        if isinstance(found, bytes) or found.WhichOneof("content") != "registration_ack":
            return False
        if found.destination_id and found.destination_id.lower() != self._node:
            return False
        _check_accepted(found.registration_ack)
        return True

    def take(self, found: Any) -> Heard:
        """Answer a message.

        Parameters
        ----------
        found : SapientMessage or bytes
            As it was received.

        Raises
        ------
        LinkError
            The registration is refused after all.
        """
        if isinstance(found, bytes):
            return _fault(found, "no message of BSI Flex 335 v2.0")
        if found.destination_id and found.destination_id.lower() != self._node:
            return Heard()
        kind = found.WhichOneof("content")
        if kind is None:
            return _fault(found.SerializeToString(), "a message without content")
        if kind == "registration_ack":
            _check_accepted(found.registration_ack)
        elif kind == "task":
            return self._task(found)
        elif kind == "alert_ack":
            return _alert_ack(found.alert_ack)
        elif kind == "error":  # never answered: two nodes could go on for ever
            said = "; ".join(found.error.error_message)
            return Heard(trouble=f"the other node reports an error: {said}"[:_SHOWN])
        return Heard()

    def _task(self, found: Any) -> Heard:
        """Accept what this node can do, and say what it cannot."""
        task, terms = found.task, task_ack_pb2.TaskAck
        if not is_ulid(task.task_id):
            return _fault(found.SerializeToString(), f"task_id {task.task_id!r:.40}: expected a ULID")
        reason = _why_not(task)
        if reason:
            ack = terms(task_id=task.task_id, task_status=terms.TASK_STATUS_REJECTED, reason=[reason])
            return Heard((("task_ack", ack),))
        accepted = terms(task_id=task.task_id, task_status=terms.TASK_STATUS_ACCEPTED)
        completed = terms(task_id=task.task_id, task_status=terms.TASK_STATUS_COMPLETED)
        asked = REQUESTS.get(task.command.request.casefold())
        between = ((asked, None),) if asked else ()
        return Heard((("task_ack", accepted), *between, ("task_ack", completed)))


def _why_not(task: Any) -> str:
    """Why a task cannot be done; empty when it can."""
    if task.control != task_pb2.Task.CONTROL_START:
        return "this node has no task that could be stopped or paused: it identifies what it is given"
    if task.region:
        return "this node has no regions"
    if not task.HasField("command"):
        return "a task without command: this node is always in its one mode"
    kind = task.command.WhichOneof("command")
    if kind == "request":
        known = task.command.request.casefold() in REQUESTS
        return "" if known else f"request: expected one of {', '.join(REQUESTS)}"
    if kind == "mode_change":
        return "" if task.command.mode_change == MODE else f"mode: this node has only {MODE}"
    return f"{kind or 'command'}: not supported by this node"


def _alert_ack(ack: Any) -> Heard:
    if not is_ulid(ack.alert_id):
        return Heard()
    refused = ack.alert_ack_status != type(ack).ALERT_ACK_STATUS_ACCEPTED
    reasons = "; ".join(ack.reason)
    trouble = (
        f"alert {ack.alert_id} was not accepted: {reasons or 'no reason given'}"[:_SHOWN] if refused else ""
    )
    return Heard(alert_id=ack.alert_id.upper(), trouble=trouble)


def _check_accepted(ack: Any) -> None:
    if not ack.acceptance:
        reasons = "; ".join(ack.ack_response_reason) or "no reason given"
        raise LinkError(f"the registration is refused: {reasons}"[:_SHOWN])


def _fault(packet: bytes, why: str) -> Heard:
    error = error_pb2.Error(packet=packet[:MAX_QUOTED], error_message=[why])
    return Heard((("error", error),), trouble=f"received {why}", is_fault=True)
