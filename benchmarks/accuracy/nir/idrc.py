"""Tablets of the 2002 shootout of the International Diffuse Reflectance Conference: assay by PLS.

655 pharmaceutical tablets in transmittance, 600 to 1898 nm, first instrument, with the assay in mg
(public domain, via ChemometricsData.jl). The file states which tablets are for calibration, for
validation and for test; nothing else is chosen here.
"""

import csv
import importlib.util
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from libraries.quantities import MassFraction, fit_mass_fraction, quantify
from spectra.spectrum import Spectrum

from ..figures import share

FILE: Final = Path("nir") / "idrc-2002" / "Pharma_Instrument1.csv"
N_NAMED: Final = 4
"""Columns before the spectrum: split, weight, hardness, assay."""
BANDS_MG: Final = (0.0, 170.0, 185.0, 200.0, 215.0, 999.0)
"""Edges of the assay bands."""
PARTS: Final = ("Train", "Validate", "Test")

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tablets:
    """One part of the file.

    Attributes
    ----------
    axis_nm : array, shape (m,)
        Wavelength.
    absorbance : array, shape (n, m)
        As the file has it, -log10 of the transmittance.
    assay_mg, weight_mg : array, shape (n,)
        By the reference method; of the whole tablet.
    """

    axis_nm: Values
    absorbance: Values
    assay_mg: Values
    weight_mg: Values

    @property
    def mass_fraction(self) -> Values:
        """Share of the tablet that is the active substance."""
        share_of: Values = self.assay_mg / self.weight_mg
        return share_of


def idrc_tablets(data: Path) -> dict[str, Tablets]:
    """Tablets by part of the file's own split.

    Parameters
    ----------
    data : Path
        The shared folder.
    """
    with (data / FILE).open(encoding="utf-8", newline="") as handle:
        header, *rows = list(csv.reader(handle))
    axis = np.array(header[N_NAMED:], dtype=np.float64)
    found = {}
    for part in PARTS:
        table = np.array([row[1:] for row in rows if row[0] == part], dtype=np.float64)
        found[part] = Tablets(axis, table[:, N_NAMED - 1 :], table[:, N_NAMED - 2], table[:, 0])
    return found


def judge(assay: Values, predicted: Values, *, low: Values, high: Values) -> dict[str, Any]:
    """Errors and interval coverage, whole and per assay band.

    Parameters
    ----------
    assay, predicted : array, shape (n,)
        True and predicted, mg.
    low, high : array, shape (n,)
        Bounds of the prediction interval, mg.
    """
    inside = (low <= assay) & (assay <= high)
    error = predicted - assay

    def of(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        n = int(chosen.sum())
        covered = share(int(inside[chosen].sum()), n)
        return {
            "n": n,
            "rmsep_mg": float(np.sqrt(np.mean(error[chosen] ** 2))) if n else None,
            "bias_mg": float(np.mean(error[chosen])) if n else None,
            "covered": {"k": covered.k, "n": n, "low": covered.low, "high": covered.high},
            "mean_width_mg": float(np.mean((high - low)[chosen])) if n else None,
        }

    bands = [
        {"from_mg": lowest, "to_mg": highest, **of((assay >= lowest) & (assay < highest))}
        for lowest, highest in pairwise(BANDS_MG)
    ]
    return {"all": of(np.ones(assay.size, dtype=bool)), "bands": bands}


def measure(data: Path) -> dict[str, Any]:
    """Predict the tablets of validation and test from a model of the calibration tablets.

    What is modelled is the mass fraction, assay over weight, as ``contraspec predict fit`` would from
    files; errors are stated in mg of a tablet of its own weight.

    Parameters
    ----------
    data : Path
        The shared folder.
    """
    if importlib.util.find_spec("sklearn") is None:
        return {"skipped": "scikit-learn is not installed: install the extra [lab]"}
    parts = idrc_tablets(data)
    fitted = _fit(parts["Train"])
    found: dict[str, Any] = {
        "n_calibration": int(parts["Train"].assay_mg.size),
        "n_components": fitted.model.n_components,
        "range_nm": list(fitted.range_nm),
    }
    for part in PARTS[1:]:
        found[part.lower()] = _predicted(parts[part], fitted)
    return found


def _fit(tablets: Tablets) -> MassFraction:
    with TemporaryDirectory() as name:
        folder = Path(name)
        table = ["file,mass_fraction"]
        for number in range(tablets.assay_mg.size):
            rows = zip(tablets.axis_nm, tablets.absorbance[number], strict=True)
            lines = ["Wavelength (nm),Absorbance", *(f"{x:g},{y:.6f}" for x, y in rows)]
            (folder / f"{number}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
            table.append(f"{number}.csv,{tablets.mass_fraction[number]:.6f}")
        samples = folder / "samples.csv"
        samples.write_text("\n".join(table) + "\n", encoding="utf-8")
        return fit_mass_fraction(folder, samples, substance="the active substance")


def _predicted(tablets: Tablets, fitted: MassFraction) -> dict[str, Any]:
    """Figures of one part; tablets outside the model's limits are counted and kept out of the errors."""
    stated, values = [], []
    reasons: Counter[str] = Counter()
    for number, absorbance in enumerate(tablets.absorbance):
        spectrum = Spectrum(tablets.axis_nm, absorbance, "nir", "wavelength_nm", {"quantity": "absorbance"})
        said = quantify(fitted, spectrum)
        reasons.update(said.reasons)
        if said.prediction is not None and not said.reasons:
            stated.append(number)
            values.append((said.prediction.value, said.prediction.low, said.prediction.high))
    weight = tablets.weight_mg[stated]
    predicted, low, high = (np.array(column) * weight for column in zip(*values, strict=True))
    return {
        "n": int(tablets.assay_mg.size),
        "n_stated": len(stated),
        "not_stated": dict(reasons),
        **judge(tablets.assay_mg[stated], predicted, low=low, high=high),
    }
