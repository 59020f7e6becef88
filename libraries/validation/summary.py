"""The validation summary: rates with their intervals, in total and by substance, and the confusions."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from ..engine import Engine
from ..releases.signing import VALIDATION_SCHEMA
from ..releases.trust import now_text
from .judging import OUTCOMES, Judged
from .shares import CONFIDENCE, Share

MAX_FILES: Final = 5
"""Named for each confusion."""

Plain = dict[str, Any]


def summarise(engine: Engine, judged: Sequence[Judged], *, when: str | None = None) -> Plain:
    """Summary of a validation, ``contraspec.validation/1``.

    Failed cases are counted and listed and stand in no rate; all others do, unusable scans too.

    Parameters
    ----------
    engine : Engine
        Of one library.
    judged : sequence of Judged
        All cases.
    when : str, optional
        ISO 8601; now when None.

    Returns
    -------
    dict
        Plain JSON.
    """
    library = engine.libraries[0]
    answered = [each for each in judged if each.outcome != "failed"]
    known = [each for each in answered if each.identity is not None]
    strangers = [each for each in answered if each.identity is None]
    return {
        "schema": VALIDATION_SCHEMA,
        "library": {
            "name": library.name,
            "sha256": library.content_sha256,
            "references": len(library),
        },
        "when": when or now_text(),
        "pipeline": engine.pipeline_fingerprint,
        "config": engine.config_fingerprint,
        "confidence": CONFIDENCE,
        "cases": {
            "n": len(judged),
            "files": len({each.file for each in judged}),
            "substances": len({each.identity for each in known}),
            "sha256": _cases_sha256(judged),
            "failed": len(judged) - len(answered),
        },
        "total": {
            "known": _group(known),
            "strangers": _group(strangers),
            "detection": _plain(_count(known, "detected")),
            "false_match_known": _plain(_share(known)),
            "false_match_strangers": _plain(_share(strangers)),
            "alert_raised": _plain(_alerts(answered, dangerous=True)),
            "alert_false": _plain(_alerts(answered, dangerous=False)),
            "form_right": _plain(_forms(known)),
        },
        "substances": _by_substance(engine, answered),
        "confusion": _confusion(answered),
        "failed": [
            {"file": each.file, "problem": each.problem} for each in judged if each.outcome == "failed"
        ],
    }


def _group(cases: Sequence[Judged]) -> Plain:
    counts = Counter(each.outcome for each in cases)
    return {"n": len(cases), **{outcome: counts[outcome] for outcome in OUTCOMES if outcome != "failed"}}


def _count(cases: Sequence[Judged], outcome: str) -> Share:
    return Share(sum(each.outcome == outcome for each in cases), len(cases))


def _share(cases: Sequence[Judged]) -> Share:
    """Cases of which something was stated that is not true, be it a part of a mixture."""
    return Share(sum(bool(each.false) for each in cases), len(cases))


def _alerts(cases: Sequence[Judged], *, dangerous: bool) -> Share:
    own = [each for each in cases if each.dangerous is dangerous]
    return Share(sum(each.alert for each in own), len(own))


def _forms(cases: Sequence[Judged]) -> Share:
    """Count the detected cases of a stated form whose named form is that one."""
    own = [each for each in cases if each.outcome == "detected" and each.form]
    right = sum(
        any(n.identity == each.identity and n.form.casefold() == each.form.casefold() for n in each.named)
        for each in own
    )
    return Share(right, len(own))


def _by_substance(engine: Engine, cases: Sequence[Judged]) -> list[Plain]:
    names: dict[str, str] = {}
    for label in engine.libraries[0].labels:
        names.setdefault(label.identity, label.substance)
    falsely = Counter(identity for each in cases for identity in {n.identity for n in each.false})
    found = []
    for identity, name in sorted(names.items(), key=lambda item: (item[1].casefold(), item[0])):
        own = [each for each in cases if each.identity == identity]
        if not own and not falsely[identity]:
            continue
        found.append(
            {
                "name": name,
                "identity": identity,
                **_group(own),
                "detection": _plain(_count(own, "detected")),
                "false_match": _plain(Share(falsely[identity], len(cases) - len(own))),
            }
        )
    return found


def _confusion(cases: Sequence[Judged]) -> list[Plain]:
    files: dict[tuple[str, str], list[str]] = {}
    for each in cases:
        for name in dict.fromkeys(named.name for named in each.false):
            files.setdefault((each.truth, name), []).append(each.file)
    ordered = sorted(files.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {"truth": truth, "named": name, "n": len(found), "files": found[:MAX_FILES]}
        for (truth, name), found in ordered
    ]


def _plain(share: Share) -> Plain:
    low, high = share.interval
    value = share.value
    return {
        "k": share.k,
        "n": share.n,
        "value": None if value is None else _rounded(value),
        "low": _rounded(low),
        "high": _rounded(high),
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _cases_sha256(judged: Sequence[Judged]) -> str:
    """Hash of which files with which labels were tried, so that a later run can say it tried the same."""
    listed = sorted([each.file, each.index, each.sha256, each.truth, each.form] for each in judged)
    text = json.dumps(listed, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
