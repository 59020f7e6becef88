"""Plots of one run, with captions that say in words what is to be seen."""

from pathlib import Path
from typing import Any, Final

from ..plots import SIZE_INCHES, STYLES

Figures = dict[str, Any]
EDGES_NM: Final = (940.0, 1675.0)
"""Range that is drawn: beyond it the derivative is one-sided."""
SHOWN: Final = 4
"""Substances whose second derivatives are drawn: more would hide each other."""


def write_plots(figures: Figures, folder: Path) -> dict[str, str]:
    """Write what the figures allow, and ``captions-nir.md``.

    Parameters
    ----------
    figures : dict
        Of ``run.measure``.
    folder : Path
        Made if need be.

    Returns
    -------
    dict of str to str
        Caption by file name.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    captions = {}
    with mpl.rc_context({"svg.hashsalt": "contraspec", "font.size": 9, "axes.grid": True, "grid.alpha": 0.3}):
        for name, draw in PLOTS.items():
            figure, axes = pyplot.subplots(figsize=SIZE_INCHES, layout="constrained")
            caption = draw(axes, figures)
            if caption:
                figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, facecolor="white")
                captions[f"{name}.svg"] = caption
            pyplot.close(figure)
    text = "".join(f"![{caption}]({name})\n\n*{caption}*\n\n" for name, caption in captions.items())
    (folder / "captions-nir.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    return captions


def _second_derivatives(axes: Any, figures: Figures) -> str:
    found = figures["nirscan"]["second_derivatives"]
    chosen = [
        name for name in ("acetaminophen", "caffeine", "lactose", "sorbitol") if name in found["curves"]
    ]
    for place, (name, style) in enumerate(zip(chosen[:SHOWN], STYLES, strict=False)):
        colour, line, _ = style
        points = [
            (x, y)
            for x, y in zip(found["axis_nm"], found["curves"][name], strict=True)
            if EDGES_NM[0] <= x <= EDGES_NM[1]
        ]
        highest = max(abs(y) for _, y in points)
        axes.plot(
            *zip(*((x, y / highest - place) for x, y in points), strict=True), color=colour, linestyle=line
        )
        axes.annotate(name, (points[0][0], 0.2 - place), fontsize=8, color=colour)
    axes.set(xlabel="wavelength, nm", ylabel="second derivative, each of height 1")
    axes.set_yticks([])
    return (
        f"Mean second derivatives of {len(chosen)} substances on one handheld (900–1700 nm, "
        f"{found['n']} scans of 11 substances in all). Bands are minima; the aromatic C–H overtone near "
        "1640–1670 nm and the O–H overtones of the sugars near 1430–1580 nm tell the kinds apart."
    )


def _scores(axes: Any, figures: Figures) -> str:
    found = figures["nirscan"]
    methods = {name: each["scores"] for name, each in found["peers"].items()}
    if "ranked" in found["ours"]:
        methods = {"contraspec": found["ours"]["ranked"]["scores"]} | methods
    for place, scores in enumerate(methods.values()):
        for kind, (colour, _, marker), up in (("left_out", STYLES[2], -0.15), ("right", STYLES[0], 0.15)):
            # one mark for all within a hundredth of the axis' width
            values = sorted({round(score, 2) for score in scores[kind] if score is not None and score > 0})
            label = {"left_out": "substance left out", "right": "substance in the library"}[kind]
            axes.plot(
                [min(value, 1.0) for value in values],
                [place + up] * len(values),
                color=colour,
                marker=marker,
                linestyle="",
                markersize=4,
                alpha=0.6,
                label=label if place == 0 else None,
            )
    axes.set_yticks(range(len(methods)), list(methods))
    axes.set(xlabel="score of the best candidate", xlim=(-0.01, 1.01))
    axes.legend(loc="upper left")
    n = len(next(iter(found["peers"].values()))["scores"]["left_out"])
    return (
        f"Best scores of {n} scans of one handheld on two days, with the substance in the library of the "
        "other day and with it left out. Where the two clouds of a row overlap, no threshold is right."
    )


def _series(axes: Any, figures: Figures) -> str:
    """Shares along the series, as the module of the seizures gives them under ``plot``."""
    points = figures.get("uva", {}).get("plot")
    if not points:
        return ""
    for (name, series), (colour, line, marker) in zip(points.items(), STYLES, strict=False):
        axes.plot(series["step"], series["share"], color=colour, linestyle=line, marker=marker, label=name)
    axes.set(xlabel="step of the series", ylabel="share of the spectrum of the last end member")
    axes.legend(loc="upper left")
    return (
        f"Fitted shares along apparent two-component series of seizures, on {len(points)} handhelds: mean of "
        "the series at each step. A share of the spectrum is not a share of the weight."
    )


PLOTS: Final = {"nir-second-derivatives": _second_derivatives, "nir-scores": _scores, "nir-series": _series}
