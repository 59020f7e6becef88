"""A reference library: an immutable handle on references and what was prepared from them."""

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from spectra.errors import LibraryError, SpectraError
from spectra.grid import Grid
from spectra.label import Label
from spectra.matching.hints import HintTable
from spectra.matrix import SpectralMatrix, columns_on_grid
from spectra.spectrum import Spectrum
from spectra.units import TECHNIQUES, Technique

from . import _layout
from ._layout import Prepared, candidate_ids
from ._stored import FORMAT, HASH_ATTRIBUTE, VERSION, Scalar, StoredTree, content_sha256
from .reference import Reference

MAX_TEXT: Final = 8_000
"""Characters that name, release or banner may have."""

_ROOT_DATASETS: Final = ("/axis", "/intensity", "/offsets", "/records", "/hints", "/calibration")
_ROOT_TEXTS: Final = ("name", "technique", "created", "release", "banner")


class PreparingPipeline(Protocol):
    """What a library asks of a pipeline; ``spectra.preprocessing.Pipeline`` has it."""

    @property
    def fingerprint(self) -> str:
        """Same for pipelines that do the same."""

    def output_grid(self, grid: Grid) -> Grid:
        """Grid on which spectra on ``grid`` come out."""

    def apply(self, spectra: Spectrum, /) -> Spectrum:
        """Prepare a spectrum; its axis becomes a stretch of the output grid."""

    def to_json(self) -> str:
        """Write the pipeline out."""


@dataclass(frozen=True, eq=False)
class Library:
    """References of one technique, ready to be searched.

    Attributes
    ----------
    name : str
        What results call it.
    technique : str
        One of ``spectra.units.TECHNIQUES``; the same for all references.
    references : tuple of Reference
        At least one, ids all different, in the order they were built.
    hints : tuple of HintTable
        Unverified band tables (grade E), never candidates.
    calibration : dict or None
        Plain JSON; what it holds is defined by ``libraries.engine``.
    banner : str
        What every result from this library must say.
    release, created : str
        Release name and ISO time of building; ``created`` is not part of the content hash.
    prepared : tuple of Prepared
        Matrices stored with the library.
    path : Path or None
        File it was opened from or saved to.

    Raises
    ------
    LibraryError
        No references, an id that stands twice, mixed techniques, texts that cannot be
        stored, a calibration that is not JSON, or a matrix of other references.
    """

    name: str
    technique: Technique
    references: tuple[Reference, ...]
    hints: tuple[HintTable, ...] = ()
    calibration: dict[str, Any] | None = None
    banner: str = ""
    release: str = ""
    created: str = ""
    prepared: tuple[Prepared, ...] = ()
    path: Path | None = None
    _matrices: dict[str, SpectralMatrix] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("references", "hints", "prepared"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        _check_texts(self)
        _check_references(self.name, self.technique, self.references)
        _check_prepared(self)
        if self.calibration is not None:
            text = _layout.encode_json(self.calibration, f"calibration of library {self.name!r}")
            object.__setattr__(self, "calibration", _layout.decode_json(text))

    def __len__(self) -> int:
        return len(self.references)

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """Label of each reference, in their order."""
        return tuple(reference.label for reference in self.references)

    @cached_property
    def by_id(self) -> Mapping[str, Reference]:
        """References by their id."""
        return {reference.id: reference for reference in self.references}

    @cached_property
    def content_sha256(self) -> str:
        """Hash of everything but ``created``: the same in memory, saved and reopened."""
        return content_sha256(_tree(self))

    def candidates(self, pipeline: PreparingPipeline) -> SpectralMatrix:
        """Return the references that may be ranked, as the pipeline leaves them.

        The stored matrix when there is one for exactly this pipeline, else computed once.
        Grade E is never among them.

        Parameters
        ----------
        pipeline : Pipeline
            The one that also prepares the query.

        Raises
        ------
        LibraryError
            When a reference cannot be prepared; names it.
        """
        for prepared in self.prepared:
            if prepared.fingerprint == pipeline.fingerprint and prepared.pipeline_json == pipeline.to_json():
                return prepared.matrix
        matrix = self._matrices.get(pipeline.fingerprint)
        if matrix is None:
            matrix = prepare(self.references, pipeline)
            self._matrices[pipeline.fingerprint] = matrix
        return matrix

    def with_calibration(self, calibration: dict[str, Any] | None) -> "Library":
        """Copy with another calibration, not yet saved.

        Parameters
        ----------
        calibration : dict or None
            Plain JSON.
        """
        return dataclasses.replace(self, calibration=calibration, path=None)

    def with_prepared(self, pipelines: Iterable[PreparingPipeline]) -> "Library":
        """Copy that also holds the matrices of ``pipelines``.

        Parameters
        ----------
        pipelines : iterable of Pipeline
            Each is prepared once, however often it stands here.
        """
        prepared = {entry.fingerprint: entry for entry in self.prepared}
        for pipeline in pipelines:
            matrix = self.candidates(pipeline)
            prepared[pipeline.fingerprint] = Prepared(pipeline.fingerprint, pipeline.to_json(), matrix)
        ordered = tuple(prepared[fingerprint] for fingerprint in sorted(prepared))
        return dataclasses.replace(self, prepared=ordered, path=None)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Library":
        """Read and verify a library file; nothing stays open.

        Parameters
        ----------
        path : str or path-like
            Written by ``save_library``.

        Raises
        ------
        LibraryError
            The file is missing, empty, cut short, changed, foreign or too new.
        """
        from . import _hdf5  # h5py loads only when a library is touched

        shown = os.fspath(path)
        tree = _hdf5.from_bytes(_hdf5.read_bytes(shown), shown)
        try:
            library = _library(tree, Path(shown))
        except (
            SpectraError,
            KeyError,
            TypeError,
            ValueError,
            IndexError,
            AttributeError,
            RecursionError,
        ) as error:
            raise LibraryError(
                f"{shown}: its content is not a library of format version {VERSION} ({error}); "
                f"build the library again or take it from its release"
            ) from error
        library.__dict__["content_sha256"] = tree.attributes["/"][HASH_ATTRIBUTE]  # verified just now
        return library


def save_library(
    library: Library, path: str | os.PathLike[str], *, pipelines: Iterable[PreparingPipeline] = ()
) -> Library:
    """Write a library whole or not at all.

    Parameters
    ----------
    library : Library
        What to write.
    path : str or path-like
        Where; a library that stands there is replaced only when all is written.
    pipelines : iterable of Pipeline
        Whose matrices are stored, besides those the library holds already.

    Returns
    -------
    Library
        As it was written, with its path.

    Raises
    ------
    LibraryError
        When a reference cannot be prepared or the file cannot be written.
    """
    from . import _hdf5  # h5py loads only when a library is touched

    shown = os.fspath(path)
    saved = dataclasses.replace(library.with_prepared(pipelines), path=Path(shown))
    tree = _tree(saved)
    root = {**tree.attributes["/"], HASH_ATTRIBUTE: saved.content_sha256}
    sealed = StoredTree({**tree.attributes, "/": root}, tree.datasets)
    data = _hdf5.to_bytes(sealed)
    _hdf5.from_bytes(data, shown)  # what HDF5 made of it must verify before the old file goes
    _hdf5.write_file(shown, data)
    return saved


def prepare(references: Sequence[Reference], pipeline: PreparingPipeline) -> SpectralMatrix:
    """Candidates among ``references`` as the pipeline leaves them, grade E left out.

    Parameters
    ----------
    references : sequence of Reference
        Their first spectrum's unit is the matrix's.
    pipeline : Pipeline
        Must resample, unless all spectra are on one even grid already.

    Raises
    ------
    LibraryError
        When a reference cannot be prepared; names it.
    """
    ids = candidate_ids(references)
    candidates = [reference for reference in references if reference.label.grade != "E"]
    grid = pipeline.output_grid(_native_grid(references[0].spectrum))
    prepared = []
    for reference in candidates:
        try:
            spectrum = pipeline.apply(reference.spectrum)
            columns_on_grid(spectrum, grid)
        except SpectraError as error:
            raise LibraryError(
                f"reference {reference.label.substance!r} ({reference.id}), file "
                f"{reference.provenance.file!r}, cannot be prepared: {error}; take it out or mend its file"
            ) from error
        prepared.append(spectrum)
    return SpectralMatrix.from_spectra(prepared, ids, grid)


def _native_grid(spectrum: Spectrum) -> Grid:
    """Even grid from first to last point, for pipelines that don't resample; only an even axis fits it."""
    start, stop = float(spectrum.axis[0]), float(spectrum.axis[-1])
    return Grid(start, (stop - start) / (spectrum.n_points - 1), spectrum.n_points, spectrum.unit)


def _check_texts(library: Library) -> None:
    for name in ("name", "technique", "banner", "release", "created"):
        text = getattr(library, name)
        if not isinstance(text, str) or len(text) > MAX_TEXT or "\0" in text or not _encodable(text):
            raise LibraryError(
                f"library {name} {text!r:.60}: expected text of at most {MAX_TEXT} characters, no NUL"
            )
    if not library.name:
        raise LibraryError("the library has no name: give it one, results are traced back by it")


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _check_references(name: str, technique: str, references: tuple[Reference, ...]) -> None:
    if technique not in TECHNIQUES:
        raise LibraryError(
            f"library {name!r} of technique {technique!r}: expected one of {', '.join(TECHNIQUES)}"
        )
    if not references:
        raise LibraryError(f"library {name!r} has no references: expected at least one")
    seen: set[str] = set()
    for reference in references:
        if reference.spectrum.technique != technique:
            raise LibraryError(
                f"reference {reference.label.substance!r} is {reference.spectrum.technique}, "
                f"library {name!r} is {technique}: a library has one technique, build one for each"
            )
        if reference.id in seen:
            raise LibraryError(
                f"reference {reference.label.substance!r} ({reference.id}) stands twice: keep one"
            )
        seen.add(reference.id)


def _check_prepared(library: Library) -> None:
    ids = candidate_ids(library.references)
    for prepared in library.prepared:
        if prepared.matrix.ids != ids:
            raise LibraryError(
                f"prepared matrix {prepared.fingerprint[:12]} is not of the references of {library.name!r}: "
                f"prepare them again"
            )


def _tree(library: Library) -> StoredTree:
    """Everything of a library but the hash."""
    root: dict[str, Scalar] = {"format": FORMAT, "version": VERSION}
    for name in _ROOT_TEXTS:
        root[name] = getattr(library, name)
    attributes: dict[str, dict[str, Scalar]] = {"/": root}
    datasets = _layout.encode_references(library.references)
    datasets["/hints"] = _layout.encode_hints(library.hints)
    datasets["/calibration"] = _layout.encode_json(library.calibration, "calibration")
    if library.prepared:
        attributes["/prepared"] = {}
    for prepared in library.prepared:
        group = f"/prepared/{prepared.fingerprint}"
        attributes[group], arrays = _layout.encode_prepared(prepared)
        datasets.update({f"{group}/{name}": array for name, array in arrays.items()})
    return StoredTree(attributes, datasets)


def _library(tree: StoredTree, path: Path) -> Library:
    """Library of a verified tree."""
    root = tree.attributes["/"]
    if root["format"] != FORMAT or root["version"] != VERSION:
        raise LibraryError(
            f"format {root['format']!r} version {root['version']!r}, expected {FORMAT} {VERSION}"
        )
    texts: dict[str, Any] = {name: root[name] for name in _ROOT_TEXTS}
    references = _layout.decode_references(tree.datasets, texts["technique"])
    ids = candidate_ids(references)
    prepared, known = [], {"/", "/prepared", *_ROOT_DATASETS}
    for group, attributes in sorted(tree.attributes.items()):
        prefix, _, fingerprint = group.rpartition("/")
        if prefix == "/prepared":
            arrays = {name: tree.datasets[f"{group}/{name}"] for name in ("intensity", "mask", "pipeline")}
            prepared.append(_layout.decode_prepared(fingerprint, attributes, arrays, ids))
            known.update([group, *(f"{group}/{name}" for name in arrays)])
    if unknown := (set(tree.datasets) | set(tree.attributes)) - known:
        raise LibraryError(f"{min(unknown)} is unknown")
    return Library(
        references=references,
        hints=_layout.decode_hints(tree.datasets["/hints"]),
        calibration=_layout.decode_json(tree.datasets["/calibration"]),
        prepared=tuple(prepared),
        path=path,
        **texts,
    )
