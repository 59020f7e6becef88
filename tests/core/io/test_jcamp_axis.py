"""Header against lines: which statement holds, and what is refused."""

import numpy as np
import pytest

from spectra.errors import DamagedError
from tests.core.io.jcamp_samples import N, X, Y, block, draft, lines


def assert_right(text: str, *warnings: str) -> None:
    """The true values are read, and each warning is there."""
    found = draft(text)
    np.testing.assert_allclose(found.axis, X, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.intensity, 0.001 * Y, rtol=1e-12)
    assert len(found.warnings) == len(warnings)
    for warning, said in zip(warnings, found.warnings, strict=True):
        assert warning in said


def test_agreement() -> None:
    assert_right(block())
    assert_right(block(FIRSTY=None, NPOINTS=None, DELTAX="-20"))
    assert draft(block()).counted
    assert not draft(block(NPOINTS=None)).counted


def test_line_x_may_be_rounded_or_cut() -> None:
    # Four thousand and 20 steps of 19.5: every digit behind the point is lost.
    head = {"LASTX": f"{4000 - 19.5 * (N - 1)}"}
    exact = np.linspace(4000, 4000 - 19.5 * (N - 1), N)
    for rounded in (np.round(exact), np.trunc(exact)):
        found = draft(block(lines(rounded, per_line=7), **head))
        np.testing.assert_allclose(found.axis, exact)
        assert found.warnings == ()


@pytest.mark.parametrize(
    ("head", "warning"),
    [
        ({"LASTX": "3000"}, "LASTX 3000 contradicts FIRSTX and all lines"),
        ({"LASTX": "3000", "DELTAX": "-20"}, "LASTX 3000 contradicts DELTAX and the lines"),
        ({"LASTX": "3000", "DELTAX": "20"}, "LASTX 3000 contradicts DELTAX and the lines"),
        ({"LASTX": "4000"}, "LASTX 4000 contradicts FIRSTX and all lines"),
        ({"LASTX": None}, "LASTX is missing"),
        ({"FIRSTX": "3900"}, "FIRSTX 3900 contradicts LASTX and all lines"),
        ({"FIRSTX": None}, "FIRSTX is missing"),
        ({"FIRSTX": None, "LASTX": None}, "FIRSTX and LASTX are missing"),
        ({"FIRSTX": "3220", "LASTX": "4000"}, "stand the wrong way round"),
        ({"XFACTOR": "0.5"}, "XFACTOR is not that of the lines"),
        ({"DELTAX": "-3"}, "DELTAX is -3, the step is -20"),
        # One step too far, as some writers count: the lines are exact enough to tell.
        ({"LASTX": "3200"}, "LASTX 3200 contradicts FIRSTX and all lines"),
    ],
)
def test_one_statement_stands_alone(head: dict[str, str | None], warning: str) -> None:
    assert_right(block(**head), warning)


def test_an_end_within_the_digits_of_exact_lines_is_compared_too() -> None:
    x = np.arange(400.0, 440.0)
    head = {"FIRSTX": "400", "DELTAX": None}
    assert draft(block(lines(x), LASTX="439", **head)).warnings == ()
    found = draft(block(lines(x), LASTX="440", **head))
    np.testing.assert_allclose(found.axis, x)
    assert "LASTX 440 contradicts" in found.warnings[0]


@pytest.mark.parametrize("delta", [None, "-20", "20"])
@pytest.mark.parametrize(
    ("head", "warning"),
    [
        ({"FIRSTX": "4006"}, "FIRSTX 4006 contradicts LASTX and all lines"),
        ({"FIRSTX": "3991"}, "FIRSTX 3991 contradicts LASTX and all lines"),
        ({"LASTX": "3226"}, "LASTX 3226 contradicts FIRSTX and all lines"),
    ],
)
def test_an_end_less_than_half_a_step_beside_precise_lines(
    head: dict[str, str], warning: str, delta: str | None
) -> None:
    assert_right(block(DELTAX=delta, **head), warning)


def test_both_ends_beside_precise_lines() -> None:
    head = {"FIRSTX": "4006", "LASTX": "3216"}
    assert_right(block(DELTAX="-20", **head), "FIRSTX 4006 and LASTX 3216 contradict DELTAX and all lines")
    for both in (head, {"FIRSTX": "4006", "LASTX": "3226", "DELTAX": "-20"}):
        found = draft(block(**both))
        np.testing.assert_allclose(found.axis, np.linspace(4006, float(both["LASTX"]), N))
        assert "steps beside the header's" in found.warnings[0]


def test_a_step_that_confirms_both_ends_outweighs_the_lines() -> None:
    x = np.linspace(4006, 3220, N)
    found = draft(block(FIRSTX="4006", DELTAX=f"{x[1] - x[0]:.8f}"))
    np.testing.assert_allclose(found.axis, x)
    assert found.warnings == ("the lines print x 0 to 0.3 steps beside the header's",)


def test_ends_within_the_digits_of_the_lines_hold() -> None:
    for head in ({"FIRSTX": "4000.9"}, {"FIRSTX": "4000.9", "LASTX": "3219.2"}):
        found = draft(block(**head))
        assert found.warnings == ()
        assert found.axis[0] == 4000.9


def test_coarse_lines_tell_of_an_end_only_with_the_step() -> None:
    x = np.arange(400.0, 440.0)
    head = {"FIRSTX": "400.4", "LASTX": "439"}
    found = draft(block(lines(x), DELTAX="1", **head))
    np.testing.assert_allclose(found.axis, x)
    assert "FIRSTX 400.4 contradicts LASTX and all lines" in found.warnings[0]
    assert draft(block(lines(x), DELTAX=None, **head)).axis[0] == 400.4
    both = draft(block(lines(x), DELTAX="1", FIRSTX="400.4", LASTX="439.4"))
    np.testing.assert_allclose(both.axis, x + 0.4)
    assert both.warnings == ()


@pytest.mark.parametrize(("label", "value"), [("MINX", "3216"), ("MAXX", "4010.5")])
def test_the_extent_is_compared(label: str, value: str) -> None:
    assert_right(block(MINX="3220", MAXX="4000.0"))
    assert_right(block(**{label: value}), f"{label} is {value}, the data have")


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"FIRSTX": "4100", "LASTX": "3000"}, "should begin at x"),
        ({"LASTX": "1e15"}, "no instrument measures there"),
        ({"NPOINTS": "43"}, "40 points, the header promises 43"),
        ({"NPOINTS": "-1"}, "expected a count"),
        ({"NPOINTS": "1.5"}, "expected a count"),
        ({"YFACTOR": "0"}, "YFACTOR is '0'"),
        ({"XFACTOR": "x"}, "XFACTOR is 'x'"),
    ],
)
def test_contradictions(head: dict[str, str], message: str) -> None:
    with pytest.raises(DamagedError, match=message):
        draft(block(**head))


def test_two_values_of_a_label_that_decides() -> None:
    text = block().replace("##XFACTOR", "##NPOINTS=40\n##XFACTOR")
    assert_right(text)
    with pytest.raises(DamagedError, match="NPOINTS stands twice"):
        draft(text.replace("##NPOINTS=40", "##NPOINTS=41", 1))


def test_lines_beside_by_one_step() -> None:
    beside = [*lines()[:1], *lines(X - 20)[1:]]
    assert_right(block(beside), "the lines print x up to one step beside")
    with pytest.raises(DamagedError, match="should begin at x"):
        draft(block(beside, NPOINTS=None))
    with pytest.raises(DamagedError, match="should begin at x"):
        draft(block([*lines()[:1], *lines(X - 40)[1:]]))


@pytest.mark.parametrize("origin", [0, 1])
def test_lines_that_count_points(origin: int) -> None:
    assert_right(block(lines(np.arange(N) + origin)), "the lines count points")


@pytest.mark.parametrize("at", range(5))
def test_a_lost_or_doubled_line_is_not_made_good_by_the_count(at: int) -> None:
    lost, doubled = lines(), lines()
    del lost[at]
    doubled.insert(at, doubled[at])
    for data in (lost, doubled):
        with pytest.raises(DamagedError, match="the header promises"):
            draft(block(data))
        n = 8 * len(data)
        if 0 < at < 4:
            with pytest.raises(DamagedError, match="should begin at x"):
                draft(block(data, NPOINTS=str(n)))


@pytest.mark.parametrize("stated", [N - 1, N + 1])
def test_a_count_off_by_one_beside_exact_lines(stated: int) -> None:
    assert_right(block(NPOINTS=str(stated)), f"NPOINTS is {stated}, the data have {N} points")


@pytest.mark.parametrize("at", range(5))
def test_a_value_lost_or_split_is_no_count_off_by_one(at: int) -> None:
    merged, split = lines(), lines()
    merged[at] = "".join(merged[at].rsplit(" ", 1))
    split[at] = f"{split[at][:-1]} {split[at][-1]}"
    for data, n in ((merged, N - 1), (split, N + 1)):
        assert sum(len(line.split()) - 1 for line in data) == n
        with pytest.raises(DamagedError, match=f"{n} points, the header promises {N}"):
            draft(block(data))


def test_pairs_under_the_label_of_steps() -> None:
    x = 3000.0 - np.arange(N) ** 1.02
    data = [f"{a:.6f}\t{b}" for a, b in zip(x, Y, strict=True)]
    head = {"FIRSTX": f"{x[0]:.6f}", "LASTX": f"{x[-1]:.6f}"}
    found = draft(block(data, **head))
    np.testing.assert_allclose(found.axis, x, atol=1e-6)
    assert found.warnings == ("XYDATA holds one x and y a line, unevenly spaced: x as printed",)
    wrong = draft(block(data, FIRSTX=head["FIRSTX"], LASTX="100"))
    assert "LASTX is 100, the data have" in wrong.warnings[1]
    with pytest.raises(DamagedError, match="the header promises 100 to 200"):
        draft(block(data, FIRSTX="100", LASTX="200"))
    with pytest.raises(DamagedError, match="the header promises 40"):
        draft(block(data[:-3], **head))


def test_even_pairs_under_the_label_of_steps_follow_the_header() -> None:
    assert_right(block(lines(per_line=1)))


def test_one_line_for_all() -> None:
    assert_right(block(lines(per_line=N)))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"YFACTOR": "1", "MAXY": "0.9"}, "the header promises FIRSTY 0.1, MAXY 0.9"),
        ({"YFACTOR": "-0.001", "MAXY": "0.9", "MINY": "0.1"}, "the header promises FIRSTY"),
    ],
)
def test_ordinates_that_contradict_the_header(head: dict[str, str], message: str) -> None:
    with pytest.raises(DamagedError, match=message):
        draft(block(**head))


@pytest.mark.parametrize(
    ("head", "warning"),
    [
        ({"FIRSTY": "0.9"}, "FIRSTY is 0.9, the data have 0.1"),
        ({"MAXY": "90", "MINY": "10"}, "MINY is 10, the data have 0.1"),
        ({"MAXY": "0.1", "MINY": f"{0.001 * Y.max():g}"}, "MINY and MAXY stand the wrong way round"),
    ],
)
def test_ordinates_that_contradict_a_part_of_the_header(head: dict[str, str], warning: str) -> None:
    found = draft(block(**head))
    assert found.warnings[0] == warning
    assert found.intensity[0] == pytest.approx(0.1)
