"""Bruker OPUS files (``.0``, ``.1`` …): one measurement with all its stages, of which one is the result.

A file holds interferograms, phases, single-channel spectra of sample and reference, and what was
computed from them. The result is read: a Raman spectrum, else an absorbance, else another ratio.
Without a result the single-channel spectrum of the sample is read, else that of the reference, else
the first other curve, each with a warning; the last two are no spectrum of a sample, so their
technique is ``other`` and nothing is identified from them. ``--column`` names another block.
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ReadError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit, Quantity, Technique
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts.binary import Window
from ..parts.keyvalue import text_value
from ._bruker_opus_file import (
    MAGIC,
    Block,
    Curve,
    Parameters,
    damaged_curve,
    is_series,
    read_blocks,
    read_curves,
    read_parameters,
)

_OLD_MAGIC: Final = b"\n\n\x1a\x1a"
_SINGLE_CHANNEL, _RAMAN = 1, 10
# Data types of OPUS, the one that answers "what is it" first, with what their ordinate is.
_RESULTS: Final[dict[int, Quantity]] = {
    _RAMAN: "counts",
    4: "absorbance",
    16: "absorbance",  # attenuated total reflection
    15: "absorbance",  # logarithm of the reflectance
    12: "reflectance",
    5: "transmittance",
    6: "kubelka_munk",
    17: "unknown",  # photoacoustic
    19: "unknown",  # results of arithmetic
    18: "unknown",
    11: "counts",  # emission
}
_REFERENCE: Final = 2
_CHANNELS: Final = 32
_SAMPLE_RANK, _REFERENCE_RANK, _LAST_RANK = 500, 700, 1000
_NM_PER_UM: Final = 1000.0
_UNITS: Final[dict[str, tuple[AxisUnit, float]]] = {
    "WN": ("wavenumber_cm-1", 1.0),
    "RS": ("raman_shift_cm-1", 1.0),
    "NM": ("wavelength_nm", 1.0),
    "MI": ("wavelength_nm", _NM_PER_UM),
    "WL": ("wavelength_nm", _NM_PER_UM),
    "PNT": ("other", 1.0),
    "MIN": ("other", 1.0),
}
_HIGHEST: Final = {"wavenumber_cm-1": 1e5, "raman_shift_cm-1": 12_000.0, "wavelength_nm": 1e6, "other": 1e9}
_MOST_PADDING: Final = 64
_GROSS: Final = 1.0
_SAME_STEP: Final = 2e-6
_TEXTS: Final = {
    "ins": "instrument", "srn": "serial", "dtc": "detector", "snm": "label", "sfm": "note", "dxu": "x_column",
}  # fmt: skip
_VERSION: Final = re.compile(rb"Version (\d[\d.]{0,10})")


def sniff(source: Source) -> Sniff:
    """Certain by the first four bytes."""
    return Sniff.CERTAIN if source.data[:4] in (MAGIC, _OLD_MAGIC) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft: the result of the measurement, or the block the caller names.

    Raises
    ------
    DamagedError
        When directory, blocks or the stated limits contradict each other.
    UnsupportedError
        For a file without a curve, a series of spectra and unknown axis units.
    """
    if source.data.startswith(_OLD_MAGIC):
        raise UnsupportedError(
            f"{source.name}: an OPUS file of an early version, expected one of OPUS 5 or later. "
            "Open it in OPUS and save it as JCAMP-DX or as data point table."
        )
    window = Window(source.data, source.name, "OPUS")
    blocks = read_blocks(window)
    curves, unread = read_curves(window, blocks)
    curve = _choose(source, window, curves, unread=unread, series=[b for b in blocks if is_series(b)])
    warnings = _check(window, curve)
    others = [one.block.label for one in curves if one is not curve]
    if others:
        warnings.append(f"{curve.block.label} read; also in the file: {', '.join(others)}")
    n_left = len(window) - max(block.start + block.size for block in blocks)
    if n_left:
        warnings.append(f"{n_left} bytes after the last block left out")
    metadata, laser_cm1 = _metadata(window, blocks, curve, warnings)
    axis, unit = _axis(window, curve)
    if unit in ("wavenumber_cm-1", "raman_shift_cm-1") and not _is_fourier(axis, laser_cm1):
        _check_step(window, curve, curves)
        warnings.append("the step of the axis is not that of the interferometer: the spectrum was resampled")
    technique, quantity = _meaning(curve.block, axis, unit, warnings=warnings)
    notes = tuple(warnings)
    return (Draft(axis, curve.values, technique, unit, metadata, notes, quantity=quantity, counted=True),)


def _meaning(
    block: Block, axis: NDArray[np.float64], unit: AxisUnit, *, warnings: list[str]
) -> tuple[Technique, Quantity]:
    rank = _rank(block)
    if rank == _LAST_RANK:
        warnings.append(f"{block.label}: no spectrum of a sample, nothing can be identified from it")
        return "other", "unknown"
    if rank == _REFERENCE_RANK:
        warnings.append(f"{block.label}: the reference alone, nothing can be identified from it")
        return "other", "counts"
    if rank == _SAMPLE_RANK:
        warnings.append(f"{block.label}: light at the detector, not divided by a reference")
        return technique_of_axis(axis, unit), "counts"
    quantity = "unknown" if block.kind[4] else _RESULTS[_data_type(block)]
    return "raman" if _data_type(block) == _RAMAN else technique_of_axis(axis, unit), quantity


def _data_type(block: Block) -> int:
    return block.kind[3] % _CHANNELS


def _rank(block: Block) -> int:
    """Place in the order of preference; beyond the results for what is none."""
    kind = _data_type(block)
    if block.kind[1] != _REFERENCE and kind in _RESULTS:
        # A derivative and a second channel answer only where there is nothing plainer.
        return list(_RESULTS).index(kind) + 100 * bool(block.kind[4]) + 200 * (block.kind[3] >= _CHANNELS)
    if kind == _SINGLE_CHANNEL:
        return _REFERENCE_RANK if block.kind[1] == _REFERENCE else _SAMPLE_RANK
    return _LAST_RANK


def _choose(
    source: Source, window: Window, curves: list[Curve], *, unread: list[Block], series: list[Block]
) -> Curve:
    names = ", ".join(repr(curve.block.label) for curve in curves) or "nothing"
    if source.column is not None:
        wanted = source.column.strip().casefold()
        for number, curve in enumerate(curves, start=1):
            if wanted in (str(number), curve.block.label.casefold()):
                return curve
        raise UnsupportedError(
            f"{source.name}: no block {source.column[:40]!r}, the file holds {names}. "
            "Name one of these, or its number."
        )
    best = min((_rank(curve.block) for curve in curves), default=_LAST_RANK + 1)
    lost = next((block for block in unread if _rank(block) < best), None)
    if lost is not None:
        raise window.damaged(f"no block describes the {lost.size // 4} values of {lost.label!r}")
    if series and min(_rank(block) for block in series) <= best:
        raise UnsupportedError(
            f"{source.name}: a series of spectra ({series[0].label}), expected a single one. "
            "Extract one spectrum in OPUS and save it."
        )
    if not curves:
        raise UnsupportedError(
            f"{source.name}: no curve in this OPUS file, expected a spectrum. Save the spectrum in OPUS."
        )
    if best == _LAST_RANK:
        return next(curve for curve in curves if _rank(curve.block) == best)
    # Of several of one kind the last is the one OPUS shows: what it computes, it appends.
    return max((curve for curve in curves if _rank(curve.block) == best), key=lambda curve: curve.block.start)


def _check(window: Window, curve: Curve) -> list[str]:
    """Hold the ordinates against the limits the file states."""
    if curve.limits_agree is None:
        return ["the file does not state the limits of its values: they could not be checked"]
    if curve.limits_agree:
        return []
    low, high = (float(curve.status[key]) for key in ("mny", "mxy"))
    values = curve.values
    slack = _GROSS * (high - low)
    far = not np.isfinite(values).all() or values.min() < low - slack or values.max() > high + slack
    if far or not high >= low or curve.n_stored - values.size > _MOST_PADDING:
        raise damaged_curve(window, curve)
    return [
        f"values from {values.min():.6g} to {values.max():.6g}, the file states {low:.6g} to {high:.6g}: "
        "it was edited or is damaged"
    ]


def _axis(window: Window, curve: Curve) -> tuple[NDArray[np.float64], AxisUnit]:
    name = str(curve.status.get("dxu", "")).strip().upper()
    if name not in _UNITS:
        raise UnsupportedError(
            f"{window.name}: axis unit {name[:20]!r}, expected one of {', '.join(_UNITS)}. "
            "Show the spectrum over wavenumbers in OPUS and save it again."
        )
    unit, factor = _UNITS[name]
    if _data_type(curve.block) == _RAMAN and unit == "wavenumber_cm-1":
        unit = "raman_shift_cm-1"
    first, last = curve.status.get("fxv"), curve.status.get("lxv")
    ends = [factor * float(end) for end in (first, last) if isinstance(end, int | float)]
    if len(ends) < 2 or not all(abs(end) <= _HIGHEST[unit] for end in ends) or ends[0] == ends[1]:
        raise window.damaged(f"an axis from {first} to {last} {name}")
    return np.linspace(ends[0], ends[1], curve.values.size), unit


def _is_fourier(axis: NDArray[np.float64], laser_cm1: float | None) -> bool:
    """Whether the step is the reference laser's wavenumber divided by a power of two, as a transform's is."""
    if laser_cm1 is None:
        return True
    folds = np.log2(laser_cm1 * (axis.size - 1) / abs(axis[-1] - axis[0]))
    return bool(abs(folds - round(folds)) <= _SAME_STEP)


def _check_step(window: Window, curve: Curve, curves: list[Curve]) -> None:
    """Refuse an unusual step when more speaks for damage: values left over, or another axis beside."""
    if curve.n_stored - curve.values.size > _MOST_PADDING:
        raise window.damaged(f"{curve.values.size} points on a strange axis, {curve.n_stored} values stored")
    for other in curves:
        beside = _data_type(other.block) == _SINGLE_CHANNEL and other.block.kind[1] != _REFERENCE
        if beside and other.values.size == curve.values.size:
            mine, its = ([one.status.get(key) for key in ("fxv", "lxv", "dxu")] for one in (curve, other))
            if mine != its:
                raise window.damaged(
                    f"axes {mine} of {curve.block.label!r} and {its} of {other.block.label!r}"
                )


def _metadata(
    window: Window, blocks: tuple[Block, ...], curve: Curve, warnings: list[str]
) -> tuple[dict[str, MetadataValue], float | None]:
    """Read what the parameter blocks of the sample say, and the wavenumber of the reference laser."""
    found: Parameters = {}
    history = b""
    for block in blocks:
        if block.kind == (0, 0, 0, 0, 0, 5):
            history = history or window.raw(block.start, min(block.size, 2000))
        elif block.kind[2] > 1 and block.kind[1] != _REFERENCE:
            try:
                found |= read_parameters(window, block)
            except ReadError:
                warnings.append(f"{block.label}: cannot be read, left out")
    found |= curve.status
    metadata: dict[str, MetadataValue] = {"y_column": curve.block.label}
    for key, name in _TEXTS.items():
        value = found.get(key)
        text = text_value("".join(c if c.isprintable() else " " for c in str(value))) if value else None
        if text is not None:
            metadata[name] = text
    metadata["date"] = text_value(f"{found.get('dat', '')} {found.get('tim', '')}"[:80])
    scans, laser_cm1, reference_cm1 = found.get("nss"), found.get("rlw"), found.get("lwn")
    if isinstance(scans, int) and scans > 0:
        metadata["averages"] = scans
    if _data_type(curve.block) == _RAMAN and isinstance(laser_cm1, float) and 2000.0 < laser_cm1 < 60_000.0:
        metadata["laser_wavelength_nm"] = 1e7 / laser_cm1
    version = _VERSION.search(history)
    if version is not None:
        metadata["software"] = f"OPUS {version[1].decode()}"
    if not isinstance(reference_cm1, float) or not 1000.0 < reference_cm1 < 1e5:
        reference_cm1 = None
    kept: dict[str, MetadataValue] = {key: value for key, value in metadata.items() if value is not None}
    return kept, reference_cm1


FORMAT: Final = Format("bruker_opus", "Bruker OPUS", (".0", ".1", ".2", ".001", ".0000"), sniff, read)
