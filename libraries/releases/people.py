"""People and their keys: a private key behind a passphrase, and the public record beside it."""

import os
from dataclasses import dataclass, replace
from typing import Final

from spectra.errors import LibraryError

from . import _ed25519
from .block import Role, key_id
from .trust import Trust, TrustedKey, now_text, read_public, rotation_bytes, write_public

PUBLIC_SUFFIX: Final = ".pub.json"
"""Of the public record beside a private key: ``anna.pem`` and ``anna.pub.json``."""
_MAX_KEY_BYTES: Final = 64 * 1024


@dataclass(frozen=True)
class Person:
    """Somebody with an opened key.

    Attributes
    ----------
    key : TrustedKey
        Public record: name and roles.
    signer : Signer
        The private key.
    """

    key: TrustedKey
    signer: _ed25519.Signer


def create_key(path: str, passphrase: str, *, name: str, roles: tuple[Role, ...]) -> TrustedKey:
    """Make a key pair: the private key at ``path``, its public record beside it.

    Raises
    ------
    LibraryError
        When a file stands there already, or name, roles or passphrase will not do.
    ExtraError
        When ``cryptography`` is not installed.
    """
    _check_free(path)
    private, signer = _ed25519.generate(passphrase)
    key = TrustedKey(key_id(signer.public), name.strip(), signer.public.hex(), roles, now_text())
    _write_pair(path, private, key)
    return key


def rotate_key(old: Person, path: str, passphrase: str) -> TrustedKey:
    """Make the key that replaces another, signed by that one; name and roles stay.

    Raises
    ------
    LibraryError, ExtraError
        As ``create_key``.
    """
    _check_free(path)
    private, signer = _ed25519.generate(passphrase)
    public = signer.public
    key = TrustedKey(
        key_id(public), old.key.name, public.hex(), old.key.roles, now_text(), rotated_from=old.key.id
    )
    key = replace(key, rotation=old.signer.sign(rotation_bytes(key)).hex())
    _write_pair(path, private, key)
    return key


def open_person(path: str, passphrase: str, *, trust: Trust | None = None) -> Person:
    """Open a private key and find out whose it is.

    Parameters
    ----------
    path : str
        The private key.
    passphrase : str
        Its passphrase.
    trust : Trust, optional
        Asked first; without the key in it, the public record beside the private key is.

    Raises
    ------
    LibraryError
        When the key cannot be opened, or nothing says whose it is.
    ExtraError
        When ``cryptography`` is not installed.
    """
    try:
        with open(path, "rb") as file:
            private = file.read(_MAX_KEY_BYTES)
    except OSError as error:
        raise LibraryError(f"{path}: the key cannot be read ({error.strerror}); check the path") from error
    signer = _ed25519.unlock(private, passphrase, path)
    known = trust.find(key_id(signer.public)) if trust else None
    key = known or read_public(public_path(path))
    if key.public != signer.public.hex():
        raise LibraryError(f"{public_path(path)}: is of another key than {path}; keep the two together")
    return Person(key, signer)


def public_path(path: str) -> str:
    """Where the public record of a private key stands."""
    return f"{os.path.splitext(path)[0]}{PUBLIC_SUFFIX}"


def _check_free(path: str) -> None:
    """Refuse to write over a key: nobody can make it again."""
    for each in (path, public_path(path)):
        if os.path.lexists(each):
            raise LibraryError(f"{each}: stands there already, and no key is ever replaced; choose another")


def _write_pair(path: str, private: bytes, key: TrustedKey) -> None:
    """Write the encrypted private key for its owner only, and the public record beside it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with open(descriptor, "wb") as file:
            file.write(private)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise LibraryError(
            f"{path}: the key cannot be written ({error.strerror}); check the folder"
        ) from error
    write_public(key, public_path(path))
