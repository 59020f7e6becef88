"""The benchmark of streams runs, and its small version holds what the large one is for."""

import numpy as np
import pytest

from benchmarks.accuracy import cases
from benchmarks.streams.belt import AXIS, delays, empty
from benchmarks.streams.going_by import Passed, covers, run_items
from benchmarks.streams.rules import fixed, is_false, is_right, peeking, sequential, summary
from spectra.confidence.identification import Identification, NamedSubstance
from spectra.label import Label
from spectra.quality import QualityReport

QUALITY = QualityReport(100.0, False, 0.1, 0, 1.0)


def saying(probability, *names):
    named = tuple(NamedSubstance(Label(id=n, substance=n), probability, None, 0.9) for n in names)
    return Identification(
        "match" if names else "no_match", False, probability, named, (), (), (), "send_to_lab", QUALITY,
        prior=0.5,
    )  # fmt: skip


def test_rules_take_the_looks_of_their_plan():
    looks = [
        (4, saying(0.9, "a")),
        (8, saying(0.99, "b")),
        (32, saying(0.998, "b")),
        (60, saying(0.998, "b")),
    ]
    assert peeking(looks)[0] == 4
    assert sequential(looks, 0.01, (8, 32, 60))[0] == 32
    assert sequential(looks, 0.01, (60,))[0] == 60
    assert sequential(looks, 0.0001, (8, 32, 60)) is None
    assert fixed(looks, 8, 0.02)[0] == 8
    assert fixed(looks, 8, 0.01) is None
    assert fixed(looks, 40, 0.01)[0] == 60


def test_right_and_false_statements():
    said, truth = saying(0.99, "a", "polypropylene"), frozenset({"a"})
    assert is_right(said, truth)
    assert is_false(said, frozenset())
    assert not is_false(saying(0.99, "polystyrene"), frozenset())


def test_the_summary_counts_items_by_kind():
    looks = ((8, saying(0.9999, "a")), (60, saying(0.9999, "a")))
    known = Passed("known", "v", frozenset({"a"}), 8.0, 2, 1, (looks,), saying(None))
    stranger = Passed("stranger", "w", frozenset(), 8.0, 2, 1, (looks,), saying(None))
    rules = summary([known, stranger])["rules"]
    rule = rules["sequential 0.01, looks (8, 32, 60)"]
    assert (rule["right"]["k"], rule["right"]["n"]) == (1, 1)
    assert (rule["false_stranger"]["k"], rule["false_known"]["k"]) == (1, 0)
    assert rule["frames_median_decided"] == 8


@pytest.mark.measured
def test_a_small_belt(shared_data):
    library = cases.measured_library(shared_data)
    calm = empty(library, 1500, 1e6, drift=0.02, flicker=0.003)
    assert calm["false_starts"] == 0
    shapes = [c for c in cases.shared_cases(shared_data, cases.identities_by_name(library)) if covers(c)]
    seen = delays(library, shapes[:5], 4.0)
    assert seen["k"] == 5
    assert 2 <= seen["median"] <= 4
    assert AXIS.size == np.unique(AXIS).size


@pytest.mark.measured
def test_a_few_items_go_by(shared_data):
    passed = run_items(shared_data, cases.measured_library(shared_data), quick=True)
    found = summary(passed)
    rule = found["rules"]["sequential 0.05, looks (8, 32, 60)"]
    assert all(p.pieces == 1 for p in passed)
    assert rule["right"]["k"] > 0
    assert rule["false_packaging"]["k"] == 0
