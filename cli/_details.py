"""The last lines of a result: how good the scan was, which library spoke, where the answer was kept."""

from ._notes import note_text
from ._page import Page
from ._records import ResultRecord
from .messages import Field


def render_details(record: ResultRecord, page: Page, technique: str) -> list[str]:
    lines = page.heading("details")
    lines += page.item(page.say("line.quality", {"facts": "; ".join(quality_facts(record, page))}))
    for library in record["provenance"]["library"]:
        key = "line.library" if library["release"] else "line.library_unreleased"
        lines += page.item(page.say(key, {"name": library["name"], "release": library["release"]}))
    if not record["provenance"]["library"]:
        lines += page.item(page.say("line.library_none"))
    lines += instrument_line(record, page)
    for warning in record["warnings"]:
        lines += page.item(page.say("line.warning", {"warning": note_text(warning, page)}))
    lines += _kept(record, page)
    override = record.get("override")
    if override is not None:
        lines += page.item(page.say("line.override", {"by": override["by"], "text": override["text"]}))
    lines += page.item(page.say("line.presumptive", {"technique": page.say(f"technique.{technique}")}))
    return lines


def instrument_line(record: ResultRecord, page: Page) -> list[str]:
    """Say by which check of the instrument the scale was corrected; nothing where it was not."""
    check = record.get("instrument_check")
    if check is None or not check["applied"]:
        return []
    fields: dict[str, Field] = {
        "serial": check["serial"],
        "standard": check["standard"] or "",
        "date": page.day(check["date"] or ""),
        "offset": page.number(check["offset_cm1"] or 0.0, "+.1f"),
        "uncertainty": page.number(check["offset_expanded_cm1"] or 0.0, ".1f"),
    }
    return page.item(page.say("line.instrument_check", fields))


def _kept(record: ResultRecord, page: Page) -> list[str]:
    """Where the answer was kept, with the hash by which the log can be checked."""
    kept = record.get("kept")
    if kept is None:
        return []
    lines: list[str] = []
    if kept["evidence"]:
        lines += page.item(page.say("line.evidence", {"file": kept["evidence"]}))
    if kept["log"] and kept["entry"] and kept["head"]:
        fields: dict[str, Field] = {"file": kept["log"], "entry": kept["entry"], "head": kept["head"][:16]}
        lines += page.item(page.say("line.log", fields))
    return lines


def quality_facts(record: ResultRecord, page: Page) -> list[str]:
    """Say what the quality gate measured, a few words each."""
    quality = record["quality"]
    facts: list[str] = []
    if quality["snr"] is not None:
        facts.append(page.say("line.snr", {"snr": f"{quality['snr']:.0f}"}))
    if quality["coverage"] is not None and record["hits"]:
        facts.append(page.say("line.coverage", {"percent": int(quality["coverage"] * 100 + 1e-9)}))
    if quality["axis_shift_cm1"] is not None:
        facts.append(page.say("line.axis_shift", {"shift": page.number(quality["axis_shift_cm1"], ".1f")}))
    if quality["fluorescence"] is not None:
        facts.append(page.say("line.fluorescence", {"percent": round(quality["fluorescence"] * 100)}))
    if quality["n_spikes"]:
        facts.append(page.say("line.spikes", {"count": quality["n_spikes"]}))
    if quality["saturated"]:
        facts.append(page.say("line.saturated"))
    return facts
