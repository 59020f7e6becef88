"""Calibration cases of a library: its substances present, left out, behind a layer and mixed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..label import Label
from ..matching.alignment import AlignedQuery, align
from ..matching.candidates import SEARCHED, Weighed, rank_candidates
from ..matching.components import NO_CASE
from ..matching.index import Query
from ..matching.mixtures import Component, Mixture, find_mixture
from ..matrix import SpectralMatrix
from ..quality import estimate_noise
from .fitting import Cases
from .queries import Blend, References, Rows, arrange, draw_blends, draw_query, measure_blend

SINGLE_CASES: Final = 400
MIXTURE_CASES: Final = 100
REPLICATE_CASES: Final = 100
"""Numbers that do not grow with the library, so that calibrating a large one takes hardly longer."""

CONDITIONS: Final = (
    "alone", "alone", "diluted", "alone", "plastic", "alone", "alone", "diluted", "glass", "plastic",
)  # fmt: skip
"""Under which the queries are measured in turn; half of them alone."""

MIXTURE_TURNS: Final = frozenset({0, 3, 6, 8})
"""Turns in which a mixture is sought too: a component that is not there is a wrong statement."""

UNKNOWN_TURN: Final = 1
"""Turn in which one is sought with the substance left out."""

Progress = Callable[[int, int], None]


@dataclass
class _Tally:
    """Log odds of the statements made so far."""

    right: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    present: int = 0
    """Components that could have been named."""
    asked: int = 0
    """Queries that have none to name."""

    def add(self, ranked: Sequence[Weighed], truth: Rows, absent: Rows) -> None:
        """Add what is said with the truth present, and with all that the query holds left out."""
        stated = _searched(ranked)
        if stated:
            best = stated[0]
            (self.right if best.candidate.row in truth else self.wrong).append(best.log_odds)
            true = [entry.log_odds for entry in stated if entry.candidate.row in truth]
            self.gaps.append(best.log_odds - true[0] if true else np.inf)
        others = _left(ranked, absent)
        if others:
            self.wrong.append(others[0].log_odds)


def simulate_cases(
    matrix: SpectralMatrix,
    labels: Sequence[Label],
    *,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> tuple[Cases, Cases]:
    """Statements about simulated queries and about the library's own replicates, right and wrong.

    Parameters
    ----------
    matrix : SpectralMatrix
        The library as the pipeline leaves it; the order of its rows does not matter.
    labels : sequence of Label
        One per row: rows of one identity, its synonyms and forms, are left out together.
    rng : numpy.random.Generator
        Source of all randomness.
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    single : Cases
        Top candidate with the substance present, and with it left out. The statement is right when
        it names the main component.
    mixture : Cases
        Components of mixtures sought in simulated mixtures and, wrongly, in queries of one
        substance. Right when the component is there.
    """
    library = arrange(matrix, labels)
    rows = np.resize(rng.permutation(len(labels)), SINGLE_CASES).tolist()
    replicates = _replicates(library, rng)
    blends = draw_blends(library, MIXTURE_CASES, rng)
    total = len(rows) + len(replicates) + len(blends)
    single, mixed, own = _Tally(), _Tally(), _Tally()

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, total)

    for place, row in enumerate(rows):
        _judge_single(library, row, place % len(CONDITIONS), rng=rng, tallies=(single, mixed))
        tell(place + 1)
    for place, row in enumerate(replicates, start=len(rows)):
        _judge_replicate(library, row, own)
        tell(place + 1)
    for place, blend in enumerate(blends, start=len(rows) + len(replicates)):
        _judge_blend(library, blend, rng, mixed)
        tell(place + 1)
    return _one_substance(single, own), _components(mixed)


def _one_substance(simulated: _Tally, own: _Tally) -> Cases:
    return Cases(
        right=tuple(simulated.right),
        wrong=(*simulated.wrong, *own.wrong),
        gaps=(*simulated.gaps, *own.gaps),
        replicates=tuple(own.right),
        n_replicates=len(own.right) + len(own.wrong),
    )


def _components(mixed: _Tally) -> Cases:
    """Statements about components, and how often one is made where it can be right and where not."""
    made = len(mixed.right) / max(mixed.present, 1), len(mixed.wrong) / max(mixed.asked, 1)
    return Cases(tuple(mixed.right), tuple(mixed.wrong), rates=made)


def _judge_single(
    library: References,
    row: int,
    turn: int,
    *,
    rng: np.random.Generator,
    tallies: tuple[_Tally, _Tally],
) -> None:
    single, mixed = tallies
    query, absent = draw_query(library, row, CONDITIONS[turn], rng)
    aligned, ranked = rank_candidates(library.index, query, top=SEARCHED + len(absent))
    single.add(ranked, library.alike(row), absent)
    if turn in MIXTURE_TURNS:
        _judge_false_mixture(library, query, aligned, _searched(ranked), present=absent, tally=mixed)
    elif turn == UNKNOWN_TURN:
        asked = np.array([place not in absent for place in range(len(library.index))])
        others = _left(ranked, absent)
        _judge_false_mixture(library, query, aligned, others, present=absent, allowed=asked, tally=mixed)


def _judge_false_mixture(
    library: References,
    query: Query,
    aligned: AlignedQuery,
    ranked: Sequence[Weighed],
    *,
    present: Rows,
    tally: _Tally,
    allowed: NDArray[np.bool_] | None = None,
) -> None:
    """Add the component that would make a false mixture of a query of one substance."""
    if not ranked:
        return
    tally.asked += 1
    weighed = sorted(_judged(find_mixture(library.basis, query, aligned, allowed=allowed)), key=_least)
    wrong = [each for each in weighed if each.row not in present]
    # where what is there is among them, one more name is enough for a false mixture
    named = wrong if len(wrong) < len(weighed) else wrong[1:]
    tally.wrong += [named[0].log_odds] if named else []


def _least(component: Component) -> float:
    return -component.log_odds


def _judge_replicate(library: References, row: int, tally: _Tally) -> None:
    """One of the library's own spectra, as it was measured, against the rest."""
    columns = np.flatnonzero(library.matrix.mask[row])
    first, last = int(columns[0]), int(columns[-1]) + 1
    intensity = np.maximum(library.intensity(row), 0.0)
    intensity /= max(float(intensity.max()), 1e-12)
    noise = estimate_noise(intensity[first:last])
    query = Query(library.matrix.grid, intensity, first, last, noise)
    same = library.alike(row)
    _, ranked = rank_candidates(library.index, query, top=SEARCHED + len(same))
    tally.add(_left(ranked, frozenset({row}), limit=len(ranked)), same, same)


def _judge_blend(library: References, blend: Blend, rng: np.random.Generator, tally: _Tally) -> None:
    query = measure_blend(library, blend, rng)
    found = find_mixture(library.basis, query, align(query))
    tally.present += len(blend.rows) - 1
    there = frozenset().union(*(library.alike(row) for row in blend.rows))
    for component in _judged(found):
        # the main one would be found alone; the question is whether there is anything beside it
        if component.row in there and not component.evidence.main:
            tally.right.append(component.log_odds)


def _judged(found: Mixture | None) -> tuple[Component, ...]:
    """Components that stand, and those that are doubtful but have a case."""
    judged = () if found is None else (*found.components, *found.doubtful)
    return tuple(each for each in judged if each.log_odds > NO_CASE)


def _replicates(library: References, rng: np.random.Generator) -> list[int]:
    """Rows that have another of the same substance and form, at most ``REPLICATE_CASES``."""
    keys = [(label.identity, label.form) for label in library.labels]
    times = Counter(keys)
    twins = [row for row, key in enumerate(keys) if times[key] > 1]
    chosen = rng.permutation(len(twins))[:REPLICATE_CASES]
    return [twins[place] for place in sorted(chosen.tolist())]


def _left(ranked: Sequence[Weighed], absent: Rows, *, limit: int = SEARCHED) -> list[Weighed]:
    """Return what a search without the rows ``absent`` would have found."""
    return _searched([entry for entry in ranked if entry.candidate.row not in absent], limit=limit)


def _searched(ranked: Sequence[Weighed], *, limit: int = SEARCHED) -> list[Weighed]:
    """Those of ``ranked`` that a search for ``limit`` would have found, in the same order."""
    found = sorted(ranked, key=lambda entry: -entry.candidate.score)[:limit]
    rows = {entry.candidate.row for entry in found}
    return [entry for entry in ranked if entry.candidate.row in rows]
