"""From columns to a measurement: what is cleaned, what is noted, what is no spectrum."""

from typing import Any

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io._draft import Draft
from spectra.io._source import Source
from spectra.io.measurement import Measurement, measure

N = 60


def made(axis: Any = None, *, source: dict[str, Any] | None = None, **draft: Any) -> Measurement:
    axis = np.linspace(200.0, 790.0, N) if axis is None else np.asarray(axis, dtype=float)
    intensity = draft.pop("intensity", np.arange(float(axis.size)))
    return measure(Draft(axis, intensity, **draft), Source("scan.x", b"", **(source or {})), {"index": 0})


def test_file_order_is_kept_while_the_spectrum_ascends() -> None:
    falling = np.linspace(790.0, 200.0, N)
    measured = made(falling)
    np.testing.assert_array_equal(measured.axis, falling)
    np.testing.assert_array_equal(measured.spectrum().axis, falling[::-1])
    np.testing.assert_array_equal(measured.spectrum().intensity, np.arange(float(N))[::-1])


def test_rows_without_a_number_are_dropped_and_counted() -> None:
    axis = np.linspace(200.0, 790.0, N)
    intensity = np.arange(float(N))
    axis[3], intensity[5], intensity[9] = np.nan, np.inf, np.nan
    measured = made(axis, intensity=intensity)
    assert measured.axis.size == N - 3
    assert "3 rows without a finite value dropped" in measured.warnings


def test_repeats_stay_in_the_measurement_and_are_averaged_in_the_spectrum() -> None:
    axis = np.linspace(200.0, 790.0, N)
    axis[11] = axis[10]
    measured = made(axis)
    assert measured.axis.size == N
    assert measured.spectrum().n_points == N - 1
    assert measured.spectrum().intensity[10] == 10.5
    assert any(note.startswith("1 rows that repeat") for note in measured.warnings)


class TestDetectorsThatOverlap:
    """Instruments of several detectors write one after another, each a little into the next."""

    joined = np.concatenate([np.arange(900.0, 1262.0, 10.0), np.arange(1252.0, 2500.0, 10.0)])

    def test_points_are_sorted_and_noted(self) -> None:
        measured = made(self.joined, technique="nir", unit="wavelength_nm")
        np.testing.assert_array_equal(measured.axis, self.joined)
        assert np.all(np.diff(measured.spectrum().axis) > 0)
        assert any("two detectors meet" in note for note in measured.warnings)

    def test_values_travel_with_their_points(self) -> None:
        spectrum = made(
            self.joined, intensity=2 * self.joined, technique="nir", unit="wavelength_nm"
        ).spectrum()
        np.testing.assert_array_equal(spectrum.intensity, 2 * spectrum.axis)

    @pytest.mark.parametrize(("at", "value"), [(20, 700.0), (20, 320.0), (40, 0.0)])
    def test_a_damaged_value_is_refused(self, at: int, value: float) -> None:
        axis = np.linspace(200.0, 790.0, N)
        axis[at] = value
        with pytest.raises(DamagedError, match="expected one direction"):
            made(axis)

    def test_two_swapped_rows_are_refused(self) -> None:
        axis = np.linspace(200.0, 790.0, N)
        axis[[30, 31]] = axis[[31, 30]]
        with pytest.raises(DamagedError, match="expected one direction"):
            made(axis)

    def test_many_steps_back_are_refused(self) -> None:
        with pytest.raises(DamagedError, match="expected one direction"):
            made(np.concatenate([np.arange(start, start + 40.0) for start in range(200, 400, 38)]))


class TestLaser:
    wavelength = np.linspace(800.0, 900.0, N)

    def nm(self, **more: Any) -> Measurement:
        return made(self.wavelength, unit="wavelength_nm", **more)

    def test_unknown_is_asked_for(self) -> None:
        measured = self.nm()
        assert (measured.unit, measured.technique) == ("wavelength_nm", "raman")
        with pytest.raises(UnsupportedError, match="--laser-nm"):
            measured.spectrum()

    def test_of_the_file_converts_the_spectrum_alone(self) -> None:
        measured = self.nm(metadata={"laser_wavelength_nm": 785.0})
        assert measured.unit == "wavelength_nm"
        spectrum = measured.spectrum()
        assert spectrum.unit == "raman_shift_cm-1"
        assert spectrum.axis[0] == pytest.approx(1e7 / 785 - 1e7 / 800)

    def test_of_the_caller_converts_what_info_shows(self) -> None:
        measured = self.nm(source={"laser_nm": 780.0})
        assert measured.unit == "raman_shift_cm-1"
        assert measured.axis[0] == pytest.approx(1e7 / 780 - 1e7 / 800)
        assert measured.metadata["laser_wavelength_nm"] == 780.0

    def test_of_the_caller_against_the_file_is_noted(self) -> None:
        measured = self.nm(metadata={"laser_wavelength_nm": 785.0}, source={"laser_nm": 532.0})
        assert any("the file states 785 nm" in note for note in measured.warnings)

    def test_a_stated_laser_makes_counts_over_wavelength_raman(self) -> None:
        measured = self.nm(technique="nir", quantity="counts", source={"laser_nm": 785.0})
        assert (measured.technique, measured.unit) == ("raman", "raman_shift_cm-1")

    def test_nobody_states_the_laser_of_an_absorbance(self) -> None:
        measured = self.nm(technique="nir", quantity="absorbance", source={"laser_nm": 785.0})
        assert (measured.technique, measured.unit) == ("nir", "wavelength_nm")

    def test_wavelength_below_zero_is_damaged(self) -> None:
        with pytest.raises(DamagedError, match="wavelength of -10"):
            made(np.linspace(-10.0, 900.0, N), unit="wavelength_nm", source={"laser_nm": 785.0})


class TestNoSpectrum:
    def test_peaks_are_read_and_refused_as_a_spectrum(self) -> None:
        measured = made([1000.0, 620.0, 3050.0], peaks=True)
        assert (measured.axis.size, measured.peaks) == (3, True)
        assert any("list of peaks" in note for note in measured.warnings)
        with pytest.raises(UnsupportedError, match="list of peaks"):
            measured.spectrum()

    def test_few_points_need_a_count_in_the_file(self) -> None:
        few = np.arange(900.0, 908.0)
        with pytest.raises(DamagedError, match="8 points"):
            made(few)
        measured = made(few, counted=True)
        assert measured.axis.size == 8
        with pytest.raises(UnsupportedError, match="8 points, a spectrum needs at least 20"):
            measured.spectrum()

    def test_unknown_axis_is_shown_but_never_identified(self) -> None:
        measured = made(technique="other", unit="other")
        with pytest.raises(UnsupportedError, match="--technique raman or nir"):
            measured.spectrum()

    def test_technique_of_the_caller_changes_the_unit(self) -> None:
        infrared = made(unit="wavenumber_cm-1", technique="mir", source={"technique": "raman"})
        assert (infrared.technique, infrared.unit) == ("raman", "raman_shift_cm-1")
        raman = made(source={"technique": "nir"})
        assert (raman.technique, raman.unit) == ("nir", "wavenumber_cm-1")


def test_impossible_axis_is_refused_whatever_the_caller_wants() -> None:
    with pytest.raises(DamagedError, match="no instrument"):
        made(np.linspace(0.0, 1e9, N))
    with pytest.raises(DamagedError, match="not possible"):
        made(np.linspace(0.0, 20_000.0, N))
