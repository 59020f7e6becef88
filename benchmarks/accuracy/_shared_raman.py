"""Every measured Raman spectrum of the shared folder, one after the other."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._measured import Curve, arpls_baseline, noise_sd, read_portable, read_wasatch


class Measured(NamedTuple):
    """One spectrum with the folder and file it stands in."""

    folder: str
    name: str
    axis: NDArray[np.float64]
    intensity: NDArray[np.float64]


def shared_raman(data: Path) -> Iterator[Measured]:
    """All Raman spectra under ``data``; repeated scans of one file only once."""
    raman = data / "raman"
    for folder in ("wp785xs-library", "wp785x-queries"):
        for path in sorted((raman / folder).glob("*.csv")):
            yield Measured(folder, path.stem, *read_wasatch(path))
    for path in sorted((raman / "portable-customs").glob("*.txt")):
        yield Measured("portable-customs", path.stem, *read_portable(path))
    for path in sorted((raman / "calibration-standards").rglob("*.txt")):
        yield Measured("calibration-standards", f"{path.parent.name}/{path.stem}", *_read_standard(path))
    yield from _amino_acids(raman / "amino-acid-mixtures")


def on_common_grid(measured: Measured, *, lam: float = 1e4, step_cm1: float = 2.0) -> tuple[Curve, float]:
    """Baseline-corrected spectrum on even points, with the noise of one point."""
    low = np.ceil(max(measured.axis[0], 100.0) / step_cm1) * step_cm1
    grid = np.arange(low, min(measured.axis[-1], 3600.0), step_cm1)
    intensity = np.interp(grid, measured.axis, measured.intensity)
    return (grid, intensity - arpls_baseline(intensity, lam=lam)), noise_sd(intensity)


def _read_standard(path: Path) -> Curve:
    """Horiba's two columns, or the shift and dark-subtracted columns of a B&W Tek export."""
    columns = (0, 1)
    separator: str | None = None
    rows: list[tuple[float, float]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        cells = line.split(separator)
        if line.startswith("Pixel;"):
            separator, cells = ";", line.split(";")
            columns = (cells.index("Raman Shift"), cells.index("Dark Subtracted #1"))
            rows = []
            continue
        try:
            x, y = (float(cells[column].replace(",", ".")) for column in columns)
        except (ValueError, IndexError):
            continue
        if not rows or x > rows[-1][0]:
            rows.append((x, y))
    table = np.array(rows, dtype=np.float64)
    return table[:, 0], table[:, 1]


def _amino_acids(folder: Path) -> Iterator[Measured]:
    """Raw columns of the multi-column exports; files without an axis take the pure files'."""
    axis = np.empty(0)
    for group in ("pure", "vials"):
        for path in sorted((folder / group).glob("*.csv")):
            with path.open(encoding="utf-8", errors="replace", newline="") as handle:
                lines = list(csv.reader(handle))
            start = next(number for number, cells in enumerate(lines) if cells[:2] == ["Pixel", "Wavelength"])
            header, cells = lines[start], lines[start + 1 :]
            if "Wavenumber" in header:
                axis = np.array([float(row[header.index("Wavenumber")]) for row in cells])
            scans = {tuple(float(row[c]) for row in cells): c for c, h in enumerate(header) if h == "Raw"}
            for scan, column in scans.items():
                yield Measured(f"amino-acid-mixtures/{group}", f"{path.stem}#{column}", axis, np.array(scan))
