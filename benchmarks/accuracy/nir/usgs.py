"""Reflectance spectra of the USGS library: one specimen on two spectrometers, and packaging.

USGS Spectral Library Version 7 (Kokaly et al. 2017, 10.3133/ds1035), US public domain, at the bands
of a table of about 10 nm. The name holds material, specimen, spectrometer (BECK, ASD) and purity.
"""

import dataclasses
import re
from pathlib import Path
from typing import Final

from spectra.io import read_measurements
from spectra.spectrum import Spectrum

from .asking import BLEND
from .scans import Scan

FILE: Final = Path("nir") / "usgs-splib07" / "splib07_subset.csv"
_NAME: Final = re.compile(r"(?P<specimen>.+?)\s+(?P<instrument>BECK|ASD[A-Z]{2})[a-d]\s+AREF")

PACKAGING: Final = {
    "Plastic_HDPE": ("polyethylene", "HDPE"),
    "Plastic_LDPE": ("polyethylene", "LDPE"),
    "Plastic_PETE": ("polyester", "PET"),
    "Polyester": ("polyester", "fibre"),
    "Plastic_PVC": ("PVC", ""),
    "Plastic_Vinyl": ("PVC", "plasticised"),
    "Nylon": ("nylon", ""),
    "Polystyrene": ("polystyrene", "foam"),
    "Paper_Cotton": ("cellulose", "paper"),
    "Cardboard": ("cellulose", "cardboard"),
    "Cotton": ("cellulose", "cotton"),
    "Cellulose": ("cellulose", "powder"),
    "Starch": ("starch", ""),
    "Glucose": ("glucose", ""),
}
"""Material and kind by what the name begins with; the kinds of a material are one substance."""

MINERALS: Final = {
    "Calcite": "calcite",
    "Ca-Mont": "Ca-montmorillonite",
    "Na-Mont": "Na-montmorillonite",
    "Mont_Swy": "Na-montmorillonite",
    "Montmorill": "Na-montmorillonite",
    "Kaol": "kaolinite",
    "Smect": "smectite",
    "Dolomit": "dolomite",
    "Talc": "talc",
    "Muscov": "muscovite",
    "Epidote": "epidote",
    "Chlor": "chlorite",
    "Clinochlore": "chlorite",
    "Quartz": "quartz",
    "Goethite": "goethite",
    "Hematite": "hematite",
    "Halloysite": "halloysite",
    "Illite": "illite",
    "Gypsum": "gypsum",
    "Halite": "halite",
    "Benzene": "benzene",
    "Toluene": "toluene",
}
"""Minerals by how the names begin or shorten them; SWy-1 is a sodium montmorillonite."""


def usgs_scans(data: Path) -> list[Scan]:
    """Every spectrum; the source is its specimen, the session its spectrometer.

    Parameters
    ----------
    data : Path
        The shared folder.
    """
    found = []
    for measured in read_measurements(data / FILE):
        if isinstance(measured, Exception):
            raise measured
        match = _NAME.fullmatch(str(measured.metadata["label"]).strip())
        if match is None:
            raise ValueError(f"{measured.metadata['label']}: expected specimen, BECK or ASD, and purity")
        specimen = re.sub(r"\s+", " ", match["specimen"])
        instrument = match["instrument"][:4].removesuffix("F").removesuffix("N").removesuffix("H")
        found.append(
            Scan(
                f"{specimen} {match['instrument']}",
                _material(specimen),
                specimen,
                _reflectance(measured.spectrum()),
                session=instrument,
            )
        )
    return found


def pairs(scans: list[Scan]) -> list[tuple[Scan, Scan]]:
    """Specimens that both spectrometers measured: BECK's scan and ASD's.

    Parameters
    ----------
    scans : list of Scan
        Of ``usgs_scans``.
    """
    beck = {scan.source: scan for scan in scans if scan.session == "BECK"}
    asd: dict[str, Scan] = {}
    for scan in scans:
        if scan.session == "ASD" and scan.source in beck:
            asd.setdefault(scan.source, scan)
    return [(beck[specimen], scan) for specimen, scan in asd.items()]


def packaging(scans: list[Scan]) -> list[Scan]:
    """Plastics, paper, textiles, starches and sugars, by material.

    Parameters
    ----------
    scans : list of Scan
        Of ``usgs_scans``.
    """
    found = []
    for scan in scans:
        for start, (material, form) in PACKAGING.items():
            if scan.source.startswith(start):
                found.append(dataclasses.replace(scan, substance=material, form=form))
                break
    return found


def _material(specimen: str) -> str:
    """Minerals of a specimen, whatever their proportions; the first word where none is known."""
    name = specimen.split(" ")[0]
    found = sorted({mineral for start, mineral in MINERALS.items() if start in name})
    return BLEND.join(found) or name


def _reflectance(spectrum: Spectrum) -> Spectrum:
    """State what the library's documentation says and the table does not."""
    return dataclasses.replace(spectrum, metadata={**spectrum.metadata, "quantity": "reflectance"})
