import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io import read_spectra_from_bytes
from tests.core.io.samples import JCAMP_HEAD, axis, band, jcamp, jcamp_pairs


def read(text: str):
    return read_spectra_from_bytes(text.encode(), "scan.jdx")


@pytest.mark.parametrize("text", [jcamp(), jcamp(packed=True), jcamp_pairs()], ids=["affn", "pac", "pairs"])
def test_values(text: str) -> None:
    (spectrum,) = read(text)
    # Pairs carry their own abscissae, so XFACTOR applies to each; steps come from FIRSTX and LASTX.
    np.testing.assert_allclose(spectrum.axis, axis(), atol=1e-9)
    np.testing.assert_allclose(spectrum.intensity, band(axis()), atol=1e-9)
    assert spectrum.metadata["label"] == "sugar"
    assert spectrum.metadata["instrument"] == "Box 1"
    assert spectrum.warnings == ()


def test_labels_in_any_spelling() -> None:
    text = jcamp().replace("##Data_Type=", "## data-type =").replace("##XYDATA=", "##xy data=")
    assert read(text)[0].technique == "raman"


def test_missing_ordinate() -> None:
    (spectrum,) = read(jcamp().replace(" 10000 ", " ? ", 1))
    assert spectrum.n_points == axis().size - 1


@pytest.mark.parametrize(
    ("kind", "units", "first", "last", "technique", "unit"),
    [
        ("INFRARED SPECTRUM", "1/CM", 4000, 700, "mir", "wavenumber_cm-1"),
        ("INFRARED SPECTRUM", "1/CM", 10000, 4000, "nir", "wavenumber_cm-1"),
        ("INFRARED SPECTRUM", "NANOMETERS", 900, 1700, "nir", "wavelength_nm"),
        ("INFRARED SPECTRUM", "MICROMETERS", 2.5, 15, "mir", "wavelength_nm"),
        ("RAMAN SPECTRUM", "NANOMETERS", 800, 900, "raman", "wavelength_nm"),
        ("NEAR INFRARED SPECTRUM", "NANOMETERS", 900, 1700, "nir", "wavelength_nm"),
    ],
)
def test_techniques_and_units(
    kind: str, units: str, first: float, last: float, technique: str, unit: str
) -> None:
    head = ["##TITLE=a", "##JCAMP-DX=4.24", f"##DATATYPE={kind}", f"##XUNITS={units}", "##NPOINTS=40"]
    head += [f"##FIRSTX={first}", f"##LASTX={last}"]
    rows = [f"{x:.6f} {i}" for i, x in enumerate(np.linspace(first, last, 40))]
    (spectrum,) = read("\n".join([*head, "##XYDATA=(X++(Y..Y))", *rows, "##END=", ""]))
    assert (spectrum.technique, spectrum.unit) == (technique, unit)
    scale = 1000 if units == "MICROMETERS" else 1
    assert spectrum.axis[0] == pytest.approx(scale * min(first, last))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("NPOINTS= 60", "NPOINTS= 61", "60 points, the header promises 61"),
        ("LASTX= 937.5", "LASTX= 1000", "should begin at x"),
        ("##END=", "", "no ##END="),
        ("##FIRSTX= 200", "", "FIRSTX or LASTX is missing"),
        ("YFACTOR= 0.01", "YFACTOR= 0", "YFACTOR"),
        ("\r\n575 ", "\r\n575 !", "expected numbers"),
    ],
)
def test_contradictions(old: str, new: str, message: str) -> None:
    assert old in jcamp()
    with pytest.raises(DamagedError, match=message):
        read(jcamp().replace(old, new))


def test_line_lost_and_count_mended() -> None:
    lines = jcamp().split("\r\n")
    del lines[len(JCAMP_HEAD) + 3]
    with pytest.raises(DamagedError, match="Points are missing or doubled"):
        read("\r\n".join(lines).replace("NPOINTS= 60", "NPOINTS= 53"))


def test_first_ordinate_is_compared() -> None:
    (spectrum,) = read(jcamp().replace("FIRSTY= 100", "FIRSTY= 900"))
    assert "differs from the data" in spectrum.warnings[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (jcamp().replace("RAMAN SPECTRUM", "LINK"), "several blocks"),
        (jcamp().replace("##END=", "##TITLE= two"), "several blocks"),
        (jcamp().replace("##XYDATA=", "##NTUPLES= x\n##XYDATA="), "several blocks"),
        (jcamp().replace("RAMAN", "NMR"), "'NMR SPECTRUM', expected a Raman"),
        (jcamp().replace("= 1/CM", "= HZ"), "x unit 'HZ'"),
        (jcamp().replace("(X++(Y..Y))", "(X++(R..R), XYDATA)"), "of form"),
        ("\n".join([*JCAMP_HEAD, "##PEAK TABLE=(XY..XY)", "1,2", "##END="]), "peak table"),
    ],
)
def test_variants_not_read(text: str, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        read(text)
