"""How much what a fit leaves is worth: independent points of a spectrum, and the F of a component.

Neighbouring channels of a derivative spectrum share bands, smoothing and model errors. A test that
counts channels calls everything significant. The covariance of what is left decides: its shape from
replicates where there are any, else from how the residual goes with itself along the axis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Scatter:
    """Covariance of what may be left, of trace 1.

    Attributes
    ----------
    shape : array, shape (m, m)
        Covariance, divided by its trace.
    n_independent : float
        Points that would have the same spread of their sum of squares.
    """

    shape: NDArray[np.float64]
    n_independent: float


def scatter_of(residual: NDArray[np.float64]) -> Scatter:
    """Covariance of a stationary residual from its autocorrelation.

    The estimated autocorrelation is tapered (Bartlett's window over a quarter of the length), which keeps
    the matrix positive semidefinite.

    Parameters
    ----------
    residual : array, shape (m,)
        What a fit leaves.
    """
    n = residual.size
    square = max(float(residual @ residual), 1e-300)
    reach = max(2, n // 4)
    lags = np.zeros(n)
    for lag in range(reach):
        lags[lag] = float(residual[: n - lag] @ residual[lag:]) / square * (1.0 - lag / reach)
    places = np.arange(n)
    return _scatter(lags[np.abs(places[:, None] - places[None, :])])


def scatter_of_replicates(rows: NDArray[np.float64]) -> Scatter:
    """Covariance of replicates about their mean.

    A twentieth of the trace is spread evenly over the points: with few replicates the covariance knows
    few directions, and what it does not know is not free of error.

    Parameters
    ----------
    rows : array, shape (r, m)
        At least 3 scans of one item, or such scans less their items' means, in the domain of the fit.
    """
    centred = rows - rows.mean(axis=0)
    covariance = centred.T @ centred
    trace = max(float(np.trace(covariance)), 1e-300)
    return _scatter(0.95 * covariance / trace + 0.05 * np.eye(rows.shape[1]) / rows.shape[1])


def _scatter(covariance: NDArray[np.float64]) -> Scatter:
    """Box's equivalent number of points, tr(S)² / tr(S²) (Ann. Math. Stat. 25, 1954)."""
    shape = covariance / max(float(np.trace(covariance)), 1e-300)
    return Scatter(shape, 1.0 / max(float((shape * shape).sum()), 1e-300))


def partial_f(
    design: NDArray[np.float64], heights: NDArray[np.float64], rest: float, scatter: Scatter
) -> NDArray[np.float64]:
    """F of each column of a least-squares fit, with 1 and ``n_independent - k`` degrees of freedom.

    The heights' covariance is X⁺ S X⁺ᵀ with the covariance S of the residual, not σ²(XᵀX)⁻¹: the fit is
    an ordinary one, only its test knows of the neighbours.

    Parameters
    ----------
    design : array, shape (m, k)
        Columns of the fit.
    heights : array, shape (k,)
        Of the columns.
    rest : float
        Sum of squares of the residual.
    scatter : Scatter
        Its covariance.

    Returns
    -------
    array, shape (k,)
    """
    variance = np.diag(height_covariance(design, rest, scatter))
    result: NDArray[np.float64] = heights**2 / np.maximum(variance, 1e-300)
    return result


def height_covariance(design: NDArray[np.float64], rest: float, scatter: Scatter) -> NDArray[np.float64]:
    """Covariance of the heights of a fit, shape (k, k); see `partial_f`."""
    freedom = max(scatter.n_independent - design.shape[1], 1.0)
    inverse = np.linalg.pinv(design)
    # what k columns have taken of the rest is given back
    scale = rest * scatter.n_independent / freedom
    covariance: NDArray[np.float64] = scale * (inverse @ scatter.shape @ inverse.T)
    return covariance
