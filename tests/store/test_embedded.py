"""The embedded engine: right answers, own memory, nothing but documented errors, deadlines that say so."""

import gc
import itertools
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from libraries import _storing, embedded
from libraries.calibrating import fit_library
from libraries.embedded import Config, Embedded
from libraries.engine import Engine
from libraries.library import save_library
from libraries.methods.allowance import Allowance, Costs, marked
from spectra.confidence import cases
from spectra.errors import CalibrationError, EngineError, LibraryError, SpectraError, SpectrumError
from spectra.preprocessing import RAMAN_PIPELINE
from tests.architecture.tree import run_python
from tests.core.synthetic import library

N = 12
NEVER = float("inf")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("embedded") / "lab.h5"
    save_library(library(N), path)
    return path


@pytest.fixture(scope="module")
def engine(file):
    return Embedded([file])


@pytest.fixture(scope="module")
def scans():
    """References alone, summed and drowned."""
    spectra = [reference.spectrum for reference in library(N).references]
    first, noise = spectra[0], np.random.default_rng(5)
    scaled = [each.intensity / np.ptp(each.intensity) for each in spectra]
    summed = [one + other for one, other in itertools.pairwise(scaled)]
    found = [(each.axis, each.intensity) for each in spectra]
    found += [(first.axis, total + noise.normal(0, 0.01, total.size)) for total in summed]
    return [*found, (first.axis, noise.normal(0, 1, first.n_points))]


def said(outcome):
    return outcome.answer.identification


def short(outcome):
    one = said(outcome)
    return one.verdict, one.probability, one.reasons, [each.label.id for each in one.substances]


def test_answers_are_those_of_the_engine(engine, file, scans):
    plain = Engine.open([file])
    for axis, intensity in scans:
        outcome = engine.identify(axis, intensity)
        assert said(outcome) == plain.identify(outcome.spectrum).identification
    assert {said(engine.identify(*scan)).verdict for scan in scans} >= {"match", "unusable"}


def test_many_threads_get_what_one_gets(engine, scans):
    wanted = [short(engine.identify(*scan)) for scan in scans]
    with ThreadPoolExecutor(6) as pool:
        for _ in range(3):
            assert [short(one) for one in pool.map(lambda scan: engine.identify(*scan), scans)] == wanted


def test_the_file_may_go_once_it_is_loaded(tmp_path, scans):
    path = tmp_path / "gone.h5"
    save_library(library(N), path)
    own = Embedded([path])
    before = short(own.identify(*scans[0]))
    path.write_bytes(path.read_bytes()[:1000])
    assert short(own.identify(*scans[0])) == before
    path.unlink()
    assert short(own.identify(*scans[0])) == before


FORBIDDING = """
import sys, threading
import numpy as np
from libraries.embedded import Config, Embedded
from spectra.errors import SpectrumError
engine = Embedded(sys.argv[1:2], Config(watch=tuple(sys.argv[2:])))
step = 9 if len(engine.engine.libraries[0]) > 20 else 1
chosen = [each for one in engine.engine.libraries for each in one.references[::step]]
spectra = [each.spectrum for each in chosen if each.label.grade != "E"]
noise, seen = np.random.default_rng(1), []
def forbid(event, details):
    if armed and event.split(".")[0] in ("open", "socket", "subprocess", "shutil", "ctypes", "import"):
        seen.append((event, str(details[:1])))
        raise RuntimeError(event)
armed = False
sys.addaudithook(forbid)
armed = True
verdicts = set()
def ask(spectrum, other):
    own = np.interp(spectrum.axis, other.axis, other.intensity)
    total = spectrum.intensity / np.ptp(spectrum.intensity) + 0.5 * own / (np.ptp(own) or 1.0)
    for intensity in (spectrum.intensity, total, total + noise.normal(0, 0.02, total.size), 0 * total):
        for deadline in (None, 1e-6):
            outcome = engine.identify(spectrum.axis, intensity, dict(spectrum.metadata), unit=spectrum.unit,
                                      technique=spectrum.technique, deadline_s=deadline)
            verdicts.add(outcome.answer.identification.verdict)
            if outcome.answer.identification.detection_limits:
                verdicts.add("limits")
for place, spectrum in enumerate(spectra):
    ask(spectrum, spectra[place - 1])
for bad in ([1, 2], ["a"], None):
    try:
        engine.identify(bad, bad)
        raise SystemExit("no error")
    except SpectrumError:
        pass
armed = False
assert not seen, seen
print(len(spectra), *sorted(verdicts))
"""


@pytest.mark.parametrize("which", ["starter", "file"])
def test_no_call_needs_the_disk(which, calibrated):
    args = [] if which == "starter" else [calibrated.engine.libraries[0].path, *calibrated.config.watch]
    done = run_python("-c", FORBIDDING, *map(str, args))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "match" in done.stdout
    assert "unusable" in done.stdout
    assert which == "starter" or "limits" in done.stdout


def test_memory_is_flat(engine, scans):
    def ask():
        for scan in scans[::5]:
            engine.identify(*scan, deadline_s=5.0)

    tracemalloc.start()
    try:
        for _ in range(5):  # until the interpreter's own lists of free objects are full
            ask()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(4):
            ask()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 20_000


@pytest.mark.parametrize("step", [1, -1])
def test_arrays_are_copied_once(step):
    points = 500_000
    axis, intensity = np.linspace(0.0, 50_000.0, points)[::step], np.ones(points)
    tracemalloc.start()
    try:
        spectrum = embedded._spectrum(axis, intensity, None, "raman", None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert not np.shares_memory(spectrum.axis, axis)
    assert peak < 3.5 * 8 * points  # two arrays, and the differences that are looked at


def test_a_descending_axis_and_whole_numbers_are_the_same_spectrum(engine, scans):
    axis, intensity = scans[0]
    rounded = np.round(intensity / np.ptp(intensity) * 10_000)
    wanted = short(engine.identify(axis, rounded))
    assert short(engine.identify(axis[::-1], rounded[::-1].astype(np.int32))) == wanted
    assert short(engine.identify(axis.tolist(), rounded.tolist())) == wanted


@pytest.mark.parametrize(
    ("axis", "intensity", "more"),
    [
        (range(30), range(29), {}),
        (range(5), range(5), {}),
        ([1.0] * 30, range(30), {}),
        (range(30), [float("nan")] * 30, {}),
        (range(30), ["1"] * 30, {}),
        (range(30), None, {}),
        (range(30), [1j] * 30, {}),
        ([[1.0], [2.0, 3.0]], range(2), {}),
        (range(30), [10**400] * 30, {}),
        (range(30), range(30), {"technique": "smell"}),
        (range(30), range(30), {"unit": "furlong"}),
        (np.ones((30, 2)), np.ones((30, 2)), {}),
    ],
)
def test_what_is_no_spectrum_is_a_spectrum_error(engine, axis, intensity, more):
    with pytest.raises(SpectrumError):
        engine.identify(axis, intensity, **more)


@pytest.mark.parametrize("deadline", [0, -1.0, float("nan"), NEVER])
def test_a_deadline_is_a_time(engine, scans, deadline):
    with pytest.raises(EngineError, match="above 0"):
        engine.identify(*scans[0], deadline_s=deadline)
    with pytest.raises(EngineError, match="above 0"):
        Embedded(config=Config(deadline_s=deadline))


def test_a_fault_is_a_documented_error(engine, scans, monkeypatch):
    def fail(*_args):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(engine._engine, "identify", fail)
    with pytest.raises(EngineError, match="a bug"):
        engine.identify(*scans[0])
    assert issubclass(EngineError, SpectraError)


def test_loading_refuses_what_the_policy_refuses(file, tmp_path):
    with pytest.raises(LibraryError, match="sign"):
        Embedded([file], Config(policy="signed"))
    with pytest.raises(LibraryError):
        Embedded([tmp_path / "absent.h5"])
    with pytest.raises(LibraryError, match="unobtainium"):
        Embedded([file], Config(watch=("unobtainium",)))
    with pytest.raises(CalibrationError):
        Embedded([file], Config(prior=2.0))
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "damaged.h5").write_bytes(damaged)
    with pytest.raises(LibraryError):
        Embedded([tmp_path / "damaged.h5"])


class TestDeadline:
    def test_none_changes_nothing_and_enough_time_neither(self, engine, scans):
        for scan in scans:
            assert short(engine.identify(*scan, deadline_s=60.0)) == short(engine.identify(*scan))
            assert engine.identify(*scan, deadline_s=60.0).overrun_s == 0.0
            assert engine.identify(*scan).degraded == ()

    def test_one_that_passed_is_said_as_overrun(self, engine, scans):
        outcome = engine.identify(*scans[0], deadline_s=1e-6)
        assert 0 < outcome.overrun_s <= outcome.elapsed_s

    def test_an_answer_that_left_something_out_is_never_no_match(self, engine, scans):
        for scan in scans:
            outcome = engine.identify(*scan, deadline_s=1e-6)
            assert said(outcome).verdict != "no_match"
            assert set(outcome.degraded) <= set(said(outcome).reasons)
        assert any(engine.identify(*scan, deadline_s=1e-6).degraded for scan in scans)

    def test_no_match_becomes_inconclusive(self, engine, scans):
        answer = engine.identify(*scans[0]).answer
        nothing = replace(answer, identification=replace(answer.identification, verdict="no_match"))
        one = marked(nothing, Allowance(degraded=["mixture"])).identification
        assert (one.verdict, one.reasons[-1]) == ("inconclusive", "degraded_mixture")
        assert marked(nothing, Allowance()) is nothing

    def test_limits_go_first_and_mixtures_then(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr("libraries.methods.allowance.time.monotonic", lambda: now[0])
        costs = Costs({"mixture": 1.0, "limits": 3.0})
        enough, tight, late = (Allowance(100.0 + left, costs) for left in (5.0, 2.0, 0.5))
        assert [enough.affords("mixture"), enough.affords("limits")] == [True, True]
        assert [tight.affords("mixture"), tight.affords("limits")] == [True, False]
        assert [late.affords("mixture"), late.affords("limits")] == [False, False]
        assert (enough.degraded, tight.degraded, late.degraded) == ([], ["limits"], ["mixture", "limits"])

    def test_costs_follow_what_was_measured(self):
        costs = Costs()
        costs.note("limits", 1.0)
        for _ in range(200):
            costs.note("limits", 0.1)
        assert costs.seconds["limits"] == 0.1

    def test_a_mixture_of_three_is_cut_to_two(self, engine):
        spectra = [reference.spectrum for reference in library(N).references[:3]]
        total = sum(each.intensity / np.ptp(each.intensity) for each in spectra)
        whole = said(engine.identify(spectra[0].axis, total))
        engine._costs.note("mixture", 1e6)
        try:
            cut = engine.identify(spectra[0].axis, total, deadline_s=60.0)
        finally:
            engine._costs.seconds["mixture"] = 0.0
        assert "degraded_mixture" in cut.degraded
        assert "degraded_mixture" not in whole.reasons
        assert len(said(cut).substances) <= 3

    def test_waiting_threads_do_not_share_what_was_left_out(self, engine, scans):
        kept = {}
        hasty = threading.Thread(target=lambda: kept.update(a=engine.identify(*scans[0], deadline_s=1e-6)))
        calm = threading.Thread(target=lambda: kept.update(b=engine.identify(*scans[0])))
        for thread in (hasty, calm):
            thread.start()
        for thread in (hasty, calm):
            thread.join()
        assert kept["b"].degraded == ()


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    """Benign substances and one that is watched for, with a calibration from few cases."""
    path = tmp_path_factory.mktemp("limits") / "lab.h5"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "SINGLE_CASES", 48)
        patch.setattr(cases, "MIXTURE_CASES", 16)
        save_library(fit_library(library(N)), path)
    watched = library(N).references[-1].label.substance
    return Embedded([path], Config(watch=(watched,)))


def test_limits_are_left_out_and_that_is_said(calibrated, scans):
    benign = [scan for scan in scans[:N] if said(calibrated.identify(*scan)).detection_limits]
    assert benign
    kept = calibrated._costs.seconds["limits"]
    assert kept > 0
    calibrated._costs.seconds.update(limits=1e6, mixture=0.0)
    for scan in benign:
        whole, cut = calibrated.identify(*scan), calibrated.identify(*scan, deadline_s=60.0)
        calibrated._costs.seconds.update(limits=1e6, mixture=0.0)
        assert cut.degraded == ("degraded_limits",)
        assert said(cut).detection_limits == ()
        assert said(cut).verdict == said(whole).verdict
        assert said(cut).substances == said(whole).substances


def test_a_large_library_is_not_decoded_for_nothing(tmp_path, monkeypatch, scans):
    monkeypatch.setattr(_storing, "INDEXED_FROM", 1)
    monkeypatch.setattr(embedded, "_LARGE", 1)
    path = tmp_path / "large.h5"
    save_library(library(N), path, pipelines=[RAMAN_PIPELINE])
    own = Embedded([path])
    answers = [short(own.identify(*scan)) for scan in scans]
    assert "references" not in vars(own.engine.libraries[0])
    assert {verdict for verdict, *_ in answers} >= {"match", "unusable"}


def test_a_large_library_is_not_mapped(tmp_path, monkeypatch, scans):
    monkeypatch.setattr(_storing, "INDEXED_FROM", 1)
    path = tmp_path / "large.h5"
    save_library(library(N), path, pipelines=[RAMAN_PIPELINE])
    assert path.read_bytes().startswith(b"contraspec.library 2\n")
    own = Embedded([path])
    before = [short(own.identify(*scan)) for scan in scans[:5]]
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert str(path) not in maps.read_text()
    path.write_bytes(b"")
    assert [short(own.identify(*scan)) for scan in scans[:5]] == before
