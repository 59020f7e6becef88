"""The printed table, what is said below it, and how time grows with the library."""

from collections.abc import Iterable, Iterator
from math import log
from typing import Final

from ._common import Row
from .machine import Peaks

HEADER: Final = f"{'job':22}{'n':>9}{'threads':>8}{'ours ms':>10}{'rival ms':>10}{'ratio':>11}  equal rival"
FROM: Final = 25_000
"""Rows from which growth is measured."""


def line(row: Row) -> str:
    """One line of the table."""
    times = ["-" if value is None else f"{value:g}" for value in (row.ours_ms, row.rival_ms, row.ratio)]
    return (
        f"{row.job:22}{row.n:>9}{row.threads:>8}{times[0]:>10}{times[1]:>10}{times[2]:>11}  "
        f"{row.equal!s:5} {row.rival}"
    )


def notes(rows: Iterable[Row]) -> Iterator[str]:
    """Say what the figures of the table do not."""
    for row in rows:
        if row.note:
            yield f"{row.job}, {row.n:,}, {row.threads} thread{'s' * (row.threads > 1)}: {row.note}"


def peaks_line(peaks: Peaks) -> str:
    """Say what the machine reached with a number of threads."""
    return (
        f"{peaks.threads} thread{'s' * (peaks.threads > 1)}: memory is read at {peaks.read_gbs:.1f} GB/s, "
        f"triad {peaks.triad_gbs:.1f} GB/s, multiply-adds in float32 {peaks.gflops:.0f} GFLOP/s"
    )


def series(rows: Iterable[Row], threads: int) -> dict[str, list[tuple[int, float]]]:
    """Time of one query by the number of rows: ours, and each rival that was there."""
    found: dict[str, dict[int, float]] = {"ours": {}}
    for row in rows:
        if row.job == "single" and row.threads == threads:
            found["ours"].setdefault(row.n, row.ours_ms)
            if row.rival_ms is not None:
                found.setdefault(row.rival, {})[row.n] = row.rival_ms
    return {name: sorted(points.items()) for name, points in found.items()}


def exponent(points: list[tuple[int, float]]) -> float | None:
    """Power of n that time grows with from 25,000 rows to the largest library; None without both."""
    large = [(n, ms) for n, ms in points if n >= FROM]
    if len(large) < 2:
        return None
    (first, short), (last, long) = large[0], large[-1]
    return log(long / short) / log(last / first)


def growth(rows: list[Row]) -> Iterator[str]:
    """How the time of one query grows with the library."""
    for threads in sorted({row.threads for row in rows if row.job == "single"}):
        for name, points in series(rows, threads).items():
            power = exponent(points)
            if power is not None:
                times = ", ".join(f"{n:,}: {ms:g} ms" for n, ms in points)
                yield (
                    f"{name}, {threads} thread{'s' * (threads > 1)}: time grows as n^{power:.2f} "
                    f"from {FROM:,} rows on ({times})"
                )
