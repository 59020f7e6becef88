"""Damage real and written files at random and read them: ``python -m benchmarks.fuzz --seconds 60``."""

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.fuzz.worker import work
from spectra.io.writers import WRITERS
from spectra.spectrum import Spectrum

SLOW_S: Final = 10.0
"""A damaged file of this size that takes longer is a hang."""

_MAX_SEED_BYTES: Final = 400_000


def main() -> int:
    """Fuzz for a time; the exit code is 1 when anything escaped, hung or crashed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: 60)")
    parser.add_argument("--data", type=Path, help="folder of real files, searched for seeds")
    parser.add_argument("--only", default="", help="only seeds with this text in their path")
    parser.add_argument("--first", type=int, default=0, help="number of the first case (default: 0)")
    parser.add_argument("--json", type=Path, help="write the report here too")
    arguments = parser.parse_args()
    names, seeds = seeds_of(arguments.data, arguments.only)
    print(f"{len(seeds)} intact files, {arguments.seconds:g} s", file=sys.stderr)
    report = fuzz(names, seeds, seconds=arguments.seconds, first=arguments.first)
    print(json.dumps(report, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 1 if report["bugs"] else 0


def fuzz(names: Sequence[str], seeds: Sequence[bytes], *, seconds: float, first: int = 0) -> dict[str, Any]:
    """Read damaged files in a process of its own until the time is over.

    Parameters
    ----------
    names, seeds : sequence
        Intact files.
    seconds : float
        How long.
    first : int
        Number of the first case; the same number is the same damage to the same files.

    Returns
    -------
    dict
        ``cases``, counts of what was ``said``, the ``slowest`` seconds, ``peak_mb``, and ``bugs``.
    """
    said: Counter[str] = Counter()
    bugs: list[dict[str, Any]] = []
    slowest, peak_mb, case, end = 0.0, 0.0, first, time.monotonic() + seconds
    process, pipe = _start(names, seeds)
    while time.monotonic() < end:
        pipe.send(case)
        if pipe.poll(SLOW_S) and (one := _received(pipe)):
            slowest, peak_mb = max(slowest, one["seconds"]), max(peak_mb, one["peak_mb"])
            said["bug" if one["bug"] else one["said"]] += 1
            bugs += [one] if one["bug"] else []
        else:
            hung = process.is_alive()
            bugs.append({"case": case, "said": "hang" if hung else f"crash, exit code {process.exitcode}"})
            process.kill()
            process.join()
            process, pipe = _start(names, seeds)
        case += 1
    pipe.send(None)
    process.join()
    return {
        "cases": case - first,
        "said": dict(said.most_common()),
        "slowest_s": round(slowest, 3),
        "peak_mb": round(peak_mb),
        "bugs": bugs,
    }


def _received(pipe: Any) -> dict[str, Any] | None:
    try:
        one: dict[str, Any] = pipe.recv()
    except (EOFError, ConnectionError):
        return None
    return one


def _start(names: Sequence[str], seeds: Sequence[bytes]) -> tuple[Any, Any]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(names, seeds, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def seeds_of(data: Path | None, only: str = "") -> tuple[list[str], list[bytes]]:
    """Intact files to damage: those our own writers make, and real ones where a folder is given."""
    found = dict(_written())
    if data is not None:
        for path in sorted(data.rglob("*")):
            if path.is_file() and 100 < path.stat().st_size <= _MAX_SEED_BYTES:
                # One of many like files of a folder is enough.
                key = f"{path.parent.relative_to(data).as_posix()}/{path.name}"
                if sum(name.startswith(key.rpartition("/")[0] + "/") for name in found) < 40:
                    found[key] = path.read_bytes()
    names = [name for name in found if only in name]
    return names, [found[name] for name in names]


def _written() -> Iterator[tuple[str, bytes]]:
    """Files of our own writers, so that there are seeds without measured data."""
    axis = np.arange(200.0, 1800.0, 4.0)
    spectra = [Spectrum(axis, 100.0 + 10.0 * np.sin(axis / 50.0 + shift)) for shift in range(3)]
    for writer in WRITERS:
        yield f"written/{writer.name}", writer.write(spectra[:1])
        yield f"written/{writer.name}_several", writer.write(spectra)


if __name__ == "__main__":
    sys.exit(main())
