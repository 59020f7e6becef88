"""docs/cli.md names every command and every option; so does the table of each group."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli._lazy import LazyGroup
from cli.main import root

DOC = Path(__file__).parents[2] / "docs" / "cli.md"


def commands(group: LazyGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, LazyGroup):
            yield from commands(command, (*path, name))


ALL = dict(commands(root))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_and_option_is_documented(path: tuple[str, ...]) -> None:
    text = DOC.read_text(encoding="utf-8")
    heading = f"contraspec {' '.join(path)}"
    assert f"\n## {heading}\n" in text
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    for parameter in ALL[path].params:
        names = [parameter.make_metavar(click.Context(ALL[path])).strip("[].")]
        if isinstance(parameter, click.Option):
            names = [*parameter.opts, *parameter.secondary_opts]
        for name in names:
            assert f"`{name}" in section or f" {name}" in section, f"{heading}: {name} is missing"


def test_global_options_exit_codes_and_schemas_are_documented() -> None:
    text = DOC.read_text(encoding="utf-8")
    for parameter in root.params:
        assert f"`{parameter.opts[0]}`" in text
    for code in ("0", "1", "2", "3", "4", "5", "70", "130", "141"):
        assert f"\n| {code} |" in text
    schemas = (
        "result",
        "error",
        "spectrum",
        "library",
        "reference",
        "hint_table",
        "build",
        "calibrated",
        "check",
        "validation",
        "release",
        "verified",
        "diff",
        "key",
        "search",
    )
    for schema in schemas:
        assert f"contraspec.{schema}/1" in text


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help_with_examples(path: tuple[str, ...]) -> None:
    help_text = ALL[path].help or ""
    assert "\b\n" in help_text
    assert "Examples:" in help_text
    for parameter in ALL[path].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path}: {parameter.name} has no help"


def test_every_format_stands_in_the_table_of_formats() -> None:
    from spectra.io import FORMATS

    text = (DOC.parent / "formats.md").read_text(encoding="utf-8")
    for form in FORMATS:
        assert f"`{form.name}`" in text or form.name == "foreign", form.name
