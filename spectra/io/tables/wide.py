"""Text tables with one spectrum a row, as handheld NIR instruments and chemometric programs export them."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from ...errors import DamagedError, UnsupportedError
from ...spectrum import MetadataValue
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts import keyvalue as kv
from ..parts.vocabulary import heading_kind, plain
from ._wide import find_heading
from ._wide_rows import SAMPLE_ROWS, WideTable, read_rows
from ._wide_units import Meaning, decide_meaning

_MAX_NAME: Final = 60
_ID: Final = re.compile(
    r"\b(?:id|ids|name|label|sample|samples|specimen|spectrum|file|filename|code|barcode)\b|^#$"
)
_DATE: Final = re.compile(r"\bdate\b|\bdatum\b|time ?stamp|sampling time|\bdatetime\b|\bacquired\b")
_INSTRUMENT: Final = re.compile(r"^(?:spectrometer|instrument|device|sensor)(?: (?:name|model|type))?$")
_LASER: Final = re.compile(r"\blaser\b|\bexcitation\b")
_SETTING: Final = re.compile(r"[:=;,\t\d]")
_SERIAL: Final = re.compile(r"\bserial\b|^(?:device|instrument|spectrometer|sensor) ?id$")
_RULES: Final[kv.Rules] = {
    "instrument": ("instrument", kv.text_value),
    "spectrometer": ("instrument", kv.text_value),
    "device": ("instrument", kv.text_value),
    "serial": ("serial", kv.text_value),
    "serial number": ("serial", kv.text_value),
    "device_id": ("serial", kv.text_value),
    "date": ("date", kv.text_value),
    "operator": ("note", kv.text_value),
    "integration time (ms)": ("integration_time_s", kv.milliseconds_value),
    "software": ("software", kv.text_value),
}


def sniff(source: Source) -> Sniff:
    """Possible when a line holds an axis."""
    return Sniff.POSSIBLE if find_heading(source.lines) is not None else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft a row.

    Raises
    ------
    DamagedError
        For a heading or a row that is torn, and counts that do not hold.
    UnsupportedError
        For an axis that may be two things, and for more rows than `MAX_SPECTRA`.
    """
    heading = find_heading(source.lines)
    if heading is None:
        raise DamagedError(
            f"{source.name}: no heading with the axis of one spectrum a row. Export the file again."
        )
    above = [line.rstrip(" \t,;|") for line in source.lines[: heading.at] if line.strip(" \t,;|")]
    header = _header(above)
    table = read_rows(heading, source, header)
    meaning = _meaning(table, above, source)
    common = kv.collect(header, _RULES)
    drafts = tuple(_draft(table, at, meaning, common) for at in range(len(table.rows)))
    return _chosen(drafts, table, source)


def _header(above: Sequence[str]) -> dict[str, str]:
    """Collect settings from the lines above the heading, as ``Serial,P-1`` or ``# date: 2024``."""
    header: dict[str, str] = {}
    for line in above:
        key, mark, value = line.strip(" #\"'").partition(next((c for c in ":=;,\t" if c in line), ":"))
        if mark and value.strip():
            header.setdefault(key.strip().lower(), value.strip(" \t,;\"'"))
    return header


def _meaning(table: WideTable, above: Sequence[str], source: Source) -> Meaning:
    sample = np.concatenate([np.abs(row.values) for row in table.rows[:SAMPLE_ROWS]])
    sample = sample[np.isfinite(sample)]
    largest = float(np.quantile(sample, 0.9)) if sample.size else 0.0
    beside = _beside(table)
    # The cell that names the axis is the first, or the one before the axis.
    places = dict.fromkeys((*beside[:1], table.axis.start + table.shift - 1))
    corner = [table.names[at] for at in places if at in beside and not _LASER.search(plain(table.names[at]))]
    lasers = ["laser"] if any(_LASER.search(plain(table.names[at])) for at in beside) else []
    # Of the lines above only those that are no setting, as "Instrument,MicroNIR" is one.
    titles = [line for line in above[-5:] if heading_kind(line) or not _SETTING.search(line)]
    texts = (*corner, *titles, *lasers)
    return decide_meaning(table.axis.values, table.axis.words, texts, largest, source)


def _beside(table: WideTable) -> list[int]:
    """Columns that describe the row."""
    taken = {
        at + table.shift
        for block in (table.axis, *table.axis.others)
        for at in range(block.start, block.stop)
    }
    return [at for at in range(len(table.names)) if at not in taken]


def _draft(table: WideTable, at: int, meaning: Meaning, common: dict[str, MetadataValue]) -> Draft:
    row = table.rows[at]
    own = _describe(
        [(table.names[place], row.cells[place]) for place in _beside(table) if place < len(row.cells)]
    )
    metadata = {**common, "label": f"row {at + 1}", **own}
    if meaning.x_text:
        metadata["x_column"] = meaning.x_text[:_MAX_NAME]
    metadata["y_column"] = (meaning.y_text or str(table.axis.words) or f"row {at + 1}")[:_MAX_NAME]
    return Draft(
        meaning.values,
        row.values,
        meaning.technique,
        meaning.unit,
        metadata,
        table.warnings + meaning.warnings,
        quantity=meaning.quantity,
    )


def _describe(cells: list[tuple[str, str]]) -> dict[str, MetadataValue]:
    """Label, date, instrument and a note from the columns beside the axis."""
    found: dict[str, MetadataValue] = {}
    filled = [(name, value) for name, value in cells if value]
    named = next((one for one in filled if _ID.search(plain(one[0]))), None)
    label = named or (filled[0] if filled else None)
    notes = []
    for name, value in filled:
        text = plain(name)
        if "laser_wavelength_nm" not in found and _LASER.search(text) and kv.positive_value(value):
            found["laser_wavelength_nm"] = kv.positive_value(value)
            continue
        for key, words in (("date", _DATE), ("serial", _SERIAL), ("instrument", _INSTRUMENT)):
            if key not in found and words.search(text):
                found[key] = kv.text_value(value)
                break
        else:
            if (name, value) != label:
                notes.append(f"{name[:_MAX_NAME]}={value[:_MAX_NAME]}" if name else value[:_MAX_NAME])
    if label is not None:
        found["label"] = kv.text_value(label[1])
    if notes:
        found["note"] = kv.text_value("; ".join(notes))
    return found


def _chosen(drafts: tuple[Draft, ...], table: WideTable, source: Source) -> tuple[Draft, ...]:
    """Keep the spectra of the label the caller names; all when it is a block's name or none is given."""
    wanted = plain(source.column or "")
    if not wanted or wanted == plain(str(table.axis.words)):
        return drafts
    found = tuple(one for one in drafts if plain(str(one.metadata.get("label", ""))) == wanted)
    if found:
        return found
    names = [str(one.words) for one in (table.axis, *table.axis.others) if str(one.words)]
    shown = ", ".join(repr(name[:30]) for name in [*names, *(str(d.metadata["label"]) for d in drafts[:5])])
    raise UnsupportedError(
        f"{source.name}: no spectrum called {source.column!r} in a table with one spectrum a row. "
        f"It holds {len(drafts)}: {shown} … Name one of them."
    )


FORMAT: Final = Format(
    "wide_table",
    "Text table with one spectrum a row",
    (".csv", ".tsv", ".txt", ".dat", ".asc", ".prn", ".xy"),
    sniff,
    read,
)
