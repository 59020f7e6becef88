"""Text that an officer reads in two seconds: verdict, alert, what to do; the rest below.

Rendered from the same record that machines get, so text and JSON cannot disagree.
"""

import math
from collections.abc import Sequence
from typing import Final

from ._details import render_details
from ._errors import Failure, failure_sentence
from ._page import Page
from ._records import LimitRecord, ResultRecord, SubstanceRecord
from ._terminal import Terminal
from .messages import FALLBACK, Field, has_message

_FRAME: Final = "!!!"
_FRAME_COLUMNS: Final = 60
_INDENT: Final = "  "
_NO_FORM: Final = frozenset({"axis_offset", "form_uncertain"})
"""Reasons why the solid form must not be read as part of the answer."""
_NAMING: Final = frozenset({"match", "mixture", "group", "class"})
_CLASSES: Final = {"one_band_only": "class_one_band", "phenyl_only": "class_phenyl"}
"""Reasons why the members of a group are but examples of what it may be."""
_DANGERS: Final = frozenset({"possible_explosive", "explosive_precursor"})
"""Codes of safety that get a frame of their own."""
_ALERT_ROLES: Final = frozenset({"controlled", "precursor"})
_MAX_BANDS: Final = 8
_MAX_SET: Final = 5
_MAX_LIMITS: Final = 6


def render_result(record: ResultRecord, page: Page, *, technique: str, n_in_file: int = 1) -> str:
    """Text of one result, without a line end after the last line.

    Parameters
    ----------
    record : ResultRecord
        What machines get.
    page : Page
        Where it goes.
    technique : str
        Of the spectrum, one of ``spectra.units.TECHNIQUES``.
    n_in_file : int, optional
        Spectra in the file; more than one are told apart on the file's line.
    """
    lines = [
        *_danger(record, page),
        *_alert(record, page),
        *_headline(record, page),
        *_called(record, page),
        *_file(record, page, n_in_file),
        *meaning_lines(record, page),
        *_substances(record, page),
        *render_action(record["next_action"], record["safety"], page, technique=record["technique"]),
        *_replicates(record, page),
        *limit_lines(record, page),
        *_hints(record, page),
        *_reasons(record, page),
        *render_details(record, page, technique),
    ]
    return "\n".join(lines)


def render_failure(failure: Failure, page: Page, *, told: bool = False) -> str:
    """Text of what an officer must know of an input that gave no answer.

    ``told``: the line on stderr came before it, which holds the sentence in all languages but English.
    """
    lines = []
    if not told or page.language == FALLBACK:
        lines += page.block(failure_sentence(failure, page.language))
    if failure.error != "library":
        lines += page.block(page.say("line.no_result"))
    return "\n".join(lines)


def render_rule(page: Page) -> str:
    """Line between two results."""
    return "\n" + "=" * page.terminal.columns + "\n"


def substance_title(name: str, form: str) -> str:
    """Name with its form in brackets."""
    return f"{name} ({form})" if form else name


def title_of(one: SubstanceRecord, record: ResultRecord) -> str:
    """Name with its form, the form only where the answer goes that far."""
    return substance_title(one["name"], "" if _NO_FORM & set(record["reasons"]) else one["form"])


def action_texts(action: str, safety: Sequence[str], page: Page, *, technique: str) -> list[str]:
    """Say what must be known first, then the one thing to do, in the words of the technique."""
    own = f"action.{action}_{technique}"
    return [
        *(page.say(f"safety.{code}") for code in safety),
        page.say(own if has_message(own) else f"action.{action}"),
    ]


def render_action(action: str, safety: Sequence[str], page: Page, *, technique: str) -> list[str]:
    """Heading and lines of what to do next, safety first."""
    lines = page.heading("action")
    *first, action_text = action_texts(action, safety, page, technique=technique)
    for text in first:
        lines += [page.terminal.style(line, bold=True) for line in page.block(text)]
    return lines + page.block(action_text)


def danger_text(safety: Sequence[str], page: Page) -> str:
    """Say in a few words what may burn or explode; empty where nothing is known to."""
    return next((page.say(f"alert.{code}") for code in safety if code in _DANGERS), "")


def _danger(record: ResultRecord, page: Page) -> list[str]:
    text = danger_text(record["safety"], page)
    return framed(text, page) if text else []


def _alert(record: ResultRecord, page: Page) -> list[str]:
    if not record["alert"]:
        return []
    roles = [one["role"] for one in record["substances"]]
    return render_alert(roles, page, certain=is_certain(record))


def is_certain(record: ResultRecord) -> bool:
    """Whether what is feared was stated, and not one of several possibilities."""
    verdict = shown_verdict(record)
    roles = {one["role"] for one in record["substances"]}
    return verdict in ("match", "mixture") or (verdict == "group" and len(roles) == 1)


def alert_text(roles: Sequence[str], page: Page, *, certain: bool) -> str:
    """Say what is feared in a few words; see ``render_alert``."""
    kind = next((role for role in ("controlled", "precursor") if role in roles), None)
    return page.say(f"alert.{'unnamed' if kind is None else kind if certain else f'{kind}_possible'}")


def render_alert(roles: Sequence[str], page: Page, *, certain: bool) -> list[str]:
    """Frame that says what is feared.

    Parameters
    ----------
    roles : sequence of str
        Of the substances that are named.
    page : Page
        Where it goes.
    certain : bool
        Whether what is feared was stated, and not one of several possibilities.
    """
    return framed(alert_text(roles, page, certain=certain), page)


def framed(text: str, page: Page) -> list[str]:
    """Frame that nobody reads past."""
    terminal = page.terminal
    width = min(terminal.columns, _FRAME_COLUMNS)
    inner = width - 2 * (len(_FRAME) + 1)
    texts = Terminal(inner, encoding=terminal.encoding).wrap(text)
    frame = ["!" * width, *(f"{_FRAME} {text:<{inner}} {_FRAME}" for text in texts), "!" * width]
    return [terminal.style(line, bold=True, fg="white", bg="red") for line in frame]


def shown_verdict(record: ResultRecord) -> str:
    """Verdict as an officer must understand it.

    A container alone is no match to the item; a group of which the members are but examples,
    or of which there is one only, is a class.
    """
    if "container_only" in record["reasons"]:
        return "container_only"
    if record["verdict"] == "group" and (_class_reason(record) or len(_names(record)) < 2):
        return "class"
    return record["verdict"]


def _class_reason(record: ResultRecord) -> str | None:
    return next((code for code in record["reasons"] if code in _CLASSES), None)


def _names(record: ResultRecord) -> list[str]:
    """Titles in their order, each once: two references of one substance are one name."""
    return list(dict.fromkeys(title_of(one, record) for one in record["substances"]))


def _headline(record: ResultRecord, page: Page) -> list[str]:
    verdict = shown_verdict(record)
    unnamed = verdict == "inconclusive" and not record["substances"]
    key = "headline.inconclusive_unnamed" if unnamed else f"headline.{verdict}"
    text = page.say(key, {"names": joined_names(record, page)})
    word = page.say(f"verdict.{verdict}")
    lines = page.terminal.wrap(f"{word}  {text}", hanging=_INDENT)
    return [page.terminal.style(line, bold=True) for line in lines]


def joined_names(record: ResultRecord, page: Page) -> str:
    together = shown_verdict(record) in ("match", "mixture", "container_only")
    return page.say("headline.and" if together else "headline.or").join(_names(record))


def _file(record: ResultRecord, page: Page, n_in_file: int) -> list[str]:
    fields: dict[str, Field] = {"file": record["file"], "number": record["index"] + 1, "count": n_in_file}
    if "replicates" in record:
        fields["count"] = record["replicates"]["n_scans"]
        return page.block(page.say("line.file_replicates", fields))
    return page.block(page.say("line.file_spectrum" if n_in_file > 1 else "line.file", fields))


def _called(record: ResultRecord, page: Page) -> list[str]:
    """Item and part of it, where the officer named them."""
    named = {"item": record.get("item", ""), "subsample": record.get("subsample", "")}
    if not any(named.values()):
        return []
    return page.block(page.say("line.subsample" if named["subsample"] else "line.item", named))


def meaning_lines(record: ResultRecord, page: Page) -> list[str]:
    verdict = shown_verdict(record)
    reason = _class_reason(record) if verdict == "class" else None
    key = _CLASSES[reason] if reason else verdict
    lines = page.block(page.say(f"meaning.{key}", {"names": joined_names(record, page)}))
    if verdict in _NAMING:
        lines += page.block(sureness(record["probability"], page, "sure.statement"))
    lines += _prior(record, page)
    if verdict in _NAMING and not record["alert"]:
        lines += page.block(page.say("meaning.never_clears"))
    return lines


def _prior(record: ResultRecord, page: Page) -> list[str]:
    """Say what every probability on the page assumes."""
    if shown_verdict(record) == "container_only":  # whatever it rests on, no probability stands there
        return []
    stated = [record["probability"], *(one["probability"] for one in record["substances"])]
    if record["prior"] is None or all(probability is None for probability in stated):
        return []
    return page.block(page.say("sure.prior", {"percent": page.number(100 * record["prior"], ".3g")}))


def sureness(probability: float | None, page: Page, key: str) -> str:
    """Whole percent, rounded down and never 100: only ever from a calibrated probability."""
    if probability is None:
        return page.say("sure.none")
    if probability < 0.01:
        return page.say(f"{key}_low")
    if probability >= 0.995:
        return page.say(f"{key}_high")
    return page.say(key, {"percent": int(probability * 100 + 1e-9)})


def _substances(record: ResultRecord, page: Page) -> list[str]:
    if not record["substances"]:
        return []
    verdict = shown_verdict(record)
    headings = {"group": "group", "class": "class", "inconclusive": "candidates"}
    lines = page.heading(headings.get(verdict, "found"))
    for one in record["substances"]:
        lines += page.item(f"{title_of(one, record)}: {role_text(one, record, page)}")
        lines += page.terminal.wrap("; ".join(_facts(one, page, verdict)), indent=_INDENT * 2)
    return lines + prediction_set_lines(record, page)


def role_text(one: SubstanceRecord, record: ResultRecord, page: Page) -> str:
    """Say what a substance means; what may explode is no drug, and so has no role that says it."""
    if _DANGERS & set(record["safety"]) and one["role"] not in _ALERT_ROLES:
        from libraries.substances_energetic import energetic_code  # of use to few answers

        code = energetic_code(one["name"], cas=one["cas"])
        if code:
            return page.say(f"role.{code}")
    return page.say(f"role.{one['role']}")


def _facts(one: SubstanceRecord, page: Page, verdict: str) -> list[str]:
    facts = []
    if one["probability"] is not None and verdict in ("mixture", "group", "inconclusive"):
        facts.append(sureness(one["probability"], page, "sure.substance"))
    if one["share"] is not None and verdict == "mixture":
        facts.append(share_text(one["share"], one["share_interval"], page))
    if one["hqi"] is not None:
        facts.append(page.say("line.score", {"hqi": page.number(one["hqi"], ".3f")}))
    if one["cas"]:
        facts.append(page.say("line.cas", {"cas": one["cas"]}))
    facts.append(
        page.say("line.grade", {"grade": one["grade"], "meaning": page.say(f"grade.{one['grade']}")})
    )
    return facts


def share_text(share: float, interval: Sequence[float | None] | None, page: Page) -> str:
    """Whole percent; the interval rounded outwards, so that it never promises too much."""
    percent = round(share * 100)
    low, high = interval or (None, None)
    if low is None or high is None:
        return page.say("line.share", {"percent": percent})
    fields = {"percent": percent, "low": math.floor(low * 100 + 1e-9), "high": math.ceil(high * 100 - 1e-9)}
    return page.say("line.share_interval", fields)


def prediction_set_lines(record: ResultRecord, page: Page) -> list[str]:
    """Say what else it may be at the stated rate; behind a container that would say nothing."""
    found = record["prediction_set"]
    names = list(dict.fromkeys(found["names"])) if found else []
    if found is None or found["level"] is None or len(names) < 2:
        return []
    if shown_verdict(record) == "container_only":
        return []
    listed, more = ", ".join(names[:_MAX_SET]), len(names) - _MAX_SET
    if more > 0:
        listed = page.say("line.more", {"listed": listed, "count": more})
    return page.block(
        page.say("line.set", {"percent": page.number(100 * found["level"], ".3g"), "names": listed})
    )


def limit_lines(record: ResultRecord, page: Page) -> list[str]:
    """Say what the answer does not exclude: first what it excludes least.

    Behind a container nothing was scanned, so a figure there would promise too much.
    """
    limits = record["detection_limits"]
    if shown_verdict(record) == "container_only":
        return []
    if not limits:
        if record["verdict"] != "match" or record["alert"]:
            return []
        key = "uncalibrated" if "uncalibrated" in record["reasons"] else "none"
        return [*page.heading("limits"), *page.item(page.say(f"limit.{key}"))]
    least = _least_excluded(limits)
    lines = page.heading("limits")
    if all(limit["role"] != "controlled" for limit in limits):
        lines += page.item(page.say("limit.none_controlled"))
    for name, percent in least[:_MAX_LIMITS]:
        key = "limit.never" if percent is None else "limit.share"
        lines += page.item(page.say(key, {"name": name, "percent": percent or 0}))
    if len(least) > _MAX_LIMITS:
        lines += page.item(page.say("limit.more", {"count": len(least) - _MAX_LIMITS}))
    levels = [limit["level"] for limit in limits if limit["level"] is not None]
    if levels and any(percent is not None for _, percent in least[:_MAX_LIMITS]):
        lines += page.block(page.say("limit.level", {"percent": page.number(100 * min(levels), ".3g")}))
    return lines


def _least_excluded(limits: Sequence[LimitRecord]) -> list[tuple[str, int | None]]:
    """Each substance once, by its worst reference, in whole percent rounded up; None: at any share."""
    worst: dict[str, int] = {}
    for limit in limits:
        name = substance_title(limit["name"], limit["form"])
        share = 1.0 if limit["share"] is None else limit["share"]
        worst[name] = max(worst.get(name, 1), math.ceil(share * 100 - 1e-9))
    ordered = sorted(worst.items(), key=lambda entry: (-entry[1], entry[0]))
    return [(name, percent if percent < 100 else None) for name, percent in ordered]


def _replicates(record: ResultRecord, page: Page) -> list[str]:
    if "replicates" not in record:
        return []
    from ._replicates import render_replicates  # only for several scans of one item

    return render_replicates(record["replicates"], page)


def _hints(record: ResultRecord, page: Page) -> list[str]:
    if not record["hints"]:
        return []
    lines = page.heading("hint")
    for hint in record["hints"]:
        lines += page.item(hint_text(substance_title(hint["name"], hint["form"]), record, page))
    return lines


def hint_text(name: str, record: ResultRecord, page: Page) -> str:
    """Say what a hint is worth; what may explode is not sent anywhere for it."""
    key = "line.hint_energetic" if _DANGERS & set(record["safety"]) else "line.hint"
    return page.say(key, {"name": name})


def _reasons(record: ResultRecord, page: Page) -> list[str]:
    bands = unexplained_lines(record, page)
    if not record["reasons"] and not bands:
        return []
    lines = page.heading("why")
    for code in record["reasons"]:
        lines += page.item(page.say(f"reason.{code}"))
    return lines + bands


def unexplained_lines(record: ResultRecord, page: Page) -> list[str]:
    lines: list[str] = []
    for key, unit in (("unexplained_bands_cm1", "cm⁻¹"), ("unexplained_bands_nm", "nm")):
        bands = [f"{band:.0f}" for band in record[key] if band is not None]  # type: ignore[literal-required]
        if not bands:
            continue
        more = len(bands) - _MAX_BANDS
        fields: dict[str, Field] = {"bands": ", ".join(bands[:_MAX_BANDS]), "unit": unit, "count": more}
        lines += page.item(page.say("line.unexplained_more" if more > 0 else "line.unexplained", fields))
    return lines
