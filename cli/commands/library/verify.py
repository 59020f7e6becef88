"""``contraspec library verify``: every byte of a library, and who answers for it."""

from typing import TYPE_CHECKING

import click

from ... import _engine
from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._options import format_option, policy_option, trust_option
from ..._records import json_line
from ..._standing import release_lines, verified_record
from ..._streams import machine_stdout
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.library import Library
    from libraries.releases.policy import Policy, Standing


@click.command("verify")
@click.argument("file", metavar="FILE")
@trust_option
@policy_option
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, file: str, trust: str | None, policy: "Policy", output_format: str) -> None:
    """Check every byte of the library FILE, and say who signed it, when, and until when it counts.

    Opening a large library checks what it reads; this checks all of it. After every transfer, and
    before every release.

    \b
    Examples:
      contraspec library verify mylab.h5
      contraspec library verify released.h5 --trust trust.json
      contraspec library verify released.h5 --trust trust.json --policy signed --format json

    \b
    Exit codes: 0 intact; 4 missing, damaged, altered, or refused by the policy.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    try:
        from libraries.library import verify_library  # numpy and h5py come with it

        gate = _engine.open_gate(policy, trust)
        library = verify_library(file, gate=gate)
        standing = library.standing or gate.judge(library.signed, file)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, file, error, as_json=output_format == "json")
    if output_format == "json":
        click.echo(json_line(verified_record(file, library, standing, _engine.trust_file(trust))))
    else:
        for line in _lines(file, library, standing):
            click.echo(stdout_terminal("never").show(line))
    ctx.exit(EXIT_OK)


def _lines(file: str, library: "Library", standing: "Standing") -> list[str]:
    from libraries.releases.policy import WHY

    release = standing.release
    said = {"unsigned": "unsigned", "draft": "a draft, not released", "signed": "signed"}[standing.state]
    if release is not None and standing.state == "signed":
        creator, approver = standing.signers
        expires = release.statement.expires
        claimed = {"library_untrusted", "library_unchecked"} & set(standing.reasons)
        said = (
            f"signed{', as it says,' if claimed else ''} by {creator} and {approver}, "
            f"released {release.signatures[-1].signed}, "
            f"{'expires ' + expires if expires else 'does not expire'}"
        )
    lines = [f"intact: {file}: {library.name}: {said}"]
    if release is None:
        lines.append(f"  {len(library)} references, content {library.content_sha256}")
    else:
        lines += release_lines(release)
    return [*lines, *(f"  note: {WHY[reason]}" for reason in standing.reasons)]
