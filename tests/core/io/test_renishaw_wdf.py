"""Renishaw WDF: one spectrum for each point, and blocks that must fit the header's counts."""

import struct

import numpy as np
import pytest

from spectra.errors import DamagedError, EmptyFileError, ReadError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.binary.renishaw_wdf import FORMAT
from tests.core.io.vendor_reading import damaged_copies, put, read_all, read_one, read_or_refuse
from tests.core.io.wdf_file import (
    AXIS,
    CAMERA,
    DONE,
    FLAGS,
    MICRON,
    NM,
    PIXELS,
    POINTS,
    ROOM,
    SETTINGS,
    WAVENUMBER,
    X_COUNT,
    Y_COUNT,
    File,
    N,
    block,
    intensity,
    item,
    properties,
)


class TestValues:
    def test_single(self) -> None:
        one = read_one(FORMAT, File().data())
        np.testing.assert_array_equal(one.axis, AXIS.astype(float))
        np.testing.assert_array_equal(one.intensity, intensity(1)[0].astype(float))
        assert (one.unit, one.technique, one.quantity, one.warnings) == (
            "raman_shift_cm-1",
            "raman",
            "counts",
            (),
        )
        one.spectrum()

    def test_metadata(self) -> None:
        found = read_one(FORMAT, File().data()).metadata
        assert found["laser_wavelength_nm"] == pytest.approx(785.0, rel=1e-6)
        expected = {
            "software": "WiRE 5.1.2.3",
            "label": "my map",
            "date": "2024-01-01T00:00:00.000+00:00",
            "integration_time_s": 2.5,
            "averages": 4,
            "serial": "C-77",
            "x_column": "RamanShift",
            "y_column": "Counts",
        }
        assert {name: found[name] for name in expected} == expected

    def test_map(self) -> None:
        found = read_all(FORMAT, File(n_spectra=7).data())
        assert len(found) == 7
        for index, one in enumerate(found):
            np.testing.assert_array_equal(one.intensity, intensity(7)[index].astype(float))
            assert one.metadata["label"] == f"X {1.5 * index:.6g}"

    def test_stopped_map(self) -> None:
        found = read_all(FORMAT, File(n_spectra=7, n_done=3).data())
        assert len(found) == 3
        assert found[0].warnings == ("the measurement was stopped after 3 of 7 spectra",)

    def test_axis_of_its_own_for_each_track(self) -> None:
        axes = np.stack([AXIS, AXIS + 10])
        first, second = read_all(FORMAT, File(n_spectra=2, axis=axes, flags=8).data())
        np.testing.assert_array_equal(second.axis - first.axis, np.full(N, 10.0))

    @pytest.mark.parametrize(("unit", "factor"), [(NM, 1.0), (MICRON, 1000.0)])
    def test_wavelengths(self, unit: int, factor: float) -> None:
        wavelengths = np.linspace(1000.0, 800.0, N)
        one = read_one(FORMAT, File(unit=unit, axis=(wavelengths / factor).astype("<f4")).data())
        assert (one.unit, one.technique) == ("wavelength_nm", "raman")
        np.testing.assert_allclose(one.axis, wavelengths, rtol=1e-6)
        assert one.spectrum().unit == "raman_shift_cm-1"

    def test_without_a_laser_wavelengths_are_not_raman(self) -> None:
        assert read_one(FORMAT, File(unit=NM, laser_cm1=0.0).data()).technique == "nir"

    def test_wavenumber_of_doubtful_meaning(self) -> None:
        one = read_one(FORMAT, File(unit=WAVENUMBER).data())
        assert (one.unit, one.technique) == ("other", "other")
        assert "its unit is not certain" in one.warnings[0]
        plain = read_one(FORMAT, File(unit=WAVENUMBER, axis=AXIS + 12_000).data())
        assert plain.unit == "wavenumber_cm-1"

    def test_no_spectral_unit(self) -> None:
        one = read_one(FORMAT, File(unit=PIXELS).data())
        assert (one.unit, one.technique) == ("other", "other")
        assert "Pixels, no unit of a spectrum" in one.warnings[0]

    def test_saturation_is_noted(self) -> None:
        one = read_one(FORMAT, File(spectrum_flags=3).data())
        assert [note.split()[-1] for note in one.warnings] == ["saturated", "collected"]

    def test_uneven_axis_is_noted(self) -> None:
        axis = AXIS.copy()
        axis[20] += 12.0
        assert "uneven" in read_one(FORMAT, File(axis=axis).data()).warnings[0]


class TestRefusals:
    def test_nothing_collected(self) -> None:
        with pytest.raises(EmptyFileError, match="no spectrum was collected"):
            read_all(FORMAT, File(n_spectra=2, n_done=0).data())

    def test_camera_image(self) -> None:
        with pytest.raises(UnsupportedError, match="camera image of 50 × 9 pixels"):
            read_all(FORMAT, put(File().data(), Y_COUNT, "<I", 9))

    def test_axes_of_their_own(self) -> None:
        with pytest.raises(UnsupportedError, match="an axis each"):
            read_all(FORMAT, put(File().data(), FLAGS, "<Q", 1))

    def test_giant_map(self) -> None:
        with pytest.raises(UnsupportedError, match="a map of 2000000000 spectra"):
            read_all(FORMAT, put(File().data(), ROOM, "<QQ", 2_000_000_000, 2_000_000_000))


class TestDamage:
    def test_every_cut_is_refused(self) -> None:
        """But not exactly between two blocks after the last that is needed: nothing is missing then."""
        data = File(n_spectra=3).data()
        needed = data.index(b"WXDM")
        for end in [*range(4, len(data), 61), len(data) - 1, needed - 1, needed + 3, needed + 15]:
            with pytest.raises(DamagedError, match=r"scan\.bin"):
                read_all(FORMAT, data[:end])

    @pytest.mark.parametrize(
        ("at", "form", "value"),
        [
            (POINTS, "<I", N - 1),
            (POINTS, "<I", 2**32 - 1),
            (X_COUNT, "<I", N + 1),
            (ROOM, "<Q", 0),
            (DONE, "<Q", 2),
            (8, "<Q", 500),
        ],
    )
    def test_header_that_contradicts_the_blocks(self, at: int, form: str, value: int) -> None:
        with pytest.raises(DamagedError):
            read_all(FORMAT, put(File().data(), at, form, value))

    @pytest.mark.parametrize("size", [0, 15, 2**63, 10**6])
    def test_block_of_impossible_size(self, size: int) -> None:
        """A block of size zero would keep a walk in place for ever."""
        with pytest.raises(DamagedError, match=f"a block of {size} bytes"):
            read_all(FORMAT, put(File().data(), 512 + 8, "<Q", size))

    @pytest.mark.parametrize("name", [b"DATA", b"XLST", b"ORGN"])
    def test_block_that_is_missing(self, name: bytes) -> None:
        with pytest.raises(DamagedError):
            read_all(FORMAT, File().data().replace(name, b"xxxx"))

    def test_block_that_is_there_twice(self) -> None:
        with pytest.raises(DamagedError, match="200 bytes and 200 bytes in the DATA block"):
            read_all(FORMAT, File().data() + block("DATA", intensity(1).tobytes()))

    @pytest.mark.parametrize("value", [1e20, float("inf")])
    def test_impossible_intensity(self, value: float) -> None:
        with pytest.raises(DamagedError, match="which no detector gives"):
            read_all(FORMAT, put(File().data(), 512 + 16 + 40, "<f", value))

    def test_unit_that_does_not_exist(self) -> None:
        data = File().data()
        with pytest.raises(DamagedError, match="unit 99"):
            read_all(FORMAT, put(data, data.index(b"XLST") + 20, "<I", 99))

    def test_axis_that_turns(self) -> None:
        axis = AXIS.copy()
        axis[30] = 2500.0
        with pytest.raises(DamagedError, match="expected one direction"):
            read_all(FORMAT, File(axis=axis).data())

    def test_bytes_after_the_end_are_noted(self) -> None:
        one = read_one(FORMAT, File().data() + b"\0" * 40)
        assert one.warnings == ("40 bytes after the last block left out",)

    def test_broken_properties_cost_only_descriptions(self) -> None:
        data = File().data()
        for at in range(data.index(b"PSET"), len(data)):
            one = read_one(FORMAT, put(data, at, "<B", data[at] ^ 0xFF))
            np.testing.assert_array_equal(one.intensity, intensity(1)[0].astype(float))

    def test_packed_text_is_not_unpacked(self) -> None:
        """Few bytes may unpack to gigabytes."""
        packed = item("u", CAMERA, struct.pack("<II", 12, 2**31) + b"x" * 8, flags=0x40)
        data = File().data()
        data = data[: data.index(b"WXDM")] + block("WXDM", properties(packed, SETTINGS[8:]))
        assert read_one(FORMAT, data).metadata["integration_time_s"] == 2.5

    def test_nothing_else_escapes(self) -> None:
        data = File(n_spectra=2).data()
        outcomes = [read_or_refuse(FORMAT, copy) for copy in damaged_copies(data, seed=2, count=400)]
        assert outcomes.count("refused") > 100


def test_sniff() -> None:
    assert FORMAT.sniff(Source("a.wdf", b"W")) is Sniff.NO
    with pytest.raises(ReadError):
        FORMAT.read(Source("a.wdf", b"WDF1"))


@pytest.mark.measured
@pytest.mark.parametrize("name", ["sp.wdf", "line.wdf"])
def test_agrees_with_the_package_on_measured_files(name: str, shared_data) -> None:
    import wdf

    path = shared_data / "formats" / "renishaw_wdf" / name
    found = read_all(FORMAT, path.read_bytes())
    with wdf.Wdf(str(path)) as theirs:
        assert len(found) == theirs.hdr.ncollected
        np.testing.assert_array_equal(found[0].axis, theirs.xlist())
        for index in (0, len(found) // 2, len(found) - 1):
            np.testing.assert_array_equal(found[index].intensity, theirs[index])
