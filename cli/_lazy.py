"""A command group that lists its commands without importing them."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

import click


@dataclass(frozen=True)
class LazyCommand:
    """Where a command lives and what it does.

    Attributes
    ----------
    module : str
        Absolute name of the module that holds the click command as ``command``.
    help : str
        One line for the list of commands.
    """

    module: str
    help: str


class LazyGroup(click.Group):
    """Group over a table of commands, each imported when it is called.

    Attributes
    ----------
    table : mapping of str to LazyCommand
        In the order of the help page; set right after construction.
    """

    table: Mapping[str, LazyCommand] = {}  # replaced per instance, never mutated

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in table order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in self.table:
            return None
        command = importlib.import_module(self.table[cmd_name].module).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.table[cmd_name].module}.command is {command!r}: expected a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.table.items()])
