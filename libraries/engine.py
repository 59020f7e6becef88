"""The engine: libraries loaded and indexed once, then one call per spectrum."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np

from spectra.confidence import decision, groups, ranking
from spectra.confidence.calibration import Calibration, check_prior, evidence_fingerprint
from spectra.confidence.identification import Identification, NextAction
from spectra.errors import CalibrationError, LibraryError, SpectraError
from spectra.label import ALERT_ROLES, Label
from spectra.matching.basis import Basis, build_basis
from spectra.matching.candidates import rank_candidates
from spectra.matching.hints import HintTable, find_hints
from spectra.matching.index import Query, SearchIndex, build_index, prepare_query
from spectra.matching.mixtures import find_mixture
from spectra.matching.search import MIN_OVERLAP_POINTS
from spectra.matching.separation import compare
from spectra.matching.unexplained import unexplained_by_best
from spectra.matrix import SpectralMatrix
from spectra.preprocessing import RAMAN_PIPELINE, Pipeline
from spectra.quality import QualityReport, assess_quality
from spectra.spectrum import Spectrum
from spectra.units import Technique

from .containers import missing_containers
from .library import Library
from .substances import identity_key, normalise_name

PIPELINES: Final[dict[Technique, Pipeline]] = {"raman": RAMAN_PIPELINE}
"""Preprocessing of each technique that can be searched."""

STARTER: Final = "starter"
CALIBRATION_SEED: Final = 20_260_101

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
    ) -> "Engine":
        """Open and verify libraries.

        Parameters
        ----------
        paths : sequence of path
            Library files; ``starter`` or nothing means the built-in starter library.
        prior : float, optional
            P(the substance is in the library) that probabilities are restated for.
        watch : sequence of str
            Substances to watch for beside controlled ones and precursors.

        Raises
        ------
        LibraryError
            A library that is missing, damaged or foreign, or a watched substance that none has.
        CalibrationError
            A prior that is not inside 0 and 1.
        """
        names = [os.fspath(path) for path in paths] or [STARTER]
        libraries = [open_starter() if name == STARTER else Library.open(name) for name in names]
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
        wanted = decision.wants_mixture(ranked)
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
        best = ranked[0].evidence if ranked else None
        return Answer(
            identification,
            best.coverage if best else 0.0,
            best.shift_cm1 if best else None,
            collection.libraries,
        )

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
    with resources.as_file(resources.files("libraries.starter") / "starter.h5") as path:
        return Library.open(path)


def fit_library(
    library: Library,
    *,
    seed: int = CALIBRATION_SEED,
    progress: Callable[[int, int], None] | None = None,
) -> Library:
    """Add the prepared matrix and a calibration to a library.

    Parameters
    ----------
    library : Library
        Its technique must be one that can be searched.
    seed : int
        Of the simulation.
    progress : callable, optional
        Called with what is done and what there is to do: first for preparing the references
        where that was not done, then for the cases.

    Returns
    -------
    Library
        A copy; the same library and seed always get the same calibration, in whatever order its
        references stand.

    Raises
    ------
    LibraryError
        When its technique cannot be searched or a reference cannot be prepared.
    CalibrationError
        When the library gives no cases to fit it on.
    """
    from spectra.confidence.cases import simulate_cases  # of no use to who only identifies
    from spectra.confidence.fitting import fit_calibration

    pipeline = _pipeline(library.technique)
    prepared = prepare_library(library, progress=progress)
    matrix = prepared.candidates(pipeline)
    labels = _candidate_labels(prepared, matrix)
    n_substances = len({label.identity for label in labels})
    if n_substances < 2:
        return prepared.with_calibration(None)  # nothing to leave out, and results say so
    single, mixture = simulate_cases(matrix, labels, rng=np.random.default_rng(seed), progress=progress)
    calibration = fit_calibration(
        single,
        mixture,
        n_references=len(labels),
        n_substances=n_substances,
        pipeline=pipeline.fingerprint,
        seed=seed,
    )
    return prepared.with_calibration(calibration.to_dict())


def prepare_library(library: Library, *, progress: Callable[[int, int], None] | None = None) -> Library:
    """Add the matrix of prepared references that the engine searches.

    Parameters
    ----------
    library : Library
        Its technique must be one that can be searched.
    progress : callable, optional
        Called with what is done and what there is to do.

    Raises
    ------
    LibraryError
        When its technique cannot be searched or a reference cannot be prepared.
    """
    pipeline = _pipeline(library.technique)
    return library.with_prepared([_Counting(pipeline, len(library), progress)])


class _Counting:
    """A pipeline that tells how many spectra it has prepared."""

    def __init__(self, pipeline: Pipeline, total: int, progress: Callable[[int, int], None] | None) -> None:
        self._pipeline = pipeline
        self._total, self._done, self._progress = total, 0, progress
        self.fingerprint = pipeline.fingerprint
        self.output_grid, self.to_json = pipeline.output_grid, pipeline.to_json

    def apply(self, spectra: Spectrum, /) -> Spectrum:
        """Prepare a spectrum and tell."""
        prepared = self._pipeline.apply(spectra)
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)
        return prepared


def _pipeline(technique: Technique) -> Pipeline:
    if technique not in PIPELINES:
        raise LibraryError(f"a {technique} library: this engine searches {', '.join(PIPELINES)} libraries")
    return PIPELINES[technique]


def _candidate_labels(library: Library, matrix: SpectralMatrix) -> tuple[Label, ...]:
    return tuple(library.by_id[reference_id].label for reference_id in matrix.ids)


def _collect(technique: Technique, libraries: list[Library], prior: float | None) -> _Collection:
    pipeline = _pipeline(technique)
    matrices = [library.candidates(pipeline) for library in libraries]
    seen: dict[str, tuple[int, int, Label]] = {}
    for place, (library, matrix) in enumerate(zip(libraries, matrices, strict=True)):
        for row, label in enumerate(_candidate_labels(library, matrix)):
            seen.setdefault(label.id, (place, row, label))
    joined = matrices[0]
    if len(matrices) > 1:
        joined = SpectralMatrix(
            matrices[0].grid,
            np.stack([matrices[place].intensity[row] for place, row, _ in seen.values()]),
            np.stack([matrices[place].mask[row] for place, row, _ in seen.values()]),
            tuple(seen),
        )
    labels = tuple(label for _, _, label in seen.values())
    identities = [label.identity for label in labels]
    index, containers = build_index(joined), missing_containers(joined.grid, frozenset(identities))
    behind, container_labels = containers or (None, ())
    basis = build_basis(
        index, [*identities, *(label.identity for label in container_labels)], containers=behind
    )
    return _Collection(
        pipeline,
        index,
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
