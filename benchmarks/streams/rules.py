"""Rules that make a statement of looks: the stream's, one fixed look, and looking until something is said."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from libraries.streams.judging import fears_more, statement_of
from spectra.confidence.identification import STATEMENTS, Identification
from spectra.streams.sequential import Evidence, likelihood_ratio

from ..accuracy.figures import share
from .belt import LENGTH
from .going_by import PACKAGING, SNRS, Passed

ALPHAS: Final = (0.01, 0.05)
PLANS: Final = ((8, 32, LENGTH), (16, LENGTH), (4, 8, 16, 32, LENGTH))
BELT: Final = frozenset({"polypropylene"})


def sequential(
    looks: Sequence[tuple[int, Identification]], alpha: float, plan: Sequence[int]
) -> tuple[int, Identification] | None:
    """First look at which a statement is made at a stated error rate, as the stream does it."""
    evidence, heard = Evidence(len(plan), alpha), list[Identification]()
    for frames, said in chosen(looks, plan):
        statement = statement_of(said, BELT)
        evidence.add(statement, said.probability, said.prior)
        if evidence.suffices(statement) and not fears_more(said, heard):
            return frames, said
        heard.append(said)
    return None


def chosen(
    looks: Sequence[tuple[int, Identification]], plan: Sequence[int]
) -> list[tuple[int, Identification]]:
    """Give the looks that a plan has: each at its frames, the last at the end."""
    found = {min(range(len(looks)), key=lambda k, n=n: (looks[k][0] < n, looks[k][0])) for n in plan[:-1]}
    return [looks[k] for k in sorted(found | {len(looks) - 1})]


def peeking(looks: Sequence[tuple[int, Identification]]) -> tuple[int, Identification] | None:
    """First look that states anything: what repeated looks at one threshold do."""
    return next(((frames, said) for frames, said in looks if said.verdict in STATEMENTS), None)


def fixed(
    looks: Sequence[tuple[int, Identification]], n: int, alpha: float
) -> tuple[int, Identification] | None:
    """One look after n frames, or at the end, at the evidence of one look."""
    frames, said = next((look for look in looks if look[0] >= n), looks[-1])
    if statement_of(said) is None or said.probability is None:
        return None
    enough = likelihood_ratio(said.probability, said.prior or 0.5) >= 1.0 / alpha
    return (frames, said) if enough else None


def is_false(said: Identification, truth: frozenset[str]) -> bool:
    """Whether a statement names what is neither in the item nor around it."""
    return bool({named.label.identity for named in said.substances} - truth - PACKAGING)


def is_right(said: Identification, truth: frozenset[str]) -> bool:
    """Whether it names the item and nothing that is not there."""
    return truth <= {named.label.identity for named in said.substances} and not is_false(said, truth)


def rule_figures(passed: Sequence[Passed], choose: Any) -> dict[str, Any]:
    """Shares of items rightly and falsely stated by a rule, and frames until then."""
    figures: dict[str, Any] = {}
    outcomes = [[found for piece in p.looks if piece and (found := choose(piece))] for p in passed]
    for kind in ("known", "stranger", "packaging"):
        rows = [(p, stated) for p, stated in zip(passed, outcomes, strict=True) if p.kind == kind]
        wrong = sum(any(is_false(said, p.truth) for _, said in stated) for p, stated in rows)
        figures[f"false_{kind}"] = asdict(share(wrong, len(rows)))
    rows = [(p, stated) for p, stated in zip(passed, outcomes, strict=True) if p.kind == "known"]
    right = [next((n for n, said in stated if is_right(said, p.truth)), None) for p, stated in rows]
    decided = [n for n in right if n is not None]
    figures["right"] = asdict(share(len(decided), len(rows)))
    figures["frames_mean"] = float(np.mean([LENGTH if n is None else n for n in right])) if right else None
    figures["frames_median_decided"] = float(np.median(decided)) if decided else None
    return figures


def summary(passed: Sequence[Passed]) -> dict[str, Any]:
    """All figures about items."""
    rules: dict[str, Any] = {
        "peeking, usual threshold": rule_figures(passed, peeking),
        "last look, usual threshold": rule_figures(passed, lambda looks: peeking(looks[-1:])),
    }
    for alpha in ALPHAS:
        for plan in PLANS:
            rules[f"sequential {alpha:g}, looks {plan}"] = rule_figures(
                passed, lambda looks, a=alpha, p=plan: sequential(looks, a, p)
            )
        for n in (8, 16, 32, LENGTH):
            rules[f"fixed {n}, {alpha:g}"] = rule_figures(
                passed, lambda looks, a=alpha, n=n: fixed(looks, n, a)
            )
    plain = [
        Passed(p.kind, p.vote, p.truth, p.snr, p.delay, p.pieces, (((25, p.naive),),), p.naive)
        for p in passed
    ]
    rules["naive mean of 25, usual threshold"] = rule_figures(plain, peeking)
    return {"items": len(passed), "rules": rules, "by_snr": _by_snr(passed)}


def _by_snr(passed: Sequence[Passed]) -> dict[str, Any]:
    """Shares of known items, bare and in packaging, that are stated at each signal-to-noise."""
    found: dict[str, Any] = {}
    for snr in SNRS:
        rows = [p for p in passed if p.snr == snr]
        row: dict[str, Any] = {"split": asdict(share(sum(p.pieces > 1 for p in rows), len(rows)))}
        for bagged in (False, True):
            known = [p for p in rows if p.kind == "known" and p.bagged is bagged]
            for alpha in ALPHAS:
                what = f"{'packaged' if bagged else 'bare'} {alpha:g}"
                row[f"sequential {what}"] = rule_figures(
                    known, lambda looks, a=alpha: sequential(looks, a, PLANS[0])
                )
                row[f"fixed {LENGTH} {what}"] = rule_figures(
                    known, lambda looks, a=alpha: fixed(looks, LENGTH, a)
                )
        found[f"{snr:g}"] = row
    return found
