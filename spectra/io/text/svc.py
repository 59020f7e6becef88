"""Field spectrometers: Spectra Vista and GER ``.sig``, Spectral Evolution ``.sed``.

Both are a header and columns between white space. ``.sig`` writes ``key= value`` up to
``data=`` and then, without names, wavelength, reference, target and reflectance in percent;
``.sed`` writes ``key: value`` up to ``Data:`` and then a row of names. Layout from the makers'
manuals as public readers cite them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ...errors import DamagedError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.block import Block, asked_column, end_note, read_block, refuse_long
from ..parts.numbers import leading_number, strip_cells

_HEADER_LINES: Final = 200
_SIG: Final = ("/*** spectra vista", "///ger signatur")
_SIG_NAMES: Final = ("Wavelength", "Reference", "Target", "Reflectance %")
_SED_KEYS: Final = ("instrument:", "measurement:", "wavelength range:")
_SED_SIGNALS: Final[tuple[tuple[str, Quantity], ...]] = (
    ("reflect", "reflectance"),
    ("tgt./ref", "reflectance"),
    ("rad. (target", "counts"),
    ("norm. dn (target", "counts"),
)


def sniff(source: Source) -> Sniff:
    """Certain by the first line of a ``.sig``, or by three keys of a ``.sed``."""
    head = [line.strip().lower() for line in source.lines[:_HEADER_LINES]]
    if head and head[0].startswith(_SIG):
        return Sniff.CERTAIN
    known = all(any(line.startswith(key) for line in head) for key in _SED_KEYS)
    return Sniff.CERTAIN if known else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When the table is missing or torn, or shorter than the header says.
    UnsupportedError
        When there is neither a reflectance nor a measurement of the target.
    """
    refuse_long(source)
    sig = source.lines[0].strip().lower().startswith(_SIG)
    mark, sign = ("data=", "=") if sig else ("data:", ":")
    at = next((i for i, line in enumerate(source.lines[:_HEADER_LINES]) if _plain(line) == mark), None)
    if at is None:
        raise DamagedError(
            f"{source.name}: a header without its table ({mark}). The file is cut short: copy it again."
        )
    header = _header(source.lines[:at], sign)
    if sig:
        block = read_block(source.lines[at + 1 :], None, source, at_end=True)
        return (_sig(block, header, source),)
    rows = [line for line in source.lines[at + 1 :] if line.strip()]
    separator = "\t" if rows and "\t" in rows[0] else None
    names = _sed_names(rows[0], separator) if rows else []
    block = read_block(rows[1:], separator, source, at_end=True)
    return (_sed(block, names, header, source),)


def _plain(line: str) -> str:
    return line.replace(" ", "").strip().lower()


def _header(lines: Sequence[str], sign: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        key, equals, value = line.partition(sign)
        if equals:
            found.setdefault(key.strip().lower(), value.strip())
    return found


def _target(header: Mapping[str, str], key: str) -> str:
    """Value of the target, which stands after those of the reference."""
    cells = [cell.strip() for cell in header.get(key, "").split(",")]
    return cells[len(cells) // 2]


def _sig(block: Block, header: Mapping[str, str], source: Source) -> Draft:
    n_columns = len(block.cells)
    if n_columns != len(_SIG_NAMES):
        raise UnsupportedError(
            f"{source.name}: {n_columns} columns, expected wavelength, reference, target and reflectance. "
            "Export the measurement with its reference."
        )
    wish = asked_column(_SIG_NAMES, source)
    y = 3 if wish is None else wish
    metadata = _metadata(header)
    # "HI: 1142048 (HR-1024i)": the number is the device's.
    instrument = re.match(r"([^:]*):?\s*([^(]*)", header.get("instrument", ""))
    if instrument:
        metadata |= {"instrument": kv.text_value(instrument[1]), "serial": kv.text_value(instrument[2])}
    time_ms = leading_number(_target(header, "integration"))
    if time_ms is not None and time_ms > 0:
        metadata["integration_time_s"] = time_ms / 1000.0
    metadata["averages"] = kv.count_value(_target(header, "scan coadds"))
    quantity: Quantity = "reflectance" if y == 3 else "counts"
    return _draft(block, y, source, metadata=metadata, names=_SIG_NAMES, quantity=quantity)


def _sed_names(line: str, separator: str | None) -> list[str]:
    if separator is not None:
        return [name for name in strip_cells(line.split(separator)) if name]
    # "Rad. (Ref.)" has one space inside, names two or more between them.
    return strip_cells(re.split(r"\s{2,}", line.strip()))


def _sed(block: Block, names: Sequence[str], header: Mapping[str, str], source: Source) -> Draft:
    if len(block.cells) != len(names):
        raise DamagedError(
            f"{source.name}: {len(block.cells)} columns under {len(names)} names. "
            "The file is damaged: copy it again."
        )
    low = [name.lower() for name in names]
    x = next((at for at, name in enumerate(low) if name.startswith(("wvl", "wavelength"))), None)
    if x is None:
        raise UnsupportedError(
            f"{source.name}: no column Wvl among {', '.join(names)[:120]}. Export with the wavelengths."
        )
    stated = kv.number_value(header.get("channels", ""))
    if isinstance(stated, int | float) and len(block.cells[0]) < stated:
        raise DamagedError(
            f"{source.name}: {len(block.cells[0])} rows, the header promises {stated:g}. "
            "The file is cut short: copy it again."
        )
    y, quantity = _sed_signal(names, source)
    metadata = _metadata(header)
    instrument, _, serial = header.get("instrument", "").partition("_SN")
    metadata |= {"instrument": kv.text_value(instrument), "serial": kv.text_value(serial.split(" ")[0])}
    metadata["averages"] = kv.count_value(_target(header, "averages"))
    return _draft(block, y, source, metadata=metadata, names=names, quantity=quantity, x=x)


def _sed_signal(names: Sequence[str], source: Source) -> tuple[int, Quantity]:
    wish = asked_column(names, source)
    for word, quantity in _SED_SIGNALS:
        for at in range(len(names)) if wish is None else (wish,):
            if names[at].lower().startswith(word):
                return at, quantity
    if wish is not None:
        return wish, "unknown"
    raise UnsupportedError(
        f"{source.name}: columns {', '.join(names)[:120]}, expected a reflectance or a target. "
        "Name the column to read."
    )


def _metadata(header: Mapping[str, str]) -> dict[str, MetadataValue]:
    time = header.get("time", "") if "date" not in header else ""
    date = header.get("date", "").rpartition(",")[2] or time.rpartition(",")[2]
    label = header.get("name") or header.get("file name") or header.get("comment") or header.get("comm", "")
    return {"date": kv.text_value(date), "label": kv.text_value(label.rpartition("\\")[2])}


def _draft(
    block: Block,
    y: int,
    source: Source,
    *,
    metadata: Mapping[str, MetadataValue],
    names: Sequence[str],
    quantity: Quantity,
    x: int = 0,
) -> Draft:
    axis = block.numbers(x, source)
    known = {key: value for key, value in metadata.items() if value is not None}
    notes = end_note(source)
    if quantity != "reflectance":
        notes += (f"column {names[y]!r} taken: it is no reflectance",)
    return Draft(
        axis,
        block.numbers(y, source),
        technique_of_axis(axis, "wavelength_nm"),
        "wavelength_nm",
        known | {"x_column": names[x], "y_column": names[y]},
        notes,
        quantity=quantity,
    )


FORMAT: Final = Format(
    "field_sig", "Spectra Vista .sig, Spectral Evolution .sed", (".sig", ".sed"), sniff, read
)
