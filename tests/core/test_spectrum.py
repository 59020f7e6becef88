"""A spectrum's axis correction, and its way to another process."""

import pickle  # what multiprocessing uses between our own processes; nothing is ever read from a file

import numpy as np
import pytest

from spectra.errors import SpectrumError
from spectra.spectrum import Spectrum


def make(**changes):
    values = {"axis": np.linspace(200.0, 400.0, 50), "intensity": np.arange(50.0)}
    values["metadata"] = {"serial": "x"}
    return Spectrum(**{**values, **changes})


def test_the_offset_is_added_and_noted():
    moved = make(warnings=("first",)).with_axis_offset(-5.5)
    np.testing.assert_array_equal(moved.axis, make().axis - 5.5)
    np.testing.assert_array_equal(moved.intensity, make().intensity)
    assert moved.warnings == ("first", "axis corrected by -5.5 cm-1 as the caller stated")


def test_no_offset_changes_nothing():
    spectrum = make()
    assert spectrum.with_axis_offset(0.0) is spectrum


@pytest.mark.parametrize("offset", [20.5, -21.0, float("nan"), float("inf")])
def test_what_is_no_offset_is_refused(offset):
    with pytest.raises(SpectrumError, match="expected at most 20"):
        make().with_axis_offset(offset)


def test_an_axis_in_nanometres_has_no_offset_in_wavenumbers():
    with pytest.raises(SpectrumError, match="expected Raman shifts"):
        make(unit="wavelength_nm").with_axis_offset(1.0)


def test_a_worker_gets_the_same_spectrum():
    spectrum = make(warnings=("w",))
    copy = pickle.loads(pickle.dumps(spectrum))
    np.testing.assert_array_equal(copy.axis, spectrum.axis)
    assert (copy.metadata, copy.warnings) == (spectrum.metadata, spectrum.warnings)
    assert not copy.axis.flags.writeable
