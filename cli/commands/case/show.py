"""``contraspec case show``: every entry of a case log."""

import dataclasses
from typing import TYPE_CHECKING

import click

from ..._cases import run_on_file, say
from ..._options import format_option, language_option
from ..._page import Page
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.casework.log import Entry


@click.command("show")
@click.argument("file", metavar="LOG")
@click.option("--item", metavar="ID", help="Only entries of this item.")
@format_option("text", "json")
@language_option
@click.pass_context
def command(ctx: click.Context, file: str, item: str | None, output_format: str, language: str) -> None:
    """List the entries of a case log, each checked against the one before.

    \b
    Examples:
      contraspec case show case.log
      contraspec case show case.log --item K12 --format json
    """  # noqa: D301  # click reads the escape
    from libraries.casework.log import SCHEMA, read_log

    page = Page(stdout_terminal("never"), language)

    def write() -> None:
        for entry in read_log(file):
            if item is None or entry.details.get("item") == item:
                plain = {"schema": SCHEMA, **dataclasses.asdict(entry)}
                say(plain, [page.terminal.show(_line(entry, page))], output_format)

    run_on_file(ctx, file, output_format, write)


def _line(entry: "Entry", page: Page) -> str:
    told = entry.details
    called = " / ".join(str(told[key]) for key in ("item", "subsample") if told.get(key))
    named = told.get("substances") or []
    names = " + ".join(str(one["name"] if isinstance(one, dict) else one) for one in named)
    verdict = page.say(f"verdict.{told['verdict']}") if told.get("verdict") else str(told.get("error") or "")
    alert = page.say("case.alert") if told.get("alert") else ""
    what = page.say(f"case.entry_{entry.what}")
    parts = [
        f"{entry.number:>5}",
        f"{page.day(entry.when)} {entry.when[11:19]}",
        what,
        called,
        verdict,
        names,
        alert,
    ]
    return "  ".join(part for part in parts if part)
