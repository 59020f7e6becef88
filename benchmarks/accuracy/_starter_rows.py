"""Makes the rows of the starter library: grade C by fitting, D and E from the fact tables."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from libraries.starter.tables import SubstanceRecord, load_substances
from libraries.substances import find_substance

from . import _starter_plan as plan
from ._band_fit import Fit, Parameters, evaluate_bands, fit_bands, pearson
from ._measured import arpls_baseline, noise_sd, portable_correction, read_portable, read_wasatch

WASATCH_SOURCE = "WasatchPhotonics/ENLIGHTEN default_matching_library @0e98896, WP-785XS 785 nm, {file}"
PORTABLE_SOURCE = (
    "whenfung/Raman-spectra @74c681e, portable instrument, {file}; its axis read low and was put right by "
    "its own cyclohexane against ASTM E1840: x' = {slope:.5f} x + {offset:.2f} cm-1, rms {rms:.2f} cm-1"
)
FACTS_LICENCE = "facts (positions and heights), not copyrightable"
BASELINE_LAM = 1e7
PORTABLE_LAM = 1e6
"""arPLS on 1 cm⁻¹ spacing: WP-785XS files have a flat background, the portable's are raw."""


@dataclass(frozen=True)
class Entry:
    """One reference before it is written."""

    record: SubstanceRecord
    grade: str
    range_cm1: tuple[float, float]
    source: str
    licence: str
    bands: Parameters
    fit_r: float | None = None
    note: str = ""
    snr: float = field(default=0.0, compare=False)

    @property
    def key(self) -> str:
        """Key from substance and form."""
        words = f"{self.record.substance} {self.record.form}".casefold()
        return re.sub(r"[^a-z0-9]+", "-", words).strip("-")


class Usual(NamedTuple):
    """Median width and Lorentz share of the fitted bands of one state."""

    fwhm_cm1: float
    eta: float


def fitted_entries(data: Path) -> list[Entry]:
    """Grade C: one entry per substance-form, the better measured file of several."""
    best: dict[tuple[str, str], tuple[float, Path, SubstanceRecord]] = {}
    for path in sorted((data / "raman" / "wp785xs-library").glob("*.csv")):
        record = find_substance(path.stem)
        if record is None or not record.form:
            raise ValueError(f"{path.stem}: expected a synonym in substances.tsv")
        snr = _signal_to_noise(read_wasatch(path)[1])
        identity = (record.substance, record.form)
        if identity not in best or snr > best[identity][0]:
            best[identity] = (snr, path, record)
    entries = [_fit_wasatch(path, record) for _, path, record in best.values()]
    return entries + [_fit_portable(data, stem) for stem in plan.PORTABLE_PURE]


def _signal_to_noise(intensity: NDArray[np.float64]) -> float:
    return float((intensity.max() - np.median(intensity)) / noise_sd(intensity))


def _fit_wasatch(path: Path, record: SubstanceRecord) -> Entry:
    axis, intensity = read_wasatch(path)
    corrected = intensity - arpls_baseline(intensity, lam=BASELINE_LAM)
    low, high = plan.FITTED_RANGES_CM1.get(path.stem, (axis[0], axis[-1]))
    inside = (axis >= low) & (axis <= high)
    fit = fit_bands(axis[inside], corrected[inside], noise=noise_sd(intensity))
    if path.stem in plan.FITTED_WINDOWS_CM1:
        fit = _windowed(fit, plan.FITTED_WINDOWS_CM1[path.stem], axis[inside], corrected[inside])
    return Entry(
        record,
        "C",
        (float(low), float(high)),
        WASATCH_SOURCE.format(file=path.name),
        "MIT",
        fit.bands,
        fit.r,
        plan.FITTED_NOTES.get(path.stem, ""),
    )


def _windowed(
    fit: Fit,
    windows: Iterable[tuple[float, float]],
    axis: NDArray[np.float64],
    intensity: NDArray[np.float64],
) -> Fit:
    kept = np.array([band for band in fit.bands if any(low <= band[0] <= high for low, high in windows)])
    return Fit(kept, pearson(evaluate_bands(axis, kept), intensity))


def _fit_portable(data: Path, stem: str) -> Entry:
    record = find_substance(stem)
    if record is None:
        raise ValueError(f"{stem}: expected a row in substances.tsv")
    path = data / "raman" / "portable-customs" / f"{stem}.txt"
    coefficients, rms = portable_correction(data)
    measured_axis, measured = read_portable(path)
    low, high = plan.PORTABLE_RANGE_CM1
    axis = np.arange(low, high + 1.0)
    intensity = np.interp(axis, np.polyval(coefficients, measured_axis), measured)
    corrected = intensity - arpls_baseline(intensity, lam=PORTABLE_LAM)
    fit = fit_bands(axis, corrected, noise=noise_sd(measured))
    source = PORTABLE_SOURCE.format(file=path.name, slope=coefficients[0], offset=coefficients[1], rms=rms)
    return Entry(record, "C", (low, high), source, "MIT", fit.bands, fit.r)


def usual_shapes(entries: Iterable[Entry]) -> dict[str, Usual]:
    """Median width and Lorentz share per state, of fitted bands at least a tenth as high as the tallest."""
    shapes: dict[str, list[NDArray[np.float64]]] = {}
    for entry in entries:
        state = plan.state_of(entry.record.substance, entry.record.form)
        shapes.setdefault(state, []).append(entry.bands[entry.bands[:, 3] >= 10.0, 1:3])
    medians = {state: np.median(np.vstack(rows), axis=0) for state, rows in shapes.items()}
    return {
        state: Usual(round(float(m[0]), 1), round(float(m[1]), 2)) for state, m in sorted(medians.items())
    }


def read_facts(data: Path, name: str) -> list[dict[str, str]]:
    """Rows of one fact table."""
    with (data / "facts" / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def table_entries(data: Path, fitted: Iterable[Entry], usual: Mapping[str, Usual]) -> list[Entry]:
    """Grade D: published band tables of substance-forms that nothing was fitted for."""
    covered = {(entry.record.substance, entry.record.form) for entry in fitted}
    records = {(record.substance, record.form): record for record in load_substances()}
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in read_facts(data, "raman_bands.tsv"):
        name = (row["substance"], row["form"])
        if name in plan.OMITTED_TABLES:
            continue
        identity = (row["substance"], plan.TABLE_FORMS.get(name, row["form"]))
        if identity not in covered:
            grouped.setdefault(identity, []).append(row)
    return [_table_entry(records[identity], rows, usual) for identity, rows in grouped.items()]


def _table_entry(record: SubstanceRecord, rows: list[dict[str, str]], usual: Mapping[str, Usual]) -> Entry:
    shape = usual[plan.state_of(record.substance, record.form)]
    bands = np.array(
        [[float(row["band_cm1"]), shape.fwhm_cm1, shape.eta, _height(row["rel_intensity"])] for row in rows]
    )
    bands = bands[np.argsort(bands[:, 0], kind="stable")]
    bands[:, 3] = np.round(bands[:, 3] * 100.0 / bands[:, 3].max(), 2)
    bands = bands[bands[:, 3] > 0]
    if rows[0]["range_lo"]:
        limits = (float(rows[0]["range_lo"]), float(rows[0]["range_hi"]))
    else:
        limits = (max(bands[0, 0] - 50.0, min(200.0, bands[0, 0])), min(bands[-1, 0] + 50.0, 3600.0))
    note = f"width {shape.fwhm_cm1} cm-1 and shape assumed: medians of the fitted bands of that state"
    if rows[0]["note"]:
        note = f"{rows[0]['note']}; {note}"
    source = rows[0]["source"].strip()
    return Entry(record, "D", limits, source, FACTS_LICENCE, bands, None, note)


def _height(written: str) -> float:
    first = written.split()[0]
    return plan.CLASS_HEIGHTS[first] if first in plan.CLASS_HEIGHTS else float(first)


def hint_rows(data: Path) -> list[tuple[str, ...]]:
    """Grade E: recalled bands of actual substances, in the order of the fact table."""
    columns = ("substance", "form", "cas", "band_cm1", "rel_intensity", "source")
    rows = read_facts(data, "raman_bands_provisional.tsv")
    kept = [row for row in rows if not row["substance"].startswith(plan.HINTS_LEFT_OUT)]
    return [tuple(row[column] for column in columns) for row in kept]
