"""Looks at an item: what the engine says, what looks add up to, and the one answer in the end."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectra.confidence.identification import STATEMENTS, Identification
from spectra.errors import SpectraError
from spectra.label import ALERT_ROLES
from spectra.spectrum import MetadataValue, Spectrum
from spectra.units import AxisUnit, Technique

from .. import disagreement
from ..methods.method import Answer
from ..substances_energetic import made_safe
from .config import StreamConfig


class Judgement(Protocol):
    """What is needed of ``libraries.embedded.Outcome``."""

    @property
    def answer(self) -> Answer:
        """Verdict, substances, reasons."""

    @property
    def spectrum(self) -> Spectrum:
        """What was judged."""


class Judge(Protocol):
    """What is needed of ``libraries.embedded.Embedded``."""

    def identify(
        self,
        axis: ArrayLike,
        intensity: ArrayLike,
        metadata: Mapping[str, MetadataValue] | None = None,
        *,
        technique: Technique = "raman",
        unit: AxisUnit | None = None,
    ) -> Judgement:
        """Answer what a spectrum is."""


@dataclass(frozen=True)
class Failed:
    """A look at which the engine failed."""

    error: str
    message: str


def ask(
    engine: Judge, config: StreamConfig, intensity: NDArray[np.float64], *, frames: int, taken_off: float
) -> Judgement | Failed:
    """Have an average judged; whatever goes wrong is said and never raised.

    Parameters
    ----------
    engine : Judge
        Who judges.
    config : StreamConfig
        Of the stream.
    intensity : array, shape (m,)
        The average.
    frames : int
        In it.
    taken_off : float
        Share of the background that was taken off.
    """
    digest = hashlib.sha256(config.axis.astype("<f8").tobytes())
    digest.update(intensity.astype("<f8").tobytes())
    metadata = {
        **config.metadata,
        "averaged_frames": frames,
        "background_share": taken_off,
        "source_sha256": digest.hexdigest(),
    }
    try:
        return engine.identify(config.axis, intensity, metadata, technique=config.technique, unit=config.unit)
    except SpectraError as error:
        return Failed(error.code, str(error))
    except Exception as error:  # noqa: BLE001  # a stream goes on, whatever one look does
        return Failed("internal", f"{type(error).__name__}: {error}")


def statement_of(said: Identification, around: frozenset[str] = frozenset()) -> frozenset[str] | None:
    """Give what an answer states of an item, so that equal statements are right or wrong together.

    Parameters
    ----------
    said : Identification
        Of a look.
    around : frozenset of str
        Identities that the empty place is known to be: to name them again says nothing more.

    Returns
    -------
    frozenset of str, or None
        None where nothing is stated with a probability.
    """
    if said.verdict not in STATEMENTS or said.probability is None:
        return None
    named = disagreement.named_identities(said)
    if said.verdict == "group":
        return named | {"one of these"}
    return (named - around) or named


def fears_more(said: Identification, others: Sequence[Identification]) -> bool:
    """Whether another look stated something that alarms and that this one does not name."""
    named = disagreement.named_identities(said)
    stated = (other for other in others if other.verdict in STATEMENTS)
    return any(disagreement.feared_identities(other) - named for other in stated)


def with_reasons(answer: Answer, reasons: Sequence[str]) -> Answer:
    """Answer with what is to be known of the item behind its own reasons."""
    said = answer.identification
    codes = tuple(dict.fromkeys((*said.reasons, *reasons)))
    return replace(answer, identification=replace(said, reasons=codes))


def undecided(answer: Answer, heard: Sequence[Identification], reasons: Sequence[str]) -> Answer:
    """Answer about an item that its looks do not suffice to state anything of: always ``inconclusive``.

    Parameters
    ----------
    answer : Answer
        Of the last look.
    heard : sequence of Identification
        What all looks said. Statements among them stay as candidates, and an alert stays an alert.
    reasons : sequence of str
        Why, most important first.
    """
    said = answer.identification
    stated = [other for other in heard if other is not said and other.verdict in STATEMENTS]
    base = disagreement.inconclusive(said, [said, *stated], reason=reasons[0])
    if said.verdict in STATEMENTS:
        reasons = (*reasons, "low_probability")
    codes = tuple(dict.fromkeys((*reasons, *base.reasons, *said.reasons)))
    calm = not (base.alert or base.hints)
    action = base.next_action
    if calm:
        action = "scan_again_longer" if said.verdict in STATEMENTS else said.next_action
    substances = base.substances
    if said.verdict == "inconclusive" and not stated:
        substances = said.substances
    alert = base.alert or any(named.label.role in ALERT_ROLES for named in substances)
    judged = replace(base, reasons=codes, next_action=action, substances=substances, alert=alert)
    return replace(answer, identification=made_safe(judged))
