"""Compressed JCAMP-DX ordinates: the published digits, the checks, and whatever else may come."""

import math
import random

import pytest

from spectra.errors import DamagedError
from spectra.io import read_spectra_from_bytes
from spectra.io.jcamp.asdf import Line, decoded, joined


def decode(*lines, promised=None):
    found = joined([decoded(line, "x.jdx") for line in lines], promised, "x.jdx")
    return found.values.tolist(), found.positions.tolist()


def digits(value, plus, minus):
    text = str(abs(value))
    return (plus[int(text[0])] if value >= 0 else minus[int(text[0])]) + text[1:]


def squeeze(value):
    return digits(value, "@ABCDEFGHI", "@abcdefghi")


def difference(value):
    return digits(value, "%JKLMNOPQR", "%jklmnopqr")


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("100 1 2 3", [1, 2, 3]),
        ("100A0B1c2", [10, 21, -32]),
        ("100+1-2?3", [1, -2, math.nan, 3]),
        ("100A0JJ", [10, 11, 12]),
        ("100A0JT", [10, 11, 12]),  # the difference twice
        ("100A0T%U", [10, 10, 10, 10, 10]),
        ("100A0SJS", [10, 11]),  # once is no repetition
        ("100@V", [0, 0, 0, 0]),
        ("100E2e2", [52, -52]),
        ("100A0j5", [10, -5]),
        (" -5.5 A0, B0; C0", [10, 20, 30]),
        (".5A0B1.5", [10, 21.5]),
    ],
)
def test_what_the_digits_mean(line, values):
    found = decoded(line, "x.jdx")
    assert found.values == pytest.approx(values, nan_ok=True)
    assert line.strip().startswith(found.x)


def test_a_line_that_ends_in_differences_is_checked_by_the_next():
    values, positions = decode("100A0JJ", "102A2JJ", "104A4")
    assert values == [10, 11, 12, 13, 14]
    assert positions == [0, 2, 4]
    with pytest.raises(DamagedError, match="the check of the compressed values fails"):
        decode("100A0JJ", "102A3JJ")


def test_a_writer_without_checks_is_believed_by_the_count_alone():
    lines = ("100A0JJ", "103A5JJ", "106A9JJ")
    values, positions = decode(*lines, promised=9)
    assert values == [10, 11, 12, 15, 16, 17, 19, 20, 21]
    assert positions == [0, 3, 6]
    for promised in (None, 7, 8):
        with pytest.raises(DamagedError, match="check"):
            decode(*lines, promised=promised)


def test_a_zero_for_the_last_check_is_believed_by_the_count_alone():
    lines = ("100A0JJ", "102A2JJ", "104@")
    assert decode(*lines, promised=5)[0] == [10, 11, 12, 13, 14]
    # Any other value is no such habit: a point, or damage.
    assert decode(*lines[:2], "104A9", promised=6)[0] == [10, 11, 12, 13, 14, 19]
    for last in ("104@", "104A9"):
        with pytest.raises(DamagedError, match="check"):
            decode(*lines[:2], last, promised=7)
    with pytest.raises(DamagedError, match="check"):
        decode(*lines[:2], "104A9", promised=5)


def test_a_missing_value_is_its_own_check():
    assert (
        joined([Line("1", [1.0, math.nan], True), Line("2", [math.nan, 3.0], False)], None, "x").values[2]
        == 3
    )


@pytest.mark.parametrize(
    "line", ["100J5", "100T", "100A0s99999999999", "100A0S&", "nothing", "100A0K~", "100z", "100", "100A0S.5"]
)
def test_what_makes_no_sense_is_refused(line):
    with pytest.raises(DamagedError):
        decoded(line, "x.jdx")


def test_few_digits_cannot_ask_for_much_memory():
    with pytest.raises(DamagedError, match="of too much"):
        decoded("1A0s" + "9" * 4000, "x.jdx")
    with pytest.raises(DamagedError, match="expected 1 to 3"):
        decoded("1 1 2 3 4", "x.jdx", room=3)


def test_random_values_come_back():
    """Squeeze, difference and repeat as a writer would, lines of random length."""
    rng = random.Random(3)
    for _ in range(50):
        values = [rng.choice([0, 1, 5, -7, 12345]) * rng.randint(0, 30) for _ in range(rng.randint(2, 60))]
        lines, place = [], 0
        while place < len(values) - 1:
            stop = min(len(values) - 1, place + rng.randint(1, 9))
            steps = [values[n + 1] - values[n] for n in range(place, stop)]
            lines.append(f"{place}" + squeeze(values[place]) + "".join(difference(step) for step in steps))
            place = stop
        lines.append(f"{place}{squeeze(values[place])}")
        back, positions = decode(*lines)
        assert back == values
        assert [float(decoded(line, "x").x) for line in lines] == positions


def test_a_whole_file():
    text = (
        "##TITLE=x\n##JCAMP-DX=4.24\n##DATA TYPE=RAMAN SPECTRUM\n##XUNITS=1/CM\n##YUNITS=counts\n"
        "##FIRSTX=200\n##LASTX=238\n##NPOINTS=20\n##XFACTOR=1\n##YFACTOR=0.5\n##XYDATA=(X++(Y..Y))\n"
        "200A0" + "J" * 9 + "\n218A9" + "J" * 10 + "\n238B9\n##END=\n"
    )
    (spectrum,) = read_spectra_from_bytes(text.encode(), name="x.jdx")
    assert spectrum.axis[[0, -1]].tolist() == [200.0, 238.0]
    assert spectrum.intensity.tolist() == [0.5 * value for value in range(10, 30)]
    assert spectrum.warnings == ()


@pytest.mark.parametrize("seed", range(20))
def test_noise_ends_in_an_error_or_in_numbers(seed):
    rng = random.Random(seed)
    for _ in range(200):
        line = "".join(rng.choice("0123456789@%ABIJRSZabijrs+-?. E") for _ in range(rng.randint(0, 30)))
        try:
            values = decoded(line, "x.jdx", room=10_000).values
        except DamagedError:
            continue
        assert 0 < len(values) <= 10_000
        assert all(isinstance(value, float) for value in values)
