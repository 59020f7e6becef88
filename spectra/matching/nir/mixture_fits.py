"""Every non-negative sum of a few references, fitted at once, with what makes powders no exact sum.

Two effects of diffuse reflectance leave most of what a sum of absorbances leaves (``docs/method-nir.md``),
and both are gone where a substance is pure, so they are terms between the members of a sum:

* the *bend*: a response g(A) = A + e A² seen through references of the pure substances leaves the term
  -e Σ w_i w_j (A_i - A_j)² of a mixture with the shares w, whatever bends it;
* the *tilt*: light goes deeper where less is absorbed, and grains of other sizes share it otherwise, so that
  shares drift along the axis: terms t (A_i - A_j), t rising from -1 to 1 over the range.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .net_analyte import MIN_DISTINCT

_BLOCK: Final = 500
"""Subsets that are solved together: keeps the memory small."""

_RIDGE: Final = 1e-9

Subset = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Pool:
    """What a query may be the sum of.

    Attributes
    ----------
    rows : array, shape (n, m)
        References in the domain of the fit.
    bends : array, shape (n, n, m)
        Of the square of the difference of two references.
    tilted : array, shape (n, m)
        Of the references times a line from -1 to 1.
    substances : array, shape (n,), int64
        Equal for rows of one substance: no two of them stand in one subset.
    """

    rows: NDArray[np.float64]
    bends: NDArray[np.float64]
    tilted: NDArray[np.float64]
    substances: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.substances.size)


@dataclass(frozen=True, eq=False)
class Fit:
    """A subset whose heights are all positive.

    Attributes
    ----------
    members : tuple of int
        Rows of the pool.
    heights : array, shape (k,)
        Of the members.
    between : array, shape (m, k)
        Bend and tilts, in the domain of the fit; no column for a single member, or where they would make a
        height negative.
    between_heights : array
        Of ``between``.
    rest : float
        Sum of squares that the fit leaves.
    """

    members: Subset
    heights: NDArray[np.float64]
    between: NDArray[np.float64]
    between_heights: NDArray[np.float64]
    rest: float

    def design(self, pool: Pool) -> NDArray[np.float64]:
        """Columns of the fit, the members first, shape (m, k or 2 k)."""
        return np.column_stack([pool.rows[list(self.members)].T, self.between])

    def fitted(self, pool: Pool) -> NDArray[np.float64]:
        """Sum of the members with what stands between them, shape (m,)."""
        whole: NDArray[np.float64] = self.heights @ pool.rows[list(self.members)] + self.drift()
        return whole

    def drift(self) -> NDArray[np.float64]:
        """Give what stands between the members, shape (m,)."""
        whole: NDArray[np.float64] = self.between @ self.between_heights
        return whole


def subsets(pool: Pool, size: int) -> list[Subset]:
    """List all subsets of a size without two rows of one substance."""
    numbers = pool.substances.tolist()
    return [
        each
        for each in combinations(range(len(pool)), size)
        if len({numbers[member] for member in each}) == size
    ]


def best_fit(pool: Pool, query: NDArray[np.float64], wanted: list[Subset]) -> Fit | None:
    """Best of some subsets of one size.

    Parameters
    ----------
    pool : Pool
        The references.
    query : array, shape (m,)
        In the domain of the fit.
    wanted : list of tuple of int
        Subsets, all of one size.

    Returns
    -------
    Fit or None
        None where none has positive heights only.
    """
    if not wanted:
        return None
    places = np.array(wanted, dtype=np.int64)
    rests = rest_of_all(pool, query, places)
    best = int(np.argmin(rests))
    return fit_one(pool, query, wanted[best]) if np.isfinite(rests[best]) else None


def fit_one(pool: Pool, query: NDArray[np.float64], members: Subset) -> Fit | None:
    """Fit one subset; None where a height is not positive.

    Parameters
    ----------
    pool : Pool
        The references.
    query : array, shape (m,)
        In the domain of the fit.
    members : tuple of int
        At least one.
    """
    rows = pool.rows[list(members)]
    heights = np.asarray(np.linalg.lstsq(rows.T, query, rcond=None)[0])
    if not bool(np.all(heights > 0)):
        return None
    between, extra = np.zeros((query.size, 0)), np.zeros(0)
    if len(members) > 1:
        places = np.array([members])
        columns = _between(pool, places, heights[None, :] / heights.sum())[0].T
        whole = np.column_stack([rows.T, columns])
        solved = np.asarray(np.linalg.lstsq(_unit(whole), query, rcond=1e-6)[0])
        if bool(np.all(solved[: len(members)] > 0)):
            solved /= _lengths(whole)
            heights, extra, between = solved[: len(members)], solved[len(members) :], columns
    left = query - heights @ rows - between @ extra
    return Fit(members, heights, between, extra, float(left @ left))


def rest_of_all(pool: Pool, query: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum of squares that each subset leaves of a query.

    Parameters
    ----------
    pool : Pool
        The references.
    query : array, shape (m,)
        In the domain of the fit.
    places : array, shape (s, k), int64
        Subsets.

    Returns
    -------
    array, shape (s,)
        Infinite where a height is not positive or the members cannot be told apart.
    """
    size = places.shape[1]
    lengths = np.sqrt(np.maximum((pool.rows**2).sum(axis=1), 1e-300))
    units = pool.rows / lengths[:, None]
    gram, product = units @ units.T, units @ query
    square = float(query @ query)
    blocks, right = gram[places[:, :, None], places[:, None, :]], product[places]
    may = np.linalg.det(blocks) > MIN_DISTINCT
    heights = np.zeros(right.shape)
    heights[may] = np.linalg.solve(blocks[may], right[may][..., None])[..., 0]
    may &= (heights > 0).all(axis=1)
    rests = np.where(may, square - (heights * right).sum(axis=1), np.inf)
    kept = np.flatnonzero(may)
    for start in range(0, kept.size if size > 1 else 0, _BLOCK):
        block = kept[start : start + _BLOCK]
        shares = heights[block] / lengths[places[block]]
        shares /= shares.sum(axis=1, keepdims=True)
        gains = _gains(units[places[block]], _between(pool, places[block], shares), query)
        rests[block] = np.minimum(rests[block], square - gains)
    return np.maximum(rests, 1e-12 * square)


def _between(pool: Pool, places: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bend and tilts of each subset, shape (s, k, m)."""
    size = places.shape[1]
    between = np.zeros((places.shape[0], size, pool.rows.shape[1]))
    for i, j in combinations(range(size), 2):
        between[:, 0] += (shares[:, i] * shares[:, j])[:, None] * pool.bends[places[:, i], places[:, j]]
    for j in range(1, size):
        between[:, j] = pool.tilted[places[:, j]] - pool.tilted[places[:, 0]]
    return between


def _gains(
    units: NDArray[np.float64], between: NDArray[np.float64], query: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give what each subset explains with its drift; 0 where a height would not be positive."""
    size = units.shape[1]
    sizes = np.sqrt(np.maximum((between**2).sum(axis=2, keepdims=True), 1e-300))
    columns = np.concatenate([units, between / sizes], axis=1)
    gram, product = columns @ columns.transpose(0, 2, 1), columns @ query
    # a ridge far below any signal: terms of two like references are nearly the same
    gram += _RIDGE * np.eye(columns.shape[1])
    heights = np.linalg.solve(gram, product[..., None])[..., 0]
    gains: NDArray[np.float64] = (heights * product).sum(axis=1)
    return np.where((heights[:, :size] > 0).all(axis=1), gains, 0.0)


def _lengths(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.sqrt(np.maximum((columns**2).sum(axis=0), 1e-300))
    return lengths


def _unit(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    return columns / _lengths(columns)
