"""Names a letter away from another."""

import pytest

from spectra.io.parts.naming import nearly


@pytest.mark.parametrize(
    "word",
    ["absorbance", "absorb", "abs0rbance", "absorrbance", "absrbance", "bsorbance", "xabsorbance", "absor"],
)
def test_one_letter(word: str) -> None:
    assert nearly(word, "absorb")


@pytest.mark.parametrize("word", ["", "dark", "sample", "reference", "ab50rb", "abs", "bsrbance"])
def test_others(word: str) -> None:
    assert not nearly(word, "absorb")
    assert not nearly("reference", "reflect")
