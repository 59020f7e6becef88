"""Mass fractions: models fitted on a laboratory's samples, kept as plain numbers in JSON, and asked."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from spectra._atomic import write_atomically
from spectra.confidence.nir.quantity import Prediction, QuantityModel, predict
from spectra.errors import CalibrationError, LibraryError, PipelineError, ReadError, SpectraError
from spectra.io import read_spectra
from spectra.preprocessing import NIR_GRID, Pipeline, Step
from spectra.spectrum import MIN_POINTS, Spectrum

from .canonical import canonical, sha256_of
from .methods.preparing import NirPreparation
from .samples import SampleRow, read_samples

SCHEMA: Final = "contraspec.model/1"
WINDOW_NM: Final = 25.0
"""Of the first derivative that a model is fitted on."""
MAX_BYTES: Final = 256 * 2**20

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class MassFraction:
    """A model of the mass fraction of one substance.

    Attributes
    ----------
    substance : str
        As the laboratory calls it.
    steps : Pipeline
        From absorbance to what the model is fitted on.
    model : QuantityModel
        The numbers.
    n_spectra : int
        Calibration spectra.
    instruments : tuple of str
        Those that the calibration spectra name.
    sha256 : str
        Hash of all of it.
    """

    substance: str
    steps: Pipeline
    model: QuantityModel
    n_spectra: int
    instruments: tuple[str, ...]

    @property
    def range_nm(self) -> tuple[float, float]:
        """First and last wavelength that the model needs, nm."""
        grid = self.steps.output_grid(NIR_GRID)
        return grid.start, grid.stop

    @property
    def sha256(self) -> str:
        """Hash of all that decides, as 64 hex digits."""
        return sha256_of(self._plain())

    def _plain(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "substance": self.substance,
            "quantity": "mass_fraction",
            "technique": "nir",
            "pipeline": json.loads(self.steps.to_json()),
            "n_spectra": self.n_spectra,
            "instruments": list(self.instruments),
            "model": self.model.to_dict(),
        }


@dataclass(frozen=True)
class Quantified:
    """What a model says of one spectrum.

    Attributes
    ----------
    prediction : Prediction or None
        None where the spectrum cannot be brought to what the model needs.
    reasons : tuple of str
        Why no value is stated: those of the prediction, ``wrong_technique``, ``too_little_overlap`` or
        ``unusable_ordinate``.
    notes : tuple of str
        What else is to be known.
    """

    prediction: Prediction | None
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()


def fit_mass_fraction(
    folder: str | os.PathLike[str],
    samples: str | os.PathLike[str],
    *,
    substance: str,
    range_nm: tuple[float, float] | None = None,
    n_components: int | None = None,
    progress: Progress | None = None,
) -> MassFraction:
    """Fit a model on a folder of near infrared scans of samples of known mass fraction.

    Scans become absorbance, then a smoothed first derivative with a window of 25 nm on a grid of
    2 nm, then standard normal variates.

    Parameters
    ----------
    folder : str or path-like
        Holds the files that the table names.
    samples : str or path-like
        Table of `read_samples`.
    substance : str
        Whose mass fraction it is.
    range_nm : tuple of float, optional
        What of the range that all scans share is taken, nm. Default: all.
    n_components : int, optional
        Default: by cross-validation, the one-standard-error rule.
    progress : callable, optional
        Called with the number of files read and of all files.

    Raises
    ------
    LibraryError
        A table or scan that cannot be used, named, or samples that give no model.
    ExtraError
        When scikit-learn is not installed.
    """
    from spectra.confidence.nir.pls import fit_quantity  # of no use to who only predicts

    if not substance.strip():
        raise LibraryError("a model without a substance: name whose mass fraction it is")
    rows = read_samples(Path(samples))
    scans = _scans(Path(folder), rows, progress)
    steps = _steps([spectrum for _, spectrum in scans], range_nm)
    preparation = NirPreparation(steps)
    prepared = []
    for row, spectrum in scans:
        try:
            prepared.append(preparation.apply(spectrum).intensity)
        except SpectraError as error:
            raise LibraryError(f"{row.file}: cannot be prepared ({error}); take it out or mend it") from error
    try:
        model = fit_quantity(
            np.stack(prepared),
            np.array([row.mass_fraction for row, _ in scans]),
            samples=[row.sample for row, _ in scans],
            n_components=n_components,
        )
    except CalibrationError as error:
        raise LibraryError(f"cannot be fitted: {error}") from error
    named = sorted({str(each.metadata["instrument"]) for _, each in scans if each.metadata.get("instrument")})
    return MassFraction(substance, steps, model, len(scans), tuple(named))


def quantify(fitted: MassFraction, spectrum: Spectrum) -> Quantified:
    """Mass fraction of a spectrum with its interval, or why none is stated.

    Parameters
    ----------
    fitted : MassFraction
        The model.
    spectrum : Spectrum
        As read.

    Returns
    -------
    Quantified
        Intervals end at 0 and 1.
    """
    if spectrum.technique != "nir" or spectrum.unit not in ("wavelength_nm", "wavenumber_cm-1"):
        return Quantified(None, ("wrong_technique",))
    instrument = str(spectrum.metadata.get("instrument") or "")
    notes: tuple[str, ...] = ()
    if instrument and fitted.instruments and instrument not in fitted.instruments:
        notes = (f"scanned on {instrument}, calibrated on {', '.join(fitted.instruments)}",)
    low, high = fitted.range_nm
    first, last = _range_of(spectrum)
    if first > low + 1e-6 or last < high - 1e-6:
        return Quantified(None, ("too_little_overlap",), notes)
    try:
        prepared = NirPreparation(fitted.steps).apply(spectrum)
    except SpectraError as error:
        return Quantified(None, ("unusable_ordinate",), (*notes, str(error)))
    (found,) = predict(fitted.model, prepared.intensity)
    if found.value is not None and found.low is not None and found.high is not None:
        value, start, end = (min(max(each, 0.0), 1.0) for each in (found.value, found.low, found.high))
        found = Prediction(value, start, end, (), found.t_squared, found.q)
    return Quantified(found, found.reasons, notes)


def save_mass_fraction(fitted: MassFraction, path: str | os.PathLike[str]) -> None:
    """Write a model whole or not at all: JSON that holds its own hash.

    Raises
    ------
    WriteError
        When the file cannot be written.
    """
    text = canonical({**fitted._plain(), "sha256": fitted.sha256})
    write_atomically(os.fspath(path), text + b"\n")


def open_mass_fraction(path: str | os.PathLike[str]) -> MassFraction:
    """Read a model.

    Raises
    ------
    LibraryError
        The file is missing, too large, no model, changed, or of another engine's preprocessing.
    """
    shown = os.fspath(path)
    try:
        if Path(shown).stat().st_size > MAX_BYTES:
            raise LibraryError(f"{shown}: larger than {MAX_BYTES} bytes; expected a model of {SCHEMA}")
        plain = json.loads(Path(shown).read_bytes().decode("ascii"), parse_constant=_refuse)
        fitted = _decoded(plain)
    except FileNotFoundError as error:
        raise LibraryError(f"{shown}: no such model; check the path") from error
    except OSError as error:
        raise LibraryError(f"{shown}: cannot be read ({error}); check its rights") from error
    except (CalibrationError, PipelineError, KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, LibraryError):
            raise
        raise LibraryError(f"{shown}: no model of {SCHEMA} ({error}); fit it again") from error
    if plain.get("sha256") != fitted.sha256:
        raise LibraryError(f"{shown}: changed since it was written (its hash is another); fit it again")
    return fitted


def _decoded(plain: Mapping[str, Any]) -> MassFraction:
    if plain["schema"] != SCHEMA or plain["quantity"] != "mass_fraction":
        raise LibraryError(f"model of schema {plain['schema']!r}: expected {SCHEMA}")
    steps = Pipeline.from_json(json.dumps(plain["pipeline"]))
    model = QuantityModel.from_dict(plain["model"])
    fitted = MassFraction(
        str(plain["substance"]), steps, model, int(plain["n_spectra"]), tuple(map(str, plain["instruments"]))
    )
    if steps.output_grid(NIR_GRID).n_points != model.mean.size:
        raise LibraryError("a model whose preprocessing gives other points than it takes; fit it again")
    return fitted


def _scans(
    folder: Path, rows: tuple[SampleRow, ...], progress: Progress | None
) -> list[tuple[SampleRow, Spectrum]]:
    """Every spectrum that the table names, with its row."""
    scans = []
    last = ""
    spectra: tuple[Spectrum, ...] = ()
    for done, row in enumerate(rows):
        try:
            if row.file != last:  # the rows of a file with many spectra follow each other
                last, spectra = row.file, read_spectra(folder / row.file)
        except ReadError as error:
            raise LibraryError(f"{row.file} (line {row.line}): {error}") from error
        if row.index is not None and row.index >= len(spectra):
            raise LibraryError(
                f"{row.file} (line {row.line}): holds {len(spectra)} spectra, none {row.index}"
            )
        chosen = spectra if row.index is None else spectra[row.index : row.index + 1]
        for spectrum in chosen:
            if spectrum.technique != "nir" or spectrum.unit not in ("wavelength_nm", "wavenumber_cm-1"):
                raise LibraryError(
                    f"{row.file} (line {row.line}): {spectrum.technique} over {spectrum.unit}; "
                    "expected near infrared over nm or cm-1"
                )
            scans.append((row, spectrum))
        if progress is not None:
            progress(done + 1, len(rows))
    return scans


def _steps(spectra: list[Spectrum], range_nm: tuple[float, float] | None) -> Pipeline:
    """First derivative on the grid points that all scans share, then SNV."""
    firsts, lasts = zip(*(_range_of(each) for each in spectra), strict=True)
    low, high = max(firsts), min(lasts)
    if range_nm is not None:
        low, high = max(low, range_nm[0]), min(high, range_nm[1])
    step = NIR_GRID.step
    start = float(np.ceil(low / step - 1e-6) * step)
    n_points = int(np.floor((high - start) / step + 1e-6)) + 1
    if n_points < MIN_POINTS:
        raise LibraryError(
            f"the scans share {low:g} to {high:g} nm: expected at least {MIN_POINTS} points {step:g} nm apart"
        )
    grid: dict[str, float] = {"start": start, "step": step, "n_points": n_points}
    return Pipeline((Step("derivative_nm", {**grid, "window_nm": WINDOW_NM, "order": 1}), Step("snv")))


def _range_of(spectrum: Spectrum) -> tuple[float, float]:
    """First and last wavelength, nm."""
    first, last = float(spectrum.axis[0]), float(spectrum.axis[-1])
    return (first, last) if spectrum.unit == "wavelength_nm" else (1e7 / last, 1e7 / first)


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no number")
