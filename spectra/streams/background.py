"""What the empty place looks like: mean, variance of each channel, covariance of blocks; bounded memory.

Exponential moments: a mean that follows a drifting lamp needs forgetting, which quantile sketches such as P²
(Jain and Chlamtac 1985) lack, and a covariance, which quantiles of single channels do not give. What makes
moments fragile is met otherwise: the first ones come from medians, each value is held within five standard
deviations before it is learned, and the caller hands over only frames that turned out to be empty.

The covariance is that of *errors of prediction*: of a frame against the mean before it. A steady drift is in
it as a direction in which errors are usual, and raises no alarm; that a lamp grows brighter or darker is
expected from the start.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .blocks import Blocks
from .peaks import highest, tail_of_highest

FloatArray = NDArray[np.float64]

LAMP: Final = 0.05
"""Share by which the whole background may grow brighter or darker and be none the less empty."""
_LAMP_RANGE: Final = 0.15
"""Share that is taken for the lamp's where sharp bands are sought."""
HELD_WITHIN: Final = 5.0
"""Standard deviations: a cosmic ray moves one channel by no more."""
_MAD_TO_SIGMA: Final = 1.4826
_OUTLYING: Final = 6.0
_MOST_OUTLYING: Final = 0.1
"""Share of the first frames that may stand apart; more, and the place was not empty."""
_LEAST_SHARE: Final = 1e-3
"""Of the variance that channels of independent noise would give a block: less is never believed."""
_SCORES_BEFORE: Final = 50.0
"""Frames that the expectation of a score of mean 0 and variance 1 weighs."""


@dataclass(eq=False)
class Background:
    """Running estimate of the empty place.

    Attributes
    ----------
    blocks : Blocks
        Of the stream's channels.
    first : int
        Frames that the first estimate is made of.
    memory : int
        Frames after which a change is forgotten to 1/e.
    n_learned : int
        Frames learned from.
    """

    blocks: Blocks
    first: int = 128
    memory: int = 500
    n_learned: int = 0
    _kept: list[FloatArray] = field(default_factory=list, repr=False)
    _mean: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)
    _variance: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)
    _covariance: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)
    _precision: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)
    _hidden: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)
    _seen: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)
    _n_effective: float = 0.0
    _score_mean: float = 0.0
    _score_variance: float = 1.0
    _top_mean: float = 0.0
    _top_variance: float = 1.0

    @property
    def ready(self) -> bool:
        """Whether frames can be compared with it."""
        return bool(self._mean.size)

    @property
    def mean(self) -> FloatArray:
        """Spectrum of the empty place, shape (m,)."""
        return self._mean

    @property
    def variance(self) -> FloatArray:
        """Variance of each channel from frame to frame, shape (m,)."""
        return self._variance

    @property
    def error(self) -> FloatArray:
        """Variance of each channel of the mean, shape (m,)."""
        return self._variance / max(self._n_effective, 1.0)

    @property
    def smoothing(self) -> FloatArray:
        """By what factor blocks vary more than neighbouring channels tell, shape (p,), at least 1."""
        return np.maximum(1.0, self._seen / np.maximum(self._hidden, 1e-300))

    def learn(self, frame: FloatArray) -> bool:
        """Take in a frame of the empty place.

        Parameters
        ----------
        frame : array, shape (m,)
            Finite. Kept as it is until the first estimate is made.

        Returns
        -------
        bool
            False when this frame completed a first set that was not steady: half of it was thrown away.
        """
        self.n_learned += 1
        if self.ready:
            self._update(frame)
            return True
        self._kept.append(frame)
        return len(self._kept) < self.first or self._begin()

    def score(self, frame: FloatArray) -> float:
        """How unlike the empty place a frame is, as a score that is standard normal for one of it.

        The rarer of two: Hotelling's T² of the block means of standardised residuals against the learned
        covariance, by its F distribution (a new observation against an estimated covariance), for what is
        broad; the highest local mean, by Gumbel's law, for one sharp band. The level of both on empty frames
        is learned too; of T² it never makes the test more sensitive than the theory.

        Parameters
        ----------
        frame : array, shape (m,)
            Finite.

        Returns
        -------
        float
            At most about 38.
        """
        from scipy.special import ndtr, ndtri  # the officer's commands never stream

        broad = (self._raw_score(self._errors(frame)) - self._score_mean) / float(
            np.sqrt(self._score_variance)
        )
        sharp = tail_of_highest(highest(self._sharp(frame)), mean=self._top_mean, variance=self._top_variance)
        tail = max(min(float(ndtr(-broad)), sharp), 1e-320)
        return float(-ndtri(min(tail * (2.0 - tail), 1.0 - 1e-12)))

    def _sharp(self, frame: FloatArray) -> FloatArray:
        """Standardised residuals without what a brighter or darker lamp makes of the mean."""
        residual = frame - self._mean
        light = self._mean / self._variance
        whole = float(light @ self._mean)
        brighter = float(light @ residual) / whole if whole > 0.0 else 0.0
        residual = residual - min(max(brighter, -_LAMP_RANGE), _LAMP_RANGE) * self._mean
        return np.clip(residual / np.sqrt(self._variance), -_OUTLYING, _OUTLYING)

    def _raw_score(self, errors: FloatArray) -> float:
        from scipy.special import fdtrc, ndtri  # the officer's commands never stream

        n, p = max(self._n_effective, self.blocks.n + 5.0), self.blocks.n
        distance = float(errors @ self._precision @ errors)
        f = distance * n * (n - p) / (p * (n - 1.0) * (n + 1.0))
        return float(-ndtri(np.clip(fdtrc(p, n - p, f), 1e-320, 1.0 - 1e-12)))

    def _errors(self, frame: FloatArray) -> FloatArray:
        """Block means of the standardised errors of prediction, shape (p,)."""
        standard = (frame - self._mean) / np.sqrt(self._variance)
        return self.blocks.means(np.clip(standard, -_OUTLYING, _OUTLYING))

    def _begin(self) -> bool:
        """Make the first estimate, unless the frames differ too much to be of one empty place."""
        frames = np.array(self._kept)
        middle = np.median(frames, axis=0)
        spread = _MAD_TO_SIGMA * np.median(np.abs(frames - middle), axis=0)
        spread = np.maximum(spread, _floor(frames))
        held = np.clip(frames, middle - HELD_WITHIN * spread, middle + HELD_WITHIN * spread)
        means = self.blocks.means(frames)
        centre = np.median(means, axis=0)
        width = _MAD_TO_SIGMA * np.median(np.abs(means - centre), axis=0) + 1e-3 * self.blocks.means(spread)
        outlying = np.mean(np.any(np.abs(means - centre) > _OUTLYING * width, axis=1))
        if outlying > _MOST_OUTLYING:
            del self._kept[: len(self._kept) // 2]
            return False
        self._mean = held.mean(axis=0)
        variance: FloatArray = held.var(axis=0, ddof=1)
        self._variance = np.maximum(variance, _floor(frames) ** 2)
        errors = self.blocks.means((held - self._mean) / np.sqrt(self._variance))
        self._covariance = errors.T @ errors / (len(frames) - 1.0)
        residuals = held - self._mean
        self._seen = (self.blocks.means(residuals) ** 2).mean(axis=0)
        self._hidden = np.mean([self.blocks.noise(each) for each in residuals], axis=0)
        tops = [highest(self._sharp(each)) for each in frames]
        self._top_mean, self._top_variance = float(np.mean(tops)), float(np.var(tops))
        self._n_effective = float(len(frames))
        self._kept.clear()
        self._invert()
        return True

    def _update(self, frame: FloatArray) -> None:
        deviation = np.sqrt(self._variance)
        errors = self._errors(frame)
        score = min(max(self._raw_score(errors), -4.0), 4.0)
        top = min(highest(self._sharp(frame)), self._top_mean + 5.0 * float(np.sqrt(self._top_variance)))
        residual = np.clip(frame - self._mean, -HELD_WITHIN * deviation, HELD_WITHIN * deviation)
        gain = max(1.0 / (self._n_effective + 1.0), 1.0 / self.memory)
        self._n_effective = 1.0 / ((1.0 - gain) ** 2 / self._n_effective + gain**2)
        self._covariance += gain * (np.outer(errors, errors) - self._covariance)
        self._seen += gain * (self.blocks.means(residual) ** 2 - self._seen)
        self._hidden += gain * (self.blocks.noise(residual) - self._hidden)
        changed: FloatArray = self._variance + gain * (residual**2 - self._variance)
        self._variance = np.maximum(changed, _floor(self._mean) ** 2)
        self._mean = self._mean + gain * residual  # never in place: others may hold it
        slow = min(gain, 1.0 / _SCORES_BEFORE)
        self._top_variance += slow * ((top - self._top_mean) ** 2 - self._top_variance)
        self._top_mean += slow * (top - self._top_mean)
        self._score_mean = max(0.0, self._score_mean + slow * (score - self._score_mean))
        squared = 2.0 * max(0.0, score - self._score_mean) ** 2  # what is lower than usual raises no alarm
        self._score_variance = max(1.0, self._score_variance + slow * (squared - self._score_variance))
        self._invert()

    def _invert(self) -> None:
        floor = _LEAST_SHARE / float(self.blocks.sizes.mean())
        inverse = np.linalg.inv(self._covariance + floor * np.eye(self.blocks.n))
        # that of a covariance with the lamp's direction in it: Sherman and Morrison, at any brightness
        light = LAMP * self.blocks.means(self._mean / np.sqrt(self._variance))
        lamp = inverse @ light
        bright = 1.0 + float(lamp @ light)
        self._precision = np.asarray(inverse - np.outer(lamp, lamp) / bright, dtype=np.float64)


def _floor(frames: FloatArray) -> float:
    """Give the standard deviation below which a channel's is rounding."""
    return 1e-9 * float(np.abs(frames).max()) + 1e-150
