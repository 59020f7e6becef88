"""``contraspec keys rotate``: replace a key by a new one that it signs."""

import click

from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._keys import key_line, key_record
from ..._options import format_option, trust_option
from ..._passphrase import read_passphrase
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal


@click.command("rotate")
@click.argument("old", metavar="OLD.pem")
@click.argument("new", metavar="NEW.pem")
@trust_option
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, old: str, new: str, trust: str | None, output_format: str) -> None:
    """Make a key that replaces OLD.pem, with the same owner and roles, signed by it.

    Enter NEW.pub.json into every trust file with "contraspec keys trust": there the old key then
    ends, and what it signed before stays good. For a stolen key that is not enough: revoke it.
    The passphrase of OLD.pem may stand in CONTRASPEC_PASSPHRASE, the new one in
    CONTRASPEC_NEW_PASSPHRASE.

    \b
    Examples:
      contraspec keys rotate anna.pem anna-2027.pem
      contraspec keys trust anna-2027.pub.json --trust trust.json

    \b
    Exit codes: 0 written; 3 the extra "lab" is not installed; 4 no key could be made.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    try:
        from libraries.releases.people import open_person, public_path, rotate_key
        from libraries.releases.trust import read_trust

        person = open_person(old, read_passphrase(old), trust=read_trust(trust) if trust else None)
        made = rotate_key(person, new, read_passphrase(new, role="new", new=True))
    except click.UsageError:
        raise
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, old, error, as_json=output_format == "json")
    if output_format == "json":
        click.echo(json_line(key_record(made)))
    else:
        terminal = stdout_terminal("never")
        click.echo(terminal.show(f"wrote {new} (private, keep it) and {public_path(new)} (hand it out)"))
        click.echo(terminal.show(f"  {key_line(made)}, replaces {made.rotated_from}"))
    ctx.exit(EXIT_OK)
