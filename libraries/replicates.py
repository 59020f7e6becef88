"""Several scans of one item, one answer: outliers named, contradictions never averaged away."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from spectra.confidence.actions import DECIDING, advised
from spectra.confidence.identification import STATEMENTS, Identification, Verdict
from spectra.errors import SpectrumError
from spectra.label import Label
from spectra.preprocessing.spikes import despike
from spectra.spectrum import Spectrum

from . import disagreement
from .engine import Answer
from .outliers import OUTLIER, robust_distances
from .substances_energetic import made_safe

MIN_USED: Final = 2
"""One scan that nothing confirms is no consensus."""

SAME_SCAN: Final = 1e-6
"""Share of its range by which a scan may differ from another and still be the same one, written anew."""

_TOO_WEAK: Final = frozenset({"too_weak", "flat"})
"""Reasons of unusable scans that one more of the same kind is not likely to mend."""

ScanState = Literal["used", "outlier", "container", "unusable", "duplicate"]
Agreement = Literal["agree", "disagree", "too_few"]


@dataclass(frozen=True)
class Scan:
    """One of the scans.

    Attributes
    ----------
    state : str
        ``used`` for the consensus; ``outlier``; ``container`` where others saw more than that;
        ``unusable``; ``duplicate`` of a scan before it, which confirms nothing.
    distance : float or None
        Of ``outliers.robust_distances``; None for an unusable scan and for a duplicate.
    said : Identification
        What it says alone.
    """

    state: ScanState
    distance: float | None
    said: Identification


@dataclass(frozen=True)
class ShareRange:
    """Lowest and highest share of one substance among the scans that give one.

    Attributes
    ----------
    label : Label
        Of the first scan that names it.
    low, high : float
        Shares of the spectrum.
    n : int
        Scans.
    """

    label: Label
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Replicates:
    """The one answer, and how far the scans differ.

    Attributes
    ----------
    answer : Answer
        Of the consensus; ``inconclusive`` where the scans disagree or too few can be used,
        ``unusable`` where none can.
    agreement : str
        ``agree``, ``disagree``, ``too_few``.
    scans : tuple of Scan
        In the order given.
    verdicts : tuple of (str, int)
        How many scans say what, most first; duplicates say nothing of their own.
    probability : tuple of float, or None
        Lowest and highest of the used scans that state something.
    shares : tuple of ShareRange
        Of the used scans.
    threshold : float
        Distance from which a scan is an outlier.
    """

    answer: Answer
    agreement: Agreement
    scans: tuple[Scan, ...]
    verdicts: tuple[tuple[Verdict, int], ...]
    probability: tuple[float, float] | None
    shares: tuple[ShareRange, ...]
    threshold: float = OUTLIER


def judge_replicates(
    spectra: Sequence[Spectrum],
    answers: Sequence[Answer],
    *,
    identify: Callable[[Spectrum], Answer],
    prepare: Callable[[Spectrum], Spectrum],
) -> Replicates:
    """Give one answer to several scans of one item.

    Scans that were given before and those that the quality gate refused are left out, then those far
    from the median of all, then those that saw but the container where others saw more. The mean of
    the rest is identified.
    That answer stands only where no scan contradicts it: nobody states other substances, finds
    nothing that explains a good spectrum while others name one, or names a controlled substance
    or precursor that the consensus does not; and it is a mixture only where some scan alone is. An
    outlier may contradict too: another spot may hold something else.

    Parameters
    ----------
    spectra : sequence of Spectrum
        At least one, all of one technique, axis unit and quantity.
    answers : sequence of Answer
        What each says alone.
    identify : callable
        Answers what the mean is: ``Engine.identify``.
    prepare : callable
        Brings a scan into the domain in which they are compared: ``outliers.in_search_domain``.

    Returns
    -------
    Replicates
        With one answer whatever happened.

    Raises
    ------
    SpectrumError
        No scans, not as many answers, or scans of several techniques, axes or quantities.
    """
    check_one_kind(spectra)
    if len(spectra) != len(answers):
        raise SpectrumError(f"{len(spectra)} scans and {len(answers)} answers: expected as many")
    scans = _sort_out(spectra, answers, prepare)
    used = [place for place, scan in enumerate(scans) if scan.state == "used"]
    agreement: Agreement = "agree"
    if len(used) < MIN_USED:
        agreement, answer = "too_few", _too_few(answers, scans)
    else:
        answer = identify(mean_spectrum([spectra[place] for place in used]))
        said = answer.identification
        if _is_contradicted(said, scans):
            agreement = "disagree"
            said = disagreement.inconclusive(said, _all_said(scans), reason="replicates_disagree")
        else:
            said = _with_doubts(said, scans)
        answer = replace(answer, identification=said)
    return Replicates(
        answer,
        agreement,
        scans,
        tuple(Counter(scan.said.verdict for scan in scans if scan.state != "duplicate").most_common()),
        _probability_range(scans),
        _share_ranges(scans),
    )


def check_one_kind(spectra: Sequence[Spectrum]) -> None:
    """Raise unless the scans can be scans of one item by one technique.

    Parameters
    ----------
    spectra : sequence of Spectrum
        Those to take as one item.

    Raises
    ------
    SpectrumError
        No scans, or several techniques, axis units or quantities.
    """
    if not spectra:
        raise SpectrumError("no scan of the item: expected at least one that can be read")
    kinds = {(s.technique, s.unit, str(s.metadata.get("quantity", "unknown"))) for s in spectra}
    if len(kinds) > 1:
        told = "; ".join(sorted(", ".join(kind) for kind in kinds))
        raise SpectrumError(
            f"scans of several kinds ({told}): expected one technique, axis and quantity. "
            "Give the scans of each technique in a call of its own, then combine the results."
        )


def mean_spectrum(spectra: Sequence[Spectrum]) -> Spectrum:
    """Mean of several scans on the axis of the first, where all have measured.

    Parameters
    ----------
    spectra : sequence of Spectrum
        At least one. Cosmic-ray spikes of Raman scans are taken out of each before.

    Raises
    ------
    SpectrumError
        When too few points are common.
    """
    first = spectra[0]
    low, high = max(s.axis[0] for s in spectra), min(s.axis[-1] for s in spectra)
    axis = first.axis[(first.axis >= low) & (first.axis <= high)]
    rows = [np.interp(axis, spectrum.axis, _despiked(spectrum)) for spectrum in spectra]
    metadata = {key: value for key, value in first.metadata.items() if key != "source_sha256"}
    warnings = tuple(dict.fromkeys(warning for spectrum in spectra for warning in spectrum.warnings))
    mean = np.mean(rows, axis=0)
    return replace(first, axis=axis, intensity=mean, metadata=metadata, warnings=warnings)


def _despiked(spectrum: Spectrum) -> NDArray[np.float64]:
    if spectrum.technique != "raman":
        return spectrum.intensity
    return despike(spectrum.axis, spectrum.intensity)[1]


def _sort_out(
    spectra: Sequence[Spectrum], answers: Sequence[Answer], prepare: Callable[[Spectrum], Spectrum]
) -> tuple[Scan, ...]:
    """State of every scan."""
    said = [answer.identification for answer in answers]
    again = _duplicates(spectra)
    judged = [p for p, one in enumerate(said) if one.verdict != "unusable" and p not in again]
    distances = robust_distances([prepare(spectra[place]) for place in judged])
    found = {place: float(each) for place, each in zip(judged, distances, strict=True)}
    states: dict[int, ScanState] = {
        place: "outlier" if distance > OUTLIER else "used" for place, distance in found.items()
    }
    used = [place for place, state in states.items() if state == "used"]
    empty = [place for place in used if disagreement.saw_container_only(said[place])]
    if len(empty) < len(used):
        states |= dict.fromkeys(empty, "container")
    states |= dict.fromkeys(again, "duplicate")
    return tuple(Scan(states.get(place, "unusable"), found.get(place), one) for place, one in enumerate(said))


def _duplicates(spectra: Sequence[Spectrum]) -> set[int]:
    """Places of scans that stand earlier too: noise is never the same twice."""
    return {
        place
        for place, spectrum in enumerate(spectra)
        if any(_is_same_scan(spectrum, earlier) for earlier in spectra[:place])
    }


def _is_same_scan(one: Spectrum, other: Spectrum) -> bool:
    if one.n_points != other.n_points or not np.allclose(one.axis, other.axis, rtol=SAME_SCAN, atol=0.0):
        return False
    differs = float(np.abs(one.intensity - other.intensity).max())
    return differs <= SAME_SCAN * float(np.ptp(other.intensity))


def _all_said(scans: Sequence[Scan]) -> list[Identification]:
    return [scan.said for scan in scans]


def _is_contradicted(consensus: Identification, scans: Sequence[Scan]) -> bool:
    """Whether any scan saw what the consensus does not say."""
    heard = [scan.said for scan in scans if scan.state in ("used", "outlier")]
    stated = [disagreement.named_identities(said) for said in heard if disagreement.states_content(said)]
    named = disagreement.named_identities(consensus)
    if any(disagreement.feared_identities(said) - named for said in heard):
        return True
    if consensus.verdict == "mixture" and all(said.verdict != "mixture" for said in heard):
        return True  # the mean of two spots is a mixture that stands at neither
    if not stated:
        return False
    common = frozenset.intersection(*stated)
    if not common or any(said.verdict == "no_match" for said in heard):
        return True
    if consensus.verdict in STATEMENTS:
        return not common & named
    return consensus.verdict != "inconclusive"


def _too_few(answers: Sequence[Answer], scans: Sequence[Scan]) -> Answer:
    """Answer where nothing confirms what one scan says, or no scan says anything."""
    states = [scan.state for scan in scans]
    best = states.index("used") if "used" in states else 0
    said = scans[best].said
    if set(states) <= {"unusable", "duplicate"}:
        reasons = tuple(dict.fromkeys(code for scan in scans for code in scan.said.reasons))
        if states.count("unusable") >= MIN_USED and DECIDING.keys() & set(reasons) <= _TOO_WEAK:
            reasons = ("always_too_weak", *reasons)
        return replace(answers[best], identification=advised(replace(said, reasons=reasons)))
    reason = "replicates_disagree" if "outlier" in states else "too_few_replicates"
    refused = disagreement.inconclusive(said, _all_said(scans), reason=reason)
    return replace(answers[best], identification=refused)


def _with_doubts(said: Identification, scans: Sequence[Scan]) -> Identification:
    """Consensus with the hints of every scan; its form in doubt where the scans name several."""
    hints = disagreement.all_hints([said, *_all_said(scans)])
    reasons = list(said.reasons)
    if hints and "hint" not in reasons:
        reasons.insert(0, "hint")
    if said.verdict == "match" and "form_uncertain" not in reasons and _several_forms(said, scans):
        reasons.append("form_uncertain")
    return made_safe(replace(said, hints=hints, reasons=tuple(reasons)))


def _several_forms(said: Identification, scans: Sequence[Scan]) -> bool:
    matched = [said, *(s.said for s in scans if s.state == "used" and s.said.verdict == "match")]
    labels = [one.substances[0].label for one in matched]
    return len({label.form for label in labels if label.identity == labels[0].identity}) > 1


def _probability_range(scans: Sequence[Scan]) -> tuple[float, float] | None:
    stated = [
        scan.said.probability
        for scan in scans
        if scan.state == "used" and scan.said.verdict in STATEMENTS and scan.said.probability is not None
    ]
    return (min(stated), max(stated)) if stated else None


def _share_ranges(scans: Sequence[Scan]) -> tuple[ShareRange, ...]:
    found: dict[tuple[str, str], tuple[Label, list[float]]] = {}
    for scan in scans:
        for named in scan.said.substances if scan.state == "used" else ():
            if named.share is not None:
                key = named.label.identity, named.label.form
                found.setdefault(key, (named.label, []))[1].append(named.share)
    return tuple(ShareRange(label, min(s), max(s), len(s)) for label, s in found.values())
