"""What is asked, and what the answer must be: an engine in this process says it first."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cli._records import result_record
from cli._version import engine_version
from libraries.embedded import Embedded
from libraries.engine import open_starter
from libraries.library import save_library

Message = dict[str, Any]
Check = Callable[[Message], str | None]
"""Says what is wrong with a reply; None when nothing is."""

_NOISES: Final = (0.003, 0.02, 0.2)
_KINDS: Final = 6


@dataclass(frozen=True, eq=False)
class Scan:
    """Arrays of one question."""

    axis: NDArray[np.float64]
    intensity: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ask:
    """One request of a client that insists on its reply.

    Attributes
    ----------
    message : dict
        With type and id.
    check : callable
        Of the reply.
    fresh : bool
        Whether it is a new identification, whose time counts.
    """

    message: Message
    check: Check
    fresh: bool = False

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.message["id"])


@dataclass(frozen=True, eq=False)
class Oracle:
    """Libraries, questions and the right answers.

    Attributes
    ----------
    files : tuple of path
        Two releases of one library, to be copied to where a bridge looks.
    hashes : tuple of str
        Of their content.
    scans : tuple of Scan
        References under noise, sums, noise alone, nothing.
    answers : dict
        By library hash and number of the scan: the record as text, without the request's name.
    """

    files: tuple[Path, ...]
    hashes: tuple[str, ...]
    scans: tuple[Scan, ...]
    answers: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def check(self, number: int) -> Check:
        """Make the check of an answer to one scan."""

        def checked(reply: Message) -> str | None:
            if reply["type"] != "result":
                return f"scan {number}: expected a result, got {reply!r:.200}"
            record = reply["result"]
            if reply["degraded"]:
                return _wrongly_degraded(reply)
            sha256 = record["provenance"]["library"][0]["sha256"]
            wanted = self.answers.get((sha256, number))
            if wanted != _text(record):
                return f"scan {number} with library {sha256[:8]}: {record['verdict']}, not as in this process"
            return None

        return checked


def make_oracle(folder: Path, n: int, seed: int = 0) -> Oracle:
    """Write two libraries and work out every answer.

    Parameters
    ----------
    folder : path
        For the library files.
    n : int
        Scans.
    seed : int
        Of their noise.
    """
    whole = replace(open_starter(), name="line 1")
    fewer = replace(whole, name="line 2", references=whole.references[::2], calibration=None, prepared=())
    files = tuple(folder / f"release-{number}.h5" for number in (1, 2))
    for library, file in zip((whole, fewer), files, strict=True):
        save_library(library, file)
    measured = [each.spectrum for each in whole.references if each.label.grade != "E"]
    scans = tuple(_draw(measured, n, np.random.default_rng(seed)))
    hashes, answers = [], {}
    for file in files:
        engine = Embedded([file])
        hashes.append(engine.engine.libraries[0].content_sha256)
        for number, scan in enumerate(scans):
            answers[hashes[-1], number] = _answer(engine, scan)
    return Oracle(files, tuple(hashes), scans, answers)


def identify(name: str, scan: Scan, *, framing: str, **more: Any) -> Message:
    """Request for one scan; MessagePack carries the arrays as bytes."""
    packed = framing == "msgpack"
    return {
        "type": "identify",
        "id": name,
        "axis": scan.axis.tobytes() if packed else scan.axis.tolist(),
        "intensity": scan.intensity.tobytes() if packed else scan.intensity.tolist(),
        **more,
    }


def _draw(measured: list[Any], n: int, rng: np.random.Generator) -> list[Scan]:
    """Draw references under noise, sums of two, noise alone and nothing, in turn."""
    scans = []
    for number in range(n):
        one, other = (measured[int(at)] for at in rng.integers(len(measured), size=2))
        clean = one.intensity / np.ptp(one.intensity)
        second = np.interp(one.axis, other.axis, other.intensity)
        noise = rng.normal(0.0, _NOISES[number % len(_NOISES)], one.n_points)
        kind = number % _KINDS
        if kind == 0:
            clean = clean + 0.7 * second / (np.ptp(second) or 1.0)
        elif kind == 1 and number % (2 * _KINDS) == 1:
            clean = 0.0 * clean
        scans.append(Scan(np.array(one.axis), np.round(1000.0 * (clean + noise), 3)))
    return scans


def _answer(engine: Embedded, scan: Scan) -> str:
    outcome = engine.identify(scan.axis, scan.intensity)
    record = result_record(
        "",
        0,
        spectrum=outcome.spectrum,
        answer=outcome.answer,
        engine=engine.engine,
        version=engine_version(),
    )
    return _text(record)


def _text(record: Mapping[str, Any]) -> str:
    return json.dumps({**record, "file": ""}, sort_keys=True)


def _wrongly_degraded(reply: Message) -> str | None:
    record = reply["result"]
    if record["verdict"] == "no_match" or not set(reply["degraded"]) <= set(record["reasons"]):
        return f"degraded without saying so: {record['verdict']}, {record['reasons']}"
    return None
