"""Re-makes the near infrared tables of the starter library from measured data and published facts.

::

    python -m benchmarks.accuracy.nir.fit_starter --data ../shared/data [--write]

Without ``--write`` nothing changes: the fits are printed and compared with the tables that stand in
``libraries/starter``; exit code 1 says that they differ.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from libraries.methods.preparing import NirPreparation
from libraries.starter import nir, tables

from ._gauss_fit import fit_gaussians
from ._starter_plan import DOUBT, DOUBTED, FITTED, TABLES, WIDTH_NM, Fitted, Selection
from .nirscan import nirscan_scans
from .peers import snv
from .scans import Scan
from .usgs import usgs_scans

FOLDER = Path(tables.__file__).parent
MIN_DEPTH = 5.0
"""Of a published table, in hundredths of the deepest minimum."""
REMARK = f"# Centres, widths and heights are facts; sources and licences: {nir.REFERENCES_FILE}"


@dataclass(frozen=True)
class Entry:
    """One reference to be: its row without the identifiers, and its bands."""

    substance: str
    form: str
    grade: str
    range_nm: tuple[float, float]
    source: Selection
    fit_r: float | None
    note: str
    bands: NDArray[np.float64]

    @property
    def key(self) -> str:
        """Name, form and first nanometre in lower case: some forms stand twice."""
        text = f"{self.substance} {self.form} {self.range_nm[0]:.0f}".lower()
        return "-".join("".join(c if c.isalnum() else " " for c in text).split())


def fitted_entries(data: Path) -> list[Entry]:
    """Fit the references of grade C, or D where the label is in doubt."""
    scans = {"nirscan": nirscan_scans(data), "usgs": usgs_scans(data)}
    return [_fitted(plan, scans[plan.source.name]) for plan in FITTED]


def table_entries(data: Path) -> list[Entry]:
    """Take the references of grade D from their table: depths of minima, one width for all."""
    rows = list(_facts(data))
    entries = []
    for (substance, fact_form), form in TABLES.items():
        own = [
            row
            for row in rows
            if (row["substance"], row["form"]) == (substance, fact_form)
            and row["feature"] == "2nd-derivative minimum"
            and row["source"].startswith('"PyPI orange-spectra')
        ]
        low, high = float(own[0]["range_lo_nm"]), float(own[0]["range_hi_nm"])
        bands = sorted(
            (float(row["band_nm"]), WIDTH_NM, float(row["rel_intensity"]))
            for row in own
            if float(row["rel_intensity"]) >= MIN_DEPTH
        )
        note = f"width of {WIDTH_NM:.0f} nm assumed; heights from depths of second-derivative minima"
        note = _doubted(substance, note)
        source = Selection("orange", (), "orange-spectra 0.7.4 (PyPI), sugars_nir.speclib, band table", "MIT")
        entries.append(Entry(substance, form, "D", (low, high), source, None, note, np.array(bands)))
    return entries


def _facts(data: Path) -> list[dict[str, str]]:
    lines = (data / "facts" / "nir_bands.tsv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def _fitted(plan: Fitted, scans: Sequence[Scan]) -> Entry:
    source = plan.source
    own = [s for s in scans if any(start in (s.substance, s.source) for start in source.chosen)]
    if {start for start in source.chosen for s in own if start in (s.substance, s.source)} != set(
        source.chosen
    ):
        raise SystemExit(f"{plan.substance}: not all of {source.chosen} are in the data")
    preparation = NirPreparation()
    prepared = [preparation.apply(scan.spectrum) for scan in own]
    low, high = plan.range_nm
    axis = prepared[0].axis
    axis = axis[(axis >= low) & (axis <= high)]
    mean = np.mean([snv(np.interp(axis, p.axis, p.intensity)) for p in prepared], axis=0)
    fit = fit_gaussians(axis, mean, window_nm=plan.window_nm, min_width_nm=plan.min_width_nm)
    note = f"mean of {len(own)} scans" if len(own) > 1 else "one scan"
    grade = "D" if plan.substance in DOUBTED else "C"
    note = _doubted(plan.substance, note)
    return Entry(plan.substance, plan.form, grade, (low, high), source, fit.r, note, fit.bands)


def _doubted(substance: str, note: str) -> str:
    return f"{note}; {DOUBT}" if substance in DOUBTED else note


def texts(entries: Sequence[Entry]) -> dict[str, str]:
    """Contents of the two tables by file name."""
    references, bands = ["\t".join(nir.REFERENCE_COLUMNS)], [REMARK, "\t".join(nir.BAND_COLUMNS)]
    for entry in sorted(entries, key=lambda each: each.key):
        cells = [entry.key, entry.substance, entry.form, *_identifiers(entry), entry.grade]
        cells += [f"{bound:.0f}" for bound in entry.range_nm] + [entry.source.told, entry.source.licence]
        cells += ["" if entry.fit_r is None else f"{entry.fit_r:.4f}", str(len(entry.bands)), entry.note]
        references.append("\t".join(cells))
        for centre, width, height in entry.bands:
            bands.append(f"{entry.key}\t{centre:.1f}\t{width:.1f}\t{height:.2f}")
    return {nir.REFERENCES_FILE: "\n".join(references) + "\n", nir.BANDS_FILE: "\n".join(bands) + "\n"}


def _identifiers(entry: Entry) -> tuple[str, str, str]:
    """CAS, InChIKey and role: of the very form, or of the substance where the table has one form of it."""
    own = [record for record in tables.load_substances() if record.substance == entry.substance]
    for record in own:
        if record.form == entry.form or len(own) == 1:
            return record.cas, record.inchikey, record.role
    return "", "", own[0].role


def main() -> int:
    """Fit, print, and write or compare; the exit code."""
    parser = argparse.ArgumentParser(description="re-make the near infrared tables of the starter library")
    parser.add_argument("--data", type=Path, required=True, help="folder with nir/ and facts/")
    parser.add_argument("--write", action="store_true", help="write the tables instead of comparing")
    options = parser.parse_args()
    entries = [*fitted_entries(options.data), *table_entries(options.data)]
    for entry in entries:
        r = "      -" if entry.fit_r is None else f"{entry.fit_r:7.4f}"
        print(f"{entry.grade} {r} {len(entry.bands):3d} bands  {entry.substance} ({entry.form})")
    widths = np.concatenate([entry.bands[:, 1] for entry in entries if entry.grade == "C"])
    print(f"median width of the fitted bands: {np.median(widths):.0f} nm")
    different = 0
    for name, text in texts(entries).items():
        path = FOLDER / name
        if options.write:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{name} differs")
            different = 1
    return different


if __name__ == "__main__":
    sys.exit(main())
