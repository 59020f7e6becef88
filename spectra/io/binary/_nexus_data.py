"""What the groups of a NeXus file mean: units, technique and facts, once HDF5 has been left behind."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...spectrum import MetadataValue
from ...units import AXIS_UNITS, QUANTITIES, TECHNIQUES, AxisUnit, Quantity, Technique
from .._draft import Draft
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.vocabulary import AxisKind, axis_kind, plain, signal_kind

_NM_OF: Final = {
    "nm": 1.0, "nanometer": 1.0, "nanometre": 1.0, "um": 1e3, "µm": 1e3, "μm": 1e3, "micrometer": 1e3,
    "micron": 1e3, "a": 0.1, "å": 0.1, "angstrom": 0.1, "m": 1e9, "meter": 1e9, "mm": 1e6,
}  # fmt: skip
_SECONDS_OF: Final = {"s": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0, "": 1.0}
_CM1: Final = frozenset(
    {"1/cm", "cm-1", "cm^-1", "cm**-1", "cm^{-1}", "1/centimeter", "1/centimetre", "reciprocalcentimeter",
     "inversecentimeter", "wavenumber", "rel.1/cm"}
)  # fmt: skip
_MAX_FACTS: Final = 60
_QUANTITY: Final[dict[str, Quantity]] = {
    "absorbance": "absorbance", "reflectance": "reflectance", "transmittance": "transmittance",
    "processed": "counts", "dark_subtracted": "counts", "intensity": "counts", "raw": "counts",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Found:
    """One signal with its axis, as it stands in a NeXus file.

    Attributes
    ----------
    axis, signal : array, shape (m,)
        In file order.
    texts : mapping
        ``axis``, ``axis_long``, ``axis_units``, ``signal``, ``signal_long``, ``definition``, ``facts``: as
        written, empty when missing.
    facts : mapping
        Metadata found: strings, and numbers as pairs of value and unit.
    warnings : tuple of str
        What was left out.
    """

    axis: NDArray[np.float64]
    signal: NDArray[np.float64]
    texts: Mapping[str, str]
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def to_draft(found: Found) -> Draft:
    """Draft of a signal."""
    texts = found.texts
    ours = _own_facts(texts.get("facts", ""))
    values, unit = _axis(found.axis, texts)
    technique = _technique(values, unit, texts)
    stated = ours.pop("unit", None), ours.pop("technique", None)
    if stated[0] == unit or (unit == "other" and stated[0] in AXIS_UNITS):
        unit = next(one for one in AXIS_UNITS if one == stated[0])
        technique = next((one for one in TECHNIQUES if one == stated[1]), technique)
    metadata: dict[str, MetadataValue] = {
        "x_column": texts.get("axis", "")[: kv.MAX_TEXT],
        "y_column": texts.get("signal", "")[: kv.MAX_TEXT],
        **_metadata(found.facts),
    }
    quantity = _quantity(texts)
    if ours.get("quantity") in QUANTITIES:
        quantity = next(one for one in QUANTITIES if one == ours["quantity"])
    metadata |= {name: value for name, value in ours.items() if name != "quantity"}
    return Draft(values, found.signal, technique, unit, metadata, found.warnings, quantity=quantity)


def _own_facts(text: str) -> dict[str, MetadataValue]:
    """Metadata that our own writer put into the file; nothing when it is no such text."""
    try:
        known = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(known, dict):
        return {}
    kept: dict[str, MetadataValue] = {}
    for name, value in list(known.items())[:_MAX_FACTS]:
        if isinstance(value, str):
            kept[name[:60]] = value[: kv.MAX_TEXT]
        elif isinstance(value, bool | int | float):
            kept[name[:60]] = value
    return kept


def _axis(values: NDArray[np.float64], texts: Mapping[str, str]) -> tuple[NDArray[np.float64], AxisUnit]:
    units = "".join(texts.get("axis_units", "").replace("⁻", "-").replace("¹", "1").casefold().split())
    kinds = [axis_kind(texts.get(name, "")) for name in ("axis_long", "axis")]
    kind: AxisKind | None = next((one for one in kinds if one is not None), None)
    if units in _NM_OF:
        return values * _NM_OF[units] if _NM_OF[units] != 1.0 else values, "wavelength_nm"
    if units in _CM1 or (not units and kind in ("raman_shift", "wavenumber")):
        raman = "raman" in texts.get("definition", "").casefold() or kind == "raman_shift"
        return values, "raman_shift_cm-1" if raman else "wavenumber_cm-1"
    if not units and kind == "wavelength_nm":
        return values, "wavelength_nm"
    if not units and kind == "wavelength_um":
        return values * 1e3, "wavelength_nm"
    return values, "other"


def _technique(values: NDArray[np.float64], unit: AxisUnit, texts: Mapping[str, str]) -> Technique:
    if "raman" in texts.get("definition", "").casefold() and unit != "wavenumber_cm-1":
        return "raman" if unit != "other" else "other"
    return technique_of_axis(values, unit)


def _quantity(texts: Mapping[str, str]) -> Quantity:
    for name in ("signal_long", "signal"):
        kind = signal_kind(plain(texts.get(name, "")))
        if kind in _QUANTITY:
            return _QUANTITY[kind]
    return "counts" if "raman" in texts.get("definition", "").casefold() else "unknown"


def _metadata(facts: Mapping[str, Any]) -> dict[str, MetadataValue]:
    kept: dict[str, MetadataValue] = {}
    for name in ("label", "date", "instrument", "serial", "software", "note", "measurement_id", "detector"):
        value = facts.get(name)
        if isinstance(value, str) and value.strip():
            kept[name] = kv.text_value(value)
    for name, factors in (("laser_wavelength_nm", _NM_OF), ("integration_time_s", _SECONDS_OF)):
        value, unit = facts.get(name, (None, ""))
        factor = factors.get(str(unit).strip().casefold())
        if isinstance(value, int | float) and np.isfinite(value) and value > 0 and factor:
            kept[name] = float(value) * factor
    return kept
