"""What the labels of a JCAMP-DX block mean: technique, unit of the axis, quantity, metadata."""

import json
import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit, Quantity, Technique
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.numbers import leading_number
from .blocks import OWN_FACT

# Kinds of measurement that are neither Raman nor absorption of light, whatever the unit of their axis.
_OTHER_KINDS: Final = (
    "NMR", "MASS", "CHROMATOG", "EPR", "ESR", "MOBILITY", "XRAY", "DIFFRACT", "NEUTRON", "THERMO",
    "FLUORESC", "LUMINESC", "INTERFEROGRAM", "GRAPH", "SIMULATION", "TITRATION", "POLAROGRAM",
)  # fmt: skip
_WAVENUMBERS: Final = re.compile(r"1/CM|CM\^?\(?[-−‐–⁻]?[1¹]\)?|/CM|WAVENUMBER|KAYSER|RAMANSHIFT")
_NANOMETRES: Final = re.compile(r"NANOMET|\(NM\)|(?<!/)\bNM\b|WAVELENGTH/NM|MILLIMICRON")
_MICROMETRES: Final = re.compile(r"MICROMET|MICRON|^[UµΜμ]M$|\([UµΜμ]M\)")
_LIGHT_KINDS: Final = ("UV", "VIS", "ULTRAVIOLET")
_NO_KINDS: Final = ("", "SPECTRUM", "XYDATA")
_NAMES: Final = ("TITLE", "ORIGIN", "SPECTROMETERDATASYSTEM", "INSTRUMENT")
_FACT_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OF_THE_FILE: Final = frozenset({"source_file", "source_sha256", "format", "reader", "index"})
_LASER_NM: Final = (200.0, 2000.0)
NM_PER_UM: Final = 1000.0

_QUANTITIES: Final[tuple[tuple[re.Pattern[str], Quantity], ...]] = (
    (re.compile(r"KUBELKA|^K-?M\b"), "kubelka_munk"),
    (re.compile(r"ABSORBAN|^A$|^ABS\b|^A\.?U\.?$|LOG ?\(?1/[RT]|OPTICAL DENSITY|EXTINCTION"), "absorbance"),
    (re.compile(r"TRANSMI|^%? ?T ?%?$"), "transmittance"),
    (re.compile(r"REFLECTAN|^%? ?R ?%?$"), "reflectance"),
    (re.compile(r"COUNT|^CPS|INTENSIT|^ARBITRARY|^ARB|SINGLE ?BEAM|^CTS"), "counts"),
)

_RULES: Final[kv.Rules] = {
    "TITLE": ("label", kv.text_value),
    "INSTRUMENT": ("instrument", kv.text_value),
    "INSTRUMENTNAME": ("instrument", kv.text_value),
    "SPECTROMETERDATASYSTEM": ("instrument", kv.text_value),
    "SERIALNUMBER": ("serial", kv.text_value),
    "$SERIALNUMBER": ("serial", kv.text_value),
    "$DETECTOR": ("detector", kv.text_value),
    ".DETECTOR": ("detector", kv.text_value),
    "JCAMPDX$$": ("software", kv.text_value),
    "SOFTWARE": ("software", kv.text_value),
    "$SOFTWARE": ("software", kv.text_value),
    "$INTEGRATIONTIMESEC": ("integration_time_s", kv.positive_value),
    "ORIGIN": ("origin", kv.text_value),
    "LONGDATE": ("date", kv.text_value),
    "DATE": ("date", kv.text_value),
    "AVERAGES": ("averages", kv.count_value),
    ".AVERAGES": ("averages", kv.count_value),
    "YUNITS": ("y_column", kv.text_value),
    "XUNITS": ("x_column", kv.text_value),
    "SAMPLEDESCRIPTION": ("note", kv.text_value),
    "CASREGISTRYNO": ("cas", kv.text_value),
}


def metadata_of(labels: Mapping[str, str]) -> dict[str, MetadataValue]:
    """Metadata of a block, in the names of ``spectra.io``."""
    found = kv.collect({label: value for label, value in labels.items() if value}, _RULES)
    if "TIME" in labels and "date" in found and "LONGDATE" not in labels:
        found["date"] = f"{found['date']} {labels['TIME']}"[: kv.MAX_TEXT]
    for label, value in labels.items():
        if "WAVENUMBER" in label or not ("LASER" in label or "EXCITATION" in label):
            continue
        laser = leading_number(value)
        if laser is not None and _LASER_NM[0] <= laser <= _LASER_NM[1] and "MW" not in label:
            found.setdefault("laser_wavelength_nm", laser)
    return found | _own_facts(labels.get(OWN_FACT, ""))


def _own_facts(text: str) -> dict[str, MetadataValue]:
    """Read lines of ``name = JSON`` as our own writer puts them; others are left out."""
    found: dict[str, MetadataValue] = {}
    for line in text.split("\n"):
        name, _, value = line.partition(" = ")
        if not _FACT_NAME.fullmatch(name) or name in _OF_THE_FILE:
            continue
        try:
            fact = json.loads(value)
        except (ValueError, RecursionError):
            continue
        if isinstance(fact, str | bool | int) or (isinstance(fact, float) and np.isfinite(fact)):
            found[name] = fact[: kv.MAX_TEXT] if isinstance(fact, str) else fact
    return found


def quantity_of(y_units: str) -> Quantity:
    """Quantity that a unit's name stands for; ``unknown`` for what is none of ours."""
    text = " ".join(y_units.upper().split())
    for pattern, quantity in _QUANTITIES:
        if pattern.search(text):
            return quantity
    return "unknown"


def unit_of_x(x_units: str) -> tuple[AxisUnit, float]:
    """Tell the unit of the axis as for light, not yet as for Raman, and the factor to it."""
    text = re.sub(r"\s", "", x_units.upper())
    if _WAVENUMBERS.search(text):
        return "wavenumber_cm-1", 1.0
    if _NANOMETRES.search(text):
        return "wavelength_nm", 1.0
    if _MICROMETRES.search(text):
        return "wavelength_nm", NM_PER_UM
    return "other", 1.0


def technique_of(
    labels: Mapping[str, str], axis: NDArray[np.float64], unit: AxisUnit, name: str
) -> tuple[Technique, AxisUnit, tuple[str, ...]]:
    """Technique and unit of a block's axis.

    Parameters
    ----------
    labels : mapping
        Of the block.
    axis : array, shape (n,)
        In ``unit``.
    unit : str
        From `unit_of_x`.
    name : str
        Of the file, for messages.

    Returns
    -------
    technique, unit : str
    warnings : tuple of str
        When the file does not say the technique, or says one that is not known.

    Raises
    ------
    UnsupportedError
        For Raman and infrared in a unit that is not known.
    """
    kind = re.sub(r"[\s\-_/]", "", labels.get("DATATYPE", "").upper())
    x_units = labels.get("XUNITS", "")
    is_raman = "RAMAN" in kind or "RAMANSHIFT" in re.sub(r"\s", "", x_units.upper())
    is_infrared = "INFRARED" in kind or "FTIR" in kind or kind.startswith(("IR", "NIR", "MIR"))
    if any(other in kind for other in _OTHER_KINDS):
        return "other", unit, ()
    if unit == "other" and (is_raman or is_infrared):
        raise UnsupportedError(
            f"{name}: x unit {x_units[:20] or 'missing'!r}, expected 1/CM, NANOMETERS or MICROMETERS. "
            "Export with one of these."
        )
    if is_raman:
        return "raman", "raman_shift_cm-1" if unit == "wavenumber_cm-1" else unit, ()
    by_axis = technique_of_axis(axis, unit)
    if is_infrared:
        is_near = "NEARINFRARED" in kind or "NIR" in kind or by_axis == "nir"
        return ("nir" if is_near else "mir"), unit, ()
    is_light = kind.startswith(_LIGHT_KINDS)
    if unit == "other":
        doubtful = is_light or kind in _NO_KINDS
        return "other", unit, (f"x unit {x_units[:20]!r} is not known",) if doubtful else ()
    if is_light:
        return by_axis, unit, ()
    return _guessed(labels, kind, by_axis, unit)


def _guessed(
    labels: Mapping[str, str], kind: str, by_axis: Technique, unit: AxisUnit
) -> tuple[Technique, AxisUnit, tuple[str, ...]]:
    """Technique of light when the data type is missing or not known."""
    if kind not in _NO_KINDS:
        return "other", unit, (f"data type {labels['DATATYPE'][:30]!r} is not known",)
    if unit == "wavelength_nm" or quantity_of(labels.get("YUNITS", "")) not in ("counts", "unknown"):
        return by_axis, unit, ("the data type is not stated: the technique is that of the axis",)
    if any("RAMAN" in labels.get(label, "").upper() for label in _NAMES):
        return "raman", "raman_shift_cm-1", ("the data type is not stated, the header speaks of Raman",)
    note = "the file does not say whether it is Raman or infrared: state it with --technique"
    return by_axis, unit, (note,)
