"""Raman: broadened square roots, bands explained both ways, mixtures of slopes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from spectra.confidence import decision, groups, ranking
from spectra.confidence.calibration import Calibration, evidence_fingerprint
from spectra.confidence.glare import glare
from spectra.confidence.identification import STATEMENTS, DetectionLimit, Identification
from spectra.errors import SpectraError
from spectra.label import Label
from spectra.matching.alignment import AlignedQuery
from spectra.matching.basis import Basis, build_basis
from spectra.matching.candidates import SEARCHED, Weighed, rank_candidates
from spectra.matching.evidence import score_of
from spectra.matching.hints import HintTable, find_hints
from spectra.matching.index import Query, SearchIndex, prepare_query
from spectra.matching.mixtures import MIN_LOG_ODDS, Mixture, find_mixture
from spectra.matching.search import MIN_OVERLAP_POINTS
from spectra.matching.separation import compare
from spectra.matching.subsets import MAX_TERMS
from spectra.matching.unexplained import unexplained_by_best
from spectra.preprocessing import Pipeline
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum

from ..containers import missing_containers
from ..library import Library
from .allowance import SMALL_MIXTURE, Allowance
from .method import Answer, join, read_calibrations, refuse

if TYPE_CHECKING:
    from .ranked import HitList

MEASURED_GRADES: Final = frozenset({"A", "B", "C"})
"""Of references that were measured, or drawn from bands fitted to a measurement."""


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A spectrum that can be compared with the libraries."""

    prepared: Spectrum
    query: Query


@dataclass(frozen=True, eq=False)
class RamanMethod:
    """All Raman libraries, searched as one.

    Attributes
    ----------
    pipeline : Pipeline
        Preprocessing of query and references.
    index : SearchIndex
        Their rows.
    basis : Basis
        What mixtures are made of: the rows, and containers that the libraries lack.
    labels : tuple of Label
        One per row of the basis.
    calibration : Calibration or None
        The one that promises least; None when a library has none.
    hints : tuple of HintTable
        Recalled tables, never evidence.
    libraries : tuple of Library
        Those that are searched.
    """

    pipeline: Pipeline
    index: SearchIndex
    basis: Basis
    labels: tuple[Label, ...]
    calibration: Calibration | None
    hints: tuple[HintTable, ...]
    libraries: tuple[Library, ...]

    @property
    def config(self) -> Mapping[str, Any]:
        """Plain values of everything that decides and is neither library nor preprocessing."""
        return {
            "evidence": evidence_fingerprint(),
            "group_gap": ranking.GROUP_GAP,
            "alarm_gap": ranking.ALARM_GAP,
            "separation": groups.MIN_SEPARATION,
            "lone_band": groups.LONE_BAND,
            "alarm_probability": ranking.ALARM_PROBABILITY,
            "min_log_odds": MIN_LOG_ODDS,
            "candidate_floor": decision.CANDIDATE_FLOOR,
            "score_match": decision.SCORE_MATCH,
            "explained": decision.EXPLAINED,
        }

    def identify(
        self,
        spectrum: Spectrum,
        quality: QualityReport,
        *,
        watched: Collection[str] = (),
        remarks: Sequence[str] = (),
        allowance: Allowance | None = None,
    ) -> Answer:
        """Answer what a spectrum is that the quality gate has measured."""
        compared = self._prepare(spectrum, quality)
        if not isinstance(compared, _Prepared):
            return refuse(quality, compared, self.libraries, remarks=remarks)
        prepared, query = compared.prepared, compared.query
        allowance = allowance or Allowance()
        aligned, ranked = rank_candidates(self.index, query)
        found = self._found(query, aligned, ranked, watched, allowance)
        hints = find_hints(prepared.axis, prepared.intensity, quality.noise, self.hints)
        identification = decision.decide(found, quality, hints=hints, reasons=remarks)
        limits = self._limits(
            query, aligned, found, said=identification, watched=watched, allowance=allowance
        )
        best = ranked[0].evidence if ranked else None
        return Answer(
            replace(identification, detection_limits=limits),
            best.coverage if best else 0.0,
            best.shift_cm1 if best else None,
            self.libraries,
        )

    def search(self, spectrum: Spectrum, quality: QualityReport, *, top: int) -> "HitList":
        """Rank the references that a spectrum is most like; no verdict is made of them."""
        from .ranked import HitList, RankedReference, unranked  # of no use to who identifies

        compared = self._prepare(spectrum, quality)
        if not isinstance(compared, _Prepared):
            return unranked(quality, tuple(compared), self.libraries)
        # never fewer than an identification weighs: the first ones are the same in both
        _, ranked = rank_candidates(self.index, compared.query, top=max(top, SEARCHED))
        if not ranked:
            return unranked(quality, ("too_little_overlap",), self.libraries)
        hits = tuple(
            RankedReference(
                rank,
                self.labels[each.candidate.row],
                each.evidence.hqi,
                score_of(each.log_odds),
                each.evidence.shift_cm1,
                each.evidence.coverage,
            )
            for rank, each in enumerate(ranked[:top], start=1)
        )
        return HitList(hits, (), quality, libraries=self.libraries)

    def _prepare(self, spectrum: Spectrum, quality: QualityReport) -> "_Prepared | Sequence[str]":
        """Make a spectrum comparable, or say why it is not."""
        if spectrum.unit != self.index.grid.unit:
            return ["wrong_technique"]
        if quality.unusable:
            drowned = glare(spectrum, quality)
            return (drowned, *quality.unusable) if drowned else quality.unusable
        try:
            prepared = self.pipeline.apply(spectrum)
        except SpectraError:  # what lies on the grid is too short to be a spectrum
            return ["too_little_overlap"]
        query = prepare_query(prepared, self.index.grid, noise=quality.noise)
        return _Prepared(prepared, query) if _overlaps(query, self.index) else ["too_little_overlap"]

    def _found(
        self,
        query: Query,
        aligned: AlignedQuery,
        ranked: tuple[Weighed, ...],
        watched: Collection[str],
        allowance: Allowance,
    ) -> ranking.Ranking:
        wanted = decision.wants_mixture(ranked) or self._hides(ranked, watched)
        compared = decision.wants_comparison(ranked)
        return ranking.Ranking(
            ranked,
            self.labels,
            self._mixture(query, aligned, allowance) if wanted else None,
            self.calibration,
            compare(self.index, query, aligned, ranked) if compared else (),
            unexplained_by_best(self.index, query, aligned, ranked) if compared else (),
        )

    def _mixture(self, query: Query, aligned: AlignedQuery, allowance: Allowance) -> Mixture | None:
        largest = MAX_TERMS if allowance.affords("mixture") else SMALL_MIXTURE
        with allowance.timed("mixture"):
            return find_mixture(self.basis, query, aligned, largest=largest)

    def _hides(self, ranked: Sequence[Weighed], watched: Collection[str]) -> bool:
        """Whether a small share of a watched substance may stand beside a candidate that explains all."""
        if not ranked or not watched:
            return False
        return self.labels[ranked[0].candidate.row].identity not in watched

    def _limits(
        self,
        query: Query,
        aligned: AlignedQuery,
        found: ranking.Ranking,
        *,
        said: Identification,
        watched: Collection[str],
        allowance: Allowance,
    ) -> tuple[DetectionLimit, ...]:
        """Say what a benign statement cannot exclude of the watched substances that were measured."""
        calibration = self.calibration
        if said.verdict not in STATEMENTS or said.alert or calibration is None:
            return ()
        looked_for = [
            row
            for row, label in enumerate(self.labels)
            if label.identity in watched and label.grade in MEASURED_GRADES
        ]
        if not looked_for or not allowance.affords("limits"):
            return ()
        # five modules that most answers have no use for
        from spectra.confidence.detection_limit import detection_limits

        rows = {label.id: row for row, label in enumerate(self.labels)}
        # the members of a group are one substance to the instrument: the first stands for them
        named = said.substances[:1] if said.verdict == "group" else said.substances
        fitted = found.mixture.components if found.mixture else ()
        behind = [each.row for each in fitted if self.labels[each.row].role == "packaging"]
        with allowance.timed("limits"):
            limits = detection_limits(
                self.basis,
                query,
                aligned=aligned,
                found=list(dict.fromkeys([*(rows[each.label.id] for each in named), *behind])),
                watched=looked_for,
                min_log_odds=max(MIN_LOG_ODDS, calibration.mixture.log_odds(calibration.mixture_threshold)),
            )
        worst: dict[tuple[str, str], DetectionLimit] = {}
        for row, share in limits:  # replicates differ: the one that would have been missed longest speaks
            limit = DetectionLimit(self.labels[row], share)
            key = limit.label.identity, limit.label.form
            if key not in worst or _reach(limit) > _reach(worst[key]):
                worst[key] = limit
        return tuple(worst.values())


def collect_raman(libraries: Sequence[Library], pipeline: Pipeline, prior: float | None) -> RamanMethod:
    """Join Raman libraries.

    Parameters
    ----------
    libraries : sequence of Library
        At least one.
    pipeline : Pipeline
        Preprocessing of query and references.
    prior : float or None
        P(the substance is in the library) that probabilities are restated for.

    Raises
    ------
    LibraryError
        A library that cannot be prepared, or whose calibration is damaged.
    """
    indexes = [library.index(pipeline) for library in libraries]
    seen = join(libraries, [index.ids for index in indexes])
    joined = indexes[0]
    if len(indexes) > 1:
        joined = SearchIndex(
            indexes[0].grid,
            tuple(seen),
            np.stack([indexes[place].root[row] for place, row, _ in seen.values()]),
            np.stack([indexes[place].stretches[row] for place, row, _ in seen.values()]),
        )
        joined.root.flags.writeable = joined.stretches.flags.writeable = False
    labels = tuple(label for _, _, label in seen.values())
    identities = [label.identity for label in labels]
    containers = missing_containers(joined.grid, frozenset(identities))
    behind, container_labels = containers or (None, ())
    basis = build_basis(
        joined, [*identities, *(label.identity for label in container_labels)], containers=behind
    )
    return RamanMethod(
        pipeline,
        joined,
        basis,
        (*labels, *container_labels),
        _cautious(libraries, pipeline, len(set(identities)), prior),
        tuple(hint for library in libraries for hint in library.hints),
        tuple(libraries),
    )


def _cautious(
    libraries: Sequence[Library], pipeline: Pipeline, n_substances: int, prior: float | None
) -> Calibration | None:
    """Calibration that promises least for the same evidence; None when a library has none."""
    read = read_calibrations(libraries, pipeline=pipeline.fingerprint, evidence=evidence_fingerprint())
    if read is None:
        return None
    grown = [each.for_substances(n_substances) for each in read]
    restated = grown if prior is None else [each.at_prior(prior) for each in grown]
    return min(restated, key=lambda entry: entry.single.probability(decision.SCORE_MATCH))


def _reach(limit: DetectionLimit) -> float:
    return 2.0 if limit.share is None else limit.share


def _overlaps(query: Query, index: SearchIndex) -> bool:
    first = np.maximum(index.stretches[:, 0], query.first)
    last = np.minimum(index.stretches[:, 1], query.last)
    return bool(np.any(last - first >= MIN_OVERLAP_POINTS))
