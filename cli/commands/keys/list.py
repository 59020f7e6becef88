"""``contraspec keys list``: the keys of a trust file."""

import click

from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._keys import key_line, key_record, trust_file_option, trust_path
from ..._options import format_option
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal


@click.command("list")
@trust_file_option
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, trust: str | None, output_format: str) -> None:
    """Show each key of the trust file: id, owner, roles, and whether it is good, ended or revoked.

    \b
    Examples:
      contraspec keys list --trust trust.json
      contraspec keys list --trust trust.json --format json

    \b
    Exit codes: 0 shown; 4 the trust file cannot be read.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    path = trust_path(trust)
    try:
        from libraries.releases.trust import read_trust

        keys = read_trust(path).keys
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, path, error, as_json=output_format == "json")
    for key in keys:
        line = json_line(key_record(key)) if output_format == "json" else key_line(key)
        click.echo(stdout_terminal("never").show(line))
    ctx.exit(EXIT_OK)
