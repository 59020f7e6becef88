"""``keys``, ``library release``, ``verify``, ``validate`` and ``diff`` as they are typed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from libraries.engine import open_starter
from libraries.releases import _ed25519
from libraries.starter.tables import FOLDER
from tests.commands.conftest import Ran, scan_text

PASSPHRASE = "correct horse battery"
Run = Callable[..., Ran]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """Folder with a library, the keys of Anna and Ben, and a trust file."""
    monkeypatch.setattr(_ed25519, "_KDF_ROUNDS", 1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONTRASPEC_PASSPHRASE", PASSPHRASE)
    monkeypatch.delenv("CONTRASPEC_TRUST", raising=False)
    shutil.copyfile(FOLDER / "starter.h5", "lib.h5")
    Path("scan.csv").write_text(scan_text(), encoding="utf-8")
    assert run("keys", "create", "anna.pem", "--name", "Anna", "--role", "creator").code == 0
    made = run("keys", "create", "ben.pem", "--name", "Ben", "--role", "approver", "--format", "json")
    assert json.loads(made.out)["roles"] == ["approver"]
    assert run("keys", "trust", "anna.pub.json", "ben.pub.json", "--trust", "t.json").code == 0
    return tmp_path


def release(run: Run, *more: str, output: str = "rel.h5") -> Ran:
    keys = ("--creator-key", "anna.pem", "--approver-key", "ben.pem")
    return run("library", "release", "lib.h5", "--release", "2026.1", *keys, *more, "-o", output)


def one(ran: Ran) -> dict:
    return json.loads(ran.out.splitlines()[-1])


class TestKeys:
    def test_list_says_how_each_stands(self, lab, run):
        lines = run("keys", "list", "--trust", "t.json").out.splitlines()
        assert [("Anna, creator, good" in lines[0]), ("Ben, approver, good" in lines[1])] == [True, True]
        told = [
            json.loads(line)
            for line in run("keys", "list", "--trust", "t.json", "--format", "json").out.splitlines()
        ]
        assert {each["schema"] for each in told} == {"contraspec.key/1"}
        assert [each["state"] for each in told] == ["good", "good"]

    def test_rotate_and_revoke(self, lab, run, monkeypatch):
        monkeypatch.setenv("CONTRASPEC_NEW_PASSPHRASE", "another battery horse")
        assert run("keys", "rotate", "anna.pem", "anna2.pem").code == 0
        assert run("keys", "trust", "anna2.pub.json", "--trust", "t.json").code == 0
        told = run("keys", "list", "--trust", "t.json").out
        assert [word in told for word in ("Anna, creator, ended", "Anna, creator, good")] == [True, True]
        assert release(run).code == 0  # her own record says nothing of the end; the trust file does
        refused = release(run, "--trust", "t.json", output="no.h5")
        assert refused.code == 4
        assert "sign with the one that replaced it" in refused.err
        monkeypatch.setenv("CONTRASPEC_TRUST", "t.json")
        ben = json.loads(run("keys", "list", "--format", "json").out.splitlines()[1])["id"]
        assert "revoked" in run("keys", "revoke", ben[:10], "--reason", "lost").out
        assert run("keys", "revoke", ben, "--reason", "lost").code == 4

    def test_no_file_is_replaced_and_no_secret_is_told(self, lab, run):
        again = run("keys", "create", "anna.pem", "--name", "Anna", "--role", "creator")
        assert again.code == 4
        assert "no key is ever replaced" in again.err
        assert PASSPHRASE not in again.out + again.err

    def test_without_a_passphrase_and_without_a_terminal(self, lab, run, monkeypatch):
        monkeypatch.delenv("CONTRASPEC_PASSPHRASE")
        asked = run("keys", "create", "cas.pem", "--name", "Cas", "--role", "creator")
        assert asked.code == 2
        assert "CONTRASPEC_NEW_PASSPHRASE or CONTRASPEC_PASSPHRASE" in asked.err
        assert not Path("cas.pem").exists()

    def test_it_is_asked_for_at_a_terminal(self, lab, run, monkeypatch):
        import sys

        import click

        monkeypatch.delenv("CONTRASPEC_PASSPHRASE")
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        asked = []
        monkeypatch.setattr(click, "prompt", lambda text, **how: asked.append((text, how)) or PASSPHRASE)
        assert run("keys", "create", "cas.pem", "--name", "Cas", "--role", "creator").code == 0
        ((text, how),) = asked
        assert "cas.pem" in text
        assert (how["hide_input"], how["confirmation_prompt"]) == (True, True)

    def test_no_trust_file(self, lab, run):
        assert run("keys", "list").code == 2
        gone = run("keys", "list", "--trust", "gone.json", "--format", "json")
        assert (gone.code, one(gone)["error"]) == (4, "library")


class TestWhoIsNotKnown:
    def test_an_approver_whom_the_trust_file_does_not_know_is_warned_of(self, lab, run):
        assert run("keys", "create", "eve.pem", "--name", "Eve", "--role", "approver").code == 0
        step = ("library", "release", "lib.h5", "--release", "2026.1", "--creator-key", "anna.pem")
        assert run(*step, "--trust", "t.json", "-o", "draft.h5").err == ""
        done = run(
            "library", "release", "draft.h5", "--approver-key", "eve.pem", "--trust", "t.json", "-o", "rel.h5"
        )
        assert done.code == 0
        warned = [line for line in done.err.splitlines() if "warning" in line]
        assert len(warned) == 1
        assert "does not let Eve sign as approver" in warned[0]
        assert (
            "library_untrusted"
            in run("library", "verify", "rel.h5", "--trust", "t.json", "--format", "json").out
        )

    def test_those_it_knows_are_not_and_without_one_nobody_is(self, lab, run):
        for more in (("--trust", "t.json"), ()):
            assert "warning" not in release(run, *more).err


class TestRelease:
    def test_in_two_steps(self, lab, run):
        step = ("library", "release", "lib.h5", "--release", "2026.1", "--creator-key", "anna.pem")
        made = run(*step, "--expires", "2099-12-31", "-o", "draft.h5", "--format", "json")
        assert (made.code, one(made)["state"], one(made)["expires"]) == (0, "draft", "2099-12-31")
        done = run(
            "library", "release", "draft.h5", "--approver-key", "ben.pem", "--trust", "t.json", "-o", "rel.h5"
        )
        assert done.code == 0
        assert "released" in done.out
        assert "to be approved:" in done.err
        assert "expires 2099-12-31" in done.err
        said = run("library", "verify", "rel.h5", "--trust", "t.json").out
        assert "signed by Anna and Ben" in said
        assert "expires 2099-12-31" in said

    def test_at_once_or_not_at_all(self, lab, run, monkeypatch):
        Path("rel.h5").write_bytes(b"the old one")
        monkeypatch.setenv("CONTRASPEC_APPROVER_PASSPHRASE", "a wrong passphrase")
        failed = release(run)
        assert (failed.code, Path("rel.h5").read_bytes()) == (4, b"the old one")
        assert "ben.pem: cannot be opened" in failed.err
        monkeypatch.delenv("CONTRASPEC_APPROVER_PASSPHRASE")
        assert release(run).code == 0

    def test_one_person_cannot_do_both(self, lab, run):
        both = ("--role", "creator", "--role", "approver")
        run("keys", "create", "cas.pem", "--name", "Cas", *both)
        run("keys", "create", "cas2.pem", "--name", "cas", *both)
        for approver in ("cas.pem", "cas2.pem"):
            ran = run("library", "release", "lib.h5", "--release", "N", "--creator-key", "cas.pem",
                      "--approver-key", approver, "-o", "x.h5")  # fmt: skip
            assert ran.code == 4
            assert "two people answer" in ran.err
            assert not Path("x.h5").exists()

    @pytest.mark.parametrize(
        ("options", "match"),
        [
            (("--release", "N"), "Nobody signs"),
            (("--creator-key", "anna.pem"), "give --release NAME"),
            (("--approver-key", "ben.pem", "--release", "N"), "An approver changes nothing"),
            (("--approver-key", "ben.pem", "--expires", "2099-01-01"), "An approver changes nothing"),
            (("--creator-key", "anna.pem", "--release", "N", "--expires", "soon"), "--expires"),
        ],
    )
    def test_wrong_usage(self, lab, run, options, match):
        ran = run("library", "release", "lib.h5", *options, "-o", "x.h5")
        assert ran.code == 2
        assert match in ran.err


class TestPolicies:
    @pytest.mark.parametrize(
        ("options", "reasons"),
        [
            (("-l", "lib.h5"), ["library_unsigned"]),
            (("-l", "rel.h5"), ["library_untrusted"]),
            (("-l", "rel.h5", "--trust", "t.json"), []),
            (("-l", "rel.h5", "--trust", "t.json", "--policy", "signed"), []),
            ((), ["starter_library"]),
        ],
    )
    def test_a_result_says_what_its_library_lacks(self, lab, run, options, reasons):
        assert release(run).code == 0
        ran = run("identify", "scan.csv", *options, "--format", "json")
        assert ran.code == 0
        assert [code for code in one(ran)["reasons"] if "library" in code] == reasons
        if "rel.h5" in options:
            assert one(ran)["provenance"]["library"][0]["release"] == "2026.1"

    @pytest.mark.parametrize("options", [("-l", "lib.h5"), ("-l", "rel.h5"), ()])
    def test_signed_refuses_the_rest(self, lab, run, options):
        assert release(run).code == 0
        ran = run("identify", "scan.csv", *options, "--policy", "signed", "--format", "json")
        assert (ran.code, one(ran)["error"]) == (4, "library")
        assert "refused under policy 'signed'" in one(ran)["message"]

    def test_the_environment_names_the_trust_file(self, lab, run, monkeypatch):
        assert release(run).code == 0
        monkeypatch.setenv("CONTRASPEC_TRUST", "t.json")
        assert run("identify", "scan.csv", "-l", "rel.h5", "--policy", "signed").code == 0
        assert one(run("library", "verify", "rel.h5", "--format", "json"))["trust"] == "t.json"
        monkeypatch.setenv("CONTRASPEC_TRUST", "gone.json")
        assert run("identify", "scan.csv", "-l", "rel.h5").code == 4

    def test_officers_read_why(self, lab, run):
        assert "Nobody has signed this library." in run("identify", "scan.csv", "-l", "lib.h5").out


class TestVerify:
    def test_unsigned_is_intact(self, lab, run):
        ran = run("library", "verify", "lib.h5")
        assert ran.code == 0
        assert ran.out.startswith("intact: lib.h5: contraspec starter: unsigned")
        told = one(run("library", "verify", "lib.h5", "--format", "json"))
        assert (told["schema"], told["state"], told["intact"]) == ("contraspec.verified/1", "unsigned", True)

    def test_signatures_taken_off_are_told_wherever_a_result_is(self, lab, run):
        from libraries._storing import read_sealed

        assert release(run).code == 0
        Path("bare.h5").write_bytes(read_sealed("rel.h5"))
        assert Path("bare.h5").stat().st_size < Path("rel.h5").stat().st_size
        told = run("library", "verify", "bare.h5", "--trust", "t.json")
        assert (told.code, "unsigned" in told.out) == (0, True)
        assert "note: nobody has signed it, or its signatures were taken off" in told.out
        asked = ("identify", "-l", "bare.h5", "--trust", "t.json")
        assert "library_unsigned" in one(run(*asked, "--format", "json", "scan.csv"))["reasons"]
        assert "Nobody has signed this library." in run(*asked, "--report", "r.html", "scan.csv").out
        report = Path("r.html").read_text(encoding="utf-8")
        assert "Nobody has signed this library." in report
        assert "not signed" in report
        assert "taken off" in run("library", "verify", "bare.h5", "--policy", "signed").err

    def test_without_a_trust_file_it_says_who_claims_to_have_signed(self, lab, run):
        release(run)
        said = run("library", "verify", "rel.h5").out
        assert "signed, as it says, by Anna and Ben" in said
        assert "not known here" in said

    @pytest.mark.parametrize("place", [700, -700, -20])
    def test_altered_is_refused(self, lab, run, place):
        release(run)
        data = bytearray(Path("rel.h5").read_bytes())
        data[place] ^= 1
        Path("rel.h5").write_bytes(data)
        ran = run("library", "verify", "rel.h5", "--format", "json")
        assert (ran.code, one(ran)["schema"], one(ran)["error"]) == (4, "contraspec.error/1", "library")
        assert run("identify", "scan.csv", "-l", "rel.h5").code == 4

    def test_missing(self, lab, run):
        ran = run("library", "verify", "gone.h5")
        assert ran.code == 4
        assert ran.err.startswith("contraspec: error: gone.h5: no file is there")

    def test_expired(self, lab, run, monkeypatch):
        from libraries.releases import policy, signing

        monkeypatch.setattr(signing, "now_text", lambda: "2020-01-01T00:00:00+00:00")
        for name in ("anna", "ben"):
            record = json.loads(Path(f"{name}.pub.json").read_text())
            Path(f"{name}.pub.json").write_text(
                json.dumps(record | {"valid_from": "2019-01-01T00:00:00+00:00"})
            )
        Path("t.json").unlink()
        run("keys", "trust", "anna.pub.json", "ben.pub.json", "--trust", "t.json")
        assert release(run, "--expires", "2021-01-01").code == 0
        ran = run("library", "verify", "rel.h5", "--trust", "t.json", "--format", "json")
        assert (ran.code, one(ran)["reasons"], one(ran)["expires"]) == (0, ["library_expired"], "2021-01-01")
        assert policy.WHY["library_expired"] in run("library", "verify", "rel.h5", "--trust", "t.json").out
        assert run("library", "verify", "rel.h5", "--trust", "t.json", "--policy", "signed").code == 4


class TestValidateAndDiff:
    @pytest.fixture
    def cases(self, lab) -> Path:
        starter = open_starter()
        chosen = [each for each in starter.references if each.label.grade == "C"][:3]
        (lab / "cases").mkdir()
        rows = ["file,substance"]
        for each in chosen:
            lines = "\n".join(
                f"{x:.2f},{1000 * y:.4f}"
                for x, y in zip(each.spectrum.axis, each.spectrum.intensity, strict=True)
            )
            (lab / "cases" / f"{each.id}.csv").write_text(
                f"Raman shift (cm-1),Intensity\n{lines}\n", encoding="utf-8"
            )
            rows.append(f"{each.id}.csv,{each.label.substance}")
        (lab / "m.csv").write_text("\n".join([*rows, "gone.csv,x"]), encoding="utf-8")
        return lab / "cases"

    def test_a_validated_release(self, cases, run):
        ran = run("library", "validate", "lib.h5", "cases", "--manifest", "m.csv", "-o", "summary.json")
        assert ran.code == 0
        assert "detected         3 of 3: 100.0 % (43.9 to 100.0 %)" in ran.out
        assert "contraspec: failed: gone.csv: there is no such file" in ran.err
        told = one(run("library", "validate", "lib.h5", "cases", "--manifest", "m.csv", "--format", "json"))
        assert told["schema"] == "contraspec.validation/1"
        assert told["cases"] == json.loads(Path("summary.json").read_text())["cases"]
        assert release(run, "--validation", "summary.json").code == 0
        verified = one(run("library", "verify", "rel.h5", "--trust", "t.json", "--format", "json"))
        assert verified["validation"]["total"]["detection"]["k"] == 3

    def test_the_summary_of_another_library(self, cases, run):
        run("library", "validate", "lib.h5", "cases", "-o", "summary.json")
        summary = json.loads(Path("summary.json").read_text())
        summary["library"]["sha256"] = "00" * 32
        Path("summary.json").write_text(json.dumps(summary))
        ran = release(run, "--validation", "summary.json")
        assert ran.code == 4
        assert "validate this library" in ran.err

    def test_validate_the_starter_and_what_is_not_there(self, cases, run):
        assert run("library", "validate", "starter", "cases").code == 0
        assert run("library", "validate", "lib.h5", "nowhere").code == 4
        assert run("library", "validate", "gone.h5", "cases").code == 4

    def test_diff(self, cases, run):
        same = run("library", "diff", "lib.h5", "starter", "--cases", "cases")
        assert same.code == 0
        assert "no difference" in same.out
        assert "0 of 3 cases are answered differently" in same.out
        assert run("library", "build", "cases", "-o", "three.h5", "--no-calibrate").code == 0
        told = one(run("library", "diff", "lib.h5", "three.h5", "--cases", "cases", "--format", "json"))
        assert (told["schema"], told["same"], told["cases"]) == ("contraspec.diff/1", False, 3)
        assert {each["kind"] for each in told["references"]} == {"added", "removed"}
        assert told["calibration"]["calibrated"] == {"old": True, "new": False}
        assert len(told["verdicts"]) == 3
        text = run("library", "diff", "lib.h5", "three.h5", "--cases", "cases").out
        assert "3 of 3 cases are answered differently" in text
        assert run("library", "diff", "lib.h5", "gone.h5").code == 4
