"""The figures as text."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from .summary import UNSEEN

Figures = dict[str, Any]

HEAD: Final = f"  {'':44}{'share':>7}  {'95 % interval':>15}  {'votes':>11}   {'spectra':>18}"
KINDS: Final = {"stranger": "strangers", "left_out": "substance left out"}


def lines(figures: Figures) -> Iterator[str]:
    """Report of one run, line by line.

    Parameters
    ----------
    figures : dict
        Of ``summary.summarise``, with ``dilution`` and, where it was measured, ``independent``.
    """
    yield from _cases(figures["cases"])
    yield from _defaults(figures)
    yield from _peers(figures["peers"])
    yield from _operating(figures["operating_points"])
    yield from _independent(figures.get("independent"))
    yield from _sources(figures["sources"])
    yield from _reliability(figures["reliability"])
    yield from _sure(figures["sure"])
    yield from _prediction_sets(figures["prediction_sets"])
    yield from _mixtures(figures["mixtures"])
    yield from _dilution(figures["dilution"])
    yield from _log_odds(figures["log_odds"])
    yield from _which(figures)


def _cases(cases: Figures) -> Iterator[str]:
    yield "One vote per substance and source: detected by the share of its spectra, false if any of them is."
    for kind, text in (
        ("known", "of substances in the library"),
        ("left_out", "of these asked again, substance left out"),
        ("stranger", "strangers"),
        ("mixture", "mixtures"),
    ):
        yield f"  {cases[kind]['spectra']:6} spectra, {cases[kind]['votes']:5} votes  {text}"
    yield f"  {cases['sources']:6} sources"
    yield from (f"  refused by the quality gate: {text}" for text in cases["unusable"])


def _defaults(figures: Figures) -> Iterator[str]:
    found = figures["at_defaults"]
    yield ""
    yield f"At default settings (release threshold P {figures['threshold']:.3f})"
    yield f"{HEAD}   match/mixture/group"
    yield from _default_rows(found)


def _default_rows(found: Figures) -> Iterator[str]:
    yield row("detected: the answer names the substance", found["detected"])
    yield row("  with doubtful truths set aside", found["detected_without_doubtful"])
    yield row("  of these with a component too many", found["with_an_extra_component"])
    yield row("in the library, only other names stated", found["wrong_name"])
    for kind, text in KINDS.items():
        false = found["false_matches"][kind]
        yield row(f"false matches, {text}", false["false"])
        yield row("  with doubtful truths set aside", false["false_without_doubtful"])


def _peers(peers: Figures) -> Iterator[str]:
    for name, peer in peers.items():
        yield f"  {name} at its usual threshold, {peer['threshold']:g}"
        yield row("  detected", peer["known"])
        yield from (row(f"  false matches, {text}", peer[kind]) for kind, text in KINDS.items())


def _operating(points_by_name: Figures) -> Iterator[str]:
    yield ""
    yield "Detection at a fixed share of false matches among strangers (by votes; by spectra likewise)"
    yield f"{HEAD}   threshold, false left out"
    for rate in next(iter(points_by_name.values())):
        for name, points in points_by_name.items():
            point = points[rate]
            text = f"at {float(rate):.1%}: {name}"
            left_out = point["left_out"]["votes"]
            note = f"{point['threshold']:9.3f}, {_count(left_out)}"
            yield f"{row(text, point)}   {note}"
    yield f"  {UNSEEN}: ranked by weights of the evidence that were refitted without the case's source"


def _independent(found: Figures | None) -> Iterator[str]:
    if found is None:
        return
    cases = found["cases"]
    yield ""
    yield (
        f"Independent set, nothing fitted on it (biomolecules of ramanbiolib): {cases['known']['spectra']} "
        f"spectra of the library's substances, {cases['stranger']['spectra']} strangers"
    )
    yield f"{HEAD}   match/mixture/group"
    yield from _default_rows(found["at_defaults"])
    yield "  thresholds carried over from 1 % of the other strangers"
    for name, each in found["carried_over"].items():
        yield row(f"  {name}: detected", each["known"])
        yield row("    false matches, strangers", each["stranger"])
    for kind, text in KINDS.items():
        yield from named(f"  false matches, {text}", found["at_defaults"]["false_matches"][kind]["which"])
    yield from named("  missed", found["at_defaults"]["missed"])


def _sources(sources: Figures) -> Iterator[str]:
    yield ""
    yield "By source, spectra (the last two: false matches)"
    yield f"  {'source':44}{'detected':>10}{'left out':>10}{'strangers':>11}"
    for source, found in sources.items():
        cells = [_count(found[kind]["spectra"]) if found[kind]["spectra"]["n"] else "" for kind in found]
        yield f"  {source:44.44}{cells[0]:>10}{cells[1]:>10}{cells[2]:>11}"


def _reliability(reliability: Figures) -> Iterator[str]:
    yield ""
    yield "Probability of the top candidate, in the library and not weighing the same (prior 0.5)"
    yield f"  {'claimed':>8}{'came true':>11}{'weight':>8}{'n':>6}"
    for each in reliability["bins"]:
        yield f"  {each['claimed']:8.3f}{each['came_true']:11.3f}{each['weight']:8.3f}{each['n']:6d}"
    low, high = reliability["ece_interval"]
    yield (
        f"  expected calibration error {reliability['ece']:.3f} ({low:.3f} - {high:.3f}, "
        f"{reliability['ece_draws']} resamples of votes, which raise it), "
        f"Brier score {reliability['brier']:.3f}, n {reliability['n']}"
    )


def _sure(sure: Figures) -> Iterator[str]:
    yield ""
    yield f"Statements (match, mixture, group) with P of at least {sure['level']:g}"
    yield HEAD
    yield row("wrong, all cases together", sure["wrong"])
    yield row("  with doubtful truths set aside", sure["wrong_without_doubtful"])
    if sure["wrong_at_prior"] is not None:
        yield f"  {'wrong, in the library and not weighing the same':44}{sure['wrong_at_prior']:7.1%}"
    yield from (f"    {line}" for line in sure["which"])


def _prediction_sets(sets: Figures) -> Iterator[str]:
    yield ""
    if sets["level"] is None:
        yield "Prediction sets: none were given"
        return
    yield f"Prediction sets (level {sets['level']:g}) for substances in the library"
    yield HEAD
    yield row("the set holds the truth", sets["covered"])
    yield row("  no set counted as one without it", sets["covered_of_all"])
    n = sets["covered"]["spectra"]["n"]
    yield (
        f"  mean size {sets['mean_size']:.2f}, largest {sets['largest']}, "
        f"of one member {sets['single']}/{n}; no set given {sets['without']}"
    )
    yield from (f"    {line}" for line in sets["missed"])


def _mixtures(mixtures: Iterable[Figures]) -> Iterator[str]:
    yield ""
    yield "Mixtures (shares of the spectrum, never weight percent)"
    for each in mixtures:
        without = f" without {', '.join(each['left_out'])}" if each["left_out"] else ""
        judgement = "complete" if each["complete"] else "FALSE NAME" if each["false"] else "not complete"
        fit = ""
        if each["weakest"] is not None:
            fit = f"; best fit {_parts(each['best_fit'])}, weakest log odds {each['weakest']:.1f}"
        stated = _parts([part[:2] for part in each["named"]]) or "nothing"
        yield f"  {each['case']}{without}: {each['verdict']} {stated}: {judgement}{fit}"


def _dilution(shares: list[Figures]) -> Iterator[str]:
    yield ""
    yield "Synthetic dilutions: pairs of references, perturbed; the minor component at a share of the area"
    yield (
        f"  {'share':>6}{'n':>5}{'minor named':>13}{'95 % interval':>16}{'major named':>13}"
        f"{'names true':>12}{'bias':>8}{'RMSE':>7}{'n':>5}   share's interval holds it"
    )
    for each in shares:
        minor, major, true = each["minor_named"], each["major_named"], each["names_true"]
        holds = each["share_interval_holds"]
        yield (
            f"  {each['share']:6.0%}{each['n']:5}{_count(minor):>13}{_interval(minor):>16}{_count(major):>13}"
            f"{_count(true):>12}{_figure(each['share_bias']):>8}{_figure(each['share_rmse']):>7}"
            f"{each['share_n']:5}   {_count(holds) if holds else '-'}"
        )


def _log_odds(log_odds: dict[str, list[float]]) -> Iterator[str]:
    yield ""
    yield "Log odds of the evidence: top candidate; of MIXTURE_WRONG components that are not there"
    yield f"  {'share below':16}{'0 %':>8}{'5 %':>8}{'25 %':>8}{'50 %':>8}{'75 %':>8}{'95 %':>8}{'100 %':>8}"
    for name, values in log_odds.items():
        yield f"  {name:16}" + "".join(f"{values[place]:8.2f}" for place in (0, 1, 5, 10, 15, 19, -1))


def _which(figures: Figures) -> Iterator[str]:
    found = figures["at_defaults"]
    yield from named("missed", found["missed"])
    for kind, text in KINDS.items():
        yield from named(f"false matches, {text}", found["false_matches"][kind]["which"])
    for each in figures["doubtful"]:
        yield from named(f"doubtful truth: {each['reason']}", each["outcomes"])


def named(title: str, which: list[str]) -> Iterator[str]:
    """Give a title and what belongs under it; nothing without entries.

    Parameters
    ----------
    title : str
        Without its colon.
    which : list of str
        One per line.
    """
    if which:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in which)


def row(text: str, found: Figures) -> str:
    """One line of a table: share of the votes, its interval, both counts, verdicts where they are known.

    Parameters
    ----------
    text : str
        What is counted.
    found : dict
        Of ``votes.counted``.
    """
    votes, spectra = found["votes"], found["spectra"]
    value = votes["k"] / votes["n"] if votes["n"] else float("nan")
    share = spectra["k"] / spectra["n"] if spectra["n"] else float("nan")
    verdicts = found.get("by_verdict")
    counts = f"   {'/'.join(str(count) for count in verdicts.values())}" if verdicts else ""
    return (
        f"  {text:44}{value:7.1%}  {_interval(votes):>15}  {_count(votes):>11}"
        f"   {_count(spectra):>10} {share:6.1%} {counts}"
    ).rstrip()


def _parts(parts: list[list[Any]]) -> str:
    return ", ".join(name + ("" if share is None else f" {share:.0%}") for name, share in parts)


def _count(share: Figures) -> str:
    k = share["k"]
    return f"{k if isinstance(k, int) else format(k, '.1f')}/{share['n']}"


def _interval(share: Figures) -> str:
    return f"{share['low']:.1%} - {share['high']:.1%}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def nested(title: str, found: Figures) -> Iterator[str]:
    """Figures of any shape, one per line.

    Parameters
    ----------
    title : str
        Above them.
    found : dict
        Values, lists, or such again.
    """
    yield ""
    yield title
    yield from _nested(found, "  ")


def _nested(found: Figures, indent: str) -> Iterator[str]:
    for name, value in found.items():
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from _nested(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{indent}{name}"
            for each in value:
                yield f"{indent}  " + ", ".join(f"{key} {_short(part)}" for key, part in each.items())
        else:
            yield f"{indent}{name}: {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_short(part) for part in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
