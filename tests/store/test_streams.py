"""Streams: what is begun, decided and ended, by frames that are made up; never a wrong kind of silence."""

import dataclasses
import math
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries.calibrating import fit_library
from libraries.embedded import Embedded
from libraries.library import save_library
from libraries.methods.method import Answer
from libraries.streams import (
    BackgroundReady,
    Decided,
    Fault,
    Frame,
    FrameRejected,
    ItemBegun,
    ItemEnded,
    Looked,
    Started,
    Stream,
    StreamConfig,
    Stuck,
)
from spectra.confidence.identification import Identification, NamedSubstance
from spectra.errors import SpectrumError, StreamError
from spectra.label import Label
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum
from spectra.streams.sequential import Schedule
from tests.core.synthetic import draw, library, random_bands

AXIS = np.arange(200.0, 1800.0, 2.0)
BELT = 400.0 + 200.0 * np.exp(-AXIS / 600.0)
QUALITY = QualityReport(100.0, False, 0.1, 0, 1.0)
ITEM, OTHER = (draw(random_bands(seed), AXIS) for seed in (1, 2))
SMALL = {"background_frames": 40, "memory_frames": 200, "schedule": Schedule(5, 4, 2.5)}


def saying(verdict, probability=None, *names, role="benign"):
    named = tuple(
        NamedSubstance(Label(id=n, substance=n, role=role, grade="B"), probability, None, 0.9) for n in names
    )
    return Identification(
        verdict, role == "controlled" and bool(named), probability, named, (), (), (), "send_to_lab", QUALITY,
        prior=0.5,
    )  # fmt: skip


class Judge:
    """Says what it is told to, look after look; the last again and again."""

    def __init__(self, *script, background=None):
        self.script, self.asked = list(script) or [saying("no_match")], []
        self.background = background or saying("no_match")

    def identify(self, axis, intensity, metadata=None, *, technique="raman", unit=None):
        spectrum = Spectrum(axis, intensity, technique, unit or "raman_shift_cm-1", metadata or {})
        if not self.asked and self.background is not None:
            self.asked.append(spectrum)
            return SimpleNamespace(answer=Answer(self.background, 1.0, 0.0, ()), spectrum=spectrum)
        said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        self.asked.append(spectrum)
        if isinstance(said, Exception):
            raise said
        return SimpleNamespace(answer=Answer(said, 1.0, 0.0, ()), spectrum=spectrum)


class Line:
    """A stream and the frames for it."""

    def __init__(self, *script, background=None, seed=0, learned=60, **how):
        self.judge = Judge(*script, background=background)
        self.stream = Stream(self.judge, StreamConfig(AXIS, **{**SMALL, **how}))
        self.rng, self.time, self.events = np.random.default_rng(seed), 0.0, []
        self.go(learned)

    def frame(self, light=0.0, **how):
        self.time += 0.1
        return Frame(self.time, BELT + light + self.rng.normal(0.0, 10.0, AXIS.size), **how)

    def go(self, n, light=0.0, **how):
        found = []
        for _ in range(n):
            found += self.stream.push(self.frame(light, **how))
        self.events += found
        return found

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def close(self):
        self.events += self.stream.close()
        return self


SURE = saying("match", 0.9995, "caffeine")
LIGHT = 300.0 * ITEM


def test_an_item_is_begun_decided_and_ended_once():
    line = Line(SURE)
    line.go(30, LIGHT)
    line.go(20)
    kinds = [type(event).__name__ for event in line.events]
    assert kinds == ["Started", "BackgroundReady", "ItemBegun", "Looked", "Decided", "ItemEnded"]
    begun, decided, ended = line.of(ItemBegun)[0], line.of(Decided)[0], line.of(ItemEnded)[0]
    assert begun.since_s == pytest.approx(6.1)
    assert begun.time_s <= 6.4
    assert (decided.verdict, decided.frames, decided.looks) == ("match", 4, 1)
    assert decided.error_bound == pytest.approx(5 / 1999, rel=1e-6)
    assert ended.by == "change"
    assert ended.until_s == pytest.approx(9.0, abs=0.11)
    assert ended.reasons == ()


def test_a_statement_waits_until_looks_suffice():
    line = Line(saying("match", 0.995, "caffeine"))
    line.go(40, LIGHT)
    assert [look.frames for look in line.of(Looked)] == [4, 10, 25]
    assert [round(look.error_bound, 4) for look in line.of(Looked)] == [0.0251, 0.0126, 0.0084]
    assert line.of(Decided)[0].frames == 25


@pytest.mark.parametrize("verdict", ["no_match", "unusable", "inconclusive", "match"])
def test_an_undecided_item_is_inconclusive_at_its_end(verdict):
    names = ("caffeine",) if verdict in ("match", "inconclusive") else ()
    line = Line(saying(verdict, 0.6 if names else None, *names))
    line.go(30, LIGHT)
    line.go(20)
    decided = line.of(Decided)
    assert [each.verdict for each in decided] == ["inconclusive"]
    assert decided[0].reasons[0] == "item_ended"
    assert ("low_probability" in decided[0].reasons) == (verdict == "match")
    assert decided[0].answer.identification.verdict == "inconclusive"
    assert decided[0].error_bound == 1.0
    assert not [each for each in decided[0].answer.identification.substances if each.share]


def test_the_deadline_decides_and_the_rest_of_the_item_is_not_judged():
    line = Line(saying("no_match"), deadline_s=1.2)
    line.go(60, LIGHT)
    decided = line.of(Decided)[0]
    assert decided.reasons[0] == "deadline"
    assert decided.time_s == pytest.approx(7.3, abs=0.11)
    asked = len(line.judge.asked)
    line.go(60)
    assert len(line.judge.asked) == asked
    assert len(line.of(Decided)) == len(line.of(ItemEnded)) == 1


def test_an_alert_of_any_look_is_never_lost():
    feared = saying("match", 0.95, "cocaine", role="controlled")
    line = Line(feared, saying("match", 0.999999, "caffeine"))
    line.go(30, LIGHT)
    line.go(20)
    decided = line.of(Decided)[0]
    assert (decided.verdict, decided.alert) == ("inconclusive", True)
    assert "looks_disagree" in decided.reasons
    assert decided.answer.identification.substances[0].label.substance == "cocaine"


def test_an_engine_that_fails_is_a_fault_and_the_item_inconclusive():
    for error, code in ((RuntimeError("a bug"), "internal"), (SpectrumError("no spectrum"), "damaged")):
        line = Line(error)
        line.go(30, LIGHT)
        line.go(20)
        assert {fault.error for fault in line.of(Fault)} == {code}
        decided = line.of(Decided)[0]
        assert (decided.verdict, decided.answer, decided.alert) == ("inconclusive", None, False)
        assert {"item_ended", "engine_failed", "nothing_judged"} <= set(decided.reasons)


def test_another_spectrum_inside_an_item_is_another_item():
    line = Line(saying("no_match"))
    line.go(20, LIGHT)
    line.go(20, 300.0 * OTHER)
    line.go(20)
    assert [begun.by for begun in line.of(ItemBegun)] == ["change", "spectrum_changed"]
    assert all("spectrum_changed" in decided.reasons for decided in line.of(Decided))
    first, second = line.of(Decided)
    for decided, own, foreign in ((first, ITEM, OTHER), (second, OTHER, ITEM)):
        light = decided.spectrum.intensity - BELT * (1 - decided.background_share)
        both = np.linalg.lstsq(np.column_stack([own, foreign, np.ones_like(own)]), light, rcond=None)[0]
        assert both[0] == pytest.approx(300.0, rel=0.05)
        assert abs(both[1]) < 15.0  # not mixed


def test_an_item_that_stays_is_reported_and_not_learned():
    line = Line(saying("no_match"), stuck_s=10.0)
    line.go(20, LIGHT)
    before = line.stream._background.mean.copy()
    line.go(380, LIGHT)
    assert [round(stuck.for_s) for stuck in line.of(Stuck)][:3] == [10, 20, 30]
    assert np.array_equal(line.stream._background.mean, before)
    line.go(20)
    assert line.of(ItemEnded)[0].by == "change"


def test_relearning_is_asked_for():
    line = Line(saying("no_match"))
    line.go(20, LIGHT)
    line.events += line.stream.relearn()
    assert line.of(ItemEnded)[0].by == "relearn"
    line.go(60, LIGHT)
    assert len(line.of(BackgroundReady)) == 2
    assert len(line.of(ItemBegun)) == 1
    line.go(20)
    assert len(line.of(ItemBegun)) == 2  # what is gone is a change too


def test_a_background_that_alarms_is_said_and_never_taken_off():
    bands = 200.0 * OTHER
    for said, taken in (
        (saying("no_match"), True),
        (saying("match", 0.9, "cocaine", role="controlled"), False),
    ):
        line = Line(saying("no_match"), background=said, learned=0)
        line.go(60, bands)
        line.go(30, bands + LIGHT)
        ready = line.of(BackgroundReady)[0]
        assert ready.subtracted is taken
        line.close()
        assert (line.of(Decided)[0].background_share > 0.8) is taken


def test_naming_the_belt_again_is_no_other_statement():
    belt = saying("match", 0.99, "polypropylene")
    both = saying("mixture", 0.99, "polypropylene", "caffeine")
    line = Line(both, saying("match", 0.998, "caffeine"), background=belt)
    line.go(20, LIGHT)
    assert line.of(Decided)[0].error_bound == pytest.approx(5 / (99 + 499))
    several = saying("group", 0.9975, "caffeine")
    line = Line(both, several, background=belt)
    line.go(20, LIGHT)
    assert not line.of(Decided)


def test_triggers_are_the_boundaries():
    line = Line(SURE, trigger=True)
    line.go(1, LIGHT, trigger="begin")
    line.go(20, LIGHT)
    line.go(1, LIGHT, trigger="end")
    line.go(1, LIGHT, trigger="begin")
    line.go(10, LIGHT)
    line.go(1, LIGHT, trigger="begin")
    line.go(10, LIGHT)
    line.go(1, LIGHT, trigger="end")
    assert [begun.by for begun in line.of(ItemBegun)] == ["trigger"] * 3
    assert [ended.frames for ended in line.of(ItemEnded)] == [22, 11, 12]
    assert "trigger_missing" in line.of(ItemEnded)[1].reasons
    assert len(line.of(Decided)) == 3


def test_an_item_that_no_trigger_told_of_is_still_an_item():
    line = Line(saying("no_match"), trigger=True)
    line.go(20, LIGHT)
    line.go(20)
    assert "no_trigger" in line.of(Decided)[0].reasons
    line.go(1, LIGHT, trigger="end")
    assert "trigger_missing" in line.of(Decided)[1].reasons


def test_a_triggered_item_that_nothing_shows_of_is_judged_by_all_its_frames():
    line = Line(saying("no_match"))
    line.go(1, trigger="begin")
    line.go(12)
    line.go(1, trigger="end")
    decided = line.of(Decided)[0]
    assert (decided.verdict, decided.frames) == ("inconclusive", 14)
    assert "no_signal" in decided.reasons


def test_empty_frames_at_the_ends_of_a_window_are_not_averaged():
    line = Line(saying("no_match"))
    line.go(1, trigger="begin")
    line.go(6)
    line.go(30, LIGHT)
    line.go(12)
    line.go(1, trigger="end")
    decided = line.of(Decided)
    assert len(decided) == 1
    assert decided[0].frames == 30
    assert "spectrum_changed" not in decided[0].reasons


def test_without_a_background_triggered_items_say_so():
    line = Line(SURE, learned=0)
    line.go(1, LIGHT, trigger="begin")
    line.go(20, LIGHT)
    line.go(1, LIGHT, trigger="end")
    assert "no_background" in line.of(Decided)[0].reasons


def test_triggers_are_passed_over_where_changes_count():
    line = Line(SURE, trigger=False)
    line.go(5, trigger="begin")
    assert not line.of(ItemBegun)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (Frame(math.nan, BELT), "time"),
        (Frame(True, BELT), "time"),
        (Frame("soon", BELT), "time"),
        (Frame(0.5, BELT), "not_later"),
        (Frame(1e3, BELT[:-1]), "length"),
        (Frame(1e3, []), "not_numbers"),
        (Frame(1e3, ["a"]), "not_numbers"),
        (Frame(1e3, None), "not_numbers"),
        (Frame(1e3, np.where(AXIS > 900, np.nan, BELT)), "not_finite"),
        (Frame(1e3, np.where(AXIS > 900, 1e300, BELT)), "not_finite"),
        (Frame(1e3, np.minimum(BELT + 9e4 * ITEM, 65535.0)), "saturated"),
        (Frame(1e3, BELT, trigger="begun"), "trigger"),
    ],
)
def test_frames_that_cannot_be_used_are_rejected_and_counted(frame, reason):
    line = Line()
    if reason == "not_numbers" and frame.intensity == []:
        reason = "length"
    found = [event for event in line.stream.push(frame) if isinstance(event, FrameRejected)]
    assert [(event.reason, event.rejected) for event in found] == [(reason, 1)]


def test_a_rejected_frame_of_an_item_is_never_averaged_and_told_of():
    line = Line(saying("no_match"), full_scale=5000.0)
    line.go(10, LIGHT)
    line.go(5, 1e4 * ITEM)
    line.go(10, LIGHT)
    line.close()
    decided, ended = line.of(Decided)[0], line.of(ItemEnded)[0]
    assert ended.rejected == 5
    assert decided.frames == 20
    assert "frames_rejected" in decided.reasons
    assert decided.spectrum.intensity.max() < 5000.0


def test_missing_frames_are_counted_and_a_gap_ends_the_item():
    line = Line(saying("no_match"))
    line.go(10, LIGHT)
    line.time += 0.2
    line.go(5, LIGHT)
    line.time += 5.0
    line.go(10, LIGHT)
    line.close()
    first = line.of(ItemEnded)[0]
    assert (first.by, first.lost) == ("gap", 52)
    assert set(first.reasons) == {"frames_lost", "frame_gap"}
    assert [begun.by for begun in line.of(ItemBegun)] == ["change", "change"]
    assert line.of(Decided)[0].frames <= 15


def test_time_alone_ends_deadlines_and_items():
    line = Line(saying("no_match"), deadline_s=2.0)
    line.go(10, LIGHT)
    assert not line.stream.tick(line.time)
    assert not line.stream.tick(math.nan)
    found = line.stream.tick(line.time + 30.0)
    assert [type(event).__name__ for event in found] == ["Looked", "Decided", "ItemEnded"][-len(found) :]
    assert found[-1].by == "gap"
    line.go(5)
    assert line.stream.close() == []


def test_a_clock_that_begins_anew_ends_the_item_and_the_stream_goes_on():
    line = Line(saying("no_match"))
    line.go(10, LIGHT)
    line.time = 0.0
    line.go(20, LIGHT)
    assert line.of(ItemEnded)[0].by == "clock_restarted"
    assert [started.reason for started in line.of(Started)] == ["first_frame", "clock_restarted"]
    assert len(line.of(FrameRejected)) == 4
    assert len(line.of(ItemBegun)) == 2


def test_a_closed_stream_takes_nothing_more():
    line = Line(saying("no_match"))
    line.go(10, LIGHT)
    line.close()
    assert line.of(Decided)[0].reasons[0] == "stream_ended"
    assert line.stream.close() == []
    with pytest.raises(StreamError, match="was closed"):
        line.stream.push(line.frame())


@pytest.mark.parametrize(
    "wrong",
    [
        {"alpha": 0.0}, {"alpha": math.nan}, {"deadline_s": 0.0}, {"stuck_s": math.inf}, {"gap_frames": 1.0},
        {"background_frames": 5}, {"memory_frames": 5}, {"false_start_frames": 1.0}, {"full_scale": -1.0},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(StreamError, match="expected"):
        StreamConfig(AXIS, **wrong)


def test_an_axis_that_is_none_is_refused():
    for axis in (np.ones(50), AXIS[:10]):
        with pytest.raises(SpectrumError):
            StreamConfig(axis)
    with pytest.raises(StreamError, match="no array"):
        StreamConfig([[1.0], [2.0, 3.0]])


def test_near_infrared_streams_are_watched_and_nothing_is_taken_off():
    axis, rng = np.linspace(900.0, 1700.0, 228), np.random.default_rng(0)
    belt, item = 0.4 + 0.2 * np.sin(axis / 90.0), 0.3 * np.exp(-(((axis - 1450.0) / 60.0) ** 2))
    stream, events = Stream(Judge(), StreamConfig(axis, "nir", **SMALL)), []
    for k in range(110):
        light = belt + (item if 60 <= k < 90 else 0.0) + rng.normal(0.0, 0.002, axis.size)
        events += stream.push(Frame(0.1 * k, light))
    decided = [event for event in events if isinstance(event, Decided)]
    assert [(each.verdict, each.background_share, each.frames) for each in decided] == [
        ("inconclusive", 0.0, 30)
    ]
    assert decided[0].spectrum.unit == "wavelength_nm"
    assert not next(event for event in events if isinstance(event, BackgroundReady)).subtracted


def told(events):
    """Events as plain values that can be compared."""
    return [(type(e).__name__, *(v for v in vars(e).values() if isinstance(v, str | int | float | tuple)))
            for e in events]  # fmt: skip


def test_equal_frames_give_equal_events():
    runs = []
    for _ in range(2):
        line = Line(saying("match", 0.99, "caffeine"))
        line.go(30, LIGHT)
        line.go(20)
        runs.append(told(line.events))
    assert runs[0] == runs[1]


STEPS = st.tuples(
    st.sampled_from([-3.0, -0.1, 0.0, 0.1, 0.1, 0.1, 0.1, 0.3, 20.0, math.nan, math.inf]),
    st.sampled_from(["belt", "item", "item", "other", "short", "nan", "text"]),
    st.sampled_from([None, None, None, "begin", "end", "wrong"]),
    st.sampled_from([None, 1, 5, -1, "a", 10**30]),
)


@settings(max_examples=60)
@given(steps=st.lists(STEPS, min_size=1, max_size=60), trigger=st.sampled_from([None, True, False]))
def test_no_order_of_frames_breaks_the_stream_or_joins_items(steps, trigger):
    line = Line(saying("no_match"), SURE, trigger=trigger, deadline_s=2.0)
    lights = {"belt": 0.0, "item": LIGHT, "other": 300.0 * OTHER}
    events, now = [], line.time
    for passed, what, mark, count in steps:
        now += passed if math.isfinite(passed) else 0.0
        if what in lights:
            values = BELT + lights[what] + line.rng.normal(0.0, 10.0, AXIS.size)
        else:
            values = {"short": BELT[:-3], "nan": BELT * np.nan, "text": "x"}[what]
        events += line.stream.push(Frame(now if math.isfinite(passed) else passed, values, mark, count))
    events += line.stream.close()
    open_item = None
    decided = set()
    for event in events:
        if isinstance(event, ItemBegun):
            assert open_item is None  # never two at once
            open_item = event.item
        elif isinstance(event, Decided):
            assert event.item == open_item
            assert event.item not in decided
            assert event.verdict in ("match", "inconclusive")
            decided.add(event.item)
        elif isinstance(event, ItemEnded):
            assert event.item == open_item
            assert event.item in decided
            open_item = None
    assert open_item is None


def test_memory_stays_flat():
    line = Line(saying("no_match"))
    empty = [line.frame().intensity for _ in range(38)]
    frames = [line.frame(LIGHT).intensity for _ in range(12)] + empty

    def run(n):
        for k in range(n):
            line.time += 0.1
            line.stream.push(Frame(line.time, frames[k % 50]))
        line.judge.asked[1:] = []

    run(150)
    tracemalloc.start()
    run(50)
    before = tracemalloc.get_traced_memory()[0]
    run(500)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 30_000  # one spectrum of each item kept would be 64,000


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    path = tmp_path_factory.mktemp("streams") / "lab.h5"
    save_library(fit_library(library(12)), path)
    return Embedded([path])


def test_the_real_engine_names_what_goes_by(embedded):
    axis = np.arange(300.0, 1900.0, 2.0)
    rng, shape = np.random.default_rng(0), draw(random_bands(3), np.arange(300.0, 1900.0, 2.0))
    belt = 300.0 + 100.0 * draw(random_bands(77), axis)
    stream, events = Stream(embedded, StreamConfig(axis, **SMALL)), []
    for k in range(140):
        light = 400.0 * shape if 60 <= k < 110 else 0.0
        events += stream.push(Frame(0.1 * k, belt + light + rng.normal(0.0, 8.0, axis.size)))
    decided = [event for event in events if isinstance(event, Decided)]
    assert [event.verdict for event in decided] == ["match"]
    assert decided[0].answer.identification.substances[0].label.substance == "substance 3"
    assert decided[0].error_bound <= 0.01
    assert decided[0].spectrum.metadata["averaged_frames"] == decided[0].frames


def test_a_look_less_or_more_is_a_matter_of_the_schedule():
    line = Line(saying("no_match"), schedule=Schedule(2, 3))
    line.go(30, LIGHT)
    line.close()
    assert [look.frames for look in line.of(Looked)] == [3, 30]
    assert dataclasses.is_dataclass(line.of(Looked)[0])
