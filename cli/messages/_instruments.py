"""English: checks of instruments."""

from typing import Final

INSTRUMENT_SENTENCES: Final[dict[str, str]] = {
    "instrument.passed": "PASSED",
    "instrument.failed": "FAILED",
    "instrument.no_serial": "unknown serial number",
    "instrument.axis": (
        "Axis: add {offset} cm⁻¹ at {pivot} cm⁻¹ (U = {expanded}, k = 2; limit {limit} at any band)"
    ),
    "instrument.stretch": "Stretch: {stretch} cm⁻¹ per 1000 cm⁻¹ (U = {expanded}, k = 2)",
    "instrument.no_stretch": "Stretch: not told by so few bands",
    "instrument.bands": (
        "Bands: {used} used, {rejected} rejected, {in_range} in range; {low} to {high} cm⁻¹; "
        "residual {rms} cm⁻¹ rms (limit {limit})"
    ),
    "instrument.resolution": (
        "Resolution: {width} cm⁻¹ (limit {limit}), from {measured} cm⁻¹ at {band} cm⁻¹ "
        "less its natural {natural}"
    ),
    "instrument.resolution_bound": (
        "Resolution: {measured} cm⁻¹ or better (width at {band} cm⁻¹; its natural width is not known, "
        "so this is not judged; calcite tells more)"
    ),
    "instrument.signal": "Signal to noise: {snr} (limit {limit})",
    "instrument.change": (
        "Since the last check: relative heights within a factor {ratio} (at {at} cm⁻¹, limit {limit})"
    ),
    "instrument.change_bright": (
        "Since the last check: relative heights within a factor {ratio} (at {at} cm⁻¹, limit {limit}); "
        "brightness {bright} times that of then"
    ),
    "instrument.stored": "Stored: {file}, entry {entry}, head {head}",
    "instrument.not_stored": "Not stored.",
    # why a check failed, and what to do
    "check_why.wrong_standard": (
        "This does not look like {standard}: its bands are not where one offset and stretch would put them. "
        "Measure the standard again, or name the one that was measured. No offset is given."
    ),
    "check_why.too_few_bands": "Too few bands of {standard} can be located. Measure it again, longer.",
    "check_why.saturated": (
        "The detector was at its limit. Measure again with less laser power or a shorter time."
    ),
    "check_why.too_weak": (
        "The signal is too weak. Measure again, longer and closer; else the laser is weak."
    ),
    "check_why.axis_offset": "The axis is further off than allowed. Have the instrument adjusted.",
    "check_why.axis_residual": (
        "Offset and stretch cannot put the axis right: it is bent. Have it adjusted."
    ),
    "check_why.resolution": (
        "The bands are wider than allowed: focus or slit. Have the instrument adjusted."
    ),
    "check_flag.relative_intensity": "Relative heights changed since the last check: see the line above.",
    "check_flag.brightness": (
        "The signal is much stronger or weaker than at the last check: laser, window or focus."
    ),
    # the same in a table
    "check_short.wrong_standard": "other standard",
    "check_short.too_few_bands": "few bands",
    "check_short.saturated": "saturated",
    "check_short.too_weak": "too weak",
    "check_short.axis_offset": "axis off",
    "check_short.axis_residual": "axis bent",
    "check_short.resolution": "bands wide",
    "check_short.passed": "passed",
    # lists and their columns
    "instruments.none": "No instrument was ever checked here.",
    "instruments.state_valid": "valid",
    "instruments.state_expired": "expired",
    "instruments.state_failed": "failed",
    "instruments.serial": "serial",
    "instruments.checks": "checks",
    "instruments.last": "last",
    "instruments.standard": "standard",
    "instruments.state": "state",
    "instruments.offset": "add at 1000 cm⁻¹",
    "instruments.measured": "measured",
    "instruments.result": "result",
    "instruments.add": "add",
    "instruments.expanded": "U",
    "instruments.stretch": "stretch",
    "instruments.used": "used",
    "instruments.rms": "rms",
    "instruments.width": "width",
    "instruments.snr": "snr",
    # the chart of the drift
    "drift.failed": "FAILED",
    "drift.no_offset": "no offset",
    "drift.scale": "cm⁻¹ to add at 1000",
    "drift.title": "Instrument {serial}: axis by its checks, bars U (k = 2)",
    "drift.y": "to add at 1000 cm⁻¹ / cm⁻¹",
    "drift.legend_failed": "failed",
}
