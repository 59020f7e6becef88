"""What goes into the starter library, decided by hand: states, exceptions and omissions."""

from typing import Final

State = str
"""``liquid``, ``organic solid``, ``mineral`` or ``polymer``: what the usual band width hangs on."""

POLYMERS: Final = frozenset({"polystyrene", "polyethylene", "polypropylene", "PET", "PTFE", "PVC"})
MINERALS: Final = frozenset(
    {
        *("boric acid", "borax", "calcium carbonate", "calcium magnesium carbonate", "calcium sulfate"),
        *(
            "dipotassium hydrogen phosphate",
            "magnesium carbonate",
            "potassium dihydrogen phosphate",
            "quartz",
        ),
        *("silicon", "silicon carbide", "sodium bicarbonate", "sodium carbonate", "sodium sulfate", "sulfur"),
        *("talc", "titanium dioxide"),
    }
)

FITTED_RANGES_CM1: Final[dict[str, tuple[float, float]]] = {"Silicon": (302.0, 1100.0)}
"""File stems that are fitted on a part of their axis only."""

FITTED_WINDOWS_CM1: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "Silicon": ((500.0, 535.0), (925.0, 1000.0))
}
"""File stems of which only bands in these windows are kept."""

FITTED_NOTES: Final[dict[str, str]] = {
    "Silicon": "first order at 520.7 and second order only; the rest of the file is room light",
    "Alanine": "label of the source kept, but the spectrum is not alanine: r 0.07 with measured DL-alanine "
    "(strongest band 853), r 0.91 with arginine; role unknown for that reason",
    "Sodium Carbonate": "labelled sodium carbonate; 1069.6 is the monohydrate's band, the anhydrous has 1080",
    "lactose": "form assigned from the band pattern; the same name on WP-785X is another form (r 0.52)",
    "glucose": "form assigned from the band pattern",
    "sesame oil": "range starts at 500",
    "linseed oil": "range starts at 500",
}

PORTABLE_PURE: Final = ("chloroform",)
"""Pure liquids of the portable instrument that the WP-785XS set lacks."""
PORTABLE_RANGE_CM1: Final = (200.0, 1800.0)

OMITTED_TABLES: Final[dict[tuple[str, str], str]] = {
    ("toluene/acetonitrile 50:50", "liquid mixture"): "a mixture; both components have their own reference",
    ("sodium carbonate", "anhydrous + monohydrate mixture"): "a mixture of two hydrates",
    ("diamond", "crystalline"): "one band proves nothing",
    (
        "glass",
        "slide, broad background",
    ): "broad maxima read at 532 nm; at 785 nm glass luminesces instead, and a broad reference would "
    "resemble any background left over: the container term is the mixture model's",
}
"""Published band tables that do not become references, and why."""

TABLE_FORMS: Final[dict[tuple[str, str], str]] = {
    ("theophylline", "anhydrous (form unspecified)"): "anhydrous",
    ("glycine", "solid (form unspecified)"): "solid",
}
"""Forms of the band tables that the substance table writes otherwise."""

CLASS_HEIGHTS: Final[dict[str, float]] = {"w": 15.0, "m": 40.0, "s": 70.0, "vs": 100.0}

HINTS_LEFT_OUT: Final = ("GROUP MARKER", "glass")
"""Beginnings of names in the recalled tables that are no substance."""


def state_of(substance: str, form: str) -> State:
    """State of a substance-form, for the usual width of its bands."""
    if substance in POLYMERS:
        return "polymer"
    if substance in MINERALS:
        return "mineral"
    return "liquid" if form.startswith("liquid") or substance == "coconut oil" else "organic solid"
