"""Spectra whose stated truth is in doubt: counted as labelled, and listed with their outcomes.

Nothing is dropped in silence: every figure of the main table counts these as their makers labelled
them; a second one is given beside it with them set aside. Statistics that are fitted and shipped
(:mod:`.evidence`) leave them out, since nothing should be learned from a label that is probably wrong.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Doubt:
    """Why the truth of some spectra is in doubt.

    Attributes
    ----------
    names : tuple of str
        Names of cases, whole.
    reason : str
        What was seen, in one sentence.
    """

    names: tuple[str, ...]
    reason: str


DOUBTS: Final = (
    Doubt(
        ("Cabernard et al. 2018/Polypropylene/5296", "Cabernard et al. 2018/Polyvinylchloride/5316"),
        "labels swapped: 5316 agrees with the six other polypropylenes of its source (derivative correlation "
        "0.81 to 0.88) and with no polyvinyl chloride; 5296 with none of them, but with one of those at 0.75",
    ),
    Doubt(
        ("amino acids/DL-alanine, mean", "amino acids/DL-alanine, scan"),
        "the library's label is in doubt: its spectrum named alanine correlates 0.07 with "
        "measured DL-alanine",
    ),
    Doubt(
        ("FMNT-M_Ho785/S0B10_iR785_OP01_6000msx4", "FMNT-M_Ho785/S0B10_iR785_OP02_25000msx2"),
        "hardly silicon: its band at 520 cm⁻¹ has 0.38 and 0.18 of the height of the highest other feature, "
        "in the other spectra of this standard more than 5 times that height",
    ),
)

_REASONS: Final = {name: doubt.reason for doubt in DOUBTS for name in doubt.names}


def doubt_of(name: str) -> str:
    """Why the truth of a case is in doubt; empty where it is not.

    Parameters
    ----------
    name : str
        Of the case.
    """
    return _REASONS.get(name, "")
