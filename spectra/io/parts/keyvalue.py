"""Header values to metadata: the same small conversions for every vendor."""

from collections.abc import Callable, Mapping

from ...spectrum import MetadataValue
from .numbers import leading_number

MAX_TEXT = 500


def text_value(text: str) -> MetadataValue:
    """Header text, shortened; None when empty."""
    text = " ".join(text.split())
    return text[:MAX_TEXT] or None


def number_value(text: str) -> MetadataValue:
    """Read the number at the beginning of a header value; None without one."""
    return leading_number(text)


def positive_value(text: str) -> MetadataValue:
    """Like `number_value`, but None for zero and below: an instrument's way to say unknown."""
    value = leading_number(text)
    return value if value is not None and value > 0 else None


def milliseconds_value(text: str) -> MetadataValue:
    """Milliseconds as seconds."""
    value = leading_number(text)
    return None if value is None or value < 0 else value / 1000.0


def count_value(text: str) -> MetadataValue:
    """Whole number; None when it is none."""
    value = leading_number(text)
    return int(value) if value is not None and value.is_integer() and abs(value) < 1e12 else None


def switch_value(text: str) -> MetadataValue:
    """Read True, False, On, Off, 1, 0 as a bool; None otherwise."""
    word = text.strip().casefold()
    if word in ("true", "on", "yes", "1"):
        return True
    return False if word in ("false", "off", "no", "0") else None


def named_value(text: str) -> MetadataValue:
    """Whether a method is named at all, as for a baseline algorithm that may be empty."""
    return text.strip().casefold() not in ("", "none", "off", "false", "no", "0")


Rules = Mapping[str, tuple[str, Callable[[str], MetadataValue]]]
"""Header key (lower case) to metadata name and conversion."""


def collect(header: Mapping[str, str], rules: Rules) -> dict[str, MetadataValue]:
    """Apply the rules to a header; values that say nothing are left out."""
    found: dict[str, MetadataValue] = {}
    for key, (name, convert) in rules.items():
        if key in header and name not in found:
            value = convert(header[key])
            if value is not None:
                found[name] = value
    return found
