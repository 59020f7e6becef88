"""Makes the example scans: synthetic, drawn from the starter library's band tables.

Each is what an imagined 785 nm handheld might export: another resolution and axis than the
references, fluorescence, noise. They show the commands, they prove no accuracy.
"""

from pathlib import Path

import numpy as np

from libraries.starter.synthesis import synthesise
from libraries.starter.tables import Band, StarterReference, load_references

HERE = Path(__file__).parent
HEADER = "# SYNTHETIC: drawn from band tables, not measured. contraspec examples/make_examples.py\n"

EXAMPLES: dict[str, dict[str, float]] = {
    "synthetic_caffeine.csv": {"caffeine": 1.0},
    "synthetic_mixture_caffeine_paracetamol.csv": {"caffeine": 0.6, "paracetamol (acetaminophen)": 0.4},
    "synthetic_plastic_bag.csv": {"polyethylene": 1.0},
    "synthetic_amphetamine_sulfate.csv": {"amphetamine": 1.0},
    "synthetic_too_weak.csv": {},
}


def scan(parts: dict[str, float], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Axis in cm⁻¹ and counts of one imagined scan."""
    references: dict[str, StarterReference] = {}
    for entry in load_references():
        references.setdefault(entry.substance, entry)
    pixels = np.arange(1024)
    axis = 202.0 + 2.35 * pixels - 2.2e-4 * pixels**2
    signal = np.zeros(axis.size)
    for substance, share in parts.items():
        bands = references[substance].bands
        broader = [
            Band(b.position_cm1 + 1.3, float(np.hypot(b.fwhm_cm1, 7.0)), b.eta, b.height) for b in bands
        ]
        drawn = synthesise(broader, axis)
        signal += share * drawn / drawn.max()
    response = 1.0 + 0.15 * np.sin(axis / 400.0)
    fluorescence = 0.9 * np.exp(-0.5 * ((axis - 1500.0) / 900.0) ** 2)
    counts = 600.0 + 9000.0 * (signal * response + fluorescence)
    return axis, rng.poisson(counts) + rng.normal(0.0, 12.0, axis.size)


def main() -> None:
    """Write all examples beside this file, the same every time."""
    for place, (name, parts) in enumerate(EXAMPLES.items()):
        axis, counts = scan(parts, np.random.default_rng(place))
        rows = "".join(f"{x:.2f},{y:.1f}\n" for x, y in zip(axis, counts, strict=True))
        text = HEADER + "Raman shift (cm-1),Intensity (counts)\n" + rows
        (HERE / name).write_bytes(text.encode("ascii"))


if __name__ == "__main__":
    main()
