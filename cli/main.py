"""The console entry: ``contraspec COMMAND``.

This module and what it imports load click and the standard library only, so that
``contraspec --help`` answers at once; the numerical packages come with the command.
"""

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final, NoReturn

import click

from ._config import use_config
from ._errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_PIPE,
    EXIT_USAGE,
    Settings,
    say_internal,
    say_line,
)
from ._language import own_language
from ._lazy import LazyCommand, LazyGroup
from ._streams import prepare_streams, silence_stdout
from ._usage import say_wrong_usage
from ._version import engine_version

COMMANDS: Final[dict[str, LazyCommand]] = {
    "identify": LazyCommand("cli.commands.identify", "Say what each scan is, how sure, and what to do next."),
    "batch": LazyCommand("cli.commands.batch", "Identify all files of folders and lists, into one table."),
    "watch": LazyCommand("cli.commands.watch", "Identify each scan that appears in a folder."),
    "serve": LazyCommand("cli.commands.serve", "Answer other programs: stdio, TCP or a Unix socket."),
    "stream": LazyCommand("cli.commands.stream", "Judge what passes a detector, frame by frame."),
    "search": LazyCommand("cli.commands.search", "Rank the references that a scan is most like."),
    "combine": LazyCommand("cli.commands.combine", "Combine the results of two techniques on one item."),
    "info": LazyCommand("cli.commands.info", "Show what a file holds, as it was read."),
    "plot": LazyCommand("cli.commands.plot", "Draw scans, what explains them and what is left over."),
    "convert": LazyCommand("cli.commands.convert", "Write spectra as JCAMP-DX, CSV or NeXus."),
    "replay": LazyCommand("cli.commands.replay", "Identify again from an evidence file; say what differs."),
    "case": LazyCommand("cli.commands.case", "Check case logs, confirm results, count how often they held."),
    "library": LazyCommand("cli.commands.library", "Build reference libraries and look into them."),
    "keys": LazyCommand("cli.commands.keys", "Make and manage the keys that sign library releases."),
    "predict": LazyCommand("cli.commands.predict", "State a mass fraction, by a laboratory's calibration."),
    "redact": LazyCommand("cli.commands.redact", "Write scans and results without what the case is about."),
    "instrument": LazyCommand("cli.commands.instrument", "Check instruments with a standard; show drift."),
    "native": LazyCommand("cli.commands.native", "Build the library by which C programs call contraspec."),
    "config": LazyCommand("cli.commands.config", "Show and check the configuration file."),
    "doctor": LazyCommand("cli.commands.doctor", "Check that this installation can be trusted to work."),
}


def _show_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    click.echo(f"contraspec {engine_version()}")
    ctx.exit(0)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error (or set CONTRASPEC_DEBUG=1).")
@click.option(
    "--config",
    metavar="FILE",
    help="Configuration file. Default: the one that CONTRASPEC_CONFIG names, else your own "
    "(see contraspec config show).",
)
@click.pass_context
def root(ctx: click.Context, debug: bool, config: str | None) -> None:
    """Identify drugs, precursors and cutting agents from handheld Raman scans.

    Every answer is presumptive: one technique, to be confirmed in the laboratory.

    \b
    Examples:
      contraspec identify scan.csv
      contraspec identify *.csv -l mylab.h5 --format json
      contraspec info scan.spc
      contraspec library build references/ -o mylab.h5
      contraspec doctor

    \b
    Exit codes:
      0   every input got a verdict, whatever it is
      1   an alert, only with --fail-on alert
      2   wrong usage
      3   an input could not be read or processed
      4   a library is missing, damaged or not authorised
      5   the environment check failed
      70  internal error
    When several apply: 70 before 4 before 1 before 3.
    """  # noqa: D301  # click reads the escape
    ctx.obj = Settings(debug=debug or _debug_from_environment(), config=config)
    if ctx.invoked_subcommand != "config":  # which says itself what is wrong with the file
        use_config(ctx, config)


root.table = COMMANDS


def _debug_from_environment() -> bool:
    return os.environ.get("CONTRASPEC_DEBUG", "") not in ("", "0")


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit code.

    Parameters
    ----------
    args : sequence of str, optional
        Arguments after the program name; those of the process when None.
    """
    prepare_streams()
    _keep_blas_single()
    with own_language():
        code = _run(_debug_first(_config_first(list(sys.argv[1:] if args is None else args))))
    sys.exit(code)


def _keep_blas_single() -> None:
    """Ask BLAS for one thread, before numpy loads and unless the user asked for something else.

    One spectrum is a small job: on a busy machine a second thread makes it several times slower.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _debug_first(arguments: list[str]) -> list[str]:
    """Put ``--debug`` before the command: an error asks for it, and people add it at the end."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    if "--debug" not in arguments[:end]:
        return arguments
    return ["--debug", *(one for one in arguments[:end] if one != "--debug"), *arguments[end:]]


def _config_first(arguments: list[str]) -> list[str]:
    """Put ``--config FILE`` before the command: it may stand anywhere."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    for place, one in enumerate(arguments[:end]):
        width = 2 if one == "--config" else 1
        if one == "--config" or one.startswith("--config="):
            found = arguments[place : place + width]
            return [*found, *arguments[:place], *arguments[place + width :]]
    return arguments


def _run(arguments: list[str]) -> int:
    """Run without click's own ``main``, which leaves with 1 on a closed pipe: here 1 is an alert."""
    try:
        with root.make_context("contraspec", arguments) as context:
            root.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as left:
        return left.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt, EOFError):
        say_line("failure.interrupted")
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        say_wrong_usage(error, arguments)
        return error.exit_code if isinstance(error, click.UsageError) else EXIT_USAGE
    except OSError as error:
        if _is_closed_pipe(error):
            silence_stdout()
            return EXIT_PIPE
        return _internal(error, arguments)
    except Exception as error:  # noqa: BLE001  # the outermost edge: whatever it is gets a code and a line
        return _internal(error, arguments)
    return EXIT_OK


def _is_closed_pipe(error: OSError) -> bool:
    """Whether whoever read our output went away; Windows calls it EINVAL."""
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)


def _internal(error: BaseException, arguments: list[str]) -> int:
    say_internal(error)
    if "--debug" in arguments[:3] or _debug_from_environment():
        traceback.print_exception(error)
    return EXIT_INTERNAL


if __name__ == "__main__":
    main()
