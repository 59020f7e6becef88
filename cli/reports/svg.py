"""A chart as SVG: a text of lines and letters, the same to the byte for the same chart.

Colours are near those of Okabe and Ito, which the colour-blind tell apart; each line has dashes of its
own and each mark a shape of its own, so that a black-and-white print says the same.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from .._streams import printable
from .chart import Band, Chart, Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

SANS: Final = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
SERIF: Final = "Libertinus Serif"
"""Comes with typst, so the PDF needs no font of the machine."""

_QUERY: Final = ("#000000", "", 0.9)
_FIT: Final = ("#d1280e", "4 1.6", 0.9)
_OTHER: Final = ("#8c8c8c", "", 0.5)
_PARTS: Final = (
    ("#0072b2", "1.2 1.2", 1.0),
    ("#009e73", "6 1.5 1.2 1.5", 0.9),
    ("#b8629b", "2.6 1.4", 0.9),
    ("#c27c00", "9 2", 0.9),
    ("#3a7ca5", "1 2.4", 1.0),
    ("#6b6b6b", "4 1 1 1 1 1", 0.8),
)
"""Colour, dashes and width, points."""

_LEFT, _RIGHT, _TOP_LABELS, _BOTTOM = 24.0, 6.0, 24.0, 23.0
_LEGEND_ROW: Final = 10.5
_GAP: Final = 5.0
_FONT: Final = 7.5
_SMALL: Final = 6.2
_LABEL_DISTANCE: Final = 7.5
"""Points between two labels of bands."""

_MAX_LABELS: Final = 28
_BINS_PER_POINT: Final = 3


@dataclass(frozen=True)
class _Frame:
    """Where the panels stand, in points, and what the axes span."""

    width: float
    height: float
    top: float
    bottom: float
    residual_top: float
    residual_bottom: float
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, value: float) -> float:
        low, high = self.x
        return _LEFT + (value - low) / (high - low) * (self.width - _LEFT - _RIGHT)

    def up(self, value: float) -> float:
        low, high = self.y
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def residual(self, value: float) -> float:
        """At the scale of the main panel, about the middle."""
        scale = (self.bottom - self.top) / (self.y[1] - self.y[0])
        middle = (self.residual_top + self.residual_bottom) / 2
        return min(max(middle - value * scale, self.residual_top), self.residual_bottom)


def svg_of(chart: Chart, *, width: float = 520.0, height: float = 200.0, font: str = SANS) -> str:
    """SVG of a chart.

    Parameters
    ----------
    chart : Chart
        What to draw.
    width, height : float
        Points.
    font : str
        Family, as CSS has it.
    """
    legend, rows = _legend(chart, width)
    frame = _frame(chart, width, height, _LEGEND_ROW * rows)
    styles = _styles(chart.lines)
    body = [
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        *legend,
        *_axes(chart, frame),
        *_stripes(chart, frame),
        *(_path(line, frame, style, residual=False) for line, style in zip(chart.lines, styles, strict=True)),
        *_marks(chart.bands, frame),
    ]
    if chart.residual is not None:
        body.append(_path(chart.residual, frame, ("#000000", "", 0.7), residual=True))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}pt" '
        f'height="{height:g}pt" font-family="{escape(font)}" font-size="{_FONT:g}" role="img">'
    )
    return "\n".join([head, *(each for each in body if each), "</svg>"])


def _frame(chart: Chart, width: float, height: float, legend: float) -> _Frame:
    import numpy as np  # keeps --help light

    finite = [line.x[np.isfinite(line.y)] for line in chart.lines]
    x = [value for each in finite if each.size for value in (float(each.min()), float(each.max()))]
    y = [value for line in chart.lines for value in _range(line.y)]
    low, high = (min(x), max(x)) if x else (0.0, 1.0)
    floor, ceiling = min([0.0, *y]), max([*y, 1e-9])
    top = legend + (_TOP_LABELS if chart.bands else 6.0)
    bottom = height - _BOTTOM
    residual_bottom = bottom
    if chart.residual is not None:
        bottom = top + 0.74 * (bottom - top)
    margin = 0.03 * (ceiling - floor)
    return _Frame(
        width,
        height,
        top,
        bottom,
        bottom + _GAP,
        residual_bottom,
        (low, high if high > low else low + 1.0),
        (floor - margin, ceiling + (3 if chart.bands else 1) * margin),
    )


def _range(values: "NDArray[Any]") -> tuple[float, ...]:
    import numpy as np

    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else ()


def _styles(lines: tuple[Line, ...]) -> list[tuple[str, str, float]]:
    """Colour, dashes and width of each line; parts, hits and further files in turn."""
    styles, turn = [], 0
    for line in lines:
        if line.kind in ("part", "hit"):
            styles.append(_PARTS[turn % len(_PARTS)])
            turn += 1
        else:
            styles.append({"query": _QUERY, "fit": _FIT, "other": _OTHER}[line.kind])
    return styles


def _legend(chart: Chart, width: float) -> tuple[list[str], int]:
    """Draw samples of lines and marks with their names, in as many rows as it takes."""
    entries: list[tuple[str, str]] = []
    for line, (colour, dashes, thick) in zip(chart.lines, _styles(chart.lines), strict=True):
        sample = f'<path d="M0 0H16" stroke="{colour}" stroke-width="{thick + 0.3:g}"{_dashes(dashes)}/>'
        entries.append((sample, line.label))
    if any(band.explained for band in chart.bands):
        entries.append((_triangle(8, 1.5), chart.explained))
    if any(not band.explained for band in chart.bands):
        entries.append((_circle(8, 0), chart.unexplained))
    parts, x, row = [], _LEFT, 0
    for sample, label in entries:
        if not label:
            continue
        length = 21 + 3.5 * len(label) + 8
        if x > _LEFT and x + length > width - _RIGHT:
            x, row = _LEFT, row + 1
        y = _LEGEND_ROW * row + 7
        parts.append(f'<g transform="translate({x:.1f} {y - 2.4:.1f})">{sample}</g>')
        parts.append(_text(label, x + 20, y))
        x += length
    return parts, row + 1


def _axes(chart: Chart, frame: _Frame) -> Iterator[str]:
    right = frame.width - _RIGHT
    yield _panel(frame.top, frame.bottom, right)
    base = frame.bottom
    if chart.residual is not None:
        base = frame.residual_bottom
        yield _panel(frame.residual_top, base, right)
        middle = frame.residual(0.0)
        yield f'<path d="M{_LEFT:g} {middle:.1f}H{right:g}" stroke="#999999" stroke-width="0.4"/>'
        halo = 'stroke="#ffffff" stroke-width="2" paint-order="stroke"'
        yield _text(chart.residual.label, right - 4, frame.residual_top + 7.5, anchor="end", more=halo)
    for value in _ticks(*frame.x):
        x = frame.at(value)
        yield f'<path d="M{x:.1f} {base:.1f}v2.5" stroke="#444444" stroke-width="0.5"/>'
        yield _text(_number(value, chart), x, base + 9.5, anchor="middle")
    yield _text(chart.x_label, (_LEFT + right) / 2, base + 19.5, anchor="middle")
    for value in _ticks(*frame.y, most=4):
        y = frame.up(value)
        yield f'<path d="M{_LEFT:g} {y:.1f}h-2.5" stroke="#444444" stroke-width="0.5"/>'
        yield _text(_number(value, chart), _LEFT - 4, y + 2.3, anchor="end", size=_SMALL)
    middle = (frame.top + frame.bottom) / 2
    turned = f'transform="rotate(-90 5.5 {middle:.1f})"'
    yield _text(chart.y_label, 5.5, middle, anchor="middle", more=turned)


def _panel(top: float, bottom: float, right: float) -> str:
    return (
        f'<rect x="{_LEFT:g}" y="{top:.1f}" width="{right - _LEFT:.1f}" height="{bottom - top:.1f}" '
        'fill="none" stroke="#444444" stroke-width="0.5"/>'
    )


def _stripes(chart: Chart, frame: _Frame) -> Iterator[str]:
    """Shade where a band is that nothing explains."""
    for band in chart.bands:
        if not band.explained:
            yield (
                f'<rect x="{frame.at(band.position) - 2:.1f}" y="{frame.top:.1f}" width="4" '
                f'height="{frame.residual_bottom - frame.top:.1f}" fill="#000000" fill-opacity="0.09"/>'
            )


def _marks(bands: tuple[Band, ...], frame: _Frame) -> Iterator[str]:
    """Signs above the bands; positions of as many as there is room for, the unexplained first."""
    labelled: list[float] = []
    for band in sorted(bands, key=lambda each: (each.explained, -each.height, each.position)):
        x, y = frame.at(band.position), frame.up(band.height)
        if band.explained:
            yield _triangle(x, max(y - 2.2, frame.top + 4))
        else:
            yield _circle(x, max(y - 4.2, frame.top + 3))
        crowded = any(abs(x - other) < _LABEL_DISTANCE for other in labelled)
        if crowded or len(labelled) >= _MAX_LABELS:
            continue
        labelled.append(x)
        bold = "" if band.explained else ' font-weight="bold"'
        turned = f'transform="rotate(-90 {x + 2.1:.1f} {frame.top - 2:.1f})"{bold}'
        yield _text(f"{band.position:.0f}", x + 2.1, frame.top - 2, size=_SMALL, more=turned)


def _triangle(x: float, y: float) -> str:
    """Point downwards to ``y``: a band that is explained."""
    return f'<path d="M{x:.1f} {y:.1f}l-1.8 -3.4h3.6z" fill="#000000"/>'


def _circle(x: float, y: float) -> str:
    """Draw the sign of a band that nothing explains."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.3" fill="#ffffff" stroke="#000000" stroke-width="1"/>'


def _path(line: Line, frame: _Frame, style: tuple[str, str, float], *, residual: bool) -> str:
    colour, dashes, thick = style
    rise = frame.residual if residual else frame.up
    steps: list[str] = []
    pen = "M"
    for x, y in _thinned(line, frame):
        if math.isfinite(y):
            steps.append(f"{pen}{frame.at(x):.1f} {rise(y):.1f}")
            pen = "L"
        else:
            pen = "M"
    if not steps:
        return ""
    return (
        f'<path d="{"".join(steps)}" fill="none" stroke="{colour}" stroke-width="{thick:g}" '
        f'stroke-linejoin="round"{_dashes(dashes)}/>'
    )


def _thinned(line: Line, frame: _Frame) -> Iterator[tuple[float, float]]:
    """Points of a line; of very many those that are highest and lowest under each third of a point."""
    import numpy as np

    bins = int(_BINS_PER_POINT * frame.width)
    if line.x.size <= 2 * bins:
        yield from zip(line.x.tolist(), line.y.tolist(), strict=True)
        return
    for block in np.array_split(np.arange(line.x.size), bins):
        values = line.y[block]
        if not np.isfinite(values).any():
            yield float(line.x[block[0]]), math.nan
            continue
        for place in sorted({int(np.nanargmin(values)), int(np.nanargmax(values))}):
            yield float(line.x[block[place]]), float(values[place])


def _ticks(low: float, high: float, most: int = 10) -> list[float]:
    """Round values inside a range, at most ``most`` of them or so."""
    rough = (high - low) / most
    if not (math.isfinite(rough) and rough > 0):
        return []
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 12) + 0.0 for number in range(first, last + 1)]


def _number(value: float, chart: Chart) -> str:
    return f"{value:g}".replace(".", chart.decimal)


def _dashes(dashes: str) -> str:
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _text(
    words: str, x: float, y: float, *, anchor: str = "start", size: float = _FONT, more: str = ""
) -> str:
    told = escape(printable(words))
    sized = f' font-size="{size:g}"' if size != _FONT else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{sized} {more}>{told}</text>'.replace(
        " >", ">"
    )
