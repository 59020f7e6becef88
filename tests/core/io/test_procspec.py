"""Ocean Optics ProcSpec archives."""

import zipfile
from io import BytesIO

import numpy as np
import pytest

from spectra.errors import DamagedError, ReadError, UnsupportedError
from spectra.io import read_spectra_from_bytes
from tests.core.io.procspec_file import D, N, P, R, S, X, archive, document


def read(data: bytes, **wishes):
    return read_spectra_from_bytes(data, "scan.ProcSpec", **wishes)


def test_values_and_metadata() -> None:
    (spectrum,) = read(archive(document()))
    np.testing.assert_array_equal(spectrum.axis, X)
    np.testing.assert_array_equal(spectrum.intensity, P)
    expected = {
        "format": "ocean_procspec", "quantity": "transmittance", "serial": "USB2X001", "averages": 15,
        "instrument": "USB2000", "integration_time_s": 0.07, "date": "2016-08-19T18:19:52+00:00",
    }  # fmt: skip
    assert {key: spectrum.metadata[key] for key in expected} == expected
    assert (spectrum.technique, spectrum.unit, spectrum.warnings) == ("nir", "wavelength_nm", ())


@pytest.mark.parametrize(("column", "values"), [("sample", S), ("dark", D), ("reference", R), ("2", P)])
def test_column(column: str, values: np.ndarray) -> None:
    np.testing.assert_array_equal(read(archive(document()), column=column)[0].intensity, values)


def test_without_processing_the_counts_are_read() -> None:
    (spectrum,) = read(archive(document(processed=None)))
    np.testing.assert_array_equal(spectrum.intensity, S)
    assert spectrum.metadata["quantity"] == "counts"
    assert "raw counts" in spectrum.warnings[0]


def test_not_a_number_is_dropped() -> None:
    values = P.copy()
    values[7] = np.nan
    values[20] = np.inf
    text = document(processed=values).replace(">inf<", ">Infinity<").replace(">nan<", ">NaN<")
    (spectrum,) = read(archive(text))
    assert spectrum.axis.size == N - 2


@pytest.mark.parametrize(
    "text",
    [
        document(processed=P[:-1]), document(axis=X[:-1]), document(pixels=N + 1), document()[:-40],
        document().replace(f"<double>{P.tolist()[3]!r}</double>", "<double>x</double>"),
        document().replace("channelWavelengths", "other"),
    ],
)  # fmt: skip
def test_broken_arrays_are_damaged(text: str) -> None:
    with pytest.raises(DamagedError):
        read(archive(text))


def test_document_types_and_entities_are_refused() -> None:
    bomb = '<!DOCTYPE root [<!ENTITY a "1"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(DamagedError, match="document type"):
        read(archive(document(extra=bomb).replace(">15<", ">&b;<")))
    with pytest.raises(DamagedError):
        read(archive(document().replace(">15<", ">&b;<")))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(DamagedError, match="deep"):
        read(archive("<a>" * 5000 + "</a>" * 5000))


def test_a_bomb_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="MB of XML"):
        read(archive(b" " * 17_000_000))


def test_several_spectra_or_none_are_refused() -> None:
    for names in (("ps_0.xml", "ps_1.xml"), ("other.xml",)):
        with pytest.raises(DamagedError, match="expected one spectrum"):
            read(archive(document(), *names))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_cut_is_damaged(share: float) -> None:
    data = archive(document())
    with pytest.raises(DamagedError, match="unpacked"):
        read(data[: int(share * len(data))])


def test_every_changed_byte_is_refused_or_without_effect() -> None:
    data = archive(document())
    for at in range(0, len(data), 37):
        changed = bytearray(data)
        changed[at] ^= 0x55
        try:
            (spectrum,) = read(bytes(changed))
        except ReadError:
            continue
        np.testing.assert_array_equal(spectrum.intensity, P)


def test_other_archives_are_left_alone() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("hello.txt", "x")
    with pytest.raises(ReadError) as caught:
        read_spectra_from_bytes(out.getvalue(), "a.zip")
    assert caught.value.code == "unrecognised"
