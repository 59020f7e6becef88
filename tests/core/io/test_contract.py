"""What every format keeps: values, provenance, refusals; and no byte string breaks any."""

import hashlib
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spectra.io
from spectra.errors import EmptyFileError, ReadError, SpectraError
from spectra.io import FORMATS, Measurement, read_measurements_from_bytes, read_spectra
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.reading import detect
from tests.core.io.all_samples import SAMPLES, Sample, split
from tests.core.io.samples import bwtek, enlighten_scans, jcamp_pairs, table

REFUSING = {"foreign": "names the files of other programs and reads none of them"}
"""Formats without a sample."""

GUESSING = ("table", "foreign", "pairs")
"""Formats that may take the sample of another for their own, but are never sure of it."""

UNCOUNTED = {
    "field_sig": "no count of rows",
    "avasoft_txt": "no count of rows",
    "labspec_txt": "no count of rows",
    "renishaw_txt": "no count of rows",
    "witec_txt": "no count of rows",
    "pairs": "no header",
    "table": "no count of rows",
    "wide_table": "no count of spectra",
}
"""Formats of which a file cut between two rows looks whole."""

each = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.format)


@pytest.fixture
def _in_this_process(monkeypatch) -> None:
    """Read HDF5 here, as a frozen program does: quicker, and these files are not such that they crash it."""
    monkeypatch.setattr("sys.frozen", True, raising=False)


def measured(data: bytes, name: str) -> tuple[Measurement, ...]:
    found = read_measurements_from_bytes(data, name)
    assert all(isinstance(one, Measurement) for one in found)
    return tuple(one for one in found if isinstance(one, Measurement))


def try_to_read(data: bytes, name: str) -> tuple[Measurement | ReadError, ...]:
    """What a file holds, nothing when it is refused."""
    try:
        return read_measurements_from_bytes(data, name)
    except ReadError:
        return ()


def test_every_format_has_a_sample() -> None:
    assert sorted(sample.format for sample in SAMPLES) == sorted(
        form.name for form in FORMATS if form.name not in REFUSING
    )
    assert REFUSING.keys() <= {form.name for form in FORMATS}


@each
@pytest.mark.parametrize("name", REFUSING)
def test_formats_without_a_sample_read_nothing(name: str, sample: Sample) -> None:
    (form,) = (form for form in FORMATS if form.name == name)
    with pytest.raises(ReadError, match=r"^a\.dat is "):
        form.read(Source("a.dat", sample.data))


def test_names_and_titles_are_unique() -> None:
    assert len({form.name for form in FORMATS}) == len({form.title for form in FORMATS}) == len(FORMATS)
    assert all(ext.startswith(".") and ext == ext.lower() for form in FORMATS for ext in form.extensions)


@each
@pytest.mark.usefixtures("_in_this_process")
class TestFormat:
    def test_values_in_file_order(self, sample: Sample) -> None:
        first, *others = measured(sample.data, sample.name)
        assert len(others) + 1 == sample.n_spectra
        np.testing.assert_allclose(first.axis, sample.axis, rtol=sample.rtol)
        np.testing.assert_allclose(first.intensity, sample.intensity, rtol=sample.rtol)
        told = (first.technique, first.unit, first.quantity, first.peaks)
        assert told == (sample.technique, sample.unit, sample.quantity, False)

    def test_spectrum_has_a_rising_axis(self, sample: Sample) -> None:
        first = measured(sample.data, sample.name)[0]
        spectrum, order = first.spectrum(), np.argsort(first.axis)
        assert np.all(np.diff(spectrum.axis) > 0)
        assert np.array_equal(spectrum.axis, first.axis[order])
        assert np.array_equal(spectrum.intensity, first.intensity[order])
        assert (spectrum.technique, spectrum.unit) == (first.technique, first.unit)
        assert (spectrum.warnings, dict(spectrum.metadata)) == (first.warnings, dict(first.metadata))

    def test_provenance(self, sample: Sample, tmp_path) -> None:
        path = tmp_path / sample.name
        path.write_bytes(sample.data)
        (form,) = (form for form in FORMATS if form.name == sample.format)
        for index, spectrum in enumerate(read_spectra(path)):
            expected = {
                "source_file": sample.name, "source_sha256": hashlib.sha256(sample.data).hexdigest(),
                "format": form.name, "reader": f"{form.name}/{form.version}",
                "quantity": sample.quantity, "index": index,
            }  # fmt: skip
            assert {key: spectrum.metadata[key] for key in expected} == expected

    def test_metadata_names_are_documented(self, sample: Sample) -> None:
        known = re.findall(r"``(\w+)``", str(spectra.io.__doc__))
        assert {name for one in measured(sample.data, sample.name) for name in one.metadata} <= set(known)

    def test_name_does_not_matter(self, sample: Sample) -> None:
        """The ending may only choose between formats that read the same numbers."""
        (whole,) = measured(sample.data, sample.name)[:1]
        for name in ("x", "x.bin", "x.csv", "x.txt", "x.jdx", "X.SPC"):
            found = measured(sample.data, name)[0]
            assert np.array_equal(found.axis, whole.axis)
            assert np.array_equal(found.intensity, whole.intensity)
            assert (found.technique, found.unit, found.quantity) == (
                whole.technique, whole.unit, whole.quantity,
            )  # fmt: skip

    def test_no_other_format_claims_it(self, sample: Sample) -> None:
        sure = {form.name: form.sniff(Source("x", sample.data)) for form in FORMATS}
        assert {name for name, how in sure.items() if how is Sniff.CERTAIN} <= {sample.format}
        assert {name for name, how in sure.items() if how} <= {sample.format, *GUESSING}
        endings = {ending for form in FORMATS for ending in form.extensions}
        found = {detect(Source(f"x{ending}", sample.data)).name for ending in endings}
        assert found == ({"pairs", "table"} if sample.format == "pairs" else {sample.format})

    def test_deterministic(self, sample: Sample) -> None:
        for one, other in zip(
            measured(sample.data, sample.name), measured(sample.data, sample.name), strict=True
        ):
            assert (dict(one.metadata), one.warnings) == (dict(other.metadata), other.warnings)
            assert np.array_equal(one.axis, other.axis)
            assert np.array_equal(one.intensity, other.intensity)

    def test_what_is_left_of_a_cut_file_is_right(self, sample: Sample) -> None:
        """Fewer points only with a warning, or where nothing counts them; no other values at any."""
        whole = measured(sample.data, sample.name)
        for end in cuts(sample):
            found = try_to_read(sample.data[:end], sample.name)
            assert len(found) in (0, len(whole)) or sample.format in UNCOUNTED
            for one, before in zip(found, whole, strict=False):
                assert isinstance(one, ReadError) or is_left_of(one, before, sample.format), f"cut at {end}"

    @pytest.mark.parametrize("more", [b"\n\n", b"\x1a", bytes(1), bytes(600)], ids=len)
    def test_empty_bytes_at_the_end_change_nothing(self, sample: Sample, more: bytes) -> None:
        whole = measured(sample.data, sample.name)
        found = try_to_read(sample.data + more, sample.name)
        assert found or more != b"\n\n" or isinstance(sample.content, bytes)
        for one, before in zip(found, whole if found else (), strict=True):
            assert isinstance(one, Measurement)
            assert np.array_equal(one.axis, before.axis)
            assert np.array_equal(one.intensity, before.intensity)


def cuts(sample: Sample) -> list[int]:
    """Lengths to cut a file to: evenly spread, all at the end, and all in the last row of numbers."""
    size = len(sample.data)
    found = {*np.linspace(0, size, 200, endpoint=False).astype(int).tolist(), *range(size - 12, size)}
    if isinstance(sample.content, str):
        last = split(sample)[1][-1].encode()
        end = sample.data.rindex(last) + len(last)
        found |= set(range(end - 12, min(end + 4, size)))
    return sorted(found)


def is_left_of(one: Measurement, before: Measurement, form: str) -> bool:
    """Whether a measurement is what a cut may leave of the one before; its last number may be cut too."""
    n = one.axis.size
    if n > before.axis.size or (one.unit, one.quantity) != (before.unit, before.quantity):
        return False
    axis = one.axis[:-1] == before.axis[: n - 1]
    intensity = one.intensity[:-1] == before.intensity[: n - 1]
    fewer_may_be = len(one.warnings) > len(before.warnings) or form in UNCOUNTED
    return bool(axis.all() and intensity.all()) and (n == before.axis.size or fewer_may_be)


FUZZED = [
    # HDF5 itself dies of damaged files: test_nexus changes those, in a process of their own.
    *(sample.data for sample in SAMPLES if sample.format != "nexus"),
    enlighten_scans(2, wavenumber=False).encode(),
    bwtek(".", 3).encode(),
    jcamp_pairs().encode(),
    table(";", ",").encode("utf-16"),
]


def read_or_refuse(data: bytes, name: str) -> None:
    """Either measurements, each with its spectrum or the reason why there is none, or a SpectraError."""
    messages = []
    try:
        found = read_measurements_from_bytes(data, name)
        made = [one if isinstance(one, ReadError) else one.made for one in found]
        messages = [str(one) for one in made if isinstance(one, ReadError)] if found else ["nothing read"]
    except SpectraError as error:
        messages = [str(error)]
    assert all(message.startswith(name) for message in messages)


@given(st.binary(max_size=400))
@settings(max_examples=500, deadline=None)
def test_any_bytes(data: bytes) -> None:
    read_or_refuse(data, "any.csv")


@given(
    st.text(alphabet='0123456789+-.,;eE \t\n\r"#$=NaAinf/μ', max_size=400),
    st.sampled_from(["a.csv", "b.txt"]),
)
@settings(max_examples=1000, deadline=None)
def test_any_table_like_text(text: str, name: str) -> None:
    read_or_refuse(text.encode(), name)


@given(st.sampled_from(FUZZED), st.floats(0, 1))
@settings(max_examples=500, deadline=None)
def test_truncated_anywhere(data: bytes, share: float) -> None:
    read_or_refuse(data[: int(share * len(data))], "cut.txt")


@given(st.sampled_from(FUZZED), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8))
@settings(max_examples=1000, deadline=None)
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
@settings(max_examples=1000, deadline=None)
def test_pieces_replaced(data: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    for place, length, token in changes:
        at = int(place * len(data))
        data = data[:at] + token + data[at + length :]
    read_or_refuse(data, "spliced.txt")


def test_whitespace_only_is_empty() -> None:
    for data in (b"", b"\n", b" \t\r\n\n", "\n \n".encode("utf-16"), b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"):
        with pytest.raises(EmptyFileError, match="empty"):
            read_measurements_from_bytes(data, "e.csv")


@each
def test_a_format_that_needs_one_content_is_asked_for_it(sample: Sample) -> None:
    """The table's second word must not keep a reader from its own files."""
    (entry,) = (entry for entry in FORMATS if entry.name == sample.format)
    content = "binary" if Source("x", sample.data).looks_like else "text"
    assert entry.content in (content, "any")
