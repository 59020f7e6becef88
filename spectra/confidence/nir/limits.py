"""Quantiles of Hotelling's T² and of the residual sum of squares Q."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...errors import CalibrationError

QMethod = Literal["box", "jackson-mudholkar"]
Phase = Literal["replicate", "new"]


def t_squared_limit(n_components: int, n_spectra: int, *, alpha: float, phase: Phase = "new") -> float:
    """Value that T² exceeds by chance in a share ``alpha`` of the spectra of the class.

    With a components and n replicates (Tracy, Young and Mason 1992, 10.1080/00224065.1992.12015232):

    * one of the replicates themselves (phase I): (n - 1)² / n times the quantile of
      Beta(a / 2, (n - a - 1) / 2);
    * a new spectrum (phase II): a (n² - 1) / (n (n - a)) times the quantile of F(a, n - a).

    Parameters
    ----------
    n_components, n_spectra : int
        Of the model; at least one component, and at least two replicates more.
    alpha : float
        Between 0 and 1, exclusive.
    phase : str
        ``replicate`` or ``new``.

    Raises
    ------
    CalibrationError
        Numbers of which there is no such distribution, or another phase.
    """
    from scipy.special import betaincinv, fdtri  # for who fits, not for who judges

    _check_alpha(alpha)
    a, n = n_components, n_spectra
    if not 1 <= a <= n - 2:
        raise CalibrationError(f"T² of {a} components and {n} spectra: expected 1 to {n - 2} components")
    if phase == "replicate":
        return (n - 1) ** 2 / n * float(betaincinv(a / 2, (n - a - 1) / 2, 1 - alpha))
    if phase == "new":
        return a * (n**2 - 1) / (n * (n - a)) * float(fdtri(a, n - a, 1 - alpha))
    raise CalibrationError(f"phase {phase!r}: expected replicate or new")


def q_limit(variances: ArrayLike, *, alpha: float, method: QMethod = "box") -> float:
    """Value that Q exceeds by chance in a share ``alpha`` of the spectra of the class.

    Q is a sum of squares with unlike variances, the eigenvalues v of the residuals' covariance; with
    θᵢ = Σ vⁱ:

    * ``box``: g χ²(h) with g = θ₂ / θ₁ and h = θ₁² / θ₂, which has the mean and variance of Q (Box 1954,
      10.1214/aoms/1177728786; Nomikos and MacGregor 1995, 10.1080/00401706.1995.10485888);
    * ``jackson-mudholkar``: (Q / θ₁) to the power h₀ = 1 - 2 θ₁ θ₃ / 3 θ₂² taken as normal
      (1979, 10.1080/00401706.1979.10489779).

    Parameters
    ----------
    variances : array, shape (r,)
        All of the eigenvalues: their sum alone does not say how many directions share it.
    alpha : float
        Between 0 and 1, exclusive.
    method : str
        ``box`` or ``jackson-mudholkar``.

    Raises
    ------
    CalibrationError
        No variances, negative ones, or another method.
    """
    from scipy.special import chdtri, ndtri  # for who fits, not for who judges

    _check_alpha(alpha)
    values = np.asarray(variances, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or not np.all(np.isfinite(values)) or values.min() < 0:
        raise CalibrationError(f"residual variances of shape {values.shape}: expected some, 0 or more each")
    largest = float(values.max())
    if largest == 0:
        raise CalibrationError("residual variances are all 0: expected replicates that differ")
    first, second, third = (float(np.sum((values / largest) ** power)) for power in (1, 2, 3))
    if method == "box":
        return largest * second / first * float(chdtri(first**2 / second, alpha))
    if method != "jackson-mudholkar":
        raise CalibrationError(f"Q by {method!r}: expected box or jackson-mudholkar")
    power = 1 - 2 * first * third / (3 * second**2)
    if abs(power) < 1e-6:
        raise CalibrationError("Jackson and Mudholkar's power is 0 for these variances: take box")
    spread = float(ndtri(1 - alpha)) * np.sqrt(2 * second) * abs(power) / first
    centre = 1 + second * power * (power - 1) / first**2
    base = centre + np.sign(power) * spread
    if base <= 0:
        raise CalibrationError("Jackson and Mudholkar's approximation fails for these variances: take box")
    return largest * first * float(base ** (1 / power))


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise CalibrationError(f"alpha {alpha!r}: expected a share between 0 and 1")
