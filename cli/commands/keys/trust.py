"""``contraspec keys trust``: enter public keys into a trust file."""

import os

import click

from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._keys import key_line, key_record, trust_file_option, trust_path
from ..._options import format_option
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal


@click.command("trust")
@click.argument("records", metavar="KEY.pub.json...", nargs=-1, required=True)
@trust_file_option
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, records: tuple[str, ...], trust: str | None, output_format: str) -> None:
    """Enter public records into the trust file, which is made when there is none.

    Compare the id with the owner first, by another way than the one the record came by: whoever
    enters a key decides that its signatures count. A rotated key is taken only with the signature
    of the key that it replaces, which then ends.

    \b
    Examples:
      contraspec keys trust anna.pub.json ben.pub.json --trust trust.json
      CONTRASPEC_TRUST=trust.json contraspec keys trust anna-2027.pub.json

    \b
    Exit codes: 0 entered; 3 the extra "lab" is not installed; 4 a record or the trust file is
    not in order.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    path = trust_path(trust)
    try:
        from libraries.releases.trust import Trust, read_public, read_trust, write_trust

        known = read_trust(path) if os.path.lexists(path) else Trust()
        keys = [read_public(record) for record in records]
        for key in keys:
            known = known.with_key(key)
        write_trust(known, path)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, path, error, as_json=output_format == "json")
    for key in keys:
        line = json_line(key_record(key)) if output_format == "json" else f"trusted: {key_line(key)}"
        click.echo(stdout_terminal("never").show(line))
    ctx.exit(EXIT_OK)
