"""Items that go by on the belt, and every look that the engine takes at them."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from libraries.calibrating import fit_library
from libraries.embedded import Embedded
from libraries.library import Library, save_library
from libraries.streams import Event, ItemBegun, ItemEnded, Stream, StreamConfig
from spectra.confidence.identification import Identification
from spectra.streams.sequential import Schedule

from ..accuracy import cases, collecting
from .belt import AXIS, LENGTH, SPEED, Belt, Floats, belt_shape, noise_of, shape_of

SNRS: Final = (2.0, 4.0, 8.0, 16.0)
FINE: Final = Schedule(6, 4, 2.0)
"""Looks that are made: after 4, 8, 16, 32 frames and at the end; rules use some of them."""
NEVER: Final = 1e-9
"""Error rate at which nothing is decided: every scheduled look is made."""
PACKAGING: Final = frozenset({"polystyrene", "polypropylene"})


@dataclass(eq=False)
class Recorder:
    """Engine that keeps what it said."""

    engine: Embedded
    said: list[tuple[int, Identification]] = field(default_factory=list)

    def identify(self, axis: Any, intensity: Any, metadata: Any = None, **how: Any) -> Any:
        """Ask, and keep the answer."""
        outcome = self.engine.identify(axis, intensity, metadata, **how)
        self.said.append((int((metadata or {}).get("averaged_frames", 0)), outcome.answer.identification))
        return outcome


@dataclass(frozen=True, eq=False)
class Passed:
    """One item that went by.

    Attributes
    ----------
    truth : frozenset of str
        Identities of the library that it is; empty for a stranger.
    snr : float
        Highest band in one frame over that frame's noise.
    delay : int or None
        Frames from its first until it was known; None where it never was.
    pieces : int
        Items that the stream made of it.
    looks : tuple of tuple
        By piece: frames and answer of each look.
    naive : Identification
        Of the plain mean of its first 25 frames.
    bagged : bool
        Whether it lay in packaging.
    """

    kind: str
    vote: str
    truth: frozenset[str]
    snr: float
    delay: int | None
    pieces: int
    looks: tuple[tuple[tuple[int, Identification], ...], ...]
    naive: Identification
    bagged: bool = False


def planned(data: Path, library: Library, *, quick: bool) -> list[tuple[str, cases.Case, float]]:
    """Give what goes by: half of the library to ask, spectrum, signal-to-noise."""
    identities = cases.identities_by_name(library)
    found = [case for case in collecting.collect(data, identities) if covers(case)]
    known = [case for case in found if case.kind == "known" and not case.truth & PACKAGING]
    strangers = [case for case in found if case.kind == "stranger"]
    if quick:
        known, strangers = known[:1], strangers[:2]
    plan = [("with", case, snr) for case in known for snr in SNRS]
    plan += [("without", case, SNRS[1 + place % 3]) for place, case in enumerate(known)]
    return plan + [("with", case, SNRS[1 + place % 3]) for place, case in enumerate(strangers)]


def covers(case: cases.Case) -> bool:
    """Whether a spectrum was measured where the belt is."""
    return bool(case.axis.min() <= AXIS[0] + 20.0 and case.axis.max() >= AXIS[-1] - 1.0)


def halves(library: Library, folder: Path) -> dict[int, Embedded]:
    """Engines over two halves of the library, packaging in both."""
    identities = sorted({label.identity for label in library.labels} - PACKAGING)
    engines = {}
    for half in (0, 1):
        kept = cases.without(library, frozenset(identities[1 - half :: 2]))
        path = folder / f"half-{half}.h5"
        save_library(fit_library(kept), path)
        engines[half] = Embedded([path])
    return engines


def carry(recorder: Recorder, stream: Stream, belt: Belt, item: Floats) -> tuple[list[Event], Identification]:
    """Let one item go by, with empty belt before and behind it."""
    events: list[Event] = []
    for _ in range(40):
        stream.push(belt.frame())
    recorder.said.clear()
    kept = []
    for turn in range(LENGTH + 40):
        if turn < LENGTH:
            focus = min(1.0, (turn + 1) / 4.0, (LENGTH - turn) / 4.0) * belt.rng.normal(1.0, 0.05)
            bleaching = 0.5 * item.max() * np.exp(-turn / 50.0 - ((AXIS - 1200.0) / 600.0) ** 2)
            frame = belt.frame(focus * (item + bleaching))
            kept.append(np.asarray(frame.intensity))
        else:
            frame = belt.frame()
        events += stream.push(frame)
    said = list(recorder.said)
    naive = recorder.engine.identify(AXIS, np.mean(kept[:25], axis=0)).answer.identification
    recorder.said[:] = said
    return events, naive


def run_items(data: Path, library: Library, *, quick: bool) -> list[Passed]:
    """Let everything go by."""
    plastic = next(c for c in cases.shared_cases(data, cases.identities_by_name(library)) if "PST" in c.name)
    bag, passed = shape_of(plastic.axis, plastic.intensity), []
    sigma = noise_of(belt_shape(library))
    plan = planned(data, library, quick=quick)
    order = sorted({label.identity for label in library.labels} - PACKAGING)
    with tempfile.TemporaryDirectory() as folder:
        engines = halves(library, Path(folder))
        lines = {half: _line(engine, library, half) for half, engine in engines.items()}
        for place, (asked, case, snr) in enumerate(plan):
            home = order.index(next(iter(case.truth))) % 2 if case.truth else place % 2
            half = home if asked == "with" else 1 - home
            light = (
                snr * sigma * (shape_of(case.axis, case.intensity) + (0.3 * bag if place // 4 % 2 else 0.0))
            )
            truth = case.truth if asked == "with" else frozenset[str]()
            kind = "known" if truth else "stranger"
            passed.append(_observe(lines[half], light, (kind, case.vote, truth, snr), bool(place // 4 % 2)))
        for turn in range(2 if quick else 100):
            light = SNRS[turn % 4] * sigma * bag
            passed.append(
                _observe(lines[turn % 2], light, ("packaging", f"{turn}", frozenset(), SNRS[turn % 4]))
            )
    return passed


def _line(engine: Embedded, library: Library, seed: int) -> tuple[Recorder, Stream, Belt]:
    recorder = Recorder(engine)
    stream = Stream(recorder, StreamConfig(AXIS, alpha=NEVER, schedule=FINE))
    belt = Belt(belt_shape(library), np.random.default_rng(seed))
    for _ in range(300):
        stream.push(belt.frame())
    return recorder, stream, belt


def _observe(
    line: tuple[Recorder, Stream, Belt],
    light: Floats,
    what: tuple[str, str, frozenset[str], float],
    bagged: bool = False,
) -> Passed:
    begun = line[2].n + 40
    events, naive = carry(*line, light)
    starts = [event for event in events if isinstance(event, ItemBegun)]
    ends = [event for event in events if isinstance(event, ItemEnded)]
    delay = round(starts[0].time_s * SPEED) - begun if starts else None
    return Passed(*what, delay, max(len(starts), len(ends)), tuple(_pieces(line[0].said)), naive, bagged)


def _pieces(said: Sequence[tuple[int, Identification]]) -> Iterator[tuple[tuple[int, Identification], ...]]:
    """Give the looks of each item: the average begins anew with each."""
    piece: list[tuple[int, Identification]] = []
    for frames, answer in said:
        if piece and frames <= piece[-1][0]:
            yield tuple(piece)
            piece = []
        piece.append((frames, answer))
    if piece:
        yield tuple(piece)
