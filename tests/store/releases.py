"""Keys, people and signed libraries for tests; keys are quick to open here, and nowhere else."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from libraries import save_library
from libraries.releases import _ed25519
from libraries.releases.block import Release, Role
from libraries.releases.people import Person, create_key, open_person
from libraries.releases.signing import Terms, approve, draft_release, write_release
from libraries.releases.trust import Trust
from tests.store.test_library import PIPELINE, library

PASSPHRASE = "correct horse battery"
TERMS = Terms("2026.1")


@dataclass(frozen=True)
class Lab:
    """Two people, a third that nobody knows, and a folder."""

    folder: Path
    anna: Person
    ben: Person
    stranger: Person
    trust: Trust

    def release(self, terms: Terms = TERMS, *, name: str = "released.h5", **people: Person) -> Path:
        """Sign the library of the folder, by Anna and Ben unless others are given."""
        draft = draft_release(str(self.folder / "l.h5"), terms, creator=people.get("creator", self.anna))
        signed = approve(draft, approver=people.get("approver", self.ben))
        write_release(str(self.folder / name), draft, signed)
        return self.folder / name


def person(folder: Path, name: str, *roles: Role, file: str = "") -> Person:
    path = folder / f"{file or name}.pem"
    create_key(str(path), PASSPHRASE, name=name, roles=roles)
    return open_person(str(path), PASSPHRASE)


def write_block(path: Path, release: Release) -> Path:
    """Put another release behind the sealed bytes of a file, as someone would who knows the format."""
    from libraries._storing import read_sealed
    from libraries.releases.block import to_block

    path.write_bytes(read_sealed(str(path)) + to_block(release))
    return path


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Person, Person, Person]:
    """Anna creates, Ben does both, nobody trusts Eve."""
    folder = tmp_path_factory.mktemp("people")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_ed25519, "_KDF_ROUNDS", 1)
        return (
            person(folder, "Anna", "creator"),
            person(folder, "Ben", "approver", "creator"),
            person(folder, "Eve", "creator", "approver"),
        )


@pytest.fixture
def lab(tmp_path: Path, people: tuple[Person, Person, Person], monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setattr(_ed25519, "_KDF_ROUNDS", 1)
    save_library(library(), tmp_path / "l.h5", pipelines=[PIPELINE])
    anna, ben, stranger = people
    return Lab(tmp_path, anna, ben, stranger, Trust((anna.key, ben.key)))
