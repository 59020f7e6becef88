"""The one place where commands get an engine; tests put their own here."""

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ._errors import Failure, failure_of

if TYPE_CHECKING:
    from libraries.engine import Engine
    from libraries.releases.policy import Gate, Policy

STARTER = "starter"
"""What the built-in library is called on the command line and in messages."""


TRUST_VARIABLE = "CONTRASPEC_TRUST"
"""Environment variable that names the trust file."""


def open_engine(
    paths: Sequence[str],
    *,
    prior: float | None = None,
    watch: Sequence[str] = (),
    policy: "Policy" = "integrity",
    trust: str | None = None,
) -> "Engine":
    """Engine over the given libraries; the built-in starter when there are none.

    Parameters
    ----------
    paths : sequence of str
        Libraries as typed.
    prior : float, optional
        P(the item is something the library holds), where not that of the calibration.
    watch : sequence of str, optional
        Names to watch for beside controlled substances and precursors.
    policy : str, optional
        ``integrity`` or ``signed``.
    trust : str, optional
        Trust file; that of the environment variable ``CONTRASPEC_TRUST`` when None.

    Raises
    ------
    LibraryError
        When a library cannot be used, or holds nothing of a watched name.
    """
    from libraries.engine import Engine  # numpy and h5py come with it

    return Engine.open(paths, prior=prior, watch=watch, gate=open_gate(policy, trust))


def open_gate(policy: "Policy" = "integrity", trust: str | None = None) -> "Gate":
    """Judge of libraries' signatures.

    Parameters
    ----------
    policy : str
        ``integrity`` or ``signed``.
    trust : str, optional
        Trust file; that of the environment variable ``CONTRASPEC_TRUST`` when None.

    Raises
    ------
    LibraryError
        When the trust file cannot be read.
    """
    from libraries.releases.policy import Gate

    path = trust_file(trust)
    if not path:
        return Gate(policy)
    from libraries.releases.trust import read_trust  # only where signers are known

    return Gate(policy, read_trust(path))


def trust_file(trust: str | None = None) -> str:
    """Path of the trust file: as given, else that of the environment; empty for none."""
    return trust or os.environ.get(TRUST_VARIABLE, "")


def library_failure(paths: Sequence[str], error: Exception) -> Failure:
    """Failure of the library that the message names, as far as one can tell.

    Parameters
    ----------
    paths : sequence of str
        Libraries as typed.
    error : Exception
        What opening them raised.
    """
    named = [path for path in paths if path in str(error)] or list(paths)
    failure = failure_of(named[0] if named else STARTER, error)
    message = failure.message.removeprefix(f"{failure.file}: ")
    return dataclasses.replace(failure, message=message)
