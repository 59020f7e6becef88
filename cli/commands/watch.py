"""``contraspec watch``: identify each scan that appears in a folder."""

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import click

from .. import _engine
from .._errors import EXIT_ALERT, Settings, failure_of, say_error, show_traceback, worst
from .._options import color_option, format_option, language_option, library_option
from .._page import Page
from .._question import Question, question_options
from .._streams import machine_stdout, printable
from .._terminal import ColorChoice, stdout_terminal
from .._usage import WordedUsageError
from ..batch.paging import Pages, check_folders, check_pages, page_options

if TYPE_CHECKING:
    from libraries.engine import Engine

    from ..batch.answering import Answerer
    from ..batch.writing import Counts

_DIGITS: Final = 16


@click.command("watch")
@click.argument("folder", metavar="FOLDER")
@library_option
@click.option("--results", metavar="FILE", help="Add every result to this file, one JSON object a line.")
@click.option("--beside", is_flag=True, help="Write NAME.result.jsonl beside each scan.")
@click.option(
    "--journal",
    metavar="FILE",
    help="Where it is noted which files are answered. Default: beside the file of --results, else in your "
    "own folder for settings.",
)
@click.option(
    "--grace",
    type=click.FloatRange(1.0, 3600.0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a file that cannot be read is taken for one that is still being written.",
)
@click.option("--fail-on", type=click.Choice(["alert"]), help="Exit with 1 when any result was an alert.")
@format_option("text", "json")
@question_options
@page_options
@language_option
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    folder: str,
    results: str | None,
    beside: bool,
    journal: str | None,
    grace: float,
    fail_on: str | None,
    output_format: str,
    question: Question,
    evidence: str | None,
    log: str | None,
    pages: Pages | None,
    language: str,
    color: ColorChoice,
) -> None:
    """Identify each scan that appears in a folder or below it, as soon as it is finished.

    Files that still grow are waited for. Every file is answered once, also when the watch is ended and
    begun again; one that changes later is answered again. A folder that vanishes, such as a network
    share, is waited for. Ctrl-C ends the watch.

    \b
    Examples:
      contraspec watch exports/ -l mylab.h5
      contraspec watch exports/ -l mylab.h5 --results today.jsonl
      contraspec watch exports/ --beside --lang nl
      contraspec watch exports/ --results today.jsonl --evidence kept/ --log case.log
      contraspec watch exports/ --report pages/ --report-only alert

    \b
    Exit codes, once it is ended:
      0   every input got a verdict
      1   an alert, only with --fail-on alert
      2   wrong usage
      3   an input could not be read or processed
      4   a library cannot be used
      70  internal error
    """  # noqa: D301  # click reads the escape
    question = replace(question, keeps=bool(evidence or pages))
    page = Page(stdout_terminal(color), language)
    asked = _Asked(
        folder, results, beside, journal=journal, grace=grace, evidence=evidence, log=log, pages=pages
    )
    counts = _run(ctx, asked, question, _sayer(output_format, page), page)
    fields = {"results": counts.results, "errors": counts.errors, "alerts": counts.alerts}
    click.echo(page.say("watch.ended", fields), err=True)
    ctx.exit(worst(counts.codes if fail_on == "alert" else counts.codes - {EXIT_ALERT}))


_Say = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class _Asked:
    """What is watched, and where answers go."""

    folder: str
    results: str | None
    beside: bool
    journal: str | None
    grace: float
    evidence: str | None
    log: str | None
    pages: Pages | None

    @property
    def journal_file(self) -> str:
        """Journal as asked for, or where it is kept by itself: never in a folder that may vanish."""
        if self.journal or self.results:
            return self.journal or f"{self.results}.journal"
        place = hashlib.sha256(os.fsencode(os.path.abspath(self.folder))).hexdigest()[:_DIGITS]
        return os.path.join(click.get_app_dir("contraspec"), "watch", f"{place}.journal")


def _run(ctx: click.Context, asked: _Asked, question: Question, say: _Say, page: Page) -> "Counts":
    """Watch until told to end."""
    from spectra.errors import BatchError, ExtraError

    from ..batch.answering import Answerer

    try:
        return _watch(asked, Answerer(question), say, page)
    except click.UsageError:
        raise
    except (BatchError, ExtraError) as error:
        show_traceback(error, ctx.ensure_object(Settings))
        raise click.UsageError(printable(str(error))) from error
    except Exception as error:  # noqa: BLE001  # told, with its exit code; the journal stays
        failure = _engine.library_failure(question.libraries, error)
        say_error(failure if failure.error == "library" else failure_of("", error))
        show_traceback(error, ctx.ensure_object(Settings))
        ctx.exit(failure.exit_code)


def _watch(asked: _Asked, answerer: "Answerer", say: _Say, page: Page) -> "Counts":
    from libraries.batches.journal import open_journal
    from libraries.batches.locking import held
    from libraries.batches.walking import Own

    from ..batch.keeping import Kept
    from ..batch.sinks import BESIDE, Sink
    from ..batch.watching import Watched, check_watchfiles

    check_watchfiles()
    check_folders(asked.evidence, asked.pages, [asked.folder])
    check_pages(asked.pages)
    if not os.path.isdir(asked.folder):
        raise WordedUsageError("usage.no_watched", {"folder": asked.folder})
    file = asked.journal_file
    os.makedirs(os.path.dirname(os.path.abspath(file)), exist_ok=True)
    logs = [asked.log, f"{asked.log}.head", f"{asked.log}.lock"] if asked.log else []
    files = [file, f"{file}.lock", *logs, *([asked.results] if asked.results else [])]
    folders = [each for each in (asked.evidence, asked.pages and asked.pages.folder) if each]
    own = Own.of(files, folders, endings=(BESIDE,))

    def notice(what: str) -> None:
        click.echo(page.say(f"watch.{what}", {"folder": printable(asked.folder)}), err=True)

    with held(file), open_journal(file, {"folder": asked.folder}) as journal:
        kept = Kept(answerer.engine, answerer.question, asked.evidence, asked.log, asked.pages)
        sink = Sink(journal, kept, say, asked.results, asked.beside)
        sink.catch_up()
        watched = Watched(asked.folder, answerer, own, sink.tell, notice, asked.grace)
        kept.recall(watched.recall(journal))
        stop = _stopped_by_signals()
        _warm(answerer.engine)
        notice("waiting")
        watched.run(stop)
    sink.counts.codes |= kept.codes
    return sink.counts


def _warm(engine: "Engine") -> None:
    """Answer a made-up scan of each technique, so that the first real one is not the slow one."""
    from .._checks import self_test_reference, synthesised

    for technique in sorted({library.technique for library in engine.libraries}):
        reference = self_test_reference(engine, technique)
        if reference is not None:
            engine.identify(synthesised(reference))


def _stopped_by_signals() -> threading.Event:
    """Event that Ctrl-C and a request to end set."""
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and threading.current_thread() is threading.main_thread():
            signal.signal(number, lambda *_: stop.set())
    return stop


def _sayer(output_format: str, page: Page) -> _Say:
    from ..batch.sinks import say_json, text_sayer

    if output_format == "json":
        machine_stdout()
        return say_json
    return text_sayer(page)
