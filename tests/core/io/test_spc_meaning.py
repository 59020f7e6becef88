"""GRAMS SPC: what axis, ordinate and technique are, by codes, labels, comment and log."""

import struct
from datetime import datetime

import numpy as np
import pytest

from spectra.errors import UnsupportedError
from spectra.io._source import Source
from spectra.io.measurement import measure
from spectra.io.parts.binary import Window
from spectra.io.spc.header import read_header
from spectra.io.spc.log import header_date
from spectra.io.spc.reader import read
from tests.core.io.samples import N, axis
from tests.core.io.spc_file import LABELS, LOG, Spc

NM = np.linspace(800.0, 950.0, N)
MIR, NIR = np.linspace(600.0, 4000.0, N), np.linspace(4000.0, 10_000.0, N)


def meaning(spc: Spc) -> tuple[str, str, str]:
    draft = read(Source("a.spc", spc.bytes()))[0]
    return draft.unit, draft.technique, draft.quantity


class TestAxis:
    @pytest.mark.parametrize(
        ("code", "x", "expected"),
        [
            (13, axis(), ("raman_shift_cm-1", "raman")),
            (1, MIR, ("wavenumber_cm-1", "mir")),
            (1, NIR, ("wavenumber_cm-1", "nir")),
            (3, np.linspace(900, 1700, N), ("wavelength_nm", "nir")),
            (3, np.linspace(200, 500, N), ("wavelength_nm", "other")),
            (0, axis(), ("other", "other")),
            (5, axis(), ("other", "other")),
            (255, axis(), ("other", "other")),
        ],
    )
    def test_code(self, code: int, x, expected) -> None:
        assert meaning(Spc(x_type=code, xs=(x,), y_type=2))[:2] == expected

    @pytest.mark.parametrize(("code", "factor"), [(2, 1000.0), (31, 0.1)])
    def test_other_units_of_length(self, code: int, factor: float) -> None:
        draft = read(Source("a.spc", Spc(x_type=code, xs=(NM / factor,), y_type=2).bytes()))[0]
        np.testing.assert_allclose(draft.axis, NM)
        assert draft.unit == "wavelength_nm"

    def test_masses_are_peaks(self) -> None:
        assert read(Source("a.spc", Spc(x_type=9).bytes()))[0].peaks
        assert not read(Source("a.spc", Spc(x_type=5).bytes()))[0].peaks

    @pytest.mark.parametrize(
        ("code", "label", "unit"),
        [
            (0, b"Wavenumber (cm-1)", "wavenumber_cm-1"),
            (0, b"Raman Shift (cm-1)", "raman_shift_cm-1"),
            (1, b"Raman Shift (cm-1)", "raman_shift_cm-1"),
            (13, b"Wavenumber (cm-1)", "raman_shift_cm-1"),
            (13, b"", "raman_shift_cm-1"),
            (1, b"my own words", "wavenumber_cm-1"),
        ],
    )
    def test_label(self, code: int, label: bytes, unit: str) -> None:
        spc = Spc(flags=LABELS, x_type=code, y_type=2, labels=label + b"\0\0")
        assert meaning(spc)[0] == unit
        assert read(Source("a.spc", spc.bytes()))[0].warnings == ()

    def test_label_against_code_is_noted(self) -> None:
        spc = Spc(flags=LABELS, x_type=3, y_type=2, labels=b"Wavenumber (cm-1)\0", xs=(MIR,))
        (draft,) = read(Source("a.spc", spc.bytes()))
        assert (draft.unit, len(draft.warnings)) == ("wavenumber_cm-1", 1)

    def test_labels_count_only_with_the_flag(self) -> None:
        assert meaning(Spc(x_type=1, y_type=2, labels=b"Raman shift\0"))[0] == "wavenumber_cm-1"


class TestRaman:
    """A wavenumber axis is a Raman shift when the file says Raman, and only then."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"technique": 11},
            {"comment": b"FT-Raman of sugar"},
            {"source": b"RAMAN 1"},
            {"log": LOG},
            {"log": "METHOD = raman, 3 scans\r\n"},
            {"log": "RAMANFREQ= 9395\r\n"},
            {"flags": LABELS, "labels": b"\0Raman intensity\0"},
        ],
        ids=lambda changes: " ".join(changes),
    )
    def test_evidence(self, changes) -> None:
        spc = Spc(x_type=1, y_type=0, **changes)
        (draft,) = read(Source("a.spc", spc.bytes()))
        assert (draft.unit, draft.technique, draft.quantity) == ("raman_shift_cm-1", "raman", "counts")
        assert "taken as Raman shift" in draft.warnings[-1]

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"y_type": 2, "log": LOG},
            {"y_type": 128, "comment": b"compare with Raman"},
            {"technique": 5, "comment": b"Raman"},
            {"technique": 12, "log": LOG},
            {"log": "RAMANFREQ=0\r\nLWN= 15798 \r\n"},
            {"xs": (np.linspace(12_000, 14_000, N),), "technique": 11},
        ],
        ids=str,
    )
    def test_no_evidence(self, changes) -> None:
        unit, technique, _ = meaning(Spc(**{"x_type": 1, "y_type": 0} | changes))
        assert (unit, technique == "raman") == ("wavenumber_cm-1", False)

    def test_wavelengths_with_the_laser(self) -> None:
        source = Source("a.spc", Spc(x_type=3, xs=(NM,), log=LOG).bytes())
        found = measure(read(source)[0], source, {})
        assert (found.unit, found.technique) == ("wavelength_nm", "raman")
        assert found.spectrum().unit == "raman_shift_cm-1"
        np.testing.assert_allclose(found.spectrum().axis, 1e7 / 785.0 - 1e7 / NM)

    def test_wavelengths_without_the_laser(self) -> None:
        source = Source("a.spc", Spc(x_type=3, xs=(NM,), technique=11).bytes())
        found = measure(read(source)[0], source, {})
        assert (found.unit, found.technique) == ("wavelength_nm", "raman")
        with pytest.raises(UnsupportedError, match="--laser-nm"):
            found.spectrum()

    def test_wavelengths_below_the_laser(self) -> None:
        assert meaning(Spc(x_type=3, xs=(NM - 400,), log=LOG))[1] == "other"


@pytest.mark.parametrize(
    ("code", "quantity"),
    [
        (0, "unknown"), (1, "unknown"), (2, "absorbance"), (3, "kubelka_munk"), (4, "counts"),
        (10, "absorbance"), (11, "unknown"), (12, "counts"), (128, "transmittance"), (129, "reflectance"),
        (130, "unknown"), (131, "counts"),
    ],
)  # fmt: skip
def test_quantity(code: int, quantity: str) -> None:
    assert meaning(Spc(x_type=1, y_type=code, xs=(MIR,)))[2] == quantity


@pytest.mark.parametrize(
    ("key", "name", "value"),
    [
        ("LASER (NM) = 632.81", "laser_wavelength_nm", 632.81),
        ("EXCIT_LINE = 532.2", "laser_wavelength_nm", 532.2),
        ("Laser=Laser: 532nm_Raman", "laser_wavelength_nm", 532.0),
        ("Laser=On", "laser_wavelength_nm", None),
        ("RAMANFREQ= 9395", "laser_wavelength_nm", 1064.4),
        ("EXCIT_LINE = 532\nTIME = 7", "integration_time_s", 7.0),
        ("TIME = 7", "integration_time_s", None),
        ("Integration Time (ms) = 250", "integration_time_s", 0.25),
        ("MODEL=Box", "instrument", "Box"),
        ("DATE = 02/19/16 16:43:05", "date", "02/19/16 16:43:05"),
        ("no equals sign", "note", None),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n\r", "\n", "\0"])
def test_log_lines(key: str, name: str, value, end: str) -> None:
    log = key.replace("\n", end) + end + "OTHER = 1" + end
    draft = read(Source("a.spc", Spc(log=log, y_type=2).bytes()))[0]
    assert draft.metadata.get(name) == value


def _packed(year: int, month: int, when: datetime) -> int:
    return year << 20 | month << 16 | when.day << 11 | when.hour << 6 | when.minute


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (_packed(1997, 3, datetime(2000, 1, 9, 8, 46)), "1997-03-09 08:46"),
        (_packed(116, 1, datetime(2000, 1, 19, 16, 43)), "2016-02-19 16:43"),
        ((2026 - 1980) << 25 | 8 << 21 | 17 << 16 | 13 << 11 | 24 << 5 | 10, "2026-08-17 13:24"),
        (0, None),
        (_packed(1997, 13, datetime(2000, 1, 9, 8, 46)), None),
    ],
    ids=["Galactic", "C library", "MS-DOS", "none", "impossible"],
)
def test_date(packed: int, expected: str | None) -> None:
    data = Spc(date=packed).bytes()
    assert struct.unpack_from("<I", data, 32)[0] == packed
    assert header_date(read_header(Window(data, "a.spc", "SPC"))) == expected
