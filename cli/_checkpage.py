"""Text of instrument checks: what was measured, against which limit, and whether it is kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_WHY: Final = {
    "wrong_standard": (
        "This does not look like {standard}: its bands are not where one offset and stretch would put them. "
        "Measure the standard again, or name the one that was measured. No offset is given."
    ),
    "too_few_bands": "Too few bands of {standard} can be located. Measure it again, longer.",
    "saturated": "The detector was at its limit. Measure again with less laser power or a shorter time.",
    "too_weak": "The signal is too weak. Measure again, longer and closer; else the laser is weak.",
    "axis_offset": "The axis is further off than allowed. Have the instrument adjusted.",
    "axis_residual": "Offset and stretch cannot put the axis right: it is bent. Have it adjusted.",
    "resolution": "The bands are wider than allowed: focus or slit. Have the instrument adjusted.",
}
_FLAGS: Final = {
    "relative_intensity": "Relative heights changed since the last check: see the line above.",
    "brightness": "The signal is much stronger or weaker than at the last check: laser, window or focus.",
}


def check_text(plain: Mapping[str, Any]) -> list[str]:
    """Lines of one check.

    Parameters
    ----------
    plain : mapping
        Record of schema ``contraspec.instrument/1`` with ``file`` and ``stored``.
    """
    called = plain["serial"] or "unknown serial number"
    word = "PASSED" if plain["passed"] else "FAILED"
    lines = [f"{word}  {called}, {plain['standard']}, {plain['measured']}", f"  File: {plain['file']}"]
    lines += [f"  {line}" for line in (*_axis(plain), *_resolution(plain), *_signal(plain))]
    lines += [f"  - {_WHY[code].format(standard=plain['standard'])}" for code in plain["reasons"]]
    lines += [f"  - {_FLAGS[code]}" for code in plain["flags"]]
    stored = plain["stored"]
    if stored:
        lines.append(f"  Stored: {stored['file']}, entry {stored['entry']}, head {stored['head'][:16]}")
    else:
        lines.append("  Not stored.")
    return lines


def _axis(plain: Mapping[str, Any]) -> list[str]:
    axis = plain["axis"]
    if axis is None:
        return []
    limits = plain["limits"]
    low, high = axis["range_cm1"]
    lines = [
        f"Axis: add {axis['offset_cm1']:+.2f} cm-1 at {axis['pivot_cm1']:g} cm-1 "
        f"(U = {axis['offset_expanded_cm1']:.2f}, k = 2; limit {limits['max_offset_cm1']:g} at any band)"
    ]
    if axis["stretch_expanded"] is None:
        lines.append("Stretch: not told by so few bands")
    else:
        lines.append(
            f"Stretch: {1000 * axis['stretch']:+.2f} cm-1 per 1000 cm-1 "
            f"(U = {1000 * axis['stretch_expanded']:.2f}, k = 2)"
        )
    lines.append(
        f"Bands: {axis['n_used']} used, {axis['n_rejected']} rejected, {plain['n_in_range']} in range; "
        f"{low:g} to {high:g} cm-1; residual {axis['rms_cm1']:.2f} cm-1 rms "
        f"(limit {limits['max_residual_cm1']:g})"
    )
    return lines


def _resolution(plain: Mapping[str, Any]) -> list[str]:
    found = plain["resolution"]
    if found is None:
        return []
    limit = f"limit {plain['limits']['max_resolution_cm1']:g}"
    if found["is_bound"]:
        return [
            f"Resolution: {found['measured_cm1']:.1f} cm-1 or better (width at {found['band_cm1']:g} cm-1; "
            f"its natural width is not known, so this is not judged; calcite tells more)"
        ]
    return [
        f"Resolution: {found['width_cm1']:.1f} cm-1 ({limit}), from {found['measured_cm1']:.1f} cm-1 at "
        f"{found['band_cm1']:g} cm-1 less its natural {found['natural_cm1']:g}"
    ]


def _signal(plain: Mapping[str, Any]) -> list[str]:
    if plain["axis"] is None:
        return []
    lines = [f"Signal to noise: {plain['snr']:.0f} (limit {plain['limits']['min_snr']:g})"]
    change = plain["change"]
    if change is not None and change["height_ratio"] is not None:
        bright = change["brightness_ratio"]
        shown = "" if bright is None else f"; brightness {bright:.2f} times that of then"
        lines.append(
            f"Since the last check: relative heights within a factor {change['height_ratio']:.2f} "
            f"(at {change['at_cm1']:g} cm-1, limit {plain['limits']['max_height_ratio']:g}){shown}"
        )
    return lines


def table_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as columns, the last one unpadded."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
