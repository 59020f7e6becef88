"""From answers to figures, as plain values for JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from spectra.confidence.identification import VERDICTS

from ..claims import SURE
from ..votes import counted, operating_point, scored
from .asking import Outcome
from .peers import RATES

Figures = dict[str, Any]
TO_FOUR: Final = 4


def summarise(outcomes: Sequence[Outcome]) -> Figures:
    """Figures of one set of scans at default settings.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of ``asking.ask_all``.
    """
    known = [o for o in outcomes if o.known]
    left_out = [o for o in outcomes if not o.known]
    sure = [o for o in outcomes if o.states and (o.answer.probability or 0.0) >= SURE]
    return {
        "queries": {"known": _size(known), "left_out": _size(left_out)},
        "detected": _counted(known, [o.right for o in known]),
        "wrong_name": _counted(known, [o.false for o in known], worst=True),
        "extra_name": _counted(known, [o.right and not o.holds for o in known], worst=True),
        "false_left_out": _counted(left_out, [o.false for o in left_out], worst=True),
        "sure": {
            "level": SURE,
            "wrong": _counted(sure, [not o.holds for o in sure], worst=True),
            "which": [o.line for o in sure if not o.holds],
        },
        "verdicts": {"known": _verdicts(known), "left_out": _verdicts(left_out)},
        "alerts": sum(o.answer.alert for o in outcomes),
        "missed": [o.line for o in known if not o.right],
        "false": [o.line for o in left_out if o.false],
        "ranked": _ranked(known, left_out),
    }


def _ranked(known: Sequence[Outcome], left_out: Sequence[Outcome]) -> Figures:
    """Top-1, and detection at a fixed share of false matches, by the score of the hit list."""
    votes = [o.scan.vote for o in known]
    right = scored([o.score if o.first_is_right else -float("inf") for o in known], votes)
    false = scored([o.score for o in left_out], [o.scan.vote for o in left_out])
    points = {f"{rate:g}": operating_point(right, false, rate) for rate in RATES} if left_out else {}
    return {
        "top1": counted([o.first_is_right for o in known], votes),
        "operating_points": points,
        "scores": {
            "right": [round(o.score, TO_FOUR) if o.first_is_right else None for o in known],
            "left_out": [round(o.score, TO_FOUR) if o.answer.hits else None for o in left_out],
        },
    }


def _counted(outcomes: Sequence[Outcome], flags: Sequence[bool], *, worst: bool = False) -> Figures:
    return counted(flags, [o.scan.vote for o in outcomes], worst=worst)


def _verdicts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    found = Counter(o.answer.verdict for o in outcomes)
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}


def _size(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return {"spectra": len(outcomes), "votes": len({o.scan.vote for o in outcomes})}
