"""What is drawn, apart from how: lines over one axis, marked bands, what is left over below them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from libraries.explaining import Explanation

Kind = Literal["query", "fit", "part", "other", "hit"]
"""``other``: further scans of the same item, or files beside the first; ``hit``: a reference."""

Say = Callable[[str], str]
"""Gives the sentence of a key ``chart.…``."""

MAX_NAME: Final = 44
"""Characters of a name in the legend."""


@dataclass(frozen=True, eq=False)
class Line:
    """One curve; a gap where ``y`` is NaN.

    Attributes
    ----------
    label : str
        For the legend; empty for none.
    kind : str
        Decides colour and dashes.
    x, y : array, shape (m,)
        ``x`` ascending.
    """

    label: str
    kind: Kind
    x: "NDArray[Any]"
    y: "NDArray[Any]"


@dataclass(frozen=True)
class Band:
    """A marked band of the query: position in units of the axis, height, whether the fit has it."""

    position: float
    height: float
    explained: bool


@dataclass(frozen=True, eq=False)
class Chart:
    """One picture.

    Attributes
    ----------
    x_label, y_label : str
        With units.
    lines : tuple of Line
        In the order of drawing.
    residual : Line or None
        In a panel of its own below, at the same scale.
    bands : tuple of Band
        Marked.
    explained, unexplained : str
        What the legend says of the two kinds of marks.
    decimal : str
        Sign of decimals.
    """

    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    residual: Line | None = None
    bands: tuple[Band, ...] = ()
    explained: str = ""
    unexplained: str = ""
    decimal: str = "."


def chart_of(
    found: "Explanation", say: Say, *, others: Sequence["Explanation"] = (), query_name: str = ""
) -> Chart:
    """Picture of an answer.

    Parameters
    ----------
    found : Explanation
        Its curves.
    say : callable
        Words of the legend.
    others : sequence of Explanation
        Further scans of the same item, drawn thin behind it.
    query_name : str, optional
        What the scan is called, where "scan" will not do.
    """
    lines = [
        Line(say("chart.others") if not place else "", "other", each.axis, each.query)
        for place, each in enumerate(others)
        if each.domain == found.domain
    ]
    several = len(found.parts) > 1
    for part in found.parts if several else ():
        name = _title(part.label.substance, part.label.form)
        lines.append(Line(name if part.named else say("chart.not_named"), "part", found.axis, part.curve))
    lines.append(Line(query_name or say("chart.scan"), "query", found.axis, found.query))
    residual = None
    if found.parts:
        one = _title(found.parts[0].label.substance, found.parts[0].label.form)
        label = say("chart.sum") if several else f"{say('chart.fit')}: {one}"
        lines.append(Line(label, "fit", found.axis, found.fit))
        residual = Line(say("chart.residual"), "query", found.axis, found.residual)
    return Chart(
        x_label(found.unit, say),
        say(f"chart.y_{found.domain}"),
        tuple(lines),
        residual,
        tuple(Band(mark.position, mark.height, mark.explained) for mark in found.marks),
        say("chart.band_explained") if found.parts else "",
        say("chart.band_unexplained"),
        say("number.decimal"),
    )


def x_label(unit: str, say: Say) -> str:
    """Name of an axis with its unit."""
    key = {"raman_shift_cm-1": "raman", "wavenumber_cm-1": "wavenumber", "wavelength_nm": "wavelength"}
    return say(f"chart.x_{key.get(unit, 'other')}")


def _title(name: str, form: str) -> str:
    title = f"{name} ({form})" if form else name
    return title if len(title) <= MAX_NAME else f"{title[: MAX_NAME - 1]}…"
