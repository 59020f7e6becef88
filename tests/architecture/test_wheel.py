"""The built wheel: what is in it, and that it works where no checkout is near."""

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import PACKAGES, ROOT, bare_environment, project_files

DATA_FILES = (
    *("starter.h5", "bands.tsv", "hints.tsv", "references.tsv", "substances.tsv"),
    *("starter-nir.h5", "nir_bands.tsv", "nir_references.tsv"),
)


def version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def run(*command: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=bare_environment(**more),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def succeed(*command: str | Path, cwd: Path, **more: str) -> str:
    done = run(*command, cwd=cwd, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheel built from the working tree, without a download."""
    folder = tmp_path_factory.mktemp("wheel")
    succeed(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> list[str]:
    """Names in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of programs of a fresh environment: our wheel, and the dependencies of this one."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(home, with_pip=True, symlinks=os.name != "nt")
    folder = home / ("Scripts" if os.name == "nt" else "bin")
    python = folder / "python"
    succeed(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel, cwd=home)
    purelib = succeed(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home
    ).strip()  # fmt: skip
    borrowed = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    Path(purelib, "borrowed.pth").write_text("\n".join(borrowed) + "\n", encoding="utf-8")
    return folder


def test_three_packages_and_nothing_else(contents: list[str]) -> None:
    tops = {name.partition("/")[0] for name in contents}
    (info,) = (name for name in tops if name.endswith(".dist-info"))
    assert info.startswith("contraspec-")
    assert tops - {info} == set(PACKAGES)


def test_every_module_of_the_tree_is_in(contents: list[str]) -> None:
    expected = {str(path) for path in project_files() if path.parts[0] in PACKAGES and path.suffix == ".py"}
    assert {name for name in contents if name.endswith(".py")} == expected


def test_data_markers_and_licence_are_in(contents: list[str]) -> None:
    wanted = {f"libraries/starter/{name}" for name in DATA_FILES} | {f"{name}/py.typed" for name in PACKAGES}
    wanted |= {str(path) for path in project_files() if path.parts[:2] == ("cli", "workbench")}
    wanted |= {"cli/reports/page.typ"}
    wanted |= {str(path) for path in project_files() if path.parts[:3] == ("cli", "native", "c")}
    assert {
        "cli/workbench/templates/layout.html",
        "cli/workbench/static/charts.js",
        "cli/native/c/contraspec.h",
    } <= wanted
    assert not wanted - set(contents)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in contents)


def test_nothing_made_or_for_tests_is_in(contents: list[str]) -> None:
    for part in ("__pycache__", "test", "benchmark", ".nbi", ".nbc", ".pyc", ".cache"):
        assert not [name for name in contents if part in name.lower()]


def test_the_names_belong_to_us_alone(scripts: Path, tmp_path: Path) -> None:
    code = (
        "import json, spectra, libraries, cli; from importlib import metadata;"
        "owners = metadata.packages_distributions();"
        "print(json.dumps([{n: sorted(set(owners.get(n, []))) for n in ('spectra', 'libraries', 'cli')},"
        "[m.__file__ for m in (spectra, libraries, cli)]]))"
    )
    owners, files = json.loads(succeed(scripts / "python", "-c", code, cwd=tmp_path))
    assert owners == {name: ["contraspec"] for name in PACKAGES}
    assert all(Path(file).is_relative_to(scripts.parent) for file in files)


def test_doctor_is_content(scripts: Path, tmp_path: Path) -> None:
    told = succeed(scripts / "contraspec", "doctor", "--format", "json", cwd=tmp_path)
    checks = [json.loads(line) for line in told.splitlines()]
    assert all(check["ok"] for check in checks), told
    packages = next(check for check in checks if check["check"] == "packages")
    assert "installed" in packages["detail"]


@pytest.mark.parametrize("scan", sorted((ROOT / "examples").glob("*.csv")), ids=lambda path: path.name)
def test_identify_an_example(scripts: Path, tmp_path: Path, scan: Path) -> None:
    told = succeed(scripts / "contraspec", "identify", scan, "--format", "json", cwd=tmp_path)
    record: dict[str, Any] = json.loads(told)
    assert record["schema"] == "contraspec.result/1"
    assert record["provenance"]["engine"] == version()
