"""Scans of the TI DLP NIRscan Nano: 11 substances, 8 groups of people, 5 scans each, two days.

From ``SLx64/nirscan-sc`` (MIT). The day is the host's date in the file; one device measured all.
"""

from pathlib import Path
from typing import Final

from spectra.io import read_spectra

from .scans import Scan

FOLDER: Final = Path("nir") / "nirscan-nano"


def nirscan_scans(data: Path) -> list[Scan]:
    """All scans, by group and file.

    Parameters
    ----------
    data : Path
        The shared folder.
    """
    return [_scan(path) for path in sorted((data / FOLDER).glob("group*/*.csv"))]


def days(scans: list[Scan]) -> tuple[str, ...]:
    """Sessions in the order in which they first appear."""
    return tuple(dict.fromkeys(scan.session for scan in scans))


def _scan(path: Path) -> Scan:
    spectrum = read_spectra(path)[0]
    group = path.parent.name
    day = str(spectrum.metadata["date"]).split("@")[0].strip()
    return Scan(f"{group}/{path.stem}", path.stem.rpartition("_")[0], group, spectrum, session=day)
