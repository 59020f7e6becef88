"""Ed25519 (RFC 8032) by the package ``cryptography``: the only place that knows it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from spectra._extras import needs_extra
from spectra.errors import LibraryError

MIN_PASSPHRASE: Final = 12
"""Characters that a passphrase has at least."""

_EXTRA: Final = ("lab", "cryptography")
_KDF_ROUNDS: Final = 64
"""Of bcrypt_pbkdf, about half a second: what each guess at a passphrase costs."""


@dataclass(frozen=True)
class Signer:
    """A private key, opened.

    Attributes
    ----------
    public : bytes
        Its public key, 32 bytes.
    sign : callable
        Bytes to signature, 64 bytes. Never shown.
    """

    public: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)


def generate(passphrase: str) -> tuple[bytes, Signer]:
    """Make a key pair.

    Parameters
    ----------
    passphrase : str
        At least ``MIN_PASSPHRASE`` characters.

    Returns
    -------
    private : bytes
        OpenSSH's PEM, encrypted with the passphrase (bcrypt_pbkdf, AES-256).
    signer : Signer
        The same key, opened.

    Raises
    ------
    LibraryError
        When the passphrase is too short.
    ExtraError
        When ``cryptography`` is not installed.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise LibraryError(
            f"the passphrase has {len(passphrase)} characters, expected at least {MIN_PASSPHRASE}: "
            f"take a few words"
        )
    with needs_extra(*_EXTRA):
        import bcrypt  # noqa: F401  # what encrypts the key; cryptography loads it only when it does
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
    key = Ed25519PrivateKey.generate()
    form = PrivateFormat.OpenSSH
    encryption = form.encryption_builder().kdf_rounds(_KDF_ROUNDS).build(passphrase.encode("utf-8"))
    private = key.private_bytes(Encoding.PEM, form, encryption)
    return private, Signer(key.public_key().public_bytes_raw(), key.sign)


def unlock(private: bytes, passphrase: str, path: str) -> Signer:
    """Open a private key.

    Parameters
    ----------
    private : bytes
        As ``generate`` wrote it.
    passphrase : str
        Its passphrase.
    path : str
        What messages call the file.

    Raises
    ------
    LibraryError
        When the passphrase is wrong, or it is no encrypted Ed25519 key.
    ExtraError
        When ``cryptography`` is not installed.
    """
    with needs_extra(*_EXTRA):
        import bcrypt  # noqa: F401  # what decrypts the key
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_ssh_private_key
    try:
        key = load_ssh_private_key(private, passphrase.encode("utf-8"))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LibraryError(
            f"{path}: cannot be opened, the passphrase is wrong or it is no key with a passphrase; "
            f"make one with 'contraspec keys create'"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LibraryError(f"{path}: is no Ed25519 key; make one with 'contraspec keys create'")
    return Signer(key.public_key().public_bytes_raw(), key.sign)


def fits(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature is that of a key over a message.

    Parameters
    ----------
    public, signature : bytes
        32 and 64 bytes; of other lengths nothing fits.
    message : bytes
        What was signed.

    Raises
    ------
    ExtraError
        When ``cryptography`` is not installed.
    """
    with needs_extra(*_EXTRA):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
