"""A reference library: an immutable handle on references and what was prepared from them."""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from spectra.errors import LibraryError
from spectra.label import Label
from spectra.matching.hints import HintTable
from spectra.matrix import SpectralMatrix
from spectra.units import TECHNIQUES, Technique

from . import _layout
from ._layout import Prepared, candidate_ids
from .changes import Change, check_changes
from .preparing import PreparingPipeline, prepare
from .reference import Reference

if TYPE_CHECKING:
    from spectra.matching.index import SearchIndex

    from ._replacing import Origin
    from .releases.block import Release
    from .releases.policy import Gate, Standing

MAX_TEXT: Final = 8_000
"""Characters that name, release or banner may have."""

ROOT_TEXTS: Final = ("name", "technique", "created", "release", "banner")
"""Fields that are stored as they are."""


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
    changes : tuple of Change
        Log of what was done to it, of ``libraries.changes``; no part of the content hash.
    origin : Origin or None
        The file it was opened from or saved to, as it was then; copies keep it, so that a change of it
        never replaces what another has written there since.
    signed : Release or None
        What stands behind the file it was opened from. A copy has none: a change drops the release.
    standing : Standing or None
        What a gate made of it; None for a library that no gate has judged.

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
    prepared: tuple[Prepared, ...] = field(default_factory=tuple)
    path: Path | None = None
    changes: tuple[Change, ...] = ()
    origin: "Origin | None" = field(default=None, repr=False)
    signed: "Release | None" = field(default=None, init=False, repr=False)
    standing: "Standing | None" = field(default=None, init=False, repr=False)
    _matrices: dict[str, SpectralMatrix] = field(default_factory=dict, init=False, repr=False)
    _indexes: "dict[str, SearchIndex]" = field(default_factory=dict, init=False, repr=False)
    _unread: dict[str, Callable[..., Any]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("references", "hints", "prepared", "changes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        check_texts(self)
        check_references(self.name, self.technique, self.references)
        check_changes(self.changes)
        check_prepared(self.name, candidate_ids(self.labels), self.prepared)
        if self.calibration is not None:
            text = _layout.encode_json(self.calibration, f"calibration of library {self.name!r}")
            object.__setattr__(self, "calibration", _layout.decode_json(text))

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # only reached for what an opened library has not read yet: references and prepared
            if name not in self.__dict__.get("_unread", ()):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            value = self.__dict__[name] = self._unread[name]()
            return value

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """Label of each reference, in their order."""
        return tuple(reference.label for reference in self.references)

    @property
    def release_name(self) -> str:
        """Name of the release: the signed one where there is one, else what the library says itself."""
        return self.signed.statement.name if self.signed and self.signed.complete else self.release

    @cached_property
    def by_id(self) -> Mapping[str, Reference]:
        """References by their id."""
        return {reference.id: reference for reference in self.references}

    @cached_property
    def content_sha256(self) -> str:
        """Hash of everything but ``created``: the same in memory, saved and reopened."""
        from ._stored import content_sha256
        from ._storing import tree_of  # it knows this class

        return content_sha256(tree_of(self))

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

    def index(self, pipeline: PreparingPipeline) -> "SearchIndex":
        """Return the candidates in the domain of the search.

        The stored index with its codes, mapped where it lies in the file, when it is of exactly this
        pipeline and of today's code; else built once.

        Parameters
        ----------
        pipeline : Pipeline
            The one that also prepares the query.

        Raises
        ------
        LibraryError
            When a reference cannot be prepared, or the stored index is damaged.
        """
        from spectra.matching.index import build_index

        index = self._indexes.get(pipeline.fingerprint)
        if index is None:
            read = self._unread.get("index")
            index = read(pipeline) if read else None
            index = build_index(self.candidates(pipeline)) if index is None else index
            self._indexes[pipeline.fingerprint] = index
        return index

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
    def open(
        cls, path: str | os.PathLike[str], *, mapped: bool = True, gate: "Gate | None" = None
    ) -> "Library":
        """Open a library file.

        One of fewer than ``INDEXED_FROM`` references is read and verified whole, and nothing stays open.
        Of a larger one seal, head, labels and the small arrays of its indexes are verified, spectra and
        prepared matrices when they are asked for, and what the search scans stays in the file, mapped;
        ``verify_library`` checks all of it.

        Parameters
        ----------
        path : str or path-like
            Written by ``save_library``.
        mapped : bool
            False reads and verifies any library whole and keeps nothing open: on Windows a file
            that is mapped cannot be replaced.
        gate : Gate, optional
            Judge of its signatures, asked before anything of the content is read; without one the
            library's ``standing`` is None, whoever signed it.

        Raises
        ------
        LibraryError
            The file is missing, empty, cut short, changed, foreign, too new, or refused by the gate.
        """
        from ._storing import open_library  # it knows this class

        return open_library(os.fspath(path), mapped=mapped, gate=gate)


def save_library(
    library: Library,
    path: str | os.PathLike[str],
    *,
    pipelines: Iterable[PreparingPipeline] = (),
    apart: bool = False,
) -> Library:
    """Write a library whole or not at all.

    Parameters
    ----------
    library : Library
        What to write; from ``INDEXED_FROM`` references on its indexes are built and stored with it.
    path : str or path-like
        Where; a library that stands there is replaced only when all is written.
    pipelines : iterable of Pipeline
        Whose matrices are stored, besides those the library holds already.
    apart : bool
        Seal each dataset by itself in a small library too, so that what nobody asks for is not read when
        it is opened, nor HDF5 loaded: for libraries that cold starts wait for.

    Returns
    -------
    Library
        As it was written, with its path.

    Raises
    ------
    LibraryError
        When a reference cannot be prepared, the file cannot be written, or it is the one that the library
        was opened from and another has changed it since.
    """
    from ._storing import write_library  # HDF5 loads only when a library is written

    shown = os.fspath(path)
    saved = dataclasses.replace(library.with_prepared(pipelines), path=Path(shown))
    saved.__dict__["origin"] = write_library(saved, shown, apart=apart)
    return saved


def verify_library(path: str | os.PathLike[str], *, gate: "Gate | None" = None) -> Library:
    """Check every byte of a library file, without keeping it in memory.

    Parameters
    ----------
    path : str or path-like
        Written by ``save_library``.
    gate : Gate, optional
        Judge of its signatures.

    Returns
    -------
    Library
        Opened, mapped where it is large.

    Raises
    ------
    LibraryError
        The file is missing, empty, cut short, changed, foreign, too new, or refused by the gate.
    """
    from ._storing import open_library  # it knows this class

    return open_library(os.fspath(path), verify=True, gate=gate)


def check_texts(library: Library) -> None:
    """Refuse texts that cannot be stored."""
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


def check_references(name: str, technique: str, references: tuple[Reference, ...]) -> None:
    """Refuse no references, several techniques, or one reference that stands twice."""
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


def check_prepared(name: str, ids: tuple[str, ...], prepared: Sequence[Prepared]) -> None:
    """Refuse matrices of other references."""
    for entry in prepared:
        if entry.matrix.ids != ids:
            raise LibraryError(
                f"prepared matrix {entry.fingerprint[:12]} is not of the references of {name!r}: "
                f"prepare them again"
            )
