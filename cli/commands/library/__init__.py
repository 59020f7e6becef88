"""``contraspec library``: build reference libraries and look into them."""

from typing import Final

import click

from ..._lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "build": LazyCommand(
        "cli.commands.library.build", "Make a library from a folder of measured references."
    ),
    "calibrate": LazyCommand("cli.commands.library.calibrate", "Fit a library's probabilities again."),
    "list": LazyCommand("cli.commands.library.list", "One line for each library."),
    "show": LazyCommand(
        "cli.commands.library.show", "Every reference of a library, with its source and grade."
    ),
}


@click.group("library", cls=LazyGroup)
def command() -> None:
    """Build reference libraries and look into them.

    \b
    Examples:
      contraspec library build references/ --manifest manifest.csv -o mylab.h5
      contraspec library calibrate mylab.h5
      contraspec library list mylab.h5
      contraspec library show starter
    """  # noqa: D301  # click reads the escape


command.table = COMMANDS
