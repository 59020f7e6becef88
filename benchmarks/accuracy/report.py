"""The figures as text."""

from collections.abc import Iterable, Iterator
from typing import Any

Figures = dict[str, Any]


def lines(figures: Figures) -> Iterator[str]:
    """Report of one run, line by line.

    Parameters
    ----------
    figures : dict
        Of ``summary.summarise``.
    """
    yield from _cases(figures)
    yield from _defaults(figures)
    yield from _operating(figures)
    yield from _sources(figures["sources"])
    yield from _log_odds(figures["log_odds"])
    yield from _reliability(figures["reliability"])
    yield from _mixtures(figures["mixtures"])
    yield from _named("missed", figures["detection"]["missed"])
    for name, false in figures["false_matches"].items():
        yield from _named(f"false matches, {name.replace('_', ' ')}", false["which"])


def _cases(figures: Figures) -> Iterator[str]:
    cases = figures["cases"]
    yield (
        f"{cases['known']} spectra of substances in the library, {cases['stranger']} strangers, "
        f"{cases['mixture']} mixtures; {cases['sources']} sources"
    )
    yield from (f"  refused by the quality gate: {text}" for text in cases["unusable"])


def _defaults(figures: Figures) -> Iterator[str]:
    detection = figures["detection"]
    yield ""
    yield f"At default settings (release threshold P {figures['threshold']:.3f})"
    yield f"  {'':44}{'share':>7}  {'95 % interval':>15}  {'k/n':>9}   match/mixture/group"
    yield _row("detected: the answer names the substance", detection["detected"], detection["by_verdict"])
    yield _row("  of these with a component too many", detection["with_an_extra_component"])
    yield _row("in the library, only other names stated", detection["wrong_name"])
    for name, text in (("strangers", "strangers"), ("left_out", "substance left out")):
        false = figures["false_matches"][name]
        yield _row(f"false matches, {text}", false["false"], false["by_verdict"])
        yield _row("  the same, any spectrum of one substance", false["substances"])
    for name, peer in figures["peers"].items():
        yield f"  {name}, threshold {peer['threshold']:g}"
        yield _row("  detected", peer["known"])
        yield _row("  false matches, strangers", peer["strangers"])
        yield _row("  false matches, left out", peer["left_out"])


def _operating(figures: Figures) -> Iterator[str]:
    yield ""
    yield "Detection at a fixed share of false matches among strangers"
    yield f"  {'':44}{'share':>7}  {'95 % interval':>15}  {'k/n':>9}   threshold, left out then"
    for name, points in figures["operating_points"].items():
        for rate, point in points.items():
            text = f"{name} at {float(rate):.1%}"
            note = f"{point['threshold']:.3f}, {point['left_out']['k']}/{point['left_out']['n']}"
            yield f"{_row(text, point['detected'])}   {note}"


def _sources(sources: dict[str, dict[str, list[int]]]) -> Iterator[str]:
    yield ""
    yield f"  {'source':44}{'detected':>10}{'left out':>10}{'strangers':>11}   (the last two: false matches)"
    for source, row in sources.items():
        cells = [f"{k}/{n}" if n else "" for k, n in row.values()]
        yield f"  {source:44.44}{cells[0]:>10}{cells[1]:>10}{cells[2]:>11}"


def _reliability(reliability: Figures) -> Iterator[str]:
    yield ""
    yield "Probability of the top candidate, in the library and not weighing the same (prior 0.5)"
    yield f"  {'claimed':>8}{'came true':>11}{'weight':>8}{'n':>6}"
    for each in reliability["bins"]:
        yield f"  {each['claimed']:8.3f}{each['came_true']:11.3f}{each['weight']:8.3f}{each['n']:6d}"
    yield f"  expected calibration error {reliability['ece']:.3f}, Brier score {reliability['brier']:.3f}"


def _log_odds(log_odds: dict[str, list[float]]) -> Iterator[str]:
    yield ""
    yield "Log odds of the evidence: top candidate; of MIXTURE_WRONG the weakest component for one substance"
    yield f"  {'share below':16}{'0 %':>8}{'5 %':>8}{'25 %':>8}{'50 %':>8}{'75 %':>8}{'95 %':>8}{'100 %':>8}"
    for name, values in log_odds.items():
        yield f"  {name:16}" + "".join(f"{values[place]:8.2f}" for place in (0, 1, 5, 10, 15, 19, -1))


def _mixtures(mixtures: Iterable[Figures]) -> Iterator[str]:
    yield ""
    yield "Mixtures (shares of the spectrum, never weight percent)"
    for each in mixtures:
        without = f" without {', '.join(each['left_out'])}" if each["left_out"] else ""
        judgement = "complete" if each["complete"] else "FALSE NAME" if each["false"] else "not complete"
        fit = ""
        if each["weakest"] is not None:
            fit = f"; best fit {_parts(each['best_fit'])}, weakest log odds {each['weakest']:.1f}"
        named = _parts([part[:2] for part in each["named"]]) or "nothing"
        yield f"  {each['case']}{without}: {each['verdict']} {named}: {judgement}{fit}"


def _parts(parts: list[list[Any]]) -> str:
    return ", ".join(name + ("" if share is None else f" {share:.0%}") for name, share in parts)


def _named(title: str, which: list[str]) -> Iterator[str]:
    if which:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in which)


def _row(text: str, share: Figures, verdicts: dict[str, int] | None = None) -> str:
    value = share["k"] / share["n"] if share["n"] else float("nan")
    interval = f"{share['low']:.1%} - {share['high']:.1%}"
    counts = f"   {'/'.join(str(count) for count in verdicts.values())}" if verdicts else ""
    return f"  {text:44}{value:7.1%}  {interval:>15}  {share['k']:>4}/{share['n']:<4}{counts}"
