"""Cases from the Raman spectra of Open Specy: measured with, never committed, nothing of them shipped.

The PyPI package ``pyopenspecy`` (extra ``[bench]``) holds the spectra as one table of 224 MB; the
package itself is not imported. Open Specy: 10.1021/acs.analchem.1c00123.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from .cases import Case

STRANGERS_PER_VOTE, KNOWN_PER_VOTE = 4, 12
"""Spectra of one substance and source, from as many specimens as there are; it stays one vote."""

RANGE_CM1: Final = (100.0, 3600.0)
MIN_POINTS: Final = 50
MIN_LENGTH_CM1: Final = 400.0
MIN_INSIDE: Final = 60
"""Points inside ``RANGE_CM1``."""

KNOWN: Final[dict[str, tuple[str, ...]]] = {
    "calcium carbonate": ("c ca o3", "calcite", "chalk"),
    "PET": (
        "pete",
        "poly(ethylene terephtalate)",
        "polyethylene terephthalate",
        "polyethylene terephthalate (2)",
        "polyethyleneterephtalate",
        "polyethylenterephtalate",
    ),
    "Polyethylene": (
        "hdpe",
        "high density polyethylene",
        "ldpe",
        "linear low densitiy polyethylen",
        "low densitiy polyethylen",
        "low densitiy polyethylene",
        "polyethylene",
        "polyethylene resin",
        "polyethylene, high density",
        "polyethylene, low density",
    ),
    "Polyethylene Glycol": ("poly(ethylene glycol)", "poly(ethylene oxide)"),
    "Polypropylene": (
        "polypropylene",
        "polypropylene isotactic",
        "polypropylene, isotactic",
        "polyproplyene",
        "pp",
    ),
    "polystyrene": ("polystyrene", "ps"),
    "PTFE": ("poly(tetrafluoroethylene)", "polytetrafluoroethylene"),
    "Silicon": ("silicon",),
    "Silicon Carbide": ("c si",),
    "Sodium Sulfate": ("na2 o4 s",),
}
"""Names of the library by the names that Open Specy writes, casefolded."""

AMBIGUOUS: Final = re.compile(
    r"ethylen|ethyelen|propylen|styren|terepht|polyester|wax|par+a?f+in|^pe\b|^pp\b|thermonat|elastomer|aragon"
    r"|c ca|vateri|c na2|c2 na|sulfate|thenar|fabric|fiber|textile|cotton|\babs\b|paper|tissue|urea"
)
"""Neither the substance nor strange to it, so left out: copolymers, blends and modified polymers of
what the library has, paraffins and waxes (mineral oil is a paraffin), fabrics, other forms of its
carbonates and sulfates. Broad on purpose: it also drops some true strangers."""

STRANGE: Final = re.compile(r"oxymethylen|phenylene|natrolite|methyl methacrylate")
"""True strangers that the expression above would take."""


def data_folder() -> Path | None:
    """Folder of the tables, or None when ``pyopenspecy`` is not installed."""
    found = find_spec("pyopenspecy")
    if found is None or found.origin is None or find_spec("pandas") is None:
        return None
    folder = Path(found.origin).parent / "data"
    return folder if (folder / "raman_library.csv").is_file() else None


def open_specy_cases(folder: Path, identities: Mapping[str, str]) -> Iterator[Case]:
    """Give a few spectra of each substance and source, from as many specimens as there are.

    Parameters
    ----------
    folder : Path
        Of ``data_folder``.
    identities : mapping of str to str
        Of ``cases.identities_by_name``.
    """
    import pandas as pd  # type: ignore[import-untyped]  # comes with pyopenspecy

    meta = pd.read_csv(folder / "raman_metadata.csv", dtype=str, keep_default_na=False)
    columns = ["wavenumber", "intensity", "sample_name"]
    table = pd.read_csv(folder / "raman_library.csv", usecols=columns, dtype={"sample_name": str})
    curves = {
        str(sample): curve
        for sample, rows in table.groupby("sample_name", sort=False)
        if (curve := _clean(rows["wavenumber"].to_numpy(float), rows["intensity"].to_numpy(float)))
    }
    votes: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in meta.itertuples():
        substance = truth_of(row.spectrum_identity.strip())
        if substance is not None and row.sample_name in curves:
            what = substance or plain_name(row.spectrum_identity)
            votes[row.organization, what].append(row)
    for (source, what), rows in votes.items():
        truth = frozenset({identities[what]} if what in KNOWN else ())
        for row in spread(rows, [row.rid for row in rows], KNOWN_PER_VOTE if truth else STRANGERS_PER_VOTE):
            name = f"{source}/{row.spectrum_identity.strip()}/{row.sample_name}"
            yield Case(name, source, truth, *curves[row.sample_name], f"{source}/{what}")


def plain_name(identity: str) -> str:
    """Name under which spellings of one substance are one: no case, no spaces, no number in brackets.

    Parameters
    ----------
    identity : str
        As Open Specy writes it.
    """
    return re.sub(r" \(\d+\)$", "", identity.casefold().strip()).replace(" ", "")


def spread(rows: Sequence[Any], specimens: Sequence[str], n: int) -> list[Any]:
    """Choose at most n rows, one of each specimen before a second of any.

    Parameters
    ----------
    rows : sequence
        In the order of the table.
    specimens : sequence of str
        One per row.
    n : int
        Most to choose.
    """
    turns: dict[str, int] = defaultdict(int)
    order = []
    for place, specimen in enumerate(specimens):
        order.append((turns[specimen], place))
        turns[specimen] += 1
    return [rows[place] for _, place in sorted(order)[:n]]


def truth_of(identity: str) -> str | None:
    """Library name of an Open Specy identity: empty for a stranger, None when that is not clear."""
    name = identity.casefold()
    for substance, names in KNOWN.items():
        if name in names:
            return substance
    strange = STRANGE.search(name) or not AMBIGUOUS.search(name)
    return "" if name and strange else None


def _clean(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Finite points in ascending order, each position once; None when that is too little to judge."""
    finite = np.isfinite(x) & np.isfinite(y)
    axis, first = np.unique(x[finite], return_index=True)
    if axis.size < MIN_POINTS or axis[-1] - axis[0] < MIN_LENGTH_CM1:
        return None
    inside = (axis >= RANGE_CM1[0]) & (axis <= RANGE_CM1[1])
    return (axis, y[finite][first]) if int(inside.sum()) >= MIN_INSIDE else None
