"""Compiled loops of the Whittaker baselines: many spectra side by side, each from both ends at once.

The weighted penalised system of one spectrum has five diagonals. Eliminating it point after point is
a chain in which each number waits for the last: a processor's vector units stay idle. Here ``LANES``
spectra are eliminated together, one to a lane, and each from both ends towards its middle, where two
points remain. A lane whose spectrum is done takes the next one. The arithmetic of a lane reads that
lane only, so a result does not depend on how spectra are dealt out to lanes and threads.

``work`` holds one record a point and its mirror image: five fields of ``WIDTH`` numbers, of which the
first ``LANES`` belong to point i of each spectrum and the others to point i from its right end. The
penalty looks the same from both ends, so one loop serves both. Two records of zeros come first, for
the neighbours that the outermost points do not have. ``state`` holds what belongs to a lane as a
whole. Fields stand at constant distances in one aligned array, and inner loops run over lanes only:
compilers turn them into vector instructions when it is plain that nothing overlaps.

All is divided by lam: the matrix is DᵀD plus weights / lam, and these are in ``WEIGHT``.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel

ASLS: Final = 0
ARPLS: Final = 1
AIRPLS: Final = 2
DRPLS: Final = 3
REDO: Final = -1
"""In place of a number of rounds: this row needs the solver for one spectrum."""

LANES: Final = 16
WIDTH: Final = 2 * LANES
REFILL_FROM: Final = 4
"""Idle lanes that are filled together: writing one touches as much memory as writing several."""
_COPIED: Final = 32
"""Records that are filled or read at a time: few enough for the fastest cache."""

HEIGHT: Final = 0
WEIGHT: Final = WIDTH
NEAR: Final = 2 * WIDTH
"""An eliminated point is LEVEL - NEAR · next point - FAR · the one after it."""
FAR: Final = 3 * WIDTH
LEVEL: Final = 4 * WIDTH
"""After substitution, the baseline."""
RECORD: Final = 5 * WIDTH

DEPTH: Final = 0
"""Sum of the residuals below the baseline, of their squares, and their number."""
SQUARE: Final = WIDTH
COUNT: Final = 2 * WIDTH
CHANGE: Final = 3 * WIDTH
"""Sum of the squares of the changes of the weights, and of the weights before."""
BEFORE: Final = 4 * WIDTH
FACTOR: Final = 5 * WIDTH
"""Parameters of the curve that turns residuals into weights."""
SHIFT: Final = 6 * WIDTH
PIVOT: Final = 7 * WIDTH
STATE: Final = 8 * WIDTH

SMALLEST_PIVOT: Final = 1e-13
"""Below, a pivot is rounding. Only the last two can come near: the others are those of a matrix
whose elimination leaves 1 everywhere, plus what the weights add."""
CANCELLED: Final = 1e-5
"""Share of the mean square below which a variance taken as a difference would be inexact."""
MAX_EXPONENT: Final = 700.0
AIRPLS_MAX_ROUND: Final = 50
DRPLS_MAX_ROUND: Final = 100
_TINY: Final = 2.2250738585072014e-308
_SHALLOW: Final = 1e-300
_CONTINUE: Final = -2

_Floats = NDArray[np.float64]
_Integers = NDArray[np.int64]
_Numbers = tuple[int, float, float, int, float]


@kernel
def fit_lanes(
    rows: _Floats, scales: _Floats, penalty: _Floats, numbers: _Numbers, fitted: _Floats, rounds: _Integers
) -> None:
    """Fit a baseline to each row.

    Parameters
    ----------
    rows : array, shape (n, m)
        Spectra of at least 4 points, finite, none constant.
    scales : array, shape (n, 3)
        Minimum, range, and sum of the magnitudes (needed by airPLS only) of each row.
    penalty : array, shape (k, 5)
        For each point of the left half: coefficients before, on and after the diagonal of DᵀD, then the
        diagonal and the negative neighbour of the first-order penalty, which only drPLS has.
    numbers : tuple
        Method (``ASLS`` to ``DRPLS``), lam, ``p`` of asLS or ``eta`` of drPLS, max_iter, tol.
    fitted : array, shape (n, m)
        Receives the baselines.
    rounds : array, shape (n,)
        Receives the number of iterations, or ``REDO``: then the row is not fitted.
    """
    method, lam, shape, max_iter, tol = numbers
    n_rows, n_points = rows.shape
    n_left = (n_points - 1) // 2  # points that are eliminated from the left and from the right
    n_right = n_points - 2 - n_left
    unit = 1.0 / lam
    eta = shape * lam if method == DRPLS else 0.0
    work = _aligned((n_left + 5) * RECORD)
    state = _aligned(STATE)
    state[FACTOR:SHIFT] = unit * shape
    state[SHIFT:PIVOT] = unit * (1.0 - shape)
    owner = np.full(LANES, -1)
    done = np.zeros(LANES, dtype=np.int64)
    over = np.zeros(LANES, dtype=np.int64)
    next_row = 0
    while next_row < n_rows or owner.max() >= 0:
        idle = np.flatnonzero(owner < 0)[: n_rows - next_row]
        if idle.size >= min(REFILL_FROM, n_rows - next_row):
            owner[idle] = np.arange(next_row, next_row + idle.size)
            done[idle] = 0
            _take(work, idle, owner, rows, scales, unit)
            next_row += idle.size
        done += 1
        _eliminate(work, penalty, n_left, n_right, eta)
        _join(work, state, penalty, n_left, n_right, eta)
        _weigh(work, state, done, method, n_left, n_right, unit)
        n_over = 0
        for lane in range(LANES):
            row = owner[lane]
            if row >= 0:
                limit = tol * scales[row, 2] / scales[row, 1] if method == AIRPLS else tol
                rounds[row] = _judge(work, state, lane, method, done[lane], limit)
                if rounds[row] == _CONTINUE and done[lane] > max_iter:
                    rounds[row] = done[lane]
                if rounds[row] != _CONTINUE:
                    over[n_over] = lane
                    n_over += 1
        _hand_over(work, over[:n_over], owner, fitted, scales)
        owner[over[:n_over]] = -1


@kernel
def _aligned(size: int) -> _Floats:
    """Zeros from the beginning of a cache line on: no vector straddles two lines."""
    raw = np.zeros(size + 8)
    first = -raw.ctypes.data % 64 // 8
    return raw[first : first + size]


@kernel
def _take(
    work: _Floats, lanes: _Integers, owner: _Integers, rows: _Floats, scales: _Floats, unit: float
) -> None:
    """Write spectra, brought to the range 0 to 1, and first weights into lanes."""
    n_points = rows.shape[1]
    n_records = (n_points + 1) // 2
    for first in range(0, n_records, _COPIED):
        last = min(first + _COPIED, n_records)
        records = work[(first + 2) * RECORD : (last + 2) * RECORD]
        for lane in lanes:
            row = rows[owner[lane]]
            low, scale = scales[owner[lane], 0], 1.0 / scales[owner[lane], 1]
            left, right = row[first:last], row[n_points - last : n_points - first]
            for i in range(left.size):
                records[i * RECORD + HEIGHT + lane] = (left[i] - low) * scale
                records[i * RECORD + WEIGHT + lane] = unit
            for i in range(left.size):
                records[i * RECORD + HEIGHT + LANES + lane] = (right[right.size - 1 - i] - low) * scale
                records[i * RECORD + WEIGHT + LANES + lane] = unit


@kernel
def _hand_over(work: _Floats, lanes: _Integers, owner: _Integers, fitted: _Floats, scales: _Floats) -> None:
    """Read baselines, brought back to the units of their spectra, out of lanes."""
    n_points = fitted.shape[1]
    n_records = (n_points + 1) // 2
    for first in range(0, n_records, _COPIED):
        last = min(first + _COPIED, n_records)
        records = work[(first + 2) * RECORD : (last + 2) * RECORD]
        for lane in lanes:
            low, scale = scales[owner[lane], 0], scales[owner[lane], 1]
            row = fitted[owner[lane]]
            for side in (1, 0):  # of an odd number of points, the middle is the left's
                values = row[first:last] if side == 0 else row[::-1][first:last]
                levels = records[LEVEL + side * LANES + lane :: RECORD]
                for i in range(values.size):
                    values[i] = low + scale * levels[i]


@kernel
def _eliminate(work: _Floats, penalty: _Floats, n_left: int, n_right: int, eta: float) -> None:
    """Express each point by the two after it, from both ends, in every lane.

    With c = 1 - eta · w, the row of a point is c · DᵀD + first-order penalty + w: c is 1 but for drPLS.
    """
    for i in range(n_left):
        r = work[i * RECORD : (i + 3) * RECORD]
        before, on, after = penalty[i, 0], penalty[i, 1], penalty[i, 2]
        first_on, first_off = penalty[i, 3], penalty[i, 4]
        for v in range(WIDTH if i < n_right else LANES):
            weight = r[2 * RECORD + WEIGHT + v]
            near, far, level = r[RECORD + NEAR + v], r[RECORD + FAR + v], r[RECORD + LEVEL + v]
            c = 1.0 - eta * weight
            carried = c * (before - r[NEAR + v]) - first_off
            pivot = c * (on - r[FAR + v]) + first_on + weight - carried * near
            scale = np.reciprocal(pivot)  # a division would check for zero, which no vector can
            r[2 * RECORD + NEAR + v] = (c * after - first_off - carried * far) * scale
            r[2 * RECORD + FAR + v] = c * scale
            height = r[2 * RECORD + HEIGHT + v]
            r[2 * RECORD + LEVEL + v] = (weight * height - c * r[LEVEL + v] - carried * level) * scale


@kernel
def _join(work: _Floats, state: _Floats, penalty: _Floats, n_left: int, n_right: int, eta: float) -> None:
    """Solve for the two points in the middle; each end finds them in its next two records.

    Their NEAR and FAR stay zero, so substitution leaves them as they are.
    """
    left = work[n_left * RECORD : (n_left + 4) * RECORD]
    right = work[n_right * RECORD : (n_right + 4) * RECORD]
    for v in range(LANES):
        u = LANES + v
        on_0, off_0, level_0 = _middle_row(left, right, v, u, penalty[n_left], eta)
        on_1, off_1, level_1 = _middle_row(right, left, u, v, penalty[n_right], eta)
        ratio = off_1 * np.reciprocal(on_0)
        pivot = on_1 - ratio * off_0
        x_1 = (level_1 - ratio * level_0) * np.reciprocal(pivot)
        x_0 = (level_0 - off_0 * x_1) * np.reciprocal(on_0)
        left[2 * RECORD + LEVEL + v] = x_0
        left[3 * RECORD + LEVEL + v] = x_1
        right[2 * RECORD + LEVEL + u] = x_1
        right[3 * RECORD + LEVEL + u] = x_0
        state[PIVOT + v] = min(on_0, pivot)


@kernel
def _middle_row(
    own: _Floats, other: _Floats, v: int, u: int, penalty: _Floats, eta: float
) -> tuple[float, float, float]:
    """Row of one of the two middle points after the eliminations of its own and the other side."""
    weight = own[2 * RECORD + WEIGHT + v]
    c = 1.0 - eta * weight
    carried = c * (penalty[0] - own[NEAR + v]) - penalty[4]
    on = c * (penalty[1] - own[FAR + v] - other[RECORD + FAR + u]) + penalty[3] + weight
    off = c * (penalty[2] - other[RECORD + NEAR + u]) - penalty[4]
    level = weight * own[2 * RECORD + HEIGHT + v] - c * (own[LEVEL + v] + other[RECORD + LEVEL + u])
    return (
        on - carried * own[RECORD + NEAR + v],
        off - carried * own[RECORD + FAR + v],
        level - carried * own[RECORD + LEVEL + v],
    )


@kernel
def _weigh(
    work: _Floats,
    state: _Floats,
    done: _Integers,
    method: int,
    n_left: int,
    n_right: int,
    unit: float,
) -> None:
    """Substitute back and set the next weights; asLS needs no sums first, so it does both at once."""
    state[:FACTOR] = 0.0
    if method == ASLS:
        _substitute_asls(work, state, n_left, n_right)
        return
    _substitute(work, state, n_left, n_right)
    _set_curves(state, method, done)
    if method == ARPLS:
        _weigh_arpls(work, state, n_left, n_right, unit)
    elif method == AIRPLS:
        _weigh_airpls(work, state, n_left, n_right, unit)
    else:
        _weigh_drpls(work, state, n_left, n_right, unit)


@kernel
def _substitute(work: _Floats, state: _Floats, n_left: int, n_right: int) -> None:
    """Baseline from the middle outwards, and sums over what lies below it."""
    for i in range(n_left, -1, -1):
        r = work[(i + 2) * RECORD : (i + 5) * RECORD]
        for v in range(WIDTH if i <= n_right else LANES):
            level = r[LEVEL + v] - r[NEAR + v] * r[RECORD + LEVEL + v]
            level -= r[FAR + v] * r[2 * RECORD + LEVEL + v]
            r[LEVEL + v] = level
            residual = r[HEIGHT + v] - level
            depth = residual if residual < 0.0 else 0.0
            state[DEPTH + v] += depth
            state[SQUARE + v] += depth * depth
            state[COUNT + v] += 1.0 if residual < 0.0 else 0.0


@kernel
def _substitute_asls(work: _Floats, state: _Floats, n_left: int, n_right: int) -> None:
    """Baseline from the middle outwards; the weight of a point depends on its side only."""
    for i in range(n_left, -1, -1):
        r = work[(i + 2) * RECORD : (i + 5) * RECORD]
        for v in range(WIDTH if i <= n_right else LANES):
            level = r[LEVEL + v] - r[NEAR + v] * r[RECORD + LEVEL + v]
            level -= r[FAR + v] * r[2 * RECORD + LEVEL + v]
            r[LEVEL + v] = level
            above, under = state[FACTOR + v], state[SHIFT + v]
            new = above if r[HEIGHT + v] - level > 0.0 else under
            old = r[WEIGHT + v]
            r[WEIGHT + v] = new
            state[CHANGE + v] += (new - old) * (new - old)
            state[BEFORE + v] += old * old


@kernel
def _set_curves(state: _Floats, method: int, done: _Integers) -> None:
    """How steeply weights fall with the residual, and around which residual."""
    for lane in range(LANES):
        mirror = LANES + lane
        depth = state[DEPTH + lane] + state[DEPTH + mirror]
        if method == AIRPLS:
            state[FACTOR + lane] = min(done[lane], AIRPLS_MAX_ROUND) / min(depth, -_SHALLOW)
        else:
            square = state[SQUARE + lane] + state[SQUARE + mirror]
            count = max(state[COUNT + lane] + state[COUNT + mirror], 2.0)
            mean = depth / count
            deviation = math.sqrt(max((square - depth * mean) / (count - 1.0), _TINY))
            steepness = 2.0 if method == ARPLS else math.exp(min(done[lane], DRPLS_MAX_ROUND))
            state[FACTOR + lane] = steepness / deviation
            state[SHIFT + lane] = 2.0 * deviation - mean
        state[FACTOR + mirror] = state[FACTOR + lane]
        state[SHIFT + mirror] = state[SHIFT + lane]


@kernel
def _weigh_arpls(work: _Floats, state: _Floats, n_left: int, n_right: int, unit: float) -> None:
    for i in range(n_left + 1):
        r = work[(i + 2) * RECORD : (i + 3) * RECORD]
        for v in range(WIDTH if i <= n_right else LANES):
            inner = state[FACTOR + v] * (r[HEIGHT + v] - r[LEVEL + v] - state[SHIFT + v])
            new = unit * np.reciprocal(1.0 + _exp(inner))
            old = r[WEIGHT + v]
            r[WEIGHT + v] = new
            state[CHANGE + v] += (new - old) * (new - old)
            state[BEFORE + v] += old * old


@kernel
def _weigh_airpls(work: _Floats, state: _Floats, n_left: int, n_right: int, unit: float) -> None:
    for i in range(n_left + 1):
        r = work[(i + 2) * RECORD : (i + 3) * RECORD]
        for v in range(WIDTH if i <= n_right else LANES):
            residual = r[HEIGHT + v] - r[LEVEL + v]
            raised = unit * _exp(state[FACTOR + v] * residual)
            r[WEIGHT + v] = raised if residual < 0.0 else 0.0


@kernel
def _weigh_drpls(work: _Floats, state: _Floats, n_left: int, n_right: int, unit: float) -> None:
    for i in range(n_left + 1):
        r = work[(i + 2) * RECORD : (i + 3) * RECORD]
        for v in range(WIDTH if i <= n_right else LANES):
            inner = state[FACTOR + v] * (r[HEIGHT + v] - r[LEVEL + v] - state[SHIFT + v])
            new = 0.5 * unit * (1.0 - inner * np.reciprocal(1.0 + abs(inner)))
            old = r[WEIGHT + v]
            r[WEIGHT + v] = new
            state[CHANGE + v] += (new - old) * (new - old)
            state[BEFORE + v] += old * old


@kernel
def _exp(x: float) -> float:
    """Exponential to 1e-12, in arithmetic that vector units have: 2 to a whole power times a series."""
    x = -MAX_EXPONENT if x < -MAX_EXPONENT else x
    x = MAX_EXPONENT if x > MAX_EXPONENT else x
    power = np.floor(x * 1.4426950408889634 + 0.5)
    x = x - power * 0.6931471805599453
    total = 1 / 40320 + x * (1 / 362880 + x * (1 / 3628800))  # the series' inverse factorials
    total = 1 / 120 + x * (1 / 720 + x * (1 / 5040 + x * total))
    total = 1 / 2 + x * (1 / 6 + x * (1 / 24 + x * total))
    total = 1.0 + x * (1.0 + x * total)
    return total * np.int64((np.int64(np.int32(power)) + 1023) << 52).view(np.float64)


@kernel
def _judge(work: _Floats, state: _Floats, lane: int, method: int, n_done: int, limit: float) -> int:
    """Return the number of rounds if the lane is done, else ``REDO`` or ``_CONTINUE``."""
    mirror = LANES + lane
    ends = work[2 * RECORD + LEVEL + lane] + work[2 * RECORD + LEVEL + mirror]
    if not (state[PIVOT + lane] > SMALLEST_PIVOT and math.isfinite(ends)):
        return REDO
    depth = state[DEPTH + lane] + state[DEPTH + mirror]
    square = state[SQUARE + lane] + state[SQUARE + mirror]
    count = state[COUNT + lane] + state[COUNT + mirror]
    if method != ASLS and count < 2:
        return n_done - 1
    if method in (ARPLS, DRPLS) and square - depth * depth / count <= CANCELLED * square:
        return REDO
    if method == AIRPLS:
        return n_done if -depth < limit else _CONTINUE
    change = math.sqrt(state[CHANGE + lane] + state[CHANGE + mirror])
    before = math.sqrt(state[BEFORE + lane] + state[BEFORE + mirror])
    return n_done if change < limit * max(before, _TINY) else _CONTINUE
