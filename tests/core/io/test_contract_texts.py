"""What every text format keeps: any encoding and line end, and rows that are missing or doubled are seen."""

import numpy as np
import pytest

from spectra.errors import DamagedError, ReadError
from spectra.io import Measurement, read_measurements_from_bytes, read_spectra_from_bytes
from tests.core.io.all_samples import SAMPLES, Sample, split

TEXTS = [sample for sample in SAMPLES if isinstance(sample.content, str)]

ROW_IS_A_SPECTRUM = {"wide_table": "a row is a spectrum: without one, or with one twice, it is whole"}
NO_AXIS_COLUMN = {"agilent_asp": "a row is an ordinate, which may be as large as any other"}
UNCOUNTED = {
    "avasoft_txt": "no count of rows",
    "field_sig": "no count of rows",
    "labspec_txt": "no count of rows",
    "renishaw_txt": "no count of rows",
    "rod": "no count of rows",
    "rruff_txt": "no count of rows",
    "witec_txt": "no count of rows",
    "pairs": "no header",
    "table": "no count of rows",
}
"""Formats of which a file without one of its rows looks whole."""

HEADER_ALONE = {"pairs": "empty", "table": "unrecognised"}
"""Error codes of files that end where the numbers should begin, where they are not damaged."""


def texts(*exempt: dict[str, str]) -> pytest.MarkDecorator:
    """Parametrise over the text formats but those that the tables name, with their reason."""
    reasons = {name: why for table in exempt for name, why in table.items()}
    assert reasons.keys() <= {sample.format for sample in TEXTS}
    chosen = [sample for sample in TEXTS if sample.format not in reasons]
    return pytest.mark.parametrize("sample", chosen, ids=lambda one: one.format)


def joined(*parts: list[str]) -> bytes:
    return "\n".join([line for part in parts for line in part]).encode()


def try_to_read(data: bytes, name: str) -> list[Measurement]:
    """What can be read, nothing when the file is refused."""
    try:
        return [one for one in read_measurements_from_bytes(data, name) if isinstance(one, Measurement)]
    except ReadError:
        return []


@texts()
@pytest.mark.parametrize(
    ("codec", "end"),
    [
        ("utf-8", "\n"),
        ("utf-8-sig", "\r\n"),
        ("utf-16", "\r\n"),
        ("utf-16-le", "\n"),
        ("utf-16-be", "\r"),
        ("utf-32", "\r\n"),
        ("cp1252", "\r\r\n"),
    ],
)
def test_encodings_and_line_ends(sample: Sample, codec: str, end: str) -> None:
    text = sample.text.replace("\r\n", "\n").replace("\n", end)
    spectrum = read_spectra_from_bytes(text.encode(codec), sample.name)[0]
    whole = read_spectra_from_bytes(sample.data, sample.name)[0]
    assert np.array_equal(spectrum.axis, whole.axis)
    assert np.array_equal(spectrum.intensity, whole.intensity)
    of_the_bytes = {"source_sha256": whole.metadata["source_sha256"]}
    assert {**spectrum.metadata, **of_the_bytes} == dict(whole.metadata)


@texts(ROW_IS_A_SPECTRUM)
def test_one_row_is_damaged(sample: Sample) -> None:
    head, rows, tail = split(sample)
    with pytest.raises(DamagedError, match=f"^{sample.name}"):
        read_spectra_from_bytes(joined(head, rows[:1], tail), sample.name)


@texts()
def test_header_only_is_refused(sample: Sample) -> None:
    with pytest.raises(ReadError) as caught:
        read_spectra_from_bytes(joined(split(sample)[0], [""]), sample.name)
    assert caught.value.code == HEADER_ALONE.get(sample.format, "damaged")


@texts(ROW_IS_A_SPECTRUM)
def test_row_twice_in_the_wrong_place_is_damaged(sample: Sample) -> None:
    head, rows, tail = split(sample)
    with pytest.raises(DamagedError, match="again"):
        read_spectra_from_bytes(joined(head, rows[:7], rows[4:5], rows[7:], tail), sample.name)


@texts(ROW_IS_A_SPECTRUM, NO_AXIS_COLUMN)
def test_row_in_the_place_of_another_is_damaged(sample: Sample) -> None:
    head, rows, tail = split(sample)
    with pytest.raises(DamagedError, match="again"):
        read_spectra_from_bytes(joined(head, rows[:7], rows[4:5], rows[8:], tail), sample.name)


@texts(ROW_IS_A_SPECTRUM, UNCOUNTED)
def test_lost_row_is_damaged(sample: Sample) -> None:
    head, rows, tail = split(sample)
    with pytest.raises(DamagedError):
        read_spectra_from_bytes(joined(head, rows[:7], rows[8:], tail), sample.name)


@pytest.mark.parametrize(
    "sample", [one for one in TEXTS if one.format in UNCOUNTED], ids=lambda one: one.format
)
def test_lost_row_that_nothing_counts_leaves_the_others(sample: Sample) -> None:
    head, rows, tail = split(sample)
    (whole,) = read_measurements_from_bytes(sample.data, sample.name)
    (found,) = try_to_read(joined(head, rows[:7], rows[8:], tail), sample.name)
    assert isinstance(whole, Measurement)
    assert np.array_equal(found.axis, np.delete(whole.axis, 7))
    assert np.array_equal(found.intensity, np.delete(whole.intensity, 7))


@texts(ROW_IS_A_SPECTRUM)
def test_word_in_a_row_is_damaged_or_noted(sample: Sample) -> None:
    head, rows, tail = split(sample)
    broken = "x" + rows[7][1:]
    data = joined(head, rows[:7], [broken], rows[8:], tail)
    (whole,) = read_measurements_from_bytes(sample.data, sample.name)
    for one in try_to_read(data, sample.name):
        assert len(one.warnings) > len(whole.warnings)
        assert np.array_equal(one.intensity, np.delete(whole.intensity, 7))


@texts()
def test_last_number_cut_short_is_refused_or_noted(sample: Sample) -> None:
    head, rows, _ = split(sample)
    data = joined(head, rows)
    whole = read_measurements_from_bytes(sample.data, sample.name)
    for left in range(1, 8):
        for one, before in zip(try_to_read(data[:-left], sample.name), whole, strict=False):
            changed = one.axis.size < before.axis.size or one.intensity[-1] != before.intensity[-1]
            assert not changed or len(one.warnings) > len(before.warnings), f"{left} characters cut off"


@texts()
def test_half_a_line_end_is_none(sample: Sample) -> None:
    head, rows, _ = split(sample)
    data = joined(head, rows).replace(b"\n", b"\r\n")
    whole = read_measurements_from_bytes(sample.data, sample.name)
    for end in (data[:-1], data):
        for one, before in zip(try_to_read(end + b"\r", sample.name), whole, strict=False):
            noted = len(one.warnings) > len(before.warnings)
            changed = one.axis.size < before.axis.size or one.intensity[-1] != before.intensity[-1]
            assert noted or not (changed or sample.format in UNCOUNTED)
