"""Text that an officer reads in two seconds: verdict, alert, what to do; the rest below.

Rendered from the same record that machines get, so text and JSON cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ._errors import Failure
from ._records import ResultRecord, SubstanceRecord
from ._terminal import Terminal
from .messages import FALLBACK, Field, message

_FRAME: Final = "!!!"
_FRAME_COLUMNS: Final = 60
_INDENT: Final = "  "
_NO_FORM: Final = frozenset({"axis_offset", "form_uncertain"})
"""Reasons why the solid form must not be read as part of the answer."""
_NAMING: Final = frozenset({"match", "mixture", "group"})


@dataclass(frozen=True)
class Page:
    """Where and in which language a result is written.

    Attributes
    ----------
    terminal : Terminal
        Width, colour, encoding.
    language : str
        Of the catalogue.
    """

    terminal: Terminal
    language: str = FALLBACK

    def say(self, key: str, fields: Mapping[str, Field] | None = None) -> str:
        """Sentence of the page's language."""
        return message(key, fields or {}, language=self.language)

    def heading(self, key: str) -> list[str]:
        """Blank line and heading."""
        lines = self.terminal.wrap(self.say(f"heading.{key}"))
        return ["", *(self.terminal.style(line, bold=True) for line in lines)]

    def block(self, text: str) -> list[str]:
        """Indented paragraph."""
        return self.terminal.wrap(text, indent=_INDENT)

    def item(self, text: str) -> list[str]:
        """One item of a list."""
        return self.terminal.wrap(text, indent=_INDENT + "- ", hanging=_INDENT * 2)


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
        *_alert(record, page),
        *_headline(record, page),
        *_file(record, page, n_in_file),
        *_meaning(record, page),
        *_substances(record, page),
        *page.heading("action"),
        *page.block(page.say(f"action.{record['next_action']}")),
        *_hints(record, page),
        *_reasons(record, page),
        *_details(record, page, technique),
    ]
    return "\n".join(lines)


def render_failure(failure: Failure, page: Page) -> str:
    """Text of what an officer must know of an input that gave no answer."""
    lines = page.block(page.say(f"error.{failure.error}"))
    if failure.error != "library":
        lines += page.block(page.say("line.no_result"))
    return "\n".join(lines)


def render_rule(page: Page) -> str:
    """Line between two results."""
    return "\n" + "=" * page.terminal.columns + "\n"


def substance_title(name: str, form: str) -> str:
    """Name with its form in brackets."""
    return f"{name} ({form})" if form else name


def _title(one: SubstanceRecord, record: ResultRecord) -> str:
    """Name with its form, the form only where the answer goes that far."""
    return substance_title(one["name"], "" if _NO_FORM & set(record["reasons"]) else one["form"])


def _alert(record: ResultRecord, page: Page) -> list[str]:
    if not record["alert"]:
        return []
    terminal = page.terminal
    width = min(terminal.columns, _FRAME_COLUMNS)
    inner = width - 2 * (len(_FRAME) + 1)
    texts = Terminal(inner, encoding=terminal.encoding).wrap(page.say(f"alert.{_alert_kind(record)}"))
    frame = ["!" * width, *(f"{_FRAME} {text:<{inner}} {_FRAME}" for text in texts), "!" * width]
    return [terminal.style(line, bold=True, fg="white", bg="red") for line in frame]


def _alert_kind(record: ResultRecord) -> str:
    roles = [one["role"] for one in record["substances"]]
    kind = next((role for role in ("controlled", "precursor") if role in roles), None)
    if kind is None:
        return "unnamed"
    certain = record["verdict"] in ("match", "mixture") or (
        record["verdict"] == "group" and all(role == kind for role in roles)
    )
    return kind if certain else f"{kind}_possible"


def _shown_verdict(record: ResultRecord) -> str:
    """Verdict as an officer must understand it: a container alone is no match to the item."""
    return "container_only" if "container_only" in record["reasons"] else record["verdict"]


def _names(record: ResultRecord) -> list[str]:
    """Titles in their order, each once: two references of one substance are one name."""
    return list(dict.fromkeys(_title(one, record) for one in record["substances"]))


def _headline(record: ResultRecord, page: Page) -> list[str]:
    verdict, names = _shown_verdict(record), _names(record)
    glue = "headline.or" if verdict in ("group", "inconclusive") else "headline.and"
    key = f"headline.{verdict}" if names or verdict != "inconclusive" else "headline.inconclusive_unnamed"
    text = page.say(key, {"names": page.say(glue).join(names)})
    word = page.say(f"verdict.{verdict}")
    lines = page.terminal.wrap(f"{word}  {text}", hanging=_INDENT)
    return [page.terminal.style(line, bold=True) for line in lines]


def _file(record: ResultRecord, page: Page, n_in_file: int) -> list[str]:
    fields: dict[str, Field] = {"file": record["file"], "number": record["index"] + 1, "count": n_in_file}
    return page.block(page.say("line.file_spectrum" if n_in_file > 1 else "line.file", fields))


def _meaning(record: ResultRecord, page: Page) -> list[str]:
    verdict = _shown_verdict(record)
    lines = page.block(page.say(f"meaning.{verdict}"))
    if verdict in _NAMING:
        lines += page.block(_sureness(record["probability"], page, "sure.statement"))
    if verdict in _NAMING and not record["alert"]:
        lines += page.block(page.say("meaning.never_clears"))
    return lines


def _sureness(probability: float | None, page: Page, key: str) -> str:
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
    heading = {"group": "group", "inconclusive": "candidates"}.get(record["verdict"], "found")
    lines = page.heading(heading)
    for one in record["substances"]:
        lines += page.item(f"{_title(one, record)}: {page.say('role.' + one['role'])}")
        lines += page.terminal.wrap("; ".join(_facts(one, page, record["verdict"])), indent=_INDENT * 2)
    return lines


def _facts(one: SubstanceRecord, page: Page, verdict: str) -> list[str]:
    facts = []
    if one["probability"] is not None and verdict != "match":
        facts.append(_sureness(one["probability"], page, "sure.substance"))
    if one["share"] is not None and verdict == "mixture":
        facts.append(page.say("line.share", {"percent": round(one["share"] * 100)}))
    if one["hqi"] is not None:
        facts.append(page.say("line.score", {"hqi": f"{one['hqi']:.3f}"}))
    if one["cas"]:
        facts.append(page.say("line.cas", {"cas": one["cas"]}))
    facts.append(
        page.say("line.grade", {"grade": one["grade"], "meaning": page.say(f"grade.{one['grade']}")})
    )
    return facts


def _hints(record: ResultRecord, page: Page) -> list[str]:
    if not record["hints"]:
        return []
    lines = page.heading("hint")
    for hint in record["hints"]:
        lines += page.item(page.say("line.hint", {"name": substance_title(hint["name"], hint["form"])}))
    return lines


def _reasons(record: ResultRecord, page: Page) -> list[str]:
    if not record["reasons"]:
        return []
    lines = page.heading("why")
    for code in record["reasons"]:
        lines += page.item(page.say(f"reason.{code}"))
    return lines


def _details(record: ResultRecord, page: Page, technique: str) -> list[str]:
    lines = page.heading("details")
    lines += page.item(page.say("line.quality", {"facts": "; ".join(_quality(record, page))}))
    for library in record["provenance"]["library"]:
        key = "line.library" if library["release"] else "line.library_unreleased"
        lines += page.item(page.say(key, {"name": library["name"], "release": library["release"]}))
    if not record["provenance"]["library"]:
        lines += page.item(page.say("line.library_none"))
    for warning in record["warnings"]:
        lines += page.item(page.say("line.warning", {"warning": warning}))
    lines += page.item(page.say("line.presumptive", {"technique": page.say(f"technique.{technique}")}))
    return lines


def _quality(record: ResultRecord, page: Page) -> list[str]:
    quality = record["quality"]
    facts: list[str] = []
    if quality["snr"] is not None:
        facts.append(page.say("line.snr", {"snr": f"{quality['snr']:.0f}"}))
    if quality["coverage"] is not None and record["hits"]:
        facts.append(page.say("line.coverage", {"percent": int(quality["coverage"] * 100 + 1e-9)}))
    if quality["axis_shift_cm1"] is not None:
        facts.append(page.say("line.axis_shift", {"shift": f"{quality['axis_shift_cm1']:.1f}"}))
    if quality["fluorescence"] is not None:
        facts.append(page.say("line.fluorescence", {"percent": round(quality["fluorescence"] * 100)}))
    if quality["n_spikes"]:
        facts.append(page.say("line.spikes", {"count": quality["n_spikes"]}))
    if quality["saturated"]:
        facts.append(page.say("line.saturated"))
    return facts
