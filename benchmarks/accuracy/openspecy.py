"""Cases from the Raman spectra of Open Specy: measured with, never committed, nothing of them shipped.

The PyPI package ``pyopenspecy`` (extra ``[bench]``) holds the spectra as one table of 224 MB; the
package itself is not imported. Open Specy: 10.1021/acs.analchem.1c00123.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from .cases import Case

PER_IDENTITY: Final = 2
"""Spectra of one identity and source: more would be the same vote again."""

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
    r"ethyl|propyl|styr|terepht|polyester|wax|para?ff|^pe|^pp|thermonat|sic|elastomer|natr|aragon|c ca|vateri"
    r"|c na2|c2 na|sulfate|thenar|fabric|fiber|textile|cotton|abs|paper|tissue|urea"
)
"""Neither the substance nor strange to it, so left out: copolymers, blends and modified polymers of
what the library has, waxes and fabrics, other forms of its carbonates and sulfates. Broad on
purpose: it also drops some true strangers."""


def data_folder() -> Path | None:
    """Folder of the tables, or None when ``pyopenspecy`` is not installed."""
    found = find_spec("pyopenspecy")
    if found is None or found.origin is None or find_spec("pandas") is None:
        return None
    folder = Path(found.origin).parent / "data"
    return folder if (folder / "raman_library.csv").is_file() else None


def open_specy_cases(folder: Path, identities: Mapping[str, str]) -> Iterator[Case]:
    """One or two spectra of each identity and source, in the order of the table.

    Parameters
    ----------
    folder : Path
        Of ``data_folder``.
    identities : mapping of str to str
        Of ``cases.identities_by_name``.
    """
    import pandas as pd  # type: ignore[import-untyped]  # comes with pyopenspecy

    meta = pd.read_csv(folder / "raman_metadata.csv", dtype=str, keep_default_na=False)
    known = {row.sample_name: (row.spectrum_identity.strip(), row.organization) for row in meta.itertuples()}
    columns = ["wavenumber", "intensity", "sample_name"]
    table = pd.read_csv(folder / "raman_library.csv", usecols=columns, dtype={"sample_name": str})
    seen: Counter[tuple[str, str]] = Counter()
    for sample, rows in table.groupby("sample_name", sort=False):
        identity, source = known.get(str(sample), ("", ""))
        curve = _clean(rows["wavenumber"].to_numpy(float), rows["intensity"].to_numpy(float))
        if curve is None:
            continue
        seen[identity, source] += 1
        substance = truth_of(identity)
        if seen[identity, source] > PER_IDENTITY or substance is None or not _inside(curve[0]):
            continue
        truth = frozenset({identities[substance]}) if substance else frozenset()
        substance_key = f"{source}/{identity}"
        yield Case(f"{substance_key}/{sample}", source, truth, *curve, substance_key)


def truth_of(identity: str) -> str | None:
    """Library name of an Open Specy identity: empty for a stranger, None when that is not clear."""
    name = identity.casefold()
    for substance, names in KNOWN.items():
        if name in names:
            return substance
    return None if not name or AMBIGUOUS.search(name) else ""


def _clean(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Finite points in ascending order, each position once; None when that is too little."""
    finite = np.isfinite(x) & np.isfinite(y)
    axis, first = np.unique(x[finite], return_index=True)
    if axis.size < MIN_POINTS or axis[-1] - axis[0] < MIN_LENGTH_CM1:
        return None
    return axis, y[finite][first]


def _inside(axis: np.ndarray) -> bool:
    return int(((axis >= RANGE_CM1[0]) & (axis <= RANGE_CM1[1])).sum()) >= MIN_INSIDE
