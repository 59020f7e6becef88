"""``contraspec native build``: compile the C library."""

from pathlib import Path

import click

from ..._errors import EXIT_CHECK
from ..._options import format_option
from ..._records import json_line
from ..._streams import printable


@click.command("build")
@click.option("--out", required=True, metavar="FOLDER", help="Where library and header go.")
@click.option("--cc", metavar="PROGRAM", help="C compiler. Default: CC, else the first of cc, gcc, clang.")
@click.option("--python", metavar="PROGRAM", help="Interpreter that the library starts. Default: this one.")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, out: str, cc: str | None, python: str | None, output_format: str) -> None:
    """Compile the C library and put its header beside it; docs/native.md says how to use them.

    \b
    Examples:
      contraspec native build --out native/
      contraspec native build --out native/ --cc clang --python /opt/contraspec/bin/python
      cc -Inative identify.c -Lnative -lcontraspec -Wl,-rpath,$PWD/native

    \b
    Exit codes:
      0  built
      5  no compiler, or it failed
    """  # noqa: D301  # click reads the escape
    from ...native.building import BuildError, build_library

    try:
        built = build_library(Path(out), compiler=cc, python=python)
    except BuildError as error:
        click.echo(printable(f"contraspec: error: {error}"), err=True)
        ctx.exit(EXIT_CHECK)
    if output_format == "json":
        record = {"library": str(built.library), "header": str(built.header), "python": built.python}
        click.echo(json_line({"schema": "contraspec.native/1", **record}))
        return
    for line in (built.library, built.header, f"starts {built.python}"):
        click.echo(printable(str(line)))
