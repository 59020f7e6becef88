"""Paths, permissions, sizes and contents that are no spectra at all."""

import os
import subprocess
import sys

import numpy as np
import pytest

import spectra.io
from spectra.errors import (
    DamagedError,
    EmptyFileError,
    NotFoundError,
    ReadError,
    SpectrumError,
    UnrecognisedError,
    UnsupportedError,
)
from spectra.io import FORMATS, _source, read_spectra, read_spectra_from_bytes, reading
from tests.core.io.all_samples import SAMPLES
from tests.core.io.nexus_file import image
from tests.core.io.samples import pairs, table


def test_missing(tmp_path) -> None:
    with pytest.raises(NotFoundError, match=r"gone\.csv does not exist"):
        read_spectra(tmp_path / "gone.csv")


def test_folder(tmp_path) -> None:
    with pytest.raises(NotFoundError, match="is a folder"):
        read_spectra(str(tmp_path))


def test_impossible_path() -> None:
    with pytest.raises(NotFoundError, match="no possible path"):
        read_spectra("a\x00b.csv")


def test_file_used_as_folder(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(ReadError, match="Check that you may read it"):
        read_spectra(tmp_path / "a.csv" / "b.csv")


def test_name_too_long(tmp_path) -> None:
    with pytest.raises(ReadError):
        read_spectra(tmp_path / ("x" * 5000))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_permission(tmp_path) -> None:
    path = tmp_path / "locked.csv"
    path.write_text(table())
    path.chmod(0)
    with pytest.raises(ReadError, match="cannot be opened"):
        read_spectra(path)


def test_permission_of_the_system(tmp_path, monkeypatch) -> None:
    path = tmp_path / "locked.csv"
    path.write_text(table())

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(ReadError, match="Permission denied") as caught:
        read_spectra(path)
    assert caught.value.code == "damaged"


def test_empty_file(tmp_path) -> None:
    (tmp_path / "e.csv").touch()
    with pytest.raises(EmptyFileError, match=r"e\.csv is empty"):
        read_spectra(tmp_path / "e.csv")


def test_too_large(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 1000)
    path = tmp_path / "big.csv"
    path.write_text("1,2\n" * 400)
    with pytest.raises(UnsupportedError, match="expected at most"):
        read_spectra(path)
    with pytest.raises(UnsupportedError, match="expected at most"):
        read_spectra_from_bytes(path.read_bytes(), "big.csv")


def test_too_many_lines(monkeypatch) -> None:
    monkeypatch.setattr(_source, "MAX_LINES", 30)
    with pytest.raises(UnsupportedError, match="more than 30 lines"):
        read_spectra_from_bytes(table().encode(), "long.csv")


def test_line_too_long(monkeypatch) -> None:
    monkeypatch.setattr(_source, "MAX_LINE_CHARS", 10)
    with pytest.raises(UnsupportedError, match="a line of more than"):
        read_spectra_from_bytes(table().encode(), "long.csv")


def test_text_too_large(monkeypatch) -> None:
    monkeypatch.setattr(_source, "MAX_TEXT_BYTES", 100)
    with pytest.raises(UnsupportedError, match="a text of"):
        read_spectra_from_bytes(table().encode(), "long.csv")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04" + b"\x00" * 40, "zip archive"),
        (b"%PDF-1.7\n1 0 obj", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "PNG"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"),
        (b"abc\x00\x00\x00\x00def\x00", "binary"),
        (bytes(range(256)) * 4, "binary"),
        (b"Dear colleague,\nthe sample was white.\n", "text without a table"),
        (b'{"a": [1, 2, 3]}', "text without a table"),
    ],
)
def test_no_spectrum(data: bytes, what: str) -> None:
    for name in ("x.csv", "x.txt", "x.jdx", "x"):
        with pytest.raises(UnrecognisedError, match=what):
            read_spectra_from_bytes(data, name)


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<u2", ">i2"])
@pytest.mark.parametrize("scale", [1.0, 60.0, 70.0, 1000.0])
def test_envi_library_without_its_header(dtype: str, scale: float) -> None:
    """Bare numbers: nothing says how many bands there are."""
    values = scale * (1.0 + 0.3 * np.sin(np.arange(3 * 210) / 31.0))
    for name in ("lib.sli", "lib.bin", "lib.spc", "lib"):
        with pytest.raises(UnrecognisedError, match=r"is (a binary file|text without)"):
            read_spectra_from_bytes(values.astype(dtype).tobytes(), name)


def test_hdf5_that_says_nothing_of_its_meaning() -> None:
    def fill(file) -> None:
        file["Measurement1/spectra"] = np.outer([1.0, 2.0], 0.1 + 0.01 * np.arange(50))
        file["Measurement1/wavelengths"] = 900.0 + 10.0 * np.arange(50)

    for name in ("field.h5", "field.csv"):
        with pytest.raises(UnsupportedError, match="HDF5 file without a NeXus plot"):
            read_spectra_from_bytes(image(fill), name)
    with pytest.raises(DamagedError, match="HDF5"):
        read_spectra_from_bytes(b"\x89HDF\r\n\x1a\n" + bytes(40), "field.h5")


def test_xml_beside_the_numbers() -> None:
    text = '<?xml version="1.0"?>\n<Scan instrument="Box 1">\n<Payload>field.h5</Payload>\n</Scan>\n'
    with pytest.raises(UnrecognisedError, match="text without a table"):
        read_spectra_from_bytes(text.encode(), "field.xml")


def test_unknown_technique() -> None:
    with pytest.raises(SpectrumError, match="'xrf': expected one of"):
        read_spectra_from_bytes(table().encode(), "a.csv", technique="xrf")  # type: ignore[arg-type]


def test_technique_of_the_caller() -> None:
    (spectrum,) = read_spectra_from_bytes(pairs().encode(), "a.txt", technique="nir")
    assert spectrum.technique == "nir"
    (spectrum,) = read_spectra_from_bytes(table().encode(), "a.csv", technique="mir")
    assert (spectrum.technique, spectrum.unit) == ("mir", "wavenumber_cm-1")
    assert any("technique set to mir" in warning for warning in spectrum.warnings)


def test_only_numpy_is_imported() -> None:
    code = (
        "import sys, numpy; before = set(sys.modules); import spectra.io;"
        "new = {m.partition('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names);"
        "print(sorted(m for m in new if not m.startswith('_')))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() in ("['spectra']", "['numpy', 'spectra']")


def test_public_names() -> None:
    assert all(hasattr(spectra.io, name) for name in spectra.io.__all__)
    assert {form.name for form in FORMATS} - {sample.format for sample in SAMPLES} == {"foreign"}
