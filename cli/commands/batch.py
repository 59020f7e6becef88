"""``contraspec batch``: identify all files of folders and lists, into one table."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import click

from .. import _engine
from .._errors import EXIT_ALERT, Settings, failure_of, say_error, show_traceback, worst
from .._options import format_option, language_option, library_option
from .._question import Question, question_options
from .._records import json_line
from .._streams import machine_stdout, printable
from .._terminal import stdout_terminal
from .._usage import WordedUsageError
from ..batch.paging import Pages, check_folders, check_pages, page_options
from ..messages import message

if TYPE_CHECKING:
    from libraries.engine import Engine

    from ..batch.cluster import Tls
    from ..batch.workers import Workers
    from ..batch.writing import Counts

BATCH_SCHEMA: Final = "contraspec.batch/1"
_FEW: Final = 16
"""Files for which it does not pay to start processes."""


@click.command("batch")
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="FILE",
    help="Text file that names a PATH on each line. May be given several times.",
)
@library_option
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Table to write; the ending says which: .parquet, .csv or .jsonl.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Processes that answer at the same time. Default: one for each core.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Dask scheduler that answers instead: tcp://HOST:PORT on this machine, tls://HOST:PORT beyond it.",
)
@click.option(
    "--tls-ca", metavar="FILE", help="Certificate of the authority that both ends trust, for tls://."
)
@click.option("--tls-cert", metavar="FILE", help="Certificate of this end, for tls://.")
@click.option("--tls-key", metavar="FILE", help="Key of this end, for tls://.")
@click.option(
    "--restart", is_flag=True, help="Forget what an earlier run of this output has done, and begin anew."
)
@click.option("--fail-on", type=click.Choice(["alert"]), help="Exit with 1 when any result is an alert.")
@format_option("text", "json")
@question_options
@page_options
@language_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    lists: tuple[str, ...],
    output: str,
    workers: int | None,
    scheduler: str | None,
    tls_ca: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    restart: bool,
    fail_on: str | None,
    output_format: str,
    question: Question,
    evidence: str | None,
    log: str | None,
    pages: Pages | None,
    language: str,
) -> None:
    """Identify every file of folders, patterns and lists, and write one row for each spectrum.

    Folders are taken with all that is below them, in sorted order. A file that cannot be read gets a
    row that says why; nothing is left out. What is done stands in OUTPUT.journal: after Ctrl-C or a
    crash the same command goes on where it was. With --evidence and --report every answer gets a file
    below those folders. PATH may hold * and ?.

    \b
    Examples:
      contraspec batch seizures/ -l mylab.h5 -o results.parquet
      contraspec batch inbox/ archive/2025/ -o results.csv
      contraspec batch "inbox/*.spc" -o results.jsonl --workers 4
      contraspec batch --list today.txt -o results.csv --evidence kept/ --log case.log
      contraspec batch seizures/ -o results.csv --report pages/ --report-only alert --lang nl
      contraspec batch seizures/ -o results.csv --restart
      contraspec batch seizures/ -l mylab.h5 -o results.parquet --scheduler tcp://127.0.0.1:8786

    \b
    Exit codes:
      0   every input got a verdict
      1   an alert, only with --fail-on alert
      2   wrong usage, or a journal of other settings
      3   an input could not be read or processed
      4   a library cannot be used
      70  internal error
    When several apply: 70 before 4 before 1 before 3.
    """  # noqa: D301  # click reads the escape
    from ..batch.cluster import Tls

    if not paths and not lists:
        raise click.UsageError("Missing argument 'PATH...' (or --list FILE).")
    if workers and scheduler:
        raise click.UsageError("--workers and --scheduler cannot go together: the cluster has its own.")
    if scheduler and question.instruments:
        raise click.UsageError(
            "checks of instruments are not sent to a cluster: batch on this machine, or without them."
        )
    question = replace(question, keeps=bool(evidence or pages))
    asked = _Asked(paths, lists, output, evidence=evidence, log=log, pages=pages, restart=restart)
    where = _Where(workers, scheduler, Tls(tls_ca, tls_cert, tls_key))
    counts, before = _run(ctx, asked, question, where)
    if output_format == "json":
        machine_stdout()
        click.echo(json_line(_told(counts, output, before)))
    else:
        terminal = stdout_terminal("never")
        for line in _said(counts, output, before, language):
            click.echo("\n".join(terminal.fit(line)))
    codes = counts.codes if fail_on == "alert" else counts.codes - {EXIT_ALERT}
    ctx.exit(worst(codes))


@dataclass(frozen=True)
class _Asked:
    """What is to be done, and where it goes."""

    paths: tuple[str, ...]
    lists: tuple[str, ...]
    output: str
    evidence: str | None = None
    log: str | None = None
    pages: Pages | None = None
    restart: bool = False

    @property
    def folders(self) -> list[str]:
        """What the batch fills itself."""
        return [each for each in (self.evidence, self.pages and self.pages.folder) if each]


@dataclass(frozen=True)
class _Where:
    """Who answers: processes here, or a cluster."""

    workers: int | None
    scheduler: str | None
    tls: "Tls"


def _run(ctx: click.Context, asked: _Asked, question: Question, where: _Where) -> "tuple[Counts, int]":
    """Answer and write everything; how many files were done before."""
    from spectra.errors import BatchError, ExtraError

    try:
        _check(asked, where)
        return _go(asked, question, where, question.open_engine())
    except click.UsageError:
        raise
    except (BatchError, ExtraError, UnicodeDecodeError) as error:
        show_traceback(error, ctx.ensure_object(Settings))
        raise click.UsageError(printable(str(error))) from error
    except Exception as error:  # noqa: BLE001  # told, with its exit code; the journal stays
        failure = _engine.library_failure(question.libraries, error)
        say_error(failure if failure.error == "library" else failure_of("", error))
        show_traceback(error, ctx.ensure_object(Settings))
        ctx.exit(failure.exit_code)


def _check(asked: _Asked, where: _Where) -> None:
    """Refuse what would fail only after hours."""
    from ..batch.cluster import check_address
    from ..batch.writing import check_output, journal_path

    check_output(asked.output)
    if where.scheduler:
        check_address(where.scheduler, where.tls)
    if not os.path.isdir(os.path.dirname(os.path.abspath(asked.output))):
        raise WordedUsageError("usage.no_folder", {"output": asked.output})
    known = os.path.exists(journal_path(asked.output)) or asked.restart
    if not known and os.path.isfile(asked.output) and os.path.getsize(asked.output):
        raise WordedUsageError("usage.there_already", {"output": asked.output})
    check_folders(asked.evidence, asked.pages, [*asked.paths])
    check_pages(asked.pages)


def _go(asked: _Asked, question: Question, where: _Where, engine: "Engine") -> "tuple[Counts, int]":
    from libraries.batches.journal import open_journal
    from libraries.batches.locking import held
    from libraries.batches.walking import Own, find_places
    from libraries.batches.worklist import WorkList

    from ..batch.answering import identity_of
    from ..batch.bar import Bar
    from ..batch.keeping import Kept
    from ..batch.running import Run
    from ..batch.writing import journal_path, own_files, write_output

    expected = identity_of(engine)
    logs = [asked.log, f"{asked.log}.head", f"{asked.log}.lock"] if asked.log else []
    own = Own.of([*own_files(asked.output), *logs], asked.folders)
    journal_file = journal_path(asked.output)
    with (
        held(journal_file),
        open_journal(journal_file, _settings(asked, question, expected), restart=asked.restart) as journal,
        WorkList() as work,
        Bar() as bar,
    ):
        work.add(find_places(_inputs(asked.paths, asked.lists), own))
        kept = Kept(engine, question, asked.evidence, asked.log, asked.pages)
        kept.recall(work.recall(journal))
        run = Run(work, journal, kept, bar.update)
        if where.scheduler is None and where.workers is None and len(work) < _FEW:
            where = replace(where, workers=1)
        with _workers(where, question, expected, engine) as workers:
            run.through(workers, send_content=where.scheduler is not None)
        counts = write_output(asked.output, work, journal)
    counts.codes |= kept.codes
    return counts, run.n_done - run.n_answered


@contextlib.contextmanager
def _workers(
    where: _Where, question: Question, expected: dict[str, Any], engine: "Engine"
) -> "Iterator[Workers]":
    """Whoever answers, ended when the block does."""
    from ..batch.answering import Answerer
    from ..batch.workers import InProcess, Processes, default_workers

    n = where.workers or default_workers()
    workers: Workers
    if where.scheduler:
        from ..batch.cluster import Cluster

        workers = Cluster(where.scheduler, where.tls, question=question, expected=expected)
    elif n == 1:
        workers = InProcess(Answerer(question, engine))
    else:
        workers = Processes(n, question, expected)
    try:
        yield workers
    finally:
        workers.close()


def _inputs(paths: Sequence[str], lists: Sequence[str]) -> Iterator[str]:
    from libraries.batches.walking import read_list

    yield from paths
    for file in lists:
        yield from read_list(file)


def _settings(asked: _Asked, question: Question, expected: dict[str, Any]) -> dict[str, Any]:
    """Everything that rows, evidence and log depend on."""
    options, pages = question.options, asked.pages
    return {
        **expected,
        "inputs": [*asked.paths, *asked.lists],
        "prior": question.prior,
        "watch": list(question.watch),
        "policy": question.policy,
        "technique": options.technique,
        "column": options.column,
        "laser_nm": options.laser_nm,
        "axis_offset": question.axis_offset_cm1,
        "item": question.item,
        "subsample": question.subsample,
        "instruments": [question.instruments, question.instrument_policy, question.serial],
        "configuration": question.settings,
        "evidence": asked.evidence,
        "log": asked.log,
        "pages": [pages.folder, pages.form, pages.alerts_only] if pages else None,
    }


def _told(counts: "Counts", output: str, before: int) -> dict[str, Any]:
    return {
        "schema": BATCH_SCHEMA,
        "output": output,
        "files": counts.files,
        "done_before": before,
        "results": counts.results,
        "errors": counts.errors,
        "alerts": counts.alerts,
        "verdicts": dict(sorted(counts.verdicts.items())),
        "failures": dict(sorted(counts.failures.items())),
    }


def _said(counts: "Counts", output: str, before: int, language: str) -> Iterator[str]:
    if before:
        yield message("batch.before", {"n": before}, language=language)
    fields = {
        "files": counts.files,
        "results": counts.results,
        "errors": counts.errors,
        "alerts": counts.alerts,
    }
    yield message("batch.done", fields, language=language)
    for verdict, n in sorted(counts.verdicts.items()):
        yield f"  {n:>8}  {message(f'verdict.{verdict}', language=language)}"
    for error, n in sorted(counts.failures.items()):
        yield f"  {n:>8}  {message(f'error.{error}', language=language)}"
    yield message("batch.written", {"output": output}, language=language)
