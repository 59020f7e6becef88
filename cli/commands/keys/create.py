"""``contraspec keys create``: make a key pair."""

from typing import TYPE_CHECKING

import click

from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._keys import key_line, key_record
from ..._options import format_option
from ..._passphrase import read_passphrase
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.releases.block import Role


@click.command("create")
@click.argument("key", metavar="KEY.pem")
@click.option("--name", required=True, help="Whose key it is: the person, by full name.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(["creator", "approver"]),
    help="What the key may sign as; may be given twice. Nobody can be both for one release.",
)
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, key: str, name: str, roles: tuple["Role", ...], output_format: str) -> None:
    """Make a key pair: KEY.pem and, beside it, the public record KEY.pub.json.

    The private key is written encrypted with a passphrase of at least 12 characters, which is
    asked for, or taken from CONTRASPEC_PASSPHRASE. It stays with its owner; the public record is
    what others enter into their trust file. No file is ever replaced.

    \b
    Examples:
      contraspec keys create anna.pem --name "Anna de Vries" --role creator
      contraspec keys create ben.pem --name "Ben Smit" --role creator --role approver

    \b
    Exit codes: 0 written; 3 the extra "lab" is not installed; 4 no key could be made.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    try:
        from libraries.releases.people import create_key, public_path

        passphrase = read_passphrase(key, role="new", new=True)
        made = create_key(key, passphrase, name=name, roles=tuple(dict.fromkeys(roles)))
    except click.UsageError:
        raise
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, key, error, as_json=output_format == "json")
    if output_format == "json":
        click.echo(json_line(key_record(made)))
    else:
        terminal = stdout_terminal("never")
        click.echo(terminal.show(f"wrote {key} (private, keep it) and {public_path(key)} (hand it out)"))
        click.echo(terminal.show(f"  {key_line(made)}"))
    ctx.exit(EXIT_OK)
