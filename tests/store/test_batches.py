"""Journal, walk and work list of a batch."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.batches.journal import Done, Identity, open_journal
from libraries.batches.locking import held
from libraries.batches.settling import MAX_WAIT_SECONDS, SETTLE_SECONDS, Seen
from libraries.batches.walking import Own, Place, find_places, read_list
from libraries.batches.worklist import WorkList
from spectra.errors import BatchError, WriteError

SETTINGS: Mapping[str, Any] = {"libraries": ["ab"], "prior": None}


def done(file: str, *, entry: int = 0, root: int = 0) -> Done:
    return Done(root, file, Identity(3, 5, "aa"), ({"file": file, "verdict": "match"},), entry)


def fill(path: Path, *files: str) -> None:
    with open_journal(path, SETTINGS) as journal:
        for file in files:
            journal.append(done(file))


def files_in(path: Path) -> list[str]:
    with open_journal(path, SETTINGS) as journal:
        return [each.file for _, each in journal.done()]


def test_what_is_appended_is_read_back_and_found_again(tmp_path: Path) -> None:
    with open_journal(tmp_path / "j", SETTINGS) as journal:
        place = journal.append(done("a.csv", entry=7))
        journal.append(done("b.csv"))
        assert journal.read_at(place) == done("a.csv", entry=7)
        assert [each.file for _, each in journal.done()] == ["a.csv", "b.csv"]
        journal.append(done("c.csv"))  # reading does not move where is written
    assert files_in(tmp_path / "j") == ["a.csv", "b.csv", "c.csv"]


def test_wherever_a_write_is_cut_short_the_lines_before_it_stay(tmp_path: Path) -> None:
    path = tmp_path / "j"
    fill(path, "a.csv", "b.csv")
    whole = path.read_bytes()
    begin = whole.rstrip(b"\n").rfind(b"\n") + 1
    for end in range(begin, len(whole)):
        path.write_bytes(whole[:end])
        assert files_in(path) == ["a.csv"]
        assert path.read_bytes() == whole[:begin]
    path.write_bytes(whole)
    assert files_in(path) == ["a.csv", "b.csv"]


def test_a_journal_of_which_not_even_the_head_is_whole_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "j"
    fill(path)
    path.write_bytes(path.read_bytes()[:-3])
    assert files_in(path) == []


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "j"
    fill(path, "a.csv")
    with pytest.raises(BatchError, match=r"other settings \(prior\).*--restart"):
        open_journal(path, {**SETTINGS, "prior": 0.1})
    assert files_in(path) == ["a.csv"]
    with open_journal(path, {**SETTINGS, "prior": 0.1}, restart=True) as journal:
        assert not list(journal.done())


@pytest.mark.parametrize(
    "content", [b"Raman shift,counts\n1,2\n", b"{}\n", b'{"schema": "contraspec.log/1"}\n']
)
def test_a_foreign_file_is_no_journal(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j").write_bytes(content)
    with pytest.raises(BatchError, match="not a journal"):
        open_journal(tmp_path / "j", SETTINGS)
    assert (tmp_path / "j").read_bytes() == content


def test_a_damaged_line_in_the_middle_is_told(tmp_path: Path) -> None:
    path = tmp_path / "j"
    fill(path, "a.csv", "b.csv")
    path.write_bytes(path.read_bytes().replace(b'"file": "a.csv", "size"', b'"file": "a.csv", "sixe"'))
    with pytest.raises(BatchError, match="damaged"):
        files_in(path)


def test_no_journal_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written"):
        open_journal(tmp_path / "none" / "j", SETTINGS)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    journal = str(tmp_path / "j")
    with held(journal), pytest.raises(BatchError, match="another contraspec"), held(journal):
        pass
    with held(journal):
        pass


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def walked(*inputs: str, own: Own = Own()) -> list[str]:  # noqa: B008
    with WorkList() as work:
        work.add(find_places(inputs, own))
        return [item.file for item in work.items()]


def test_folders_are_walked_in_sorted_order_and_names_are_below_them(tmp_path: Path) -> None:
    touch(tmp_path, "b/x.csv", "a.csv", "b/c/d.csv", "B.csv", "é.csv", ".hidden")
    expected = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert walked(str(tmp_path)) == expected


def test_inputs_come_in_the_order_typed_and_patterns_are_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "z/2.csv", "z/1.csv", "a/1.spc", "a/2.spc", "one.csv")
    monkeypatch.chdir(tmp_path)
    assert walked("z", "one.csv", "a/*.spc") == ["1.csv", "2.csv", "one.csv", "a/1.spc", "a/2.spc"]


def test_a_file_reached_twice_stands_once_and_two_of_one_name_stand_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "x/1.csv", "y/1.csv")
    monkeypatch.chdir(tmp_path)
    assert walked("x", "x/1.csv", "x") == ["1.csv"]
    assert walked("x", "y", "y/1.csv") == ["1.csv", "y/1.csv"]


def test_what_is_not_there_or_empty_is_listed_so_that_it_gets_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert walked("none.csv", "*.none", "empty") == ["none.csv", "*.none", "empty"]


def test_own_files_and_what_a_broken_write_left_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv", "r.csv", "kept/a.csv.evidence.json", ".r.csv.0123456789ab.tmp", "b.result.jsonl")
    own = Own.of([str(tmp_path / "r.csv")], [str(tmp_path / "kept")], endings=(".result.jsonl",))
    assert walked(str(tmp_path), own=own) == ["a.csv"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_to_folders_are_followed_but_not_in_a_circle(tmp_path: Path) -> None:
    touch(tmp_path, "in/a/1.csv", "other/2.csv")
    (tmp_path / "in" / "a" / "up").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "o").symlink_to(tmp_path / "other", target_is_directory=True)
    assert walked(str(tmp_path / "in")) == ["a/1.csv", "o/2.csv"]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text_go_through(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    try:
        (tmp_path / name).write_bytes(b"1")
    except OSError:
        pytest.skip("this file system takes text only")
    assert walked(str(tmp_path)) == [name]


def test_lists_have_one_input_a_line(tmp_path: Path) -> None:
    (tmp_path / "l").write_bytes(b"\xef\xbb\xbfa b.csv\r\n\r\n# no\n folder \n")
    assert list(read_list(str(tmp_path / "l"))) == ["a b.csv", "folder"]


def test_the_work_list_recalls_and_sees_what_is_noted_meanwhile(tmp_path: Path) -> None:
    with open_journal(tmp_path / "j", SETTINGS) as journal, WorkList() as work:
        work.add(Place(0, name, name, name) for name in ("a", "b"))
        places = [journal.append(done("a", entry=3)), journal.append(done("gone", entry=4))]
        assert work.recall(journal) == 4
        found = {item.file: (item.place, item.path is None) for item in work.items()}
        assert found == {"a": (places[0], False), "b": (None, False), "gone": (places[1], True)}
        later = journal.append(done("a"))
        work.note(done("a"), later)
        assert next(work.items()).place == later


@given(st.lists(st.tuples(st.integers(0, 3), st.text(min_size=1, max_size=8)), max_size=1200, unique=True))
def test_the_order_is_that_of_input_and_name(pairs: list[tuple[int, str]]) -> None:
    unique = {name: root for root, name in pairs if "\0" not in name}
    with WorkList() as work:
        work.add(Place(root, name, str(i), name) for i, (name, root) in enumerate(unique.items()))
        assert len(work) == len(unique)
        assert [(item.root, item.file) for item in work.items()] == sorted(
            (root, name) for name, root in unique.items()
        )


def test_a_file_settles_when_it_stops_changing() -> None:
    seen = Seen(10, 1, changed=0.0)
    assert not seen.is_settled(SETTLE_SECONDS - 0.01)
    assert seen.looked(10, 1, 0.3).is_settled(SETTLE_SECONDS)
    grown = seen.looked(20, 2, 0.3)
    assert not grown.is_settled(0.3 + 0.44)  # it paused 0.3 s: wait half as long again
    assert grown.is_settled(0.3 + 0.46)
    assert not grown.touched(1.0).is_settled(1.44)


def test_nobody_is_waited_for_without_end() -> None:
    slow = Seen(10, 1, changed=0.0).looked(20, 2, 500.0)
    assert not slow.is_settled(505.0)
    assert slow.is_settled(500.0 + MAX_WAIT_SECONDS)
