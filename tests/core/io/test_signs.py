"""What the table of formats says of a text before a reader loads: it never turns a reader's own file away."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.formats import FORMATS, Entry
from tests.core.io.all_samples import SAMPLES, Sample

TEXTS = [sample for sample in SAMPLES if isinstance(sample.content, str)]
ENTRIES = [entry for entry in FORMATS if entry.content == "text"]
TOP = 40


def wronged(entry: Entry, source: Source) -> bool:
    """Whether a format that takes a text for its own would not be asked."""
    return not entry.sign(source) and entry.form.sniff(source) is not Sniff.NO


@pytest.mark.parametrize("sample", TEXTS, ids=lambda sample: sample.format)
@pytest.mark.parametrize("spelt", [str, str.upper, str.lower, str.title])
def test_no_sample_is_turned_away(sample: Sample, spelt) -> None:
    source = Source(sample.name, spelt(sample.text).encode())
    assert not [entry.module for entry in ENTRIES if wronged(entry, source)]


# The tops hold all marks; lines of several formats in any order make the texts that sniffs may mistake.
LINES = sorted({line for sample in TEXTS for line in sample.text.split("\n")[:TOP] if len(line) < 2000})


@settings(max_examples=300, deadline=None)
@given(
    top=st.sampled_from(TEXTS),
    others=st.lists(st.sampled_from(LINES), max_size=12),
    spelt=st.sampled_from([str, str.upper, str.lower]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    shuffled=st.randoms(use_true_random=False),
)
def test_nor_is_a_text_of_many_formats(top, others, spelt, end, shuffled: random.Random) -> None:
    lines = [*top.text.split("\n")[: shuffled.randint(0, TOP)], *others]
    if shuffled.random() < 0.5:
        shuffled.shuffle(lines)
    source = Source("a.txt", spelt(end.join(lines)).encode("utf-8"))
    assert not [entry.module for entry in ENTRIES if wronged(entry, source)]


def test_the_check_sees() -> None:
    sample = next(sample for sample in TEXTS if sample.format == "jcamp_dx")
    (entry,) = (entry for entry in ENTRIES if entry.module == "jcamp.reader")
    source = Source(sample.name, sample.data)
    assert wronged(replace(entry, sign=lambda _: False), source)


def test_a_plain_table_asks_for_few_readers() -> None:
    text = "".join(f"{200 + x},{1000 + x % 7}\n" for x in range(500))
    source = Source("a.csv", text.encode())
    assert [entry.module for entry in ENTRIES if entry.sign(source)] == ["tables.pairs", "tables.table"]
