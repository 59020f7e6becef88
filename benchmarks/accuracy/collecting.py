"""All cases that can be had on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from . import biomolecules, cases, openspecy

QUICK_KNOWN, QUICK_STRANGERS, QUICK_BIOMOLECULES = 30, 40, 6
NO_BIOMOLECULES: Final = "ramanbiolib: not measured, install ramanbiolib (Python 3.11) beside this for it"
NO_OPEN_SPECY: Final = "Open Specy: not measured, install the extra [bench] (pyopenspecy, pandas) for it"


def check_data(data: Path) -> None:
    """End the run when the measured data are not there.

    Parameters
    ----------
    data : Path
        As given.
    """
    if not (data / "raman" / cases.LIBRARY).is_dir():
        raise SystemExit(
            f"{data}: no raman/{cases.LIBRARY} in it; give the folder of measured data by --data"
        )


def collect(data: Path, identities: Mapping[str, str], *, quick: bool = False) -> list[cases.Case]:
    """Collect the cases; says when Open Specy is not among them.

    Parameters
    ----------
    data : Path
        The shared folder.
    identities : mapping of str to str
        Of ``cases.identities_by_name``.
    quick : bool
        A fixed subsample.
    """
    found = list(cases.shared_cases(data, identities))
    folder = openspecy.data_folder()
    if folder is None:
        print(NO_OPEN_SPECY)
    else:
        found += openspecy.open_specy_cases(folder, identities)
    return cases.thin(found, QUICK_KNOWN, QUICK_STRANGERS) if quick else found


def collect_biomolecules(identities: Mapping[str, str], *, quick: bool = False) -> list[cases.Case]:
    """Collect the independent set; says when it is not there.

    Parameters
    ----------
    identities : mapping of str to str
        Of ``cases.identities_by_name``.
    quick : bool
        A fixed subsample.
    """
    path = biomolecules.data_file()
    if path is None:
        print(NO_BIOMOLECULES)
        return []
    found = list(biomolecules.biomolecule_cases(path, identities))
    return cases.thin(found, QUICK_BIOMOLECULES, QUICK_BIOMOLECULES) if quick else found
