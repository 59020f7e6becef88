"""Ocean Optics ``.ProcSpec``: a zip archive with one XML file of arrays.

Layout from public samples and readers: ``ps_….xml`` holds ``channelWavelengths``,
``processedPixels`` and, under ``sourceSpectra``, ``darkSpectrum`` and ``referenceSpectrum``, the
``pixelValues`` counted. The archive also carries a signature; who may trust it is not for a
reader to say, so it is not checked.
"""

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Final
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, ReadError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.block import asked_column
from ..parts.numbers import number

_MAX_XML: Final = 16_000_000
_MAX_FILE: Final = 20_000_000
_MAX_MEMBERS: Final = 64
_MAX_DEPTH: Final = 200
_PROBE: Final = 65_536
_MEMBER: Final = re.compile(r"(?:.*/)?ps_\d+\.xml")
_HINT: Final = re.compile(rb"ps_\d+\.xml|OOISignatures\.xml|OOIVersion\.txt")
# The programs write bytes that no encoding explains and characters XML forbids, in names only.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e]")
_REFERENCES: Final = re.compile(
    r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));", re.IGNORECASE
)
_PROCESSOR: Final = re.compile(
    r"(transmission|reflection|reflectance|absorbance|irradiance)(?:coreprocessor|intensitydescriptor)",
    re.IGNORECASE,
)
_QUANTITIES: Final[dict[str, Quantity]] = {
    "transmission": "transmittance",
    "reflection": "reflectance",
    "reflectance": "reflectance",
    "absorbance": "absorbance",
    "irradiance": "counts",
}
_SPECTRA: Final = {"darkSpectrum": "dark", "referenceSpectrum": "reference"}
_TEXTS: Final = frozenset(
    {"integrationTime", "scansToAverage", "spectrometerSerialNumber", "spectrometerClass", "milliTime",
     "spectrometerNumberOfPixels"}
)  # fmt: skip
_COLUMNS: Final = ("wavelength", "processed", "sample", "reference", "dark")


@dataclass
class _Collector:
    """What the XML parser's handlers keep: arrays by column name, first texts by tag."""

    path: list[str] = field(default_factory=list)
    arrays: dict[str, list[str]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)

    def start(self, tag: str, _: dict[str, str]) -> None:
        self.path.append(tag)
        self.pieces.clear()
        if len(self.path) > _MAX_DEPTH:
            raise ValueError(f"elements {_MAX_DEPTH} deep")

    def text(self, piece: str) -> None:
        self.pieces.append(piece)

    def end(self, tag: str) -> None:
        text = "".join(self.pieces).strip()
        self.pieces.clear()
        if tag == "double":
            column = self._column()
            if column and column not in self.closed:
                self.arrays.setdefault(column, []).append(text)
        elif tag in _TEXTS and text:
            self.texts.setdefault(tag, text)
        elif tag in ("channelWavelengths", "processedPixels", "pixelValues"):
            # A second array of the same name is another spectrum's.
            column = self._column()
            if self.arrays.get(column):
                self.closed.add(column)
        self.path.pop()

    def _column(self) -> str:
        for tag in reversed(self.path):
            if tag == "channelWavelengths":
                return "wavelength"
            if tag == "processedPixels":
                return "processed"
            if tag == "pixelValues":
                return next((name for spectrum, name in _SPECTRA.items() if spectrum in self.path), "sample")
        return ""


def sniff(source: Source) -> Sniff:
    """Certain when a zip archive names one of the three files of the program."""
    if not source.data.startswith(b"PK\x03\x04"):
        return Sniff.NO
    return Sniff.CERTAIN if _HINT.search(source.data[:_PROBE] + source.data[-_PROBE:]) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When the archive or the XML is broken, or the arrays differ in length.
    UnsupportedError
        When the XML is too large or uses what no such file needs.
    """
    text = _xml(source)
    found = _parse(text, source)
    arrays = {name: _numbers(cells, name, source) for name, cells in found.arrays.items()}
    axis = arrays.get("wavelength")
    names = [name for name in _COLUMNS if name in arrays]
    if axis is None or len(names) < 2:
        raise DamagedError(
            f"{source.name}: no wavelengths with a spectrum in this ProcSpec file. Save it again."
        )
    lengths = {name: arrays[name].size for name in names}
    stated = number(found.texts.get("spectrometerNumberOfPixels", ""))
    if len(set(lengths.values())) > 1 or (stated is not None and stated > 0 and stated != axis.size):
        raise DamagedError(
            f"{source.name}: arrays of different length ({lengths}, {stated or 0:g} pixels stated). "
            "The file is damaged: save it again."
        )
    wish = asked_column(names, source)
    y = names[1] if wish is None else names[wish]
    kind = _PROCESSOR.search(text) if y == "processed" else None
    quantity: Quantity = "unknown" if y == "processed" else "counts"
    if kind:
        quantity = _QUANTITIES[kind[1].lower()]
    notes = (
        ("no processed spectrum in the file: the raw counts are read",)
        if y == "sample" and wish is None
        else ()
    )
    return (
        Draft(
            axis,
            arrays[y],
            technique_of_axis(axis, "wavelength_nm"),
            "wavelength_nm",
            _metadata(found.texts) | {"x_column": "wavelength", "y_column": y},
            notes,
            quantity=quantity,
            counted=True,
        ),
    )


def _xml(source: Source) -> str:
    if len(source.data) > _MAX_FILE:
        raise UnsupportedError(
            f"{source.name}: {len(source.data) / 1e6:.0f} MB, expected at most {_MAX_FILE // 1_000_000} MB. "
            "Save the spectrum as text."
        )
    try:
        data = _unpack(source)
    except ReadError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        RuntimeError,
        OSError,
        ValueError,
        struct.error,
    ) as error:
        raise DamagedError(
            f"{source.name}: the ProcSpec archive cannot be unpacked ({error}). "
            "It is cut short or damaged: copy or save it again."
        ) from error
    if len(data) > _MAX_XML:
        raise UnsupportedError(
            f"{source.name}: more than {_MAX_XML // 1_000_000} MB of XML inside, expected one spectrum. "
            "Save the spectrum as text."
        )
    text = _REFERENCES.sub("", _FORBIDDEN.sub("", data.decode("ascii", errors="ignore")))
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


def _unpack(source: Source) -> bytes:
    with zipfile.ZipFile(BytesIO(source.data)) as archive:
        members = archive.infolist()
        spectra = [one for one in members if _MEMBER.fullmatch(one.filename)]
        if len(spectra) != 1 or len(members) > _MAX_MEMBERS:
            raise DamagedError(
                f"{source.name}: {len(members)} files inside, {len(spectra)} of them spectra (ps_….xml), "
                "expected one spectrum. Save it again."
            )
        with archive.open(spectra[0]) as file:
            return file.read(_MAX_XML + 1)


def _parse(text: str, source: Source) -> _Collector:
    collector = _Collector()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    # Entities are declared in a document type only: without one nothing can expand.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError) as error:
        raise DamagedError(
            f"{source.name}: the XML inside cannot be read ({error}). The file is damaged: save it again."
        ) from error
    return collector


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type, which no such file has")


def _numbers(cells: list[str], name: str, source: Source) -> NDArray[np.float64]:
    values = [number(cell) for cell in cells]
    if None in values:
        raise DamagedError(
            f"{source.name}: {cells[values.index(None)][:20]!r} among the {name} values, expected a number. "
            "The file is damaged: save it again."
        )
    return np.array(values, dtype=np.float64)


def _metadata(texts: dict[str, str]) -> dict[str, MetadataValue]:
    found: dict[str, MetadataValue] = {}
    if "spectrometerSerialNumber" in texts:
        found["serial"] = kv.text_value(texts["spectrometerSerialNumber"])
    if "spectrometerClass" in texts:
        found["instrument"] = kv.text_value(texts["spectrometerClass"].rpartition(".")[2])
    time_us = kv.positive_value(texts.get("integrationTime", ""))
    if isinstance(time_us, int | float):
        found["integration_time_s"] = time_us / 1e6
    averages = kv.count_value(texts.get("scansToAverage", ""))
    if averages is not None:
        found["averages"] = averages
    since = number(texts.get("milliTime", ""))
    # Between 1990 and 2100: other numbers are no time.
    if since is not None and 6.3e11 < since < 4.1e12:
        found["date"] = datetime.fromtimestamp(since / 1000.0, UTC).isoformat(timespec="seconds")
    return found


FORMAT: Final = Format("ocean_procspec", "Ocean Optics ProcSpec", (".procspec",), sniff, read)
