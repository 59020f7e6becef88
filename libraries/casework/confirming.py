"""What the laboratory found in a case, and how often the answers held.

Rates come from confirmed cases only, each with its number of cases and its Wilson interval: nothing is
said of cases that nobody confirmed, and which are sent to the laboratory is no random choice.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from spectra.errors import CaseError
from spectra.label import ALERT_ROLES

from ..substances import find_substance, identity_key
from ..validation.shares import Share
from .log import Entry, append, read_log

STATEMENTS: Final = frozenset({"match", "mixture", "group"})
"""Verdicts that say what it is."""


@dataclass(frozen=True)
class Confirmation:
    """What the laboratory found.

    Attributes
    ----------
    item, subsample : str
        As in the log.
    substances : tuple of str
        All that was found; empty when nothing of interest was.
    method : str
        How, as the laboratory calls it.
    by : str
        Who says so.
    """

    item: str
    subsample: str
    substances: tuple[str, ...]
    method: str
    by: str


@dataclass(frozen=True)
class CaseStats:
    """How often the answers held, over confirmed cases.

    Attributes
    ----------
    n_results, n_items : int
        Answers in the log that say for which item they are, and such items.
    n_confirmed : int
        Items of them that the laboratory has confirmed.
    right : mapping of str to Share
        By verdict, of the statements made, those of which all that they name was found; a group is
        right when one of its members was.
    complete : Share
        Of the statements, those that name all that was found.
    alerts_right : Share
        Of the alerts, those where something controlled or a precursor was found.
    found : Share
        Of the items in which something controlled or a precursor was found, those with an alert.
    wrong : tuple of mapping
        Statements that did not hold and dangerous items without an alert, for a person to look at.
    """

    n_results: int
    n_items: int
    n_confirmed: int
    right: Mapping[str, Share]
    complete: Share
    alerts_right: Share
    found: Share
    wrong: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)


def confirm(path: str | os.PathLike[str], confirmation: Confirmation) -> Entry:
    """Add to a log what the laboratory found.

    Raises
    ------
    CaseError
        No item named, an item that the log has no answer for, nobody who says so, or a log that was
        altered.
    """
    if not confirmation.item or not confirmation.by or not confirmation.method:
        raise CaseError("a confirmation needs the item, the method and who says so: give all three")
    key = confirmation.item, confirmation.subsample
    if not any(_key(entry) == key for entry in read_log(path) if entry.what == "result"):
        shown = " / ".join(part for part in key if part)
        raise CaseError(f"{path}: no answer for {shown}: give item and subsample as identify had them")
    details = {
        "item": confirmation.item,
        "subsample": confirmation.subsample,
        "substances": list(confirmation.substances),
        "method": confirmation.method,
        "by": confirmation.by,
    }
    return append(path, "confirmation", details)


def case_stats(entries: Iterable[Entry]) -> CaseStats:
    """Count how often the answers held.

    The last answer and the last confirmation of an item and subsample count; earlier ones were
    repeated or corrected.

    Parameters
    ----------
    entries : iterable of Entry
        Of a log, in their order.
    """
    results: dict[tuple[str, str], Mapping[str, Any]] = {}
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    n_results = 0
    for entry in entries:
        key = _key(entry)
        if not key[0]:
            continue
        if entry.what == "result":
            n_results += 1
            results[key] = entry.details
        elif entry.what == "confirmation":
            found[key] = tuple(entry.details["substances"])
    confirmed = [(results[key], truth) for key, truth in found.items() if key in results]
    return _counted(confirmed, n_results, len(results))


def _counted(
    confirmed: Sequence[tuple[Mapping[str, Any], tuple[str, ...]]], n_results: int, n_items: int
) -> CaseStats:
    said = [(told, truth) for told, truth in confirmed if told["verdict"] in STATEMENTS]
    alerts = [truth for told, truth in confirmed if told["alert"]]
    dangerous = [(told, truth) for told, truth in confirmed if _dangerous(truth)]
    wrong = [
        {"item": told["item"], "subsample": told["subsample"], "verdict": told["verdict"],
         "named": _named(told), "found": list(truth)}
        for told, truth in confirmed
        if (told["verdict"] in STATEMENTS and not _holds(told, truth))
        or (_dangerous(truth) and not told["alert"])
    ]  # fmt: skip
    return CaseStats(
        n_results,
        n_items,
        len(confirmed),
        {
            verdict: _share(_holds(told, truth) for told, truth in said if told["verdict"] == verdict)
            for verdict in sorted(STATEMENTS)
        },
        _share(_names_all(told, truth) for told, truth in said),
        _share(_dangerous(truth) for truth in alerts),
        _share(bool(told["alert"]) for told, _ in dangerous),
        tuple(wrong),
    )


def _holds(told: Mapping[str, Any], truth: Sequence[str]) -> bool:
    named, true = _identities(_named(told)), _identities(truth)
    return bool(named & true) if told["verdict"] == "group" else bool(named) and named <= true


def _names_all(told: Mapping[str, Any], truth: Sequence[str]) -> bool:
    return _identities(truth) <= _identities(_named(told))


def _dangerous(truth: Sequence[str]) -> bool:
    """Whether something controlled or a precursor is among substances, as the shipped table has it."""
    records = [find_substance(name) for name in truth]
    return any(record is not None and record.role in ALERT_ROLES for record in records)


def _named(told: Mapping[str, Any]) -> list[str]:
    return [str(one["name"]) for one in told["substances"]]


def _identities(names: Iterable[str]) -> set[str]:
    return {identity_key(name) for name in names}


def _share(outcomes: Iterable[bool]) -> Share:
    listed = list(outcomes)
    return Share(sum(listed), len(listed))


def _key(entry: Entry) -> tuple[str, str]:
    return str(entry.details.get("item") or ""), str(entry.details.get("subsample") or "")
