"""The way through a NeXus file: default plots, their signals, axes and facts.

Works on what h5py hands over and imports nothing of it; runs in a process of its own (see ``nexus``).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..parts.binary import MAX_POINTS

MAX_SPECTRA: Final = 10_000
_MAX_NODES: Final = 2_000
_MAX_DEPTH: Final = 4
_MAX_TEXT: Final = 20_000
_MAX_RATIO: Final = 100
_ALWAYS_ALLOWED: Final = 1_000_000

NO_PLOT: Final = (
    "an HDF5 file without a NeXus plot (a group NXdata with signal and axes). "
    "Export the spectrum as NeXus, JCAMP-DX or CSV."
)


class RefusalError(Exception):
    """Kind and text of the error that the file deserves."""


def find_plots(file: Any) -> Iterator[tuple[Any, Any]]:
    """Entries with their default plot; NXdata groups of their own when there are no entries."""
    entries = [group for group in _children(file) if _class(group) == "NXentry"]
    default = _text(file.attrs, "default").strip("/").partition("/")[0]
    entries.sort(key=lambda group: group.name.strip("/") != default)
    for entry in entries:
        plot = _default_plot(entry, 0) or next(_search(entry, [_MAX_NODES], 0), None)
        if plot is not None:
            yield entry, plot
    if not entries:
        for group in _children(file):
            if _class(group) == "NXdata":
                yield file, group


def _default_plot(group: Any, depth: int) -> Any:
    """Follow the attribute ``default`` down to an NXdata group; None when it leads nowhere."""
    if _class(group) == "NXdata":
        return group
    name = _text(group.attrs, "default")
    below = _child(group, name) if name and depth < _MAX_DEPTH else None
    return _default_plot(below, depth + 1) if below is not None and hasattr(below, "keys") else None


def _search(group: Any, left: list[int], depth: int) -> Iterator[Any]:
    for child in _children(group):
        left[0] -= 1
        if left[0] < 0:
            return
        if _class(child) == "NXdata":
            yield child
        elif depth < _MAX_DEPTH:
            yield from _search(child, left, depth + 1)


def _children(group: Any) -> list[Any]:
    """List the groups in a group by their numbers, entry_2 before entry_10."""
    names = sorted(list(group)[:_MAX_NODES], key=lambda name: (len(name), name))
    found = (_child(group, name) for name in names)
    return [one for one in found if one is not None and hasattr(one, "keys")]


def _child(group: Any, path: str) -> Any:
    """Member of a group, by a path within the file; links to other files are not followed."""
    here = group.file if path.startswith("/") else group
    for name in [part for part in path.split("/") if part and part != "."][: _MAX_DEPTH + 2]:
        if name == ".." or not hasattr(here, "keys"):
            return None
        link = here.get(name, getlink=True)
        kind = type(link).__name__
        if kind == "SoftLink":
            # A link may lead to a link, or in a circle.
            here = here.get(name) if ".." not in link.path and _plain_path(here, link.path) else None
        elif kind == "HardLink":
            here = here.get(name)
        else:
            return None
        if here is None:
            return None
    return here


def _plain_path(group: Any, path: str) -> bool:
    """Whether a path has no further links in it."""
    here = group.file if path.startswith("/") else group
    for name in [part for part in path.split("/") if part and part != "."]:
        if not hasattr(here, "keys") or type(here.get(name, getlink=True)).__name__ != "HardLink":
            return False
        here = here.get(name)
    return True


def _class(group: Any) -> str:
    return _text(group.attrs, "NX_class")


def _text(attributes: Any, name: str) -> str:
    """Attribute as text; the first of several."""
    value = attributes.get(name)
    if isinstance(value, np.ndarray):
        value = value.flat[0] if value.size else ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _names(attributes: Any, name: str) -> list[str]:
    """Attribute as a list of names, in any of the ways they are written."""
    value = attributes.get(name)
    if isinstance(value, np.ndarray):
        parts = [
            one.decode(errors="replace") if isinstance(one, bytes) else str(one) for one in value.flat[:8]
        ]
    else:
        text = _text(attributes, name).strip("[] ")
        parts = text.replace(":", ",").split(",") if text else []
    return [part.strip().strip("\"'") for part in parts]


def read_signal(
    entry: Any, group: Any, arrays: list[NDArray[np.float64]], *, column: str | None, n_bytes: int
) -> dict[str, Any]:
    signal_name = _signal_name(group, column)
    signal = _dataset(group, signal_name, n_bytes)
    axis_name = _axis_name(group, signal_name, signal)
    axis = _dataset(group, axis_name, n_bytes)
    values, rows = _numbers(axis), _numbers(signal)
    if values.ndim != 1 or values.size == 0 or rows.shape[-1:] != values.shape:
        raise RefusalError(
            "damaged",
            f"axis {axis_name!r} of shape {values.shape} for a signal {signal_name!r} of shape {rows.shape}. "
            "The file contradicts itself: export it again.",
        )
    factor, offset = (_number(group, f"{signal_name}_{what}") for what in ("scaling_factor", "offset"))
    rows = rows * (1.0 if factor is None else factor[0]) + (0.0 if offset is None else offset[0])
    n_rows = rows.size // values.size
    if n_rows > MAX_SPECTRA or sum(one.size for one in arrays) + rows.size + values.size > MAX_POINTS:
        raise RefusalError("unsupported", f"{n_rows} spectra in one plot. Export fewer spectra per file.")
    arrays += [values, rows.reshape(-1)]
    texts = {
        "axis": axis_name, "axis_long": _text(axis.attrs, "long_name"),
        "axis_units": _text(axis.attrs, "units"), "signal": signal_name,
        "signal_long": _text(signal.attrs, "long_name"), "definition": _value_text(entry, "definition"),
        "facts": _value_text(entry, "contraspec/facts"),
    }  # fmt: skip
    return {"n": values.size, "rows": n_rows, "texts": texts, "facts": _facts(entry), "warnings": []}


def _signal_name(group: Any, column: str | None) -> str:
    names = [name for name in list(group)[:_MAX_NODES] if hasattr(_child(group, name), "shape")]
    if column is not None:
        if column in names:
            return column
        raise RefusalError(
            "unsupported", f"no signal {column[:40]!r}, there are {', '.join(names[:8])}. Name one of them."
        )
    name = _text(group.attrs, "signal")
    old = [one for one in names if str(_child(group, one).attrs.get("signal", "")) in ("1", "b'1'")]
    name = name or next(iter(old), "")
    if name not in names:
        raise RefusalError("damaged", f"the plot {group.name} has no signal {name!r}. Export the file again.")
    return name


def _axis_name(group: Any, signal_name: str, signal: Any) -> str:
    """Name of the axis of the signal's last dimension."""
    names = _names(group.attrs, "axes") or _names(signal.attrs, "axes")
    if not names:
        names = [
            one for one in list(group)[:_MAX_NODES]
            if one != signal_name and "axis" in getattr(_child(group, one), "attrs", {})
        ]  # fmt: skip
    last = names[-1] if names else ""
    if not last or last == "." or (len(names) > 1 and len(names) != len(signal.shape)):
        raise RefusalError("unsupported", f"the plot {group.name} has no axis for its signal. {NO_PLOT}")
    return last


def _dataset(group: Any, name: str, n_bytes: int) -> Any:
    """Dataset of numbers that the file can hold."""
    found = _child(group, name)
    if found is None or not hasattr(found, "shape") or not found.shape or found.dtype.kind not in "fiu":
        raise RefusalError(
            "damaged", f"{name!r} in {group.name} is no column of numbers. Export the file again."
        )
    if found.is_virtual or found.external:
        raise RefusalError(
            "unsupported", f"the numbers of {name!r} stand in another file. Export one whole file."
        )
    allowed = max(_ALWAYS_ALLOWED, _MAX_RATIO * n_bytes) if found.chunks else n_bytes
    if found.size * found.dtype.itemsize > allowed or found.size > MAX_POINTS:
        raise RefusalError(
            "damaged", f"{name!r} claims {found.size} numbers, more than the file holds. Export it again."
        )
    return found


def _numbers(dataset: Any) -> NDArray[np.float64]:
    return np.asarray(dataset[()], dtype="<f8")


def _number(group: Any, path: str) -> tuple[float, str] | None:
    found = _child(group, path)
    if found is None or not hasattr(found, "shape") or found.size != 1 or found.dtype.kind not in "fiu":
        return None
    return float(np.asarray(found[()]).reshape(-1)[0]), _text(found.attrs, "units")


def _value_text(group: Any, path: str) -> str:
    """Dataset of one text; empty when there is none."""
    found = _child(group, path)
    if found is None or not hasattr(found, "shape") or found.size != 1:
        return ""
    value = found[()] if not found.shape else found[()].flat[0]
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _facts(entry: Any) -> dict[str, Any]:
    """Metadata by the places that NXraman and its base classes give them."""
    facts: dict[str, Any] = {
        "label": _value_text(entry, "sample/name") or _value_text(entry, "title"),
        "date": _value_text(entry, "start_time"),
        "software": _value_text(entry, "program_name"),
        "note": _value_text(entry, "experiment_description") or _value_text(entry, "experiment_type"),
    }
    for instrument in _of_class(entry, "NXinstrument"):
        made = [_value_text(instrument, f"device_information/{part}") for part in ("vendor", "model")]
        facts["instrument"] = " ".join(part for part in made if part) or _value_text(instrument, "name")
        facts["serial"] = _value_text(instrument, "device_information/identifier")
        laser = _first(_of_class(instrument, "NXbeam"), ("incident_wavelength", "wavelength")) or _first(
            _of_class(instrument, "NXsource"), ("wavelength", "laser_wavelength")
        )
        time = _first(_of_class(instrument, "NXdetector"), ("count_time", "integration_time"))
        facts |= {"laser_wavelength_nm": laser} if laser else {}
        facts |= {"integration_time_s": time} if time else {}
    return facts


def _of_class(group: Any, name: str) -> list[Any]:
    return [child for child in _children(group) if _class(child) == name]


def _first(groups: Sequence[Any], names: tuple[str, ...]) -> tuple[float, str] | None:
    found = (_number(group, name) for group in groups for name in names)
    return next((one for one in found if one is not None), None)
