"""What a JCAMP-DX block says of itself, and its numbers in every notation."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io import read_measurements, read_spectra_from_bytes
from tests.core.io.jcamp_samples import N, X, Y, block, draft, lines
from tests.core.io.samples import axis, band, jcamp, jcamp_pairs


@pytest.mark.parametrize("text", [jcamp(), jcamp(packed=True), jcamp_pairs()], ids=["affn", "pac", "pairs"])
def test_values(text: str) -> None:
    (spectrum,) = read_spectra_from_bytes(text.encode(), "scan.jdx")
    # Pairs carry their own abscissae, so XFACTOR applies to each; steps come from FIRSTX and LASTX.
    np.testing.assert_allclose(spectrum.axis, axis(), atol=1e-9)
    np.testing.assert_allclose(spectrum.intensity, band(axis()), atol=1e-9)
    assert spectrum.metadata["label"] == "sugar"
    assert spectrum.metadata["instrument"] == "Box 1"
    assert spectrum.warnings == ()


def test_file_order() -> None:
    assert draft(block()).axis[[0, -1]].tolist() == [4000.0, 3220.0]


@pytest.mark.parametrize("word", ["?", "NaN", "-nan", "inf", "nan(ind)"])
def test_missing_ordinate(word: str) -> None:
    data = lines()
    data[1] = data[1].replace(" 100", f" {word}", 1)
    found = draft(block(data))
    assert np.flatnonzero(~np.isfinite(found.intensity)).tolist() == [8 + data[1].split()[1:].index(word)]
    np.testing.assert_allclose(found.axis, X)
    compressed = draft(block(["4000A00?B00J"], NPOINTS="4", LASTX="3997", FIRSTY=None))
    np.testing.assert_array_equal(compressed.intensity, 0.001 * np.array([100, np.nan, 200, 201]))


@pytest.mark.parametrize("separator", [" ", ",", ", ", ";", "\t"])
def test_separators(separator: str) -> None:
    found = draft(block([line.replace(" ", separator) for line in lines()]))
    np.testing.assert_allclose(found.intensity, 0.001 * Y)


@pytest.mark.parametrize(
    ("line", "message"),
    [("4000 1 2 x", "expected numbers"), ("4000 1 2-", "expected a number"), ("4000", "no value after its x"),
     ("4000 1_0 2", "expected numbers"), ("4000 1e 2", "expected a number"), ("4000 ٣ 2", "expected numbers"),
     ("4000 1 2 #", "expected numbers"), ("4000A1B2*", "in compressed data")],
)  # fmt: skip
def test_what_is_no_number(line: str, message: str) -> None:
    with pytest.raises(DamagedError, match=message):
        draft(block([line], NPOINTS=None))


def test_exponents_are_no_digits_of_the_compressed_form() -> None:
    data = [" ".join(f"{float(word):.4E}" for word in line.split()) for line in lines()]
    np.testing.assert_allclose(draft(block(data)).intensity, 0.001 * Y, rtol=1e-4)


@pytest.mark.parametrize(
    ("kind", "units", "first", "last", "technique", "unit"),
    [
        ("INFRARED SPECTRUM", "1/CM", 4000, 700, "mir", "wavenumber_cm-1"),
        ("INFRARED SPECTRUM", "1/CM", 10000, 4000, "nir", "wavenumber_cm-1"),
        ("INFRARED SPECTRUM", "NANOMETERS", 900, 1700, "nir", "wavelength_nm"),
        ("INFRARED SPECTRUM", "MICROMETERS", 2.5, 15, "mir", "wavelength_nm"),
        ("ftir", "cm^-1", 4000, 700, "mir", "wavenumber_cm-1"),
        ("RAMAN SPECTRUM", "1/CM", 200, 1700, "raman", "raman_shift_cm-1"),
        ("Raman", "Wavenumber / cm-1", 200, 1700, "raman", "raman_shift_cm-1"),
        ("", "Raman shift (cm-1)", 200, 1700, "raman", "raman_shift_cm-1"),
        ("RAMAN SPECTRUM", "NANOMETERS", 800, 900, "raman", "wavelength_nm"),
        ("NEAR INFRARED SPECTRUM", "NANOMETERS", 900, 1700, "nir", "wavelength_nm"),
        ("UV/VIS SPECTRUM", "nm", 250, 700, "other", "wavelength_nm"),
        ("UV-VISIBLE SPECTRUM", "Wavelength (nm)", 350, 2500, "nir", "wavelength_nm"),
        ("NMR SPECTRUM", "HZ", 2000, -100, "other", "other"),
        ("NMR SPECTRUM", "PPM", 12, 0, "other", "other"),
        ("INELASTIC NEUTRON SCATTERING", "1/CM", 16, 4000, "other", "wavenumber_cm-1"),
        ("ION MOBILITY SPECTRUM", "MILLISECONDS", 0, 60, "other", "other"),
    ],
)
def test_techniques_and_units(
    tmp_path, kind: str, units: str, first: float, last: float, technique: str, unit: str
) -> None:
    data = lines(np.linspace(first, last, N).round(6))
    head = {"FIRSTX": str(first), "LASTX": str(last), "XUNITS": units, "DATA_TYPE": kind}
    (tmp_path / "scan.jdx").write_text(block(data, **head))
    (measured,) = read_measurements(tmp_path / "scan.jdx")
    assert (measured.technique, measured.unit) == (technique, unit)
    scale = 1000 if units == "MICROMETERS" else 1
    assert measured.axis[[0, -1]] == pytest.approx([scale * first, scale * last])
    assert all("converted" in warning for warning in measured.warnings)


@pytest.mark.parametrize("kind", ["RAMAN SPECTRUM", "INFRARED SPECTRUM"])
def test_a_unit_that_is_none_of_light(kind: str) -> None:
    with pytest.raises(UnsupportedError, match="x unit '1/CN', expected 1/CM"):
        draft(block(DATA_TYPE=kind, XUNITS="1/CN"))
    with pytest.raises(UnsupportedError, match="x unit 'missing'"):
        draft(block(DATA_TYPE=kind, XUNITS=None))


@pytest.mark.parametrize(
    ("head", "technique", "unit", "warning"),
    [
        ({"DATA_TYPE": "RAMEN SPECTRUM"}, "other", "wavenumber_cm-1", "'RAMEN SPECTRUM' is not known"),
        ({"DATA_TYPE": None}, "mir", "wavenumber_cm-1", "the data type is not stated"),
        ({"DATA_TYPE": None, "YUNITS": "COUNTS"}, "mir", "wavenumber_cm-1", "Raman or infrared"),
        (
            {"DATA_TYPE": None, "YUNITS": "COUNTS", "TITLE": "Raman of salt"},
            "raman", "raman_shift_cm-1", "speaks of Raman",
        ),
        ({"DATA_TYPE": "UV/VIS SPECTRUM", "XUNITS": "eV"}, "other", "other", "x unit 'eV' is not known"),
    ],
)  # fmt: skip
def test_what_the_header_leaves_open(
    head: dict[str, str | None], technique: str, unit: str, warning: str
) -> None:
    found = draft(block(**head))
    assert (found.technique, found.unit) == (technique, unit)
    assert warning in found.warnings[0]


@pytest.mark.parametrize(
    ("units", "quantity"),
    [
        ("ABSORBANCE", "absorbance"), ("A", "absorbance"), ("Absorbance units", "absorbance"),
        ("log(1/R)", "absorbance"), ("TRANSMITTANCE", "transmittance"), ("% T", "transmittance"),
        ("Transmission (%)", "transmittance"), ("REFLECTANCE", "reflectance"), ("%R", "reflectance"),
        ("KUBELKA-MUNK", "kubelka_munk"), ("Counts", "counts"), ("ARBITRARY UNITS", "counts"),
        ("Raman Intensity", "counts"), ("(micromol/mol)-1m-1 (base 10)", "unknown"), ("", "unknown"),
        ("Logarithm epsilon", "unknown"),
    ],
)  # fmt: skip
def test_quantities(units: str, quantity: str) -> None:
    assert draft(block(YUNITS=units)).quantity == quantity


def test_metadata() -> None:
    text = block().replace(
        "##JCAMP-DX=5.00", "##JCAMP-DX=5.00 $$ Writer 1.2\n##LONG DATE=2024/01/02 03:04:05"
    )
    head = "##INSTRUMENT=Box 7\n##.AVERAGES= 16\n##SERIAL NUMBER=S1\n##$EXCITATION WAVELENGTH NM=785.0"
    head += "\n##$LASER POWER MW=300"
    found = draft(text.replace("##FIRSTX", f"{head}\n##CAS REGISTRY NO=1-2-3\n##FIRSTX")).metadata
    expected = {
        "label": "salt", "software": "Writer 1.2", "date": "2024/01/02 03:04:05", "instrument": "Box 7",
        "averages": 16, "serial": "S1", "laser_wavelength_nm": 785.0, "cas": "1-2-3",
        "x_column": "1/CM", "y_column": "ABSORBANCE",
    }  # fmt: skip
    assert dict(found) == expected
    assert draft(block(DATE="01/02/24", TIME="10:00")).metadata["date"] == "01/02/24 10:00"


def test_decimal_comma_in_pairs() -> None:
    data = [f"{a:.2f}, {0.25 * b:.3f}".replace(".", ",") for a, b in zip(X, Y, strict=True)]
    head = {"FIRSTX": "4000,00", "LASTX": "3220,00", "YFACTOR": "1.0", "FIRSTY": "25,000"}
    found = draft(block(data, "XYPOINTS= (XY..XY)", **head))
    np.testing.assert_allclose(found.axis, X)
    np.testing.assert_allclose(found.intensity, 0.25 * Y)
    assert found.warnings == ()


@pytest.mark.parametrize("separator", [" ", "; ", ", ", "\t"])
def test_decimal_comma_that_the_header_does_not_show(separator: str) -> None:
    data = [f"{a:.1f}{separator}{0.25 * b:.2f}".replace(".", ",") for a, b in zip(X, Y, strict=True)]
    head = {"YFACTOR": "1", "FIRSTY": "25"}
    found = draft(block(data, "XYPOINTS=(XY..XY)", **head))
    np.testing.assert_allclose(found.axis, X)
    np.testing.assert_allclose(found.intensity, 0.25 * Y)
    assert found.warnings == ("decimal comma in the data, unlike the header",)


def test_decimal_comma_in_steps() -> None:
    data = [line.replace(" ", ",0 ", 1) for line in lines()]
    assert "decimal comma" in draft(block(data)).warnings[0]
    assert draft(block(data, FIRSTX="4000,0", LASTX="3220,0")).warnings == ()


def test_xy_without_a_blank_behind_the_comma() -> None:
    data = [f"{a:.0f},{b}" for a, b in zip(X, Y, strict=True)]
    np.testing.assert_allclose(draft(block(data, "XYPOINTS=(XY..XY)")).intensity, 0.001 * Y)


@pytest.mark.parametrize("kept", [N - 1, N - 2])
def test_pairs_lost(kept: int) -> None:
    data = [f"{a:.0f},{b}" for a, b in zip(X, Y, strict=True)]
    for left in (data[:kept], data[: N // 2] + data[N // 2 + N - kept :]):
        with pytest.raises(DamagedError, match=f"{kept} points, the header promises {N}"):
            draft(block(left, "XYPOINTS=(XY..XY)"))


def test_pairs_that_the_header_counts_wrong() -> None:
    data = [f"{a:.0f},{b}" for a, b in zip(X, Y, strict=True)]
    found = draft(block(data, "XYPOINTS=(XY..XY)", NPOINTS="41"))
    assert found.warnings == ("NPOINTS is 41, the data have 40 points and agree with FIRSTX and LASTX",)
    turned = draft(block(data, "XYPOINTS=(XY..XY)", FIRSTX="3220", LASTX="4000"))
    assert turned.warnings == ("FIRSTX and LASTX stand the wrong way round",)
    with pytest.raises(DamagedError, match="the header promises 5 to 6"):
        draft(block(data, "XYPOINTS=(XY..XY)", FIRSTX="5", LASTX="6"))


def test_a_number_with_a_blank_inside() -> None:
    assert draft(block(FIRSTY="0. 1000E+00")).warnings == ()


def test_metadata_of_our_own_writer() -> None:
    facts = ['serial = "S\\u00242"', "averages = 4", "baseline_corrected = false", 'quantity = "unknown"']
    facts += ["source_sha256 = 1", "index = 5", "bad name = 1", "half = [1", "list = [1]", "nan = NaN"]
    head = "".join(f"##$CONTRASPEC FACT={fact}\n" for fact in facts)
    found = draft(block(XUNITS="1/CM", YUNITS="COUNTS").replace("##FIRSTX", f"{head}##FIRSTX"))
    assert found.quantity == "unknown"
    told = {"serial": "S$2", "averages": 4, "baseline_corrected": False}
    assert dict(found.metadata) == told | {"label": "salt", "x_column": "1/CM", "y_column": "COUNTS"}
