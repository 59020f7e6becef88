"""A small library with mistakes, two keys, and a workbench that serves it."""

import http.client
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from cli.main import main
from cli.workbench._session import Session
from cli.workbench.serving import Serving, listen
from examples.make_walkthrough import write_references
from libraries.releases import _ed25519
from libraries.releases.people import create_key, public_path
from libraries.releases.trust import Trust, read_public, write_trust

PASSPHRASES = {"anna": "a horse for Anna", "ben": "a staple for Ben"}
SUBSTANCES = ("isopropanol", "caffeine", "urea")


@dataclass(frozen=True)
class Answered:
    """What a server said."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Bench:
    """A served library in a folder with keys and a trust file."""

    folder: Path
    session: Session
    serving: Serving

    @property
    def library(self) -> Path:
        return Path(self.session.path)

    @property
    def form_token(self) -> str:
        return self.get("release").text.split('name="form_token" value="', 1)[1].split('"', 1)[0]

    @property
    def head(self) -> str:
        return self.session.library.changes[-1].sha256

    def get(self, page: str = "", **headers: str) -> Answered:
        return self.ask("GET", self.path(page), headers=headers)

    def post(self, page: str, fields: dict[str, object], **headers: str) -> Answered:
        """Send a form as our own pages do, unless told otherwise."""
        origin = {"origin": self.serving.address.rsplit("/", 2)[0]}
        return self.ask("POST", self.path(page), headers=origin | headers, body=urlencode(fields, doseq=True))

    def path(self, page: str) -> str:
        return urlsplit(self.serving.address).path + page

    def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, body: str | None = None
    ) -> Answered:
        connection = http.client.HTTPConnection(urlsplit(self.serving.address).netloc, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8")
            return Answered(answer.status, {k.lower(): v for k, v in answer.getheaders()}, text)
        finally:
            connection.close()


@pytest.fixture(scope="session")
def workbench_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a library of three substances, some faulty, keys and a trust file."""
    folder = tmp_path_factory.mktemp("bench")
    write_references(folder / "references", SUBSTANCES, faults=True)
    references = str(folder / "references")
    with pytest.raises(SystemExit) as left:
        main(
            [
                *(
                    "library",
                    "build",
                    references,
                    "--manifest",
                    f"{references}/manifest.csv",
                    "--name",
                    "bench",
                ),
                *("-o", str(folder / "lab.h5"), "--by", "Anna", "--no-calibrate"),
            ]
        )
    assert left.value.code == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_ed25519, "_KDF_ROUNDS", 1)
        create_key(str(folder / "anna.pem"), PASSPHRASES["anna"], name="Anna", roles=("creator",))
        create_key(str(folder / "ben.pem"), PASSPHRASES["ben"], name="Ben", roles=("approver",))
    keys = tuple(read_public(public_path(str(folder / f"{name}.pem"))) for name in PASSPHRASES)
    write_trust(Trust(keys), folder / "trust.json")
    return folder


@pytest.fixture
def serve(workbench_folder: Path, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Start a workbench on a copy of the folder; all of them end with the test."""
    started: list[tuple[Serving, threading.Thread]] = []

    def start(*, who: str = "Anna") -> Bench:
        folder = tmp_path / "lab"
        shutil.copytree(workbench_folder, folder)
        session = Session(str(folder / "lab.h5"), trust=str(folder / "trust.json"), who=who)
        serving = listen(session)
        thread = threading.Thread(target=serving.run)
        thread.start()
        started.append((serving, thread))
        return Bench(folder, session, serving)

    yield start
    for serving, thread in started:
        serving.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def bench(serve: Callable[..., Bench]) -> Bench:
    return serve()
