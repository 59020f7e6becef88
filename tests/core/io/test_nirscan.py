"""TI NIRscan and InnoSpectra CSV."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io import read_measurements, read_spectra, read_spectra_from_bytes
from tests.core.io.nirscan_file import NAMES, A, N, R, S, X, inno, rows, texas


def read(text: str, **wishes: str):
    return read_spectra_from_bytes(text.encode("utf-8-sig"), "scan.csv", **wishes)


def test_texas_values_and_metadata() -> None:
    (spectrum,) = read(texas())
    np.testing.assert_allclose(spectrum.axis, X, atol=1e-6)
    np.testing.assert_array_equal(spectrum.intensity, A)
    assert (spectrum.technique, spectrum.unit) == ("nir", "wavelength_nm")
    expected = {
        "format": "nirscan_csv", "quantity": "absorbance", "serial": "6100099", "averages": 6,
        "instrument": "DLP NIRscan", "label": "Column 1", "y_column": "Absorbance (AU)",
        "date": "01/02/20 @ 10:11:12",
    }  # fmt: skip
    assert {key: spectrum.metadata[key] for key in expected} == expected
    assert spectrum.warnings == ()


def test_inno_reads_the_scan_not_its_reference() -> None:
    (spectrum,) = read(inno())
    np.testing.assert_array_equal(spectrum.intensity, A)
    expected = {
        "serial": "5490001", "instrument": "NIR-M-R2", "averages": 6, "label": "Hadamard 1",
        "date": "2023/01/02T03:04:05", "integration_time_s": 0.000635,
        "software": "ISC NIRScan GUI 3.9.8",
    }  # fmt: skip
    assert {key: spectrum.metadata[key] for key in expected} == expected


def test_sections_of_a_scan_are_added_up() -> None:
    assert read(inno(sections=f"{N - 15}+15"))[0].axis.size == N
    with pytest.raises(DamagedError, match="header promises 41"):
        read(inno(sections=f"{N - 14}+15"))


@pytest.mark.parametrize(
    ("column", "values", "quantity"),
    [("Sample Signal", S, "counts"), ("3", R, "counts"), ("absorbance (au)", A, "absorbance")],
)
def test_column_overrules(column: str, values: np.ndarray, quantity: str) -> None:
    (spectrum,) = read(texas(), column=column)
    np.testing.assert_array_equal(spectrum.intensity, values)
    assert spectrum.metadata["quantity"] == quantity


@pytest.mark.parametrize("column", ["5", "0", "Reflectance", "", "s x"])
def test_unknown_column_is_refused(column: str) -> None:
    with pytest.raises(UnsupportedError, match="no single column"):
        read(texas(), column=column)


def test_infinite_absorbance_is_dropped_and_counted() -> None:
    body = rows()
    for at, word in zip((5, 10, 15, 20), ("∞", "-Infinity", "inf", "NaN"), strict=True):
        cells = body[at].split(",")
        body[at] = ",".join([cells[0], word, *cells[2:]])
    (spectrum,) = read(texas(body=body))
    assert spectrum.axis.size == N - 4
    assert "4 rows without a finite value dropped" in spectrum.warnings


@pytest.mark.parametrize("name", ["Absorb5nce (AU)", "bsorbance (AU)", "Ref0ectance (AU)", "5bsorbance"])
def test_a_damaged_name_of_the_best_column(name: str) -> None:
    text = texas(names=NAMES.replace("Absorbance (AU)", name))
    with pytest.raises(DamagedError, match="perhaps a better one than 'Sample Signal"):
        read(text)
    np.testing.assert_array_equal(read(text, column="2")[0].intensity, A)


def test_a_column_of_unknown_meaning_is_noted() -> None:
    (spectrum,) = read(texas(names=NAMES.replace("Absorbance (AU)", "Ratio")))
    assert spectrum.warnings == (
        "columns of unknown meaning ('Ratio') left out: 'Sample Signal (unitless)' taken",
    )


def test_one_signal_file() -> None:
    body = [f"{x:.6f},{s:.0f}" for x, s in zip(X, S, strict=True)]
    (spectrum,) = read(texas(names="Wavelength (nm),Sample Signal (unitless)", body=body))
    assert spectrum.metadata["quantity"] == "counts"
    body = [f"{x:.6f},{10**-a:.6f}" for x, a in zip(X, A, strict=True)]
    (spectrum,) = read(texas(names="Wavelength (nm),Reflectance (AU)", body=body))
    assert spectrum.metadata["quantity"] == "reflectance"


def test_header_beside_the_table() -> None:
    text = "\n".join([f"{NAMES},,Serial Number:,123", *(f"{row},,Num Repeats:,6" for row in rows()), ""])
    np.testing.assert_array_equal(read(text)[0].intensity, A)


def test_decimal_comma_of_a_spreadsheet() -> None:
    text = texas().replace(",", ";").replace(".", ",")
    np.testing.assert_allclose(read(text)[0].intensity, A)


def test_scans_as_rows() -> None:
    names = ["Wavelength (nm)", "Reference Signal (unitless)", "Sample Signal (unitless)"]
    table = [",".join([name, *(f"{v:.3f}" for v in values), ""])
             for name, values in zip([*names, names[2]], (X, R, S, S + 7), strict=True)]  # fmt: skip
    head = inno().split(NAMES)[0]
    first, second = read(head + "\n".join([*table, ""]))
    np.testing.assert_allclose(first.axis, X, atol=1e-3)
    np.testing.assert_allclose(first.intensity, S)
    np.testing.assert_allclose(second.intensity, S + 7)
    assert second.metadata["quantity"] == "counts"
    with pytest.raises(DamagedError):
        read(head + "\n".join([*table, ""])[:-60])
    with pytest.raises(DamagedError, match="name is damaged"):
        read(head + "\n".join([*table, ""]).replace("Sample", "S4mple", 1))


def test_few_points_are_read_when_the_header_says_so(tmp_path) -> None:
    path = tmp_path / "few.csv"
    path.write_text(texas(points=9, body=rows(9)))
    (one,) = read_measurements(path)
    assert one.axis.size == 9


@pytest.mark.parametrize("points", [N - 1, N + 1, 2 * N])
def test_wrong_number_of_points_is_damaged(points: int) -> None:
    with pytest.raises(DamagedError, match=f"{N} rows, the header promises {points}"):
        read(texas(points=points))


@pytest.mark.parametrize("left", [3, 20, 45, 400, 900])
def test_cut_is_damaged(left: int) -> None:
    with pytest.raises(DamagedError):
        read(texas()[:-left])
    with pytest.raises(DamagedError):
        read(inno(end=False)[:-left])


def test_torn_cell_is_damaged() -> None:
    with pytest.raises(DamagedError, match="expected a number"):
        read(texas().replace(f"{A[10]:.6f}", "0.1x3", 1))
    with pytest.raises(DamagedError):
        read(texas().replace(f"{X[10]:.6f},", ",", 1))


def test_header_only() -> None:
    with pytest.raises(DamagedError, match="without its table"):
        read(texas().split(NAMES)[0])


def test_all_measured_files(shared_data) -> None:
    files = sorted((shared_data / "nir" / "nirscan-nano").rglob("*.csv"))
    assert len(files) == 440
    for path in files[::40]:
        (one,) = read_measurements(path)
        table = np.genfromtxt(path, delimiter=",", skip_header=20)
        np.testing.assert_array_equal(one.axis, table[:, 0])
        np.testing.assert_array_equal(one.intensity, table[:, 1])
        assert read_spectra(path)[0].metadata["format"] == "nirscan_csv"


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="million characters"):
        read(texas() + "\n" * 100 + "900.0,0.1,2.0,3.0\n" * 300_000)
