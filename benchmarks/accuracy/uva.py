"""Apparent two-component series of seizures on two handhelds: mixtures from their end members.

88 items (Kranenburg et al., 10.21942/uva.21252300, CC BY 4.0), each on both instruments. By their numbering
and spectra they look like eight series of eleven steps between two end members, the last of which
is one substance in all; that is inferred, not published, and nothing here names a substance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spectra.io import read_spectra
from spectra.matching.mixtures import Mixture
from spectra.matching.nir.mixture_basis import NirBasis, build_nir_basis
from spectra.matching.nir.mixtures import find_nir_mixture

from .figures import wilson

Figures = dict[str, Any]

FOLDER: Final = Path("nir") / "uva-casework"
INSTRUMENTS: Final = {
    "MicroNIR": "micronir_forensic_K_avg.xlsx",
    "NeoSpectra": "neospectra_forensic_K_avg.xlsx",
}
SERIES: Final = 8
STEPS: Final = 11
COMMON: Final = "last"
"""Name of the end member that all series share."""

STEP_NM: Final = 4.0


@dataclass(frozen=True, eq=False)
class Instrument:
    """All items as one instrument sees them.

    Attributes
    ----------
    axis_nm : array, shape (m,)
        Even, nm.
    items : array, shape (88, m)
        Absorbance, by number.
    """

    axis_nm: NDArray[np.float64]
    items: NDArray[np.float64]

    def series(self, number: int) -> NDArray[np.float64]:
        """Give the steps of one series, shape (11, m)."""
        return self.items[number * STEPS : (number + 1) * STEPS]


@dataclass(frozen=True, eq=False)
class Fitted:
    """What is found in one step between two end members.

    Attributes
    ----------
    series, step : int
        From 0; steps 1 to 9 lie between the end members.
    removed : str
        End member that the library lacks; empty without one.
    shares : dict
        Share by name of each component that stands.
    """

    series: int
    step: int
    removed: str
    shares: dict[str, float]

    @property
    def truth(self) -> frozenset[str]:
        """End members that the library holds."""
        return frozenset({first_of(self.series), COMMON}) - {self.removed}

    @property
    def both(self) -> bool:
        """Whether both end members are named, and nothing else."""
        return set(self.shares) == self.truth

    @property
    def wrong(self) -> bool:
        """Whether anything is named that is not there."""
        return not set(self.shares) <= self.truth


def first_of(series: int) -> str:
    """Name of the first end member of a series."""
    return f"first of {series + 1}"


def read_instrument(path: Path) -> Instrument:
    """Read the items of one instrument.

    Parameters
    ----------
    path : Path
        One of the workbooks.
    """
    spectra = {int(str(each.metadata["label"])[1:]): each for each in read_spectra(path)}
    measured = spectra[1].axis
    start = STEP_NM * np.ceil(measured[0] / STEP_NM)
    axis = np.arange(start, measured[-1], STEP_NM)
    items = [np.interp(axis, spectra[number].axis, spectra[number].intensity) for number in sorted(spectra)]
    return Instrument(axis, np.array(items))


def end_members(instrument: Instrument) -> tuple[NirBasis, tuple[str, ...]]:
    """Library of the end members, and the name of each row."""
    names = [first_of(number) for number in range(SERIES)] + [COMMON] * SERIES
    ends = [instrument.series(number)[0] for number in range(SERIES)]
    ends += [instrument.series(number)[-1] for number in range(SERIES)]
    return build_nir_basis(instrument.axis_nm, np.array(ends), identities=names), tuple(names)


def fit_series(instrument: Instrument, numbers: Sequence[int] = range(SERIES)) -> Iterator[Fitted]:
    """Fit every intermediate step with all end members in the library, and with either left out.

    Parameters
    ----------
    instrument : Instrument
        All items.
    numbers : sequence of int
        Series to fit.
    """
    basis, names = end_members(instrument)
    for number in numbers:
        for removed in ("", first_of(number), COMMON):
            allowed = np.array([name != removed for name in names])
            for step in range(1, STEPS - 1):
                found = find_nir_mixture(basis, instrument.series(number)[step], allowed=allowed)
                yield Fitted(number, step, removed, _named(found, names))


def rank_order(fitted: Sequence[Fitted]) -> dict[int, float]:
    """Spearman's correlation of the shares with the steps, for each series.

    Parameters
    ----------
    fitted : sequence of Fitted
        With a whole library.
    """
    return {
        number: _spearman([_share(each) for each in fitted if each.series == number])
        for number in sorted({each.series for each in fitted})
    }


def measure(data: Path, *, quick: bool = False) -> Figures:
    """Figures of both instruments, and the mean share of the common end member for a plot.

    Parameters
    ----------
    data : Path
        The shared folder.
    quick : bool
        Two series only.
    """
    numbers = range(2 if quick else SERIES)
    found: Figures = {}
    plot: Figures = {}
    for name, file in INSTRUMENTS.items():
        fitted = list(fit_series(read_instrument(data / FOLDER / file), numbers))
        whole = [each for each in fitted if not each.removed]
        found[name] = _figures(fitted)
        steps = sorted({each.step for each in whole})
        plot[name] = {
            "step": steps,
            "share": [
                round(float(np.mean([_share(each) for each in whole if each.step == step])), 4)
                for step in steps
            ],
        }
    return found | {"plot": plot}


def _figures(fitted: Sequence[Fitted]) -> Figures:
    whole = [each for each in fitted if not each.removed]
    orders = rank_order(whole)
    made: Figures = {
        "both_found": _count([each.both for each in whole]),
        "wrong_name": _count([each.wrong for each in whole]),
        "both_found_by_step": {
            str(step): sum(each.both for each in whole if each.step == step)
            for step in sorted({each.step for each in whole})
        },
        "rank_order": {"least": min(orders.values()), "median": float(np.median(list(orders.values())))},
        "not_both": [_line(each) for each in whole if not each.both],
    }
    for title, common in (("first_removed", False), ("last_removed", True)):
        less = [each for each in fitted if each.removed and (each.removed == COMMON) is common]
        made[title] = {
            "wrong_name": _count([each.wrong for each in less]),
            "other_end_member_named": _count([bool(each.truth & set(each.shares)) for each in less]),
            "which": [_line(each) for each in less if each.wrong],
        }
    return made


def _named(found: Mixture | None, names: Sequence[str]) -> dict[str, float]:
    return {} if found is None else {names[each.row]: each.share for each in found.components}


def _share(fitted: Fitted) -> float:
    """Share of the common end member; 0 where it is not named."""
    return fitted.shares.get(COMMON, 0.0)


def _spearman(shares: Sequence[float]) -> float:
    from scipy.stats import spearmanr

    return round(float(spearmanr(range(len(shares)), shares)[0]), 3)


def _count(flags: Sequence[bool]) -> Figures:
    low, high = wilson(sum(flags), len(flags))
    return {"count": sum(flags), "n": len(flags), "interval": [round(low, 4), round(high, 4)]}


def _line(fitted: Fitted) -> str:
    named = ", ".join(f"{name} {share:.2f}" for name, share in fitted.shares.items()) or "nothing"
    return f"series {fitted.series + 1}, step {fitted.step}: {named}"
