"""How often such statements held: rates of the library's own validation, with how many cases they rest on.

The summary stands in the release, under its signatures. A library without one has no measured rate, and the
page says so.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._page import Page
from .._records import ResultRecord
from ..messages import Field

if TYPE_CHECKING:
    from libraries.library import Library


def validation_of(libraries: "Sequence[Library]") -> Mapping[str, Any] | None:
    """Summary of the one library that has one; None where several were asked, which nobody validated."""
    if len(libraries) != 1:
        return None
    signed = getattr(libraries[0], "signed", None)
    summary = None if signed is None else signed.statement.validation
    return summary if isinstance(summary, dict) else None


def overall_rate(libraries: "Sequence[Library]", record: ResultRecord, page: Page) -> str:
    """One sentence: measured rates, or what the probabilities rest on instead."""
    summary = validation_of(libraries)
    total = summary.get("total") if summary else None
    if summary and isinstance(total, dict):
        cases = summary.get("cases")
        parts: dict[str, Field] = {
            "n": str(cases.get("n", "-")) if isinstance(cases, dict) else "-",
            "found": rate_text(total.get("detection"), page),
            "known": rate_text(total.get("false_match_known"), page),
            "strangers": rate_text(total.get("false_match_strangers"), page),
        }
        return page.say("rate.validation", parts)
    calibrations = [each for each in record["provenance"]["calibration"] if each is not None]
    if not calibrations or len(calibrations) < len(record["provenance"]["library"]):
        return page.say("rate.none")
    least = calibrations[0]
    threshold = least["threshold"]
    fields: dict[str, Field] = {
        "simulated": least["n_simulated"] or 0,
        "measured": least["n_measured"] or 0,
        "percent": "-" if threshold is None else page.number(100 * threshold, ".0f"),
    }
    return page.say("rate.calibration", fields)


def substance_rates(
    libraries: "Sequence[Library]", record: ResultRecord, page: Page
) -> dict[str, tuple[str, str]]:
    """For each named reference: named where it was, and where it was not; empty without a validation."""
    summary = validation_of(libraries)
    listed = summary.get("substances") if summary else None
    if not isinstance(listed, list):
        return {}
    identities = {label.id: label.identity for library in libraries for label in library.labels}
    known = {str(each.get("identity")): each for each in listed if isinstance(each, dict)}
    rates = {}
    for one in record["substances"]:
        entry = known.get(identities.get(one["id"], ""), {})
        rates[one["id"]] = rate_text(entry.get("detection"), page), rate_text(entry.get("false_match"), page)
    return rates


def rate_text(share: object, page: Page) -> str:
    """``k of n (low to high %)``; a dash where nothing was tried or the summary is odd."""
    if not isinstance(share, dict):
        return "-"
    k, n, low, high = (share.get(key) for key in ("k", "n", "low", "high"))
    if not (isinstance(k, int) and isinstance(n, int) and n > 0):
        return "-"
    if not (isinstance(low, int | float) and isinstance(high, int | float)):
        return "-"
    bounds = {"low": page.number(100 * low, ".1f"), "high": page.number(100 * high, ".1f")}
    return page.say("rate.of", {"k": k, "n": n, **bounds})
