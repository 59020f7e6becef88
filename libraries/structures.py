"""Whether a SMILES and an InChIKey are of one structure, as RDKit (extra ``chem``) has it."""

from typing import Any

from spectra._extras import needs_extra
from spectra.errors import LibraryError


def inchikey_of(smiles: str) -> str:
    """Compute the standard InChIKey of a SMILES.

    Parameters
    ----------
    smiles : str
        Of one structure; salts with dots.

    Raises
    ------
    ExtraError
        When RDKit is not installed.
    LibraryError
        When RDKit cannot read the SMILES.
    """
    with needs_extra("chem", "RDKit"):
        from rdkit import Chem, rdBase

    chem: Any = Chem  # half of it is typed
    with rdBase.BlockLogs():  # it writes on stderr what the error says better
        molecule = chem.MolFromSmiles(smiles)
        key = "" if molecule is None else str(chem.MolToInchiKey(molecule))
    if not key:
        raise LibraryError(f"smiles {smiles!r} is no structure that RDKit can read; check it")
    return key
