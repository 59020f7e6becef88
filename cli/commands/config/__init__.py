"""``contraspec config``: the configuration file."""

from typing import Final

import click

from ..._lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "show": LazyCommand("cli.commands.config.show", "Every value, and where it comes from."),
    "check": LazyCommand("cli.commands.config.check", "Say what is wrong with the configuration file."),
}


@click.group("config", cls=LazyGroup)
def command() -> None:
    """Show and check the configuration file.

    \b
    Examples:
      contraspec config show
      contraspec --config site.toml config show --format json
      contraspec config check
    """  # noqa: D301  # click reads the escape


command.table = COMMANDS
