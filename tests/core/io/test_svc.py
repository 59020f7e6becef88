"""Field spectrometers: .sig and .sed."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io import read_spectra_from_bytes
from tests.core.io.svc_file import REFLECTANCE, TARGET, N, X, sed, sig


def read(text: str, name: str = "leaf.sig", **wishes):
    return read_spectra_from_bytes(text.encode(), name, **wishes)


@pytest.mark.parametrize("first", ["/*** Spectra Vista SIG Data ***/", "///GER SIGNATUR FILE///"])
def test_sig(first: str) -> None:
    (spectrum,) = read(sig(first))
    np.testing.assert_array_equal(spectrum.axis, X)
    np.testing.assert_array_equal(spectrum.intensity, REFLECTANCE)
    expected = {
        "format": "field_sig", "quantity": "reflectance", "instrument": "HI", "serial": "1142048",
        "integration_time_s": 0.05, "averages": 12, "label": "leaf_001.sig", "date": "7/18/2010 9:47:31AM",
    }  # fmt: skip
    assert {key: spectrum.metadata[key] for key in expected} == expected
    assert (spectrum.technique, spectrum.unit, spectrum.warnings) == ("nir", "wavelength_nm", ())


def test_sig_column() -> None:
    (spectrum,) = read(sig(), column="target")
    np.testing.assert_array_equal(spectrum.intensity, TARGET)
    assert spectrum.metadata["quantity"] == "counts"


def test_sig_of_three_detectors_is_sorted() -> None:
    axis = X.copy()
    axis[30:] -= 4.0
    (spectrum,) = read(sig(axis=np.round(axis, 1)))
    assert np.all(np.diff(spectrum.axis) > 0)
    assert any("detectors meet" in warning for warning in spectrum.warnings)


def test_sig_without_reflectance_is_refused() -> None:
    head, _, rows = sig().partition("data= \r\n")
    short = "\r\n".join("  ".join(row.split()[:3]) for row in rows.split("\r\n"))
    with pytest.raises(UnsupportedError, match="3 columns"):
        read(f"{head}data= \r\n{short}")


def test_sed() -> None:
    (spectrum,) = read(sed(), "leaf.sed")
    np.testing.assert_array_equal(spectrum.axis, X)
    np.testing.assert_array_equal(spectrum.intensity, REFLECTANCE)
    expected = {
        "quantity": "reflectance", "instrument": "PSR-3500", "serial": "1234567", "averages": 12,
        "date": "05/18/2015", "label": "leaf.sed",
    }  # fmt: skip
    assert {key: spectrum.metadata[key] for key in expected} == expected


def test_sed_without_reflectance_says_so() -> None:
    (spectrum,) = read(sed("Chan.#\tWvl\tNorm. DN (Ref.)\tNorm. DN (Target)\tOther"), "leaf.sed")
    np.testing.assert_allclose(spectrum.intensity, TARGET, rtol=1e-4)
    assert spectrum.metadata["quantity"] == "counts"
    assert "no reflectance" in spectrum.warnings[0]


@pytest.mark.parametrize("left", [3, 12, 30])
def test_cut_is_damaged(left: int) -> None:
    with pytest.raises(DamagedError):
        read(sig()[:-left])
    with pytest.raises(DamagedError):
        read(sed()[:-left], "leaf.sed")


def test_rows_missing_are_damaged() -> None:
    with pytest.raises(DamagedError, match="promises 61"):
        read(sed(channels=N + 1), "leaf.sed")


def test_header_only_is_damaged() -> None:
    for text, mark in ((sig(), "data="), (sed(), "Data:")):
        with pytest.raises(DamagedError, match="without its table"):
            read(text.split(mark)[0])


def test_names_that_do_not_fit_are_damaged() -> None:
    with pytest.raises(DamagedError, match="5 columns under 4 names"):
        read(sed("Chan.#\tWvl\tRad. (Ref.)\tReflect. %"), "leaf.sed")
    with pytest.raises(UnsupportedError, match="no column Wvl"):
        read(sed("Chan.#\tA\tRad. (Ref.)\tRad. (Target)\tReflect. %"), "leaf.sed")
