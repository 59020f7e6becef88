"""What the near infrared part of the starter library holds, and from which spectra or tables."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Selection:
    """Where bands come from.

    Attributes
    ----------
    name : str
        Of the set of scans.
    chosen : tuple of str
        Substances or specimens whose scans are averaged.
    told : str
        As stated with the reference.
    licence : str
        Likewise.
    """

    name: str
    chosen: tuple[str, ...]
    told: str
    licence: str


@dataclass(frozen=True)
class Fitted:
    """One fitted reference; its substance as in the substance table, its form where it is known."""

    substance: str
    form: str
    source: Selection
    range_nm: tuple[float, float]
    window_nm: float
    min_width_nm: float


def _handheld(substance: str, form: str, file: str) -> Fitted:
    told = f"SLx64/nirscan-sc @66b554d, DLP NIRscan Nano 900-1700 nm, {file}"
    return Fitted(substance, form, Selection("nirscan", (file,), told, "MIT"), (906.0, 1694.0), 26.0, 12.0)


def _usgs(substance: str, form: str, *specimens: str) -> Fitted:
    told = f"USGS Spectral Library Version 7 (10.3133/ds1035), {', '.join(specimens)}"
    chosen = Selection("usgs", specimens, told, "US public domain")
    return Fitted(substance, form, chosen, (890.0, 2490.0), 42.0, 20.0)


DOUBTED: Final = frozenset({"glucose", "lactose"})
"""Substances whose labels may be exchanged between sources: grade D whatever they come from."""
DOUBT: Final = "labels of glucose and lactose may be exchanged between sources: possible at best"

FITTED: Final = (
    _handheld("paracetamol (acetaminophen)", "", "acetaminophen"),
    _handheld("aspirin", "", "asa"),
    _handheld("caffeine", "anhydrous", "caffeine"),
    _handheld("caffeine citrate", "solid", "caffeine_citrate"),
    _handheld("fructose", "D-", "fructose"),
    _handheld("glucose", "D-", "glucose"),
    _handheld("lactose", "", "lactose"),
    _handheld("mannitol", "D-", "mannitol"),
    _handheld("salicylic acid", "solid", "salicylic_acid"),
    _handheld("sorbitol", "D-", "sorbitol"),
    _handheld("xylose", "D-", "xylose"),
    _usgs("polyethylene", "HDPE/LDPE", "Plastic_HDPE GDS390 Transpar", "Plastic_HDPE GDS392 WhTransl"),
    _usgs("polyethylene", "LDPE film", "Plastic_LDPE GDS402 Clr film", "Plastic_LDPE GDS401 Clr film"),
    _usgs("PET", "polyethylene terephthalate", "Plastic_PETE GDS379 TrnslBrn", "Plastic_PETE GDS380 Clear"),
    _usgs("PET", "fibre", "Polyester_Pile GDS434 Blk", "Polyester_Pile GDS435 DkGrn"),
    _usgs("PVC", "polyvinyl chloride", "Plastic_PVC GDS338 White"),
    _usgs("PVC", "plasticised", "Plastic_Vinyl GDS395 Clr1mm", "Plastic_Vinyl GDS396 Clr1mm"),
    _usgs("nylon", "fibre", "Nylon_Fabric GDS431 Red RpSt", "Nylon_Webbing GDS428 OlvDrab"),
    _usgs("polystyrene", "film/bead", "Polystyrene GDS345 BluInsul"),
    _usgs("paper or cardboard", "cellulose", "Cardboard GDS371 Brn Corgted", "Cotton_Fabric GDS437 White"),
    _usgs("cellulose", "microcrystalline", "Cellulose SA-C6288"),
    _usgs("starch", "corn", "Starch_corn_Argo GDS549"),
    _usgs("starch", "potato", "Starch_potato SA-33615"),
    _usgs("talc", "mineral", "Talc HS21.1B", "Talc HS21.2B"),
    _usgs(
        "calcium sulfate", "dihydrate (gypsum)", "Gypsum HS333.1B (Selenite)", "Gypsum HS333.2B (Selenite)"
    ),
    _usgs("calcium carbonate", "calcite", "Calcite CO2004", "Calcite WS272"),
    _usgs("sodium bicarbonate", "solid", "Sodium_Bicarbonate GDS55"),
)

WIDTH_NM: Final = 40.0
"""Of every band of a published table: near the median of the fitted ones."""

TABLES: Final = {
    ("aspartame", "form unspecified"): "form unspecified",
    ("benzoic acid", "form unspecified"): "form unspecified",
    ("caffeine", "form unspecified"): "",
    ("fructose", "form unspecified"): "D-",
    ("glucose", "form unspecified"): "D-",
    ("lactose", "form unspecified"): "",
    ("maltose", "form unspecified"): "",
    ("sucralose", "form unspecified"): "form unspecified",
    ("sucrose", "form unspecified"): "crystalline",
}
"""Band tables by their names in the facts, with the form of the reference. Those of water and of
MDMA are left out: positions without depths, and one band."""
