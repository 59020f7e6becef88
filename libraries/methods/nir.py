"""Near infrared: roots of second derivatives on the range that query and reference share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from spectra.confidence import decision, ranking
from spectra.confidence.calibration import Calibration
from spectra.confidence.identification import Identification
from spectra.confidence.nir.curve import grown, nir_fingerprint
from spectra.confidence.nir.own_scans import MIN_SCANS, WIDENED, OwnScans
from spectra.confidence.nir.withheld import undecided, withheld
from spectra.errors import SpectraError
from spectra.label import Label
from spectra.matching.candidates import Weighed
from spectra.matching.evidence import score_of
from spectra.matching.mixtures import Mixture
from spectra.matching.nir.clearness import CLEAR, MIN_BAND_SHARE, MIN_CLEARNESS, clearness, weakness
from spectra.matching.nir.evidence import NirEvidence
from spectra.matching.nir.index import NirIndex, NirQuery, build_nir_index, prepare_nir_query
from spectra.matching.nir.mixture_basis import NirBasis, build_nir_basis
from spectra.matching.nir.mixtures import MAX_SIZE, find_nir_mixture, mixture_settings
from spectra.matching.nir.residual import LIMIT, OWN_LIMIT, share_left
from spectra.matching.nir.search import SEARCHED, rank_nir, share_compared
from spectra.matrix import columns_on_grid
from spectra.preprocessing.ordinate import may_be
from spectra.quality import QualityReport, assess_quality
from spectra.spectrum import Spectrum
from spectra.units import wavelength_shift_cm1

from ..library import Library
from ..preparing import PreparingPipeline
from .allowance import SMALL_MIXTURE, Allowance
from .method import Answer, join, read_calibrations, refuse
from .preparing import NirPreparation

if TYPE_CHECKING:
    from .ranked import HitList

CLEARLY: Final = 3.0
"""Log odds by which one reading of values without a name must fit better than the other."""


ENOUGH: Final = 0.9
"""Share of the references that must have been comparable for ``no_match`` to say nothing of the range."""


@dataclass(frozen=True, eq=False)
class _Searched:
    """A query that says what its values are, and what the search found."""

    stated: Spectrum
    prepared: Spectrum
    query: NirQuery
    ranked: tuple[Weighed, ...]


@dataclass(frozen=True, eq=False)
class NirMethod:
    """All near infrared libraries, searched as one.

    Attributes
    ----------
    pipeline : PreparingPipeline
        Preprocessing of query and references.
    index : NirIndex
        Their rows.
    labels : tuple of Label
        One per row.
    calibration : Calibration or None
        The one that promises least; None when a library has none.
    libraries : tuple of Library
        Those that are searched.
    """

    pipeline: PreparingPipeline
    index: NirIndex
    labels: tuple[Label, ...]
    calibration: Calibration | None
    libraries: tuple[Library, ...]

    @cached_property
    def identities(self) -> tuple[str, ...]:
        """Substance and form of each row: rows that share both are replicates."""
        return tuple(f"{each.identity}\n{each.form}" for each in self.labels)

    @cached_property
    def basis(self) -> NirBasis:
        """What mixtures are made of."""
        measured = self.index.measured
        absorbance = np.where(measured, self.index.absorbance.astype(np.float64), np.nan)
        identities = [each.identity for each in self.labels]
        return build_nir_basis(self.index.grid.axis, absorbance, identities=identities, ids=self.index.ids)

    @cached_property
    def own_scans(self) -> OwnScans:
        """Scans of each substance, where there are many of one."""
        return OwnScans(self.index, self.identities)

    @property
    def config(self) -> Mapping[str, Any]:
        """Plain values of everything that decides and is neither library nor preprocessing."""
        return {
            "evidence": nir_fingerprint(),
            "group_gap": ranking.GROUP_GAP,
            "alarm_gap": ranking.ALARM_GAP,
            "candidate_floor": decision.CANDIDATE_FLOOR,
            "score_match": decision.SCORE_MATCH,
            "mixtures": mixture_settings(),
            "clearly": CLEARLY,
            "enough": ENOUGH,
            "own_scans": [MIN_SCANS, WIDENED],
            "clearness": [MIN_CLEARNESS, CLEAR, MIN_BAND_SHARE],
            "share_left": [LIMIT, OWN_LIMIT],
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
        allowance = allowance or Allowance()
        if spectrum.unit not in ("wavelength_nm", "wavenumber_cm-1"):
            return refuse(quality, ["wrong_technique"], self.libraries, remarks=remarks)
        if (spectrum.metadata.get("quantity") or "unknown") == "unknown":
            return self._identify_unknown(spectrum, quality, remarks, allowance)
        searched = self._search(spectrum, quality)
        if isinstance(searched, str):
            return refuse(quality, quality.unusable or [searched], self.libraries, remarks=remarks)
        return self._answer(searched, quality, remarks, allowance)

    def _identify_unknown(
        self, spectrum: Spectrum, quality: QualityReport, remarks: Sequence[str], allowance: Allowance
    ) -> Answer:
        """Answer for a file that does not say what its values are, where one reading fits far better."""
        read = self._read_unknown(spectrum)
        if read is None:
            reasons = quality.unusable or ["unknown_quantity"]
            return refuse(quality, reasons, self.libraries, remarks=remarks)
        answer = self._answer(*read, ["quantity_assumed", *remarks], allowance)
        return replace(answer, identification=withheld(answer.identification))

    def search(self, spectrum: Spectrum, quality: QualityReport, *, top: int) -> "HitList":
        """Rank the references that a spectrum is most like, the best of each substance and form."""
        from .ranked import HitList, RankedReference, unranked  # of no use to who identifies

        # never fewer than an identification weighs: the first ones are the same in both
        wanted = max(top, SEARCHED)
        remarks: tuple[str, ...] = ()
        if spectrum.unit not in ("wavelength_nm", "wavenumber_cm-1"):
            return unranked(quality, ("wrong_technique",), self.libraries)
        if (spectrum.metadata.get("quantity") or "unknown") == "unknown":
            read = self._read_unknown(spectrum, top=wanted)
            if read is None:
                return unranked(quality, tuple(quality.unusable) or ("unknown_quantity",), self.libraries)
            (searched, quality), remarks = read, ("quantity_assumed",)
        else:
            found = self._search(spectrum, quality, top=wanted)
            if isinstance(found, str):
                return unranked(quality, tuple(quality.unusable) or (found,), self.libraries)
            searched = found
        hits = tuple(
            RankedReference(
                rank,
                self.labels[each.candidate.row],
                each.evidence.hqi,
                score_of(each.log_odds),
                _shift_cm1(searched.query, each),
                each.evidence.coverage,
            )
            for rank, each in enumerate(searched.ranked[:top], start=1)
        )
        return HitList(hits, (), quality, remarks, self.libraries)

    def stated(self, spectrum: Spectrum) -> Spectrum | None:
        """Spectrum that says what its values are: as its file does, else as the answer took them.

        Parameters
        ----------
        spectrum : Spectrum
            Near infrared, over wavelength or wavenumber.

        Returns
        -------
        Spectrum or None
            None where the file does not say it and no reading fits far better than the other.
        """
        if (spectrum.metadata.get("quantity") or "unknown") != "unknown":
            return spectrum
        read = self._read_unknown(spectrum)
        return None if read is None else read[0].stated

    def _read_unknown(
        self, spectrum: Spectrum, *, top: int = SEARCHED
    ) -> tuple[_Searched, QualityReport] | None:
        """Read values without a name in the way that fits far better; None where none does."""
        read: list[tuple[float, _Searched, QualityReport]] = []
        for quantity in ("absorbance", "reflectance"):
            if not may_be(spectrum, quantity):
                continue
            taken = replace(spectrum, metadata={**spectrum.metadata, "quantity": quantity})
            own = assess_quality(taken)
            searched = self._search(taken, own, top=top)
            if not isinstance(searched, str):
                read.append((searched.ranked[0].log_odds, searched, own))
        read.sort(key=lambda each: -each[0])
        worth = read and self._is_candidate(read[0][1])
        if not worth or (len(read) > 1 and read[0][0] - read[1][0] < CLEARLY):
            return None
        return read[0][1], read[0][2]

    def _is_candidate(self, searched: _Searched) -> bool:
        found = ranking.Ranking(searched.ranked, self.labels, None, self.calibration)
        return found.is_candidate(searched.ranked[0].log_odds)

    def _search(self, spectrum: Spectrum, quality: QualityReport, *, top: int = SEARCHED) -> _Searched | str:
        """Search the libraries, or say why not."""
        if quality.unusable:
            return quality.unusable[0]
        try:
            prepared = self.pipeline.apply(spectrum)
            pitch = float(np.ptp(prepared.axis)) / (spectrum.n_points - 1)
            query = prepare_nir_query(prepared, self.index.grid, noise=quality.noise, pitch_nm=pitch)
        except SpectraError:  # too little of it lies on the grid
            return "too_little_overlap"
        weak = weakness(query)
        if weak is not None:
            return weak
        ranked = rank_nir(self.index, query, self.identities, top=top)
        return _Searched(spectrum, prepared, query, ranked) if ranked else "too_little_overlap"

    def _answer(
        self, searched: _Searched, quality: QualityReport, remarks: Sequence[str], allowance: Allowance
    ) -> Answer:
        # always: a tenth of another substance leaves the correlation with the first at 0.998
        mixture = self._mixture(searched.prepared, allowance)
        found = ranking.Ranking(searched.ranked, self.labels, mixture, self.calibration)
        best = searched.ranked[0]
        identification = self._decide(searched, found, quality, remarks)
        shift = _shift_cm1(searched.query, best)
        return Answer(identification, best.evidence.coverage, shift, self.libraries)

    def _decide(
        self, searched: _Searched, found: ranking.Ranking, quality: QualityReport, remarks: Sequence[str]
    ) -> Identification:
        """Decide, and withhold what a spectrum does not bear."""
        query, best = searched.query, searched.ranked[0]
        said = decision.decide(found, quality, reasons=remarks)
        if said.verdict in ("match", "group"):
            outside = self._is_outside(query, best)
            if outside:
                said = replace(said, reasons=(*said.reasons, "unlike_own_scans"))
            if "unexplained_bands" in said.reasons or self._leaves_much(query, best, outside=outside):
                return withheld(said, ("unexplained_bands",))
        if said.verdict == "no_match" and clearness(query) < CLEAR:
            return undecided(said)
        if said.verdict == "no_match" and share_compared(self.index, query) < ENOUGH:
            return decision.decide(found, quality, reasons=["low_coverage", *remarks])
        return said

    def _leaves_much(self, query: NirQuery, best: Weighed, *, outside: bool | None) -> bool:
        """Whether one reference leaves more than scans of its substance do, as far as that is known."""
        if outside is False:
            return False
        return share_left(self.index, query, best.candidate) > (OWN_LIMIT if outside else LIMIT)

    def _is_outside(self, query: NirQuery, best: Weighed) -> bool | None:
        return self.own_scans.is_outside(query, best.candidate.row, best.candidate.shift)

    def _mixture(self, prepared: Spectrum, allowance: Allowance) -> Mixture | None:
        absorbance = np.full(self.index.grid.n_points, np.nan)
        absorbance[columns_on_grid(prepared, self.index.grid)] = prepared.intensity
        largest = MAX_SIZE if allowance.affords("mixture") else SMALL_MIXTURE
        with allowance.timed("mixture"):
            return find_nir_mixture(self.basis, absorbance, largest=largest)


def collect_nir(libraries: Sequence[Library], prior: float | None) -> NirMethod:
    """Join near infrared libraries.

    Parameters
    ----------
    libraries : sequence of Library
        At least one.
    prior : float or None
        P(the substance is in the library) that probabilities are restated for.

    Raises
    ------
    LibraryError
        A library that cannot be prepared, or whose calibration is damaged.
    """
    pipeline = NirPreparation()
    indexes = [build_nir_index(library.candidates(pipeline)) for library in libraries]
    seen = join(libraries, [index.ids for index in indexes])
    joined = indexes[0]
    if len(indexes) > 1:
        places = [(place, row) for place, row, _ in seen.values()]
        joined = NirIndex(
            joined.grid,
            tuple(seen),
            *(
                np.stack([getattr(indexes[place], name)[row] for place, row in places])
                for name in ("absorbance", "root", "stretches")
            ),
        )
    labels = tuple(label for _, _, label in seen.values())
    calibration = _cautious(libraries, pipeline, len({label.identity for label in labels}), prior)
    return NirMethod(pipeline, joined, labels, calibration, tuple(libraries))


def _cautious(
    libraries: Sequence[Library], pipeline: PreparingPipeline, n_substances: int, prior: float | None
) -> Calibration | None:
    """Calibration that promises least for the same evidence; None when a library has none."""
    read = read_calibrations(libraries, pipeline=pipeline.fingerprint, evidence=nir_fingerprint())
    if read is None:
        return None
    larger = [grown(each, n_substances) for each in read]
    restated = larger if prior is None else [each.at_prior(prior) for each in larger]
    return min(restated, key=lambda entry: entry.single.probability(decision.SCORE_MATCH))


def _shift_cm1(query: NirQuery, entry: Weighed) -> float | None:
    """Return the axis shift of a candidate in wavenumbers, at the middle of what was compared."""
    if not isinstance(entry.evidence, NirEvidence):
        return None
    first, last = query.stretches[0].tolist()
    middle = query.grid.start + query.grid.step * (first + last - 1) / 2
    return wavelength_shift_cm1(middle, entry.evidence.shift_nm)
