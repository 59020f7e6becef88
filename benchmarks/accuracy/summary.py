"""From judged cases to the figures of the report, as plain values for JSON."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from spectra.confidence.calibration import Calibration
from spectra.confidence.identification import Identification
from spectra.label import Label

from . import figures
from .judging import Judged
from .peers import THRESHOLDS, Tops

STATEMENTS: Final = ("match", "mixture", "group")
"""Verdicts that name a substance as found."""
RATES: Final = (0.01, 0.005)
Figures = dict[str, Any]


def summarise(
    judged: Sequence[Judged],
    labels: Sequence[Label],
    calibration: Calibration,
    peers: Mapping[str, Sequence[Tops]],
) -> Figures:
    """All figures of one run.

    Parameters
    ----------
    judged : sequence of Judged
        Every planned case.
    labels : sequence of Label
        One per row of the library.
    calibration : Calibration
        Of the library.
    peers : mapping of str to sequence of Tops
        Of ``peers.peer_tops``.
    """
    pure = [entry for entry in judged if entry.case.kind != "mixture"]
    answers = [(entry, entry.answer(labels, calibration)) for entry in pure]
    known = [(e, a) for e, a in answers if e.case.truth and not e.left_out]
    left_out = [(e, a) for e, a in answers if e.left_out]
    strangers = [(e, a) for e, a in answers if not e.case.truth]
    tables = quantile_tables(judged, labels)
    evidence = {
        "known": [e.log_odds if e.is_right(labels) else -np.inf for e, _ in known],
        "left_out": [e.log_odds for e, _ in left_out],
        "strangers": [e.log_odds for e, _ in strangers],
    }
    return {
        "cases": _counts(judged),
        "threshold": calibration.threshold,
        "mixture_threshold": calibration.mixture_threshold,
        "detection": _detection(known),
        "false_matches": {"strangers": _false(strangers), "left_out": _false(left_out)},
        "operating_points": {
            "contraspec": _operating(evidence),
            **{name: _operating(_peer_scores(tops)) for name, tops in peers.items()},
        },
        "peers": {name: _peer(tops, THRESHOLDS[name]) for name, tops in peers.items()},
        "log_odds": {name: figures.quantiles(found) for name, found in tables.items()},
        "reliability": _reliability([*known, *left_out, *strangers], labels, calibration),
        "mixtures": [
            _mixture(entry, labels, calibration) for entry in judged if entry.case.kind == "mixture"
        ],
        "sources": _by_source(known, left_out, strangers),
    }


def quantile_tables(judged: Sequence[Judged], labels: Sequence[Label]) -> dict[str, list[float]]:
    """Log odds by the names that they have in ``measured.py``.

    Parameters
    ----------
    judged : sequence of Judged
        Every planned case; mixtures are passed over.
    labels : sequence of Label
        One per row of the library.
    """
    pure = [entry for entry in judged if entry.case.kind != "mixture" and entry.usable]
    whole = [entry for entry in pure if not entry.left_out]
    return {
        "RIGHT": [entry.log_odds for entry in whole if entry.is_right(labels)],
        "LEFT_OUT": [entry.log_odds for entry in pure if entry.left_out],
        "STRANGERS": [entry.log_odds for entry in whole if not entry.case.truth],
        "MIXTURE_WRONG": [entry.mixture.weakest for entry in whole if entry.mixture is not None],
    }


def names_truth(entry: Judged, answer: Identification) -> bool:
    """Whether the answer states at least one substance that the case is made of."""
    named = {each.label.identity for each in answer.substances}
    return answer.verdict in STATEMENTS and bool(named & entry.case.truth)


def is_false(entry: Judged, answer: Identification) -> bool:
    """Whether the answer states substances of which the case has none."""
    return answer.verdict in STATEMENTS and not names_truth(entry, answer)


Answers = Sequence[tuple[Judged, Identification]]


def _counts(judged: Sequence[Judged]) -> Figures:
    whole = [entry for entry in judged if not entry.left_out]
    return {
        **{kind: sum(e.case.kind == kind for e in whole) for kind in ("known", "stranger", "mixture")},
        "sources": len({entry.case.source for entry in whole}),
        "unusable": [
            f"{e.case.name}: {', '.join(e.quality.unusable) or 'too_little_overlap'}"
            for e in whole
            if not e.usable
        ],
    }


def _detection(known: Answers) -> Figures:
    right = [(e, a) for e, a in known if names_truth(e, a)]
    verdicts = Counter(a.verdict for _, a in right)
    strayed = sum(a.verdict == "mixture" for _, a in right)
    missed = [_line(e, a) for e, a in known if not names_truth(e, a)]
    return {
        "detected": _share(len(right), len(known)),
        "by_verdict": {verdict: verdicts[verdict] for verdict in STATEMENTS},
        "with_an_extra_component": _share(strayed, len(known)),
        "wrong_name": _share(sum(is_false(e, a) for e, a in known), len(known)),
        "missed": missed,
    }


def _false(answers: Answers) -> Figures:
    false = [(e, a) for e, a in answers if is_false(e, a)]
    verdicts = Counter(a.verdict for _, a in false)
    return {
        "false": _share(len(false), len(answers)),
        # spectra of one substance and source come in pairs and fail in pairs
        "substances": _share(
            len({_substance(e) for e, _ in false}), len({_substance(e) for e, _ in answers})
        ),
        "by_verdict": {verdict: verdicts[verdict] for verdict in STATEMENTS},
        "which": [_line(e, a) for e, a in false],
    }


def _operating(scores: Mapping[str, Sequence[float]]) -> Figures:
    points = {}
    for rate in RATES:
        threshold, detected = figures.detected_at(scores["known"], scores["strangers"], rate)
        false = sum(score > threshold for score in scores["left_out"])
        points[f"{rate:g}"] = {
            "threshold": threshold,
            "detected": asdict(detected),
            "left_out": _share(false, len(scores["left_out"])),
        }
    return points


def _peer_scores(tops: Sequence[Tops]) -> dict[str, list[float]]:
    return {
        "known": [t.score if t.right else -np.inf for t in tops if t.kind == "known"],
        "left_out": [t.left_out for t in tops if t.kind == "known"],
        "strangers": [t.score for t in tops if t.kind == "stranger"],
    }


def _peer(tops: Sequence[Tops], threshold: float) -> Figures:
    passed = {
        name: (sum(score >= threshold for score in scores), len(scores))
        for name, scores in _peer_scores(tops).items()
    }
    return {"threshold": threshold, **{name: _share(k, n) for name, (k, n) in passed.items()}}


def _reliability(answers: Answers, labels: Sequence[Label], calibration: Calibration) -> Figures:
    """Of the statement "it is the top candidate", cases in the library weighing as much as the others."""
    stated = [entry for entry, _ in answers if entry.usable]
    claimed = [calibration.single.probability(entry.log_odds) for entry in stated]
    true = [entry.is_right(labels) for entry in stated]
    weight = figures.even_prior(np.array([bool(e.case.truth) and not e.left_out for e in stated]))
    bins = figures.reliability(claimed, true, weight)
    return {
        "bins": [asdict(each) for each in bins],
        "ece": figures.calibration_error(bins),
        "brier": figures.brier(claimed, true, weight),
    }


def _mixture(entry: Judged, labels: Sequence[Label], calibration: Calibration) -> Figures:
    answer = entry.answer(labels, calibration)
    named = {each.label.identity for each in answer.substances}
    best = entry.mixture
    return {
        "case": entry.case.name,
        "left_out": sorted(entry.left_out),
        "verdict": answer.verdict,
        "named": [[each.label.substance, each.share, each.probability] for each in answer.substances],
        "complete": answer.verdict in STATEMENTS and named == entry.case.truth - entry.left_out,
        "false": answer.verdict in STATEMENTS and not named <= entry.case.truth,
        "best_fit": [[labels[c.row].substance, c.share] for c in best.components] if best else [],
        "weakest": best.weakest if best else None,
    }


def _by_source(known: Answers, left_out: Answers, strangers: Answers) -> Figures:
    found: Figures = {}
    for entry, _ in [*known, *strangers]:
        found.setdefault(entry.case.source, {})
    for source, row in found.items():
        for name, answers, holds in (
            ("detected", known, names_truth),
            ("left_out", left_out, is_false),
            ("strangers", strangers, is_false),
        ):
            own = [holds(e, a) for e, a in answers if e.case.source == source]
            row[name] = [sum(own), len(own)]
    return found


def _substance(entry: Judged) -> str:
    return entry.case.substance or entry.case.name


def _line(entry: Judged, answer: Identification) -> str:
    named = ", ".join(each.label.substance for each in answer.substances) or "nothing"
    reasons = " ".join((*entry.quality.unusable, *answer.reasons))
    return f"{entry.case.name}: {answer.verdict}, {named} (log odds {entry.log_odds:.1f}; {reasons})"


def _share(k: int, n: int) -> Figures:
    return asdict(figures.share(k, n))
