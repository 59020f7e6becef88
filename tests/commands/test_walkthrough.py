"""Every command of docs/walkthrough.md, run in its order; every line under it stands in what they say."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from libraries.releases import _ed25519

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "walkthrough.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDED = ("build", "lint", "calibrate", "validate", "release", "verify", "diff")


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(DOC.read_text(encoding="utf-8"))


def flat(text: str) -> str:
    """Text with blanks and line ends made one blank: a terminal breaks lines where it likes."""
    return " ".join(text.split())


@dataclass
class Shell:
    """As much of a shell as the document asks for."""

    run: Callable[..., Any]
    patch: pytest.MonkeyPatch
    said: str = ""
    shown: str = ""
    done: list[str] = field(default_factory=list)

    def do(self, line: str) -> None:
        may_fail = line.endswith(" || true")
        words = shlex.split(line.removesuffix(" || true"))
        if words[0] == "cd":
            self.patch.chdir(words[1])
        elif words[0] == "export":
            name, _, value = words[1].partition("=")
            self.patch.setenv(name, value)
        elif words[0] == "python":
            script = str(ROOT / words[1])
            subprocess.run([sys.executable, script, *words[2:]], check=True, timeout=300)
        else:
            assert words[0] == "contraspec", line
            self.contraspec([self.id() if word == "ID" else word for word in words[1:]], may_fail)

    def contraspec(self, words: list[str], may_fail: bool) -> None:
        ran = self.run(*words)
        assert (ran.code == 4) if may_fail else (ran.code == 0), f"{words}: {ran.code} {ran.out} {ran.err}"
        self.said += ran.out + ran.err
        if words[:2] == ["library", "show"]:
            self.shown = ran.out
        self.done.append(" ".join(words[:2]))

    def id(self) -> str:
        """Id of the reference that the document takes out of use."""
        found = re.search(r"window cleaner concentrate\n.*?\bid\s+([0-9a-f]{16})", self.shown, re.DOTALL)
        assert found is not None
        return found.group(1)


def test_the_walk(run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ed25519, "_KDF_ROUNDS", 1)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.chdir(tmp_path)
    shell = Shell(run, monkeypatch)
    for kind, text in blocks():
        if kind == "sh":
            shell.said = ""
            for line in text.splitlines():
                shell.do(line)
        else:
            said = flat(shell.said)
            for line in text.splitlines():
                assert flat(line) in said, f"{line!r} is not in\n{shell.said}"
    assert [each for each in NEEDED if f"library {each}" not in shell.done] == []


def test_the_walk_goes_in_the_order_that_is_promised() -> None:
    commands = "\n".join(text for kind, text in blocks() if kind == "sh")
    places = [commands.index(f"contraspec library {each}") for each in NEEDED]
    assert places == sorted(places)
    assert {kind for kind, _ in blocks()} == {"sh", "text"}
