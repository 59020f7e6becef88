"""The main figures as Markdown tables, ready for the README and the method note."""

from collections.abc import Iterator
from typing import Any

from .summary import OURS, UNSEEN

Figures = dict[str, Any]


def markdown(figures: Figures) -> Iterator[str]:
    """Lines of Markdown.

    Parameters
    ----------
    figures : dict
        Of ``summary.summarise``.
    """
    found, cases = figures["at_defaults"], figures["cases"]
    yield "| at default settings | share | 95 % interval | votes | spectra |"
    yield "|---|---|---|---|---|"
    yield _row("detected: match, mixture or group names the substance", found["detected"])
    yield _row("… doubtful truths set aside", found["detected_without_doubtful"])
    yield _row("false matches, strangers", found["false_matches"]["stranger"]["false"])
    yield _row("… doubtful truths set aside", found["false_matches"]["stranger"]["false_without_doubtful"])
    yield _row(
        "false matches, substance left out, homologues still there",
        found["false_matches"]["left_out"]["false"],
    )
    yield _row("statements with P ≥ 0.95 that are wrong", figures["sure"]["wrong"])
    yield ""
    yield (
        f"One vote per substance and source: detected by the share of its spectra, false if any of them is. "
        f"{cases['known']['spectra']} spectra of the library's substances, {cases['stranger']['spectra']} of "
        f"strangers, {cases['sources']} sources; intervals are Wilson's."
    )
    yield ""
    yield from _comparison(figures)


def _comparison(figures: Figures) -> Iterator[str]:
    rates = [f"detected at {float(rate):.1%} false" for rate in figures["operating_points"][OURS]]
    yield f"| same run | false at the usual threshold | {' | '.join(rates)} |"
    yield f"|---|---|{'---|' * len(rates)}"
    ours = figures["at_defaults"]
    usual = {OURS: (ours["detected"], ours["false_matches"]["stranger"]["false"])}
    usual |= {name: (peer["known"], peer["stranger"]) for name, peer in figures["peers"].items()}
    for name, points in figures["operating_points"].items():
        text = "" if name == UNSEEN else "none shipped"
        if name in usual:
            detected, false = (_percent(each["votes"]) for each in usual[name])
            text = f"{false} (detects {detected})"
        cells = " | ".join(_percent(point["votes"]) for point in points.values())
        yield f"| {name.replace('|', chr(92) + '|')} | {text} | {cells} |"


def _row(text: str, found: Figures) -> str:
    votes, spectra = found["votes"], found["spectra"]
    interval = f"{votes['low']:.1%} – {votes['high']:.1%}"
    return f"| {text} | {_percent(votes)} | {interval} | {_count(votes)} | {_count(spectra)} |"


def _percent(share: Figures) -> str:
    return f"{share['k'] / share['n']:.1%}" if share["n"] else "–"


def _count(share: Figures) -> str:
    k = share["k"]
    return f"{k if isinstance(k, int) else format(k, '.1f')} / {share['n']}"
