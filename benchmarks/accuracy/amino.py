"""Six-component powders of known composition: which components are named, and their shares.

Twelve vials of six amino acids and sugars under strong fluorescence, 60 scans each (Wasatch export,
MIT). The library holds ten scans of each pure powder and the 80 references of another instrument
as distractors. Shares of the spectrum become mass fractions by one response factor for each
component, fitted on the other vials.
"""

import csv
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from libraries.calibrating import PIPELINES, fit_library
from libraries.engine import Engine
from libraries.ingest import build_library
from libraries.library import Library
from spectra.io import read_spectra
from spectra.matching.alignment import align
from spectra.matching.basis import build_basis, cut_parts
from spectra.matching.index import build_index, prepare_query
from spectra.matrix import SpectralMatrix
from spectra.spectrum import Spectrum

from .cases import LIBRARY

NAMES: Final = {
    "DL-alanine": "Alanine",
    "L-asparagine": "Asparagine",
    "L-aspartic-acid": "Aspartic Acid",
    "L-glutamic-acid": "Glutamic Acid",
    "L-histidine": "Histidine",
    "D-glucosamine-HCl": "Glucosamine",
}
"""Columns of the table of proportions by the names of the pure files."""

MAJOR: Final = 0.1
"""Mass fraction above which a component counts for the recall."""

ROUNDS: Final = 200
SCAN: Final = 7
"""The single scan of each vial that is judged beside the mean of all."""


def amino_vials(data: Path) -> dict[str, Any]:
    """Figures of the vials: blind answers of the engine, and shares where the composition is known.

    Parameters
    ----------
    data : Path
        The shared folder.
    """
    folder = data / "raman" / "amino-acid-mixtures"
    powders = build_library(folder / "pure", created="").library
    others = build_library(data / "raman" / LIBRARY, created="").library
    engine = Engine(
        [fit_library(dataclasses.replace(others, references=others.references + powders.references))]
    )
    vials = {path.stem: read_spectra(path) for path in sorted((folder / "vials").glob("*.csv"))}
    truth = _proportions(folder / "proportions.csv")
    means = {name: _mean(scans) for name, scans in vials.items()}
    singles = {name: scans[SCAN] for name, scans in vials.items()}
    return {
        "mean of all scans": _blind(engine, means, truth),
        "one scan": _blind(engine, singles, truth),
        "composition known, mean of all scans": _share_figures(_known(powders, means), truth),
    }


def _blind(
    engine: Engine, scans: Mapping[str, Spectrum], truth: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    found, named, present, others = {}, 0, 0, []
    for vial, spectrum in scans.items():
        answer = engine.identify(spectrum).identification
        shares = {each.label.substance: each.share or 0.0 for each in answer.substances}
        others += [f"{vial}: {name}" for name in shares if name not in NAMES]
        major = [name for name, part in zip(NAMES, truth[vial], strict=True) if part > MAJOR]
        present += len(major)
        named += sum(name in shares for name in major) if answer.verdict == "mixture" else 0
        found[vial] = [shares.get(name, 0.0) for name in NAMES]
    return {
        "recall_above_10_percent": [named, present],
        "distractors_named": others,
        **_share_figures(found, truth),
    }


def _known(powders: Library, scans: Mapping[str, Spectrum]) -> dict[str, list[float]]:
    """Shares when the six powders, each the mean of its scans, are fitted and nothing else."""
    pipeline = PIPELINES["raman"]
    matrix = powders.with_prepared([pipeline]).candidates(pipeline)
    named = [powders.by_id[each].label.substance for each in matrix.ids]
    rows = [[row for row, name in enumerate(named) if name == powder] for powder in NAMES]
    means = np.array([matrix.intensity[own].mean(axis=0) for own in rows])
    six = SpectralMatrix(matrix.grid, means, matrix.mask[[own[0] for own in rows]], tuple(NAMES))
    basis = build_basis(build_index(six), list(NAMES))
    found = {}
    for vial, spectrum in scans.items():
        query = prepare_query(pipeline.apply(spectrum), matrix.grid)
        aligned = align(query, max_shift_cm1=0.0)
        first, last = aligned.stretches[0].tolist()
        parts = cut_parts(basis, aligned.root[0, first:last] ** 2, first, np.ones(len(NAMES), dtype=bool))
        if parts is None:
            raise ValueError(f"{vial}: not measured where the powders were")
        heights, _ = nnls(parts.slopes.T, np.diff(parts.query))
        areas = heights / parts.lengths * parts.spectra.sum(axis=1)
        found[vial] = (areas / areas.sum()).tolist()
    return found


def _share_figures(
    found: Mapping[str, Sequence[float]], truth: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """Correlation of each component and error of all, each vial by the response of the others."""
    vials = [vial for vial in found if sum(found[vial]) > 0]
    shares, parts = (np.array([table[vial] for vial in vials]) for table in (found, truth))
    predicted = np.array([_predict(shares, parts, left) for left in range(len(vials))])
    return {
        "vials": len(vials),
        "correlation": {
            name: round(float(np.corrcoef(predicted[:, place], parts[:, place])[0, 1]), 3)
            for place, name in enumerate(NAMES)
        },
        "rmse": round(float(np.sqrt(((predicted - parts) ** 2).mean())), 4),
    }


def _predict(shares: NDArray[np.float64], parts: NDArray[np.float64], left: int) -> NDArray[np.float64]:
    """Mass fractions of one vial; the response factors minimise the error on all others."""
    rest = np.arange(len(shares)) != left
    factors = np.ones(shares.shape[1])
    for _ in range(ROUNDS):
        totals = (shares[rest] * factors).sum(axis=1, keepdims=True)
        factors = (parts[rest] * totals * shares[rest]).sum(axis=0) / (shares[rest] ** 2).sum(axis=0)
        factors /= factors.mean()
    amounts = shares[left] * factors
    mass: NDArray[np.float64] = amounts / amounts.sum()
    return mass


def _mean(scans: Sequence[Spectrum]) -> Spectrum:
    return dataclasses.replace(scans[0], intensity=np.mean([scan.intensity for scan in scans], axis=0))


def _proportions(path: Path) -> dict[str, list[float]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["vial"]: [float(row[column]) for column in NAMES.values()] for row in csv.DictReader(file)
        }
