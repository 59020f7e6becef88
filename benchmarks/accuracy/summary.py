"""From judged cases to the figures of the report, as plain values for JSON."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spectra.confidence.calibration import Calibration

from . import _weights, claims, doubtful, figures
from .judging import STATEMENTS, AskedAs, Judged, by_kind
from .peers import PEERS, Tops
from .votes import Scored, counted, operating_point, scored, trade_off

OURS: Final = "contraspec"
UNSEEN: Final = "contraspec, source unseen"
"""Each case ranked by weights of the evidence that were refitted without its source."""
RATES: Final = (0.01, 0.005)
Figures = dict[str, Any]
Outcomes = Sequence[Judged]


@dataclass(frozen=True)
class Ranked:
    """Scores of one method: what was right, what could only be wrong.

    Attributes
    ----------
    known, left_out, stranger : Scored
        Score of the best candidate; of known cases -inf where it is not the truth.
    """

    known: Scored
    left_out: Scored
    stranger: Scored


def summarise(
    judged: Sequence[Judged],
    calibration: Calibration,
    peers: Mapping[str, Sequence[Tops]],
    *,
    draws: int = claims.DRAWS,
) -> Figures:
    """All figures of one run.

    Parameters
    ----------
    judged : sequence of Judged
        Every planned case.
    calibration : Calibration
        Of the library.
    peers : mapping of str to sequence of Tops
        Of ``peers.peer_tops``.
    draws : int
        Of the bootstrap.
    """
    outcomes = by_kind(judged)
    pure = [*outcomes["known"], *outcomes["left_out"], *outcomes["stranger"]]
    ranked = {OURS: _ours(outcomes), UNSEEN: _refitted(outcomes)}
    ranked |= {name: _peer_scores(tops) for name, tops in peers.items()}
    return {
        "cases": _counts(judged, outcomes),
        "threshold": calibration.threshold,
        "mixture_threshold": calibration.mixture_threshold,
        "at_defaults": at_defaults(outcomes),
        "doubtful": _doubtful(pure),
        "operating_points": {name: _operating(each) for name, each in ranked.items()},
        "peers": {
            peer.name: _above(ranked[peer.name], peer.threshold)
            for peer in PEERS
            if peer.threshold is not None
        },
        "roc": {name: trade_off(each.known, each.stranger) for name, each in ranked.items()},
        "log_odds": {
            name: list(figures.quantiles(found)) for name, found in quantile_tables(judged).items() if found
        },
        "reliability": claims.reliability(pure, draws=draws),
        "sure": claims.sure_statements([*pure, *outcomes["mixture"]]),
        "prediction_sets": claims.prediction_sets(outcomes["known"]),
        "mixtures": [_mixture(outcome) for outcome in outcomes["mixture"]],
        "sources": _by_source(outcomes),
    }


def independent(
    judged: Sequence[Judged],
    peers: Mapping[str, Sequence[Tops]],
    *,
    thresholds: Mapping[str, float],
) -> Figures:
    """Figures of a set that nothing was fitted on, at thresholds that come from elsewhere.

    Parameters
    ----------
    judged, peers
        Of ``summarise``.
    thresholds : mapping of str to float
        By method: the score that one in a hundred of the other strangers exceeds.
    """
    outcomes = by_kind(judged)
    ranked = {OURS: _ours(outcomes)} | {name: _peer_scores(tops) for name, tops in peers.items()}
    return {
        "cases": _counts(judged, outcomes),
        "at_defaults": at_defaults(outcomes),
        "carried_over": {name: _above(each, thresholds[name]) for name, each in ranked.items()},
        "peers": {
            peer.name: _above(ranked[peer.name], peer.threshold)
            for peer in PEERS
            if peer.threshold is not None
        },
    }


def quantile_tables(judged: Sequence[Judged]) -> dict[str, list[float]]:
    """Log odds by the names that they have in ``measured.py``; doubtful truths are passed over.

    Parameters
    ----------
    judged : sequence of Judged
        Every planned case; mixtures are passed over.
    """
    pure = [e for e in judged if e.case.kind != "mixture" and e.usable and not e.case.doubt]
    whole = [entry for entry in pure if not entry.left_out]
    return {
        "RIGHT": [entry.log_odds for entry in whole if entry.is_right],
        "LEFT_OUT": [entry.log_odds for entry in pure if entry.left_out],
        "STRANGERS": [entry.log_odds for entry in whole if not entry.case.truth],
        "MIXTURE_WRONG": [odds for odds in (entry.false_component for entry in pure) if odds is not None],
    }


def at_defaults(outcomes: Mapping[AskedAs, Outcomes]) -> Figures:
    """Count what was detected and falsely matched, as labelled and with doubtful truths set aside.

    Parameters
    ----------
    outcomes : mapping of str to sequence of Judged
        Of ``judging.by_kind``.
    """
    known = outcomes["known"]
    sure = [o for o in known if not o.case.doubt]
    return {
        "detected": _counted(known, [o.names_truth for o in known]),
        "detected_without_doubtful": _counted(sure, [o.names_truth for o in sure]),
        "with_an_extra_component": _counted(
            known, [o.names_truth and not o.is_right_statement for o in known]
        ),
        "wrong_name": _counted(known, [o.is_false for o in known], worst=True),
        "missed": [o.line for o in known if not o.names_truth],
        "false_matches": {name: _false(outcomes[name]) for name in ("stranger", "left_out")},
    }


def _counted(outcomes: Outcomes, flags: Sequence[bool], *, worst: bool = False) -> Figures:
    verdicts = Counter(o.answer.verdict for o, flag in zip(outcomes, flags, strict=True) if flag)
    return {
        **counted(flags, [o.case.vote for o in outcomes], worst=worst),
        "by_verdict": {verdict: verdicts[verdict] for verdict in STATEMENTS},
    }


def _false(outcomes: Outcomes) -> Figures:
    sure = [o for o in outcomes if not o.case.doubt]
    return {
        "false": _counted(outcomes, [o.is_false for o in outcomes], worst=True),
        "false_without_doubtful": _counted(sure, [o.is_false for o in sure], worst=True),
        "which": [o.line for o in outcomes if o.is_false],
    }


def _counts(judged: Sequence[Judged], outcomes: Mapping[AskedAs, Outcomes]) -> Figures:
    whole = [entry for entry in judged if not entry.left_out]
    kinds = {
        kind: {"spectra": len(own), "votes": len({e.case.vote for e in own})}
        for kind in ("known", "stranger", "mixture")
        for own in ([entry for entry in whole if entry.case.kind == kind],)
    }
    return {
        **kinds,
        "left_out": {
            "spectra": len(outcomes["left_out"]),
            "votes": len({o.case.vote for o in outcomes["left_out"]}),
        },
        "sources": len({entry.case.source for entry in whole}),
        "unusable": [f"{e.case.name}: {', '.join(e.answer.reasons)}" for e in whole if not e.usable],
    }


def _doubtful(pure: Outcomes) -> list[Figures]:
    return [
        {"reason": doubt.reason, "outcomes": [f"{o.kind}: {o.line}" for o in found]}
        for doubt in doubtful.DOUBTS
        if (found := [o for o in pure if o.case.name in doubt.names])
    ]


def _ours(outcomes: Mapping[AskedAs, Outcomes]) -> Ranked:
    def scores(kind: AskedAs) -> Scored:
        entries = list(outcomes[kind])
        wanted = [e.is_right if kind == "known" else True for e in entries]
        odds = [e.log_odds if good else -np.inf for e, good in zip(entries, wanted, strict=True)]
        return scored(odds, [e.case.vote for e in entries])

    return Ranked(scores("known"), scores("left_out"), scores("stranger"))


def _refitted(outcomes: Mapping[AskedAs, Outcomes]) -> Ranked:
    """Scores of each case under weights that were fitted without its source; the same as ``_ours`` else."""
    kinds: tuple[AskedAs, ...] = ("known", "left_out", "stranger")
    cases = _weights.weighable([o for kind in kinds for o in outcomes[kind]])
    odds, right = _weights.unseen(cases)
    found = {id(case.entry): place for place, case in enumerate(cases)}

    def scores(kind: AskedAs) -> Scored:
        values = []
        for entry in (o for o in outcomes[kind]):
            place = found.get(id(entry))
            counts = place is not None and (kind != "known" or right[place])
            values.append(float(odds[place]) if counts else -np.inf)
        return scored(values, [o.case.vote for o in outcomes[kind]])

    return Ranked(scores("known"), scores("left_out"), scores("stranger"))


def _peer_scores(tops: Sequence[Tops]) -> Ranked:
    known = [t for t in tops if t.kind == "known"]
    strangers = [t for t in tops if t.kind == "stranger"]
    votes = [t.vote for t in known]
    return Ranked(
        scored([t.score if t.right else -np.inf for t in known], votes),
        scored([t.left_out for t in known], votes),
        scored([t.score for t in strangers], [t.vote for t in strangers]),
    )


def _operating(of: Ranked) -> Figures:
    points = {}
    for rate in RATES:
        point = operating_point(of.known, of.stranger, rate)
        above = (of.left_out.scores > point["threshold"]).tolist()
        points[f"{rate:g}"] = {**point, "left_out": counted(above, of.left_out.votes, worst=True)}
    return points


def _above(of: Ranked, threshold: float) -> Figures:
    return {
        "threshold": threshold,
        "known": counted((of.known.scores >= threshold).tolist(), of.known.votes),
        "stranger": counted((of.stranger.scores >= threshold).tolist(), of.stranger.votes, worst=True),
        "left_out": counted((of.left_out.scores >= threshold).tolist(), of.left_out.votes, worst=True),
    }


def _mixture(entry: Judged) -> Figures:
    fit = _best_fit(entry)
    return {
        "case": entry.case.name,
        "left_out": sorted(entry.left_out),
        "verdict": entry.answer.verdict,
        "named": [[each.label.substance, each.share, each.probability] for each in entry.answer.substances],
        "complete": entry.states and entry.named == entry.case.truth - entry.left_out,
        "false": entry.states and not entry.named <= entry.case.truth,
        "best_fit": fit,
        "weakest": entry.mixture.weakest if entry.mixture else None,
    }


def _best_fit(entry: Judged) -> list[list[Any]]:
    if entry.mixture is None or entry.ranking is None:
        return []
    # rows after the library's are containers that it lacks
    names = dict(enumerate(label.substance for label in entry.ranking.labels))
    return [[names.get(each.row, "container"), each.share] for each in entry.mixture.components]


def _by_source(outcomes: Mapping[AskedAs, Outcomes]) -> Figures:
    everything = [o for kind in ("known", "stranger") for o in outcomes[kind]]
    found: Figures = {source: {} for source in dict.fromkeys(o.case.source for o in everything)}
    for source, row in found.items():
        for kind in ("known", "left_out", "stranger"):
            own = [o for o in outcomes[kind] if o.case.source == source]
            row[kind] = counted(
                [o.names_truth if kind == "known" else o.is_false for o in own],
                [o.case.vote for o in own],
                worst=kind != "known",
            )
    return found
