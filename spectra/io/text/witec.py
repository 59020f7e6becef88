"""WITec text export: ``[Header]`` with ``key = value``, ``[Data]`` with an axis and a column a spectrum."""

from dataclasses import replace
from typing import Final

from ...errors import DamagedError, UnsupportedError
from ...units import AxisUnit
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts import keyvalue as kv
from ..parts.numbers import leading_number, split_cells, strip_cells
from ..tables._columns import pick_column
from ..tables._table import read_table

_MARK: Final = "//exported ascii-file"
_HEAD: Final = "[header]"
_MAX_GRAPHS: Final = 10_000
_RULES: Final[kv.Rules] = {"graphname": ("label", kv.text_value)}
_UNITS: Final[dict[str, AxisUnit]] = {
    "rel. 1/cm": "raman_shift_cm-1",
    "rel.1/cm": "raman_shift_cm-1",
    "1/cm": "raman_shift_cm-1",
    "nm": "wavelength_nm",
}


def sniff(source: Source) -> Sniff:
    """Certain when the first line is WITec's."""
    first = source.lines[0].strip().lower() if source.lines else ""
    return Sniff.CERTAIN if first.startswith(_MARK) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft per column after the axis, or the one the caller asks for; graph after graph.

    Raises
    ------
    DamagedError
        When the table is missing, or not as long as the header says.
    UnsupportedError
        For units that are no axis of ours.
    """
    heads = [at for at, line in enumerate(source.lines) if line.strip().lower() == _HEAD]
    if len(heads) < 2:
        return _read_graph(source)
    ends = [*heads[1:], len(source.lines)]
    if len(heads) > _MAX_GRAPHS:
        raise UnsupportedError(
            f"{source.name}: {len(heads)} graphs, expected at most {_MAX_GRAPHS}. Export fewer per file."
        )
    # The next graph's first line stands at the end of this one.
    lines = ["" if line.strip().lower().startswith(_MARK) else line for line in source.lines]
    texts = ["\n".join(lines[start:end]) for start, end in zip(heads, ends, strict=True)]
    graphs = [replace(source, data=text.encode()) for text in texts]
    return tuple(draft for graph in graphs for draft in _read_graph(graph))


def _read_graph(source: Source) -> tuple[Draft, ...]:
    header: dict[str, str] = {}
    for line in source.lines:
        if line.strip().lower() == "[data]":
            break
        key, equals, value = line.partition("=")
        if equals:
            header.setdefault(key.strip().lower(), value.strip())
    else:
        raise DamagedError(f"{source.name}: a WITec header without its [Data]. Export the spectrum again.")
    name = header.get("xaxisunit", "")
    unit = _UNITS.get(name.lower())
    if unit is None:
        raise UnsupportedError(
            f"{source.name}: axis unit {name[:20]!r}, expected 'rel. 1/cm' or 'nm'. "
            "Export with the Raman shift as axis."
        )
    table = read_table(source)
    names = _names(source, len(table.cells), table.separator)
    columns = range(1, len(table.cells))
    if source.column is not None:
        columns = range(y := pick_column(names, source, n_columns=len(table.cells), taken=(0,)), y + 1)
    axis = table.numbers(0, source)
    promised = leading_number(header.get("sizegraph", ""))
    if promised is not None and promised != axis.size:
        raise DamagedError(
            f"{source.name}: {axis.size} rows, the header promises {promised:.0f}. "
            "The file is cut short or damaged: export it again."
        )
    metadata = kv.collect(header, _RULES) | {"x_column": name}
    drafts = []
    for y in columns:
        label = {"label": names[y]} if len(columns) > 1 and names[y] else {}
        drafts.append(
            Draft(
                axis,
                table.numbers(y, source),
                "raman",
                unit,
                metadata | {"y_column": header.get("dataunit", "")} | label,
                table.warnings,
                quantity="counts",
                counted=promised is not None,
            )
        )
    return tuple(drafts)


def _names(source: Source, n_columns: int, separator: str | None) -> list[str]:
    """Names in the line after ``[Data]``, as many as columns."""
    lines = [line.strip() for line in source.lines]
    at = next(i for i, line in enumerate(lines) if line.lower() == "[data]")
    above = next((line for line in lines[at + 1 :] if line), "")
    names = strip_cells(split_cells(above, separator))
    return names if len(names) == n_columns else [""] * n_columns


FORMAT: Final = Format("witec_txt", "WITec text export", (".txt",), sniff, read, version=2)
