"""What a near infrared calibration is bound to, and how it grows with the library."""

import hashlib
import json
import math
from dataclasses import replace

from ...matching.nir.evidence import WEIGHTS
from ..calibration import Calibration
from . import measured


def nir_fingerprint() -> str:
    """SHA-256 of the weights that make the log odds: a calibration knows no others."""
    return hashlib.sha256(json.dumps({"nir": dict(WEIGHTS)}, sort_keys=True).encode("ascii")).hexdigest()


def growth(n_substances: int) -> float:
    """By how much the best of ``n_substances`` beats that of the measured statistics' library.

    As ``confidence.calibration.growth_of_maximum`` for Raman, with the slope measured here.

    Parameters
    ----------
    n_substances : int
        Different substances in the library.
    """
    return measured.GROWTH * math.log(max(n_substances, measured.SUBSTANCES) / measured.SUBSTANCES)


def grown(calibration: Calibration, n_substances: int) -> Calibration:
    """Return a calibration for a search among more substances than it was fitted on.

    Parameters
    ----------
    calibration : Calibration
        Of a near infrared library.
    n_substances : int
        Different substances that are searched as one.
    """
    more = growth(n_substances) - growth(calibration.n_substances)
    if more <= 0:
        return calibration
    return replace(
        calibration, single=calibration.single.delayed(more), mixture=calibration.mixture.delayed(more)
    )
