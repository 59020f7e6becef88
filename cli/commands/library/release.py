"""``contraspec library release``: sign a library, as its creator, its approver, or one after the other."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from ... import _engine
from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._options import format_option, trust_option
from ..._passphrase import read_passphrase
from ..._records import json_line
from ..._standing import release_lines, release_record
from ..._streams import machine_stdout, printable
from ..._targets import LIBRARY_ENDINGS, refuse_other_kind, refuse_to_replace
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.releases.block import Release
    from libraries.releases.signing import Terms
    from libraries.releases.trust import Trust


@click.command("release")
@click.argument("library", metavar="LIBRARY")
@click.option("--release", "name", help="Name of the release, such as 2026.1; the creator gives it.")
@click.option("--creator-key", metavar="KEY.pem", help="Private key of who answers for the content.")
@click.option("--approver-key", metavar="KEY.pem", help="Private key of who approves it: another person.")
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Last day of use, YYYY-MM-DD. Default: no end.",
)
@click.option(
    "--validation",
    metavar="FILE",
    help='What "library validate -o" wrote for this very library; becomes part of the release.',
)
@trust_option
@click.option(
    "-o", "--output", metavar="OUT.h5", required=True, help="Where to write; replaced whole or not at all."
)
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    library: str,
    name: str | None,
    creator_key: str | None,
    approver_key: str | None,
    expires: datetime | None,
    validation: str | None,
    trust: str | None,
    output: str,
    output_format: str,
) -> None:
    """Sign LIBRARY: as its creator, which makes a draft, or as the approver of a draft, or both.

    The file that is written is LIBRARY byte for byte with what was signed behind it: hash of the
    content, calibration, validation, change log, dates. Whatever changes it later drops the
    release. Needs the extra "lab". Passphrases are asked for, or taken from
    CONTRASPEC_CREATOR_PASSPHRASE, CONTRASPEC_APPROVER_PASSPHRASE or CONTRASPEC_PASSPHRASE.

    \b
    Examples:
      contraspec library release mylab.h5 --release 2026.1 --creator-key anna.pem -o draft.h5
      contraspec library release draft.h5 --approver-key ben.pem --trust trust.json -o mylab-2026.1.h5
      contraspec library release mylab.h5 --release 2026.1 --creator-key anna.pem --approver-key ben.pem
        --validation summary.json --expires 2027-12-31 -o mylab-2026.1.h5

    \b
    Exit codes: 0 written; 2 wrong usage, or OUT.h5 is an input or no library; 3 the extra "lab"
    is not installed; 4 the library, a key or the validation is not in order, or one person
    would sign twice.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    _check_usage(name, creator_key, approver_key, created=expires is not None or validation is not None)
    refuse_to_replace(output, [library, creator_key, approver_key, validation, _engine.trust_file(trust)])
    refuse_other_kind(output, LIBRARY_ENDINGS)
    try:
        from libraries.releases.signing import Terms, read_validation

        summary = read_validation(validation) if validation else None
        terms = Terms(name or "", expires.date().isoformat() if expires else "", summary)
        release = _release(library, output, terms, keys=(creator_key, approver_key), trust=trust)
    except click.UsageError:
        raise
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, library, error, as_json=output_format == "json")
    if output_format == "json":
        click.echo(json_line(release_record(output, release)))
    else:
        done = "released" if release.complete else "draft, to be approved"
        for line in (f"wrote {output}: {done}", *release_lines(release)):
            click.echo(stdout_terminal("never").show(line))
    ctx.exit(EXIT_OK)


def _check_usage(
    name: str | None, creator_key: str | None, approver_key: str | None, *, created: bool
) -> None:
    """Refuse a call that says too little, or what only a creator says."""
    if not creator_key and not approver_key:
        raise click.UsageError("Nobody signs: give --creator-key, --approver-key, or both.")
    if creator_key and not name:
        raise click.UsageError("The creator names the release: give --release NAME.")
    if not creator_key and (name or created):
        raise click.UsageError(
            "An approver changes nothing: --release, --expires and --validation go with --creator-key."
        )


def _release(
    library: str,
    output: str,
    terms: "Terms",
    *,
    keys: tuple[str | None, str | None],
    trust: str | None,
) -> "Release":
    """Sign as whoever has a key here, and write."""
    from libraries.releases.signing import approve, draft_release, open_draft, open_person, write_release

    known = _engine.open_gate(trust=trust).trust
    creator_key, approver_key = keys
    if creator_key:
        creator = open_person(creator_key, read_passphrase(creator_key, role="creator"), trust=known)
        draft = draft_release(library, terms, creator=creator)
    else:
        draft = open_draft(library, trust=known)
        for line in ("to be approved:", *release_lines(draft.release)):
            click.echo(printable(line), err=True)
    release = draft.release
    if approver_key:
        approver = open_person(approver_key, read_passphrase(approver_key, role="approver"), trust=known)
        release = approve(draft, approver=approver)
    write_release(output, draft, release)
    for line in _unknown_signers(release, known):
        click.echo(printable(line), err=True)
    return release


def _unknown_signers(release: "Release", known: "Trust | None") -> list[str]:
    """One line for each signer whom the trust file that was given does not let sign."""
    from libraries.releases.policy import may_sign

    if known is None:
        return []
    pairs = [(each, known.find(each.key)) for each in release.signatures]
    return [
        f"contraspec: warning: the trust file does not let {signature.name} sign as {signature.role}: "
        f"whoever uses it gets library_untrusted; add the key with 'keys trust'"
        for signature, key in pairs
        if not may_sign(signature, key)
    ]
