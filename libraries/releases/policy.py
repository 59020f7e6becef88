"""What a load makes of signatures: altered is always refused, the rest is a matter of policy."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

from spectra.errors import ExtraError, LibraryError

if TYPE_CHECKING:
    from .block import Release, Signature
    from .trust import Trust, TrustedKey

Policy = Literal["integrity", "signed"]
POLICIES: Final[tuple[Policy, ...]] = get_args(Policy)

State = Literal["unsigned", "draft", "signed"]

WHY: Final[dict[str, str]] = {
    "library_unsigned": "nobody has signed it, or its signatures were taken off",
    "library_draft": "it is a draft, its creator signed it and no approver",
    "library_untrusted": "its signers are not known here, or not in these roles",
    "library_revoked": "a key that signed it is revoked",
    "library_expired": "its release has expired",
    "library_unchecked": 'its signatures cannot be checked here: that takes pip install "contraspec[lab]"',
}
"""Reasons that a result may give for a library, and what a refusal says of them."""


@dataclass(frozen=True)
class Standing:
    """How a library stands with those who answer for it.

    Attributes
    ----------
    state : str
        ``unsigned``; ``draft``: signed by its creator only; ``signed``.
    reasons : tuple of str
        Codes of what is missing, of ``WHY``; none for a library in good standing.
    release : Release or None
        What was signed.
    signers : tuple of str
        Names by role: creator, then approver. The trust file's where it knows the key.
    """

    state: State
    reasons: tuple[str, ...] = ()
    release: "Release | None" = None
    signers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gate:
    """Judge of a library's signatures.

    Attributes
    ----------
    policy : str
        ``integrity``: what is not in order is used, and every result says what. ``signed``: refused.
    trust : Trust or None
        Who may sign; without it no signer is known.
    now : datetime or None
        By which expiry is judged; the clock when None.
    """

    policy: Policy = "integrity"
    trust: "Trust | None" = None
    now: datetime | None = None

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise LibraryError(f"policy {self.policy!r}: expected {' or '.join(POLICIES)}")

    def judge(self, release: "Release | None", path: str) -> Standing:
        """Say how a library stands, before its content is read.

        Parameters
        ----------
        release : Release or None
            Its block, which fits its seal.
        path : str
            What messages call it.

        Raises
        ------
        LibraryError
            A signature that does not fit, always; under ``signed`` whatever is not in order.
        """
        standing = self._standing(release, path)
        if self.policy == "signed" and standing.reasons:
            why = "; ".join(WHY[reason] for reason in standing.reasons)
            raise LibraryError(
                f"{path}: is refused under policy 'signed': {why}; take a signed release and its trust file"
            )
        return standing

    def _standing(self, release: "Release | None", path: str) -> Standing:
        if release is None:
            return Standing("unsigned", ("library_unsigned",))
        reasons: list[str] = []
        try:
            _check_signatures(release, path)
            if self.trust is not None:
                self.trust.check_rotations()
        except ExtraError:
            reasons.append("library_unchecked")
        keys = [self.trust.find(each.key) if self.trust else None for each in release.signatures]
        pairs = list(zip(release.signatures, keys, strict=True))
        signers = tuple(key.name if key else signature.name for signature, key in pairs)
        if not release.complete:
            return Standing("draft", (*reasons, "library_draft"), release, signers)
        if any(key is not None and key.revoked_at for key in keys):
            reasons.append("library_revoked")
        if not all(may_sign(signature, key) for signature, key in pairs) or _one_person(signers):
            reasons.append("library_untrusted")
        if release.statement.expires and self._today() > date.fromisoformat(release.statement.expires):
            reasons.append("library_expired")
        return Standing("signed", tuple(reasons), release, signers)

    def _today(self) -> date:
        return (self.now or datetime.now(UTC)).astimezone(UTC).date()


def _check_signatures(release: "Release", path: str) -> None:
    """Refuse a signature that is not that of the key it names."""
    from ._ed25519 import fits  # of use to signed libraries only, both
    from .block import signed_bytes

    for signature in release.signatures:
        message = signed_bytes(release, signature)
        if not fits(bytes.fromhex(signature.public), bytes.fromhex(signature.value), message):
            raise LibraryError(
                f"{path}: is damaged or was changed, the {signature.role}'s signature does not fit; "
                f"take the library from its release again"
            )


def may_sign(signature: "Signature", key: "TrustedKey | None") -> bool:
    """Whether the trust file lets a key sign in this role at this time."""
    return key is not None and signature.role in key.roles and key.covers(signature.signed)


def _one_person(names: tuple[str, ...]) -> bool:
    return len({name.strip().casefold() for name in names}) < len(names)
