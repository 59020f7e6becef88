"""The engine: libraries loaded and indexed once, then one call per spectrum."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from spectra.confidence import decision, groups, ranking
from spectra.confidence.calibration import Calibration, check_prior, evidence_fingerprint
from spectra.confidence.identification import STATEMENTS, DetectionLimit, Identification, NextAction
from spectra.errors import CalibrationError, LibraryError, SpectraError
from spectra.label import ALERT_ROLES, Label
from spectra.matching.alignment import AlignedQuery
from spectra.matching.basis import Basis, build_basis
from spectra.matching.candidates import Weighed, rank_candidates
from spectra.matching.hints import HintTable, find_hints
from spectra.matching.index import Query, SearchIndex, prepare_query
from spectra.matching.mixtures import MIN_LOG_ODDS, find_mixture
from spectra.matching.search import MIN_OVERLAP_POINTS
from spectra.matching.separation import compare
from spectra.matching.unexplained import unexplained_by_best
from spectra.preprocessing import Pipeline
from spectra.quality import QualityReport, assess_quality
from spectra.spectrum import Spectrum
from spectra.units import Technique

from .calibrating import PIPELINES, candidate_labels, pipeline_of
from .containers import missing_containers
from .library import Library, verify_library
from .starter.tables import FOLDER
from .substances import identity_key, normalise_name

STARTER: Final = "starter"

MEASURED_GRADES: Final = frozenset({"A", "B", "C"})
"""Of references that were measured, or drawn from bands fitted to a measurement."""

_ACTIONS: Final[dict[str, NextAction]] = {
    "flat": "scan_again_longer",
    "too_weak": "scan_again_longer",
    "saturated": "scan_again_weaker",
    "too_little_overlap": "use_right_library",
    "no_library_for_technique": "use_right_library",
    "wrong_technique": "use_right_library",
}


@dataclass(frozen=True)
class Answer:
    """An identification and what it rests on.

    Attributes
    ----------
    identification : Identification
        Verdict, substances, reasons, next action.
    coverage : float
        Share of the best candidate's signal that lies inside what was measured; 0 when there is
        no candidate.
    axis_shift_cm1 : float or None
        What was added to the axis for the best candidate; None when there is no candidate.
    libraries : tuple of Library
        Those that were asked.
    """

    identification: Identification
    coverage: float
    axis_shift_cm1: float | None
    libraries: tuple[Library, ...]


@dataclass(frozen=True, eq=False)
class _Collection:
    """All libraries of one technique, searched as one."""

    pipeline: Pipeline
    index: SearchIndex
    basis: Basis
    labels: tuple[Label, ...]
    calibration: Calibration | None
    hints: tuple[HintTable, ...]
    libraries: tuple[Library, ...]


class Engine:
    """Libraries ready to identify spectra.

    Parameters
    ----------
    libraries : iterable of Library
        At least one. Those of one technique are searched as one.
    uses_starter : bool
        True when they are the built-in starter library, which every result then says.
    prior : float, optional
        P(the substance is in the library) that probabilities are restated for; that of the
        calibrations by default.
    watch : sequence of str
        Substances to watch for beside controlled ones and precursors.

    Raises
    ------
    LibraryError
        No library, one that cannot be prepared, or a watched substance that none of them has.
    CalibrationError
        A prior that is not inside 0 and 1.
    """

    def __init__(
        self,
        libraries: Iterable[Library],
        *,
        uses_starter: bool = False,
        prior: float | None = None,
        watch: Sequence[str] = (),
    ) -> None:
        self.libraries = tuple(libraries)
        self.uses_starter = uses_starter
        if prior is not None:
            check_prior(prior)
        if not self.libraries:
            raise LibraryError("no library given: name one with -l, or none for the built-in starter")
        techniques = dict.fromkeys(library.technique for library in self.libraries)
        self._collections = {
            technique: _collect(
                technique, [lib for lib in self.libraries if lib.technique == technique], prior
            )
            for technique in techniques
            if technique in PIPELINES
        }
        if not self._collections:
            named = ", ".join(sorted(techniques))
            raise LibraryError(f"libraries of technique {named}: this engine searches {', '.join(PIPELINES)}")
        known = [label for found in self._collections.values() for label in found.labels]
        self._watched = _watched(known, watch)

    @classmethod
    def open(
        cls,
        paths: Sequence[str | os.PathLike[str]] = (),
        *,
        prior: float | None = None,
        watch: Sequence[str] = (),
        verify: bool = False,
    ) -> "Engine":
        """Open libraries.

        Parameters
        ----------
        paths : sequence of path
            Library files; ``starter`` or nothing means the built-in starter library.
        prior : float, optional
            P(the substance is in the library) that probabilities are restated for.
        watch : sequence of str
            Substances to watch for beside controlled ones and precursors.
        verify : bool
            Check every byte of large libraries too, as who opens them once and keeps them should.

        Raises
        ------
        LibraryError
            A library that is missing, damaged or foreign, or a watched substance that none has.
        CalibrationError
            A prior that is not inside 0 and 1.
        """
        names = [os.fspath(path) for path in paths] or [STARTER]
        read = verify_library if verify else Library.open
        libraries = [open_starter() if name == STARTER else read(name) for name in names]
        return cls(libraries, uses_starter=STARTER in names, prior=prior, watch=watch)

    @property
    def pipeline_fingerprint(self) -> str:
        """Fingerprint of the preprocessing, of several techniques joined by a plus sign."""
        return "+".join(collection.pipeline.fingerprint for collection in self._collections.values())

    @property
    def config_fingerprint(self) -> str:
        """Fingerprint of everything that decides and is neither library nor preprocessing."""
        config = {
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
        return hashlib.sha256(json.dumps(config, sort_keys=True).encode("ascii")).hexdigest()

    def identify(self, spectrum: Spectrum) -> Answer:
        """Answer what a spectrum is.

        Parameters
        ----------
        spectrum : Spectrum
            As measured.

        Returns
        -------
        Answer
            Always one of the verdicts; a spectrum that cannot be judged is ``unusable``.
        """
        quality = assess_quality(spectrum)
        collection = self._collections.get(spectrum.technique)
        if collection is None:
            return self._unusable(quality, ["no_library_for_technique"], self.libraries)
        if spectrum.unit != collection.index.grid.unit:
            return self._unusable(quality, ["wrong_technique"], collection.libraries)
        if quality.unusable:
            return self._unusable(quality, quality.unusable, collection.libraries)
        try:
            prepared = collection.pipeline.apply(spectrum)
        except SpectraError:  # what lies on the grid is too short to be a spectrum
            return self._unusable(quality, ["too_little_overlap"], collection.libraries)
        query = prepare_query(prepared, collection.index.grid, noise=quality.noise)
        if not _overlaps(query, collection.index):
            return self._unusable(quality, ["too_little_overlap"], collection.libraries)
        return self._answer(collection, query, prepared, quality)

    def _answer(
        self, collection: _Collection, query: Query, prepared: Spectrum, quality: QualityReport
    ) -> Answer:
        aligned, ranked = rank_candidates(collection.index, query)
        wanted = decision.wants_mixture(ranked) or self._hides(collection, ranked)
        compared = decision.wants_comparison(ranked)
        found = ranking.Ranking(
            ranked,
            collection.labels,
            find_mixture(collection.basis, query, aligned) if wanted else None,
            collection.calibration,
            compare(collection.index, query, aligned, ranked) if compared else (),
            unexplained_by_best(collection.index, query, aligned, ranked) if compared else (),
        )
        hints = find_hints(prepared.axis, prepared.intensity, quality.noise, collection.hints)
        reasons = ["starter_library"] if self.uses_starter else []
        identification = decision.decide(found, quality, hints=hints, reasons=reasons)
        limits = self._limits(collection, query, aligned, found, identification)
        identification = replace(identification, detection_limits=limits)
        best = ranked[0].evidence if ranked else None
        return Answer(
            identification,
            best.coverage if best else 0.0,
            best.shift_cm1 if best else None,
            collection.libraries,
        )

    def _hides(self, collection: _Collection, ranked: Sequence[Weighed]) -> bool:
        """Whether a small share of a watched substance may stand beside a candidate that explains all."""
        if not ranked or not self._watched:
            return False
        return collection.labels[ranked[0].candidate.row].identity not in self._watched

    def _limits(
        self,
        collection: _Collection,
        query: Query,
        aligned: AlignedQuery,
        found: ranking.Ranking,
        said: Identification,
    ) -> tuple[DetectionLimit, ...]:
        """Say what a benign statement cannot exclude of the watched substances that were measured."""
        calibration = collection.calibration
        if said.verdict not in STATEMENTS or said.alert or calibration is None:
            return ()
        watched = [
            row
            for row, label in enumerate(collection.labels)
            if label.identity in self._watched and label.grade in MEASURED_GRADES
        ]
        if not watched:
            return ()
        # five modules that most answers have no use for
        from spectra.confidence.detection_limit import detection_limits

        rows = {label.id: row for row, label in enumerate(collection.labels)}
        # the members of a group are one substance to the instrument: the first stands for them
        named = said.substances[:1] if said.verdict == "group" else said.substances
        fitted = found.mixture.components if found.mixture else ()
        behind = [each.row for each in fitted if collection.labels[each.row].role == "packaging"]
        limits = detection_limits(
            collection.basis,
            query,
            aligned=aligned,
            found=list(dict.fromkeys([*(rows[each.label.id] for each in named), *behind])),
            watched=watched,
            min_log_odds=max(MIN_LOG_ODDS, calibration.mixture.log_odds(calibration.mixture_threshold)),
        )
        worst: dict[tuple[str, str], DetectionLimit] = {}
        for row, share in limits:  # replicates differ: the one that would have been missed longest speaks
            limit = DetectionLimit(collection.labels[row], share)
            key = limit.label.identity, limit.label.form
            if key not in worst or _reach(limit) > _reach(worst[key]):
                worst[key] = limit
        return tuple(worst.values())

    def _unusable(
        self, quality: QualityReport, reasons: Sequence[str], libraries: tuple[Library, ...]
    ) -> Answer:
        action = _ACTIONS.get(reasons[0], "scan_again_longer")
        codes = [*reasons, *(["starter_library"] if self.uses_starter else [])]
        return Answer(decision.refuse(quality, codes, action), 0.0, None, libraries)


def open_starter() -> Library:
    """Open the built-in starter library.

    Raises
    ------
    LibraryError
        When the installation lacks it or it was altered.
    """
    return Library.open(FOLDER / "starter.h5")


def _collect(technique: Technique, libraries: list[Library], prior: float | None) -> _Collection:
    pipeline = pipeline_of(technique)
    indexes = [library.index(pipeline) for library in libraries]
    seen: dict[str, tuple[int, int, Label]] = {}
    for place, (library, index) in enumerate(zip(libraries, indexes, strict=True)):
        for row, label in enumerate(candidate_labels(library, index.ids)):
            seen.setdefault(label.id, (place, row, label))
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
    return _Collection(
        pipeline,
        joined,
        basis,
        (*labels, *container_labels),
        _cautious(libraries, pipeline, len({label.identity for _, _, label in seen.values()}), prior),
        tuple(hint for library in libraries for hint in library.hints),
        tuple(libraries),
    )


def _cautious(
    libraries: list[Library], pipeline: Pipeline, n_substances: int, prior: float | None
) -> Calibration | None:
    """Calibration that promises least for the same evidence; None when a library has none."""
    calibrations = []
    for library in libraries:
        if library.calibration is None:
            return None
        try:
            calibration = Calibration.from_dict(library.calibration)
        except CalibrationError as error:
            raise LibraryError(f"{library.path or library.name}: {error}") from error
        if (calibration.pipeline, calibration.evidence) != (pipeline.fingerprint, evidence_fingerprint()):
            return None  # fitted for another preprocessing or other weights: it no longer knows its cases
        calibration = calibration.for_substances(n_substances)
        calibrations.append(calibration if prior is None else calibration.at_prior(prior))
    return min(calibrations, key=lambda entry: entry.single.probability(decision.SCORE_MATCH))


def _reach(limit: DetectionLimit) -> float:
    return 2.0 if limit.share is None else limit.share


def _watched(labels: Sequence[Label], names: Sequence[str]) -> frozenset[str]:
    """Identities to watch for: those that alarm, and those that are named."""
    watched = {label.identity for label in labels if label.role in ALERT_ROLES}
    for name in names:
        keys = {identity_key(name), normalise_name(name)}
        found = {
            label.identity for label in labels if keys & {label.identity, normalise_name(label.substance)}
        }
        if not found:
            raise LibraryError(f"{name!r} is to be watched for, but no library has it")
        watched |= found
    return frozenset(watched)


def _overlaps(query: Query, index: SearchIndex) -> bool:
    first = np.maximum(index.stretches[:, 0], query.first)
    last = np.minimum(index.stretches[:, 1], query.last)
    return bool(np.any(last - first >= MIN_OVERLAP_POINTS))
