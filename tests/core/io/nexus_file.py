"""NeXus files of made-up numbers."""

import io
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

N = 50
X = 100.0 + 2.5 * np.arange(N)
Y = np.round(500 + 100 * np.sin(X / 9.0))


def group(parent: Any, name: str, nx_class: str, **attributes: Any) -> Any:
    made = parent.create_group(name)
    made.attrs.update({"NX_class": nx_class, **attributes})
    return made


def image(fill: Callable[[Any], None]) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


def plot(
    entry: Any, *, units: str = "1/cm", axis: np.ndarray = X, signal: np.ndarray = Y, **chunked: Any
) -> Any:
    data = group(entry, "data", "NXdata", signal="counts", axes="shift")
    data.create_dataset("shift", data=axis, **chunked)
    data["shift"].attrs.update({"units": units, "long_name": "Raman Shift [1/cm]"})
    data.create_dataset("counts", data=signal, **chunked)
    return data


def raman(file: Any) -> Any:
    file.attrs["default"] = "entry"
    entry = group(file, "entry", "NXentry", default="data")
    entry["definition"] = "NXraman"
    entry["title"] = "made up"
    entry["start_time"] = "2024-01-02"
    instrument = group(entry, "instrument", "NXinstrument")
    instrument["name"] = "Box 1"
    beam = group(instrument, "beam_incident", "NXbeam")
    beam["wavelength"] = 0.532
    beam["wavelength"].attrs["units"] = "um"
    detector = group(instrument, "detector", "NXdetector")
    detector["count_time"] = 200.0
    detector["count_time"].attrs["units"] = "ms"
    return entry
