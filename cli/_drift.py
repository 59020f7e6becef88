"""How the axis of one instrument drifts: in characters, and as a picture."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ._page import Page
from .messages import FALLBACK, day, message, moment, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from libraries.instruments.recording import StoredCheck

_MIN_COLUMNS: Final = 21
_MAX_COLUMNS: Final = 61
_ROOMY: Final = 60
_FEW_DAYS: Final = 4.0
SUFFIXES: Final = (".svg", ".png")


def drift_lines(checks: "Sequence[StoredCheck]", page: Page) -> list[str]:
    """Lines of a chart, one check a line: ``o`` the offset (``x`` of a failed one), ``-`` its uncertainty.

    Parameters
    ----------
    checks : sequence of StoredCheck
        In the order of their measurement; at least one with an offset.
    page : Page
        Width in characters, and language.
    """
    columns = page.terminal.columns
    heads = [_head(one, page, roomy=columns >= _ROOMY) for one in checks]
    width = max(_MIN_COLUMNS, min(_MAX_COLUMNS, columns - len(heads[0]) - 4))
    width -= 1 - width % 2
    reach = _reach(checks)
    lines = [f"{head}  {_bar(one, reach, width, page)}" for head, one in zip(heads, checks, strict=True)]
    indent = " " * (len(heads[0]) + 2)
    left, right = f"{-reach:g}", f"{reach:+g}"
    middle = "0".center(width - 2 * max(len(left), len(right)))
    scale = left + middle.center(width - len(left) - len(right)) + right
    return [*lines, f"{indent}|{scale}|", f"{indent} {page.say('drift.scale')}"]


def _head(one: "StoredCheck", page: Page, *, roomy: bool) -> str:
    """Date, and where there is room standard and result."""
    date, failed = page.day(one.measured.isoformat()), page.say("drift.failed")
    if not roomy:
        return date
    return f"{date}  {one.standard[:14]:<14}  {'' if one.passed else failed:<{len(failed)}}"


def _reach(checks: "Sequence[StoredCheck]") -> float:
    """End of the scale: the first of 1, 2, 5, 10, 20, 50 that holds everything."""
    most = max(abs(one.offset_cm1 or 0.0) + (one.offset_expanded_cm1 or 0.0) for one in checks)
    return next((reach for reach in (1.0, 2.0, 5.0, 10.0, 20.0) if most <= reach), 50.0)


def _bar(one: "StoredCheck", reach: float, width: int, page: Page) -> str:
    cells = [" "] * width
    cells[width // 2] = ":"
    if one.offset_cm1 is None:
        return "|" + page.say("drift.no_offset").center(width) + "|"

    def place(value: float) -> int:
        return min(max(round((value / reach + 1) / 2 * (width - 1)), 0), width - 1)

    spread = one.offset_expanded_cm1 or 0.0
    for at in range(place(one.offset_cm1 - spread), place(one.offset_cm1 + spread) + 1):
        cells[at] = "-"
    cells[place(one.offset_cm1)] = "o" if one.passed else "x"
    return "|" + "".join(cells) + "|"


def draw_drift(
    serial: str, checks: "Sequence[StoredCheck]", *, suffix: str, language: str = FALLBACK
) -> bytes:
    """Draw offset and resolution over time.

    Parameters
    ----------
    serial : str
        Of the instrument.
    checks : sequence of StoredCheck
        In the order of their measurement.
    suffix : str
        One of ``SUFFIXES``.
    language : str
        Of words, numbers and dates.

    Returns
    -------
    bytes
        The same for the same checks.

    Raises
    ------
    ExtraError
        When matplotlib is not installed.
    """
    from spectra._extras import needs_extra

    with needs_extra("plot", "matplotlib, which draws the chart,"):
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    figure = Figure(figsize=(8.0, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _draw_checks(axes, checks, language)
    axes.set_title(message("drift.title", {"serial": serial}, language=language))
    axes.set_ylabel(message("drift.y", language=language))
    axes.legend()
    _write_ticks(axes, language)
    figure.autofmt_xdate()
    written = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "contraspec"}):
        metadata = {"Date": None} if suffix == ".svg" else {"Software": None}
        figure.savefig(written, format=suffix.removeprefix("."), dpi=150, metadata=metadata)
    return written.getvalue()


def _draw_checks(axes: "Axes", checks: "Sequence[StoredCheck]", language: str) -> None:
    axes.axhline(0.0, color="0.6", linewidth=0.8)
    for standard in dict.fromkeys(one.standard for one in checks):
        of_one = [one for one in checks if one.standard == standard and one.offset_cm1 is not None]
        axes.errorbar(
            [one.measured for one in of_one],  # type: ignore[arg-type]
            [one.offset_cm1 or 0.0 for one in of_one],
            yerr=[one.offset_expanded_cm1 or 0.0 for one in of_one],
            fmt="o-",
            capsize=3,
            label=standard,
        )
    failed = [one for one in checks if not one.passed and one.offset_cm1 is not None]
    label = message("drift.legend_failed", language=language) if failed else None
    axes.plot(
        [one.measured for one in failed],  # type: ignore[arg-type]
        [one.offset_cm1 or 0.0 for one in failed], "kx", markersize=11, label=label,
    )  # fmt: skip


def _write_ticks(axes: "Axes", language: str) -> None:
    """Dates and numbers of the axes as in the language; minutes where all is of a few days."""
    from matplotlib.dates import num2date

    first, last = axes.get_xlim()
    written = moment if last - first < _FEW_DAYS else day

    def date(x: float, _place: object) -> str:
        return written(str(num2date(x).isoformat())[:19], language=language)  # type: ignore[no-untyped-call]

    axes.xaxis.set_major_formatter(date)
    axes.yaxis.set_major_formatter(lambda y, _place: number(y, "g", language=language))
