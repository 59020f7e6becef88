"""Which peers a bridge has: one address each, its settings in the address."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .peer import Peer

KINDS: Final = ("mqtt", "opcua", "sapient")
"""Modules of this folder; each has ``open_peer(address)``."""


def open_peers(addresses: "Mapping[str, str | None]") -> "tuple[Peer, ...]":
    """Make the peers that were asked for.

    Parameters
    ----------
    addresses : mapping
        Address by kind; None for those not wanted.

    Raises
    ------
    BridgeError
        An address or setting that cannot be used.
    ExtraError
        A package that is not installed.
    """
    wanted = [(kind, addresses[kind]) for kind in KINDS if addresses.get(kind)]
    return tuple(import_module(f"{__package__}.{kind}").open_peer(address) for kind, address in wanted)
