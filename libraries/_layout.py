"""Layout version 1: how a library's values become datasets, and back.

The layout is written out in docs/library-format.md; this file is its only implementation
and knows nothing of HDF5.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spectra.errors import LibraryError
from spectra.grid import Grid
from spectra.label import Label
from spectra.matching.hints import HintTable
from spectra.matrix import SpectralMatrix
from spectra.spectrum import Spectrum

from ._pieces import Dataset, Joined
from .reference import Provenance, Reference

MAX_REFERENCES: Final = 10_000_000
_FINGERPRINT: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_LABEL_KEYS: Final = ("id", "substance", "form", "cas", "inchikey", "role", "grade", "identity")
_DEPRECATED: Final = "deprecated"
"""Written only where it is set, so that a library without deprecated references is stored as ever."""
_NON_FINITE: Final = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True, eq=False)
class Prepared:
    """References as one pipeline leaves them.

    Attributes
    ----------
    fingerprint : str
        Of the pipeline.
    pipeline_json : str
        The pipeline itself, as its ``to_json`` writes it.
    matrix : SpectralMatrix
        One row per candidate, in the order of the references.
    """

    fingerprint: str
    pipeline_json: str
    matrix: SpectralMatrix

    def __post_init__(self) -> None:
        if not _FINGERPRINT.fullmatch(self.fingerprint):
            raise LibraryError(f"pipeline fingerprint {self.fingerprint!r}: expected letters and digits")


def is_candidate(label: Label) -> bool:
    """Whether a reference may be ranked: grade E is recalled, not evidence, and a deprecated one is out."""
    return label.grade != "E" and not label.deprecated


def candidate_ids(labels: Sequence[Label]) -> tuple[str, ...]:
    """Ids of the references that may be ranked."""
    return tuple(label.id for label in labels if is_candidate(label))


def encode_json(value: object, what: str) -> NDArray[np.uint8]:
    """Canonical JSON (sorted keys, ASCII, no NaN) as bytes in an array.

    Raises
    ------
    LibraryError
        When the value is not plain JSON; ``what`` names it.
    """
    try:
        text = json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise LibraryError(
            f"{what}: {error}; expected plain text, finite numbers, lists and tables"
        ) from error
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


def decode_json(array: NDArray[np.uint8]) -> Any:
    """Value of a JSON dataset."""
    return json.loads(array.tobytes().decode("ascii"))


def encode_references(references: Sequence[Reference]) -> dict[str, Dataset]:
    """Datasets ``/records``, ``/axis``, ``/intensity`` and ``/offsets``; the spectra stay where they lie."""
    lengths = [reference.spectrum.n_points for reference in references]
    return {
        "/records": encode_json([_record(reference) for reference in references], "the records"),
        "/axis": Joined([reference.spectrum.axis for reference in references]),
        "/intensity": Joined([reference.spectrum.intensity for reference in references]),
        "/offsets": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    }


def decode_references(datasets: Mapping[str, NDArray[Any]], technique: str) -> tuple[Reference, ...]:
    """Cut the four datasets into references.

    Raises
    ------
    LibraryError
        When the datasets contradict each other.
    """
    axis, intensity = datasets["/axis"], datasets["/intensity"]
    offsets, records = datasets["/offsets"], decode_json(datasets["/records"])
    if not (axis.dtype == intensity.dtype == np.float64 and axis.ndim == 1 and axis.shape == intensity.shape):
        raise LibraryError("axis and intensity are not two float64 rows of one length")
    if not isinstance(records, list) or len(records) > MAX_REFERENCES:
        raise LibraryError(f"the records are not a list of at most {MAX_REFERENCES}")
    if offsets.dtype != np.int64 or offsets.shape != (len(records) + 1,):
        raise LibraryError(f"offsets of shape {offsets.shape} for {len(records)} records")
    if offsets[0] != 0 or offsets[-1] != axis.size or not bool(np.all(np.diff(offsets) > 0)):
        raise LibraryError(f"the offsets don't cut {axis.size} points into {len(records)} spectra")
    bounds = zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    return tuple(
        _reference(record, axis[first:last], intensity[first:last], technique)
        for record, (first, last) in zip(records, bounds, strict=True)
    )


def encode_prepared(prepared: Prepared) -> tuple[dict[str, str | int | float], dict[str, NDArray[Any]]]:
    """Group attributes and datasets of one prepared matrix, dataset names relative to its group."""
    grid = prepared.matrix.grid
    attributes: dict[str, str | int | float] = {
        "grid_start": float(grid.start),
        "grid_step": float(grid.step),
        "grid_n_points": int(grid.n_points),
        "grid_unit": grid.unit,
    }
    return attributes, {
        "intensity": prepared.matrix.intensity,
        "mask": np.packbits(prepared.matrix.mask, axis=1),
        "pipeline": np.frombuffer(prepared.pipeline_json.encode("utf-8"), dtype=np.uint8),
    }


def decode_prepared(
    fingerprint: str,
    attributes: Mapping[str, Any],
    datasets: Mapping[str, NDArray[Any]],
    ids: tuple[str, ...],
) -> Prepared:
    """Rebuild the prepared matrix of a group.

    Raises
    ------
    LibraryError
        When the datasets don't fit the grid or the references.
    """
    grid = decode_grid(attributes)
    intensity, packed, pipeline = datasets["intensity"], datasets["mask"], datasets["pipeline"]
    packed_shape = (len(ids), (grid.n_points + 7) // 8)
    if intensity.dtype != np.float32 or intensity.shape != (len(ids), grid.n_points):
        raise LibraryError(
            f"prepared matrix {fingerprint} of shape {intensity.shape} doesn't fit its references"
        )
    if packed.dtype != np.uint8 or packed.shape != packed_shape:
        raise LibraryError(
            f"mask of prepared matrix {fingerprint} has shape {packed.shape}, not {packed_shape}"
        )
    mask = np.unpackbits(packed, axis=1, count=grid.n_points).astype(bool)
    text = pipeline.tobytes().decode("utf-8")
    return Prepared(fingerprint, text, SpectralMatrix(grid, intensity, mask, ids))


def decode_grid(attributes: Mapping[str, Any]) -> Grid:
    """Grid of a prepared matrix, from the attributes of its group."""
    fields = (attributes[f"grid_{name}"] for name in ("start", "step", "n_points", "unit"))
    return Grid(*fields)


def encode_labels(labels: Sequence[Label]) -> NDArray[np.uint8]:
    """Dataset ``/labels``: what the records say of each reference's label, column by column."""
    keys = (*_LABEL_KEYS, _DEPRECATED) if any(label.deprecated for label in labels) else _LABEL_KEYS
    columns = {key: [getattr(label, key) for label in labels] for key in keys}
    return encode_json(columns, "the labels")


def decode_labels(array: NDArray[np.uint8]) -> tuple[Label, ...]:
    """Labels of the dataset ``/labels``.

    Raises
    ------
    LibraryError
        When it is no table of texts.
    """
    table = decode_json(array)
    keys = (*_LABEL_KEYS, _DEPRECATED) if _DEPRECATED in table else _LABEL_KEYS
    columns = [table[key] for key in keys]
    if any({type(text) for text in column} - {str} for column in columns):
        raise LibraryError("the labels are not a table of texts")
    return tuple(Label(*row) for row in zip(*columns, strict=True))


def encode_hints(hints: Sequence[HintTable]) -> NDArray[np.uint8]:
    """Dataset ``/hints``."""
    return encode_json([asdict(table) for table in hints], "the hints")


def decode_hints(array: NDArray[np.uint8]) -> tuple[HintTable, ...]:
    """Hint tables of the dataset ``/hints``.

    Raises
    ------
    LibraryError
        When a table's bands and strengths differ in number.
    """
    tables = tuple(
        HintTable(
            substance=_text(table, "substance"),
            form=_text(table, "form"),
            cas=_text(table, "cas"),
            bands_cm1=tuple(float(band) for band in table["bands_cm1"]),
            strong=tuple(bool(strong) for strong in table["strong"]),
            source=_text(table, "source"),
        )
        for table in decode_json(array)
    )
    for table in tables:
        if len(table.bands_cm1) != len(table.strong):
            raise LibraryError(f"hint table of {table.substance!r} has not one strength per band")
    return tables


def _record(reference: Reference) -> dict[str, Any]:
    label, spectrum = reference.label, reference.spectrum
    return {
        **{key: getattr(label, key) for key in _LABEL_KEYS},
        **({_DEPRECATED: label.deprecated} if label.deprecated else {}),
        "unit": spectrum.unit,
        "metadata": {key: _wrapped(value) for key, value in spectrum.metadata.items()},
        "warnings": list(spectrum.warnings),
        "provenance": asdict(reference.provenance),
    }


def _reference(
    record: dict[str, Any], axis: NDArray[np.float64], intensity: NDArray[np.float64], technique: str
) -> Reference:
    metadata = {str(key): _unwrapped(value) for key, value in record["metadata"].items()}
    warnings = tuple(str(warning) for warning in record["warnings"])
    unit = _text(record, "unit")
    spectrum = Spectrum(axis, intensity, technique, unit, metadata, warnings)  # type: ignore[arg-type]
    keys = (*_LABEL_KEYS, _DEPRECATED) if _DEPRECATED in record else _LABEL_KEYS
    label = Label(**{key: _text(record, key) for key in keys})  # type: ignore[arg-type]
    provenance = dict(record["provenance"])
    laser_nm = provenance.pop("laser_nm")
    if laser_nm is not None and not isinstance(laser_nm, int | float):
        raise LibraryError(f"laser_nm is {laser_nm!r}, expected a number")
    texts: dict[str, Any] = {key: _text(provenance, key) for key in provenance}
    return Reference(label, spectrum, Provenance(laser_nm=laser_nm, **texts))


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record[key]
    if not isinstance(value, str):
        raise LibraryError(f"{key} is {value!r}, expected text")
    return value


def _wrapped(value: object) -> object:
    """JSON has no NaN and no infinity, yet an instrument's header may hold one."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"non_finite": str(float(value))}
    return value


def _unwrapped(value: Any) -> str | int | float | bool | None:
    if isinstance(value, dict):
        return _NON_FINITE[value["non_finite"]]
    if value is None or isinstance(value, str | int | float):
        return value
    raise LibraryError(f"metadata value {value!r}: expected a plain value")
