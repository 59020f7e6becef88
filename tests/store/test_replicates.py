"""Several scans of one item: outliers named, contradictions never averaged into one clear."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from libraries.disagreement import seen_substances
from libraries.outliers import FLOOR, OUTLIER, robust_distances
from libraries.replicates import judge_replicates, mean_spectrum
from spectra.confidence.identification import Identification, NamedSubstance
from spectra.errors import SpectrumError
from spectra.label import Label
from spectra.matching.hints import Hint, HintTable
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum

AXIS = np.arange(900.0, 1700.0, 4.0)
QUALITY = QualityReport(snr=100.0, saturated=False, fluorescence=0.0, n_spikes=0, noise=1.0)
CAFFEINE = Label("1", "caffeine", form="anhydrous", role="cutting agent")
HYDRATE = Label("2", "caffeine", form="hydrate", role="cutting agent")
LACTOSE = Label("3", "lactose", role="benign")
COCAINE = Label("4", "cocaine", role="controlled")
BAG = Label("5", "polyethylene", role="packaging")
HINT = Hint(HintTable("heroin", "", "", (1.0,), (True,), "recalled"), (1.0,))


@dataclass(frozen=True)
class FakeAnswer:
    identification: Identification


def says(verdict, *labels, probability=0.99, reasons=(), hints=()):
    named = tuple(NamedSubstance(label, probability, 1.0 / len(labels), 0.9) for label in labels)
    alert = any(label.role == "controlled" for label in labels)
    return FakeAnswer(
        Identification(verdict, alert, probability, named, (), hints, reasons, "send_to_lab", QUALITY)
    )


def band(centre, *, noise=0.01, seed=0):
    rng = np.random.default_rng(seed)
    intensity = np.exp(-0.5 * ((AXIS - centre) / 40.0) ** 2) + noise * rng.standard_normal(AXIS.size)
    return Spectrum(AXIS, intensity, "nir", "wavelength_nm", {"source_sha256": f"{seed}"})


def judge(answers, centres=None, *, mean=None):
    spectra = [band(centre, seed=seed) for seed, centre in enumerate(centres or [1200.0] * len(answers))]
    return judge_replicates(
        spectra, answers, identify=lambda _: mean or answers[0], prepare=lambda spectrum: spectrum
    )


def test_scans_that_agree_give_the_answer_of_their_mean_and_the_spread():
    answers = [says("match", CAFFEINE, probability=p) for p in (0.9, 0.97, 0.95)]
    mean = says("match", CAFFEINE, probability=0.98)
    found = judge(answers, mean=mean)
    assert found.agreement == "agree"
    assert found.answer.identification == mean.identification
    assert found.probability == (0.9, 0.97)
    assert found.verdicts == (("match", 3),)
    assert [scan.state for scan in found.scans] == ["used"] * 3


def test_shares_range_over_the_scans():
    answers = [says("mixture", CAFFEINE, LACTOSE), says("mixture", CAFFEINE, LACTOSE)]
    part = answers[1].identification.substances
    parts = (replace(part[0], share=0.7), replace(part[1], share=0.3))
    answers[1] = FakeAnswer(replace(answers[1].identification, substances=parts))
    ranges = {one.label.substance: (one.low, one.high, one.n) for one in judge(answers).shares}
    assert ranges == {"caffeine": (0.5, 0.7, 2), "lactose": (0.3, 0.5, 2)}


def test_an_outlier_is_named_and_not_used():
    answers = [says("match", CAFFEINE)] * 4 + [says("inconclusive", CAFFEINE)]
    found = judge(answers, [1200.0] * 4 + [1500.0])
    assert [scan.state for scan in found.scans] == ["used"] * 4 + ["outlier"]
    assert found.scans[4].distance > OUTLIER > found.scans[0].distance
    assert found.agreement == "agree"


@pytest.mark.parametrize("rewritten", [0.0, 1e-8])
def test_the_same_scan_given_twice_confirms_nothing(rewritten):
    scan = band(1200.0, seed=0)
    again = replace(scan, intensity=scan.intensity + rewritten, metadata={"source_sha256": "another"})
    answers = [says("match", CAFFEINE)] * 2
    asked = []
    found = judge_replicates([scan, again], answers, identify=asked.append, prepare=lambda one: one)
    assert [one.state for one in found.scans] == ["used", "duplicate"]
    assert found.scans[1].distance is None
    assert (found.agreement, found.answer.identification.verdict) == ("too_few", "inconclusive")
    assert found.verdicts == (("match", 1),)
    assert not asked


def test_a_duplicate_does_not_weigh_twice_in_the_mean():
    asked = []

    def identify(spectrum):
        asked.append(spectrum)
        return says("match", CAFFEINE)

    one, other = band(1200.0, seed=0), band(1200.0, seed=1)
    spectra = [one, other, replace(one)]
    found = judge_replicates(spectra, [says("match", CAFFEINE)] * 3, identify=identify, prepare=lambda s: s)
    assert [scan.state for scan in found.scans] == ["used", "used", "duplicate"]
    assert asked[0].intensity == pytest.approx((one.intensity + other.intensity) / 2)


def test_an_unusable_scan_given_twice_stays_unusable():
    scan = band(1200.0)
    answers = [says("unusable", probability=None, reasons=("too_weak",))] * 2
    found = judge_replicates([scan, scan], answers, identify=lambda _: answers[0], prepare=lambda one: one)
    assert [one.state for one in found.scans] == ["unusable", "duplicate"]
    assert found.answer.identification.verdict == "unusable"


def test_the_mean_leaves_the_outlier_out():
    asked = []

    def identify(spectrum):
        asked.append(spectrum)
        return says("match", CAFFEINE)

    spectra = [band(1200.0, seed=seed) for seed in range(4)] + [band(1500.0, seed=9)]
    judge_replicates(spectra, [says("match", CAFFEINE)] * 5, identify=identify, prepare=lambda one: one)
    expected = np.mean([spectrum.intensity for spectrum in spectra[:4]], axis=0)
    assert asked[0].intensity == pytest.approx(expected)
    assert "source_sha256" not in asked[0].metadata


CONTRADICTIONS = {
    "two substances": [says("match", CAFFEINE), says("match", LACTOSE)],
    "group without a common member": [says("group", CAFFEINE, BAG), says("group", LACTOSE, COCAINE)],
    "something unknown": [says("match", CAFFEINE), says("no_match")],
    "feared by one": [says("match", CAFFEINE), says("inconclusive", COCAINE)],
    "feared in a mixture": [says("match", CAFFEINE), says("mixture", CAFFEINE, COCAINE)],
}


@pytest.mark.parametrize("answers", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
@pytest.mark.parametrize("turned", [False, True])
def test_contradicting_scans_are_never_averaged(answers, turned):
    answers = answers[::-1] if turned else answers
    benign = says("match", CAFFEINE)
    found = judge(answers, mean=benign)
    said = found.answer.identification
    assert found.agreement == "disagree"
    assert said.verdict == "inconclusive"
    assert said.reasons[0] == "replicates_disagree"
    assert said.probability is None
    assert said.alert == any(answer.identification.alert for answer in answers)
    named = {one.label.substance for answer in answers for one in answer.identification.substances}
    assert {one.label.substance for one in said.substances} <= named
    assert len(said.substances) == min(3, len(named))


def test_an_outlier_of_another_substance_contradicts():
    answers = [says("match", CAFFEINE)] * 4 + [says("match", COCAINE)]
    found = judge(answers, [1200.0] * 4 + [1500.0])
    said = found.answer.identification
    assert (found.agreement, said.verdict, said.alert) == ("disagree", "inconclusive", True)
    assert said.substances[0].label.substance == "cocaine"


@pytest.mark.parametrize("mean", [says("match", LACTOSE), says("no_match"), says("unusable")])
def test_a_mean_that_says_other_than_every_scan_is_no_answer(mean):
    found = judge([says("match", CAFFEINE)] * 3, mean=mean)
    assert found.agreement == "disagree"
    assert found.answer.identification.verdict == "inconclusive"


def test_two_spots_do_not_make_a_mixture():
    mean = says("mixture", CAFFEINE, LACTOSE)
    found = judge([says("match", CAFFEINE), says("inconclusive", LACTOSE)], mean=mean)
    assert found.agreement == "disagree"
    assert found.answer.identification.verdict == "inconclusive"
    assert judge([says("mixture", CAFFEINE, LACTOSE)] * 2, mean=mean).agreement == "agree"


def test_a_mean_may_name_what_no_scan_could():
    found = judge([says("inconclusive", CAFFEINE)] * 3, mean=says("match", CAFFEINE))
    assert (found.agreement, found.answer.identification.verdict) == ("agree", "match")


@pytest.mark.parametrize(
    "answers",
    [
        [says("match", CAFFEINE)],
        [says("match", CAFFEINE), says("unusable", reasons=("too_weak",))],
        [says("match", CAFFEINE), says("match", BAG, reasons=("container_only",))],
    ],
)
def test_one_usable_scan_is_no_consensus(answers):
    found = judge(answers)
    said = found.answer.identification
    assert (found.agreement, said.verdict) == ("too_few", "inconclusive")
    assert said.reasons == ("too_few_replicates",)
    assert said.next_action == "scan_again_longer"
    assert said.probability is None


def test_an_alert_of_the_only_usable_scan_stays():
    said = judge([says("unusable"), says("match", COCAINE)]).answer.identification
    assert (said.verdict, said.alert, said.next_action) == ("inconclusive", True, "send_to_lab")


def test_no_usable_scan_is_unusable_with_all_reasons():
    answers = [says("unusable", reasons=("too_weak",)), says("unusable", reasons=("saturated",))]
    said = judge(answers).answer.identification
    assert (said.verdict, said.reasons) == ("unusable", ("too_weak", "saturated"))


def test_scans_of_the_bag_alone_are_a_bag():
    answers = [says("match", BAG, reasons=("container_only",))] * 3
    found = judge(answers)
    assert found.agreement == "agree"
    assert found.answer.identification.reasons == ("container_only",)


def test_a_hint_of_one_scan_stays():
    answers = [says("match", CAFFEINE), says("match", CAFFEINE, reasons=("hint",), hints=(HINT,))]
    said = judge(answers).answer.identification
    assert (said.verdict, said.hints, said.reasons[0]) == ("match", (HINT,), "hint")


def test_several_forms_of_one_substance_put_the_form_in_doubt():
    said = judge([says("match", CAFFEINE), says("match", HYDRATE)]).answer.identification
    assert said.verdict == "match"
    assert "form_uncertain" in said.reasons


def test_feared_names_come_first():
    answers = [says("match", LACTOSE), says("match", LACTOSE), says("group", CAFFEINE, HYDRATE, BAG, COCAINE)]
    seen = seen_substances([answer.identification for answer in answers])
    assert [one.label.substance for one in seen] == ["cocaine", "lactose", "caffeine"]
    assert all(one.probability is None and one.share is None for one in seen)


def test_scans_of_two_techniques_are_refused():
    raman = Spectrum(AXIS, np.exp(-AXIS / 1000))
    with pytest.raises(SpectrumError, match=r"several kinds.*combine"):
        judge_replicates(
            [band(1200.0), raman], [says("no_match")] * 2, identify=lambda _: says("no_match"), prepare=None
        )
    with pytest.raises(SpectrumError, match="no scan"):
        judge_replicates([], [], identify=lambda _: says("no_match"), prepare=None)


class TestDistances:
    def test_as_computed_by_hand(self):
        rng = np.random.default_rng(5)
        rows = [rng.standard_normal(AXIS.size) * 0.1 + np.sin(AXIS / 50) for _ in range(7)]
        found = robust_distances([Spectrum(AXIS, 3.0 * row + 1.0, "nir", "wavelength_nm") for row in rows])
        unit = [(row - row.mean()) / np.sqrt(((row - row.mean()) ** 2).sum()) for row in rows]
        middle = np.median(unit, axis=0)
        far = np.array([np.sqrt(((row - middle) ** 2).sum()) for row in unit])
        spread = max(1.4826 * np.median(abs(far - np.median(far))), FLOOR * np.median(far))
        assert found == pytest.approx((far - np.median(far)) / spread)

    def test_brightness_and_offset_do_not_count(self):
        scans = [band(1200.0, seed=seed) for seed in range(4)]
        brighter = replace(scans[0], intensity=7.0 * scans[0].intensity + 3.0)
        assert robust_distances([brighter, *scans[1:]]) == pytest.approx(robust_distances(scans))

    def test_the_order_does_not_count(self):
        scans = [band(1200.0, seed=seed) for seed in range(4)] + [band(1400.0)]
        assert robust_distances(scans[::-1])[::-1] == pytest.approx(robust_distances(scans))

    def test_of_two_scans_none_is_off(self):
        assert robust_distances([band(1200.0), band(1500.0)]).tolist() == [0.0, 0.0]

    def test_equal_scans_have_no_outlier(self):
        assert robust_distances([band(1200.0)] * 5).max() < OUTLIER

    def test_only_common_points_count(self):
        short = band(1200.0, seed=3)
        short = replace(short, axis=short.axis[20:], intensity=short.intensity[20:])
        scans = [band(1200.0, seed=seed) for seed in range(3)]
        cut = [replace(scan, axis=scan.axis[20:], intensity=scan.intensity[20:]) for scan in scans]
        assert robust_distances([*scans, short]) == pytest.approx(robust_distances([*cut, short]))


def test_the_mean_stands_on_the_common_range_of_the_first_axis():
    shifted = Spectrum(AXIS + 100.0, np.full(AXIS.size, 3.0), "nir", "wavelength_nm")
    flat = Spectrum(AXIS, np.full(AXIS.size, 1.0), "nir", "wavelength_nm", warnings=("a",))
    mean = mean_spectrum([flat, shifted])
    assert (mean.axis[0], mean.axis[-1]) == (1000.0, AXIS[-1])
    assert mean.intensity == pytest.approx(np.full(mean.n_points, 2.0))
    assert mean.warnings == ("a",)


def test_spikes_of_one_raman_scan_do_not_reach_the_mean():
    axis = np.arange(200.0, 2000.0, 2.0)
    rng = np.random.default_rng(1)
    rows = [
        100.0 * np.exp(-0.5 * ((axis - 900) / 20) ** 2) + rng.standard_normal(axis.size) for _ in range(3)
    ]
    rows[1][300] += 5000.0
    mean = mean_spectrum([Spectrum(axis, row) for row in rows])
    assert mean.intensity[300] < 20.0
