"""Changelog, licence, recipes and the one test command."""

import re
import shutil
import subprocess
import tomllib
from typing import Any

import pytest

from tests.architecture.tree import ROOT, project_files

COMMAND = (
    'python -m venv .venv && .venv/bin/pip install -q -e ".[test]"'
    " && .venv/bin/python -m pytest -q -n auto --dist loadfile"
)


def content(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> dict[str, Any]:
    document: dict[str, Any] = tomllib.loads(content("pyproject.toml"))["project"]
    return document


def recipes() -> list[str]:
    return re.findall(r"^([a-z][a-z-]*)(?: \*?\w+)*:(?!=)", content("justfile"), flags=re.MULTILINE)


def test_the_readme_says_how_to_test() -> None:
    assert COMMAND in content("README.md")


def test_ci_calls_the_command_of_the_readme() -> None:
    script = content(".ci/run").replace('"$python"', "python").replace('"$venv"', ".venv")
    script = re.sub(r'"\$bin/(\w+)"', r".venv/bin/\1", script)
    steps = COMMAND.split(" && ")
    assert [line for line in script.splitlines() if line in steps] == steps
    assert script.splitlines()[-1] == steps[-1]


def test_ci_is_bash() -> None:
    assert content(".ci/run").startswith("#!/usr/bin/env bash\n")
    if bash := shutil.which("bash"):
        done = subprocess.run([bash, "-n", ".ci/run"], cwd=ROOT, check=False, timeout=60)
        assert done.returncode == 0


def test_the_changelog_has_unreleased_and_the_version() -> None:
    headings = re.findall(r"^## (.+)$", content("CHANGELOG.md"), flags=re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    version = re.escape(project()["version"])
    released = [line for line in headings[1:] if re.fullmatch(rf"\[{version}\] - \d{{4}}-\d\d-\d\d", line)]
    assert released or re.search(rf"^To become {version}\b", content("CHANGELOG.md"), flags=re.MULTILINE)


def test_the_licence_is_the_one_declared() -> None:
    assert project()["license"] == "Apache-2.0"
    text = content("LICENSE")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "Copyright 2026 the contraspec authors" in text


def test_it_cannot_be_uploaded_by_accident() -> None:
    assert "Private :: Do Not Upload" in project()["classifiers"]


def test_every_recipe_and_extra_is_documented() -> None:
    text = content("docs/development.md")
    assert {"lint", "test", "test-nojit", "bench", "golden", "docs", "starter", "wheel"} <= set(recipes())
    for name in recipes():
        if name != "default":
            assert re.search(rf"`just {name}[` ]", text)
    for name in project()["optional-dependencies"]:
        assert f"| `{name}` |" in text


def test_every_path_of_a_recipe_exists() -> None:
    files = {str(path) for path in project_files()}
    for path in re.findall(r"(?<= )tests/[\w/.]+", content("justfile")):
        assert path in files or any(name.startswith(f"{path}/") for name in files)
    for module in re.findall(r"-m (libraries[\w.]*)", content("justfile")):
        place = module.replace(".", "/")
        assert f"{place}.py" in files or f"{place}/__main__.py" in files, module


@pytest.mark.parametrize(
    "name", ["LICENSE", "CHANGELOG.md", "README.md", "justfile", ".ci/run", ".gitattributes"]
)
def test_lines_end_in_lf(name: str) -> None:
    assert b"\r" not in (ROOT / name).read_bytes()
