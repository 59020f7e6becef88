"""Made-up scans of a field day, drawn from the starter's band tables: good, damaged, wrong, twice."""

import shutil
from pathlib import Path

import numpy as np

from libraries.starter.synthesis import synthesise
from libraries.starter.tables import load_references

AXIS = np.linspace(200.0, 2000.0, 600)
MIXED = 6
"""Every so many scans holds a second substance."""


def write_scan(path: Path, rng: np.random.Generator, *, n_spectra: int = 1) -> None:
    """Write one scan, or several in columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    references = load_references()
    columns = []
    for _ in range(n_spectra):
        parts = [references[int(rng.integers(len(references)))]]
        if not rng.integers(MIXED):
            parts.append(references[int(rng.integers(len(references)))])
        signal = sum(synthesise(part.bands, AXIS) for part in parts)
        signal = 1000.0 * signal / max(float(np.max(signal)), 1e-9)
        columns.append(signal + 200.0 * np.exp(-AXIS / 1500.0) + 100.0 + rng.normal(0.0, 4.0, AXIS.size))
    header = "Raman shift (cm-1)," + ",".join(f"Intensity {i + 1}" for i in range(n_spectra))
    rows = [",".join(f"{value:.2f}" for value in row) for row in zip(AXIS, *columns, strict=True)]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def write_infrared(path: Path, rng: np.random.Generator) -> None:
    """Write a spectrum of a technique that no library has."""
    axis = np.linspace(400.0, 4000.0, 600)
    values = 0.1 + np.exp(-(((axis - 1700.0) / 20.0) ** 2)) + rng.normal(0.0, 0.01, axis.size)
    rows = [f"{x:.2f},{y:.5f}" for x, y in zip(axis, values, strict=True)]
    path.write_text("\n".join(["Wavenumber (cm-1),Absorbance", *rows]) + "\n", encoding="utf-8")


def write_field_day(folder: Path, n: int, *, seed: int = 0) -> dict[str, int]:
    """Write ``n`` mixed files below a folder; for each how many rows it must get."""
    rng = np.random.default_rng(seed)
    expected: dict[str, int] = {}
    for i in range(n):
        kind, file = i % 10, f"post-{i % 3}/scan {i:04d}.csv"
        path = folder / file
        expected[file] = 1
        if kind == 3 and i > 10:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / f"post-{(i - 3) % 3}" / f"scan {i - 3:04d}.csv", path)  # the same again
        elif kind == 5:
            write_scan(path, rng)
            damage(path, i // 10)
        elif kind == 7:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_infrared(path, rng)
        elif kind == 9:
            write_scan(path, rng, n_spectra=2)
            expected[file] = 2
        else:
            write_scan(path, rng)
    return expected


def damage(path: Path, how: int) -> None:
    """Make a scan one that cannot be read, in one of four ways."""
    content = path.read_bytes()
    ways = (b"", b"\xff\xd8\xff" + content[:200], b"see the other folder\n", bytes(reversed(content[:400])))
    path.write_bytes(ways[how % len(ways)])
