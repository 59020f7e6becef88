"""Two techniques as one: what machines get, and what an officer reads."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypedDict

from ._page import Page
from ._records import rounded
from ._render import danger_text, framed, render_action, render_alert, substance_title
from ._results import ReadResult

if TYPE_CHECKING:
    from libraries.combining import Combined

COMBINED_SCHEMA: Final = "contraspec.combined/1"


class SeenRecord(TypedDict):
    """One substance, and which techniques name it."""

    name: str
    form: str
    cas: str
    role: str
    seen_by: list[str]


class HeardRecord(TypedDict):
    """What one technique says alone."""

    technique: str
    source: str
    file: str
    index: int
    verdict: str
    alert: bool
    probability: float | None
    names: list[str]
    reasons: list[str]
    input_sha256: str | None
    engine: str


class CombinedRecord(TypedDict):
    """``contraspec.combined/1``: two techniques on one item."""

    schema: str
    outcome: str
    verdict: str
    alert: bool
    probability: None
    substances: list[SeenRecord]
    reasons: list[str]
    next_action: str
    release_blocked: bool
    techniques: list[HeardRecord]
    safety: list[str]


def combined_record(results: Sequence[ReadResult], found: "Combined") -> CombinedRecord:
    """Build the record of a combination.

    Parameters
    ----------
    results : sequence of ReadResult
        What was combined.
    found : Combined
        What came of it.
    """
    return {
        "schema": COMBINED_SCHEMA,
        "outcome": found.outcome,
        "verdict": found.verdict,
        "alert": found.alert,
        "probability": None,
        "substances": [
            {
                "name": one.label.substance,
                "form": one.label.form,
                "cas": one.label.cas,
                "role": one.label.role,
                "seen_by": list(one.techniques),
            }
            for one in found.substances
        ],
        "reasons": list(found.reasons),
        "next_action": found.next_action,
        "release_blocked": found.blocks_release,
        "techniques": [_heard(result) for result in results],
        "safety": list(found.safety),
    }


def _heard(result: ReadResult) -> HeardRecord:
    record = result.record
    return {
        "technique": record["technique"],
        "source": result.source,
        "file": record["file"],
        "index": record["index"],
        "verdict": record["verdict"],
        "alert": record["alert"],
        "probability": rounded(record["probability"]),
        "names": list(dict.fromkeys(one["name"] for one in record["substances"])),
        "reasons": list(record["reasons"]),
        "input_sha256": record["provenance"].get("input_sha256"),
        "engine": str(record["provenance"].get("engine", "")),
    }


def render_combined(record: CombinedRecord, page: Page) -> str:
    """Text of a combination, without a line end after the last line.

    Parameters
    ----------
    record : CombinedRecord
        What machines get.
    page : Page
        Where it goes.
    """
    names = [substance_title(one["name"], one["form"]) for one in record["substances"]]
    roles = [one["role"] for one in record["substances"]]
    certain = record["outcome"] == "agreement" and record["verdict"] in ("match", "mixture")
    word = page.say(f"combined.{record['outcome']}")
    title = page.terminal.wrap(f"{word}  {', '.join(names)}".rstrip(), hanging="  ")
    danger = danger_text(record["safety"], page)
    lines = framed(danger, page) if danger else []
    lines += render_alert(roles, page, certain=certain) if record["alert"] else []
    lines += [page.terminal.style(line, bold=True) for line in title]
    lines += page.block(page.say(f"meaning.combined_{record['outcome']}"))
    lines += page.heading("techniques")
    for one in record["techniques"]:
        lines += page.item(_says(one, page))
    lines += render_action(record["next_action"], record["safety"], page, technique=_only(record))
    lines += page.heading("why")
    for code in record["reasons"]:
        lines += page.item(page.say(f"reason.{code}"))
    lines += page.heading("details")
    lines += page.item(page.say("line.combined_not_multiplied"))
    return "\n".join(lines)


def _only(record: CombinedRecord) -> str:
    """Technique that the action is about: Raman wherever a laser takes part."""
    found = {one["technique"] for one in record["techniques"]}
    return "raman" if "raman" in found else next(iter(sorted(found)))


def _says(one: HeardRecord, page: Page) -> str:
    fields = {
        "technique": page.say(f"technique.{one['technique']}"),
        "verdict": page.say(f"verdict.{one['verdict']}"),
        "names": ", ".join(one["names"]) or "-",
        "file": one["file"],
    }
    return page.say("line.technique_says", fields)
