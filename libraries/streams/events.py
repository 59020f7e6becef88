"""What a stream says, in the order in which it happened: plain frozen values.

Each has ``time_s``, the time of the frame that made it known.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spectra.confidence.identification import Verdict
from spectra.spectrum import Spectrum

from ..methods.method import Answer
from .frames import Wrong

BegunBy = Literal["change", "trigger", "spectrum_changed"]
EndedBy = Literal[
    "change", "trigger", "spectrum_changed", "gap", "clock_restarted", "relearn", "stream_ended"
]
StuckWhat = Literal["item", "background"]


@dataclass(frozen=True)
class Started:
    """The first frame came, or the first after the sender's clock began anew.

    Attributes
    ----------
    time_s : float
    reason : str
        ``first_frame`` or ``clock_restarted``.
    channels, blocks : int
        Points of a frame; blocks in which changes are sought.
    false_start_frames : float
        Frames between false beginnings, in the mean: stated for independent frames of normal noise.
    alpha : float
        Error rate of statements.
    looks : tuple of int
        Frames at which an item's average is looked at; once more at its end or deadline.
    """

    time_s: float
    reason: Literal["first_frame", "clock_restarted"]
    channels: int
    blocks: int
    false_start_frames: float
    alpha: float
    looks: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class BackgroundReady:
    """The empty place is known, or was looked at again.

    Attributes
    ----------
    time_s : float
    reason : str
        ``learned`` or ``checked``.
    frames : int
        Frames learned from so far.
    mean : array, shape (m,)
        Its spectrum.
    answer : Answer or None
        What the engine says of it; None where it failed. One that alarms is never taken off an item.
    subtracted : bool
        Whether it may be.
    """

    time_s: float
    reason: Literal["learned", "checked"]
    frames: int
    mean: NDArray[np.float64]
    answer: Answer | None
    subtracted: bool


@dataclass(frozen=True)
class ItemBegun:
    """An item is there.

    Attributes
    ----------
    time_s, item : float, int
        Items count from 1.
    by : str
        ``change``, ``trigger``, or ``spectrum_changed``: out of the item before it.
    since_s : float
        Time of its first frame: a change is known some frames after it came.
    """

    time_s: float
    item: int
    by: BegunBy
    since_s: float


@dataclass(frozen=True)
class Looked:
    """The engine judged an item's average.

    Attributes
    ----------
    time_s, item : float, int
    look : int
        From 1.
    frames : int
        In the average.
    verdict : str or None
        None where the engine failed.
    alert : bool
    probability : float or None
        Calibrated for one look.
    error_bound : float
        Error rate at which the looks so far suffice for what this one states; 1 where it states nothing.
    """

    time_s: float
    item: int
    look: int
    frames: int
    verdict: Verdict | None
    alert: bool
    probability: float | None
    error_bound: float


@dataclass(frozen=True)
class Decided:
    """The one answer about an item.

    Attributes
    ----------
    time_s, item : float, int
    verdict : str
        ``match``, ``mixture`` or ``group`` where looks suffice for it at ``alpha``; else ``inconclusive``.
    alert : bool
    reasons : tuple of str
        Those of the answer: with ``deadline``, ``item_ended`` or ``stream_ended`` where it is undecided.
    answer : Answer or None
        None where there was nothing to judge.
    spectrum : Spectrum or None
        What was judged last.
    frames : int
        Averaged.
    averaged_s : float
        From the first of them to the last.
    looks : int
        Made at this item.
    alpha, error_bound : float
        Error rate that was asked for, and the one at which the looks suffice; 1 where nothing is stated.
    background_share : float
        Of the background, taken off the average.
    """

    time_s: float
    item: int
    verdict: Verdict
    alert: bool
    reasons: tuple[str, ...]
    answer: Answer | None
    spectrum: Spectrum | None
    frames: int
    averaged_s: float
    looks: int
    alpha: float
    error_bound: float
    background_share: float


@dataclass(frozen=True)
class ItemEnded:
    """An item is gone.

    Attributes
    ----------
    time_s, item : float, int
    by : str
        ``change``, ``trigger``, ``spectrum_changed``, ``gap``, ``clock_restarted``, ``relearn``,
        ``stream_ended``.
    until_s : float
        Time of its last frame.
    reasons : tuple of str
        What is to be known of it, as in ``Decided``; also what happened after that.
    frames, rejected, lost : int
        That came, that could not be used, that are missing.
    """

    time_s: float
    item: int
    by: EndedBy
    until_s: float
    reasons: tuple[str, ...]
    frames: int
    rejected: int
    lost: int


@dataclass(frozen=True)
class FrameRejected:
    """A frame that was not used; its trigger counts unless its time is wrong.

    Attributes
    ----------
    time_s : float or None
        None where it has none.
    reason : str
        ``time``, ``not_later``, ``trigger``, ``not_numbers``, ``length``, ``not_finite`` or ``saturated``.
    rejected : int
        In the stream so far.
    """

    time_s: float | None
    reason: Wrong
    rejected: int


@dataclass(frozen=True)
class Stuck:
    """What should have passed has not.

    Attributes
    ----------
    time_s : float
    what : str
        ``item``: it stays, and the background is not learned until it goes or ``relearn`` is called.
        ``background``: frames differ too much to be of an empty place.
    item : int or None
    for_s : float
        Seconds so far.
    """

    time_s: float
    what: StuckWhat
    item: int | None
    for_s: float


@dataclass(frozen=True)
class Fault:
    """The engine failed at a look, which then counts for nothing.

    Attributes
    ----------
    time_s : float
    item : int or None
        None for the background.
    error, message : str
        Code as in ``contraspec.error/1``, and what was said.
    """

    time_s: float
    item: int | None
    error: str
    message: str


Event = Started | BackgroundReady | ItemBegun | Looked | Decided | ItemEnded | FrameRejected | Stuck | Fault
