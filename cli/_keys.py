"""Keys as the ``keys`` commands tell of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar

import click

from ._engine import TRUST_VARIABLE, trust_file

if TYPE_CHECKING:
    from libraries.releases.trust import TrustedKey

KEY_SCHEMA: Final = "contraspec.key/1"

_Command = TypeVar("_Command", bound=Callable[..., Any])


class KeyRecord(TypedDict):
    """``contraspec.key/1``: a public key and how it stands."""

    schema: str
    id: str
    name: str
    roles: list[str]
    state: str
    valid_from: str
    valid_until: str
    rotated_from: str
    revoked_at: str
    revoked_reason: str


def trust_file_option(function: _Command) -> _Command:
    """``--trust FILE``, needed by those that read or write it."""
    return click.option(
        "--trust",
        metavar="FILE",
        help="The trust file. Default: the one that the environment variable CONTRASPEC_TRUST names.",
    )(function)


def trust_path(trust: str | None) -> str:
    """Path of the trust file.

    Raises
    ------
    click.UsageError
        When neither option nor environment names one.
    """
    path = trust_file(trust)
    if not path:
        raise click.UsageError(f"No trust file: name one with --trust, or in {TRUST_VARIABLE}.")
    return path


def key_record(key: "TrustedKey") -> KeyRecord:
    """Say whose a key is and how it stands."""
    return {
        "schema": KEY_SCHEMA,
        "id": key.id,
        "name": key.name,
        "roles": list(key.roles),
        "state": key.state,
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
        "rotated_from": key.rotated_from,
        "revoked_at": key.revoked_at,
        "revoked_reason": key.revoked_reason,
    }


def key_line(key: "TrustedKey") -> str:
    """One line about a key."""
    facts = [key.id, key.name, " and ".join(key.roles), key.state, f"from {key.valid_from}"]
    if key.valid_until:
        facts.append(f"to {key.valid_until}")
    if key.revoked_at:
        facts.append(f"revoked {key.revoked_at}: {key.revoked_reason}")
    return ", ".join(facts)
