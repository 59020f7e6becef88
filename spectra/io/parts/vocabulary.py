"""What a column's name says: words in English, Dutch, French and German."""

import re
import unicodedata
from typing import Final, Literal

from ...units import Quantity

AxisKind = Literal[
    "foreign", "pixel", "raman_shift", "wavenumber", "wavelength_nm", "wavelength_um", "wavelength", "x"
]
SignalKind = Literal[
    "processed", "dark_subtracted", "absorbance", "kubelka_munk", "reflectance", "transmittance",
    "intensity", "raw",
]  # fmt: skip

# In order: the first kind with a word in the name wins. A signal is asked for first, because
# "Intensity at 785 nm" also holds the unit of an axis.
_SIGNALS: Final[tuple[tuple[SignalKind | Literal["ignored"], str], ...]] = (
    ("ignored", r"reference|referentie|referenz|\bstd\b|std ?dev|error"),
    ("ignored", r"(?:background|achtergrond|hintergrund|baseline)(?!.?(?:corr|subtr|remov))"),
    ("dark_subtracted", r"dark ?(?:subtracted|corrected)"),
    ("ignored", r"\bdark\b|donker|dunkel|obscur|\bnoir\b"),
    ("processed", r"processed|corrected|verwerkt|verarbeitet|traite"),
    ("kubelka_munk", r"kubelka|\bk[-/ ]?m\b|\bf\(r\)"),
    ("absorbance", r"absorban|absorption|absorptie|extin[ck]t|log ?\( ?1 ?/ ?[rt]|\babs\b"),
    ("reflectance", r"reflect|reflex|remission|\brefl\b|% ?r\b|\br ?[(\[]? ?%"),
    ("transmittance", r"transmi|\btrans\b|% ?t\b|\bt ?[(\[]? ?%"),
    ("raw", r"\braw\b|\bruw|\broh|\bbrut|sample signal"),
    ("intensity", r"intens|count|coups|telling|impuls|\bcts\b|\bcnt\b|signal|amplitude|\bint\b"),
    ("intensity", r"\ba\.?u\.?\b|\by\b|y-? ?a(?:xis|chse|s)\b"),
)
_AXES: Final[tuple[tuple[AxisKind, str], ...]] = (
    ("foreign", r"ppm|chemical|m/z|theta|\btime\b|\bzeit\b|\btijd\b|\btemps\b|\b[km]?hz\b|\b[km]?ev\b"),
    ("pixel", r"\bpixels?\b|\bindex\b|\bpunkt\b|\bpoint\b|^#$|^(?:nr|no)\.?$"),
    ("raman_shift", r"raman.{0,8}(?:shift|wave|cm)|\bshift\b|rel\.? ?(?:1/cm|cm)"),
    ("raman_shift", r"verschiebung|verschuiving|decalage|deplacement"),
    ("wavelength_um", r"\bmicrons?\b|micromet|\bum\b|µm|μm"),
    ("wavelength_nm", r"\bnm\b|nanomet"),
    (
        "wavenumber",
        r"wave ?number|wellenzahl|golfgetal|nombres? d.?onde|cm ?\^? ?[-−⁻] ?[1¹]|1 ?/ ?cm|\bwave\b",
    ),
    ("wavelength", r"wave ?length|wellenlange|golflengte|longueurs? d.?onde|lambda|\bwvl\b"),
    ("x", r"\bx\b|x-? ?a(?:xis|chse|s)\b|\baxis\b"),
)
_SIGNAL_WORDS: Final = tuple((kind, re.compile(words)) for kind, words in _SIGNALS)
_AXIS_WORDS: Final = tuple((kind, re.compile(words)) for kind, words in _AXES)

SIGNAL_ORDER: Final[tuple[SignalKind, ...]] = (
    "processed", "dark_subtracted", "absorbance", "kubelka_munk", "reflectance", "transmittance",
    "intensity", "raw",
)  # fmt: skip
"""Which of several named signals is the spectrum: the most finished one."""

OPTICAL: Final = ("absorbance", "kubelka_munk", "reflectance", "transmittance")
"""Signals that are ratios, which no Raman spectrum is."""

_QUANTITIES: Final[dict[str, Quantity]] = {
    "absorbance": "absorbance",
    "kubelka_munk": "kubelka_munk",
    "reflectance": "reflectance",
    "transmittance": "transmittance",
}

_PLACEHOLDER: Final = re.compile(r"(?:unnamed|column|col|spalte|kolom|colonne|field|var|[a-z])?[ :.]*\d*")
_SETTING: Final = re.compile(r"[=:]|laser|excit|anreg|\d(?!.{0,2}(?:/ ?cm|\)))")


def plain(name: str) -> str:
    """Name in lower case without accents, underscores and doubled spaces."""
    spread = unicodedata.normalize("NFKD", name.replace("⁻", "-").replace("¹", "1"))
    letters = "".join(char for char in spread if not unicodedata.combining(char))
    return " ".join(letters.casefold().replace("_", " ").split())


def signal_kind(name: str) -> SignalKind | Literal["ignored"] | None:
    """Tell what signal a column's name says; ``ignored`` for one that is never the spectrum."""
    text = plain(name)
    return next((kind for kind, words in _SIGNAL_WORDS if words.search(text)), None)


def quantity(name: str) -> Quantity:
    """Tell what an ordinate is by its column's name: a ratio where one is named, counts for other signals."""
    text = plain(name)
    for kind, words in _SIGNAL_WORDS:
        if kind in OPTICAL and words.search(text):
            return _QUANTITIES[kind]
    return (
        "counts" if signal_kind(name) in ("processed", "dark_subtracted", "intensity", "raw") else "unknown"
    )


def axis_kind(name: str) -> AxisKind | None:
    """Tell what axis a column's name says; None when it says a signal or nothing."""
    text = plain(name)
    # "Raman intensity" is a signal, "Raman shift" an axis.
    if signal_kind(name) is not None:
        return None
    return next((kind for kind, words in _AXIS_WORDS if words.search(text)), None)


def is_placeholder(name: str) -> bool:
    """Tell whether a column's name says nothing at all, as ``Column1`` does."""
    return _PLACEHOLDER.fullmatch(plain(name)) is not None


def heading_kind(heading: str) -> AxisKind | None:
    """Tell what axis a line above a table names whose words fit no columns; None when in doubt.

    Such a line may as well be a remark: one with a setting in it, or with two kinds of axis, says nothing.
    """
    text = plain(heading).replace("cm-1", "1/cm").replace("cm^-1", "1/cm")
    if _SETTING.search(text.replace("1/cm", "")):
        return None
    kinds = {kind for kind, words in _AXIS_WORDS if words.search(text) and kind not in ("x", "pixel")}
    if kinds in ({"raman_shift"}, {"raman_shift", "wavenumber"}):
        return "raman_shift"
    kinds -= {"wavelength"} if len(kinds) > 1 else set()
    return kinds.pop() if len(kinds) == 1 else None
