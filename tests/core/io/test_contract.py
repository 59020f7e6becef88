"""What every format keeps: values, provenance, refusals; and no byte string breaks any."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.errors import DamagedError, EmptyFileError, ReadError, SpectraError
from spectra.io import FORMATS, read_spectra, read_spectra_from_bytes
from tests.core.io.samples import SAMPLES, Sample, bwtek, enlighten_scans, jcamp_pairs, table

FUZZED = [
    *(sample.data for sample in SAMPLES),
    enlighten_scans(2, wavenumber=False).encode(),
    bwtek(".", 3).encode(),
    jcamp_pairs().encode(),
    table(";", ",").encode("utf-16"),
]


def read_or_refuse(data: bytes, name: str) -> None:
    """Either spectra or a SpectraError: anything else is a bug."""
    try:
        message = "" if read_spectra_from_bytes(data, name) else "nothing read"
    except SpectraError as error:
        message = str(error)
    assert not message or message.startswith(name)


def test_every_format_has_a_sample() -> None:
    assert [sample.format for sample in SAMPLES] == [form.name for form in FORMATS]


def test_names_and_titles_are_unique() -> None:
    assert len({form.name for form in FORMATS}) == len({form.title for form in FORMATS}) == len(FORMATS)
    assert all(ext.startswith(".") and ext == ext.lower() for form in FORMATS for ext in form.extensions)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.format)
class TestFormat:
    def test_values(self, sample: Sample) -> None:
        (spectrum,) = read_spectra_from_bytes(sample.data, sample.name)
        np.testing.assert_allclose(spectrum.axis, sample.axis, rtol=0, atol=1e-6)
        np.testing.assert_allclose(spectrum.intensity, sample.intensity, rtol=0, atol=1e-6)
        assert (spectrum.technique, spectrum.unit) == (sample.technique, sample.unit)

    def test_provenance(self, sample: Sample, tmp_path) -> None:
        path = tmp_path / sample.name
        path.write_bytes(sample.data)
        (spectrum,) = read_spectra(path)
        assert spectrum.metadata["source_file"] == sample.name
        assert spectrum.metadata["source_sha256"] == hashlib.sha256(sample.data).hexdigest()
        assert (spectrum.metadata["format"], spectrum.metadata["index"]) == (sample.format, 0)

    def test_name_does_not_matter(self, sample: Sample) -> None:
        """The ending may only choose between formats that read the same numbers."""
        for name in ("x", "x.bin", "x.csv", "x.txt", "x.jdx", "X.CSV"):
            (spectrum,) = read_spectra_from_bytes(sample.data, name)
            np.testing.assert_allclose(spectrum.intensity, sample.intensity, atol=1e-6)
            if sample.format not in ("pairs", "table"):
                assert spectrum.metadata["format"] == sample.format

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"], ids=repr)
    @pytest.mark.parametrize(
        "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
    )
    def test_encodings_and_line_ends(self, sample: Sample, codec: str, end: str) -> None:
        text = sample.text.replace("\r\n", "\n").replace("\n", end)
        (spectrum,) = read_spectra_from_bytes(text.encode(codec), sample.name)
        assert spectrum.metadata["format"] == sample.format
        np.testing.assert_allclose(spectrum.axis, sample.axis, rtol=0, atol=1e-6)

    def test_one_point_is_damaged(self, sample: Sample) -> None:
        lines = sample.text.replace("\r\n", "\n").split("\n")
        first = next(i for i, line in enumerate(lines) if _is_data(line))
        tail = ["##END="] if sample.format == "jcamp_dx" else []
        with pytest.raises(DamagedError, match=sample.name):
            read_spectra_from_bytes("\n".join([*lines[: first + 1], *tail, ""]).encode(), sample.name)

    def test_header_only_is_refused(self, sample: Sample) -> None:
        lines = sample.text.replace("\r\n", "\n").split("\n")
        first = next(i for i, line in enumerate(lines) if _is_data(line))
        with pytest.raises(ReadError) as caught:
            read_spectra_from_bytes("\n".join([*lines[:first], ""]).encode(), sample.name)
        expected = {"pairs": "empty", "table": "unrecognised"}
        assert caught.value.code == expected.get(sample.format, "damaged")

    def test_row_twice_in_the_wrong_place_is_damaged(self, sample: Sample) -> None:
        lines = sample.text.replace("\r\n", "\n").split("\n")
        first = next(i for i, line in enumerate(lines) if _is_data(line))
        lines.insert(first + 7, lines[first + 4])
        with pytest.raises(DamagedError, match="again"):
            read_spectra_from_bytes("\n".join(lines).encode(), sample.name)

    def test_deterministic(self, sample: Sample) -> None:
        first, second = (read_spectra_from_bytes(sample.data, sample.name)[0] for _ in range(2))
        assert dict(first.metadata) == dict(second.metadata)
        assert np.array_equal(first.intensity, second.intensity)


def _is_data(line: str) -> bool:
    return (
        bool(line.strip()) and not any(c.isalpha() and c not in "NAE" for c in line) and line[0] not in "#["
    )


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes(data: bytes) -> None:
    read_or_refuse(data, "any.csv")


@given(
    st.text(alphabet='0123456789+-.,;eE \t\n\r"#$=NaAinf/μ', max_size=400),
    st.sampled_from(["a.csv", "b.txt"]),
)
@settings(max_examples=300, deadline=None)
def test_any_table_like_text(text: str, name: str) -> None:
    read_or_refuse(text.encode(), name)


@given(st.sampled_from(FUZZED), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_truncated_anywhere(data: bytes, share: float) -> None:
    read_or_refuse(data[: int(share * len(data))], "cut.txt")


@given(st.sampled_from(FUZZED), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8))
@settings(max_examples=300, deadline=None)
def test_bytes_changed(data: bytes, changes: list[tuple[float, int]]) -> None:
    mutable = bytearray(data)
    for place, value in changes:
        mutable[int(place * len(mutable))] = value
    read_or_refuse(bytes(mutable), "changed.csv")


TOKENS = [
    b"nan",
    b"1e999",
    b"-1e308",
    b"1e308",
    b"",
    b",",
    b";",
    b"\t",
    b"0",
    b"-",
    b"\x00",
    b"1_0",
    "٣".encode(),
]


@given(
    st.sampled_from(FUZZED),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 12), st.sampled_from(TOKENS)), max_size=5),
)
@settings(max_examples=300, deadline=None)
def test_pieces_replaced(data: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    for place, length, token in changes:
        at = int(place * len(data))
        data = data[:at] + token + data[at + length :]
    read_or_refuse(data, "spliced.txt")


def test_whitespace_only_is_empty() -> None:
    for data in (b"", b"\n", b" \t\r\n\n", "\n \n".encode("utf-16"), b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"):
        with pytest.raises(EmptyFileError, match="empty"):
            read_spectra_from_bytes(data, "e.csv")
