"""``contraspec keys revoke``: stop trusting a key."""

import click

from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._keys import key_line, key_record, trust_file_option, trust_path
from ..._options import format_option
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal


@click.command("revoke")
@click.argument("key", metavar="ID")
@trust_file_option
@click.option("--reason", required=True, help="Why; stays in the trust file.")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, key: str, trust: str | None, reason: str, output_format: str) -> None:
    """Revoke the key whose id begins with ID (at least eight digits) in the trust file.

    None of its signatures counts any more, whatever date they bear: who has a stolen key can write
    any date. Libraries that it signed need a new release. Hand the trust file out again: a device
    knows of the revocation when it has it.

    \b
    Examples:
      contraspec keys revoke 3f2a90bc --trust trust.json --reason "laptop stolen"

    \b
    Exit codes: 0 revoked; 4 no such key, or the trust file cannot be read or written.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    path = trust_path(trust)
    try:
        from libraries.releases.trust import now_text, read_trust, write_trust

        changed = read_trust(path).revoked(key, at=now_text(), reason=reason)
        write_trust(changed, path)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, path, error, as_json=output_format == "json")
    revoked = next(each for each in changed.keys if each.id.startswith(key))
    line = json_line(key_record(revoked)) if output_format == "json" else f"revoked: {key_line(revoked)}"
    click.echo(stdout_terminal("never").show(line))
    ctx.exit(EXIT_OK)
