"""Generic tables: separators, decimal signs, names, and what is refused rather than guessed."""

import numpy as np
import pytest

from spectra.errors import DamagedError, ReadError, UnrecognisedError, UnsupportedError
from spectra.io import read_spectra_from_bytes
from tests.core.io.samples import axis, band, table


def read(text: str, name: str = "scan.csv", **kwargs):
    (spectrum,) = read_spectra_from_bytes(text.encode(), name, **kwargs)
    return spectrum


def rows(*columns, separator: str = ",") -> str:
    return "\n".join(separator.join(str(c) for c in row) for row in zip(*columns, strict=True)) + "\n"


@pytest.mark.parametrize("heading", ["Raman shift{s}Intensity", "", "# Raman shift{s}Intensity"])
@pytest.mark.parametrize(
    ("separator", "decimal"),
    [
        (",", "."),
        (";", "."),
        (";", ","),
        ("\t", "."),
        ("\t", ","),
        (" ", "."),
        ("   ", ","),
        (", ", "."),
        (" ; ", ","),
    ],
)
def test_separators(separator: str, decimal: str, heading: str) -> None:
    spectrum = read(table(separator, decimal, heading))
    np.testing.assert_allclose(spectrum.axis, axis())
    np.testing.assert_allclose(spectrum.intensity, band(axis()))


def test_quoted_decimal_commas() -> None:
    lines = [f'"{a:.1f}","{b:.2f}"'.replace(".", ",") for a, b in zip(axis(), band(axis()), strict=True)]
    np.testing.assert_allclose(read("\n".join(['"Raman shift","Intensity"', *lines])).intensity, band(axis()))


def test_comma_between_whole_numbers() -> None:
    x = np.arange(200, 260)
    np.testing.assert_array_equal(read(rows(x, 3 * x)).intensity, 3 * x)


@pytest.mark.parametrize("n", [3, 4])
def test_commas_that_may_be_both(n: int) -> None:
    x = np.arange(200, 260)
    with pytest.raises(UnsupportedError, match="can't be told apart"):
        read(rows(*[x + i for i in range(n)]))


def test_commas_of_both_kinds() -> None:
    lines = [f"{200 + i},5,{i}" if i % 3 else f"{200 + i},{i}" for i in range(40)]
    with pytest.raises(DamagedError, match="decimal and separating commas are the same"):
        read("\n".join(lines))


def test_thousands_separators() -> None:
    with pytest.raises(UnsupportedError, match="thousands"):
        read(rows(np.arange(200, 260), [f"{1 + i},{234 + i}" for i in range(60)], separator="\t"))
    with pytest.raises(UnsupportedError, match="points and commas"):
        read(rows(np.arange(200, 260), [f"1.{234 + i},5" for i in range(60)], separator=";"))


def test_spreadsheet_line() -> None:
    np.testing.assert_allclose(read("sep=;\n" + table(";", ",")).axis, axis())
    np.testing.assert_allclose(read("sep=;\n" + table(";", ",", "")).axis, axis())


def test_descending_axis() -> None:
    spectrum = read(rows(axis()[::-1], band(axis())[::-1]))
    np.testing.assert_allclose(spectrum.axis, axis())


def test_constant_intensity_is_a_spectrum() -> None:
    assert set(read(rows(axis(), np.full(60, 7.0))).intensity) == {7.0}


def test_comments_blank_lines_and_a_footer() -> None:
    text = "# made by hand\n\n" + table().replace("\n", "\n\n") + "end of data\n"
    spectrum = read(text)
    assert spectrum.n_points == 60
    assert "1 lines below the table left out" in spectrum.warnings


@pytest.mark.parametrize("word", ["NA", "NaN", "", "inf", "-inf", "1e999", "#N/A", "n/a", "null"])
def test_missing_values_are_dropped_and_counted(word: str) -> None:
    y = [str(value) for value in band(axis())]
    y[3] = y[40] = word
    spectrum = read("Raman shift;Intensity\n" + rows(axis(), y, separator=";"))
    assert spectrum.n_points == 58
    assert "2 rows without a finite value dropped" in spectrum.warnings


def test_repeated_axis_values_are_averaged_and_counted() -> None:
    x, y = axis().copy(), np.arange(60.0)
    x[11] = x[10]
    spectrum = read(rows(x, y))
    assert spectrum.intensity[10] == 10.5
    assert "1 rows that repeat the axis value before them averaged into it" in spectrum.warnings


def test_constant_axis() -> None:
    with pytest.raises(DamagedError, match="repeat the one before"):
        read("Raman shift,Intensity\n" + rows(np.full(60, 5.0), axis()))


def test_huge_values() -> None:
    x = axis().copy()
    x[11] = x[10]
    assert np.isfinite(read(rows(x, np.full(60, 1.7e308))).intensity).all()
    with pytest.raises(DamagedError, match="no instrument measures"):
        read("Raman shift,Intensity\n" + rows(x * 1e300, x))


@pytest.mark.parametrize("n", [2, 19])
def test_too_few_points(n: int) -> None:
    with pytest.raises(DamagedError, match=f"{n} points"):
        read(rows(axis(n), band(axis(n))))


def test_last_row_cut() -> None:
    with pytest.raises(DamagedError, match="the last row"):
        read(table(";").rstrip("\n").rpartition(";")[0])


@pytest.mark.parametrize("n_lost", [1, 2, 3, 4])
def test_last_number_cut(n_lost: int) -> None:
    y = [f"{value:.2f}" for value in band(axis())]
    with pytest.raises(DamagedError, match="within its last line"):
        read(rows(axis(), y)[: -1 - n_lost])


def test_no_line_end_is_no_cut() -> None:
    y = [f"{value:.2f}" for value in band(axis())]
    assert read(rows(axis(), y)[:-1]).n_points == 60


@pytest.mark.parametrize("bad", ["9x7.5,100.00", "925.0,1#0.00"])
@pytest.mark.parametrize("row", [-1, -2])
def test_damaged_row_at_the_end(bad: str, row: int) -> None:
    lines = rows(axis(), [f"{value:.2f}" for value in band(axis())]).rstrip("\n").split("\n")
    lines[row] = bad
    with pytest.raises(DamagedError, match=r"below the table|expected a number"):
        read("Raman shift,Intensity\n" + "\n".join(lines) + "\n")


def test_footer_with_numbers() -> None:
    text = table() + "Exposure Time (secs): 0.05\n2022-05-06\n2022-05-07\n"
    with pytest.raises(DamagedError, match="two tables"):
        read(text)
    assert read(text.replace("2022-05-07\n", "")).n_points == 60


def test_rule_between_names_and_rows() -> None:
    names, _, body = table().partition("\n")
    assert read(f"{names}\n-----------,---------\n{body}").unit == "raman_shift_cm-1"


def test_zigzag() -> None:
    x = axis().copy()
    x[::2] += 40
    with pytest.raises(DamagedError, match="expected one direction"):
        read(rows(x, band(x)), "zigzag.tsv")


def test_rows_lost_are_noted() -> None:
    x = np.delete(axis(), [30, 31, 32])
    spectrum = read("Raman shift,Intensity\n" + rows(x, band(x)))
    assert spectrum.warnings == ("no values between 562.5 and 612.5 on the axis",)


def test_two_tables() -> None:
    with pytest.raises(DamagedError, match="between two tables"):
        read(table() + table())


def test_word_inside_the_table() -> None:
    text = table().replace("\n", "\nstop\n", 30).replace("stop\n", "", 29)
    with pytest.raises(DamagedError):
        read(text)


NAMES = [
    ("Raman shift (cm-1),Intensity (a.u.)", "raman", "raman_shift_cm-1"),
    ("Raman_Shift,counts", "raman", "raman_shift_cm-1"),
    ("Ramanverschiebung [cm⁻¹],Intensität", "raman", "raman_shift_cm-1"),
    ("Ramanverschuiving (1/cm),Intensiteit", "raman", "raman_shift_cm-1"),
    ("Décalage Raman (cm-1),Intensité", "raman", "raman_shift_cm-1"),
    ("shift,Probe 7", "raman", "raman_shift_cm-1"),
    ("wavenumber,intensity", "raman", "raman_shift_cm-1"),
    ("Wellenzahl,Zählrate Intensität", "raman", "raman_shift_cm-1"),
    ("cm^-1,counts", "raman", "raman_shift_cm-1"),
    ("#Wave,#Intensity", "raman", "raman_shift_cm-1"),
    ("Wavenumber (cm-1),Absorbance", "mir", "wavenumber_cm-1"),
    ("Golfgetal,Transmissie", "mir", "wavenumber_cm-1"),
    ("Nombre d'onde (cm-1),% Réflexion reflectance", "mir", "wavenumber_cm-1"),
    ("Wavelength (nm),Absorbance", "nir", "wavelength_nm"),
    ("Wellenlänge / nm,Reflexion", "nir", "wavelength_nm"),
    ("golflengte,absorptie", "nir", "wavelength_nm"),
    ("Longueur d'onde (nm),absorbance", "nir", "wavelength_nm"),
]


@pytest.mark.parametrize(("names", "technique", "unit"), NAMES)
def test_names_decide(names: str, technique: str, unit: str) -> None:
    x = 700 + 15.0 * np.arange(60)
    spectrum = read(names + "\n" + rows(x, band(x)))
    assert (spectrum.technique, spectrum.unit) == (technique, unit)


@pytest.mark.parametrize("names", ["x,y", "X-Axis,Y-Axis", "Column1,Intensity", "a,counts"])
def test_names_that_say_nothing(names: str) -> None:
    spectrum = read(names + "\n" + rows(axis(), band(axis())))
    assert spectrum.unit == "raman_shift_cm-1"
    assert any("axis taken as Raman shift" in warning for warning in spectrum.warnings)


def test_intensity_first() -> None:
    spectrum = read("Intensity at 785 nm,Raman shift\n" + rows(band(axis()), axis()))
    np.testing.assert_allclose(spectrum.intensity, band(axis()))


def test_names_over_units() -> None:
    spectrum = read("Wavenumber;Absorbance\ncm-1;AU\n" + rows(axis(), band(axis()), separator=";"))
    assert (spectrum.technique, spectrum.unit) == ("mir", "wavenumber_cm-1")


def test_micrometres() -> None:
    x = np.linspace(0.9, 1.7, 60)
    spectrum = read("Wavelength (µm);Reflectance\n" + rows(x, band(x), separator=";"))
    assert (spectrum.technique, spectrum.axis[0]) == ("nir", pytest.approx(900))
    with pytest.raises(UnsupportedError, match="without a unit"):
        read("Wavelength;Reflectance\n" + rows(x, band(x), separator=";"))


def test_near_infrared_wavenumbers() -> None:
    x = np.linspace(10000, 4000, 60)
    assert read("wavenumber,value\n" + rows(x, band(x))).technique == "nir"


@pytest.mark.parametrize(
    "names",
    [
        "time (s),voltage",
        "Temperature,Moisture",
        "2theta,counts",
        "Chemical shift (ppm),Intensity",
        "Energy (eV),counts",
    ],
)
def test_other_kinds_of_table(names: str) -> None:
    with pytest.raises(UnrecognisedError, match="expected one called Raman shift"):
        read(names + "\n" + rows(axis(), band(axis())))


def test_many_columns_by_name() -> None:
    y = band(axis())
    names = "Pixels,Wavelength,Wavenumbers,Raman_Shift,Raw_Data,Background_Data,Processed_Data\n"
    spectrum = read(names + rows(np.arange(60), axis() + 800, axis() + 14000, axis(), y + 9, y - y, y))
    np.testing.assert_allclose(spectrum.intensity, y)
    np.testing.assert_allclose(spectrum.axis, axis())
    assert "of 7 columns 'Raman_Shift' taken as axis, 'Processed_Data' as intensity" in spectrum.warnings
    assert (spectrum.metadata["x_column"], spectrum.metadata["y_column"]) == ("Raman_Shift", "Processed_Data")


def test_reference_and_sample_are_not_the_absorbance() -> None:
    x = np.linspace(901, 1700, 60)
    names = "Wavelength (nm),Absorbance (AU),Reference Signal (unitless),Sample Signal (unitless)\n"
    spectrum = read("Method:,Column 1,,\nPGA Gain:,64,,\n" + names + rows(x, x / 1000, x * 90, x * 70))
    np.testing.assert_allclose(spectrum.intensity, x / 1000)
    assert (spectrum.technique, spectrum.unit) == ("nir", "wavelength_nm")


def test_impossible_shift() -> None:
    with pytest.raises(DamagedError, match="not possible"):
        read("Raman shift,Intensity\n" + rows(axis() * 50, band(axis())))


@pytest.mark.parametrize("line", ["Laser: 785 nm", "Laser,785", "Laser wavelength = 785 nm", "sample 4"])
def test_remark_above_the_table_is_no_heading(line: str) -> None:
    spectrum = read(line + "\n" + rows(axis(), band(axis())))
    assert (spectrum.technique, spectrum.unit) == ("raman", "raman_shift_cm-1")
    assert "the axis has no name: axis taken as Raman shift in cm⁻¹" in spectrum.warnings


@pytest.mark.parametrize("digits", ["1_000", "٣٤", "0x1F", "1e5e5"])
def test_what_only_python_takes_for_a_number(digits: str) -> None:
    with pytest.raises(ReadError):
        read(table().replace("\n212.5,", f"\n{digits},"))


def test_missing_line_end_is_noted() -> None:
    text = rows(axis(), band(axis()))
    assert not any("line end" in warning for warning in read(text).warnings)
    assert any("may be cut short" in warning for warning in read(text[:-1]).warnings)


def test_last_number_that_jumps_and_is_short() -> None:
    y = [f"{5000.25 + i:.2f}" for i in range(60)]
    y[1], y[-1] = "5", "500"
    with pytest.raises(DamagedError, match="within its last line"):
        read(rows(axis(), y).rstrip("\n"))
    assert read(rows(axis(), y)).n_points == 60
