"""The engine under another prior, with several libraries, and with calibrations it must not use."""

from dataclasses import replace

import pytest
from scipy.special import logit

from libraries.calibrating import PIPELINES
from libraries.engine import Engine
from spectra.confidence.calibration import Calibration, Curve, evidence_fingerprint, growth_of_maximum
from spectra.errors import CalibrationError, LibraryError
from tests.core.synthetic import library, measured, random_bands

CALIBRATION = Calibration(
    single=Curve(-0.5, 1.0),
    mixture=Curve(-0.5, 1.0),
    threshold=0.8,
    mixture_threshold=0.8,
    prior=0.5,
    n_references=12,
    n_simulated=100,
    n_measured=100,
    seed=0,
    pipeline=PIPELINES["raman"].fingerprint,
    method="by hand",
    reliability=(),
    n_substances=12,
    evidence=evidence_fingerprint(),
)
QUERY = measured(random_bands(3), 1, snr=300)


def calibrated(calibration=CALIBRATION, **changes):
    return replace(library(), calibration=calibration.to_dict() | changes)


def identify(*libraries, **options):
    return Engine(libraries or [calibrated()], **options).identify(QUERY).identification


def test_the_same_statement_at_other_odds():
    even, rare = identify(), identify(prior=0.05)
    assert (even.verdict, rare.verdict) == ("match", "match")
    assert (even.prior, rare.prior) == (0.5, 0.05)
    assert logit(rare.probability) == pytest.approx(logit(even.probability) + logit(0.05))
    assert [each.label for each in rare.substances] == [each.label for each in even.substances]


def test_its_own_prior_changes_nothing():
    assert identify(prior=0.5) == identify()


@pytest.mark.parametrize("prior", [0.0, 1.0, float("nan")])
@pytest.mark.parametrize("has_one", [False, True])
def test_no_prior_that_is_none(prior, has_one):
    with pytest.raises(CalibrationError, match="prior"):
        Engine([calibrated() if has_one else library()], prior=prior)


def test_more_substances_together_than_the_calibration_knows_take_more_evidence(monkeypatch):
    monkeypatch.setattr("spectra.confidence.measured.SUBSTANCES", 6)
    own = calibrated(replace(CALIBRATION, n_substances=12))
    small = calibrated(replace(CALIBRATION, n_substances=6))
    growth = growth_of_maximum(12)
    assert growth > 0.5
    assert logit(identify(small).probability) == pytest.approx(logit(identify(own).probability) - growth)


@pytest.mark.parametrize("name", ["pipeline", "evidence"])
def test_a_calibration_of_other_evidence_says_nothing(name):
    said = identify(calibrated(**{name: "ab" * 32}))
    assert said.probability is None
    assert "uncalibrated" in said.reasons


def test_an_older_calibration_says_what_to_run():
    with pytest.raises(LibraryError, match="contraspec library calibrate"):
        Engine([calibrated(schema="contraspec.calibration/1")])
