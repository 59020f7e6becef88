"""``contraspec library calibrate``: fit what turns evidence into probabilities, again."""

from typing import TYPE_CHECKING, Final

import click

from ..._changes import change_options, save_recorded
from ..._errors import EXIT_OK, Settings, failure_of, say_error, show_traceback
from ..._options import format_option
from ..._progress import Progress
from ..._records import error_record, json_line, rounded
from ..._streams import machine_stdout
from ..._targets import LIBRARY_ENDINGS, refuse_other_kind
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.library import Library
    from spectra.confidence.calibration import Calibration

CALIBRATION_SCHEMA: Final = "contraspec.calibrated/1"


@click.command("calibrate")
@click.argument("file", metavar="FILE")
@click.option("-o", "--output", metavar="LIB.h5", help="Where to write. Default: FILE itself.")
@click.option("--seed", type=click.IntRange(min=0), help="Of the simulation. Default: always the same one.")
@change_options
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    output: str | None,
    seed: int | None,
    who: str | None,
    why: str,
    output_format: str,
) -> None:
    """Calibrate the library FILE again, and keep everything else in it.

    Needed after an upgrade that weighs evidence differently: a calibration knows only the
    evidence it was fitted on. The file is replaced when all is written, and not before.

    \b
    Examples:
      contraspec library calibrate mylab.h5
      contraspec library calibrate mylab.h5 -o mylab-2.h5 --format json

    \b
    Exit codes: 0 written; 2 what stands at the output is no library; 4 the library is missing,
    damaged or too small, or cannot be written.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    if output is not None:
        refuse_other_kind(output, LIBRARY_ENDINGS)
    target = file if output is None else output
    try:
        library, calibration = _calibrate(file, target, seed, (who, why))
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        failure = failure_of(file, error)
        show_traceback(error, ctx.ensure_object(Settings))
        if output_format == "json":
            click.echo(json_line(error_record(failure)))
        say_error(failure)
        ctx.exit(failure.exit_code)
    _tell(target, library, calibration, output_format)
    ctx.exit(EXIT_OK)


def _calibrate(
    file: str, target: str, seed: int | None, by: tuple[str | None, str]
) -> "tuple[Library, Calibration]":
    from libraries.calibrating import (  # numpy and h5py come with it
        CALIBRATION_SEED,
        fit_library,
        prepare_library,
    )
    from libraries.library import Library
    from spectra.confidence.calibration import Calibration
    from spectra.errors import CalibrationError, LibraryError

    library = Library.open(file, mapped=False)  # so that the file can be replaced on Windows too
    with Progress("preparing") as progress:
        library = prepare_library(library, progress=progress.update)
    try:
        with Progress("calibrating") as progress:
            library = fit_library(
                library, seed=CALIBRATION_SEED if seed is None else seed, progress=progress.update
            )
    except CalibrationError as error:
        raise LibraryError(f"cannot be calibrated: {error}") from error
    if library.calibration is None:
        raise LibraryError("cannot be calibrated: it takes at least two substances")
    calibration = Calibration.from_dict(library.calibration)
    saved = save_recorded(library, target, "calibrate", by=by, details={"seed": calibration.seed})
    return saved, calibration


def _tell(target: str, library: "Library", calibration: "Calibration", output_format: str) -> None:
    if output_format == "json":
        record = {
            "schema": CALIBRATION_SCHEMA,
            "library": target,
            "name": library.name,
            "references": calibration.n_references,
            "substances": calibration.n_substances,
            "simulated": calibration.n_simulated,
            "measured": calibration.n_measured,
            "replicates": calibration.n_replicates,
            "threshold": rounded(calibration.threshold),
            "mixture_threshold": rounded(calibration.mixture_threshold),
            "prior": rounded(calibration.prior),
            "set_level": rounded(calibration.set_level),
            "set_gap": rounded(calibration.set_gap),
            "seed": calibration.seed,
            "sha256": library.content_sha256,
        }
        click.echo(json_line(record))
        return
    terminal = stdout_terminal("never")
    own = f", {calibration.n_replicates} of its own replicates" if calibration.n_replicates else ""
    for line in (
        f"calibrated {target}: {library.name}",
        f"  {calibration.n_references} references of {calibration.n_substances} substances",
        f"  {calibration.n_simulated} simulated and {calibration.n_measured} measured cases{own}, "
        f"seed {calibration.seed}",
        f"  match from probability {calibration.threshold:.3f}, mixture from "
        f"{calibration.mixture_threshold:.3f}, at prior {calibration.prior:g}",
        f"  sha256 {library.content_sha256}",
    ):
        click.echo(terminal.show(line))
