"""The change log: every entry follows from the one before, on the disk too, and content stays content."""

import dataclasses
import hashlib
import json

import pytest

from libraries import Library, save_library
from libraries.changes import (
    Change,
    changes_from,
    changes_head,
    check_changes,
    entry_sha256,
    record,
    unrecorded,
)
from libraries.curation.changing import add_references, deprecate_references, find_ids, select_references
from spectra.errors import LibraryError
from tests.store.test_library import PIPELINE, library, reference


def logged():
    return record(record(library(), "build", who="A. Keeper"), "add", why="batch 2", references=["a" * 16])


def test_an_entry_is_hashed_over_everything_it_says():
    change = logged().changes[1]
    plain = change.to_dict()
    del plain["sha256"]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    assert change.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_the_log_survives_the_disk_and_is_no_part_of_the_content(tmp_path):
    plain, with_log = library(), logged()
    save_library(with_log, tmp_path / "a.h5")
    opened = Library.open(tmp_path / "a.h5")
    assert opened.changes == with_log.changes
    assert opened.content_sha256 == plain.content_sha256 == opened.changes[-1].content_sha256
    assert not unrecorded(opened)
    assert changes_head(opened.changes) == with_log.changes[-1].sha256
    assert Library.open(tmp_path / "a.h5", mapped=False).changes == with_log.changes


@pytest.mark.parametrize("field", ["what", "who", "when", "why", "content_sha256", "previous"])
def test_an_altered_entry_is_refused(field):
    first, second = logged().changes
    altered = dataclasses.replace(first, **{field: getattr(first, field) + "x"})
    with pytest.raises(LibraryError, match="entry 1 of the change log"):
        check_changes((altered, second))


def test_one_that_is_taken_out_put_in_or_moved_is_refused():
    first, second = logged().changes
    forged = Change("add", "nobody", first.when, "", previous=second.sha256)
    for changes in [(second,), (second, first), (first, forged, second)]:
        with pytest.raises(LibraryError, match="the log was altered"):
            check_changes(changes)
    with pytest.raises(LibraryError, match="the log was altered"):  # hashed again, but out of the chain
        check_changes((first, dataclasses.replace(forged, sha256=entry_sha256(forged)), second))


def test_a_library_with_a_broken_log_cannot_be_made():
    with pytest.raises(LibraryError, match="change log"):
        dataclasses.replace(library(), changes=logged().changes[1:])


@pytest.mark.parametrize("plain", [{}, [{}], [1], [{**logged().changes[0].to_dict(), "who": 3}]])
def test_what_is_no_log_is_refused(plain):
    with pytest.raises(LibraryError, match="change log"):
        changes_from(plain)


def test_content_that_changed_without_a_record_shows():
    assert unrecorded(dataclasses.replace(logged(), banner="another"))


def test_an_unknown_change_is_refused():
    with pytest.raises(LibraryError, match="expected one of build"):
        record(library(), "delete")


class TestDeprecate:
    def test_stays_in_the_file_and_leaves_the_search(self, tmp_path):
        first = library().references[0]
        smaller = deprecate_references(library(), [first.id], "wrong bottle")
        assert first.id in library().with_prepared([PIPELINE]).candidates(PIPELINE).ids
        assert first.id not in smaller.candidates(PIPELINE).ids
        save_library(smaller, tmp_path / "a.h5", pipelines=[PIPELINE])
        opened = Library.open(tmp_path / "a.h5")
        assert opened.by_id[first.id].deprecated == "wrong bottle"
        assert opened.by_id[first.id].spectrum.intensity.tolist() == first.spectrum.intensity.tolist()
        assert first.id not in opened.candidates(PIPELINE).ids
        assert len(opened) == len(library())
        assert opened.content_sha256 == smaller.with_prepared([PIPELINE]).content_sha256
        assert opened.content_sha256 != library().with_prepared([PIPELINE]).content_sha256

    def test_also_in_the_container_of_large_libraries(self, tmp_path, monkeypatch):
        monkeypatch.setattr("libraries._storing.INDEXED_FROM", 2)
        first = library().references[0]
        smaller = record(
            deprecate_references(library(), [first.id], "old"), "deprecate", references=[first.id]
        )
        save_library(smaller, tmp_path / "a.h5", pipelines=[PIPELINE])
        opened = Library.open(tmp_path / "a.h5")
        assert [bool(label.deprecated) for label in opened.labels] == [True, False, False, False]
        assert first.id not in opened.index(PIPELINE).ids
        assert opened.changes == smaller.changes
        assert opened.by_id[first.id].deprecated == "old"

    def test_needs_a_reason_a_known_id_and_something_left(self):
        one, other, *_ = library().references
        with pytest.raises(LibraryError, match="no reason"):
            deprecate_references(library(), [one.id], " ")
        with pytest.raises(LibraryError, match="none of that id"):
            deprecate_references(library(), ["0" * 16], "x")
        with pytest.raises(LibraryError, match="deprecated already"):
            deprecate_references(deprecate_references(library(), [one.id], "x"), [one.id], "y")
        with pytest.raises(LibraryError, match="no reference left"):
            deprecate_references(library(), [each.id for each in library().references], "x")
        assert other.deprecated == ""


class TestAdd:
    def test_behind_the_others_and_never_twice(self):
        new = reference(9, "urea")
        added = add_references(library(), [new, library().references[1], new])
        assert [each.id for each in added.library.references] == [*library().by_id, new.id]
        assert added.added == (new,)
        assert len(added.present) == 2
        assert added.library.calibration is None

    def test_another_technique_is_refused(self):
        spectrum = dataclasses.replace(reference(9, "x").spectrum, technique="nir", unit="wavelength_nm")
        from libraries import Naming, make_reference

        with pytest.raises(LibraryError, match="one technique"):
            add_references(library(), [make_reference(spectrum, Naming("x"))])

    def test_select_by_name_pattern_and_id(self):
        one = library().references[0]
        assert [each.id for each in select_references(library(), ["CAFF*"])] == [one.id]
        assert [each.id for each in select_references(library(), [one.id, "caffeine anhydrous"])] == [one.id]
        assert len(select_references(library(), [])) == 4
        with pytest.raises(LibraryError, match="selects no reference"):
            select_references(library(), ["sugar"])

    def test_ids_by_their_first_digits(self):
        one = library().references[0]
        assert find_ids(library(), [one.id[:8], one.id]) == (one.id,)
        with pytest.raises(LibraryError, match="fits none"):
            find_ids(library(), [one.id[:3]])
