"""A library of one instrument made into a library of another, by a few samples measured on both."""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectra.errors import CalibrationError, LibraryError, ReadError, SpectraError
from spectra.grid import Grid
from spectra.io import read_spectra
from spectra.matching.nir.transfer import (
    MAX_P,
    MAX_RATIO,
    MIN_SAMPLES,
    Method,
    Transfer,
    TransferTest,
    fit_transfer,
)
from spectra.matrix import columns_on_grid
from spectra.preprocessing import NIR_GRID
from spectra.spectrum import Spectrum

from .calibrating import fit_library
from .changes import record
from .library import Library
from .methods.preparing import NirPreparation
from .reference import Reference, reference_id

FloatArray = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Transferred:
    """A library for the second instrument.

    Attributes
    ----------
    library : Library
        Neither calibrated nor saved, and not yet with the transfer in its change log: see `finish_transfer`.
    test : TransferTest
        What samples left out say of it.
    transfer : Transfer
        What was done to each reference.
    samples : tuple of str
        Common samples.
    unpaired : tuple of str
        Files of which the other folder has no like.
    range_nm : tuple of float
        Of the transferred references.
    details : mapping
        For the change log: settings, samples and the residual of each when left out.
    """

    library: Library
    test: TransferTest
    transfer: Transfer
    samples: tuple[str, ...]
    unpaired: tuple[str, ...]
    range_nm: tuple[float, float]
    details: Mapping[str, Any]


def transfer_library(
    library: Library,
    samples_from: str | os.PathLike[str],
    samples_to: str | os.PathLike[str],
    *,
    method: Method = "pds",
    progress: Progress | None = None,
) -> Transferred:
    """Transfer a near infrared library from its instrument to another.

    Parameters
    ----------
    library : Library
        Measured on the first instrument.
    samples_from, samples_to : str or path-like
        Folders of scans of the same samples on the first and on the second instrument. Files of one
        stem are one sample; several spectra of a file are averaged.
    method : str
        ``pds`` or ``ds``.
    progress : callable, optional
        Called with files read and files there are.

    Raises
    ------
    LibraryError
        A library of another technique, scans that cannot be used, fewer than 5 common samples, a reference
        that does not cover the common range, or a transfer that does not help samples it has not seen.
    """
    if library.technique != "nir":
        raise LibraryError(f"a {library.technique} library: only near infrared libraries are transferred")
    first, second, unpaired = _pairs(Path(samples_from), Path(samples_to), progress)
    names = tuple(sorted(first))
    grid = _common_grid([*first.values(), *second.values()])
    tables = [np.stack([_on(side[name], grid) for name in names]) for side in (first, second)]
    try:
        transfer, test = fit_transfer(tables[0], tables[1], step_nm=grid.step, method=method)
    except CalibrationError as error:
        raise LibraryError(f"cannot be transferred: {error}") from error
    _refuse_useless(test, method)
    instruments = tuple(_instruments(side.values()) for side in (first, second))
    note = f"transferred from {instruments[0]} to {instruments[1]} by {method} with {len(names)} samples"
    references = tuple(_moved(each, transfer, grid, instruments[1], note) for each in library.references)
    details: dict[str, Any] = {
        "method": method,
        "ridge": transfer.ridge,
        "from": instruments[0],
        "to": instruments[1],
        "samples": list(names),
        "range_nm": [grid.start, grid.stop],
        "residual_before": list(test.before),
        "residual_after": list(test.after),
        "ratio": test.ratio,
        "p_value": test.p_value,
        "source_sha256": library.content_sha256,
    }
    moved = dataclasses.replace(library, references=references, calibration=None, prepared=(), path=None)
    return Transferred(
        moved,
        test,
        transfer,
        names,
        unpaired,
        (grid.start, grid.stop),
        details,
    )


def finish_transfer(
    transferred: Transferred, *, why: str = "", progress: Progress | None = None
) -> tuple[Library, str]:
    """Calibrate a transferred library and enter the transfer into its change log.

    Parameters
    ----------
    transferred : Transferred
        What `transfer_library` made.
    why : str
        Reason as the caller states it.
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    library : Library
        Not saved.
    remark : str
        Why it could not be calibrated; empty when it was.

    Raises
    ------
    LibraryError
        When a transferred reference cannot be prepared.
    """
    library, remark = transferred.library, ""
    try:
        library = fit_library(library, progress=progress)
    except CalibrationError as error:
        remark = str(error)
    return record(library, "transfer", why=why, details=transferred.details), remark


def _refuse_useless(test: TransferTest, method: str) -> None:
    if not test.helps:
        raise LibraryError(
            f"the transfer by {method} does not help: of samples it has not seen the difference between the "
            f"instruments goes from {np.mean(test.before):.2g} to {np.mean(test.after):.2g} on average "
            f"(ratio {test.ratio:.2f}, p {test.p_value:.2g}; expected at most {MAX_RATIO:g} and p below "
            f"{MAX_P:g}); use the library as it is, or take more samples that differ more from each other"
        )


def _pairs(
    source: Path, target: Path, progress: Progress | None
) -> tuple[dict[str, Spectrum], dict[str, Spectrum], tuple[str, ...]]:
    """Prepare each common sample of either instrument; name the files without a like."""
    sides = [_files(source), _files(target)]
    common = sorted(sides[0].keys() & sides[1].keys())
    lone = tuple(str(side[name]) for side in sides for name in sorted(side) if name not in common)
    if len(common) < MIN_SAMPLES:
        raise LibraryError(
            f"{len(common)} samples stand in both {source} and {target}: expected at least {MIN_SAMPLES} "
            "files of the same name, whatever their endings"
        )
    read: list[dict[str, Spectrum]] = [{}, {}]
    for done, name in enumerate(common):
        for side, into in zip(sides, read, strict=True):
            into[name] = _mean(side[name])
        if progress is not None:
            progress(done + 1, len(common))
    return read[0], read[1], lone


def _files(folder: Path) -> dict[str, Path]:
    """Files of a folder by their stem, case apart."""
    if not folder.is_dir():
        raise LibraryError(f"{folder}: no such folder; expected scans of the common samples")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            if path.stem.casefold() in found:
                raise LibraryError(f"{path}: a file of that name with another ending is there; keep one")
            found[path.stem.casefold()] = path
    return found


def _mean(path: Path) -> Spectrum:
    """Mean of the prepared spectra of a file, which must share their axis."""
    try:
        prepared = [NirPreparation().apply(_near_infrared(path, each)) for each in read_spectra(path)]
    except LibraryError:
        raise
    except ReadError as error:
        raise LibraryError(f"{path}: {error}") from error
    except SpectraError as error:
        raise LibraryError(f"{path}: cannot be prepared ({error}); take it out or mend it") from error
    if any(each.n_points != prepared[0].n_points or each.axis[0] != prepared[0].axis[0] for each in prepared):
        raise LibraryError(f"{path}: its spectra have several ranges; expected replicates of one sample")
    return dataclasses.replace(prepared[0], intensity=np.mean([each.intensity for each in prepared], axis=0))


def _near_infrared(path: Path, spectrum: Spectrum) -> Spectrum:
    if spectrum.technique != "nir" or spectrum.unit not in ("wavelength_nm", "wavenumber_cm-1"):
        raise LibraryError(
            f"{path}: {spectrum.technique} over {spectrum.unit}; expected near infrared over nm or cm-1"
        )
    return spectrum


def _common_grid(spectra: Sequence[Spectrum]) -> Grid:
    """Stretch of the NIR grid that all spectra cover."""
    first, last = max(each.axis[0] for each in spectra), min(each.axis[-1] for each in spectra)
    if not first < last:
        raise LibraryError("the two instruments have no common range: nothing can be transferred")
    return Grid(float(first), NIR_GRID.step, round((last - first) / NIR_GRID.step) + 1, NIR_GRID.unit)


def _on(prepared: Spectrum, grid: Grid) -> FloatArray:
    """Absorbance on a stretch of the grid that the spectrum covers."""
    offset = round((grid.start - prepared.axis[0]) / grid.step)
    return prepared.intensity[offset : offset + grid.n_points]


def _instruments(spectra: Iterable[Spectrum]) -> str:
    named = sorted({str(each.metadata["instrument"]) for each in spectra if each.metadata.get("instrument")})
    return ", ".join(named) or "an unnamed instrument"


def _moved(reference: Reference, transfer: Transfer, grid: Grid, instrument: str, note: str) -> Reference:
    """Show a reference as the second instrument would; grade A becomes B, since it was not measured there."""
    try:
        prepared = NirPreparation().apply(reference.spectrum)
        columns_on_grid(prepared, NIR_GRID)
        covered = prepared.axis[0] <= grid.start + 1e-6 and prepared.axis[-1] >= grid.stop - 1e-6
    except SpectraError as error:
        raise LibraryError(f"reference {reference.label.substance!r} ({reference.id}): {error}") from error
    if not covered:
        raise LibraryError(
            f"reference {reference.label.substance!r} ({reference.id}) covers {prepared.axis[0]:g} to "
            f"{prepared.axis[-1]:g} nm, the common samples {grid.start:g} to {grid.stop:g}: take it out first"
        )
    metadata = {**prepared.metadata, "instrument": instrument, "note": note}
    spectrum = dataclasses.replace(
        prepared, axis=grid.axis, intensity=transfer.apply(_on(prepared, grid)), metadata=metadata
    )
    label = reference.label
    named = dataclasses.replace(
        label,
        id=reference_id(spectrum, label.substance, form=label.form),
        grade="B" if label.grade == "A" else label.grade,
    )
    source = f"{reference.provenance.source}; {note}" if reference.provenance.source else note
    provenance = dataclasses.replace(reference.provenance, instrument=instrument, source=source)
    return dataclasses.replace(reference, label=named, spectrum=spectrum, provenance=provenance)
