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

NextAction = Literal[
    "send_to_lab",
    "scan_again_longer",
    "scan_again_weaker",
    "move_spot",
    "use_second_technique",
    "check_instrument",
    "use_right_library",
]


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
    """

    label: Label
    probability: float | None
    share: float | None
    hqi: float


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
        The one thing to do next.
    quality : QualityReport
        What the quality gate measured.
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
