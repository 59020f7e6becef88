"""``contraspec config show``: every value of the configuration, and where it comes from."""

from typing import Final

import click

from ..._config import KEYS, config_path, read_config, source_of, user_path
from ..._errors import Settings
from ..._options import format_option
from ..._records import json_line
from ..._streams import machine_stdout, printable

CONFIG_SCHEMA: Final = "contraspec.config/1"


@click.command("show")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, output_format: str) -> None:
    """Show every value, and whether the file, the environment or nobody says it.

    What is typed on the command line wins over all of it.

    \b
    Examples:
      contraspec config show
      contraspec --config site.toml config show
      contraspec config show --format json
    """  # noqa: D301  # click reads the escape
    config = read_config(config_path(ctx.ensure_object(Settings).config))
    found = [(key, *source_of(key, config)) for key in KEYS]
    if output_format == "json":
        machine_stdout()
        values = [
            {"key": key.name, "value": value, "from": source, "default": key.default}
            for key, value, source in found
        ]
        record = {
            "schema": CONFIG_SCHEMA,
            "file": config.path,
            "fingerprint": config.fingerprint or None,
            "values": values,
        }
        click.echo(json_line(record))
        return
    click.echo(printable(f"file         {config.path or f'none (yours would be {user_path()})'}"))
    click.echo(f"fingerprint  {config.fingerprint or 'none'}")
    width = max(len(key.name) for key in KEYS)
    for key, value, source in found:
        shown = f"({key.default})" if value is None else _shown(value)
        click.echo(printable(f"{key.name:<{width}}  {source:<11}  {shown}"))


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
