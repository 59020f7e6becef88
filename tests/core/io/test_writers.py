"""What is written is read back: exact where the form is exact, within its step where it is not."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.errors import WriteError
from spectra.io import read_spectra, read_spectra_from_bytes
from spectra.io.writers import WRITERS, write_spectra, writer_for
from spectra.spectrum import Spectrum

EXACT = [writer for writer in WRITERS if writer.name != "jcamp_difdup"]
ENDINGS = {"jcamp_dx": ".jdx", "jcamp_difdup": ".jdx", "csv": ".csv", "nexus": ".nxs"}
FACTS = {
    "instrument": "Model 5 $$ µ",
    "serial": "A-17",
    "laser_wavelength_nm": 784.9,
    "integration_time_s": 0.25,
    "averages": 4,
    "baseline_corrected": False,
    "label": 'bag "2", left',
    "date": "2026-03-01 10:20",
    "quantity": "counts",
}


def spectrum(n: int = 40, *, even: bool = True, technique: str = "raman", scale: float = 1.0) -> Spectrum:
    axis = np.linspace(200.0, 200.0 + 3.0 * (n - 1), n)
    if not even:
        axis = axis + 0.37 * np.sin(np.arange(n))
    unit = {"raman": "raman_shift_cm-1", "nir": "wavelength_nm"}.get(technique, "wavenumber_cm-1")
    if technique == "nir":
        axis = axis + 900.0
    values = scale * (1.0 + np.sin(np.arange(n) / 3.0))
    return Spectrum(axis, values, technique, unit, FACTS)  # type: ignore[arg-type]


def back(spectra: Sequence[Spectrum], name: str) -> tuple[Spectrum, ...]:
    writer = next(one for one in WRITERS if one.name == name)
    return read_spectra_from_bytes(writer.write(spectra), f"copy{ENDINGS[name]}")


@pytest.mark.parametrize("even", [True, False], ids=["even", "uneven"])
@pytest.mark.parametrize("technique", ["raman", "nir", "mir"])
@pytest.mark.parametrize("writer", EXACT, ids=lambda writer: writer.name)
def test_one_spectrum_comes_back(writer, technique: str, even: bool) -> None:
    first = spectrum(even=even, technique=technique)
    (second,) = back([first], writer.name)
    np.testing.assert_allclose(second.axis, first.axis, rtol=1e-12)
    np.testing.assert_array_equal(second.intensity, first.intensity)
    assert (second.technique, second.unit) == (first.technique, first.unit)
    assert {key: second.metadata.get(key) for key in FACTS} == FACTS
    assert second.warnings == ()


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name)
def test_several_spectra_come_back_in_order(writer) -> None:
    several = [spectrum(40, scale=1.0), spectrum(50, scale=20.0), spectrum(40, technique="nir", scale=300.0)]
    copies = back(several, writer.name)
    assert len(copies) == 3
    for first, second in zip(several, copies, strict=True):
        np.testing.assert_allclose(second.axis, first.axis, rtol=1e-12)
        np.testing.assert_allclose(second.intensity, first.intensity, atol=1e-8 * first.intensity.max())
        assert second.technique == first.technique


@given(
    st.lists(st.floats(-1e300, 1e300).map(lambda y: y + 0.0), min_size=20, max_size=60),
    st.sampled_from([writer.name for writer in EXACT]),
)
def test_any_values_come_back_exactly(values: list[float], name: str) -> None:
    first = Spectrum(np.arange(len(values)) * 2.0 + 100.0, np.array(values))
    (second,) = back([first], name)
    np.testing.assert_array_equal(second.intensity, first.intensity)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=20, max_size=200), st.integers(0, 6))
def test_compressed_decimals_come_back_exactly(numbers: list[int], decimals: int) -> None:
    values = np.array(numbers) / 10.0**decimals
    (second,) = back([Spectrum(np.arange(values.size) + 100.0, values)], "jcamp_difdup")
    largest = np.abs(values).max()
    np.testing.assert_allclose(second.intensity, values, rtol=0, atol=max(largest, 1e-300) / 2**31)


@given(st.lists(st.floats(-1e30, 1e30), min_size=20, max_size=80))
def test_compressed_values_come_back_within_31_bits(values: list[float]) -> None:
    first = Spectrum(np.arange(len(values)) + 100.0, np.array(values))
    (second,) = back([first], "jcamp_difdup")
    largest = np.abs(first.intensity).max()
    np.testing.assert_allclose(second.intensity, first.intensity, rtol=0, atol=largest / 2**31 + 1e-300)


def test_compressed_form_is_that_of_the_standard() -> None:
    """Ordinates of the paper's example: squeezed first value, differences, repetitions, the check."""
    values = np.array([1.0, 2, 3, 3, 2, 1, 0, -1, -2, -3] * 2)
    text = next(one for one in WRITERS if one.name == "jcamp_difdup").write(
        [Spectrum(np.arange(20) + 100.0, values)]
    )
    table = text.decode().split("##XYDATA=(X++(Y..Y))\r\n")[1].split("##END=")[0].split()
    assert table == ["100AJT%jXMJT%jX", "119c"]


def test_compressed_form_needs_equal_steps() -> None:
    with pytest.raises(WriteError, match="unequal steps"):
        back([spectrum(even=False)], "jcamp_difdup")


def test_lines_of_jcamp_fit_eighty_characters() -> None:
    for name in ("jcamp_dx", "jcamp_difdup"):
        writer = next(one for one in WRITERS if one.name == name)
        lines = writer.write([spectrum(400)]).decode("ascii").split("\r\n")
        assert max(len(line) for line in lines if not line.startswith("##")) <= 80


@pytest.mark.parametrize("name", ["out.jdx", "out.DX", "out.csv", "out.nxs", "out.h5"])
def test_file_by_its_ending(name: str, tmp_path: Path) -> None:
    first = spectrum()
    write_spectra([first], tmp_path / name)
    (second,) = read_spectra(tmp_path / name)
    np.testing.assert_array_equal(second.intensity, first.intensity)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_origin_is_told(tmp_path: Path) -> None:
    write_spectra([spectrum()], tmp_path / "a.csv")
    (first,) = read_spectra(tmp_path / "a.csv")
    write_spectra([first], tmp_path / "b.nxs")
    (second,) = read_spectra(tmp_path / "b.nxs")
    assert second.metadata["origin_file"] == "a.csv"
    assert second.metadata["origin_sha256"] == first.metadata["source_sha256"]


def test_unknown_ending_names_those_that_are_written() -> None:
    with pytest.raises(WriteError, match=r"ending '.xyz' is not written, expected one of \.jdx"):
        writer_for("out.xyz")
    with pytest.raises(WriteError, match="format 'spc' is not written"):
        writer_for("out.csv", "spc")


def test_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="no spectrum"):
        write_spectra([], tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.jdx").write_text("old")
    with pytest.raises(WriteError):
        write_spectra([spectrum(even=False)], tmp_path / "a.jdx", form="jcamp_difdup")
    assert (tmp_path / "a.jdx").read_text() == "old"


def test_own_csv_cut_short_is_damaged() -> None:
    data = next(one for one in WRITERS if one.name == "csv").write([spectrum()])
    for cut in (40, 200, len(data) - 300):
        with pytest.raises(ValueError, match=r"copy\.csv"):
            read_spectra_from_bytes(data[:cut], "copy.csv")
