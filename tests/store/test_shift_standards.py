"""The table of standards: whole, sourced, and the same on the command line."""

import pytest

from cli.commands.instrument.check import STANDARDS
from libraries.shift_standards import KEYS, read_standard, read_standards
from spectra.errors import LibraryError


def test_command_line_and_table_have_the_same_standards() -> None:
    assert tuple(read_standards()) == KEYS == STANDARDS


@pytest.mark.parametrize("key", KEYS)
def test_every_standard_is_complete(key: str) -> None:
    standard = read_standard(key)
    places = [band.position_cm1 for band in standard.bands]
    assert places == sorted(set(places))
    assert sum(band.strength == "strongest" for band in standard.bands) == 1
    assert all(0 < band.expanded_cm1 <= 2.0 for band in standard.bands)
    assert standard.source
    assert standard.width_band_cm1 is None or standard.width_band_cm1 in places


@pytest.mark.parametrize("key", [key for key in KEYS if key != "silicon"])
def test_nothing_claims_to_be_better_than_polystyrene(key: str) -> None:
    assert 2 * read_standard(key).common_cm1 >= 1.1


def test_an_unknown_standard_is_named_with_those_that_exist() -> None:
    with pytest.raises(LibraryError, match=r"'neon': expected one of polystyrene, cyclohexane"):
        read_standard("neon")
