"""The fuzzer: the same number is the same damage, what escapes is seen, and a short run is clean."""

import pytest

from benchmarks.fuzz.__main__ import fuzz, seeds_of
from benchmarks.fuzz.mutations import mutate
from benchmarks.fuzz.worker import outcome
from spectra.io import reading


def test_the_same_number_is_the_same_damage() -> None:
    _, seeds = seeds_of(None)
    first = [mutate(seeds, case) for case in range(200)]
    assert first == [mutate(seeds, case) for case in range(200)]
    assert len({data for _, data in first}) > 150


def test_what_escapes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, name: str) -> None:
        raise KeyError(name)

    names, seeds = seeds_of(None)
    monkeypatch.setattr(reading, "read_measurements_from_bytes", broken)
    assert outcome(names, seeds, 3)["bug"]


def test_refusals_are_no_bugs() -> None:
    names, seeds = seeds_of(None)
    said = [outcome(names, seeds, case) for case in range(40)]
    assert not any(one["bug"] for one in said)
    assert {"read", "damaged"} <= {one["said"] for one in said}


def test_a_short_run_in_its_own_process_is_clean() -> None:
    names, seeds = seeds_of(None)
    report = fuzz(names, seeds, seconds=2.0, first=1000)
    assert report["bugs"] == []
    assert report["cases"] > 0
