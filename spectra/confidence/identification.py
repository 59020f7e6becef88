"""The answer: what the spectrum is, how sure that is, and what to do next."""

from dataclasses import dataclass
from typing import Final, Literal

from ..label import Label
from ..matching.hints import Hint
from ..matching.search import Hit
from ..quality import QualityReport

Verdict = Literal["match", "mixture", "group", "inconclusive", "no_match", "unusable"]
VERDICTS: Final[tuple[Verdict, ...]] = (
    "match",
    "mixture",
    "group",
    "inconclusive",
    "no_match",
    "unusable",
)

STATEMENTS: Final[frozenset[Verdict]] = frozenset({"match", "mixture", "group"})
"""Verdicts that name something as found."""

NextAction = Literal[
    "send_to_lab",
    "scan_again_longer",
    "scan_again_weaker",
    "move_spot",
    "scan_through_less_plastic",
    "use_vial_holder",
    "use_second_technique",
    "check_instrument",
    "use_right_library",
    "call_reach_back",
]

SafetyCode = Literal["possible_explosive", "explosive_precursor", "no_laser"]
SAFETY_CODES: Final[tuple[SafetyCode, ...]] = ("possible_explosive", "explosive_precursor", "no_laser")

ENERGETIC: Final[frozenset[SafetyCode]] = frozenset({"possible_explosive", "explosive_precursor"})
"""Codes that say what may be there; such an item is never scanned again."""


@dataclass(frozen=True)
class NamedSubstance:
    """One substance that the answer names.

    Attributes
    ----------
    label : Label
        The reference that speaks for it.
    probability : float or None
        P(this statement is right) from a calibration; None when nothing calibrated speaks.
    share : float or None
        Share of the spectrum, 0 to 1; never weight percent. None for a mere candidate.
    hqi : float
        Hit quality index of the reference against the whole spectrum, 0 to 1.
    share_interval : tuple of float, or None
        Lowest and highest share that the noise and the fit allow (95 %); None where there is no
        share, or but one component.
    """

    label: Label
    probability: float | None
    share: float | None
    hqi: float
    share_interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class PredictionSet:
    """References among which the truth is at a stated rate, if the library holds it.

    Attributes
    ----------
    level : float
        Share of cases whose truth the set contains: marginal, in-library cases only.
    labels : tuple of Label
        Most evidence first, one per identity; the first is the top candidate.
    """

    level: float
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class DetectionLimit:
    """What a spectrum can not exclude.

    Attributes
    ----------
    label : Label
        Reference of a watched substance.
    share : float or None
        Share of the spectrum below which it would have been missed at this spot, 0 to 1; None
        when it would have been missed at any share.
    level : float
        Rate of detection at that share.
    """

    label: Label
    share: float | None
    level: float = 0.95


@dataclass(frozen=True)
class Identification:
    """The answer to one spectrum.

    Attributes
    ----------
    verdict : str
        One of ``VERDICTS``.
    alert : bool
        True when a controlled substance or precursor is among ``substances``.
    probability : float or None
        P(the statement is right) under the calibration's stated prior; None when nothing
        calibrated speaks.
    substances : tuple of NamedSubstance
        ``match`` one, ``mixture`` two or more, ``group`` the set (at most 5),
        ``inconclusive`` up to 3 candidates, ``no_match`` and ``unusable`` none.
    hits : tuple of Hit
        Ranked candidates.
    hints : tuple of Hint
        Unverified band agreement (grade E); never evidence.
    reasons : tuple of str
        Codes that say why, most important first.
    next_action : str
        The one thing to do next: that of the most important reason, see ``actions.next_action``.
    quality : QualityReport
        What the quality gate measured.
    unexplained_cm1 : tuple of float
        Bands of the spectrum that nothing named explains, ascending.
    unexplained_nm : tuple of float
        The same for near infrared, wavelengths.
    prediction_set : PredictionSet or None
        None when nothing calibrated speaks.
    detection_limits : tuple of DetectionLimit
        Of every watched substance with a measured reference, on a benign match.
    prior : float or None
        P(the substance is in the library) that ``probability`` assumes.
    proven : bool or None
        Of a mixture, whether no other set of as many references explains more: see
        ``matching.mixtures.Mixture``. None for every other verdict.
    safety : tuple of str
        Which of ``ENERGETIC`` a named or hinted substance is; who knows substances by name says it.
    """

    verdict: Verdict
    alert: bool
    probability: float | None
    substances: tuple[NamedSubstance, ...]
    hits: tuple[Hit, ...]
    hints: tuple[Hint, ...]
    reasons: tuple[str, ...]
    next_action: NextAction
    quality: QualityReport
    unexplained_cm1: tuple[float, ...] = ()
    prediction_set: PredictionSet | None = None
    detection_limits: tuple[DetectionLimit, ...] = ()
    prior: float | None = None
    proven: bool | None = None
    unexplained_nm: tuple[float, ...] = ()
    safety: tuple[SafetyCode, ...] = ()
