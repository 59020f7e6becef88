"""``contraspec config check``: what is wrong with the configuration file."""

import click

from ..._config import ConfigError, config_path, missing_files, read_config
from ..._errors import EXIT_CHECK, Settings
from ..._streams import printable


@click.command("check")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Say what is wrong with the configuration file: keys, values, files that are not there.

    \b
    Examples:
      contraspec config check
      contraspec --config site.toml config check

    \b
    Exit codes:
      0  nothing, or there is no file
      5  something is wrong
    """  # noqa: D301  # click reads the escape
    path = config_path(ctx.ensure_object(Settings).config)
    try:
        config = read_config(path)
    except ConfigError as error:
        click.echo(error.message)
        ctx.exit(EXIT_CHECK)
    lacking = missing_files(config)
    for line in lacking:
        click.echo(printable(f"{path}: {line}"))
    if lacking:
        ctx.exit(EXIT_CHECK)
    click.echo(printable(f"{path}: good, {len(config.values)} values" if path else "no configuration file"))
