"""Certificates: that of the server with its key, and those of the clients that may come."""

import os
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_private_key,
    load_pem_private_key,
)

from spectra.errors import BridgeError

from .opcua_address import Address

_MAX_FILES: Final = 1000
_MAX_BYTES: Final = 65_536
_MIN_BITS: Final = 2048


def read_pair(address: Address) -> tuple[x509.Certificate, RSAPrivateKey, str]:
    """Read the server's certificate and key, and the URI that the certificate names, if any.

    Parameters
    ----------
    address : Address
        Which files.

    Raises
    ------
    BridgeError
        Files that are none, or that do not belong together.
    """
    try:
        certificate = _certificate(_read(address.certificate))
        key = _key(_read(address.key))
    except (OSError, ValueError, TypeError) as error:
        raise BridgeError(
            f"{address.certificate}, {address.key}: expected a certificate and its key without passphrase, "
            f"PEM or DER ({error})"
        ) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < _MIN_BITS:
        raise BridgeError(f"{address.key}: expected an RSA key of at least {_MIN_BITS} bits")
    if key.public_key() != certificate.public_key():
        raise BridgeError(f"{address.key}: is not the key of {address.certificate}")
    return certificate, key, _uri_of(certificate)


def trusted(folder: str) -> set[bytes]:
    """Read the certificates of a folder, as DER; what is none is passed over.

    Parameters
    ----------
    folder : str
        Of at most a thousand files.
    """
    found: set[bytes] = set()
    try:
        paths = sorted(each.path for each in os.scandir(folder) if each.is_file())[:_MAX_FILES]
    except OSError:
        return found
    for path in paths:
        try:
            found.add(_certificate(_read(path)).public_bytes(Encoding.DER))
        except (OSError, ValueError):
            continue
    return found


def is_current(certificate: bytes) -> bool:
    """Whether a certificate holds today.

    Parameters
    ----------
    certificate : bytes
        As DER.
    """
    read = x509.load_der_x509_certificate(certificate)
    return read.not_valid_before_utc <= datetime.now(UTC) <= read.not_valid_after_utc


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(_MAX_BYTES)


def _certificate(data: bytes) -> x509.Certificate:
    if b"-----BEGIN" in data:
        return x509.load_pem_x509_certificate(data)
    return x509.load_der_x509_certificate(data)


def _key(data: bytes) -> Any:
    load = load_pem_private_key if b"-----BEGIN" in data else load_der_private_key
    return load(data, None)


def _uri_of(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), "")
