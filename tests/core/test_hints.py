"""Hints fire on what was recalled, in full, and on nothing else."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from libraries.starter.synthesis import synthesise
from libraries.starter.tables import Band, load_hints, load_references
from spectra.matching.hints import MIN_BANDS, HintTable, find_hints

DATA = Path(__file__).parents[3] / "shared" / "data"
AXIS = np.arange(200.0, 3202.0, 2.0)
TABLES = load_hints()
FIRING = tuple(table for table in TABLES if len(table.bands_cm1) >= MIN_BANDS)
POLYSTYRENE = {620.9: 16, 795.8: 10, 1001.4: 100, 1031.8: 27, 1155.3: 13, 1450.5: 29, 1583.1: 12, 1602.3: 28}
TOLUENE = {521.7: 15, 786.5: 55, 1003.6: 100, 1030.6: 25, 1211.4: 14, 1380.0: 8, 1605.1: 12}


def draw(bands: dict[float, float], fwhm: float = 12.0) -> NDArray[np.float64]:
    return synthesise([Band(position, fwhm, 0.2, height) for position, height in bands.items()], AXIS)


def recalled(table: HintTable, rng: np.random.Generator, jitter: float = 3.0) -> NDArray[np.float64]:
    heights = (100.0 if strong else 40.0 for strong in table.strong)
    places = (position + rng.uniform(-jitter, jitter) for position in table.bands_cm1)
    return draw(dict(zip(places, heights, strict=True)))


def measured_like(clean: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """SNR 50, and what a removed fluorescence hump leaves behind."""
    leftover = 0.02 * np.sin(2.0 * np.pi * (AXIS - 200.0) / 900.0)
    noisy: NDArray[np.float64] = clean / clean.max() + leftover + rng.normal(0.0, 0.02, AXIS.size)
    return noisy


@pytest.mark.parametrize("table", FIRING, ids=lambda table: f"{table.substance}-{table.form}")
@pytest.mark.parametrize("seed", range(5))
def test_fires_on_its_own_bands(table: HintTable, seed: int) -> None:
    rng = np.random.default_rng(seed)
    hints = find_hints(AXIS, measured_like(recalled(table, rng), rng), 0.02, TABLES)
    (hint,) = (hint for hint in hints if hint.table is table)
    assert np.abs(np.subtract(hint.found_cm1, table.bands_cm1)).max() <= 5.0


@pytest.mark.parametrize("table", FIRING, ids=lambda table: f"{table.substance}-{table.form}")
def test_fires_in_an_equal_mixture(table: HintTable) -> None:
    rng = np.random.default_rng(11)
    (caffeine,) = (ref for ref in load_references() if ref.key == "caffeine-anhydrous")
    other = synthesise(caffeine.bands, AXIS)
    own = recalled(table, rng)
    mixture = measured_like(own / own.max() + other / other.max(), rng)
    assert table in [hint.table for hint in find_hints(AXIS, mixture, 0.02, TABLES)]


@pytest.mark.parametrize("bands", [POLYSTYRENE, TOLUENE], ids=["polystyrene", "toluene"])
def test_phenyl_bands_alone_fire_nothing(bands: dict[float, float]) -> None:
    rng = np.random.default_rng(3)
    assert find_hints(AXIS, measured_like(draw(bands), rng), 0.02, TABLES) == ()


def test_no_starter_reference_fires_a_hint() -> None:
    fired = [
        ref.key
        for ref in load_references()
        if find_hints(AXIS, synthesise(ref.bands, AXIS), 0.5, TABLES, tolerance_cm1=5.0)
    ]
    assert fired == []


@pytest.mark.parametrize("seed", range(20))
def test_noise_fires_nothing(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0.0, 1.0, AXIS.size)
    assert find_hints(AXIS, noise, 1.0, TABLES) == ()


@pytest.mark.parametrize("flat", [np.zeros(AXIS.size), -np.ones(AXIS.size)], ids=["zero", "negative"])
def test_flat_spectrum_fires_nothing(flat: NDArray[np.float64]) -> None:
    assert find_hints(AXIS, flat, 0.0, TABLES) == ()


@pytest.mark.parametrize("missing", range(6))
def test_one_missing_band_is_enough_to_stay_silent(missing: int) -> None:
    (table,) = (t for t in FIRING if (t.substance, t.form) == ("cocaine", "base"))
    left = [
        (p, s) for n, (p, s) in enumerate(zip(table.bands_cm1, table.strong, strict=True)) if n != missing
    ]
    clean = draw({position: 100.0 if strong else 40.0 for position, strong in left})
    assert table not in [hint.table for hint in find_hints(AXIS, clean, 0.1, TABLES)]


def test_a_strong_band_must_be_strong() -> None:
    table = HintTable("x", "", "", (500.0, 700.0, 900.0, 1100.0), (True, False, False, False))
    weak = draw({500.0: 5.0, 700.0: 100.0, 900.0: 100.0, 1100.0: 100.0})
    strong = draw({500.0: 50.0, 700.0: 100.0, 900.0: 100.0, 1100.0: 100.0})
    assert find_hints(AXIS, weak, 0.01, [table]) == ()
    assert len(find_hints(AXIS, strong, 0.01, [table])) == 1


def test_one_maximum_serves_one_band() -> None:
    table = HintTable("x", "", "", (500.0, 700.0, 900.0, 905.0), (True,) * 4)
    assert find_hints(AXIS, draw({500.0: 90.0, 700.0: 90.0, 902.0: 90.0}), 0.01, [table]) == ()


def test_three_bands_or_a_band_outside_the_range_never_fire() -> None:
    three = HintTable("x", "", "", (500.0, 700.0, 900.0), (True,) * 3)
    outside = HintTable("x", "", "", (500.0, 700.0, 900.0, 3500.0), (True,) * 4)
    bands = draw({500.0: 90.0, 700.0: 90.0, 900.0: 90.0})
    assert find_hints(AXIS, bands, 0.01, [three, outside]) == ()


def test_a_shoulder_is_no_band() -> None:
    table = HintTable("x", "", "", (500.0, 700.0, 900.0, 1100.0), (True, True, True, False))
    shoulder = draw({500.0: 100.0, 700.0: 100.0, 900.0: 100.0, 1091.0: 100.0, 1100.0: 40.0})
    assert find_hints(AXIS, shoulder, 0.01, [table], tolerance_cm1=4.0) == ()


@pytest.mark.measured
def test_false_rate_on_all_measured_spectra() -> None:
    if not (DATA / "raman").is_dir():
        pytest.skip("needs the measured spectra of ../shared/data/raman")
    from benchmarks.accuracy._shared_raman import on_common_grid, shared_raman

    prepared = [(measured, *on_common_grid(measured)) for measured in shared_raman(DATA)]
    assert len(prepared) > 800
    for displaced in (0.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0):
        fired = [
            f"{measured.folder}/{measured.name}: {hint.table.substance}"
            for measured, (axis, intensity), noise in prepared
            for hint in find_hints(axis + displaced, intensity, noise, TABLES)
        ]
        allowed = 0 if displaced == 0.0 else 0.01 * len(prepared)
        assert len(fired) <= allowed, (displaced, fired)
