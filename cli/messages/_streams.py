"""English: what answers about items on a belt or in a line bear as reasons."""

from typing import Final

STREAM_SENTENCES: Final[dict[str, str]] = {
    "reason.deadline": "The time for this item was over before there was enough evidence.",
    "reason.item_ended": "The item was gone before there was enough evidence.",
    "reason.stream_ended": "The measurement was ended before there was enough evidence.",
    "reason.spectrum_changed": "What was measured changed on the way: there may be more than one item.",
    "reason.frame_gap": "Measurements are missing, so nobody knows whether the same item is still there.",
    "reason.frames_lost": "Some measurements of this item are missing.",
    "reason.frames_rejected": "Some measurements of this item could not be used.",
    "reason.clock_restarted": "The clock of the instrument began anew while the item was there.",
    "reason.trigger_missing": "The light barrier did not report where this item begins or ends.",
    "reason.no_trigger": "The light barrier did not report this item.",
    "reason.no_background": "The empty belt was not known yet, so nothing of it was taken off.",
    "reason.no_signal": "Nothing of this item stood out from the empty belt.",
    "reason.looks_disagree": (
        "An earlier part of the measurement named something that this one does not name."
    ),
    "reason.engine_failed": "At least one part of the measurement could not be judged.",
    "reason.nothing_judged": "There was no usable measurement of this item.",
}
