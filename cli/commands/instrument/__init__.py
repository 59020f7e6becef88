"""``contraspec instrument``: check instruments with a standard, and keep what came out."""

from typing import Final

import click

from ..._lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "check": LazyCommand(
        "cli.commands.instrument.check", "Check axis, resolution and signal with a standard."
    ),
    "list": LazyCommand("cli.commands.instrument.list", "Instruments, and how their last check went."),
    "show": LazyCommand("cli.commands.instrument.show", "All checks of one instrument, and how it drifts."),
}


@click.group("instrument", cls=LazyGroup)
def command() -> None:
    """Check instruments with a standard, keep what came out, and show how they drift.

    \b
    Examples:
      contraspec instrument check polystyrene.txt --standard polystyrene --store checks/
      contraspec instrument list --store checks/
      contraspec instrument show WP-00913 --store checks/ -o drift.svg
    """  # noqa: D301  # click reads the escape


command.table = COMMANDS
