"""Bruker OPUS: which block is the result, and what a damaged directory may not do."""

from dataclasses import replace

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.binary.bruker_opus import FORMAT
from tests.core.io.opus_file import (
    ABSORBANCE,
    AXIS,
    INTERFEROGRAM,
    RAMAN,
    REFLECTANCE,
    SINGLE,
    Curve,
    N,
    opus,
    parameters,
    type_code,
    values,
)
from tests.core.io.vendor_reading import damaged_copies, put, read_one, read_or_refuse


class TestValues:
    def test_absorbance(self) -> None:
        one = read_one(FORMAT, opus(Curve()))
        np.testing.assert_allclose(one.axis, AXIS, rtol=1e-12)
        np.testing.assert_array_equal(one.intensity, values().astype(float))
        assert (one.unit, one.technique, one.quantity) == ("wavenumber_cm-1", "nir", "absorbance")
        assert one.warnings == ()
        one.spectrum()

    def test_factor(self) -> None:
        one = read_one(FORMAT, opus(Curve(factor=0.25)))
        np.testing.assert_allclose(one.intensity, 0.25 * values(), rtol=1e-12)

    def test_integers(self) -> None:
        y = np.arange(N, dtype="<i4") * 1000
        one = read_one(FORMAT, opus(Curve(y=y, factor=1e-3, status={"DPF": 2})))
        np.testing.assert_allclose(one.intensity, np.arange(N), rtol=1e-12)

    def test_raman_axis_is_a_shift(self) -> None:
        laser = (type_code(0, side=0, parameters=2) & ~3, parameters(RLW=9400.0))
        one = read_one(FORMAT, opus(Curve(RAMAN), extra=(laser,)))
        assert (one.unit, one.technique, one.quantity) == ("raman_shift_cm-1", "raman", "counts")
        assert one.metadata["laser_wavelength_nm"] == pytest.approx(1e7 / 9400.0)

    @pytest.mark.parametrize(("unit", "factor"), [("MI", 1000.0), ("WL", 1000.0), ("NM", 1.0)])
    def test_wavelengths_become_nm(self, unit: str, factor: float) -> None:
        one = read_one(FORMAT, opus(Curve(unit=unit, ends=(2.0, 1.0))))
        assert (one.unit, one.axis[0], one.axis[-1]) == ("wavelength_nm", 2 * factor, factor)

    def test_unknown_unit_is_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="axis unit 'LGW'"):
            read_one(FORMAT, opus(Curve(unit="LGW")))

    def test_metadata(self) -> None:
        found = read_one(FORMAT, opus(Curve())).metadata
        expected = {
            "instrument": "TENSOR X",
            "serial": "42",
            "label": "white powder",
            "note": "pellet",
            "software": "OPUS 8.1",
            "date": "01/02/2024 10:11:12.345 (GMT+1)",
            "x_column": "WN",
            "y_column": "Absorbance",
        }
        assert {name: found[name] for name in expected} == expected


class TestChoice:
    def test_result_before_its_stages(self) -> None:
        stages = [
            Curve(INTERFEROGRAM, 1, unit="PNT", ends=(0.0, N - 1.0)),
            Curve(SINGLE, 1),
            Curve(SINGLE, 2, values(0.1)),
        ]
        one = read_one(FORMAT, opus(*stages, Curve(y=values(0.2))))
        np.testing.assert_allclose(one.intensity, values(0.2), rtol=1e-6)
        assert (
            "also in the file: Sample Interferogram, Sample Spectrum, Reference Spectrum" in one.warnings[0]
        )

    @pytest.mark.parametrize("first", [0, 1])
    def test_raman_before_absorbance_before_reflectance(self, first: int) -> None:
        ordered = [Curve(RAMAN), Curve(ABSORBANCE, y=values(1)), Curve(REFLECTANCE, y=values(2))][first:]
        one = read_one(FORMAT, opus(*ordered[::-1]))
        np.testing.assert_allclose(one.intensity, values(first), rtol=1e-6)

    def test_column_names_another_block(self) -> None:
        data = opus(Curve(), Curve(REFLECTANCE, y=values(2)))
        for column in ("reflectance", "2"):
            one = read_one(FORMAT, data, column=column)
            np.testing.assert_allclose(one.intensity, values(2), rtol=1e-6)
        with pytest.raises(UnsupportedError, match="no block 'Raman', the file holds 'Absorbance'"):
            read_one(FORMAT, data, column="Raman")

    def test_last_of_one_kind_with_its_own_limits(self) -> None:
        data = opus(Curve(y=values()), Curve(y=values(3.0)))
        one = read_one(FORMAT, data)
        np.testing.assert_allclose(one.intensity, values(3.0), rtol=1e-6)
        assert not any("limits" in note or "states" in note for note in one.warnings)

    def test_single_channel_is_noted(self) -> None:
        one = read_one(FORMAT, opus(Curve(SINGLE, 1)))
        assert one.technique == "nir"
        assert any("not divided by a reference" in note for note in one.warnings)

    @pytest.mark.parametrize(
        ("curve", "note"),
        [
            (Curve(SINGLE, 2), "the reference alone"),
            (Curve(INTERFEROGRAM, 1, unit="PNT", ends=(0.0, N - 1.0)), "no spectrum of a sample"),
        ],
    )
    def test_without_a_sample_nothing_can_be_identified(self, curve: Curve, note: str) -> None:
        one = read_one(FORMAT, opus(curve))
        assert one.technique == "other"
        assert any(note in warning for warning in one.warnings)

    def test_no_curve(self) -> None:
        with pytest.raises(UnsupportedError, match="no curve in this OPUS file"):
            read_one(FORMAT, opus())

    def test_series_is_refused(self) -> None:
        series = (type_code(ABSORBANCE, rest=2), b"\0" * 400)
        with pytest.raises(UnsupportedError, match="a series of spectra"):
            read_one(FORMAT, opus(extra=(series,)))

    def test_early_version_is_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="early version"):
            read_one(FORMAT, b"\n\n\x1a\x1a" + opus(Curve())[4:])


class TestDamage:
    def test_every_cut_is_refused(self) -> None:
        data = opus(Curve())
        for end in [*range(4, len(data), 97), len(data) - 1]:
            with pytest.raises(DamagedError, match=r"scan\.bin"):
                read_one(FORMAT, data[:end])

    def test_more_points_than_stored(self) -> None:
        with pytest.raises(DamagedError, match="no block describes the 121 values"):
            read_one(FORMAT, opus(Curve(status={"NPT": N + 2})))

    def test_fewer_points_than_stored(self) -> None:
        """A short count stretches the axis: its step is no longer the interferometer's."""
        with pytest.raises(DamagedError, match="points on a strange axis"):
            read_one(FORMAT, opus(replace(Curve(padding=80), ends=(float(AXIS[0]), float(AXIS[-1]) + 1))))

    @pytest.mark.parametrize("change", [{"CSF": 0.0}, {"CSF": float("nan")}, {"DPF": 9}, {"NPT": None}])
    def test_impossible_status(self, change: dict[str, object]) -> None:
        with pytest.raises(DamagedError, match="no block describes"):
            read_one(FORMAT, opus(Curve(status=change)))

    @pytest.mark.parametrize("ends", [(float("nan"), 1.0), (1.0, float("inf")), (5.0, 5.0), (1e9, 0.0)])
    def test_impossible_axis(self, ends: tuple[float, float]) -> None:
        with pytest.raises(DamagedError, match="an axis from"):
            read_one(FORMAT, opus(Curve(ends=ends)))

    def test_values_far_beyond_the_limits(self) -> None:
        y = values()
        y[5] = 1e20
        said = {"MXY": float(values().max()), "MNY": float(values().min())}
        with pytest.raises(DamagedError, match="the file states"):
            read_one(FORMAT, opus(Curve(y=y, status=said)))

    def test_values_a_little_beyond_are_noted(self) -> None:
        one = read_one(FORMAT, opus(Curve(status={"MXY": 0.95})))
        assert "edited or is damaged" in one.warnings[0]

    def test_limits_that_are_missing_are_noted(self) -> None:
        one = read_one(FORMAT, opus(Curve(status={"MXY": None})))
        assert "could not be checked" in one.warnings[0]

    def test_unusual_step_is_noted(self) -> None:
        one = read_one(FORMAT, opus(Curve(ends=(4000.0, 3000.0))))
        assert "not that of the interferometer" in one.warnings[0]

    def test_axis_that_contradicts_the_sample_spectrum(self) -> None:
        with pytest.raises(DamagedError, match="axes"):
            read_one(FORMAT, opus(Curve(SINGLE, 1), Curve(ends=(4000.0, 3000.0))))

    def test_result_that_cannot_be_read_is_not_replaced_by_a_stage(self) -> None:
        lost = replace(Curve(y=values(1)), status={"NPT": N + 500})
        with pytest.raises(DamagedError, match="'Absorbance'"):
            read_one(FORMAT, opus(Curve(SINGLE, 1), lost))

    def test_length_that_would_never_advance(self) -> None:
        """A parameter of negative length must not make the reader walk in place."""
        data = opus(Curve())
        at = data.index(b"NPT\0")
        with pytest.raises(DamagedError):
            read_one(FORMAT, put(data, at + 6, "<h", -4))

    @pytest.mark.parametrize("count", [0, -1, 41, 2**31 - 1])
    def test_impossible_directory(self, count: int) -> None:
        with pytest.raises(DamagedError, match="announced in a directory"):
            read_one(FORMAT, put(opus(Curve()), 20, "<i", count))

    def test_blocks_in_one_place(self) -> None:
        """Each of many entries may name the whole file: what is read is bounded by the file."""
        data = opus(Curve())
        for entry in range(6, 40):
            data = put(data, 24 + 12 * entry, "<3i", type_code(SINGLE), (len(data) - 600) // 4, 600)
        with pytest.raises(DamagedError, match="blocks of"):
            read_one(FORMAT, put(data, 20, "<i", 40))

    def test_bytes_after_the_end_are_noted(self) -> None:
        one = read_one(FORMAT, opus(Curve()) + b"garbage!")
        assert one.warnings == ("8 bytes after the last block left out",)

    def test_nothing_else_escapes(self) -> None:
        data = opus(Curve(SINGLE, 1), Curve(), Curve(RAMAN))
        outcomes = [read_or_refuse(FORMAT, copy) for copy in damaged_copies(data, seed=1, count=400)]
        assert outcomes.count("refused") > 100


def test_sniff() -> None:
    assert FORMAT.sniff(Source("a.0", b"\n\n 1 2 3\n")) is Sniff.NO


@pytest.mark.measured
@pytest.mark.parametrize("name", ["file.0", "test_opus.0", "test_spectra.0"])
def test_agrees_with_the_package_on_measured_files(name: str, shared_data) -> None:
    from brukeropus import read_opus

    path = shared_data / "formats" / "bruker_opus" / name
    one = read_one(FORMAT, path.read_bytes())
    theirs = read_opus(path)
    curve = next(getattr(theirs, key) for key in ("a", "ra", "r") if key in theirs.data_keys)
    np.testing.assert_allclose(one.axis, curve.x, rtol=1e-12)
    np.testing.assert_allclose(one.intensity, curve.y, rtol=1e-7)
