"""Who may sign: public keys with names, roles, validity and revocation, in one JSON file.

The file is what a device believes. Nothing protects it but the rights of the folder it lies in:
who may write it decides who is trusted.
"""

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Final

from spectra._atomic import write_atomically
from spectra.errors import LibraryError, WriteError

from ..canonical import canonical
from . import _ed25519
from .block import ROLES, Role, key_id

TRUST_SCHEMA: Final = "contraspec.trust/1"
KEY_SCHEMA: Final = "contraspec.public_key/1"
MAX_TRUST_BYTES: Final = 2**20
_ROTATION: Final = b"contraspec.rotation/1\n"


@dataclass(frozen=True)
class TrustedKey:
    """A public key and whose it is.

    Attributes
    ----------
    id : str
        ``key_id`` of the key.
    name : str
        Of the person; two keys of one name are one person's.
    public : str
        64 hexadecimal digits.
    roles : tuple of str
        What the key may sign as, of ``block.ROLES``.
    valid_from, valid_until : str
        ISO 8601 in UTC; signatures made between them count. No end when empty.
    rotated_from : str
        Id of the key that this one replaces; empty for a first key.
    rotation : str
        Signature of that key over this one, 128 hexadecimal digits.
    revoked_at, revoked_reason : str
        When and why it was revoked; empty for a good key. No signature of a revoked key counts,
        whenever it claims to be made: who stole a key can write any date.
    """

    id: str
    name: str
    public: str
    roles: tuple[Role, ...]
    valid_from: str
    valid_until: str = ""
    rotated_from: str = ""
    rotation: str = ""
    revoked_at: str = ""
    revoked_reason: str = ""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name != "roles" and not isinstance(value, str):
                raise LibraryError(f"key {self.id!r}: {each.name} is {value!r}, expected text")
        try:
            fits = key_id(bytes.fromhex(self.public)) == self.id
            bytes.fromhex(self.rotation)
        except ValueError as error:
            raise LibraryError(f"key {self.id!r}: {error}; expected hexadecimal digits") from error
        if not fits or len(self.public) != 64:
            raise LibraryError(f"key {self.id!r}: its id is not that of its public key; enter it again")
        if not self.name.strip() or len(self.name) > 200:
            raise LibraryError(f"key {self.id}: name {self.name!r:.60}, expected a person's name")
        if not self.roles or not set(self.roles) <= set(ROLES):
            raise LibraryError(f"key {self.id}: roles {self.roles!r}, expected {' or '.join(ROLES)}")
        for moment in filter(None, (self.valid_from, self.valid_until, self.revoked_at)):
            moment_of(moment)

    @property
    def state(self) -> str:
        """``revoked``, ``ended`` or ``good``."""
        if self.revoked_at:
            return "revoked"
        return "ended" if self.valid_until else "good"

    def covers(self, moment: str) -> bool:
        """Whether a moment lies in the validity."""
        at = moment_of(moment)
        begun = moment_of(self.valid_from) <= at
        return begun and (not self.valid_until or at <= moment_of(self.valid_until))


@dataclass(frozen=True)
class Trust:
    """The keys that are trusted, in the order they were entered."""

    keys: tuple[TrustedKey, ...] = ()

    def find(self, key: str) -> TrustedKey | None:
        """Key of an id."""
        return next((each for each in self.keys if each.id == key), None)

    def with_key(self, key: TrustedKey) -> "Trust":
        """Enter a key.

        A rotated key needs the one before it in the file, good, and its signature; that one ends then.

        Raises
        ------
        LibraryError
            When it stands there already or its rotation is not signed by a trusted key.
        """
        if self.find(key.id) is not None:
            raise LibraryError(f"key {key.id} of {key.name!r} is trusted already")
        if not key.rotated_from:
            return Trust((*self.keys, key))
        before = self._before(key)
        if before.revoked_at:
            raise LibraryError(
                f"key {key.id}: the key before it, {before.id}, is revoked and can pass nothing on; "
                f"let {key.name!r} create a new key"
            )
        if (before.name, before.roles) != (key.name, key.roles):
            raise LibraryError(f"key {key.id}: name or roles are not those of the key before it, {before.id}")
        ended = replace(before, valid_until=before.valid_until or key.valid_from)
        return Trust((*(ended if each.id == before.id else each for each in self.keys), key))

    def revoked(self, key: str, *, at: str, reason: str) -> "Trust":
        """Revoke a key; an id may be shortened to its first eight digits or more.

        Raises
        ------
        LibraryError
            When no key, or several, begin so, or it is revoked already.
        """
        found = [each for each in self.keys if len(key) >= 8 and each.id.startswith(key)]
        if len(found) != 1:
            raise LibraryError(f"key {key!r}: {len(found)} keys have that id; see 'contraspec keys list'")
        if found[0].revoked_at:
            raise LibraryError(f"key {found[0].id} was revoked at {found[0].revoked_at} already")
        revoked = replace(found[0], revoked_at=at, revoked_reason=reason)
        return Trust(tuple(revoked if each is found[0] else each for each in self.keys))

    def check_rotations(self) -> None:
        """Verify that every rotated key was signed by the one before it.

        Raises
        ------
        LibraryError
            When one was not.
        ExtraError
            When signatures cannot be verified here.
        """
        for key in self.keys:
            if key.rotated_from:
                self._before(key)

    def _before(self, key: TrustedKey) -> TrustedKey:
        before = self.find(key.rotated_from)
        if before is None:
            raise LibraryError(
                f"key {key.id} of {key.name!r} replaces {key.rotated_from}, which is not trusted: "
                f"enter that first"
            )
        if not _ed25519.fits(bytes.fromhex(before.public), bytes.fromhex(key.rotation), rotation_bytes(key)):
            raise LibraryError(
                f"key {key.id} of {key.name!r}: the key that it replaces did not sign it; ask {key.name!r}"
            )
        return before


def rotation_bytes(key: TrustedKey) -> bytes:
    """Bytes that an old key signs for the one that replaces it."""
    told = {name: getattr(key, name) for name in ("id", "name", "public", "valid_from", "rotated_from")}
    return _ROTATION + canonical({**told, "roles": list(key.roles)})


def read_trust(path: str | os.PathLike[str]) -> Trust:
    """Read a trust file.

    Raises
    ------
    LibraryError
        When it is missing, no trust file, or a key in it is malformed or stands twice.
    """
    shown = os.fspath(path)
    value = _read_json(shown, TRUST_SCHEMA)
    entries = value.get("keys")
    if not isinstance(entries, list):
        raise LibraryError(f"{shown}: has no list of keys; make it with 'contraspec keys trust'")
    keys = tuple(_key(entry, shown) for entry in entries)
    if len({key.id for key in keys}) != len(keys):
        raise LibraryError(f"{shown}: a key stands twice; keep one")
    return Trust(keys)


def write_trust(trust: Trust, path: str | os.PathLike[str]) -> None:
    """Write a trust file whole or not at all.

    Raises
    ------
    LibraryError
        When it cannot be written.
    """
    _write_json(os.fspath(path), {"schema": TRUST_SCHEMA, "keys": [asdict(key) for key in trust.keys]})


def read_public(path: str | os.PathLike[str]) -> TrustedKey:
    """Read the public record of a key, as ``keys create`` writes it.

    Raises
    ------
    LibraryError
        When it is missing or malformed.
    """
    shown = os.fspath(path)
    value = _read_json(shown, KEY_SCHEMA)
    return _key({name: each for name, each in value.items() if name != "schema"}, shown)


def write_public(key: TrustedKey, path: str | os.PathLike[str]) -> None:
    """Write the public record of a key.

    Raises
    ------
    LibraryError
        When it cannot be written.
    """
    _write_json(os.fspath(path), {"schema": KEY_SCHEMA, **asdict(key)})


def now_text(now: datetime | None = None) -> str:
    """Moment as trust files and releases write it."""
    return (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")


def moment_of(text: str) -> datetime:
    """Read a moment.

    Raises
    ------
    LibraryError
        When it is not ISO 8601 with its offset from UTC.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise LibraryError(f"time {text!r}: expected ISO 8601, such as 2026-01-31T12:00:00+00:00") from error
    if moment.tzinfo is None:
        raise LibraryError(f"time {text!r}: expected its offset from UTC, such as +00:00")
    return moment


def _key(entry: Any, path: str) -> TrustedKey:
    try:
        return TrustedKey(**{**entry, "roles": tuple(entry["roles"])})
    except (KeyError, TypeError) as error:
        raise LibraryError(f"{path}: an entry is no key ({error}); enter the key again") from error
    except LibraryError as error:
        raise LibraryError(f"{path}: {error}") from error


def _read_json(path: str, schema: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_TRUST_BYTES + 1)
        value = json.loads(data) if len(data) <= MAX_TRUST_BYTES else None
    except FileNotFoundError as error:
        raise LibraryError(f"{path}: no file is there, expected {schema}; check the path") from error
    except (OSError, ValueError, RecursionError) as error:
        raise LibraryError(f"{path}: cannot be read ({error}), expected {schema}; check the file") from error
    if not isinstance(value, dict) or value.get("schema") != schema:
        raise LibraryError(f"{path}: is not {schema}; check the path")
    return value


def _write_json(path: str, value: object) -> None:
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n"
    try:
        write_atomically(path, text.encode("ascii"))
    except WriteError as error:
        raise LibraryError(str(error)) from error
