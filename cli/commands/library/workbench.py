"""``contraspec library workbench``: local pages for what eyes do better."""

import click

from ..._changes import stated_by
from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._options import trust_option


@click.command("workbench")
@click.argument("library", metavar="LIB")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Port on this machine. Default: any that is free.",
)
@click.option("--no-browser", is_flag=True, help="Only show the address, open no browser.")
@click.option(
    "--by",
    "who",
    metavar="NAME",
    help="Who works here, for the change log. Default: the environment variable CONTRASPEC_BY; the pages "
    "ask where that is not set.",
)
@trust_option
@click.pass_context
def command(
    ctx: click.Context, library: str, port: int, no_browser: bool, who: str | None, trust: str | None
) -> None:
    """Look at the references of LIB, decide on them, and release it, in a browser on this machine.

    Overlays of references and replicates, bands, what lint found, a map of what one scan
    cannot tell apart; approve or send back with a reason; the change log; both signatures of
    a release. Bound to 127.0.0.1, behind an address that nobody can guess; nothing is loaded from
    elsewhere. Needs the extra "workbench". Ctrl+C ends it.

    \b
    Examples:
      contraspec library workbench mylab.h5 --by "A. Keeper"
      contraspec library workbench mylab.h5 --trust trust.json --port 8765 --no-browser

    \b
    Exit codes: 0 ended; 3 the extra "workbench" is not installed; 4 the library is missing or
    damaged, or the port is taken.
    """  # noqa: D301  # click reads the escape
    try:
        from ...workbench._session import Session  # numpy and h5py come with it
        from ...workbench.serving import listen

        serving = listen(Session(library, trust=trust, who=stated_by(who)), port=port)
        click.echo(f"contraspec: the workbench is at {serving.address}")
        click.echo("contraspec: Ctrl+C ends it", err=True)
        if not no_browser:
            import webbrowser

            webbrowser.open(serving.once)
        serving.run()
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, library, error)
    ctx.exit(EXIT_OK)
