"""``contraspec library confusables``: what one scan does not tell apart."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._options import format_option
from ..._progress import Progress
from ..._records import json_line, rounded
from ..._streams import machine_stdout
from ..._terminal import Terminal, stdout_terminal

if TYPE_CHECKING:
    from libraries.curation.confusables import Confusable, Confusables

CONFUSABLES_SCHEMA: Final = "contraspec.confusables/1"


@click.command("confusables")
@click.argument("file", metavar="FILE")
@click.option(
    "--snr",
    type=click.FloatRange(1.0, 1e6),
    default=100.0,
    show_default=True,
    help="Signal-to-noise ratio of a scan: highest band over the noise.",
)
@click.option(
    "--limit",
    type=click.FloatRange(0.0, 1e3),
    default=3.0,
    show_default=True,
    help="Standard deviations below which two substances are not told apart.",
)
@click.option(
    "--top", type=click.IntRange(min=0), default=20, show_default=True, help="Pairs to show at most."
)
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, file: str, snr: float, limit: float, top: int, output_format: str) -> None:
    """Say which substances of the library FILE one scan does not tell apart.

    Of each pair: by how many standard deviations a scan of the one departs from the other,
    noise and what instruments change counted. Pairs below the limit are joined to groups:
    identify answers with the group. Nothing is changed.

    \b
    Examples:
      contraspec library confusables mylab.h5
      contraspec library confusables mylab.h5 --snr 20 --top 50 --format json

    \b
    Exit codes: 0 told; 3 the library is of a technique without this test (only Raman
    libraries have it); 4 the library is missing or damaged.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    try:
        from libraries.curation.confusables import find_confusables
        from libraries.library import Library  # numpy and h5py come with it

        with Progress("comparing") as progress:
            found = find_confusables(Library.open(file), snr=snr, limit=limit, progress=progress.update)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, file, error, as_json=output_format == "json")
    if output_format == "json":
        record = {
            "schema": CONFUSABLES_SCHEMA,
            "library": file,
            "snr": rounded(found.snr),
            "limit": rounded(found.limit),
            "groups": [list(group) for group in found.groups],
            "pairs": [_pair(pair) for pair in found.pairs[:top]],
        }
        click.echo(json_line(record))
    else:
        for line in _text(found, top, stdout_terminal("never")):
            click.echo(line)
    ctx.exit(EXIT_OK)


def _pair(pair: "Confusable") -> dict[str, object]:
    labels = pair.one.label, pair.other.label
    return {
        "names": [label.substance for label in labels],
        "forms": [label.form for label in labels],
        "references": [label.id for label in labels],
        "separation": rounded(pair.separation),
        "correlation": rounded(pair.correlation),
    }


def _text(found: "Confusables", top: int, terminal: Terminal) -> Iterator[str]:
    yield from terminal.wrap(
        f"scans of signal-to-noise {found.snr:g}; below {found.limit:g} standard deviations not told apart"
    )
    for group in found.groups:
        yield from terminal.wrap(f"group: {', '.join(group)}", hanging="  ")
    if not found.groups:
        yield terminal.show("no group: every pair is told apart")
    for pair in found.pairs[:top]:
        names = " | ".join(label.substance for label in (pair.one.label, pair.other.label))
        yield from terminal.wrap(f"{pair.separation:8.1f}  {names}", hanging="          ")
