"""What the tables of both starter libraries share: rows and where they stand, checked cells, bands."""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from spectra.errors import LibraryError
from spectra.label import GRADES, ROLES, Grade, Role

B = TypeVar("B")
R = TypeVar("R")
Row = dict[str, str]


@dataclass(frozen=True)
class Tables:
    """The two tables of a starter library.

    Attributes
    ----------
    references, bands : str
        Names of their files.
    reference_columns, band_columns : tuple of str
        What they are headed with; the first is the key of the reference in both.
    range_columns : tuple of str
        Those of the lower and the upper end of what is known.
    """

    references: str
    bands: str
    reference_columns: tuple[str, ...]
    band_columns: tuple[str, ...]
    range_columns: tuple[str, str]

    def reference_rows(self, folder: Path) -> Iterator[tuple[str, Row]]:
        """Rows of the references, with where they stand."""
        return rows(folder / self.references, self.reference_columns)

    def read_bands(
        self, folder: Path, band_of: Callable[[str, Row], B], *, keys: Collection[str] | None = None
    ) -> dict[str, list[B]]:
        """Bands of each reference, or of those with one of the keys."""
        bands: dict[str, list[B]] = {}
        for where, row in rows(folder / self.bands, self.band_columns, keys=keys):
            bands.setdefault(row["key"], []).append(band_of(where, row))
        return bands

    def read_all(
        self,
        folder: Path,
        band_of: Callable[[str, Row], B],
        reference_of: Callable[[str, Row, tuple[B, ...]], R],
    ) -> tuple[R, ...]:
        """All references with their bands, in the order of the table.

        Parameters
        ----------
        folder : Path
            Where the tables are.
        band_of, reference_of : callable
            Make a band and a reference of a row; the first argument says where it stands.

        Raises
        ------
        LibraryError
            A malformed table, a key that stands twice, or bands of no reference.
        """
        bands = self.read_bands(folder, band_of)
        references: dict[str, R] = {}
        for where, row in self.reference_rows(folder):
            if row["key"] in references:
                raise LibraryError(f"{where}: key {row['key']!r} stands twice, expected different keys")
            references[row["key"]] = reference_of(where, row, tuple(bands.pop(row["key"], ())))
        if bands:
            raise LibraryError(
                f"{self.bands}: bands of {min(bands)!r}, which {self.references} does not list"
            )
        return tuple(references.values())

    def fields(self, where: str, row: Row, positions: Sequence[float]) -> dict[str, Any]:
        """Fields of a reference that are called alike whatever is drawn.

        Parameters
        ----------
        where : str
            What messages call the row.
        row : dict
            Of the reference.
        positions : sequence of float
            Of its bands.

        Raises
        ------
        LibraryError
            Cells that are no number, role or grade, or bands that are not those announced.
        """
        low, high = (number(where, row, column) for column in self.range_columns)
        if len(positions) != number(where, row, "n_bands") or not positions:
            raise LibraryError(
                f"{where}: {row['n_bands']} bands announced, {self.bands} has {len(positions)}"
            )
        if list(positions) != sorted(positions) or positions[0] < low or positions[-1] > high:
            raise LibraryError(
                f"{where}: bands of {row['key']} expected ascending and within {low} to {high}"
            )
        texts = ("key", "substance", "form", "cas", "inchikey", "source", "source_licence", "note")
        return {
            **{name: row[name] for name in texts},
            **dict(zip(self.range_columns, (low, high), strict=True)),
            "role": role(where, row),
            "grade": grade(where, row),
            "fit_r": number(where, row, "fit_r") if row["fit_r"] else None,
        }


def rows(
    path: Path, columns: tuple[str, ...], *, keys: Collection[str] | None = None
) -> Iterator[tuple[str, Row]]:
    """Rows of a table with where they stand; with ``keys`` only those whose first cell is one of them."""
    text, name = path.read_text(encoding="utf-8"), path.name
    header: tuple[str, ...] | None = None
    for at, line in enumerate(text.split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        if header is None:
            header = tuple(line.split("\t"))
            if header != columns:
                raise LibraryError(f"{name} line {at}: columns {header}, expected {columns}")
            continue
        if keys is not None and line.partition("\t")[0] not in keys:
            continue
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise LibraryError(f"{name} line {at}: {len(cells)} cells, expected {len(columns)}")
        yield f"{name} line {at}", dict(zip(columns, cells, strict=True))


def number(where: str, row: Row, column: str) -> float:
    """Finite number of a cell."""
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LibraryError(f"{where}: {column} {row[column]!r}, expected a number")
    return value


def role(where: str, row: Row) -> Role:
    """Role that a row states."""
    for one in ROLES:
        if one == row["role"]:
            return one
    raise LibraryError(f"{where}: role {row['role']!r}, expected one of {', '.join(ROLES)}")


def grade(where: str, row: Row) -> Grade:
    """Evidence grade that a row states."""
    for one in GRADES:
        if one == row["grade"]:
            return one
    raise LibraryError(f"{where}: grade {row['grade']!r}, expected one of {', '.join(GRADES)}")
