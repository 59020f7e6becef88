"""Layers between instrument and item, drawn from short band lists."""

import numpy as np
import pytest
from scipy.signal import find_peaks

from spectra.confidence.layers import PLASTICS, draw_glass, draw_plastics
from spectra.preprocessing import RAMAN_GRID


def test_each_plastic_has_its_bands_where_they_are_listed():
    for name, row in zip(PLASTICS, draw_plastics(RAMAN_GRID), strict=True):
        peaks = RAMAN_GRID.axis[find_peaks(row, prominence=0.01)[0]]
        for place, height in PLASTICS[name]:
            near = np.abs(peaks - place).min()
            assert near <= RAMAN_GRID.step or height < 0.6, (name, place)  # a shoulder has no top of its own


def test_all_are_one_high_and_nowhere_negative():
    for row in (*draw_plastics(RAMAN_GRID), draw_glass(RAMAN_GRID)):
        assert row.shape == (RAMAN_GRID.n_points,)
        assert row.max() == pytest.approx(1.0)
        assert row.min() >= 0


def test_glass_is_broad_where_a_785_nm_laser_shows_it():
    glass, axis = draw_glass(RAMAN_GRID), RAMAN_GRID.axis
    assert axis[glass.argmax()] == pytest.approx(1355, abs=2)
    above_half = axis[glass > 0.5]
    assert 60 < np.ptp(above_half) < 100
    assert 0.1 < glass[(axis > 400) & (axis < 600)].max() < 0.5


def test_what_is_shared_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        draw_plastics(RAMAN_GRID)[0, 0] = 1.0
