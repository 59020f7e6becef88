"""Plots of one run, with captions that say in words what is to be seen.

Told apart by marker and line style, so they read the same in black and white; written as SVG
without a date, so that the same figures give the same file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

Figures = dict[str, Any]

STYLES: Final = (
    ("#0072B2", "-", "o"),
    ("#56B4E9", "--", "s"),
    ("#D55E00", "-.", "^"),
    ("#009E73", ":", "D"),
    ("#000000", (0, (3, 1, 1, 1)), "v"),
)
"""Colour (Okabe and Ito's, safe for colour-blind readers), line style, marker."""
SIZE_INCHES: Final = (6.0, 4.2)
LOWEST: Final = 1e-6
"""Claimed probability below which all are drawn as this."""
TICKS: Final = (1e-6, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


def write_plots(figures: Figures, folder: Path) -> dict[str, str]:
    """Write all plots and ``captions.md``.

    Parameters
    ----------
    figures : dict
        Of one run.
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
        for name, (draw, describe) in PLOTS.items():
            figure, axes = pyplot.subplots(figsize=SIZE_INCHES, layout="constrained")
            draw(axes, figures)
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, facecolor="white")
            pyplot.close(figure)
            captions[f"{name}.svg"] = describe(figures)
    text = "".join(f"![{caption}]({name})\n\n*{caption}*\n\n" for name, caption in captions.items())
    (folder / "captions.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    return captions


def _draw_reliability(axes: Any, figures: Figures) -> None:
    bins = figures["reliability"]["bins"]
    colour, _, marker = STYLES[0]
    ideal = [10.0**power for power in range(-6, -1)] + [place / 100 for place in range(2, 100)] + [0.999]
    axes.plot(ideal, ideal, color="0.4", linestyle=":", label="claim = outcome")
    claimed = [min(max(each["claimed"], LOWEST), 1 - LOWEST) for each in bins]
    true = [each["came_true"] for each in bins]
    axes.plot(claimed, true, color=colour, linestyle="", marker=marker, label="a tenth of the weight each")
    note: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": "center", "fontsize": 6.5}
    for place, (x, y, each) in enumerate(zip(claimed, true, bins, strict=True)):
        side = 1 if y < 0.5 else -1
        axes.annotate(f"n = {each['n']}", (x, y), xytext=(0, side * (9 + 9 * (place % 3))), **note)
    axes.set(xscale="logit", xlim=(LOWEST / 2, 0.9995), ylim=(-0.03, 1.03))
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.minorticks_off()
    axes.set(xlabel="claimed probability (prior 0.5; logit scale)", ylabel="share that came true")
    axes.legend(loc="center left")


def _describe_reliability(figures: Figures) -> str:
    found = figures["reliability"]
    low, high = found["ece_interval"]
    return (
        "Reliability of the top candidate's probability, ten bins of equal weight: claimed probability "
        f"against the share that came true, {found['n']} statements, cases with the substance in the library "
        f"weighing as much as those without. Expected calibration error {found['ece']:.3f} "
        f"(95 % interval {low:.3f} to {high:.3f}), Brier score {found['brier']:.3f}."
    )


def _draw_roc(axes: Any, figures: Figures) -> None:
    n = figures["cases"]["stranger"]["votes"]
    for (name, curve), (colour, line, marker) in zip(figures["roc"].items(), STYLES, strict=False):
        rates = [max(rate, 0.5 / n) for rate in curve["false_matches"]]
        axes.step(
            [*rates, 0.3],
            [*curve["detected"], curve["detected"][-1]],
            where="post",
            color=colour,
            linestyle=line,
            marker=marker,
            markersize=3.5,
            markevery=max(1, len(rates) // 8),
            label=name,
        )
    axes.axvline(0.01, color="0.4", linewidth=0.8)
    axes.annotate("1 %", (0.01, 0.02), xytext=(3, 0), textcoords="offset points", fontsize=8)
    axes.set(xscale="log", xlabel="strangers falsely matched, share of votes", xlim=(0.5 / n, 0.3))
    axes.set(ylabel="substances detected, share of votes", ylim=(0, 1.02))
    axes.legend(loc="lower right", fontsize=7.5)


def _describe_roc(figures: Figures) -> str:
    cases = figures["cases"]
    at = "; ".join(
        f"{name} {points['0.01']['votes']['k'] / points['0.01']['votes']['n']:.0%}"
        for name, points in figures["operating_points"].items()
    )
    return (
        "Detection against false matches of strangers (logarithmic; none at the left edge), one vote per "
        f"substance and source: {cases['known']['votes']} in the library, {cases['stranger']['votes']} "
        f"strangers. Detected at 1 % false matches: {at}."
    )


def _draw_dilution(axes: Any, figures: Figures) -> None:
    shares = figures["dilution"]
    x = [100 * each["share"] for each in shares]
    for key, label, (colour, line, marker), aside in (
        ("minor_named", "minor component named", STYLES[0], 1.0),
        ("major_named", "major component named", STYLES[3], 0.96),
        ("names_true", "names stated that are true", STYLES[2], 1.04),
    ):
        found = [each[key] for each in shares]
        y = [share["k"] / share["n"] if share["n"] else float("nan") for share in found]
        below = [max(0.0, value - share["low"]) for value, share in zip(y, found, strict=True)]
        above = [max(0.0, share["high"] - value) for value, share in zip(y, found, strict=True)]
        places = [aside * value for value in x]  # else the bars hide each other
        look: dict[str, Any] = {"color": colour, "linestyle": line, "marker": marker, "capsize": 2}
        axes.errorbar(places, y, yerr=[below, above], label=label, **look)
    axes.set(xlabel="share of the minor component in the spectrum's area, %", ylabel="share of cases")
    axes.set(xscale="log", ylim=(-0.03, 1.03))
    axes.set_xticks(x, [f"{value:.0f}" for value in x])
    axes.minorticks_off()
    axes.legend(loc="center left")


def _describe_dilution(figures: Figures) -> str:
    shares = figures["dilution"]
    found = ", ".join(
        f"{each['share']:.0%}: {each['minor_named']['k']} of {each['n']}" for each in shares if each["n"]
    )
    return (
        "Synthetic dilutions of one library reference in another, perturbed as another instrument would: how "
        "often each component is named, and how many of the names stated are true, with Wilson's 95 % "
        f"intervals. Minor component named at a share of the area of {found}."
    )


PLOTS: Final[dict[str, tuple[Callable[[Any, Figures], None], Callable[[Figures], str]]]] = {
    "accuracy-reliability": (_draw_reliability, _describe_reliability),
    "accuracy-roc": (_draw_roc, _describe_roc),
    "accuracy-dilution": (_draw_dilution, _describe_dilution),
}
