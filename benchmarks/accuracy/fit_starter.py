"""Re-makes the tables of the starter library from the measured data and the published facts.

::

    python -m benchmarks.accuracy.fit_starter --data ../shared/data [--write]

Without ``--write`` nothing changes: the fits are printed and compared with the tables that
stand in ``libraries/starter``; exit code 1 says that they differ.
"""

import argparse
import sys
from pathlib import Path

from libraries.starter import tables

from ._starter_plan import OMITTED_TABLES
from ._starter_rows import Entry, fitted_entries, hint_rows, table_entries, usual_shapes

FOLDER = Path(tables.__file__).parent
BANDS_REMARK = "# Positions, widths and heights are facts; sources and licences: references.tsv"
HINTS_REMARK = (
    "# Grade E: recalled, unverified, +-5 cm-1 or worse; a hint to look, never evidence. Group markers (a "
    "phenyl marker would fire on polystyrene and toluene) and the glass hump are left out on purpose."
)


def references_text(entries: list[Entry]) -> str:
    """Contents of references.tsv."""
    lines = ["\t".join(tables.REFERENCE_COLUMNS)]
    for entry in entries:
        record = entry.record
        cells = [
            entry.key,
            record.substance,
            record.form,
            record.cas,
            record.inchikey,
            record.role,
            entry.grade,
        ]
        cells += [f"{entry.range_cm1[0]:.0f}", f"{entry.range_cm1[1]:.0f}", entry.source, entry.licence]
        cells += ["" if entry.fit_r is None else f"{entry.fit_r:.4f}", str(len(entry.bands)), entry.note]
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def bands_text(entries: list[Entry]) -> str:
    """Contents of bands.tsv."""
    lines = [BANDS_REMARK, "\t".join(tables.BAND_COLUMNS)]
    for entry in entries:
        name = f"{entry.key}\t{entry.record.substance}\t{entry.record.form}"
        for centre, width, eta, height in entry.bands:
            lines.append(f"{name}\t{centre:.1f}\t{width:.1f}\t{eta:.2f}\t{height:.2f}\t{entry.grade}")
    return "\n".join(lines) + "\n"


def hints_text(rows: list[tuple[str, ...]]) -> str:
    """Contents of hints.tsv."""
    lines = [HINTS_REMARK, "\t".join(tables.HINT_COLUMNS), *("\t".join(row) for row in rows)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Fit, print, and write or compare; the exit code."""
    parser = argparse.ArgumentParser(description="re-make the tables of the starter library")
    parser.add_argument("--data", type=Path, required=True, help="folder with raman/ and facts/")
    parser.add_argument("--write", action="store_true", help="write the tables instead of comparing")
    options = parser.parse_args()
    fitted = fitted_entries(options.data)
    usual = usual_shapes(fitted)
    entries = sorted([*fitted, *table_entries(options.data, fitted, usual)], key=lambda entry: entry.key)
    _print_summary(entries)
    for state, shape in usual.items():
        print(f"usual shape, {state}: width {shape.fwhm_cm1} cm-1, Lorentz share {shape.eta}")
    for name, reason in OMITTED_TABLES.items():
        print(f"left out: {', '.join(name)}: {reason}")
    texts = {
        "references.tsv": references_text(entries),
        "bands.tsv": bands_text(entries),
        "hints.tsv": hints_text(hint_rows(options.data)),
    }
    return _write(texts) if options.write else _compare(texts)


def _print_summary(entries: list[Entry]) -> None:
    for entry in entries:
        r = "     -" if entry.fit_r is None else f"{entry.fit_r:.4f}"
        print(f"{entry.grade}  r {r}  {len(entry.bands):3d} bands  {entry.key}")


def _write(texts: dict[str, str]) -> int:
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {FOLDER / name}")
    return 0


def _compare(texts: dict[str, str]) -> int:
    different = 0
    for name, text in texts.items():
        path = FOLDER / name
        same = path.is_file() and path.read_text(encoding="utf-8") == text
        print(f"{name}: {'as it stands' if same else 'DIFFERS from the table that stands'}")
        different += not same
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
