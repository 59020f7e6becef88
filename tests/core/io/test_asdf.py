"""Compressed JCAMP-DX ordinates: the published digits, the checks, and whatever else may come."""

import math
import random

import pytest

from spectra.errors import DamagedError
from spectra.io import read_spectra_from_bytes
from spectra.io._asdf import Decoder

VALUES = [10, 11, 12, 12, 12, 9, -105, -105, -5, 0, 0, 7]


def decode(*lines):
    decoder = Decoder([])
    return decoder, [decoder.line(line, "x.jdx") for line in lines]


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
        ("100@V", [0, 0, 0, 0]),
        ("100E2e2", [52, -52]),
        ("100A0j5", [10, -5]),
    ],
)
def test_what_the_digits_mean(line, values):
    decoder, starts = decode(line)
    assert starts == [(100.0, 0)]
    assert decoder.ordinates == pytest.approx(values, nan_ok=True)


def test_a_line_that_ends_in_differences_is_checked_by_the_next():
    decoder, starts = decode("100A0JJ", "102A2JJ", "104A4")
    assert decoder.ordinates == [10, 11, 12, 13, 14]
    assert starts == [(100.0, 0), (102.0, 2), (104.0, 4)]
    with pytest.raises(DamagedError, match="the check of the compressed values fails"):
        decode("100A0JJ", "102A3JJ")


@pytest.mark.parametrize(
    "line", ["100J5", "100T", "100A0s99999999999", "100A0S&", "nothing", "100A0K~", "100z"]
)
def test_what_makes_no_sense_is_refused(line):
    with pytest.raises(DamagedError):
        decode(line)


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
        decoder, starts = decode(*lines, f"{place}{squeeze(values[place])}")
        assert decoder.ordinates == values
        assert all(x == position for x, position in starts)


def test_a_whole_file():
    text = (
        "##TITLE=x\n##JCAMP-DX=4.24\n##DATA TYPE=RAMAN SPECTRUM\n##XUNITS=1/CM\n##YUNITS=counts\n"
        "##FIRSTX=200\n##LASTX=238\n##NPOINTS=20\n##XFACTOR=1\n##YFACTOR=0.5\n##XYDATA=(X++(Y..Y))\n"
        "200A0" + "J" * 9 + "\n218A9" + "J" * 10 + "\n238B9\n##END=\n"
    )
    (spectrum,) = read_spectra_from_bytes(text.encode(), name="x.jdx")
    assert spectrum.axis[[0, -1]].tolist() == [200.0, 238.0]
    assert spectrum.intensity.tolist() == [0.5 * value for value in range(10, 30)]


@pytest.mark.parametrize("seed", range(20))
def test_noise_ends_in_an_error_or_in_numbers(seed):
    rng = random.Random(seed)
    for _ in range(200):
        line = "".join(rng.choice("0123456789@%ABIJRSZabijrs+-?. E") for _ in range(rng.randint(0, 30)))
        decoder = Decoder([])
        try:
            decoder.line(line, "x.jdx")
        except DamagedError:
            continue
        assert all(isinstance(value, float) for value in decoder.ordinates)
