"""What the engine asks of a technique."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from spectra.confidence import decision
from spectra.confidence.calibration import Calibration
from spectra.confidence.identification import Identification
from spectra.errors import CalibrationError, LibraryError
from spectra.label import Label
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum

from ..library import Library
from ..preparing import PreparingPipeline

if TYPE_CHECKING:
    from .allowance import Allowance
    from .ranked import HitList


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


class Method(Protocol):
    """All libraries of one technique, searched as one."""

    @property
    def pipeline(self) -> PreparingPipeline:
        """Preprocessing of query and references."""

    @property
    def labels(self) -> Sequence[Label]:
        """One per row that may be named."""

    @property
    def libraries(self) -> tuple[Library, ...]:
        """Those that are searched."""

    @property
    def config(self) -> Mapping[str, Any]:
        """Plain values of everything that decides and is neither library nor preprocessing."""

    def identify(
        self,
        spectrum: Spectrum,
        quality: QualityReport,
        *,
        watched: Collection[str] = (),
        remarks: Sequence[str] = (),
        allowance: "Allowance | None" = None,
    ) -> Answer:
        """Answer what a spectrum is that the quality gate has measured.

        Parameters
        ----------
        spectrum : Spectrum
            Of the method's technique.
        quality : QualityReport
            Of it; one that may not be judged is refused.
        watched : collection of str
            Identities to watch for.
        remarks : sequence of str
            Codes that every answer bears.
        allowance : Allowance, optional
            Time for it; as long as it takes by default.
        """

    def search(self, spectrum: Spectrum, quality: QualityReport, *, top: int) -> "HitList":
        """Rank the references that a spectrum is most like; no verdict is made of them.

        Parameters
        ----------
        spectrum : Spectrum
            Of the method's technique.
        quality : QualityReport
            Of it; one that may not be judged is refused.
        top : int
            How many to give at the most, from 1.
        """


def refuse(
    quality: QualityReport,
    reasons: Sequence[str],
    libraries: tuple[Library, ...],
    *,
    remarks: Sequence[str] = (),
) -> Answer:
    """Answer for a spectrum that must not be judged.

    Parameters
    ----------
    quality : QualityReport
        What the gate measured.
    reasons : sequence of str
        At least one code; the first says what to do next.
    libraries : tuple of Library
        Those that were asked.
    remarks : sequence of str
        Codes that every answer bears.
    """
    return Answer(decision.refuse(quality, [*reasons, *remarks]), 0.0, None, libraries)


def join(libraries: Sequence[Library], ids: Sequence[Sequence[str]]) -> dict[str, tuple[int, int, Label]]:
    """Rows of several libraries as those of one: a reference that stands in two counts once.

    Parameters
    ----------
    libraries : sequence of Library
        Of one technique.
    ids : sequence of sequence of str
        Of each library's rows.

    Returns
    -------
    dict of str to tuple
        By id: place of the library, row in it, label.
    """
    seen: dict[str, tuple[int, int, Label]] = {}
    for place, (library, rows) in enumerate(zip(libraries, ids, strict=True)):
        labels = {label.id: label for label in library.labels}
        for row, each in enumerate(rows):
            seen.setdefault(each, (place, row, labels[each]))
    return seen


def read_calibrations(
    libraries: Sequence[Library], *, pipeline: str, evidence: str
) -> list[Calibration] | None:
    """Calibrations of libraries; None where one has none that knows today's evidence.

    Parameters
    ----------
    libraries : sequence of Library
        Searched as one.
    pipeline, evidence : str
        Fingerprints of preprocessing and weights. A calibration that was fitted for others no longer
        knows its cases.

    Raises
    ------
    LibraryError
        A calibration that is damaged; says whose.
    """
    calibrations = []
    for library in libraries:
        if library.calibration is None:
            return None
        try:
            calibration = Calibration.from_dict(library.calibration)
        except CalibrationError as error:
            raise LibraryError(f"{library.path or library.name}: {error}") from error
        if (calibration.pipeline, calibration.evidence) != (pipeline, evidence):
            return None
        calibrations.append(calibration)
    return calibrations
