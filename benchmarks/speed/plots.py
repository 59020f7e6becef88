"""The curve of time against library size; needs matplotlib of the extra ``[bench]``."""

from pathlib import Path
from typing import Final

from ._common import Row
from .report import series

NAME: Final = "speed.png"
COLOURS: Final = {
    "ours": "#0072b2",
    "blas sgemv": "#d55e00",
    "faiss flat": "#009e73",
    "usearch exact": "#8a6d00",
}
"""Okabe and Ito's, told apart by colour-blind readers too; the last darker, for a white ground."""


def write_plot(rows: list[Row], folder: Path) -> Path:
    """Draw one query's time against the number of rows, a panel for each number of threads.

    Parameters
    ----------
    rows : list of Row
        Of a full run or one with ``--growth``.
    folder : Path
        Made if it is missing.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    counts = sorted({row.threads for row in rows if row.job == "single"})
    figure = Figure(figsize=(4.6 * len(counts), 3.9), layout="constrained")
    panels = figure.subplots(1, len(counts), sharey=True, squeeze=False)[0]
    for panel, threads in zip(panels, counts, strict=True):
        for name, colour in COLOURS.items():
            points = series(rows, threads).get(name)
            if points:
                wide = 2.2 if name == "ours" else 1.4
                panel.loglog(
                    *zip(*points, strict=True), "o-", color=colour, lw=wide, ms=4, label=_label(name)
                )
        panel.set_title(f"{threads} thread" + "s" * (threads > 1), fontsize=10)
        panel.set_xlabel("spectra in the library")
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        panel.grid(color="#dddddd", lw=0.6)
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("one query, top 10, ms (median)")
    panels[0].legend(frameon=False, fontsize=9)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / NAME, dpi=150)
    return folder / NAME


def _label(name: str) -> str:
    return "contraspec" if name == "ours" else name
