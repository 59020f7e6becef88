"""The figures as text: every share with its counts and Wilson's interval."""

from collections.abc import Iterator
from typing import Any, Final

from ..report import HEAD, named, nested, row

Figures = dict[str, Any]

TITLES: Final = {
    "nirscan": "NIRscan Nano: library from one day, queries from the other, both directions",
    "usgs_pairs": "USGS: the same specimen on two spectrometers (BECK, ASD), both directions",
    "usgs_packaging": "USGS: plastics, paper, textiles, starches; each specimen against all others",
    "handhelds": "Seizures: end members on one handheld, library from the other, both directions",
}


def lines(figures: Figures) -> Iterator[str]:
    """Report of one run, line by line.

    Parameters
    ----------
    figures : dict
        Of ``run.measure``.
    """
    yield "One vote per substance and source: detected by the share of its spectra, false if any of them is."
    for name, title in TITLES.items():
        if name in figures:
            yield from _set(title, figures[name])
    yield from nested(
        "Seizures on two handhelds, apparent two-component series", _without_plot(figures["uva"])
    )
    if figures.get("series"):
        yield from nested("The same series through the engine, at default settings", figures["series"])
    yield from _tablets(figures["idrc"])


def _without_plot(found: Figures) -> Figures:
    return {name: value for name, value in found.items() if name != "plot"}


def _tablets(found: Figures) -> Iterator[str]:
    yield ""
    yield "Tablets: mass fraction by PLS on the file's own split, errors in mg of a tablet"
    if "skipped" in found:
        yield f"  not measured: {found['skipped']}"
        return
    low, high = found["range_nm"]
    yield (
        f"  {found['n_calibration']} calibration tablets, {found['n_components']} components, "
        f"{low:.0f} to {high:.0f} nm; the interval is meant to hold 95 %"
    )
    yield f"  {'':28}{'n':>5}{'RMSEP':>8}{'bias':>8}{'width':>8}   interval holds the assay"
    for part in ("validate", "test"):
        told = found[part]
        yield _band(f"{part}, all", told["all"])
        for band in told["bands"]:
            if band["n"]:
                yield _band(f"  {band['from_mg']:.0f} to {band['to_mg']:.0f} mg", band)
        outside = ", ".join(f"{reason} {count}" for reason, count in told["not_stated"].items()) or "none"
        yield f"  {part}: outside the model's limits, so not stated: {outside}; n {told['n']}"


def _band(title: str, found: Figures) -> str:
    covered = found["covered"]
    value = covered["k"] / covered["n"] if covered["n"] else float("nan")
    errors = f"{found['rmsep_mg']:8.2f}{found['bias_mg']:8.2f}{found['mean_width_mg']:8.1f}"
    return (
        f"  {title:28}{found['n']:5}{errors}"
        f"   {value:6.1%} ({covered['low']:.1%} - {covered['high']:.1%}), {covered['k']}/{covered['n']}"
    )


def _set(title: str, found: Figures) -> Iterator[str]:
    yield ""
    yield title
    yield HEAD
    ours = found["ours"]
    if "skipped" in ours:
        yield f"  ours: not measured, {ours['skipped']}"
    else:
        yield from _ours(ours)
    ranked = {} if "skipped" in ours else {"contraspec": ours["ranked"]}
    for name, each in (ranked | found["peers"]).items():
        yield row(f"{name}: best candidate right", each["top1"])
        for rate, point in each["operating_points"].items():
            text = row(f"  detected at {float(rate):.1%} false", point)
            yield f"{text}   threshold {point['threshold']:.3f}"
    if "skipped" not in ours:
        yield from named("  missed", ours["missed"])
        yield from named("  false matches, substance left out", ours["false"])
        yield from named(f"  wrong with P of at least {ours['sure']['level']:g}", ours["sure"]["which"])


def _ours(ours: Figures) -> Iterator[str]:
    yield row("at default settings, detected", ours["detected"])
    yield row("  only other names stated", ours["wrong_name"])
    yield row("  a component too many", ours["extra_name"])
    yield row("  false matches, substance left out", ours["false_left_out"])
    yield row(f"  wrong, of statements with P >= {ours['sure']['level']:g}", ours["sure"]["wrong"])
    for kind, verdicts in ours["verdicts"].items():
        counts = ", ".join(f"{verdict} {count}" for verdict, count in verdicts.items())
        yield f"  verdicts, {kind.replace('_', ' ')}: {counts}; n {ours['queries'][kind]['spectra']}"
    yield f"  alerts: {ours['alerts']}"
