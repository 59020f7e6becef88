"""The scans that the pictures show: drawn from the starter's tables, with the words of an imagined device.

Nothing here was measured.
"""

import dataclasses
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from libraries.shift_standards import read_standard
from spectra.io import read_measurements
from spectra.io.writers import write_spectra
from spectra.spectrum import Spectrum

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"
DEVICE: Final[dict[str, Any]] = {
    "instrument": "handheld 785", "serial": "HH-0042", "date": "2026-11-22 13:58:41",
    "laser_wavelength_nm": 785.0, "integration_time_s": 2.0, "averages": 5,
}  # fmt: skip
STRANGE_BANDS: Final = {431.0: 0.5, 702.0: 0.8, 957.0: 0.3, 1199.0: 1.0, 1377.0: 0.6, 1702.0: 0.7}
"""Raman shifts of an imagined substance that no library has, cm⁻¹, and their heights."""
HEIGHTS: Final = {"strongest": 1000.0, "strong": 400.0, "medium": 150.0, "weak": 60.0}
DRAWN: Final = {
    "alert": "amphetamine_sulfate",
    "match": "caffeine",
    "mixture": "mixture_caffeine_paracetamol",
    "unusable": "too_weak",
}


def write_all(folder: Path) -> None:
    """Write a scan of each kind, five spots of one item, a standard, and a folder of a morning's scans."""
    for name in DRAWN:
        save(drawn(name), folder / f"{name}.csv")
    save(strange(), folder / "no-match.csv")
    save(standard(offset_cm1=1.6), folder / "polystyrene.csv")
    for number in range(1, 6):
        save(spot(number), folder / f"spot{number}.csv")
    write_morning(folder / "inbox")


@cache
def drawn(name: str) -> Spectrum:
    """Scan of the examples."""
    (read,) = read_measurements(str(EXAMPLES / f"synthetic_{DRAWN[name]}.csv"))
    if isinstance(read, Exception):
        raise read
    return of_device(read.spectrum())


def strange() -> Spectrum:
    """Good scan of a substance that nothing in the library explains."""
    like = drawn("match")
    bands = sum(high * np.exp(-(((like.axis - at) / 8.0) ** 2)) for at, high in STRANGE_BANDS.items())
    noise = np.random.default_rng(3).normal(0.0, 20.0, like.n_points)
    return dataclasses.replace(like, intensity=9000.0 * bands + 2000.0 + noise)


def standard(*, offset_cm1: float) -> Spectrum:
    """Scan of polystyrene on an axis to which an offset must be added."""
    axis = np.arange(150.0, 2400.0, 1.5)
    counts = 300.0 + np.random.default_rng(1).normal(0.0, 2.0, axis.size)
    for band in read_standard("polystyrene").bands:
        width = (axis + offset_cm1 - band.position_cm1) / 3.4
        counts = counts + HEIGHTS[band.strength] * np.exp(-0.5 * width**2)
    return of_device(Spectrum(axis, counts, technique="raman", unit="raman_shift_cm-1"))


def spot(number: int) -> Spectrum:
    """Spot of one item; the last one beside it."""
    if number == 5:
        return drawn("unusable")
    scan = drawn("mixture")
    noise = np.random.default_rng(number).normal(0.0, 40.0, scan.n_points)
    return dataclasses.replace(scan, intensity=scan.intensity * (1.0 + 0.05 * number) + noise)


def write_morning(folder: Path) -> None:
    """Write a hundred scans, some damaged, as a parcel hub may have them by noon."""
    kinds = (
        "match",
        "mixture",
        "unusable",
        "alert",
        "match",
        "strange",
        "match",
        "mixture",
        "match",
        "match",
    )
    for i in range(100):
        kind = kinds[i % len(kinds)]
        scan = strange() if kind == "strange" else drawn(kind)
        noise = np.random.default_rng(i).normal(0.0, 10.0, scan.n_points)
        path = folder / f"belt-{i // 25 + 1}" / f"scan-{i:03d}.csv"
        save(dataclasses.replace(scan, intensity=scan.intensity + noise), path)
        if i % 33 == 20:
            path.write_bytes(path.read_bytes()[:300])


def of_device(scan: Spectrum) -> Spectrum:
    """Scan as the imagined device would have exported it."""
    return dataclasses.replace(scan, metadata=dict(DEVICE), warnings=())


def save(scan: Spectrum, path: Path) -> None:
    """Write a scan, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_spectra([scan], str(path))
