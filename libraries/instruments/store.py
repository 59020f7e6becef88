"""Checks by serial number: one hash-chained log of JSON lines for each instrument, in one folder.

Each file is a log as ``casework.log`` keeps them, its entries of kind ``instrument_check``: nothing in it
can be changed, removed or put in unseen, and several processes may write to it.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from spectra.errors import CaseError

from ..casework import log
from .recording import StoredCheck, read_check

VARIABLE: Final = "CONTRASPEC_INSTRUMENTS"
"""Environment variable that names the folder."""
_SUFFIX: Final = ".jsonl"
_SHOWN: Final = 40


def check_file(folder: str | os.PathLike[str], serial: str) -> Path:
    """File of one instrument: what of its serial number a file name can hold, and eight hex digits.

    The digits keep apart what file systems do not: AB1 and ab1, or A/1 and A:1.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", serial.casefold()).strip("-")[:_SHOWN] or "instrument"
    digits = hashlib.sha256(serial.encode("utf-8")).hexdigest()[:8]
    return Path(folder) / f"{plain}-{digits}{_SUFFIX}"


def store_check(folder: str | os.PathLike[str], plain: Mapping[str, Any]) -> log.Entry:
    """Add a check to the file of its instrument, forced to the disk before this returns.

    Parameters
    ----------
    folder : path
        Made where there is none.
    plain : mapping
        Of ``recording.describe_check``, with a serial number.

    Raises
    ------
    CaseError
        A record without serial number, a file that was altered, or one that cannot be written.
    """
    check = read_check(plain)
    if not check.serial:
        raise CaseError("an instrument check without a serial number cannot be stored: give --serial")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CaseError(f"{folder}: the folder cannot be made: {error.strerror or error}") from error
    return log.append(check_file(folder, check.serial), "instrument_check", plain)


def read_checks(folder: str | os.PathLike[str], serial: str) -> tuple[StoredCheck, ...]:
    """All checks of an instrument in the order of their measurement; none for one never checked.

    Raises
    ------
    CaseError
        A folder that is not there, or a file that was altered: then nothing in it can be relied on.
    """
    if not Path(folder).is_dir():
        raise CaseError(f"{folder}: no such folder of instrument checks; make it or correct its name")
    path = check_file(folder, serial)
    if not path.exists() and log.read_head(path) is None:
        return ()
    return tuple(one for one in _checks_of(path) if one.serial == serial)


def read_instruments(folder: str | os.PathLike[str]) -> dict[str, tuple[StoredCheck, ...]]:
    """Read the checks of all instruments, by serial number in sorted order.

    Raises
    ------
    CaseError
        A folder that is not there, or any file that was altered.
    """
    if not Path(folder).is_dir():
        raise CaseError(f"{folder}: no such folder of instrument checks; make it or correct its name")
    found = [_checks_of(path) for path in sorted(Path(folder).glob(f"*{_SUFFIX}"))]
    by_serial = {checks[0].serial: checks for checks in found if checks}
    return {serial: by_serial[serial] for serial in sorted(by_serial)}


def _checks_of(path: Path) -> tuple[StoredCheck, ...]:
    log.verify_log(path)
    kept = [entry.details for entry in log.read_log(path) if entry.what == "instrument_check"]
    try:
        checks = [read_check(details) for details in kept]
    except CaseError as error:
        raise CaseError(f"{path}: {error}") from error
    return tuple(sorted(checks, key=lambda check: check.measured))
