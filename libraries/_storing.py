"""Libraries to files and back: what is stored for which size, and what is read and verified when."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from spectra.errors import LibraryError, SpectraError
from spectra.label import Label
from spectra.matching.index import SearchIndex, build_index
from spectra.matching.stored import (
    cascade_fingerprint,
    checked_codes,
    restore_search,
    search_arrays,
    search_fingerprint,
)

from . import _container, _layout, _sealed, _stored
from ._layout import Prepared, candidate_ids
from ._migrations import migrated
from ._replacing import Origin, origin_of
from ._stored import FORMAT, HASH_ATTRIBUTE, Scalar, StoredTree, content_sha256
from .changes import Change, changes_from
from .library import ROOT_TEXTS, Library, check_prepared, check_references, check_texts
from .preparing import PreparingPipeline
from .reference import Reference

if TYPE_CHECKING:
    from .releases.block import Release
    from .releases.policy import Gate, Standing

INDEXED_FROM: Final = 1_000
"""References from which on a library is stored with its indexes, to be mapped (container 2)."""

MAX_BLOCK_BYTES: Final = 16 * 2**20
"""Of a release, behind the sealed bytes of a library."""
_ROOT_DATASETS: Final = ("/axis", "/intensity", "/offsets", "/records", "/hints", "/calibration")
_CHANGES: Final = "/changes"
"""Only where something was recorded."""
_PREPARED_DATASETS: Final = ("intensity", "mask", "pipeline")
_SCANNED: Final = frozenset({"search/root", "cascade/head", "cascade/middle"})
"""Datasets of the indexes that a search scans: nearly all of their size."""
VERIFIED_BYTES: Final = 16 * 2**20
"""Those that are larger are mapped without being verified, all others are verified: 0.02 s at the most."""
_CONTENT_ERRORS: Final = (
    SpectraError, KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError,
)  # fmt: skip

T = TypeVar("T")


def open_library(
    path: str, *, mapped: bool = True, verify: bool = False, gate: "Gate | None" = None
) -> Library:
    """Open a library of either container.

    Parameters
    ----------
    path : str
        The file.
    mapped : bool
        Leave what is scanned in the file; False reads and verifies everything.
    verify : bool
        Verify everything.
    gate : Gate, optional
        Judge of its signatures, asked before HDF5 sees a byte and before content is read.

    Raises
    ------
    LibraryError
        The file is missing, empty, cut short, changed, foreign, too new, or refused by the gate.
    """
    with _container.opened(path) as file:
        start = file.read(_container.SEAL_BYTES)
        version = _container.version_of(start, path)
        whole = version == 1 or not mapped
        file.seek(0)  # so that a large file is not copied to put its start before the rest
        data = file.read(_container.MAX_FILE_BYTES) if whole else b""
        sealed = _sealed.SealedFile(data, path) if version == 2 and whole else None
        sealed = _sealed.SealedFile.map(file, path) if not whole else sealed
    end = _container.check_seal(data, path) if sealed is None else sealed.end
    block = data[end:] if sealed is None else sealed.behind(MAX_BLOCK_BYTES + 1024)
    release = _release(start, block, path)
    standing = _judged(release, path, gate)
    if sealed is None:
        from . import _hdf5  # h5py loads only for a small library

        tree = _hdf5.from_sealed(data[:end] if release else data, path)
        library = _guarded(path, lambda: _library(migrated(tree), Path(path)))
        library.__dict__["content_sha256"] = tree.attributes["/"][HASH_ATTRIBUTE]  # verified just now
    else:
        if verify or whole:
            sealed.verify()
            _guarded(path, lambda: _check_content(sealed))
        library = _guarded(path, lambda: _sealed_library(sealed, Path(path)))
    if release and release.statement.content_sha256 != library.content_sha256:
        raise LibraryError(
            f"{path}: is damaged or was changed, its release is about other content; {_container.REBUILD}"
        )
    library.__dict__.update(
        signed=release, standing=standing if gate else None, origin=origin_of(path, start, block)
    )
    return library


def _judged(release: "Release | None", path: str, gate: "Gate | None") -> "Standing | None":
    """Ask the gate; without one a signature that does not fit is refused all the same."""
    if gate is None and release is None:
        return None
    from .releases.policy import Gate

    return (gate or Gate()).judge(release, path)


def read_sealed(path: str) -> bytes:
    """Bytes of a library file without its release, every one of them verified.

    Raises
    ------
    LibraryError
        As ``open_library``.
    """
    with _container.opened(path) as file:
        data = file.read(_container.MAX_FILE_BYTES)
    if _container.version_of(data[: _container.SEAL_BYTES], path) == 1:
        return data[: _container.check_seal(data, path)]
    sealed = _sealed.SealedFile(data, path)
    sealed.verify()
    return data[: sealed.end]


def _release(seal: bytes, block: bytes, path: str) -> "Release | None":
    """Release that stands behind the sealed bytes."""
    if not block:
        return None
    from .releases.block import from_block  # of use to signed libraries only

    return from_block(block, seal, path)


def write_library(library: Library, path: str, *, apart: bool = False) -> Origin:
    """Write a library to a file whose content verified before.

    Parameters
    ----------
    library : Library
        What to write.
    path : str
        Where.
    apart : bool
        Container 2 whatever the size.

    Returns
    -------
    Origin
        Of what stands there now.

    Raises
    ------
    LibraryError
        When it cannot be written, or another changed the file since the library was read from it; what
        stood there is unchanged.
    """
    from . import _writing  # of no use to who opens

    tree = tree_of(library)
    root = {**tree.attributes["/"], HASH_ATTRIBUTE: library.content_sha256}
    tree = StoredTree({**tree.attributes, "/": root}, tree.datasets)
    if len(library) < INDEXED_FROM and not apart:
        return _writing.write_whole(tree, path, library.origin)
    return _writing.write_apart(_with_indexes(tree, library), path, library.origin)


def tree_of(library: Library) -> StoredTree:
    """Everything of a library but the hash and what can be built from the rest."""
    root: dict[str, Scalar] = {"format": FORMAT, "version": _stored.VERSION}
    for name in ROOT_TEXTS:
        root[name] = getattr(library, name)
    attributes: dict[str, dict[str, Scalar]] = {"/": root}
    datasets = _layout.encode_references(library.references)
    datasets["/hints"] = _layout.encode_hints(library.hints)
    datasets["/calibration"] = _layout.encode_json(library.calibration, "calibration")
    if library.changes:
        datasets[_CHANGES] = _layout.encode_json([each.to_dict() for each in library.changes], "change log")
    if library.prepared:
        attributes["/prepared"] = {}
    for prepared in library.prepared:
        group = f"/prepared/{prepared.fingerprint}"
        attributes[group], arrays = _layout.encode_prepared(prepared)
        datasets.update({f"{group}/{name}": array for name, array in arrays.items()})
    return StoredTree(attributes, datasets)


def _with_indexes(tree: StoredTree, library: Library) -> StoredTree:
    """Tree of a library with its label table, and with the indexes of each prepared matrix of a large one.

    Near infrared is compared otherwise: what an index of Raman holds would only be stored in vain.
    """
    attributes, datasets = dict(tree.attributes), dict(tree.datasets)
    datasets["/labels"] = _layout.encode_labels(library.labels)
    tree = StoredTree(attributes, datasets)
    if library.technique != "raman" or len(library) < INDEXED_FROM:
        return tree
    from spectra.matching.cascade import build_cascade  # numba comes with it

    for prepared in library.prepared:
        index = build_index(prepared.matrix)
        cascade = build_cascade(index.root)
        for kind, code, arrays in (
            ("search", search_fingerprint(), search_arrays(index)),
            ("cascade", cascade_fingerprint(), cascade.arrays),
        ):
            group = f"/index/{prepared.fingerprint}/{kind}"
            attributes[group] = {"code": code}
            datasets.update({f"{group}/{name}": array for name, array in arrays.items()})
    return tree


def _check_content(sealed: _sealed.SealedFile) -> None:
    """Compare what is stored with the stated hash of the content."""
    own = {name: each for name, each in sealed.attributes.items() if not name.startswith("/index/")}
    names = [name for name in sealed.entries if not name.startswith(("/index/", "/labels"))]
    actual = content_sha256(StoredTree(own, {name: sealed.verified(name) for name in names}))
    if actual != own["/"][HASH_ATTRIBUTE]:
        raise LibraryError(f"the content's hash is {actual[:16]}…, expected {own['/'][HASH_ATTRIBUTE]}")


def _library(tree: StoredTree, path: Path) -> Library:
    """Library of a tree that was verified whole."""
    texts = _texts(tree.attributes["/"])
    references = _layout.decode_references(tree.datasets, texts["technique"])
    ids = candidate_ids([reference.label for reference in references])
    prepared = _decode_prepared(tree.attributes, tree.datasets.__getitem__, ids)
    _check_names(tree.attributes, tree.datasets, _ROOT_DATASETS, indexed=False)
    return Library(
        references=references,
        hints=_layout.decode_hints(tree.datasets["/hints"]),
        calibration=_layout.decode_json(tree.datasets["/calibration"]),
        changes=_changes(tree.datasets.get(_CHANGES)),
        prepared=prepared,
        path=path,
        **texts,
    )


def _sealed_library(sealed: _sealed.SealedFile, path: Path) -> Library:
    """Library of a file of container 2, of whatever version its content is."""
    if sealed.attributes["/"]["version"] == _stored.VERSION:
        return _unread_library(sealed, path)
    return _older_library(sealed, path)


def _older_library(sealed: _sealed.SealedFile, path: Path) -> Library:
    """Library of a file of an older version: read whole, and mapped again once it is saved."""
    sealed.verify()
    _check_content(sealed)
    attributes = {name: each for name, each in sealed.attributes.items() if not name.startswith("/index")}
    names = [name for name in sealed.entries if not name.startswith(("/index/", "/labels"))]
    tree = StoredTree(attributes, {name: sealed.verified(name) for name in names})
    library = _library(migrated(tree), path)
    library.__dict__["content_sha256"] = attributes["/"][HASH_ATTRIBUTE]
    return library


def _unread_library(sealed: _sealed.SealedFile, path: Path) -> Library:
    """Library of a file whose head was verified; what is large is read when it is asked for."""
    root = sealed.attributes["/"]
    texts = _texts(root)
    _check_names(sealed.attributes, sealed.entries, (*_ROOT_DATASETS, "/labels"), indexed=True)
    labels = _layout.decode_labels(sealed.verified("/labels"))
    if not labels or len({label.id for label in labels}) != len(labels):
        raise LibraryError("the labels are none, or an id stands twice")
    ids = candidate_ids(labels)
    library = object.__new__(Library)  # its references are not there to be checked
    shown = str(path)
    library.__dict__.update(
        hints=_layout.decode_hints(sealed.verified("/hints")),
        calibration=_layout.decode_json(sealed.verified("/calibration")),
        changes=_changes(sealed.verified(_CHANGES) if _CHANGES in sealed.entries else None),
        path=path,
        labels=labels,
        content_sha256=str(root[HASH_ATTRIBUTE]),
        _matrices={},
        _indexes={},
        _unread={
            "references": lambda: _guarded(shown, lambda: _read_references(sealed, texts, labels)),
            "prepared": lambda: _guarded(shown, lambda: _read_prepared(sealed, texts["name"], ids)),
            "index": lambda pipeline: _guarded(shown, lambda: _read_search(sealed, pipeline, ids)),
        },
        **texts,
    )
    check_texts(library)
    return library


def _read_references(
    sealed: _sealed.SealedFile, texts: Mapping[str, Any], labels: tuple[Label, ...]
) -> tuple[Reference, ...]:
    datasets = {name: sealed.verified(name) for name in ("/records", "/offsets", "/axis", "/intensity")}
    references = _layout.decode_references(datasets, texts["technique"])
    check_references(texts["name"], texts["technique"], references)
    if tuple(reference.label for reference in references) != labels:
        raise LibraryError("its labels are not those of its records")
    return references


def _read_prepared(sealed: _sealed.SealedFile, name: str, ids: tuple[str, ...]) -> tuple[Prepared, ...]:
    prepared = _decode_prepared(sealed.attributes, sealed.verified, ids)
    check_prepared(name, ids, prepared)
    return prepared


def _read_search(
    sealed: _sealed.SealedFile, pipeline: PreparingPipeline, ids: tuple[str, ...]
) -> SearchIndex | None:
    """Find the stored index of a pipeline, or None where there is none of today's code."""
    arrays = _index_arrays(sealed, pipeline, "search", search_fingerprint())
    if not arrays:
        return None
    grid = _layout.decode_grid(sealed.attributes[f"/prepared/{pipeline.fingerprint}"])
    codes = _index_arrays(sealed, pipeline, "cascade", cascade_fingerprint())
    checked = checked_codes(codes, (len(ids), grid.n_points)) if codes else None
    return restore_search(arrays, grid, ids, codes=checked)


def _index_arrays(
    sealed: _sealed.SealedFile, pipeline: PreparingPipeline, kind: str, code: str
) -> dict[str, NDArray[Any]]:
    """Arrays of a stored index; none where it is of another code or another pipeline."""
    group = f"/index/{pipeline.fingerprint}/{kind}"
    if sealed.attributes.get(group, {}).get("code") != code:
        return {}
    own = sealed.verified(f"/prepared/{pipeline.fingerprint}/pipeline").tobytes()
    if own != pipeline.to_json().encode("utf-8"):
        return {}
    names = [name[len(group) + 1 :] for name in sealed.entries if name.startswith(f"{group}/")]
    arrays = {}
    for name in names:
        path = f"{group}/{name}"
        large = f"{kind}/{name}" in _SCANNED and sealed.entries[path].n_bytes > VERIFIED_BYTES
        arrays[name] = sealed.mapped(path) if large else sealed.verified(path)
    return arrays


def _decode_prepared(
    attributes: Mapping[str, Mapping[str, Scalar]], read: Callable[[str], Any], ids: tuple[str, ...]
) -> tuple[Prepared, ...]:
    prepared = []
    for group, values in sorted(attributes.items()):
        prefix, _, fingerprint = group.rpartition("/")
        if prefix == "/prepared":
            arrays = {name: read(f"{group}/{name}") for name in _PREPARED_DATASETS}
            prepared.append(_layout.decode_prepared(fingerprint, values, arrays, ids))
    return tuple(prepared)


def _changes(dataset: NDArray[np.uint8] | None) -> tuple[Change, ...]:
    return () if dataset is None else changes_from(_layout.decode_json(dataset))


def _texts(root: Mapping[str, Scalar]) -> dict[str, Any]:
    if root["format"] != FORMAT:
        raise LibraryError(f"format {root['format']!r}, expected {FORMAT}")
    return {name: root[name] for name in ROOT_TEXTS}


def _check_names(
    attributes: Mapping[str, Any], datasets: Mapping[str, Any], roots: tuple[str, ...], *, indexed: bool
) -> None:
    """Refuse groups and datasets that this version does not know, and miss those it needs."""
    groups, known = {"/", "/prepared"}, set(roots)
    for group in attributes:
        if group.rpartition("/")[0] == "/prepared":
            groups.add(group)
            known.update(f"{group}/{name}" for name in _PREPARED_DATASETS)
    found = {*attributes, *datasets}
    if indexed:  # whose names are the business of the code that wrote them
        found = {name for name in found if not name.startswith("/index/")}
    if unknown := found - known - groups - {_CHANGES}:
        raise LibraryError(f"{min(unknown)} is unknown")
    if missing := known - found:
        raise LibraryError(f"{min(missing)} is missing")


def _guarded(path: str, read: Callable[[], T]) -> T:
    """Call, and turn what broken content raises into one error."""
    try:
        return read()
    except _CONTENT_ERRORS as error:
        if isinstance(error, LibraryError) and str(error).startswith(path):
            raise  # says it all
        raise LibraryError(
            f"{path}: its content is not a library of format version {_stored.VERSION} ({error}); "
            f"build the library again or take it from its release"
        ) from error
