"""Statements that are withheld, and what a search that found nothing may not say."""

from dataclasses import replace

from ...label import ALERT_ROLES
from ..actions import advised
from ..decision import MAX_CANDIDATES
from ..identification import STATEMENTS, Identification


def withheld(said: Identification, reasons: tuple[str, ...] = ()) -> Identification:
    """Name what would have been stated as possible only.

    Parameters
    ----------
    said : Identification
        Any answer; one that states nothing is given back with the reasons.
    reasons : tuple of str
        Why, added to its own.

    Returns
    -------
    Identification
        Without a probability: no measured case stands behind it.
    """
    codes = tuple(dict.fromkeys((*reasons, *said.reasons)))
    if said.verdict not in STATEMENTS:
        return advised(replace(said, reasons=codes))
    # those that alarm stay where not all fit
    kept = sorted(said.substances, key=lambda named: named.label.role not in ALERT_ROLES)[:MAX_CANDIDATES]
    named = tuple(
        replace(each, probability=None, share=None, share_interval=None)
        for each in said.substances
        if each in kept
    )
    changed = replace(
        said,
        verdict="inconclusive",
        probability=None,
        substances=named,
        reasons=codes,
        proven=None,
        prediction_set=None,
    )
    return advised(changed)


def undecided(said: Identification) -> Identification:
    """Turn ``no_match`` of a spectrum whose bands noise may hide into ``inconclusive``.

    Parameters
    ----------
    said : Identification
        Any answer; others are given back as they are.
    """
    if said.verdict != "no_match":
        return said
    reasons = tuple("low_probability" if code == "no_candidate" else code for code in said.reasons)
    return advised(replace(said, verdict="inconclusive", reasons=reasons))
