"""What an answer rests on, as curves: the query as it was compared, what each substance adds, the rest.

Worked out after the fact from the engine, the spectrum and what was said of it, so that identifying is no
slower for it. Raman: broadened intensity. Near infrared: second derivative of the absorbance, its sign
turned so that bands point up. Both in parts of the query's highest point, at the shift of the answer.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spectra.errors import SpectraError
from spectra.label import Label
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum
from spectra.units import AxisUnit

from .engine import Engine
from .methods.method import Method

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Claim:
    """What was said of a spectrum, as far as it can be drawn.

    Attributes
    ----------
    ids : tuple of str
        References that were named, in their order; none for ``no_match``.
    together : bool
        Whether they are parts of one sum, else the first is drawn.
    shift_cm1 : float or None
        What was added to the axis.
    unexplained : tuple of float
        Bands that the answer says nothing explains, in units of the axis: a mark near one bears its position.
    """

    ids: tuple[str, ...] = ()
    together: bool = False
    shift_cm1: float | None = None
    unexplained: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Part:
    """What one reference adds to the fit.

    Attributes
    ----------
    label : Label
        Of the reference.
    curve : array, shape (m,)
        NaN where it was not measured.
    named : bool
        False for what improves the fit of a mixture and does not stand.
    """

    label: Label
    curve: Curve
    named: bool = True


@dataclass(frozen=True)
class Mark:
    """A band of the query: where it is, how high the query is there, whether the fit has it too."""

    position: float
    height: float
    explained: bool


@dataclass(frozen=True, eq=False)
class Explanation:
    """Curves of one answer.

    Attributes
    ----------
    domain : str
        ``intensity``; ``curvature``: second derivative, sign turned; ``measured``: as it was read, of a
        spectrum that nothing was compared with.
    unit : str
        Of the axis, one of ``spectra.units``.
    axis, query : array, shape (m,)
        Ascending; the query at the shift of the answer.
    parts : tuple of Part
        Largest first; none where nothing was named.
    fit, residual : array, shape (m,)
        Sum of the parts, and query less fit; NaN where no part was measured.
    marks : tuple of Mark
        Ascending.
    explained : float or None
        Share of the squared slopes (Raman) or second derivatives (NIR) that the fit explains.
    """

    domain: Literal["intensity", "curvature", "measured"]
    unit: AxisUnit
    axis: Curve
    query: Curve
    parts: tuple[Part, ...]
    fit: Curve
    residual: Curve
    marks: tuple[Mark, ...]
    explained: float | None


def explain(engine: Engine, spectrum: Spectrum, claim: Claim) -> Explanation:
    """Curves that an answer rests on.

    Parameters
    ----------
    engine : Engine
        Who answered.
    spectrum : Spectrum
        What it answered about.
    claim : Claim
        What it said.

    Returns
    -------
    Explanation
        As it was read, without fit, where the spectrum could not be prepared or nothing says what its
        values are.
    """
    method = engine.method_for(spectrum.technique)
    if method is None:
        return as_read(spectrum)
    try:
        return _compared(method, spectrum, claim) or as_read(spectrum)
    except SpectraError:  # too little of it lies on the grid: the answer says so
        return as_read(spectrum)


def _compared(method: Method, spectrum: Spectrum, claim: Claim) -> Explanation | None:
    """Curves of what was compared; None of what was not."""
    from .methods.raman import RamanMethod

    if isinstance(method, RamanMethod):
        if assess_quality(spectrum).unusable:
            return None
        from ._curves_raman import explain_raman

        return explain_raman(method, spectrum, claim)
    from .methods.nir import NirMethod

    # what nobody knows the ordinate of is not drawn as absorbance
    stated = method.stated(spectrum) if isinstance(method, NirMethod) else None
    if not isinstance(method, NirMethod) or stated is None or assess_quality(stated).unusable:
        return None
    from ._curves_nir import explain_nir

    return explain_nir(method, stated, claim)


def as_read(spectrum: Spectrum) -> Explanation:
    """Nothing but the spectrum, from 0 to 1 of its range."""
    low, high = float(spectrum.intensity.min()), float(spectrum.intensity.max())
    level = (spectrum.intensity - low) / ((high - low) or 1.0)
    none = np.full(level.size, np.nan)
    return Explanation("measured", spectrum.unit, spectrum.axis, level, (), none, none, (), None)
