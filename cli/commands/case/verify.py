"""``contraspec case verify``: check that nothing in a case log was changed."""

import re
from typing import Final

import click

from ..._cases import run_on_file, say
from ..._options import format_option, language_option
from ..._page import Page
from ..._terminal import stdout_terminal

LOG_SCHEMA: Final = "contraspec.log-check/1"


@click.command("verify")
@click.argument("file", metavar="LOG")
@click.option(
    "--head",
    metavar="HASH",
    help="Hash printed on a report or in an evidence file, or its first digits: an entry must have it.",
)
@format_option("text", "json")
@language_option
@click.pass_context
def command(ctx: click.Context, file: str, head: str | None, output_format: str, language: str) -> None:
    """Check that nothing in a case log was edited, removed, put in or moved.

    What was taken off the end shows too: the hash of the last entry is kept beside the log and stands on
    every report; --head compares with one of those.

    \b
    Examples:
      contraspec case verify case.log
      contraspec case verify case.log --head 3fa9c1d2

    \b
    Exit codes:
      0   intact
      3   altered, cut short, or it cannot be read
    """  # noqa: D301  # click reads the escape
    from libraries.casework.log import verify_log

    if head is not None and not re.fullmatch(r"[0-9a-fA-F]{8,64}", head):
        raise click.BadParameter(f"{head!r}: expected 8 to 64 digits of a hash.", param_hint="--head")

    found = run_on_file(ctx, file, output_format, lambda: verify_log(file, expected=head))
    plain = {
        "schema": LOG_SCHEMA, "file": file, "intact": True, "entries": found.number, "head": found.sha256,
    }  # fmt: skip
    page = Page(stdout_terminal("never"), language)
    last = found.sha256 or page.say("case.no_head")
    text = page.say("case.intact", {"file": file, "entries": found.number, "head": last})
    say(plain, [page.terminal.show(text)], output_format)
