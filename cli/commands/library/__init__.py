"""``contraspec library``: build reference libraries and look into them."""

from typing import Final

import click

from ..._lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "build": LazyCommand(
        "cli.commands.library.build", "Make a library from a folder of measured references."
    ),
    "add": LazyCommand(
        "cli.commands.library.add", "Add references: from files, a folder, or another library."
    ),
    "deprecate": LazyCommand("cli.commands.library.deprecate", "Take references out of use, and keep them."),
    "lint": LazyCommand("cli.commands.library.lint", "Look for what to mend in a library."),
    "confusables": LazyCommand(
        "cli.commands.library.confusables", "Say which substances one scan does not tell apart."
    ),
    "export": LazyCommand("cli.commands.library.export", "Write the references as files others can read."),
    "log": LazyCommand("cli.commands.library.log", "Who changed a library, when and why."),
    "calibrate": LazyCommand("cli.commands.library.calibrate", "Fit a library's probabilities again."),
    "list": LazyCommand("cli.commands.library.list", "One line for each library."),
    "transfer": LazyCommand(
        "cli.commands.library.transfer", "Make a library of one instrument into one for another."
    ),
    "validate": LazyCommand("cli.commands.library.validate", "Try a library on labelled cases."),
    "release": LazyCommand("cli.commands.library.release", "Sign a library, as its creator or approver."),
    "verify": LazyCommand("cli.commands.library.verify", "Check every byte of a library, and who signed it."),
    "diff": LazyCommand("cli.commands.library.diff", "Say what differs between two libraries."),
    "show": LazyCommand(
        "cli.commands.library.show", "Every reference of a library, with its source and grade."
    ),
    "workbench": LazyCommand(
        "cli.commands.library.workbench", "Look at references, decide and release, in a browser here."
    ),
}


@click.group("library", cls=LazyGroup)
def command() -> None:
    """Build reference libraries and look into them.

    \b
    Examples:
      contraspec library build references/ --manifest manifest.csv -o mylab.h5
      contraspec library calibrate mylab.h5
      contraspec library list mylab.h5
      contraspec library show starter
    """  # noqa: D301  # click reads the escape


command.table = COMMANDS
