"""Containers that an item may lie behind: plastics and glass, for libraries that lack them.

They are only ever part of a mixture, so that what shines through a bag or a vial is not held
against its contents: a container alone is matched by a library that has it, and by no other.
"""

from collections.abc import Collection
from typing import Final

import numpy as np

from spectra.confidence.layers import draw_glass
from spectra.grid import Grid
from spectra.label import Label
from spectra.matching.index import SearchIndex, build_index
from spectra.matrix import SpectralMatrix

from .starter.synthesis import synthesise
from .starter.tables import StarterReference, load_plastics

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
    lacking = load_plastics(frozenset(identities))
    labels = [_label(entry) for entry in lacking]
    masks = [(grid.axis >= entry.range_lo_cm1) & (grid.axis <= entry.range_hi_cm1) for entry in lacking]
    drawn = [
        np.where(mask, synthesise(entry.bands, grid.axis), 0.0)
        for entry, mask in zip(lacking, masks, strict=True)
    ]
    if GLASS.identity not in identities:
        labels.append(GLASS)
        masks.append(np.ones(grid.n_points, dtype=bool))
        drawn.append(draw_glass(grid))
    if not labels:
        return None
    heights = np.array([row.max() for row in drawn])[:, None]
    intensity = (np.array(drawn) / heights).astype(np.float32)
    matrix = SpectralMatrix(grid, intensity, np.array(masks), tuple(label.id for label in labels))
    return build_index(matrix), tuple(labels)


def _label(entry: StarterReference) -> Label:
    return Label(
        id=f"{PREFIX}{entry.identity}",
        substance=entry.substance,
        form=entry.form,
        cas=entry.cas,
        inchikey=entry.inchikey,
        role=entry.role,
        grade=entry.grade,
        identity=entry.identity,
    )
