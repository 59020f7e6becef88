"""Preprocessing as a value: named steps with parameters, applied alike to query and library."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeGuard, get_args, overload

import numpy as np
from numpy.typing import NDArray

from ..errors import PipelineError, PipelineMismatchError, SpectraError, SpectrumError
from ..grid import Grid
from ..matrix import SpectralMatrix
from ..spectrum import MIN_POINTS, Spectrum
from ._arrays import FloatArray
from .absorbance import absorbance, kubelka_munk
from .axis import crop, resample
from .baseline import baseline, baseline_of_many, pybaselines_baseline
from .local_polynomial import derivative_nm
from .masks import bridge_bands
from .resolution import broaden
from .scaling import clip, normalize, snv, square_root
from .scatter import detrend
from .smoothing import derivative, smooth
from .spikes import despike

if TYPE_CHECKING:
    from .batches import Batch

SCHEMA: Final = "contraspec.pipeline/1"
_BLOCK_ROWS: Final = 1024
"""Rows taken at once, at least where there are so many, and less than twice as many: steps have compiled
loops for many rows, but float64 copies of a whole library would not fit everywhere."""

StepFunction = Callable[..., tuple[FloatArray, FloatArray]]
ManyFunction = Callable[[FloatArray, FloatArray, Mapping[str, Any]], tuple[FloatArray, FloatArray]]
Parameter = float | int | str | bool | None | Mapping[str, float]


@dataclass(frozen=True)
class StepRecord:
    """One kind of step.

    Attributes
    ----------
    name : str
        As pipelines name it.
    function : callable
        ``(axis, intensity, *, …) -> (axis, intensity)``, spectral axis last.
    version : int
        Raised whenever the same parameters give other results: it is part of the fingerprint.
    description : str
        One line.
    on_axis : str
        ``kept``, ``shortened`` (a subset of the points) or ``resampled`` (onto the grid that the
        parameters ``start``, ``step`` and ``n_points`` describe).
    for_many : callable, optional
        ``(axis, intensity, parameters) -> (axis, intensity)``: does the same, to rounding, with loops that
        only a thousand spectra earn back.
    """

    name: str
    function: StepFunction
    version: int
    description: str
    on_axis: Literal["kept", "shortened", "resampled"] = "kept"
    for_many: ManyFunction | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of all parameters."""
        code = self.function.__code__
        return code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]

    @property
    def defaults(self) -> dict[str, Parameter]:
        """Values of the parameters that have one."""
        return dict(self.function.__kwdefaults__ or {})


def _records(*records: StepRecord) -> Mapping[str, StepRecord]:
    return MappingProxyType({record.name: record for record in records})


STEPS: Final[Mapping[str, StepRecord]] = _records(
    StepRecord("despike", despike, 1, "replace cosmic-ray spikes"),
    StepRecord("resample", resample, 1, "average onto a grid", "resampled"),
    StepRecord("crop", crop, 1, "keep a range of the axis", "shortened"),
    StepRecord("smooth", smooth, 1, "Savitzky-Golay smoothing"),
    StepRecord("derivative", derivative, 1, "Savitzky-Golay derivative"),
    StepRecord("baseline", baseline, 1, "subtract a Whittaker baseline", for_many=baseline_of_many),
    StepRecord("pybaselines", pybaselines_baseline, 1, "subtract a baseline of pybaselines"),
    StepRecord("snv", snv, 1, "standard normal variate"),
    StepRecord("normalize", normalize, 1, "divide by the maximum, area or length"),
    StepRecord("clip", clip, 1, "raise low values to a minimum"),
    StepRecord("square_root", square_root, 1, "square root of the heights"),
    StepRecord("absorbance", absorbance, 1, "absorbance from reflectance or transmittance"),
    StepRecord("kubelka_munk", kubelka_munk, 1, "ratio of absorption to scattering"),
    StepRecord("derivative_nm", derivative_nm, 1, "derivative onto a grid, window in nm", "resampled"),
    StepRecord("detrend", detrend, 1, "subtract a polynomial of the axis"),
    StepRecord("bridge_bands", bridge_bands, 1, "draw a line across the water bands"),
    StepRecord("broaden", broaden, 1, "broaden to a lower resolution"),
)


@dataclass(frozen=True)
class Step:
    """One step with all its parameters; those left out take the defaults of the function.

    Attributes
    ----------
    name : str
        A key of ``STEPS``.
    parameters : mapping
        Every parameter of the step by name, read-only.

    Raises
    ------
    PipelineError
        An unknown step, an unknown or missing parameter, or a value of the wrong type.
    """

    name: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        record = STEPS.get(self.name)
        if record is None:
            raise PipelineError(f"no step {self.name!r}: expected one of {', '.join(STEPS)}")
        valid = record.parameters
        unknown = [name for name in self.parameters if name not in valid]
        if unknown:
            raise PipelineError(
                f"step {self.name} has no parameter {unknown[0]!r}: expected {', '.join(valid) or 'none'}"
            )
        complete = record.defaults | dict(self.parameters)
        missing = [name for name in valid if name not in complete]
        if missing:
            raise PipelineError(f"step {self.name} needs {', '.join(missing)}: give a value for each")
        annotations = record.function.__annotations__
        checked = {name: _checked(self.name, name, complete[name], annotations[name]) for name in valid}
        object.__setattr__(self, "parameters", MappingProxyType(checked))

    def __hash__(self) -> int:
        return hash(_canonical(self._plain()))

    def __reduce__(self) -> tuple[type["Step"], tuple[str, dict[str, Parameter]]]:
        return Step, (self.name, self._plain_parameters())

    def _plain_parameters(self) -> dict[str, Parameter]:
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in self.parameters.items()
        }

    def _plain(self) -> dict[str, object]:
        version = STEPS[self.name].version
        return {"name": self.name, "parameters": self._plain_parameters(), "version": version}


@dataclass(frozen=True)
class Pipeline:
    """Steps in their order. Hashable; two pipelines are equal when all their steps are.

    Attributes
    ----------
    steps : tuple of Step
        Applied first to last; may be empty.
    """

    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))

    @overload
    def apply(self, spectra: Spectrum) -> Spectrum: ...
    @overload
    def apply(self, spectra: SpectralMatrix) -> SpectralMatrix: ...
    def apply(self, spectra: Spectrum | SpectralMatrix) -> Spectrum | SpectralMatrix:
        """Prepare a spectrum, or each row of a matrix as if it stood alone.

        Parameters
        ----------
        spectra : Spectrum or SpectralMatrix
            Not changed.

        Returns
        -------
        Spectrum or SpectralMatrix
            The same kind. A resampling step gives a matrix its grid.

        Raises
        ------
        PipelineError
            A parameter out of its range.
        SpectrumError
            When too few points remain.
        """
        if isinstance(spectra, Spectrum):
            points, intensity = self._run(spectra.axis, spectra.intensity)
            return replace(spectra, axis=points, intensity=intensity)
        return self._apply_to_rows(spectra)

    def apply_to_many(
        self, spectra: Sequence[Spectrum]
    ) -> "tuple[tuple[Batch, ...], Mapping[int, SpectraError]]":
        """Prepare spectra together: ``batches.apply_to_many``, which says what is equal to one by one.

        Parameters
        ----------
        spectra : sequence of Spectrum
            Not changed; on any axes.

        Returns
        -------
        batches : tuple of Batch
            Those that can be prepared.
        refused : mapping of int to SpectraError
            The others, by their place.
        """
        from .batches import apply_to_many  # it knows this class, and one spectrum has no use for it

        return apply_to_many(self, spectra)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the steps, all their parameters and their versions, as 64 hex digits."""
        return hashlib.sha256(self.to_json().encode("ascii")).hexdigest()

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, ASCII, whole numbers without a point."""
        return _canonical({"schema": SCHEMA, "steps": [step._plain() for step in self.steps]})

    @classmethod
    def from_json(cls, text: str) -> "Pipeline":
        """Read what ``to_json`` wrote.

        Parameters
        ----------
        text : str
            JSON of schema ``contraspec.pipeline/1``.

        Raises
        ------
        PipelineError
            Damaged JSON, another schema, an unknown step or parameter.
        PipelineMismatchError
            A step whose version this engine does not have: its results would differ.
        """
        try:
            document = json.loads(text)
            schema, entries = document["schema"], document["steps"]
            named = [(entry["name"], dict(entry["parameters"]), entry["version"]) for entry in entries]
        except (ValueError, KeyError, TypeError) as error:
            raise PipelineError(f"not a pipeline: {error}; expected JSON of schema {SCHEMA}") from error
        if schema != SCHEMA:
            raise PipelineError(f"pipeline schema {schema!r}: expected {SCHEMA}")
        steps = tuple(Step(name, parameters) for name, parameters, _ in named)
        for name, _, version in named:
            if version != STEPS[name].version:
                raise PipelineMismatchError(
                    f"step {name} version {version!r}: this engine has {STEPS[name].version}; rebuild it"
                )
        return cls(steps)

    def output_grid(self, grid: Grid) -> Grid:
        """Grid on which the rows of a matrix on ``grid`` come out."""
        for step in self.steps:
            if STEPS[step.name].on_axis == "resampled":
                values: Mapping[str, Any] = step.parameters
                grid = Grid(float(values["start"]), float(values["step"]), values["n_points"], grid.unit)
        return grid

    def _run(self, points: FloatArray, intensity: FloatArray) -> tuple[FloatArray, FloatArray]:
        for step in self.steps:
            points, intensity = STEPS[step.name].function(points, intensity, **step.parameters)
        return points, intensity

    def _apply_to_rows(self, matrix: SpectralMatrix) -> SpectralMatrix:
        grid = self.output_grid(matrix.grid)
        intensity = np.zeros((len(matrix), grid.n_points), dtype=np.float32)
        mask = np.zeros((len(matrix), grid.n_points), dtype=bool)
        short = np.flatnonzero(matrix.mask.sum(axis=1) < MIN_POINTS)
        if short.size:
            raise SpectrumError(
                f"{short.size} row(s) have fewer than {MIN_POINTS} measured points, "
                f"the first is {matrix.ids[short[0]]}: leave them out"
            )
        for measured, rows in _rows_by_stretch(matrix.mask):
            source = matrix.grid.axis[measured]
            for block in np.array_split(rows, max(1, rows.size // _BLOCK_ROWS)):
                values = matrix.intensity[np.ix_(block, measured)].astype(np.float64)
                points, values = self._run(source, values)
                columns = np.rint((points - grid.start) / grid.step).astype(np.intp)
                intensity[np.ix_(block, columns)] = values
                mask[np.ix_(block, columns)] = True
        return SpectralMatrix(grid, intensity, mask, matrix.ids)


def check_same(query: Pipeline | str, library: Pipeline | str) -> None:
    """Refuse to compare what was prepared differently.

    Parameters
    ----------
    query, library : Pipeline or str
        Pipelines or their fingerprints.

    Raises
    ------
    PipelineMismatchError
        When the fingerprints differ.
    """
    ours, theirs = (side if isinstance(side, str) else side.fingerprint for side in (query, library))
    if ours != theirs:
        raise PipelineMismatchError(
            f"query prepared by pipeline {ours[:12]}, library by {theirs[:12]}: "
            "expected the same; prepare both with one pipeline"
        )


def _rows_by_stretch(mask: NDArray[np.bool_]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Measured columns and the rows that have exactly those, in order of first appearance."""
    groups: dict[bytes, list[int]] = {}
    for row, packed in enumerate(np.packbits(mask, axis=1)):
        groups.setdefault(packed.tobytes(), []).append(row)
    return [(np.flatnonzero(mask[rows[0]]), np.array(rows, dtype=np.intp)) for rows in groups.values()]


def _checked(step: str, name: str, value: object, annotation: object) -> Parameter:
    """Return the value in the type that the step's function declares."""
    choices = get_args(annotation)
    if annotation is float and _is_number(value):
        return float(value)
    if annotation is int and _is_number(value) and value == int(value):
        return int(value)
    if (annotation is str or (choices and value in choices)) and isinstance(value, str):
        return value
    if type(None) in choices and value is None:
        return None
    if type(None) in choices and isinstance(value, Mapping) and all(map(_is_number, value.values())):
        return MappingProxyType({str(key): value[key] for key in sorted(value)})
    expected = ", ".join(map(str, choices)) or getattr(annotation, "__name__", str(annotation))
    raise PipelineError(f"step {step}, {name} = {value!r}: expected {expected}")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _canonical(document: object) -> str:
    return json.dumps(
        _whole_numbers(document), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def _whole_numbers(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _whole_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_whole_numbers(entry) for entry in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
