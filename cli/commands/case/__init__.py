"""``contraspec case``: case logs and what the laboratory confirmed."""

from typing import Final

import click

from ..._lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "verify": LazyCommand("cli.commands.case.verify", "Check that nothing in a case log was changed."),
    "show": LazyCommand("cli.commands.case.show", "Every entry of a case log."),
    "confirm": LazyCommand("cli.commands.case.confirm", "Record what the laboratory found."),
    "stats": LazyCommand("cli.commands.case.stats", "How often the answers held, over confirmed cases."),
}


@click.group("case", cls=LazyGroup)
def command() -> None:
    """Check case logs, confirm results, count how often they held.

    \b
    Examples:
      contraspec case verify case.log
      contraspec case verify case.log --head 3fa9c1d2
      contraspec case confirm case.log --item K12 --substance cocaine --method GC-MS --by LAB-7
      contraspec case stats case.log
    """  # noqa: D301  # click reads the escape


command.table = COMMANDS
