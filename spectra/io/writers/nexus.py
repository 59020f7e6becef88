"""NeXus: one NXentry a spectrum, NXraman for Raman, with the axis and the intensity as NXdata.

Application definition NXraman of the NeXus standard (release 2024.02).
"""

import io
import json
from collections.abc import Sequence
from typing import Any, Final

from ...spectrum import Spectrum
from ._facts import facts

_AXES: Final = {
    "raman_shift_cm-1": ("raman_shift", "1/cm"),
    "wavenumber_cm-1": ("wavenumber", "1/cm"),
    "wavelength_nm": ("wavelength", "nm"),
    "other": ("axis", ""),
}


def write(spectra: Sequence[Spectrum]) -> bytes:
    """Bytes of the file."""
    import h5py  # only when a file is written

    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        file.attrs["default"] = "entry"
        for number, spectrum in enumerate(spectra):
            entry = file.create_group("entry" if number == 0 else f"entry_{number + 1}")
            _entry(entry, spectrum)
    return image.getvalue()


def _entry(entry: Any, spectrum: Spectrum) -> None:
    told = facts(spectrum)
    entry.attrs.update({"NX_class": "NXentry", "default": "data"})
    entry["definition"] = "NXraman" if spectrum.technique == "raman" else "NXoptical_spectroscopy"
    entry["title"] = str(told.get("label") or told.get("origin_file") or "spectrum")
    if told.get("date"):
        entry["start_time"] = str(told["date"])
    instrument = _group(entry, "instrument", "NXinstrument")
    if told.get("instrument"):
        instrument["name"] = str(told["instrument"])
    laser = told.get("laser_wavelength_nm")
    if isinstance(laser, int | float):
        beam = _group(instrument, "beam_incident", "NXbeam")
        beam["wavelength"] = float(laser)
        beam["wavelength"].attrs["units"] = "nm"
    name, units = _AXES[spectrum.unit]
    data = _group(entry, "data", "NXdata")
    data.attrs.update({"signal": "intensity", "axes": [name]})
    data.create_dataset(name, data=spectrum.axis)
    data[name].attrs["units"] = units
    data.create_dataset("intensity", data=spectrum.intensity)
    ours = _group(entry, "contraspec", "NXcollection")
    ours["facts"] = json.dumps({"technique": spectrum.technique, "unit": spectrum.unit, **told})


def _group(parent: Any, name: str, nx_class: str) -> Any:
    group = parent.create_group(name)
    group.attrs["NX_class"] = nx_class
    return group
