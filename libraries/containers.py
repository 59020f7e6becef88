"""Containers that an item may lie behind: plastics and glass, for libraries that lack them.

They are only ever part of a mixture, so that what shines through a bag or a vial is not held
against its contents: a container alone is matched by a library that has it, and by no other.
"""

from collections.abc import Collection
from functools import cache
from typing import Final

import numpy as np

from spectra.confidence.layers import draw_glass
from spectra.grid import Grid
from spectra.label import Label
from spectra.matching.index import SearchIndex, build_index
from spectra.matrix import SpectralMatrix

from .starter.synthesis import synthesise
from .starter.tables import load_references
from .substances import identity_key

PREFIX: Final = "container:"
GLASS: Final = Label(
    id=f"{PREFIX}glass",
    substance="glass",
    form="",
    cas="",
    inchikey="",
    role="packaging",
    grade="D",
    identity="glass",
)


def missing_containers(
    grid: Grid, identities: Collection[str]
) -> tuple[SearchIndex, tuple[Label, ...]] | None:
    """Containers that a library of Raman spectra lacks.

    Parameters
    ----------
    grid : Grid
        Of the library.
    identities : collection of str
        What the library has.

    Returns
    -------
    index : SearchIndex
        The plastics of grade C of the starter library's tables, and glass.
    labels : tuple of Label
        One per row.
    """
    rows = [row for row, label in enumerate(_drawn(grid)[1]) if label.identity not in identities]
    if not rows:
        return None
    matrix, labels = _drawn(grid)
    kept = SpectralMatrix(
        grid, matrix.intensity[rows], matrix.mask[rows], tuple(labels[row].id for row in rows)
    )
    return build_index(kept), tuple(labels[row] for row in rows)


@cache
def _drawn(grid: Grid) -> tuple[SpectralMatrix, tuple[Label, ...]]:
    labels, drawn, masks = [], [], []
    for entry in load_references():
        if entry.role == "packaging" and entry.grade == "C":
            identity = identity_key(entry.substance)
            labels.append(
                Label(
                    id=f"{PREFIX}{identity}",
                    substance=entry.substance,
                    form=entry.form,
                    cas=entry.cas,
                    inchikey=entry.inchikey,
                    role=entry.role,
                    grade=entry.grade,
                    identity=identity,
                )
            )
            mask = (grid.axis >= entry.range_lo_cm1) & (grid.axis <= entry.range_hi_cm1)
            drawn.append(np.where(mask, synthesise(entry.bands, grid.axis), 0.0))
            masks.append(mask)
    labels.append(GLASS)
    drawn.append(draw_glass(grid))
    masks.append(np.ones(grid.n_points, dtype=bool))
    heights = np.array([row.max() for row in drawn])[:, None]
    intensity = (np.array(drawn) / heights).astype(np.float32)
    return SpectralMatrix(grid, intensity, np.array(masks), tuple(label.id for label in labels)), tuple(
        labels
    )
