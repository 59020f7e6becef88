"""``contraspec predict``: mass fractions, only where a laboratory has supplied calibration samples."""

from typing import Final

import click

from ..._lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "fit": LazyCommand("cli.commands.predict.fit", "Fit a model on samples of known mass fraction."),
    "run": LazyCommand("cli.commands.predict.run", "State the mass fraction in a scan, or why not."),
}


@click.group("predict", cls=LazyGroup)
def command() -> None:
    """State a mass fraction from a near infrared scan, by a laboratory's own calibration.

    Nothing is predicted without a model, and a model knows only the samples it was fitted on: a
    scan of anything else gets no value.

    \b
    Examples:
      contraspec predict fit samples/ --manifest samples.csv --substance lactose -o lactose.json
      contraspec predict run scan.csv -m lactose.json
    """  # noqa: D301  # click reads the escape


command.table = COMMANDS
