"""The public names of ``spectra``: lazy, complete and the same for people and type checkers."""

import ast
from importlib import import_module
from pathlib import PurePosixPath

import pytest

import spectra
from tests.architecture.tree import tree

INIT = PurePosixPath("spectra/__init__.py")


def typed_homes() -> dict[str, str]:
    """Names that a type checker sees, and the module each comes from."""
    return {
        alias.name: node.module or ""
        for node in ast.walk(tree(INIT))
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }


def test_three_tables_agree() -> None:
    assert sorted(spectra.__all__) == sorted(spectra._HOMES)
    assert typed_homes() == spectra._HOMES


@pytest.mark.parametrize("name", spectra.__all__)
def test_every_name_is_the_one_of_its_home(name: str) -> None:
    assert getattr(spectra, name) is getattr(import_module(f"spectra.{spectra._HOMES[name]}"), name)
    assert f"`{name}`" in (spectra.__doc__ or "")


def test_dir_lists_what_is_not_loaded_yet() -> None:
    assert set(spectra.__all__) <= set(dir(spectra))


def test_star_import() -> None:
    names: dict[str, object] = {}
    exec("from spectra import *", names)
    assert set(spectra.__all__) <= set(names)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'spectra' has no attribute 'Spectre'"):
        spectra.Spectre  # noqa: B018


def test_submodules_import_by_name() -> None:
    from spectra import quality

    assert quality.assess_quality is spectra.assess_quality
