"""Reports and alerts for the other node: kept while it is away, sent again where they may not have arrived.

SAPIENT acknowledges no detection. What was sent shortly before a connection broke is sent again under the
same report id; an alert until it is acknowledged.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .outbox import Outbox

if TYPE_CHECKING:
    from ..metrics import Metrics
    from .sapient_settings import SapientSettings

MOST_OUT: Final = 256
MOST_TIMES: Final = 5
"""How often one report is sent at the most."""


@dataclass(eq=False)
class Report:
    """A detection report or an alert.

    Attributes
    ----------
    kind : str
        ``detection_report`` or ``alert``.
    content : message
        What it says.
    times : int
        How often it was sent.
    sent : float
        When it was sent last, by the clock of the event loop.
    """

    kind: str
    content: Any
    times: int = 0
    sent: float = 0.0


class Reports:
    """What the other node has to hear.

    Parameters
    ----------
    settings : SapientSettings
        How much may wait, and what is sent again.
    name : str
        Of the peer, in the metrics.
    """

    def __init__(self, settings: "SapientSettings", name: str) -> None:
        self._name, self._resend_s = name, settings.resend_s
        self._outbox: Outbox[Report] = Outbox(settings.keep, settings.keep_bytes, self._give_up)
        self._metrics: Metrics | None = None
        self.given_up = 0

    def attend(self, metrics: "Metrics") -> None:
        """Count there from now on."""
        self._metrics = metrics

    @property
    def waiting(self) -> int:
        """Reports that are still to be sent."""
        return self._outbox.waiting

    def put(self, kind: str, content: Any) -> None:
        """Add a report or an alert."""
        self._outbox.put(Report(kind, content), content.ByteSize())

    def take(self, now: float) -> Report | None:
        """Next one to be sent.

        Parameters
        ----------
        now : float
            By the clock of the event loop.
        """
        report = self._outbox.take()
        if report is not None:
            report.times += 1
            report.sent = now
            if report.times == 1 and report.kind == "detection_report":
                self._count("peer_sent_total")
        self._forget(now)
        return report

    def broken(self, now: float) -> None:
        """Have what may not have arrived sent again."""
        self._forget(now)
        self._outbox.back()

    def acknowledged(self, alert_id: str) -> bool:
        """Send an alert no more; whether there was one of that id."""
        return self._outbox.drop(
            lambda report: report.kind == "alert" and report.content.alert_id == alert_id
        )

    def clear(self) -> int:
        """Give up what was never sent; how many detections that were."""
        left = [each for each in self._outbox.clear() if not each.times]
        for report in left:
            self._give_up(report)
        return sum(each.kind == "detection_report" for each in left)

    def _forget(self, now: float) -> None:
        """Take for arrived what was sent long enough ago; of alerts only what was sent often enough."""
        self._outbox.drop(
            lambda each: (
                each.times >= MOST_TIMES
                or (each.kind != "alert" and each.times > 0 and now - each.sent > self._resend_s)
            ),
            waiting=False,
        )
        while self._outbox.out > MOST_OUT and (oldest := self._outbox.oldest_out()) is not None:
            self._outbox.done(oldest)

    def _give_up(self, report: Report) -> None:
        if report.kind == "detection_report" and not report.times:
            self.given_up += 1
            self._count("peer_dropped_total")

    def _count(self, name: str) -> None:
        if self._metrics is not None:
            self._metrics.count(name, self._name)
