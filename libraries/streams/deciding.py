"""When an item is decided: looks, what they add up to, the deadline and the end."""

from spectra.errors import StreamError
from spectra.streams.averaging import Average
from spectra.streams.background import Background
from spectra.streams.subtraction import background_share

from ..methods.method import Answer
from .config import StreamConfig
from .events import Decided, Event, Fault, Looked
from .items import Item
from .judging import Failed, Judge, Judgement, ask, fears_more, statement_of, undecided, with_reasons


class Decider:
    """Judges items, each once.

    Parameters
    ----------
    engine : Judge
        Who judges averages.
    config : StreamConfig
        Of the stream.

    Attributes
    ----------
    background : Background or None
        What may be taken off averages.
    around : frozenset of str
        Identities that the empty place is stated to be.
    """

    def __init__(self, engine: Judge, config: StreamConfig) -> None:
        self._engine = engine
        self._config = config
        self.background: Background | None = None
        self.around: frozenset[str] = frozenset()

    def look(self, item: Item, average: Average, time_s: float) -> list[Event]:
        """Have the average judged, and state what the looks suffice for.

        Parameters
        ----------
        item : Item
            Not decided yet.
        average : Average
            Its own, with at least one frame.
        time_s : float
            Of the event.

        Returns
        -------
        list of Event
        """
        mean, share = average.mean, 0.0
        if self.background is not None and item.background is not None:
            share = background_share(mean, self.background.mean, error=self.background.error)
            mean = mean - share * self.background.mean
        judged = ask(self._engine, self._config, mean, frames=average.n, taken_off=share)
        item.looked_at = average.n
        if isinstance(judged, Failed):
            item.evidence.add(None, None, None)
            item.flag("engine_failed")
            looked = Looked(time_s, item.number, item.evidence.used, average.n, None, False, None, 1.0)
            return [Fault(time_s, item.number, judged.error, judged.message), looked]
        said = judged.answer.identification
        statement = statement_of(said, self.around)
        item.evidence.add(statement, said.probability, said.prior)
        bound = item.evidence.bound(statement)
        item.latest, item.latest_bound, item.latest_share = judged, bound, share
        events: list[Event] = [
            Looked(
                time_s,
                item.number,
                item.evidence.used,
                average.n,
                said.verdict,
                said.alert,
                said.probability,
                bound,
            )
        ]
        if item.evidence.suffices(statement):
            if fears_more(said, item.heard):
                item.flag("looks_disagree")
            else:
                events.append(self._decided(item, judged.answer, time_s, bound))
        item.heard.append(said)
        return events

    def finish(self, item: Item, time_s: float, why: str) -> list[Event]:
        """Decide an item now, if it is not decided: by a last look, or as ``inconclusive``.

        Parameters
        ----------
        item : Item
            Whose frames held back are settled.
        time_s : float
            Of the event.
        why : str
            ``deadline``, ``item_ended`` or ``stream_ended``.
        """
        item.settle()
        if item.decided:
            return []
        average = item.to_judge()
        events: list[Event] = []
        if average is not None and average.n != item.looked_at:
            events += self.look(item, average, time_s)
        if item.decided:
            return events
        reasons = (why, *item.flags)
        if item.latest is None:
            return [*events, self._decided(item, None, time_s, 1.0, (*reasons, "nothing_judged"))]
        answer = undecided(item.latest.answer, item.heard, reasons)
        return [*events, self._decided(item, answer, time_s, 1.0)]

    def _decided(
        self, item: Item, answer: Answer | None, time_s: float, bound: float, reasons: tuple[str, ...] = ()
    ) -> Decided:
        item.decided = True
        if answer is not None:
            answer = with_reasons(answer, item.flags)
            reasons = answer.identification.reasons
        said = None if answer is None else answer.identification
        latest: Judgement | None = item.latest
        if said is not None and latest is None:
            raise StreamError("an answer without a look: report this")
        span = item.last_s - item.first_s if item.looked_at else 0.0
        return Decided(
            time_s=time_s,
            item=item.number,
            verdict="inconclusive" if said is None else said.verdict,
            alert=said is not None and said.alert,
            reasons=reasons,
            answer=answer,
            spectrum=None if latest is None else latest.spectrum,
            frames=item.looked_at,
            averaged_s=span,
            looks=item.evidence.used,
            alpha=self._config.alpha,
            error_bound=bound,
            background_share=item.latest_share,
        )
