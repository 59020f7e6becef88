"""``contraspec case confirm``: record what the laboratory found."""

import click

from ..._cases import run_on_file, say
from ..._options import format_option


@click.command("confirm")
@click.argument("file", metavar="LOG")
@click.option("--item", required=True, metavar="ID", help="The item, as identify had it.")
@click.option("--subsample", default="", metavar="ID", help="The part of it, as identify had it.")
@click.option(
    "--substance",
    "substances",
    multiple=True,
    metavar="NAME",
    help="A substance that was found; give each.",
)
@click.option("--nothing", is_flag=True, help="Nothing of interest was found.")
@click.option("--method", required=True, metavar="NAME", help="How it was found, such as GC-MS.")
@click.option("--by", required=True, metavar="WHO", help="Who says so.")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    item: str,
    subsample: str,
    substances: tuple[str, ...],
    nothing: bool,
    method: str,
    by: str,
    output_format: str,
) -> None:
    """Add to a case log what the laboratory found in an item.

    A later confirmation of the same item corrects an earlier one; both stay in the log.

    \b
    Examples:
      contraspec case confirm case.log --item K12 --substance cocaine --method GC-MS --by LAB-7
      contraspec case confirm case.log --item K13 --nothing --method FTIR --by LAB-7
    """  # noqa: D301  # click reads the escape
    from libraries.casework.confirming import Confirmation, confirm

    if bool(substances) == nothing:
        raise click.UsageError("Give each --substance that was found, or --nothing.")
    confirmation = Confirmation(item, subsample, substances, method, by)
    entry = run_on_file(ctx, file, output_format, lambda: confirm(file, confirmation))
    plain = {"schema": "contraspec.confirmation/1", "file": file, "entry": entry.number, "head": entry.sha256}
    say(plain, [f"Recorded as entry {entry.number}, head {entry.sha256}"], output_format)
