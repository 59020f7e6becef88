"""What a load makes of signatures: altered is always refused, the rest is said or refused by policy."""

import dataclasses
import json
import subprocess
import sys
from datetime import UTC, datetime

import h5py
import pytest

from libraries import Library, _hdf5, _storing, save_library, verify_library
from libraries.releases import block, signing
from libraries.releases.block import Release, Signature, from_block, signed_bytes, to_block
from libraries.releases.policy import WHY, Gate
from libraries.releases.signing import Terms, approve, draft_release, open_draft, write_release
from libraries.releases.trust import Trust, now_text
from spectra.errors import ExtraError, LibraryError
from tests.store.releases import Lab, person, write_block
from tests.store.test_library import assert_same

HOUR = datetime(2031, 5, 1, 12, tzinfo=UTC)


def reasons(path, trust=None, now=None) -> tuple[str, ...]:
    return Library.open(path, gate=Gate(trust=trust, now=now)).standing.reasons


def refused_when_signed(path, trust=None, now=None) -> str:
    with pytest.raises(LibraryError, match="refused under policy 'signed'") as caught:
        Library.open(path, gate=Gate("signed", trust, now))
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.fixture(params=["read whole", "mapped"])
def lab(request, lab, monkeypatch):
    """Both containers."""
    if request.param == "mapped":
        monkeypatch.setattr(_storing, "INDEXED_FROM", 1)
        library = Library.open(lab.folder / "l.h5")
        save_library(library, lab.folder / "l.h5")
        assert (lab.folder / "l.h5").read_bytes().startswith(b"contraspec.library 2\n")
    return lab


class TestGoodStanding:
    def test_is_used_under_either_policy(self, lab: Lab):
        path = lab.release()
        for policy in ("integrity", "signed"):
            library = verify_library(path, gate=Gate(policy, lab.trust))
            assert library.standing.reasons == ()
            assert library.standing.signers == ("Anna", "Ben")
            assert library.release_name == "2026.1"

    def test_signing_changes_no_byte_of_the_library(self, lab: Lab):
        path = lab.release()
        unsigned = (lab.folder / "l.h5").read_bytes()
        assert path.read_bytes().startswith(unsigned)
        assert_same(Library.open(lab.folder / "l.h5"), Library.open(path))
        assert _storing.read_sealed(str(path)) == unsigned
        with h5py.File(path, "r") as file:
            assert file.attrs["format"] == "contraspec.library"

    def test_states_what_was_released(self, lab: Lab):
        library = Library.open(lab.folder / "l.h5")
        validation = {"schema": "contraspec.validation/1", "library": {"sha256": library.content_sha256}}
        path = lab.release(Terms("N", "2099-12-31", validation))
        stated = Library.open(path).signed.statement
        assert stated.content_sha256 == library.content_sha256
        assert (stated.name, stated.library, stated.references) == ("N", "proef", 4)
        assert (stated.expires, stated.validation) == ("2099-12-31", validation)
        assert len(stated.calibration_sha256) == 64

    def test_without_a_gate_it_opens_unjudged(self, lab: Lab):
        assert Library.open(lab.release()).standing is None

    def test_in_two_steps_on_two_machines(self, lab: Lab):
        draft = draft_release(str(lab.folder / "l.h5"), Terms("2026.1"), creator=lab.anna)
        write_release(str(lab.folder / "draft.h5"), draft, draft.release)
        opened = open_draft(str(lab.folder / "draft.h5"), trust=lab.trust)
        assert opened.creator == "Anna"
        write_release(str(lab.folder / "draft.h5"), opened, approve(opened, approver=lab.ben))
        assert reasons(lab.folder / "draft.h5", lab.trust) == ()


class TestSaidOrRefused:
    def test_unsigned(self, lab: Lab):
        path = lab.folder / "l.h5"
        assert reasons(path, lab.trust) == ("library_unsigned",)
        assert "nobody has signed it" in refused_when_signed(path, lab.trust)

    def test_stripping_the_signatures_makes_it_unsigned(self, lab: Lab):
        path = lab.release()
        path.write_bytes(_storing.read_sealed(str(path)))
        assert reasons(path, lab.trust) == ("library_unsigned",)
        refused_when_signed(path, lab.trust)

    def test_draft(self, lab: Lab):
        draft = draft_release(str(lab.folder / "l.h5"), Terms("2026.1"), creator=lab.anna)
        write_release(str(lab.folder / "d.h5"), draft, draft.release)
        library = Library.open(lab.folder / "d.h5", gate=Gate(trust=lab.trust))
        assert (library.standing.state, library.standing.reasons) == ("draft", ("library_draft",))
        assert library.release_name == library.release  # a draft is no release
        assert "no approver" in refused_when_signed(lab.folder / "d.h5", lab.trust)

    def test_unknown_signer(self, lab: Lab):
        path = lab.release(approver=lab.stranger)
        assert reasons(path, lab.trust) == ("library_untrusted",)
        assert reasons(path) == ("library_untrusted",)
        assert reasons(path, Trust()) == ("library_untrusted",)
        assert "not known here" in refused_when_signed(path, lab.trust)

    def test_known_signer_in_another_role(self, lab: Lab):
        path = lab.release()
        anna = dataclasses.replace(lab.anna.key, roles=("approver",))
        assert reasons(path, Trust((anna, lab.ben.key))) == ("library_untrusted",)

    def test_one_person_with_two_keys(self, lab: Lab):
        path = lab.release()
        ben = dataclasses.replace(lab.ben.key, name=" anna ")
        assert reasons(path, Trust((lab.anna.key, ben))) == ("library_untrusted",)

    def test_signed_outside_the_keys_validity(self, lab: Lab):
        path = lab.release()
        for change in ({"valid_from": now_text(HOUR)}, {"valid_until": "2020-01-01T00:00:00+00:00"}):
            ben = dataclasses.replace(lab.ben.key, **change)
            assert reasons(path, Trust((lab.anna.key, ben))) == ("library_untrusted",)

    def test_revoked(self, lab: Lab):
        path = lab.release()
        trust = lab.trust.revoked(lab.ben.key.id[:8], at=now_text(HOUR), reason="lost")
        assert reasons(path, trust) == ("library_revoked",)
        assert "revoked" in refused_when_signed(path, trust)

    @pytest.mark.parametrize(("day", "over"), [(1, False), (2, True)])
    def test_expired(self, lab: Lab, day, over):
        path = lab.release(Terms("N", "2031-05-01"))
        now = HOUR.replace(day=day)
        assert reasons(path, lab.trust, now) == (("library_expired",) if over else ())
        if over:
            assert "expired" in refused_when_signed(path, lab.trust, now)

    def test_several_at_once_are_all_said(self, lab: Lab):
        path = lab.release(Terms("N", "2031-05-01"), approver=lab.stranger)
        assert reasons(path, lab.trust, HOUR.replace(day=9)) == ("library_untrusted", "library_expired")

    def test_the_creator_twice_is_a_draft(self, lab: Lab):
        """Both signatures fit; they are one person's."""
        draft = draft_release(str(lab.folder / "l.h5"), Terms("N"), creator=lab.anna)
        key = lab.anna.key
        again = Signature("approver", key.id, key.public, key.name, now_text(), "")
        value = lab.anna.signer.sign(signed_bytes(draft.release, again)).hex()
        twice = Release(
            draft.release.statement, (*draft.release.signatures, dataclasses.replace(again, value=value))
        )
        write_release(str(lab.folder / "r.h5"), draft, twice)
        assert reasons(lab.folder / "r.h5", lab.trust) == ("library_draft",)
        refused_when_signed(lab.folder / "r.h5", lab.trust)

    def test_every_reason_has_its_refusal(self):
        assert set(WHY) == {
            f"library_{word}"
            for word in ("unsigned", "draft", "untrusted", "revoked", "expired", "unchecked")
        }


class TestAltered:
    """Whatever the policy, whoever is trusted."""

    def refuses(self, path, trust, match):
        for gate in (None, Gate(), Gate(trust=trust), Gate("signed", trust)):
            with pytest.raises(LibraryError, match=match):
                Library.open(path, gate=gate)

    @pytest.mark.parametrize(
        "change", [{"expires": "2099-01-01"}, {"name": "2027.1"}, {"validation": {"total": 1}}]
    )
    def test_a_statement_that_was_signed_otherwise(self, lab: Lab, change):
        path = lab.release()
        old = Library.open(path).signed
        altered = Release(dataclasses.replace(old.statement, **change), old.signatures)
        self.refuses(write_block(path, altered), lab.trust, "signature does not fit")

    def test_a_signature_of_another_release_of_the_same_library(self, lab: Lab):
        first, second = lab.release(), lab.release(Terms("2026.2"), name="second.h5")
        ours, theirs = Library.open(first).signed, Library.open(second).signed
        for signatures in (
            (ours.signatures[0], theirs.signatures[1]),
            (theirs.signatures[0], ours.signatures[1]),
            theirs.signatures,
        ):
            self.refuses(
                write_block(first, Release(ours.statement, signatures)), lab.trust, "signature does not fit"
            )

    def test_an_approval_of_another_creators_draft(self, lab: Lab, monkeypatch):
        """The statement is the same to the letter; the approver approved what Anna signed."""
        monkeypatch.setattr(signing, "now_text", lambda: "2026-02-03T04:05:06+00:00")
        dated = [dataclasses.replace(p, key=dataclasses.replace(p.key, valid_from=signing.now_text()))
                 for p in (lab.anna, lab.ben, lab.stranger)]  # fmt: skip
        first = lab.release(creator=dated[0], approver=dated[1])
        second = lab.release(creator=dated[2], approver=dated[1], name="second.h5")
        ours, theirs = Library.open(first).signed, Library.open(second).signed
        assert ours.statement == theirs.statement
        mixed = Release(ours.statement, (ours.signatures[0], theirs.signatures[1]))
        self.refuses(write_block(first, mixed), lab.trust, "the approver's signature does not fit")

    def test_a_signers_name_or_date(self, lab: Lab):
        path = lab.release()
        old = Library.open(path).signed
        for change in ({"name": "Director"}, {"signed": "2020-01-01T00:00:00+00:00"}):
            signatures = (dataclasses.replace(old.signatures[0], **change), old.signatures[1])
            self.refuses(
                write_block(path, Release(old.statement, signatures)), lab.trust, "signature does not fit"
            )

    def test_a_release_of_another_file(self, lab: Lab):
        path = lab.release()
        other = lab.folder / "other.h5"
        save_library(Library.open(lab.folder / "l.h5").with_calibration(None), other)
        self.refuses(
            write_block(other, Library.open(path).signed), lab.trust, "release is that of another file"
        )

    def test_rows_swapped_out_and_sealed_again(self, lab: Lab):
        """Who can seal cannot sign."""
        path = lab.release()
        block_bytes = path.read_bytes()[len(_storing.read_sealed(str(path))) :]
        save_library(dataclasses.replace(Library.open(lab.folder / "l.h5"), banner="trust me"), path)
        path.write_bytes(path.read_bytes() + block_bytes)
        self.refuses(path, lab.trust, "release is that of another file")

    @pytest.mark.parametrize(
        "behind", [b"\0", b"x" * 500, b"contraspec.release x\n", b"contraspec.release 1\n"]
    )
    def test_other_bytes_behind_the_library(self, lab: Lab, behind):
        path = lab.folder / "l.h5"
        path.write_bytes(path.read_bytes() + behind)
        self.refuses(path, lab.trust, "is damaged or was changed")

    def test_a_release_of_a_newer_version(self, lab: Lab):
        path = lab.release()
        path.write_bytes(path.read_bytes().replace(b"contraspec.release 1\n", b"contraspec.release 2\n", 1))
        self.refuses(path, lab.trust, "version 2; update contraspec")

    @pytest.mark.parametrize(
        "body",
        [
            b"[]",
            b"{}",
            b'{"signatures":[],"statement":{}}',
            b'{"signatures":{},"statement":7}',
            b"[" * 100_000,
            b"\xff",
        ],
    )
    def test_a_block_that_is_no_release(self, lab: Lab, body):
        path = lab.folder / "l.h5"
        path.write_bytes(path.read_bytes() + block._header(body) + body)
        self.refuses(path, lab.trust, "is damaged or was changed")

    def test_a_statement_that_can_be_read_in_two_ways(self, lab: Lab):
        """What is signed is the canonical text, so what stands there must be that."""
        path = lab.release()
        sealed = _storing.read_sealed(str(path))
        told = json.loads(path.read_bytes()[len(sealed) + block.HEADER_BYTES :])
        twice = json.dumps(told, sort_keys=True, separators=(",", ":"))
        twice = twice.replace('"name":"2026.1"', '"name":"2027.9","name":"2026.1"', 1)
        for text in (json.dumps(told), twice):
            path.write_bytes(sealed + block._header(text.encode()) + text.encode())
            self.refuses(path, lab.trust, "not written as contraspec writes it")

    def test_a_key_under_another_ones_id(self, lab: Lab):
        path = lab.release(creator=lab.stranger)
        old = Library.open(path).signed
        signatures = (dataclasses.replace(old.signatures[0], key=lab.anna.key.id), old.signatures[1])
        self.refuses(
            write_block(path, Release(old.statement, signatures)), lab.trust, "id is not that of the key"
        )


class TestBeforeHdf5:
    def test_a_refused_library_is_never_given_to_hdf5(self, lab: Lab, monkeypatch):
        path = lab.release(approver=lab.stranger)
        for name in ("from_sealed", "from_bytes"):
            monkeypatch.setattr(_hdf5, name, lambda *_: pytest.fail("HDF5 saw it"))
        monkeypatch.setattr(_storing, "_sealed_library", lambda *_: pytest.fail("content was read"))
        for each in (path, lab.folder / "l.h5"):
            refused_when_signed(each, lab.trust)
        old = from_block(
            path.read_bytes()[len(_storing.read_sealed(str(path))) :], path.read_bytes()[:512], "x"
        )
        altered = Release(dataclasses.replace(old.statement, name="other"), old.signatures)
        with pytest.raises(LibraryError, match="signature does not fit"):
            Library.open(write_block(path, altered), gate=Gate(trust=lab.trust))


class TestAChangeDropsIt:
    def test_every_copy_is_unsigned(self, lab: Lab):
        library = Library.open(lab.release(), gate=Gate(trust=lab.trust))
        for copy in (
            library.with_calibration(None),
            library.with_prepared([]),
            dataclasses.replace(library, banner="x"),
        ):
            assert (copy.signed, copy.standing, copy.release_name) == (None, None, library.release)

    def test_saving_is_a_change(self, lab: Lab):
        path = lab.release()
        library = Library.open(path, mapped=False)
        save_library(library, path)
        assert reasons(path, lab.trust) == ("library_unsigned",)
        assert Library.open(path).content_sha256 == library.content_sha256


class TestWithoutTheExtra:
    @pytest.fixture(autouse=True)
    def _no_cryptography(self, lab, monkeypatch):
        self.path = lab.release()
        for name in (
            "bcrypt",
            "cryptography.exceptions",
            "cryptography.hazmat.primitives.asymmetric.ed25519",
        ):
            monkeypatch.setitem(sys.modules, name, None)

    def test_signed_is_used_with_a_reason_or_refused(self, lab: Lab):
        assert reasons(self.path, lab.trust) == ("library_unchecked",)
        assert 'pip install "contraspec[lab]"' in refused_when_signed(self.path, lab.trust)

    def test_what_the_trust_file_says_counts_all_the_same(self, lab: Lab):
        trust = lab.trust.revoked(lab.ben.key.id, at=now_text(), reason="lost")
        assert reasons(self.path, trust) == ("library_unchecked", "library_revoked")

    def test_unsigned_needs_none(self, lab: Lab):
        assert reasons(lab.folder / "l.h5", lab.trust) == ("library_unsigned",)

    def test_signing_says_what_to_install(self, lab: Lab):
        with pytest.raises(ExtraError, match=r'pip install "contraspec\[lab\]"'):
            person(lab.folder, "Cas", "creator")


def test_the_block_is_read_as_it_was_written(lab: Lab):
    release = Library.open(lab.release()).signed
    seal = (lab.folder / "l.h5").read_bytes()[:512]
    assert from_block(to_block(release), seal, "x") == release


def test_what_is_signed_is_written_out(lab: Lab):
    """The rule of docs/releasing.md, checked without any of its code."""
    import hashlib

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    whole = lab.release().read_bytes()
    sealed = len((lab.folder / "l.h5").read_bytes())
    header, body = whole[sealed : sealed + 128], whole[sealed + 128 :]
    digest = hashlib.sha256(body).hexdigest()
    assert header.rstrip(b"\0").decode() == f"contraspec.release 1\nlength {len(body)}\nsha256 {digest}\n"
    told = json.loads(body)
    assert told["statement"]["seal_sha256"] == hashlib.sha256(whole[:512]).hexdigest()
    before = []
    for signature in told["signatures"]:
        value = signature.pop("value")
        message = {"statement": told["statement"], "signature": signature, "after": before}
        text = json.dumps(message, sort_keys=True, separators=(",", ":"))
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature["public"]))
        key.verify(bytes.fromhex(value), b"contraspec.release.signature/1\n" + text.encode())
        before = [*before, value]


def test_an_unsigned_library_loads_no_cryptography(lab: Lab):
    code = (
        "import sys; from libraries.engine import Engine; from libraries import Library;"
        "from libraries.releases.policy import Gate; Library.open(sys.argv[1], gate=Gate());"
        "unwanted = ('cryptography', 'bcrypt', 'libraries.releases.trust');"
        "print([name for name in sys.modules if name.startswith(unwanted)])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(lab.folder / "l.h5")], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"
