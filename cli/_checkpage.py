"""Text of instrument checks: what was measured, against which limit, and whether it is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from ._page import Page
from .messages import Field


def check_text(plain: Mapping[str, Any], page: Page) -> list[str]:
    """Lines of one check.

    Parameters
    ----------
    plain : mapping
        Record of schema ``contraspec.instrument/1`` with ``file`` and ``stored``.
    page : Page
        Language and encoding.
    """
    called = plain["serial"] or page.say("instrument.no_serial")
    word = page.say("instrument.passed" if plain["passed"] else "instrument.failed")
    head = f"{word}  {called}, {plain['standard']}, {page.moment(plain['measured'])}"
    lines = [head, f"  {page.say('line.file', {'file': plain['file']})}"]
    lines += [f"  {line}" for line in (*_axis(plain, page), *_resolution(plain, page), *_signal(plain, page))]
    standard: dict[str, Field] = {"standard": plain["standard"]}
    lines += [f"  - {page.say(f'check_why.{code}', standard)}" for code in plain["reasons"]]
    lines += [f"  - {page.say(f'check_flag.{code}')}" for code in plain["flags"]]
    stored = plain["stored"]
    if stored:
        fields = {"file": stored["file"], "entry": stored["entry"], "head": stored["head"][:16]}
        return [*lines, f"  {page.say('instrument.stored', fields)}"]
    return [*lines, f"  {page.say('instrument.not_stored')}"]


def _axis(plain: Mapping[str, Any], page: Page) -> list[str]:
    axis = plain["axis"]
    if axis is None:
        return []
    limits = plain["limits"]
    low, high = axis["range_cm1"]
    offset = {
        "offset": page.number(axis["offset_cm1"], "+.2f"),
        "pivot": page.number(axis["pivot_cm1"], "g"),
        "expanded": page.number(axis["offset_expanded_cm1"], ".2f"),
        "limit": page.number(limits["max_offset_cm1"], "g"),
    }
    bands: dict[str, Field] = {
        "used": axis["n_used"],
        "rejected": axis["n_rejected"],
        "in_range": plain["n_in_range"],
        "low": page.number(low, "g"),
        "high": page.number(high, "g"),
        "rms": page.number(axis["rms_cm1"], ".2f"),
        "limit": page.number(limits["max_residual_cm1"], "g"),
    }
    return [
        page.say("instrument.axis", offset),
        _stretch(axis, page),
        page.say("instrument.bands", bands),
    ]


def _stretch(axis: Mapping[str, Any], page: Page) -> str:
    if axis["stretch_expanded"] is None:
        return page.say("instrument.no_stretch")
    fields = {
        "stretch": page.number(1000 * axis["stretch"], "+.2f"),
        "expanded": page.number(1000 * axis["stretch_expanded"], ".2f"),
    }
    return page.say("instrument.stretch", fields)


def _resolution(plain: Mapping[str, Any], page: Page) -> list[str]:
    found = plain["resolution"]
    if found is None:
        return []
    fields = {
        "measured": page.number(found["measured_cm1"], ".1f"),
        "band": page.number(found["band_cm1"], "g"),
    }
    if found["is_bound"]:
        return [page.say("instrument.resolution_bound", fields)]
    fields |= {
        "width": page.number(found["width_cm1"], ".1f"),
        "limit": page.number(plain["limits"]["max_resolution_cm1"], "g"),
        "natural": page.number(found["natural_cm1"], "g"),
    }
    return [page.say("instrument.resolution", fields)]


def _signal(plain: Mapping[str, Any], page: Page) -> list[str]:
    if plain["axis"] is None:
        return []
    limits, change = plain["limits"], plain["change"]
    signal = {"snr": page.number(plain["snr"], ".0f"), "limit": page.number(limits["min_snr"], "g")}
    lines = [page.say("instrument.signal", signal)]
    if change is not None and change["height_ratio"] is not None:
        fields = {
            "ratio": page.number(change["height_ratio"], ".2f"),
            "at": page.number(change["at_cm1"], "g"),
            "limit": page.number(limits["max_height_ratio"], "g"),
        }
        key = "instrument.change"
        if change["brightness_ratio"] is not None:
            key, fields["bright"] = "instrument.change_bright", page.number(change["brightness_ratio"], ".2f")
        lines.append(page.say(key, fields))
    return lines


def table_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as columns, the last one unpadded."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
