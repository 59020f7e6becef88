"""Charts as plain JSON, for the script that draws them."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from libraries.curation.confusables import Confusables
from libraries.curation.viewing import ConfusableMap, Curve, View, full_name
from libraries.reference import Reference

_UNITS: Final = {
    "raman_shift_cm-1": ("Raman shift", "cm⁻¹"),
    "wavenumber_cm-1": ("Wavenumber", "cm⁻¹"),
    "wavelength_nm": ("Wavelength", "nm"),
}


def overlay(views: Sequence[View]) -> dict[str, Any]:
    """Curves to lay over each other, the first one the reference in question.

    Parameters
    ----------
    views : sequence of View
        At least one.
    """
    title, unit = _UNITS.get(views[0].reference.spectrum.unit, ("Axis", ""))
    return {
        "title": title,
        "unit": unit,
        "curves": [
            {
                "id": each.reference.id,
                "name": full_name(each.reference),
                "file": each.reference.provenance.file,
                "raw": _curve(each.raw),
                "prepared": _curve(each.prepared) if each.prepared else None,
            }
            for each in views
        ],
        "bands": [[_rounded(band.position), _rounded(band.height)] for band in views[0].bands],
    }


def square(shown: ConfusableMap, found: Confusables) -> dict[str, Any]:
    """Map of separations.

    Parameters
    ----------
    shown : ConfusableMap
        What is laid out.
    found : Confusables
        What it was made of: its limit.
    """
    cells = [[None if math.isnan(z) else _rounded(z) for z in row] for row in shown.separation.tolist()]
    return {"names": shown.names, "ids": shown.ids, "cells": cells, "limit": found.limit}


def short(reference: Reference) -> str:
    """File of a reference, or the first digits of its id where no file is stated."""
    return reference.provenance.file or reference.id[:8]


def _curve(curve: Curve) -> dict[str, list[float | None]]:
    return {"x": _plain(curve.axis), "y": _plain(curve.intensity)}


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [_rounded(value) if math.isfinite(value) else None for value in values.tolist()]


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
