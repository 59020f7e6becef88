"""Checks on measured standards of eight instruments: two standards of one instrument must agree."""

import json
from pathlib import Path

import pytest

from libraries.shift_standards import KEYS, read_standard, read_standards
from spectra.instruments.check import InstrumentCheck, check_instrument
from spectra.instruments.limits import Limits
from spectra.io import read_measurements
from spectra.spectrum import Spectrum

pytestmark = pytest.mark.measured

STANDARDS = "calibration-standards"
SCANS = {
    "ICV 785": [
        (f"{STANDARDS}/ICV_BW785/PST02_iRPlus785_Z050_100_3200ms.txt", "polystyrene"),
        (f"{STANDARDS}/ICV_BW785/nCAL02_iRPlus785_Z020_100_1100ms.txt", "calcite"),
        (f"{STANDARDS}/ICV_BW785/nCAL02_iRPlus785_Z050_100_2100ms.txt", "calcite"),
        (f"{STANDARDS}/ICV_BW785/S0B02_iRPlus785_Z100_100_4700ms.txt", "silicon"),
    ],
    "ICV 532": [
        (f"{STANDARDS}/ICV_BW532/PST02_iRPlus532_Z050_100_2500msx5.txt", "polystyrene"),
        (f"{STANDARDS}/ICV_BW532/PST02_iRPlus532_Z100_100_50000ms.txt", "polystyrene"),
        (f"{STANDARDS}/ICV_BW532/nCAL02_iRPlus532_Z100_100_30000ms.txt", "calcite"),
    ],
    "TOP 633": [
        (f"{STANDARDS}/TOP_Ho633/S0B_HLR633_Z010_100_40sx5.txt", "silicon"),
        (f"{STANDARDS}/TOP_Ho633/nCAL_HLR633_Z010_100_5sx5.txt", "calcite"),
        (f"{STANDARDS}/TOP_Ho633/sCAL_HLR633_Z010_100_15sx5.txt", "calcite"),
    ],
    "FMNT-M 785, grating 3": [
        (f"{STANDARDS}/FMNT-M_Ho785/nCAL10_iR785_OP03_8000msx2.txt", "calcite"),
        (f"{STANDARDS}/FMNT-M_Ho785/sCAL10_iR785_OP03_8000msx2.txt", "calcite"),
    ],
    "WP-785XS": [
        ("wp785xs-library/cyclohexane.csv", "cyclohexane"),
        ("wp785xs-library/polystyrene.csv", "polystyrene"),
        ("wp785xs-library/acetaminophen.csv", "paracetamol"),
        ("wp785xs-library/Silicon.csv", "silicon"),
        ("wp785xs-library/calcium carbonate.csv", "calcite"),
    ],
    "WP-785X": [
        ("wp785x-queries/cyclohexane.csv", "cyclohexane"),
        ("wp785x-queries/polystyrene.csv", "polystyrene"),
    ],
}
WIDE = Limits(max_offset_cm1=20.0)


def read(shared_data: Path, name: str) -> Spectrum:
    first = read_measurements(shared_data / "raman" / name)[0]
    assert not isinstance(first, Exception)
    return first.spectrum()


def check(shared_data: Path, name: str, key: str) -> InstrumentCheck:
    return check_instrument(read(shared_data, name), read_standard(key), limits=WIDE)


@pytest.mark.parametrize("instrument", SCANS)
def test_standards_of_one_instrument_agree_within_their_uncertainties(
    shared_data: Path, instrument: str
) -> None:
    checks = [check(shared_data, name, key) for name, key in SCANS[instrument]]
    assert all(one.passed for one in checks), [one.reasons for one in checks]
    axes = [one.axis for one in checks if one.axis is not None]
    for one in axes:
        for other in axes:
            apart = abs(one.offset_cm1 - other.offset_cm1)
            assert apart <= (one.offset_expanded_cm1**2 + other.offset_expanded_cm1**2) ** 0.5
            if one.stretch_expanded and other.stretch_expanded:
                together = (one.stretch_expanded**2 + other.stretch_expanded**2) ** 0.5
                assert abs(one.stretch - other.stretch) <= together
    assert all(one.offset_expanded_cm1 >= 1.1 for one, (_, key) in zip(axes, SCANS[instrument], strict=True)
               if key not in ("silicon",))  # fmt: skip


def test_a_stretched_axis_is_measured_as_such(shared_data: Path) -> None:
    """Right at 155, 4 too high at 1086: an offset alone would be wrong at both ends."""
    axis = check(shared_data, f"{STANDARDS}/FMNT-M_Ho785/sCAL10_iR785_OP02_15000msx2.txt", "calcite").axis
    assert axis is not None
    assert axis.stretch == pytest.approx(-0.004, abs=0.001)
    assert abs(axis.correction_cm1(155.0)) < 1.0
    assert axis.correction_cm1(1086.0) == pytest.approx(-4.0, abs=0.6)


def test_a_portable_that_reads_low_fails_with_the_offset_that_others_found(shared_data: Path) -> None:
    spectrum = read(shared_data, "portable-customs/cyclohexane.txt")
    found = check_instrument(spectrum, read_standard("cyclohexane"))
    assert found.reasons == ("axis_offset",)
    assert found.axis is not None
    assert found.axis.offset_cm1 == pytest.approx(6.56, abs=0.6)


def test_resolutions_are_those_of_the_instruments(shared_data: Path) -> None:
    names = {
        f"{STANDARDS}/ICV_BW785/nCAL02_iRPlus785_Z020_100_1100ms.txt": (3.3, 0.6),
        f"{STANDARDS}/ICV_BW532/nCAL02_iRPlus532_Z100_100_30000ms.txt": (4.7, 1.0),
        f"{STANDARDS}/TOP_Ho633/nCAL_HLR633_Z010_100_5sx5.txt": (3.3, 0.6),
        f"{STANDARDS}/FMNT-M_Ho785/sCAL10_iR785_OP02_15000msx2.txt": (12.3, 1.5),
        "wp785xs-library/calcium carbonate.csv": (5.5, 1.0),
    }
    for name, (width, spread) in names.items():
        found = check(shared_data, name, "calcite").resolution
        assert found is not None
        assert not found.is_bound
        assert found.width_cm1 == pytest.approx(width, abs=spread)


@pytest.mark.parametrize(
    "name", ["nCAL10_iR532_Probe_100_2500msx3.txt", "sCAL10_iR532_Probe_100_3200msx4.txt"]
)
def test_a_saturated_scan_gives_no_axis(shared_data: Path, name: str) -> None:
    found = check(shared_data, f"{STANDARDS}/FMNT-M_BW532/{name}", "calcite")
    assert found.reasons == ("saturated",)
    assert found.axis is None


def test_no_other_substance_passes_for_a_standard(shared_data: Path) -> None:
    """The 80 substances of a library, each taken for each standard."""
    own = {"acetaminophen": "paracetamol", "calcium carbonate": "calcite", "Silicon": "silicon"}
    wrong = []
    for path in sorted((shared_data / "raman" / "wp785xs-library").glob("*.csv")):
        spectrum = read(shared_data, f"wp785xs-library/{path.name}")
        for key in KEYS:
            found = check_instrument(spectrum, read_standard(key), limits=WIDE)
            if found.axis is not None and own.get(path.stem, path.stem) != key:
                wrong.append((path.stem, key))
    assert wrong == []


def test_the_table_is_that_of_the_facts(shared_data: Path) -> None:
    facts = json.loads((shared_data / "facts" / "astm-e1840.json").read_text(encoding="utf-8"))["Compounds"]
    names = {
        "polystyrene": "Polystyrene", "cyclohexane": "Cyclohexane", "benzonitrile": "Benzonitrile",
        "naphthalene": "Naphthalene", "sulfur": "Sulfur", "paracetamol": "4-Acetamidophenol (Tylenol)",
        "toluene-acetonitrile": "50/50 Toluene/Acetonitrile",
        "bis-methylstyryl-benzene": "1,4 bis (2-Methylstryryl) Benzene",
    }  # fmt: skip
    assert set(names) | {"calcite", "silicon"} == set(read_standards())
    for key, name in names.items():
        told = [band.position_cm1 for band in read_standard(key).bands]
        assert told == sorted(float(position) for position in facts[name])
