"""What the evidence for a component must keep, whatever the fit gives it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.matching.components import MIN_BANDS, NO_CASE, WEIGHTS, ComponentEvidence

share = st.floats(0, 1)
pieces = st.builds(
    ComponentEvidence,
    partial_f=st.floats(0, 1e9),
    heights=share,
    own=share,
    stability=share,
    advantage=st.floats(-1e9, 1e9),
    distinct=share,
    structure=st.floats(0, 100),
    explained=share,
    query_explained=share,
    main=st.booleans(),
)
RISING = [name for name in WEIGHTS if name != "constant"]


@given(found=pieces)
def test_finite_whatever_the_pieces_are(found):
    assert np.isfinite(found.log_odds)


@given(found=pieces, piece=st.sampled_from([*RISING, "own"]), more=share)
def test_more_of_any_piece_never_lowers_it(found, piece, more):
    raised = replace(found, **{piece: getattr(found, piece) + more})
    if found.log_odds == NO_CASE:
        return
    assert raised.log_odds >= found.log_odds - 1e-9


@given(found=pieces)
def test_no_band_of_its_own_is_no_case(found):
    assert replace(found, own=0.0).log_odds == NO_CASE


@given(found=pieces, structure=st.floats(0, MIN_BANDS, exclude_max=True))
def test_one_band_more_is_no_case_unless_it_is_the_main_component(found, structure):
    one = replace(found, structure=structure)
    assert replace(one, main=False).log_odds == NO_CASE
    assert replace(one, main=True, own=1.0).log_odds > NO_CASE


@pytest.mark.parametrize("piece", RISING)
def test_every_weight_moves_the_result(piece):
    plain = ComponentEvidence(1.0, 0.5, 0.5, 0.5, 1.0, 0.5, 2.0, 0.5, 0.5)
    assert replace(plain, **{piece: getattr(plain, piece) + 0.3}).log_odds > plain.log_odds
