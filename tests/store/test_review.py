"""Decisions live in the change log alone, and lapse with what they were about."""

import dataclasses
from pathlib import Path

import pytest

from libraries import Library, save_library
from libraries.changes import Change, check_changes, record
from libraries.review import STATES, decide, record_sha256, reviews_of, tally
from spectra.errors import LibraryError
from tests.store.releases import Lab
from tests.store.test_library import PIPELINE, library


def ids() -> tuple[str, ...]:
    return tuple(label.id for label in library().labels)


def states(of: Library) -> list[str]:
    return [review.state for review in reviews_of(of).values()]


def relabelled(of: Library, place: int, **changes: str) -> Library:
    references = list(of.references)
    one = references[place]
    references[place] = dataclasses.replace(one, label=dataclasses.replace(one.label, **changes))
    return dataclasses.replace(of, references=tuple(references))


def test_nobody_has_decided_at_first() -> None:
    assert states(library()) == ["open"] * 4
    assert tally(reviews_of(library())) == {"sent_back": 0, "lapsed": 0, "open": 4, "approved": 0}


def test_the_last_decision_counts_and_is_kept_in_the_file(tmp_path: Path) -> None:
    first, second, *_ = ids()
    changed = decide(library(), "approve", [first, second, first], who=" Anna ")
    changed = decide(changed, "send_back", [second], who="Ben", why=" spikes ")
    save_library(changed, tmp_path / "l.h5", pipelines=[PIPELINE])
    opened = Library.open(tmp_path / "l.h5")
    reviews = reviews_of(opened)
    assert [reviews[each].state for each in ids()] == ["approved", "sent_back", "open", "open"]
    assert (reviews[first].who, reviews[first].number) == ("Anna", 1)
    assert (reviews[second].who, reviews[second].why, reviews[second].number) == ("Ben", "spikes", 2)
    assert opened.changes[0].references == (first, second)
    check_changes(opened.changes)


def test_a_decision_changes_no_content_and_keeps_what_was_prepared() -> None:
    before = library().with_prepared([PIPELINE])
    after = decide(before, "approve", ids(), who="Anna")
    assert after.content_sha256 == before.content_sha256
    assert after.prepared == before.prepared
    assert after.calibration == before.calibration


@pytest.mark.parametrize("change", [{"cas": "58-08-3"}, {"role": "controlled"}, {"grade": "A"}])
def test_an_approval_lapses_with_the_record(change: dict[str, str]) -> None:
    approved = decide(library(), "approve", ids(), who="Anna")
    assert states(relabelled(approved, 0, **change)) == ["lapsed", "approved", "approved", "approved"]


def test_an_approval_lapses_with_its_provenance_recorded_or_not() -> None:
    approved = decide(library(), "approve", ids(), who="Anna")
    one = approved.references[0]
    other = dataclasses.replace(one, provenance=dataclasses.replace(one.provenance, licence="MIT"))
    changed = dataclasses.replace(approved, references=(other, *approved.references[1:]))
    assert states(changed)[0] == "lapsed"
    assert states(record(changed, "correct", who="Anna", references=[one.id]))[0] == "lapsed"
    back = dataclasses.replace(changed, references=approved.references)
    assert states(back)[0] == "approved"


def test_an_approval_without_the_hash_of_a_record_counts_for_nothing() -> None:
    forged = record(library(), "approve", who="Eve", references=ids())
    assert states(forged) == ["lapsed"] * 4
    forged = record(library(), "approve", who="Eve", references=ids(), details={"records": "all"})
    assert states(forged) == ["lapsed"] * 4


def test_a_decision_cannot_be_taken_out_of_the_log() -> None:
    changed = decide(decide(library(), "send_back", ids(), who="Ben", why="x"), "approve", ids(), who="Ben")
    with pytest.raises(LibraryError, match="was altered"):
        dataclasses.replace(changed, changes=changed.changes[1:])
    turned = [dataclasses.replace(each, what="approve") for each in changed.changes]
    with pytest.raises(LibraryError, match="was altered"):
        dataclasses.replace(changed, changes=tuple(turned))


def test_deprecated_references_need_no_decision() -> None:
    changed = relabelled(library(), 1, deprecated="superseded")
    assert len(reviews_of(changed)) == 3
    with pytest.raises(LibraryError, match="nothing to decide"):
        decide(changed, "approve", [ids()[1]], who="Anna")


@pytest.mark.parametrize(
    ("decision", "chosen", "who", "why", "says"),
    [
        ("approve", [0], "  ", "", "nobody named"),
        ("send_back", [0], "Anna", " ", "no reason"),
        ("approve", [], "Anna", "", "no reference given"),
        ("praise", [0], "Anna", "", "expected one of approve, send_back"),
    ],
)
def test_what_is_no_decision(decision: str, chosen: list[int], who: str, why: str, says: str) -> None:
    with pytest.raises(LibraryError, match=says):
        decide(library(), decision, [ids()[each] for each in chosen], who=who, why=why)


def test_an_unknown_id_is_named() -> None:
    with pytest.raises(LibraryError, match="0123456789abcdef"):
        decide(library(), "approve", ["0123456789abcdef"], who="Anna")


def test_what_is_not_stated_does_not_count_in_the_hash() -> None:
    one = library().references[1]
    stated = dataclasses.replace(one, label=dataclasses.replace(one.label, cas="58-08-2"))
    assert record_sha256(one) != record_sha256(stated)
    assert len(record_sha256(one)) == 32


def test_a_release_states_the_approvals_and_a_later_decision_drops_it(lab: Lab) -> None:
    path = lab.folder / "l.h5"
    save_library(decide(Library.open(path), "approve", ids()[:1], who="Anna"), path)
    released = Library.open(lab.release())
    assert released.signed is not None
    assert released.signed.statement.changes_head == released.changes[-1].sha256
    assert [change.what for change in released.changes] == ["approve"]
    assert decide(released, "send_back", ids()[:1], who="Ben", why="x").signed is None


def test_states_are_all_told() -> None:
    assert set(STATES) == set(tally({}))
    assert Change("approve", "Anna", "2026-01-01T00:00:00+00:00", "").references == ()
