"""Rows as a Parquet table: one column for each figure, lists where there are several, the record beside."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from spectra._extras import needs_extra

from .._records import json_line

if TYPE_CHECKING:
    import pyarrow

EXTRA: Final = ("batch", "what writes Parquet (pyarrow)")
GROUP_ROWS: Final = 1_000
"""Rows that are in memory at once."""

TEXT, TEXTS, NUMBER, NUMBERS, WHOLE, TRUTH = "text", "texts", "number", "numbers", "whole", "truth"
COLUMNS: Final = {
    "file": TEXT, "index": WHOLE, "verdict": TEXT, "alert": TRUTH, "probability": NUMBER, "prior": NUMBER,
    "substances": TEXTS, "forms": TEXTS, "roles": TEXTS, "cas": TEXTS, "ids": TEXTS, "grades": TEXTS,
    "probabilities": NUMBERS, "shares": NUMBERS, "hqi": NUMBERS, "hints": TEXTS, "reasons": TEXTS,
    "next_action": TEXT, "unexplained_bands_cm1": NUMBERS, "snr": NUMBER, "saturated": TRUTH,
    "coverage": NUMBER, "axis_shift_cm1": NUMBER, "fluorescence": NUMBER, "n_spikes": WHOLE,
    "technique": TEXT, "item": TEXT, "subsample": TEXT, "input_sha256": TEXT, "library": TEXTS,
    "library_sha256": TEXTS, "engine": TEXT, "pipeline": TEXT, "config": TEXT, "settings": TEXT,
    "warnings": TEXTS, "error": TEXT, "message": TEXT, "safety": TEXTS, "record": TEXT,
}  # fmt: skip
"""Columns in their order; ``record`` is the JSON of all, so that nothing is lost. New ones go to its left."""
_OF_EACH: Final = {
    "substances": "name", "forms": "form", "roles": "role", "cas": "cas", "ids": "id", "grades": "grade",
    "probabilities": "probability", "shares": "share", "hqi": "hqi",
}  # fmt: skip
_QUALITY: Final = ("snr", "saturated", "coverage", "axis_shift_cm1", "fluorescence", "n_spikes")
_PROVENANCE: Final = ("input_sha256", "engine", "pipeline", "config", "settings")


def check_parquet() -> None:
    """Raise now rather than after an hour's work.

    Raises
    ------
    ExtraError
        When the extra ``batch`` is not installed.
    """
    with needs_extra(*EXTRA):
        import pyarrow.parquet  # noqa: F401


class ParquetRows:
    """Writer of rows, a group at a time."""

    def __init__(self, file: BinaryIO) -> None:
        with needs_extra(*EXTRA):
            import pyarrow
            import pyarrow.parquet
        self._schema = _schema()
        self._writer = pyarrow.parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a result or an error."""
        self._rows.append(cells(row))
        if len(self._rows) == GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow

        self._writer.write_table(pyarrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


@contextmanager
def parquet_rows(file: BinaryIO) -> Iterator[ParquetRows]:
    """Write rows to an open file; the file ends well only when the block does."""
    rows = ParquetRows(file)
    yield rows
    rows.close()


def cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of one result or error record; those that say nothing are left out."""
    if "verdict" not in row:
        told = {name: row.get(name) for name in ("file", "index", "error", "message")}
        return {**told, "record": json_line(row)}
    substances, provenance = row["substances"], row["provenance"]
    plain = {name: row.get(name) for name in COLUMNS if name in row and name not in _OF_EACH}
    return {
        **plain,
        **{column: [one[key] for one in substances] for column, key in _OF_EACH.items()},
        **{name: row["quality"][name] for name in _QUALITY},
        **{name: provenance.get(name) for name in _PROVENANCE},
        "hints": [one["name"] for one in row["hints"]],
        "library": [one["name"] for one in provenance["library"]],
        "library_sha256": [one["sha256"] for one in provenance["library"]],
        "record": json_line(row),
    }


def _schema() -> "pyarrow.Schema":
    import pyarrow

    kinds = {
        TEXT: pyarrow.string(),
        TEXTS: pyarrow.list_(pyarrow.string()),
        NUMBER: pyarrow.float64(),
        NUMBERS: pyarrow.list_(pyarrow.float64()),
        WHOLE: pyarrow.int32(),
        TRUTH: pyarrow.bool_(),
    }
    return pyarrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
