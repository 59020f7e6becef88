"""Raman Open Database entries."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.tables import rod
from spectra.io.tables._cif import parse_cif
from tests.core.io.rod_file import HEAD, NAMES, N, X, Y, entry


def read(text: str, **told):
    return rod.read(Source("e.rod", text.encode(), **told))


def test_values_and_metadata() -> None:
    (draft,) = read(entry())
    np.testing.assert_allclose(draft.axis, X)
    np.testing.assert_allclose(draft.intensity, Y)
    assert (draft.technique, draft.unit, draft.quantity) == ("raman", "raman_shift_cm-1", "counts")
    expected = {
        "label": "made up",
        "instrument": "Maker & Co R1",
        "laser_wavelength_nm": 532.0,
        "integration_time_s": 20.0,
        "baseline_corrected": False,
        "measurement_id": "9000001",
        "y_column": "_raman_spectrum.intensity",
    }
    assert {key: draft.metadata[key] for key in expected} == expected
    assert draft.warnings == ()


def test_syntax() -> None:
    block = parse_cif(Source("e.rod", entry().encode()))[0]
    assert block.loops[0].values == ["Doe, J.", "O'Neil, K."]
    assert block.values["_publ_section_title"] == "A title with 'quotes' and _names data_ loop_ in it"
    assert block.values["_chemical_name_mineral"] == "made up"


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        (entry(), Sniff.CERTAIN),
        ("data_x\n_cell_length_a 5.4\n", Sniff.CERTAIN),
        ("#\n\nDATA_X\n_RAMAN_measurement.range_min 1\n", Sniff.CERTAIN),
        ("data_x,y\n1,2\n", Sniff.NO),
        ("1 2\n3 4\n", Sniff.NO),
    ],
)
def test_sniff(text: str, sure: Sniff) -> None:
    assert rod.sniff(Source("e", text.encode())) is sure


def test_finished_intensity_before_the_raw_one() -> None:
    names = NAMES.replace(
        "_raman_spectrum.intensity", "_raman_spectrum.raw_intensity\n_raman_spectrum.intensity"
    )
    (draft,) = read(entry(names=names))
    assert set(draft.intensity) == {7.0}
    for column in ("raw_intensity", "2"):
        (raw,) = read(entry(names=names), column=column)
        np.testing.assert_allclose(raw.intensity, Y)
    with pytest.raises(UnsupportedError, match="no column 'dark'"):
        read(entry(names=names), column="dark")


def test_uncertainties_and_missing_values() -> None:
    text = entry().replace(f"{X[3]:.3f} {Y[3]:g}", f"{X[3]:.3f}(2) ?")
    (draft,) = read(text)
    np.testing.assert_allclose(draft.axis, X)
    assert np.flatnonzero(np.isnan(draft.intensity)).tolist() == [3]


def test_several_blocks() -> None:
    first, second = read(entry() + entry(HEAD.replace("532", "785")))
    assert [one.metadata["laser_wavelength_nm"] for one in (first, second)] == [532.0, 785.0]


def test_computed_spectra_say_so() -> None:
    (draft,) = read(entry(HEAD + "_raman_determination.method theoretical\n"))
    assert any("computed" in note for note in draft.warnings)


def test_a_crystal_structure_is_no_spectrum() -> None:
    with pytest.raises(UnsupportedError, match="without a Raman spectrum"):
        read(HEAD + "_cell_length_a 5.4\n")


class TestDamage:
    def test_cut_within_a_row(self) -> None:
        text = entry()
        with pytest.raises(DamagedError, match="expected full rows"):
            read(text[: text.rindex(" ")])

    def test_cut_between_rows(self) -> None:
        with pytest.raises(
            DamagedError, match=r"shifts from 100 to 147\.5 cm⁻¹, the entry states 100 to 222\.5"
        ):
            read(entry(n=20))

    def test_a_little_short_is_noted(self) -> None:
        rounded = HEAD.replace("range_min 100", "range_min 99")
        (draft,) = read(entry(rounded, n=N - 4))
        assert any("the entry states 99 to 222.5" in note for note in draft.warnings)
        with pytest.raises(DamagedError, match="cut short"):
            read(entry(rounded, n=N - 4).rstrip())

    def test_a_range_that_is_exact_at_one_end_is_exact_at_the_other(self) -> None:
        with pytest.raises(DamagedError, match="cut short"):
            read(entry(n=N - 2))

    def test_cut_within_a_text(self) -> None:
        with pytest.raises(DamagedError, match="has no end"):
            read(HEAD[: HEAD.index("_names")])

    def test_torn_number(self) -> None:
        with pytest.raises(DamagedError, match=r"'10x\.5' in row 3"):
            read(entry().replace("105.000", "10x.5"))

    def test_unbalanced_quotes_take_no_time(self) -> None:
        with pytest.raises((DamagedError, UnsupportedError)):
            read(HEAD + "_x " + "'a " * 300_000)
