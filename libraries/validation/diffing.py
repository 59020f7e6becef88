"""What differs between two libraries, reference by reference, and in what they answer."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from ..engine import Engine
from ..library import Library
from ..reference import Reference
from .cases import list_cases, read_cases
from .judging import Judged, judge_cases

_LABEL_FIELDS: Final = ("cas", "inchikey", "role", "grade", "identity")
_THRESHOLDS: Final = ("threshold", "mixture_threshold", "prior", "set_level", "set_gap")

Change = tuple[Any, Any]


@dataclass(frozen=True)
class ReferenceChange:
    """One reference that is not the same in both.

    Attributes
    ----------
    kind : str
        ``added``, ``removed``, ``changed`` (its record), ``spectrum`` (another measurement took its place),
        ``deprecated`` or ``restored``.
    id : str
        In the new library; in the old one where it was removed.
    name, form : str
        As labelled.
    fields : dict of str to tuple
        Old and new value of each field that differs.
    """

    kind: str
    id: str
    name: str
    form: str
    fields: Mapping[str, Change]


@dataclass(frozen=True)
class VerdictChange:
    """A case that the two libraries answer differently; verdict, stated substances, alert of each."""

    file: str
    index: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class LibraryDiff:
    """All that differs.

    Attributes
    ----------
    references : tuple of ReferenceChange
        By kind, then by name.
    texts : dict
        Name, technique, banner, hint tables: old and new.
    calibration : dict
        Old and new value of each figure of the calibration that differs, thresholds first; with
        ``calibrated`` where only one has any.
    verdicts : tuple of VerdictChange
        Cases answered differently.
    n_cases : int
        Cases tried.
    """

    references: tuple[ReferenceChange, ...]
    texts: Mapping[str, Change]
    calibration: Mapping[str, Change]
    verdicts: tuple[VerdictChange, ...] = ()
    n_cases: int = 0

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.references or self.texts or self.calibration or self.verdicts)


def diff_libraries(old: Library, new: Library) -> LibraryDiff:
    """Compare two libraries.

    References are the same where their id is, so where spectrum, substance and form are. One that
    went and one that came are taken for another measurement of the same where substance and form
    are the same and each stands alone.

    Parameters
    ----------
    old, new : Library
        In this order.
    """
    was, now = old.by_id, new.by_id
    gone = [was[each] for each in was if each not in now]
    came = [now[each] for each in now if each not in was]
    replaced = _replaced(gone, came)
    taken = {each.id for pair in replaced for each in pair}
    changes = [ReferenceChange("spectrum", b.id, *_name(b), _fields(a, b)) for a, b in replaced]
    changes += [ReferenceChange("added", each.id, *_name(each), {}) for each in came if each.id not in taken]
    changes += [
        ReferenceChange("removed", each.id, *_name(each), {}) for each in gone if each.id not in taken
    ]
    for each in was:
        if each in now and (fields := _fields(was[each], now[each])):
            kind = _kind(was[each], now[each])
            changes.append(ReferenceChange(kind, each, *_name(now[each]), fields))
    ordered = sorted(
        changes, key=lambda change: (change.kind, change.name.casefold(), change.form, change.id)
    )
    return LibraryDiff(tuple(ordered), _texts(old, new), _calibration(old.calibration, new.calibration))


def diff_verdicts(
    old: Library,
    new: Library,
    folder: str | os.PathLike[str],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[tuple[VerdictChange, ...], int]:
    """Ask two libraries about the same archived cases.

    Parameters
    ----------
    old, new : Library
        Of techniques that can be searched.
    folder : str or path-like
        Holds the cases; their names don't matter.
    progress : callable, optional
        Called with what is done and what there is to do, in files.

    Returns
    -------
    changes : tuple of VerdictChange
        Cases whose verdict, stated substances or alert differ.
    n : int
        Cases tried.

    Raises
    ------
    LibraryError
        No folder, no case, or a library that cannot be searched.
    """
    files = list_cases(folder)
    engines = Engine([old]), Engine([new])
    cases = tuple(read_cases(folder, files, progress=progress))
    before, after = (tuple(judge_cases(engine, cases)) for engine in engines)
    pairs = zip(before, after, strict=True)
    changes = [VerdictChange(a.file, a.index, _said(a), _said(b)) for a, b in pairs if _said(a) != _said(b)]
    return tuple(changes), len(cases)


def _said(judged: Judged) -> dict[str, Any]:
    return {
        "verdict": judged.verdict,
        "substances": [_shown(each.name, each.form) for each in judged.named],
        "alert": judged.alert,
        "problem": judged.problem,
    }


def _shown(name: str, form: str) -> str:
    return f"{name} ({form})" if form else name


def _name(reference: Reference) -> tuple[str, str]:
    return reference.label.substance, reference.label.form


def _replaced(gone: Sequence[Reference], came: Sequence[Reference]) -> list[tuple[Reference, Reference]]:
    """Pairs of the same substance and form of which each stands alone on its side."""

    def alone(references: Iterable[Reference]) -> dict[tuple[str, str], Reference]:
        found: dict[tuple[str, str], list[Reference]] = {}
        for each in references:
            found.setdefault(_name(each), []).append(each)
        return {name: each[0] for name, each in found.items() if len(each) == 1}

    left, right = alone(gone), alone(came)
    return [(left[name], right[name]) for name in left if name in right]


def _kind(old: Reference, new: Reference) -> str:
    if bool(old.deprecated) != bool(new.deprecated):
        return "deprecated" if new.deprecated else "restored"
    return "changed"


def _fields(old: Reference, new: Reference) -> dict[str, Change]:
    """Old and new value of what the records say differently."""
    before, after = _record(old), _record(new)
    names = sorted({*before, *after})
    return {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }


def _record(reference: Reference) -> dict[str, Any]:
    label, spectrum = reference.label, reference.spectrum
    told: dict[str, Any] = {name: getattr(label, name) for name in _LABEL_FIELDS}
    told["deprecated"] = reference.deprecated
    told |= {f"provenance.{name}": value for name, value in asdict(reference.provenance).items()}
    told |= {f"metadata.{name}": _plain(value) for name, value in spectrum.metadata.items()}
    told["points"] = spectrum.n_points
    told["first"], told["last"] = float(spectrum.axis[0]), float(spectrum.axis[-1])
    told["warnings"] = list(spectrum.warnings)
    return told


def _plain(value: Any) -> Any:
    """Value that equals itself and that JSON has: NaN has neither."""
    return value if not isinstance(value, float) or np.isfinite(value) else str(value)


def _texts(old: Library, new: Library) -> dict[str, Change]:
    told: dict[str, Change] = {
        name: (getattr(old, name), getattr(new, name)) for name in ("name", "technique", "banner")
    }
    told["release"] = old.release_name, new.release_name
    before, after = ([table.substance for table in each.hints] for each in (old, new))
    told["hints"] = before, after
    if old.hints != new.hints and before == after:
        told["hints"] = "as they were", "bands changed"
    return {name: pair for name, pair in told.items() if pair[0] != pair[1]}


def _calibration(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Change]:
    if old is None or new is None:
        return {} if old is new else {"calibrated": (old is not None, new is not None)}
    names = dict.fromkeys([*_THRESHOLDS, *sorted({*old, *new})])
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}
