"""``contraspec predict fit``: a model of a mass fraction from a laboratory's samples."""

from typing import TYPE_CHECKING, Final

import click

from ..._errors import EXIT_OK, Settings, failure_of, say_error, show_traceback
from ..._options import format_option
from ..._progress import Progress
from ..._records import error_record, json_line, rounded
from ..._streams import machine_stdout
from ..._targets import refuse_other_kind, refuse_to_replace
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.quantities import MassFraction

FITTED_SCHEMA: Final = "contraspec.fitted/1"


@click.command("fit")
@click.argument("folder", metavar="FOLDER")
@click.option(
    "--manifest",
    required=True,
    metavar="SAMPLES.csv",
    help="Columns file (inside FOLDER) and mass_fraction (0 to 1); sample where several files are "
    "scans of one sample, index where one spectrum of a file is meant.",
)
@click.option("--substance", required=True, metavar="NAME", help="Whose mass fraction it is.")
@click.option("-o", "--output", required=True, metavar="MODEL.json", help="Where to write the model.")
@click.option(
    "--range",
    "range_nm",
    nargs=2,
    type=click.FloatRange(500.0, 3000.0),
    metavar="LOW HIGH",
    help="Wavelengths to take, nm. Default: all that the scans share.",
)
@click.option(
    "--components",
    type=click.IntRange(1, 50),
    metavar="N",
    help="Number of latent variables. Default: the fewest within one standard error of the best.",
)
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    folder: str,
    manifest: str,
    substance: str,
    output: str,
    range_nm: tuple[float, float] | None,
    components: int | None,
    output_format: str,
) -> None:
    """Fit a model of a mass fraction on FOLDER's scans of samples that a laboratory has analysed.

    Partial least squares on scatter-corrected first derivatives. At least 20 samples; they should
    span what is to be measured, in mass fraction and in everything else that varies. The model is
    JSON with plain numbers. Fitting takes pip install "contraspec[lab]"; predicting does not.

    \b
    Examples:
      contraspec predict fit samples/ --manifest samples.csv --substance lactose -o lactose.json
      contraspec predict fit samples/ --manifest samples.csv --substance lactose -o lactose.json
          --range 1000 1650

    \b
    Exit codes: 0 written; 2 MODEL.json is the table, or another kind of file; 3 MODEL.json
    cannot be written, or scikit-learn is not installed; 4 the table, a scan or the samples
    cannot be used.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    if range_nm is not None and not range_nm[0] < range_nm[1]:
        raise click.BadParameter(f"{range_nm[0]:g} is not below {range_nm[1]:g}.", param_hint="--range")
    refuse_to_replace(output, [manifest])
    refuse_other_kind(output, (".json",))
    try:
        from libraries.quantities import fit_mass_fraction, save_mass_fraction  # numpy comes with it

        with Progress("reading") as progress:
            fitted = fit_mass_fraction(
                folder,
                manifest,
                substance=substance,
                range_nm=range_nm,
                n_components=components,
                progress=progress.update,
            )
        save_mass_fraction(fitted, output)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        failure = failure_of(manifest, error)
        show_traceback(error, ctx.ensure_object(Settings))
        if output_format == "json":
            click.echo(json_line(error_record(failure)))
        say_error(failure)
        ctx.exit(failure.exit_code)
    _tell(output, fitted, output_format)
    ctx.exit(EXIT_OK)


def _tell(output: str, fitted: "MassFraction", output_format: str) -> None:
    model, (low_nm, high_nm) = fitted.model, fitted.range_nm
    if output_format == "json":
        record = {
            "schema": FITTED_SCHEMA,
            "model": output,
            "substance": fitted.substance,
            "samples": model.n_samples,
            "spectra": fitted.n_spectra,
            "components": model.n_components,
            "range_nm": [rounded(low_nm), rounded(high_nm)],
            "mass_fraction": [rounded(model.low), rounded(model.high)],
            "rmsecv": rounded(model.rmsecv),
            "rmsecv_by_components": [rounded(float(each)) for each in model.cv_errors],
            "level": rounded(model.level),
            "instruments": list(fitted.instruments),
            "sha256": fitted.sha256,
        }
        click.echo(json_line(record))
        return
    terminal = stdout_terminal("never")
    for line in (
        f"written {output}: mass fraction of {fitted.substance}",
        f"  {model.n_samples} samples, {fitted.n_spectra} scans, {low_nm:g} to {high_nm:g} nm",
        f"  {model.n_components} components; error of left-out samples {100 * model.rmsecv:.2g} % by mass",
        f"  answers from {100 * model.low:.3g} to {100 * model.high:.3g} % by mass, for scans like these",
        f"  sha256 {fitted.sha256}",
    ):
        click.echo(terminal.show(line))
