"""Rows at a known place: torn ends, stated counts, asked columns."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io._source import Source
from spectra.io.parts.block import asked_column, check_count, end_note, read_block


def source(text: str = "x\n", column: str | None = None) -> Source:
    return Source("a.txt", text.encode(), column=column)


@pytest.mark.parametrize(
    ("lines", "separator", "expected"),
    [
        (["1,5;2", "", "3,5;4"], ";", [[1.5, 3.5], [2, 4]]),
        (["1.5 ; -∞;", "3.5;4 ;"], ";", [[1.5, 3.5], [-np.inf, 4]]),
        ([" 1.5   2", "3.5\t4 "], None, [[1.5, 3.5], [2, 4]]),
        (["1.5,2", '3.5,"4"'], ",", [[1.5, 3.5], [2, 4]]),
    ],
)
def test_values(lines: list[str], separator: str | None, expected: list[list[float]]) -> None:
    block = read_block(lines, separator, source(), at_end=False)
    found = [block.numbers(at, source()) for at in range(len(block.cells))]
    np.testing.assert_array_equal(np.nan_to_num(found, neginf=-9), np.nan_to_num(expected, neginf=-9))


def test_points_and_commas_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="points and commas"):
        read_block(["1.000,5;2", "1;2"], ";", source(), at_end=False)


@pytest.mark.parametrize("lines", [[], ["", " "], ["1;2", "3"], ["1;2", "3;4;5"]])
def test_torn_rows_are_damaged(lines: list[str]) -> None:
    with pytest.raises(DamagedError):
        read_block(lines, ";", source(), at_end=False)


def test_a_word_among_numbers_is_damaged() -> None:
    block = read_block(["1;2", "x;4"], ";", source(), at_end=False)
    with pytest.raises(DamagedError, match="'x' in row 2"):
        block.numbers(0, source())


@pytest.mark.parametrize("last", ["3;4.2", "3;4", "3;"])
def test_short_last_number_is_damaged_only_at_an_open_end(last: str) -> None:
    lines = ["1;2.25", "2;3.75", last]
    read_block(lines, ";", source("\n".join([*lines, ""])), at_end=True)
    read_block(lines, ";", source("\n".join(lines)), at_end=False)
    with pytest.raises(DamagedError, match="middle of its last number"):
        read_block(lines, ";", source("\n".join(lines)), at_end=True)


def test_open_end_is_noted() -> None:
    assert end_note(source("1;2\n")) == ()
    assert "cut short" in end_note(source("1;2"))[0]


def test_count() -> None:
    assert check_count(5, 5.0, source()) is True
    assert check_count(5, None, source()) is False
    for stated in (4.0, 6.0, 5.5, float("nan")):
        with pytest.raises(DamagedError, match="5 rows"):
            check_count(5, stated, source())


@pytest.mark.parametrize(("wish", "at"), [(None, None), ("B", 1), ("b one", 2), ("1", 0), ("3", 2), ("c", 3)])
def test_asked_column(wish: str | None, at: int | None) -> None:
    assert asked_column(["A", "b", "B one", "cc"], source(column=wish)) == at


@pytest.mark.parametrize("wish", ["", "0", "5", "z", "²", "aa"])
def test_asked_column_that_is_not_there(wish: str) -> None:
    with pytest.raises(UnsupportedError, match="no single column"):
        asked_column(["A", "b", "a2", "a3"], source(column=wish))
