"""``contraspec keys``: who may sign library releases."""

from typing import Final

import click

from ..._lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "create": LazyCommand(
        "cli.commands.keys.create", "Make a key pair, its private half behind a passphrase."
    ),
    "trust": LazyCommand("cli.commands.keys.trust", "Enter public keys into a trust file."),
    "list": LazyCommand("cli.commands.keys.list", "Show the keys of a trust file."),
    "rotate": LazyCommand("cli.commands.keys.rotate", "Replace a key by a new one that it signs."),
    "revoke": LazyCommand("cli.commands.keys.revoke", "Stop trusting a key, for all it ever signed."),
}


@click.group("keys", cls=LazyGroup)
def command() -> None:
    """Make and manage the keys that sign library releases.

    A release takes two people: a creator and an approver. Each makes a key and hands out its
    public record; the trust file holds those that count. Needs the extra "lab".

    \b
    Examples:
      contraspec keys create anna.pem --name "Anna de Vries" --role creator
      contraspec keys trust anna.pub.json ben.pub.json --trust trust.json
      contraspec keys list --trust trust.json
      contraspec keys rotate anna.pem anna-2027.pem
      contraspec keys revoke 3f2a90bc --trust trust.json --reason "laptop stolen"
    """  # noqa: D301  # click reads the escape


command.table = COMMANDS
