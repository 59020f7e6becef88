"""What to do next: one action for each reason, and the rules by which an answer gets its own.

The table is the only place that ties a reason to an action. No action ever opens a package.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ..units import Technique
from .identification import ENERGETIC, STATEMENTS, Identification, NextAction, SafetyCode, Verdict

__all__ = ["ACTIONS", "DECIDING", "REMARKS", "advised", "next_action", "safety_of"]

DECIDING: Final = MappingProxyType[str, NextAction](
    {
        # the spectrum must not be judged
        "no_library_for_technique": "use_right_library",
        "wrong_technique": "use_right_library",
        "too_little_overlap": "use_right_library",
        "counts_only": "check_instrument",
        "unknown_quantity": "check_instrument",
        "heating": "use_second_technique",
        "fluorescent": "scan_through_less_plastic",
        "saturated": "scan_again_weaker",
        "too_dark": "move_spot",
        "always_too_weak": "use_vial_holder",
        "too_weak": "scan_again_longer",
        "flat": "scan_again_longer",
        # answers contradict each other
        "techniques_disagree": "send_to_lab",
        "replicates_disagree": "send_to_lab",
        "ambiguous_candidates": "call_reach_back",
        # another scan may say more
        "container_only": "move_spot",
        "axis_offset": "check_instrument",
        "quantity_assumed": "check_instrument",
        "too_few_replicates": "scan_again_longer",
        "packaging_in_scan": "scan_through_less_plastic",
        "low_probability": "scan_again_longer",
        "instrument_check_failed": "check_instrument",
        "instrument_check_missing": "check_instrument",
        "instrument_check_expired": "check_instrument",
        # it will not
        "no_candidate": "use_second_technique",
        "grade_d": "send_to_lab",
        "phenyl_only": "send_to_lab",
        "near_identical_members": "send_to_lab",
        "unexplained_bands": "send_to_lab",
        "unlike_own_scans": "send_to_lab",
        "mixture_components": "send_to_lab",
        "one_band_only": "use_second_technique",
        "low_coverage": "use_second_technique",
        "hint": "send_to_lab",
        "form_uncertain": "send_to_lab",
        "seen_by_one_technique": "send_to_lab",
        "techniques_agree": "send_to_lab",
        "no_added_information": "send_to_lab",
    }
)
"""The action of each reason that an answer may go by, the most important reason first."""

REMARKS: Final = MappingProxyType[str, NextAction](
    {
        "uncalibrated": "use_right_library",
        "starter_library": "use_right_library",
        "library_unsigned": "use_right_library",
        "library_draft": "use_right_library",
        "library_untrusted": "use_right_library",
        "library_revoked": "use_right_library",
        "library_expired": "use_right_library",
        "library_unchecked": "use_right_library",
        "degraded_mixture": "send_to_lab",
        "degraded_limits": "send_to_lab",
    }
)
"""The action of each reason that holds for every item, whatever it is: no answer goes by it."""

ACTIONS: Final = MappingProxyType[str, NextAction]({**DECIDING, **REMARKS})
"""The one action of every reason."""

OTHERWISE: Final[NextAction] = "send_to_lab"
"""Where no reason decides."""

_READ_BY_A_SPECIALIST: Final = frozenset(
    {"grade_d", "ambiguous_candidates", "replicates_disagree", "techniques_disagree"}
)
"""Why a drug that is feared but not stated should be looked at by who reads spectra, now and not in weeks."""

_SHINES_AGAIN: Final[frozenset[NextAction]] = frozenset(
    {
        *("scan_again_longer", "scan_again_weaker", "scan_through_less_plastic"),
        *("move_spot", "use_vial_holder", "check_instrument"),
    }
)
"""Actions that end with the same instrument pointed at the item once more."""


def next_action(
    verdict: Verdict, reasons: Sequence[str], *, alert: bool, hinted: bool, safety: Collection[str] = ()
) -> NextAction:
    """Pick the one thing to do next.

    The first rule that applies:

    1. An explosive, an oxidiser or an explosive precursor may be there: ``call_reach_back``, never a scan.
    2. The spectrum must not be judged: the action of its first reason.
    3. An alert that is not stated, for a reason that a specialist can settle: ``call_reach_back``.
    4. Any other alert, or a hint: ``send_to_lab``.
    5. Else the action of the most important reason, in the order of ``DECIDING``.
    6. No reason decides: ``send_to_lab``; a benign statement clears nothing.

    Parameters
    ----------
    verdict : str
        One of ``identification.VERDICTS``.
    reasons : sequence of str
        Codes; unknown ones count for nothing.
    alert : bool
        Whether a controlled substance or precursor is named.
    hinted : bool
        Whether an unverified table fired.
    safety : collection of str
        Codes of ``identification.ENERGETIC`` that apply.
    """
    if not ENERGETIC.isdisjoint(safety):
        return "call_reach_back"
    if verdict == "unusable":
        return next((ACTIONS[code] for code in reasons if code in ACTIONS), "scan_again_longer")
    if alert and verdict not in STATEMENTS and not _READ_BY_A_SPECIALIST.isdisjoint(reasons):
        return "call_reach_back"
    if alert or hinted:
        return "send_to_lab"
    return next((action for code, action in DECIDING.items() if code in reasons), OTHERWISE)


def advised(said: Identification) -> Identification:
    """Give an answer the next action that its verdict and reasons ask for."""
    action = next_action(
        said.verdict, said.reasons, alert=said.alert, hinted=bool(said.hints), safety=said.safety
    )
    return replace(said, next_action=action)


def safety_of(
    found: Sequence[SafetyCode], action: NextAction, techniques: Collection[Technique]
) -> tuple[SafetyCode, ...]:
    """List what must be said before the next action, most urgent first.

    A laser heats what is dark, and may set off what is energetic; the lamps of near infrared
    instruments do not. So ``no_laser`` stands wherever a laser may be pointed at the item next: by
    another scan of a Raman instrument, or by whatever another technique is.

    Parameters
    ----------
    found : sequence of str
        Codes of ``identification.ENERGETIC`` that apply.
    action : str
        What is to be done next.
    techniques : collection of str
        By which the item was scanned.
    """
    again = action in _SHINES_AGAIN and "raman" in techniques
    return (*found, "no_laser") if found or again or action == "use_second_technique" else ()
