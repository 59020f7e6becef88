"""Bridges under load and faults: ``python -m benchmarks.soak [--minutes N] [--json FILE] [--short]``.

Exit code 1 when an answer was wrong or lost, a fault ended as it must not, or memory grew.
``--latency`` times warm calls by library size instead, ``--fuzz N`` throws mutated messages at a bridge.
docs/embedding.md explains the figures.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: the bridges have one as well
os.environ["CONTRASPEC_CONFIG"] = os.devnull


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, help="how long (default: 10; 1 with --short)")
    parser.add_argument("--short", action="store_true", help="fewer scans and pauses: for a minute or less")
    parser.add_argument("--rate", type=float, default=330.0, help="requests a second (default: 330)")
    parser.add_argument("--seed", type=int, default=0, help="of all choices (default: 0)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--latency", action="store_true", help="warm calls by library size, on one core")
    parser.add_argument("--sizes", type=int, nargs="*", help="with --latency: numbers of references")
    parser.add_argument("--calls", type=int, default=500, help="with --latency: of each size (default: 500)")
    parser.add_argument("--fuzz", type=int, metavar="N", help="so many mutated conversations")
    options = parser.parse_args(arguments)
    if os.name == "nt":
        parser.error("this suite needs a POSIX system: Unix sockets, signals, limits")
    if options.fuzz:
        from .fuzzing import main as fuzz

        return fuzz(options.fuzz, options.seed, options.json)
    if options.latency:
        from .latency import main as latency

        return latency(options.sizes, options.calls, options.json)
    return _soak(options)


def _soak(options: argparse.Namespace) -> int:
    from .report import figures, table
    from .running import Plan, run

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no bridge and no disk is left behind
    minutes = options.minutes or (1.0 if options.short else 10.0)
    plan = Plan(minutes, options.short, options.rate, options.seed)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        done = run(plan, Path(folder), lambda line: print(line, file=sys.stderr, flush=True))
    print(*table(done), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(figures(done), indent=1) + "\n", encoding="utf-8")
    return 0 if done.good else 1


if __name__ == "__main__":
    sys.exit(main())
