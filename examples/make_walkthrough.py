"""Makes the folder that docs/walkthrough.md works in: references, labelled cases, an archive.

All spectra are synthetic, drawn from the starter library's band tables as two imagined 785 nm
instruments might show them. They show the commands, they prove no accuracy.
"""

import sys
from pathlib import Path

import numpy as np

from libraries.starter.synthesis import synthesise
from libraries.starter.tables import Band, StarterReference, load_references

HEADER = "# SYNTHETIC: drawn from band tables, not measured. contraspec examples/make_walkthrough.py\n"
COLUMNS = "file,substance,form,cas,role,instrument,laser_nm,licence,source,grade,identity_assurance"

SUBSTANCES = (
    *("amphetamine", "caffeine", "paracetamol (acetaminophen)", "aspirin", "lactose", "sucrose", "glucose"),
    *("isopropanol", "acetone", "ethanol", "toluene", "starch", "urea", "polyethylene", "polystyrene"),
    *("sodium bicarbonate", "citric acid", "theophylline"),
)
LATER = ("ephedrine", "melamine")
"""Come to the laboratory after the first release."""
STRANGERS = ("hydrocortisone", "naphthalene", "methyl paraben")
"""Cases of what the library does not hold."""


def scan(
    reference: StarterReference, rng: np.random.Generator, *, handheld: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Axis in cm⁻¹ and counts of one imagined scan, on a bench instrument or a handheld."""
    pixels = np.arange(1024)
    axis = 202.0 + 2.35 * pixels - 2.2e-4 * pixels**2
    offset, width = (rng.uniform(-1.5, 1.5), 8.0) if handheld else (rng.uniform(-0.3, 0.3), 5.0)
    bands = [
        Band(b.position_cm1 + offset, float(np.hypot(b.fwhm_cm1, width)), b.eta, b.height)
        for b in reference.bands
    ]
    drawn = synthesise(bands, axis)
    glow = rng.uniform(0.3, 0.9) if handheld else rng.uniform(0.02, 0.06)
    background = glow * np.exp(-0.5 * ((axis - 1400.0) / 1000.0) ** 2)
    response = 1.0 + (0.1 if handheld else 0.03) * np.sin(axis / 400.0)
    counts = 500.0 + (9_000.0 if handheld else 30_000.0) * (drawn / drawn.max() * response + background)
    return axis, rng.poisson(counts) + rng.normal(0.0, 10.0, axis.size)


def write_scan(path: Path, axis: np.ndarray, counts: np.ndarray) -> None:
    """Write one scan as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{x:.2f},{y:.1f}\n" for x, y in zip(axis, counts, strict=True))
    text = HEADER + "Raman shift (cm-1),Intensity (counts)\n" + rows
    path.write_bytes(text.encode("ascii"))


def write_references(folder: Path, substances: tuple[str, ...], *, faults: bool) -> None:
    """Write two replicates of each substance and their manifest; with faults, three mistakes too."""
    known = _first_of_each()
    lines = [COLUMNS]
    for place, substance in enumerate(substances):
        entry = known[substance]
        for replicate in (1, 2):
            rng = np.random.default_rng([place, replicate, len(substances)])
            axis, counts = scan(entry, rng, handheld=False)
            if faults and substance == "urea" and replicate == 2:  # cosmic rays
                counts[[210, 430, 640]] += 42_000.0
            file = f"{_word(substance)}_{replicate}.csv"
            write_scan(folder / file, axis, counts)
            lines.append(_row(file, substance, entry, "supplier label"))
    if faults:  # one bottle that was entered under a name of its own
        axis, counts = scan(known["isopropanol"], np.random.default_rng(99), handheld=False)
        write_scan(folder / "window_cleaner_concentrate_1.csv", axis, counts)
        lines.append(_row("window_cleaner_concentrate_1.csv", "window cleaner concentrate", None, "none"))
    (folder / "manifest.csv").write_bytes(("\n".join(lines) + "\n").encode("ascii"))


def write_cases(folder: Path, substances: tuple[str, ...], seed: int) -> None:
    """Write a handheld's scan of each substance and ``cases.csv``, which says what each is of."""
    known = _first_of_each()
    lines = ["file,substance,form"]
    for place, substance in enumerate(substances):
        rng = np.random.default_rng([seed, place])
        for repeat in (1, 2):
            file = f"{_word(substance)}_{repeat}.csv"
            write_scan(folder / file, *scan(known[substance], rng, handheld=True))
            lines.append(f"{file},{substance},{known[substance].form}")
    (folder / "cases.csv").write_bytes(("\n".join(lines) + "\n").encode("ascii"))


def _row(file: str, substance: str, entry: StarterReference | None, assurance: str) -> str:
    facts = [entry.form, entry.cas, entry.role] if entry else ["", "", ""]
    cells = [file, substance, *facts, "synthetic bench", "785", "CC0-1.0", "synthetic", "B", assurance]
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)


def _word(substance: str) -> str:
    return substance.split(" (")[0].replace(" ", "_")


def _first_of_each() -> dict[str, StarterReference]:
    found: dict[str, StarterReference] = {}
    for entry in load_references():
        found.setdefault(entry.substance, entry)
    return found


def main(target: str = "walk") -> None:
    """Write everything below ``target``, the same every time."""
    folder = Path(target)
    write_references(folder / "references", SUBSTANCES, faults=True)
    write_references(folder / "later", LATER, faults=False)
    write_cases(folder / "cases", (*SUBSTANCES, *STRANGERS), seed=1)
    write_cases(folder / "archive", (*SUBSTANCES[:6], *LATER), seed=2)


if __name__ == "__main__":
    main(*sys.argv[1:2])
