"""The workbench without a browser: who may talk to it, what its pages say, what its forms do."""

import builtins
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.workbench import _guard
from cli.workbench._jobs import MAX_JOBS, Job, Jobs
from cli.workbench.app import plotly_script
from cli.workbench.serving import HOST
from libraries.library import Library, verify_library
from libraries.releases.policy import Gate
from libraries.releases.trust import read_trust
from libraries.review import reviews_of, tally
from spectra.errors import LibraryError
from tests.commands.workbench_lab import PASSPHRASES, Bench

PAGES = ("", "findings", "confusables", "log", "release")


def first_id(bench: Bench, name: str = "caffeine") -> str:
    return next(label.id for label in bench.session.library.labels if label.substance == name)


def decide(bench: Bench, decision: str, *ids: str, **fields: str) -> None:
    answered = bench.post(
        "decide",
        {"form_token": bench.form_token, "head": bench.head, "who": "Anna", "decision": decision, "id": ids}
        | fields,
    )
    assert answered.status == 303, answered.text


def create_fields(bench: Bench, **changes: str) -> dict[str, object]:
    return {
        "form_token": bench.form_token,
        "step": "create",
        "head": bench.head,
        "name": "2026.1",
        "expires": "2999-12-31",
        "validation": "",
        "key": str(bench.folder / "anna.pem"),
        "passphrase": PASSPHRASES["anna"],
        "output": str(bench.folder / "draft.h5"),
        "despite": "yes",
    } | changes


def approve_fields(bench: Bench, **changes: str) -> dict[str, object]:
    draft = str(bench.folder / "draft.h5")
    text = bench.get(f"release?draft={draft}").text
    return {
        "form_token": bench.form_token,
        "step": "approve",
        "draft": draft,
        "seal": text.split('name="seal" value="', 1)[1].split('"', 1)[0],
        "key": str(bench.folder / "ben.pem"),
        "passphrase": PASSPHRASES["ben"],
        "output": str(bench.folder / "released.h5"),
    } | changes


class TestWhoMayTalkToIt:
    def test_it_listens_to_this_machine_only(self, bench: Bench) -> None:
        assert HOST == "127.0.0.1"
        assert bench.serving._socket.getsockname()[0] == "127.0.0.1"

    @pytest.mark.parametrize("path", ["/", "/findings", "/static/charts.js", "/x/findings", "//", "/open/x"])
    def test_without_the_token_nothing_is_shown(self, bench: Bench, path: str) -> None:
        answered = bench.ask("GET", path)
        assert answered.status == 403
        assert "caffeine" not in answered.text

    def test_the_token_differs_each_time_and_is_long(self) -> None:
        made = {_guard.Secrets().token for _ in range(20)}
        assert len(made) == 20
        assert min(map(len, made)) >= 32

    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1", "evil.example:{port}", "127.0.0.1.evil:{port}"]
    )
    def test_a_foreign_host_is_refused(self, bench: Bench, host: str) -> None:
        port = bench.serving._socket.getsockname()[1]
        assert bench.get(host=host.format(port=port)).status == 421

    def test_the_ticket_opens_once(self, bench: Bench) -> None:
        path = "/" + bench.serving.once.split("/", 3)[3]
        first = bench.ask("GET", path)
        assert (first.status, first.headers["location"]) == (303, bench.path(""))
        assert bench.ask("GET", path).status == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "http://evil.example"},
            {"origin": "null"},
            {"origin": ""},
            {"sec-fetch-site": "cross-site"},
        ],
    )
    def test_a_form_of_another_page_changes_nothing(self, bench: Bench, headers: dict[str, str]) -> None:
        before = bench.library.read_bytes()
        fields = {
            "form_token": bench.form_token, "head": bench.head, "who": "Eve", "decision": "approve",
            "id": first_id(bench),
        }  # fmt: skip
        assert bench.post("decide", fields, **headers).status == 403
        assert bench.library.read_bytes() == before
        assert bench.post("decide", fields).status == 303
        assert bench.library.read_bytes() != before

    @pytest.mark.parametrize("page", ["decide", "sign"])
    def test_a_form_without_its_token_changes_nothing(self, bench: Bench, page: str) -> None:
        before = bench.library.read_bytes()
        answered = bench.post(page, {"form_token": "guess", "decision": "approve", "id": first_id(bench)})
        assert answered.status == 409
        assert "not of this run" in answered.text
        assert bench.library.read_bytes() == before

    def test_other_methods_and_files_are_refused(self, bench: Bench) -> None:
        assert bench.ask("PUT", bench.path("")).status == 403
        assert bench.get("decide").status == 405
        assert bench.get("static/..%2f_guard.py").status == 404
        assert bench.get("nothing").status == 404

    @pytest.mark.parametrize("page", PAGES)
    def test_every_answer_is_hardened_and_loads_only_from_here(self, bench: Bench, page: str) -> None:
        answered = bench.get(page)
        assert answered.status == 200
        assert "default-src 'none'; script-src 'self'" in answered.headers["content-security-policy"]
        assert answered.headers["cache-control"] == "no-store"
        assert answered.headers["x-frame-options"] == "DENY"
        for address in re.findall(r'(?:src|href|action)="([^"]*)"', answered.text):
            assert address.startswith((bench.path(""), "#", "data:")), address
        assert "<script>" not in answered.text
        assert not re.search(r"\son\w+=", answered.text)

    def test_scripts_are_those_installed_here(self, bench: Bench) -> None:
        assert bench.get("static/plotly.min.js").text == plotly_script().read_text(encoding="utf-8")
        for name in ("workbench.js", "charts.js", "workbench.css"):
            text = bench.get(f"static/{name}").text
            assert text
            assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text), name


class TestPages:
    def test_the_list_can_be_narrowed(self, bench: Bench) -> None:
        bench.session.findings().wait(60)
        assert bench.get().text.count("/reference/") == 7
        assert bench.get("?q=urea").text.count("/reference/") == 2
        assert bench.get("?q=UREA_2.csv").text.count("/reference/") == 1
        assert bench.get("?severity=warning").text.count("/reference/") == 4
        assert bench.get("?state=approved").text.count("/reference/") == 0

    def test_findings_lead_to_their_spectra(self, bench: Bench) -> None:
        bench.session.findings().wait(60)
        text = bench.get("findings").text
        for word in ("same_spectrum", "spikes", "window cleaner concentrate", "Look at them together"):
            assert word in text
        assert "same_spectrum</code>" not in bench.get("findings?severity=info").text
        assert bench.get("findings?code=spikes").text.count("<article") == 1

    def test_a_reference_shows_its_curves_bands_and_likes(self, bench: Bench) -> None:
        text = bench.get(f"reference/{first_id(bench)}").text
        for word in ("caffeine", "anhydrous", "58-08-2", "Most alike", "caffeine_1.csv", "caffeine_2.csv"):
            assert word in text
        assert '"prepared": {"x"' in text or '"prepared":{"x"' in text

    def test_confusables_depend_on_the_noise(self, bench: Bench) -> None:
        assert "Not told apart" in bench.get("confusables?snr=50").text
        assert 'value="100"' in bench.get("confusables?snr=-3").text

    def test_names_are_text_and_never_code(self, bench: Bench) -> None:
        decide(bench, "send_back", first_id(bench), why="<script>alert(1)</script>")
        for page in ("log", f"reference/{first_id(bench)}"):
            text = bench.get(page).text
            assert "<script>alert" not in text
            assert "&lt;script&gt;alert" in text

    def test_an_unknown_reference_says_so(self, bench: Bench) -> None:
        answered = bench.get("reference/0123")
        assert answered.status == 409
        assert "none of that id" in answered.text

    def test_a_damaged_library_is_told_not_shown(self, bench: Bench) -> None:
        data = bytearray(bench.library.read_bytes())
        data[len(data) // 2] ^= 1
        bench.library.write_bytes(data)
        answered = bench.get()
        assert answered.status == 409
        assert "damaged or was changed" in answered.text

    def test_what_another_program_saved_is_shown(self, bench: Bench) -> None:
        from libraries.library import save_library
        from libraries.review import decide as decide_elsewhere

        library = Library.open(bench.library, mapped=False)
        save_library(
            decide_elsewhere(library, "approve", [first_id(bench)], who="Somebody Else"), bench.library
        )
        assert "Somebody Else" in bench.get("log").text


class TestDeciding:
    def test_a_decision_stands_in_the_log(self, bench: Bench) -> None:
        one, other = (each.id for each in bench.session.library.labels if each.substance == "caffeine")
        decide(bench, "approve", one, other, why="bands as published")
        decide(bench, "send_back", other, who="Ben", why="measure again")
        library = Library.open(bench.library)
        reviews = reviews_of(library)
        assert (reviews[one].state, reviews[one].who, reviews[one].why) == (
            "approved", "Anna", "bands as published",
        )  # fmt: skip
        assert (reviews[other].state, reviews[other].who) == ("sent_back", "Ben")
        assert [change.what for change in library.changes] == ["build", "approve", "send_back"]
        text = bench.get(f"reference/{other}").text
        assert "Sent back: caffeine" in text
        assert 'value="Ben"' in text
        assert "Sent back: caffeine" not in bench.get(f"reference/{other}").text, "a notice is shown once"

    def test_show_tells_machines_too(self, bench: Bench, run: Callable[..., Any]) -> None:
        one = first_id(bench)
        decide(bench, "send_back", one, why="measure again")
        ran = run("library", "show", str(bench.library), "--format", "json")
        records = [json.loads(line) for line in ran.out.splitlines()[1:]]
        told = {each["id"]: (each["review"], each["reviewed_by"]) for each in records}
        assert told.pop(one) == ("sent_back", "Anna")
        assert set(told.values()) == {("open", "")}

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"who": ""}, "nobody named"),
            ({"decision": "send_back"}, "no reason given"),
            ({"decision": ""}, "no decision given"),
            ({"head": "0" * 64}, "has changed since the page was shown"),
        ],
    )
    def test_what_is_refused_changes_nothing_and_says_why(
        self, bench: Bench, fields: dict[str, str], says: str
    ) -> None:
        before = bench.library.read_bytes()
        decide(bench, fields.pop("decision", "approve"), first_id(bench), **fields)
        assert bench.library.read_bytes() == before
        text = bench.get().text
        assert "Nothing was changed" in text
        assert says in text

    def test_nobody_is_invented(self, serve: Callable[..., Bench]) -> None:
        bench = serve(who="")
        assert 'name="who" value=""' in bench.get(f"reference/{first_id(bench)}").text


class TestReleasing:
    def test_two_people_release(self, bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
        for each in bench.session.library.labels:
            decide(bench, "approve", each.id)
        told = bench.post("sign", create_fields(bench))
        assert told.status == 303
        assert "draft=" in told.headers["location"]
        shown = bench.get(f"release?draft={bench.folder / 'draft.h5'}").text
        assert "references approved 7 of 7" in shown
        assert "creator: Anna" in shown
        told = bench.post("sign", approve_fields(bench))
        assert "done=" in told.headers["location"], bench.get("release").text
        trust = read_trust(bench.folder / "trust.json")
        released = verify_library(bench.folder / "released.h5", gate=Gate("signed", trust))
        assert released.standing is not None
        assert (released.standing.state, released.standing.signers) == ("signed", ("Anna", "Ben"))
        assert released.signed is not None
        assert released.signed.statement.expires == "2999-12-31"
        assert tally(reviews_of(released))["approved"] == 7
        shown = bench.get(f"release?done={bench.folder / 'released.h5'}").text
        assert "intact, signed by Anna and Ben" in shown
        printed = "".join(capfd.readouterr())
        for secret in PASSPHRASES.values():
            assert secret not in printed + shown + str(vars(bench.session))
            assert not any(secret.encode() in path.read_bytes() for path in bench.folder.glob("*.*"))

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"despite": ""}, "tick that you release it as it is"),
            ({"passphrase": "a guess of mine"}, "passphrase is wrong"),
            ({"key": ""}, "no key given"),
            ({"head": "0" * 64}, "has changed since"),
            ({"name": " "}, "expected a name"),
            ({"expires": "2020-01-01"}, "that day is over"),
            ({"expires": "soon"}, "Nothing was signed"),
            ({"validation": "nowhere.json"}, "expected a validation summary"),
        ],
    )
    def test_a_creator_is_refused(self, bench: Bench, changes: dict[str, str], says: str) -> None:
        assert bench.post("sign", create_fields(bench, **changes)).status == 303
        text = bench.get("release").text
        assert "Nothing was signed" in text
        assert says in text
        assert not (bench.folder / "draft.h5").exists()

    def test_nothing_is_written_over(self, bench: Bench) -> None:
        before = bench.library.read_bytes()
        bench.post("sign", create_fields(bench, output=str(bench.library), replace="yes"))
        assert "is the library that is open" in bench.get("release").text
        assert bench.library.read_bytes() == before
        (bench.folder / "draft.h5").write_bytes(b"mine")
        bench.post("sign", create_fields(bench))
        assert "stands there already" in bench.get("release").text
        assert (bench.folder / "draft.h5").read_bytes() == b"mine"
        bench.post("sign", create_fields(bench, replace="yes"))
        assert verify_library(bench.folder / "draft.h5").signed is not None

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"key": "anna.pem", "passphrase": PASSPHRASES["anna"]}, "may sign as creator, not as approver"),
            ({"seal": "0" * 64}, "is not the draft that the page has shown"),
        ],
    )
    def test_an_approver_is_refused(self, bench: Bench, changes: dict[str, str], says: str) -> None:
        bench.post("sign", create_fields(bench))
        if "key" in changes:
            changes = changes | {"key": str(bench.folder / changes["key"])}
        bench.post("sign", approve_fields(bench, **changes))
        assert says in bench.get("release").text
        assert not (bench.folder / "released.h5").exists()

    def test_a_library_that_is_no_draft_is_not_offered(self, bench: Bench) -> None:
        text = bench.get(f"release?draft={bench.library}").text
        assert "an approver signs a draft" in text
        assert 'value="approve"' not in text

    def test_a_signed_file_is_not_changed(self, bench: Bench) -> None:
        bench.post("sign", create_fields(bench))
        (bench.folder / "draft.h5").replace(bench.library)
        before = bench.library.read_bytes()
        assert "carries signatures" in bench.get(f"reference/{first_id(bench)}").text
        decide(bench, "approve", first_id(bench))
        assert "unsigned copy" in bench.get().text
        assert bench.library.read_bytes() == before


class TestCommand:
    def test_a_missing_library(self, run: Callable[..., Any], tmp_path: Path) -> None:
        ran = run("library", "workbench", str(tmp_path / "no.h5"), "--no-browser")
        assert ran.code == 4
        assert "no file is there" in ran.err

    def test_a_taken_port(self, run: Callable[..., Any], bench: Bench) -> None:
        port = bench.serving._socket.getsockname()[1]
        ran = run("library", "workbench", str(bench.library), "--no-browser", "--port", str(port))
        assert ran.code == 4
        assert f"port {port} cannot be used" in ran.err

    @pytest.mark.parametrize("missing", ["uvicorn", "starlette", "jinja2"])
    def test_a_missing_extra_is_one_line(
        self, run: Callable[..., Any], workbench_folder: Path, monkeypatch: pytest.MonkeyPatch, missing: str
    ) -> None:
        real = builtins.__import__

        def refuse(name: str, *args: Any, **named: Any) -> Any:
            if name.partition(".")[0] == missing:
                raise ModuleNotFoundError(f"No module named {name!r}")
            return real(name, *args, **named)

        monkeypatch.setattr(builtins, "__import__", refuse)
        ran = run("library", "workbench", str(workbench_folder / "lab.h5"), "--no-browser")
        assert ran.code == 3
        assert ran.err.count("\n") == 1
        assert 'pip install "contraspec[workbench]"' in ran.err


class TestJobs:
    def test_one_job_a_key_and_the_oldest_go(self) -> None:
        jobs, calls = Jobs(), list[int]()
        for number in (1, 1, *range(2, MAX_JOBS + 3)):
            jobs.start((str(number),), lambda progress, n=number: calls.append(n)).wait(10)
        assert calls == [*range(1, MAX_JOBS + 3)]
        assert jobs.find(("1",)) is None

    def test_a_failure_is_told(self) -> None:
        def fail(progress: Callable[[int, int], None]) -> None:
            progress(1, 4)
            raise LibraryError("no spectra")

        job = Job(fail)
        assert job.wait(10)
        assert (job.result, job.problem, job.share) == (None, "no spectra", 0.25)

    def test_a_mistake_of_ours_is_told_too(self) -> None:
        job = Job(lambda progress: 1 // 0)
        assert job.wait(10)
        assert job.problem.startswith("internal error: ZeroDivisionError")
