"""``contraspec native``: the C interface."""

from typing import Final

import click

from ..._lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "build": LazyCommand("cli.commands.native.build", "Compile the C library; put its header beside it."),
}


@click.group("native", cls=LazyGroup)
def command() -> None:
    """Use contraspec from C, and from whatever calls C.

    \b
    Examples:
      contraspec native build --out native/
    """  # noqa: D301  # click reads the escape


command.table = COMMANDS
