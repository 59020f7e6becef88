"""``contraspec doctor``: check that this installation can be trusted to work."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from .. import _engine
from .._checks import (
    Check,
    check_dependencies,
    check_identification,
    check_kernel_cache,
    check_packages,
    check_python,
    check_starter,
    run_guarded,
)
from .._errors import EXIT_CHECK, EXIT_OK, Settings, show_traceback
from .._options import format_option
from .._records import json_line
from .._streams import machine_stdout
from .._terminal import stdout_terminal
from .._warming import KERNELS

if TYPE_CHECKING:
    from libraries.engine import Engine

CHECK_SCHEMA: Final = "contraspec.check/1"
_ENVIRONMENT: Final[tuple[tuple[str, Callable[[], Check]], ...]] = (
    ("python", check_python),
    ("packages", check_packages),
    ("dependencies", check_dependencies),
    ("kernel cache", check_kernel_cache),
)
_WITH_ENGINE: Final[tuple[tuple[str, Callable[["Engine"], Check]], ...]] = (
    ("starter library", check_starter),
    ("self test", check_identification),
)


@click.command("doctor")
@click.option("--warm", is_flag=True, help="Also compile all kernels and say what the first start costs.")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, warm: bool, output_format: str) -> None:
    """Check that this installation can be trusted to work.

    Looks at Python, the packages, the compiler cache and the built-in library, and
    identifies a synthesised scan. Run it once after installing; with --warm, before a
    shift, so that the first parcel is as fast as the rest.

    \b
    Examples:
      contraspec doctor
      contraspec doctor --warm --format json

    \b
    Exit codes: 0 everything works; 5 a check failed, with its remedy.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    terminal, n_failed = stdout_terminal("never"), 0
    for check in _checks(ctx.ensure_object(Settings), warm):
        n_failed += not check.ok
        if output_format == "json":
            click.echo(json_line(_record(check)))
            continue
        for line in terminal.wrap(
            f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.detail}", hanging="      "
        ):
            click.echo(line)
        for line in terminal.wrap(f"what to do: {check.remedy}", indent="      ") if check.remedy else ():
            click.echo(line)
    ctx.exit(EXIT_CHECK if n_failed else EXIT_OK)


def _record(check: Check) -> dict[str, str | bool]:
    return {
        "schema": CHECK_SCHEMA,
        "check": check.name,
        "ok": check.ok,
        "detail": check.detail,
        "remedy": check.remedy,
    }


def _checks(settings: Settings, warm: bool) -> Iterator[Check]:
    for name, check in _ENVIRONMENT:
        yield run_guarded(name, check)
    started = time.perf_counter()
    try:
        engine = _engine.open_engine(())
    except Exception as error:  # noqa: BLE001  # told as a failed check
        show_traceback(error, settings)
        for name, _ in _WITH_ENGINE:
            yield Check(
                name,
                False,
                f"{type(error).__name__}: {error}",
                "install contraspec again: its built-in library is part of it",
            )
        return
    opened = time.perf_counter()
    for name, check_engine in _WITH_ENGINE:
        yield run_guarded(name, partial(check_engine, engine))
    if warm:
        first = time.perf_counter() - opened
        again = time.perf_counter()
        run_guarded("self test", partial(check_identification, engine))
        seconds = {
            "opening the library": opened - started,
            "first scan": first,
            "second scan": time.perf_counter() - again,
        }
        for name, compile_them in KERNELS:
            compiling = time.perf_counter()
            compile_them()
            seconds[name] = time.perf_counter() - compiling
        detail = ", ".join(f"{what} {cost:.2f} s" for what, cost in seconds.items())
        yield Check("warm", True, detail)
