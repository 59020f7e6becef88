"""Who may sign a release, what they may sign, and on which terms."""

import dataclasses

import pytest

from libraries.releases.signing import Terms, approve, draft_release, open_draft, write_release
from libraries.releases.trust import Trust, now_text
from spectra.errors import LibraryError
from tests.store.releases import Lab, person
from tests.store.test_releases import lab

__all__ = ["lab"]


class TestWhoMaySign:
    def test_not_the_creator_again(self, lab: Lab):
        draft = draft_release(str(lab.folder / "l.h5"), Terms("N"), creator=lab.ben)
        with pytest.raises(LibraryError, match="'Ben', who cannot approve it too"):
            approve(draft, approver=lab.ben)
        other = person(lab.folder, "ben ", "approver", file="ben2")
        with pytest.raises(LibraryError, match="two people"):
            approve(draft, approver=other)

    def test_not_in_a_role_that_the_key_has_not(self, lab: Lab):
        draft = draft_release(str(lab.folder / "l.h5"), Terms("N"), creator=lab.ben)
        with pytest.raises(LibraryError, match="may sign as creator, not as approver"):
            approve(draft, approver=lab.anna)

    def test_not_with_an_ended_or_revoked_key(self, lab: Lab):
        for change in ({"valid_until": "2020-01-01T00:00:00+00:00"}, {"revoked_at": now_text()}):
            ended = dataclasses.replace(lab.anna, key=dataclasses.replace(lab.anna.key, **change))
            with pytest.raises(LibraryError, match="sign with the one that replaced it"):
                draft_release(str(lab.folder / "l.h5"), Terms("N"), creator=ended)

    def test_no_draft_no_approval(self, lab: Lab):
        for path, state in ((lab.folder / "l.h5", "unsigned"), (lab.release(), "signed")):
            with pytest.raises(LibraryError, match=f"is {state}, an approver signs a draft"):
                open_draft(str(path))

    def test_a_draft_of_somebody_unknown_or_revoked(self, lab: Lab):
        draft = draft_release(str(lab.folder / "l.h5"), Terms("N"), creator=lab.anna)
        write_release(str(lab.folder / "d.h5"), draft, draft.release)
        revoked = lab.trust.revoked(lab.anna.key.id, at=now_text(), reason="lost")
        for trust in (Trust((lab.ben.key,)), revoked):
            with pytest.raises(LibraryError, match="does not let 'Anna' create"):
                open_draft(str(lab.folder / "d.h5"), trust=trust)

    @pytest.mark.parametrize(
        ("terms", "match"),
        [
            (Terms(" "), "release name"),
            (Terms("N", "2020-01-01"), "that day is over"),
            (Terms("N", "", {"library": {"sha256": "ab"}}), "validate this library"),
            (Terms("N", "", {}), "validate this library"),
        ],
    )
    def test_terms_that_do_not_fit(self, lab: Lab, terms, match):
        with pytest.raises(LibraryError, match=match):
            draft_release(str(lab.folder / "l.h5"), terms, creator=lab.anna)

    def test_a_damaged_library(self, lab: Lab):
        path = lab.folder / "l.h5"
        whole = bytearray(path.read_bytes())
        whole[-20] ^= 1
        path.write_bytes(whole)
        with pytest.raises(LibraryError, match="damaged"):
            draft_release(str(path), Terms("N"), creator=lab.anna)
