"""``contraspec library show``: every reference of a library, with its source and grade."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from ... import _engine
from ..._errors import EXIT_OK, Settings, say_error, show_traceback
from ..._libraries import (
    HintTableRecord,
    ReferenceRecord,
    hint_table_record,
    library_summary,
    open_libraries,
    reference_record,
)
from ..._options import format_option
from ..._records import error_record, json_line
from ..._render import substance_title
from ..._streams import machine_stdout
from ..._terminal import Terminal, stdout_terminal

if TYPE_CHECKING:
    from libraries.library import Library
    from libraries.review import Review, State

REVIEW_WORDS: "Final[dict[State, str]]" = {
    "approved": "approved",
    "sent_back": "sent back",
    "lapsed": "changed since their review",
    "open": "not reviewed",
}
_UNITS = {"raman_shift_cm-1": "cm⁻¹", "wavenumber_cm-1": "cm⁻¹", "wavelength_nm": "nm", "other": ""}


@click.command("show")
@click.argument("library", metavar="LIBRARY")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, library: str, output_format: str) -> None:
    """Show every reference of LIBRARY: name, form, CAS, role, grade, source, licence, range.

    LIBRARY is a file, or the word "starter" for the built-in one. Hints, which are
    recalled and unverified (grade E), stand apart: they are never evidence.

    \b
    Examples:
      contraspec library show starter
      contraspec library show mylab.h5 --format json

    \b
    Exit codes: 0 shown; 4 the library is missing or damaged.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    settings, terminal = ctx.ensure_object(Settings), stdout_terminal("never")
    code = EXIT_OK
    try:
        opened = open_libraries(library)
        lines = [
            line
            for one in opened
            for line in (_json(library, one) if output_format == "json" else _text(library, one, terminal))
        ]
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        failure = _engine.library_failure((library,), error)
        code = failure.exit_code
        lines = [json_line(error_record(failure))] if output_format == "json" else []
        say_error(failure)
        show_traceback(error, settings)
    for line in lines:
        click.echo(line)
    ctx.exit(code)


def _json(path: str, library: "Library") -> Iterator[str]:
    yield json_line(library_summary(path, library))
    reviews = _reviews(library)
    for reference in library.references:
        yield json_line(reference_record(reference, reviews.get(reference.id)))
    for table in library.hints:
        yield json_line(hint_table_record(table))


def _text(path: str, library: "Library", terminal: Terminal) -> Iterator[str]:
    summary = library_summary(path, library)
    yield from terminal.wrap(f"{summary['name']} ({path})")
    yield from terminal.wrap(
        f"{summary['technique']}; {summary['references']} references of {summary['substances']} substances; "
        f"release {summary['release'] or 'none'}; "
        f"{'calibrated' if summary['calibrated'] else 'not calibrated'}",
        indent="  ",
    )
    yield from terminal.wrap(f"sha256 {summary['sha256']}", indent="  ")
    if summary["banner"]:
        yield from terminal.wrap(summary["banner"], indent="  ")
    reviews = _reviews(library)
    yield from terminal.wrap(_reviewed(reviews), indent="  ")
    for reference in library.references:
        yield ""
        yield from _reference(reference_record(reference, reviews.get(reference.id)), terminal)
    if library.hints:
        yield ""
        yield from terminal.wrap("HINTS: grade E, unverified, never evidence")
    for table in library.hints:
        yield from _hint(hint_table_record(table), terminal)


def _reference(record: ReferenceRecord, terminal: Terminal) -> Iterator[str]:
    yield from terminal.wrap(substance_title(record["name"], record["form"]), hanging="  ")
    unit = _UNITS[record["x_kind"]]
    facts = [
        f"CAS {record['cas']}" if record["cas"] else "",
        f"role {record['role']}",
        f"grade {record['grade']}",
        f"{record['first']:g} to {record['last']:g} {unit}".strip(),
        f"laser {record['laser_nm']:g} nm" if record["laser_nm"] is not None else "",
        f"identity by {record['identity_assurance']}" if record["identity_assurance"] != "none" else "",
        f"instrument {record['instrument']}" if record["instrument"] else "",
        f"source {record['source']}" if record["source"] else "",
        f"licence {record['licence']}" if record["licence"] else "licence not stated",
        _review(record),
        f"DEPRECATED: {record['deprecated']}" if record["deprecated"] else "",
        f"id {record['id']}",
    ]
    yield from terminal.wrap("; ".join(filter(None, facts)), indent="  ")


def _reviews(library: "Library") -> "dict[str, Review]":
    from libraries.review import reviews_of

    return reviews_of(library)


def _reviewed(reviews: "dict[str, Review]") -> str:
    """How many references are in which state of review."""
    from libraries.review import tally

    counts = tally(reviews)
    return "review: " + ", ".join(f"{counts[state]} {word}" for state, word in REVIEW_WORDS.items())


def _review(record: ReferenceRecord) -> str:
    """State of review, its author and day; nothing where nobody decided."""
    state = record["review"]
    if not state or not record["reviewed_by"]:
        return ""
    return f"{REVIEW_WORDS[state]}, {record['reviewed_by']}, {record['reviewed'][:10]}"


def _hint(record: HintTableRecord, terminal: Terminal) -> Iterator[str]:
    bands = ", ".join(
        f"{band:g}{' strong' if strong else ''}"
        for band, strong in zip(record["bands_cm1"], record["strong"], strict=True)
        if band is not None
    )
    title = substance_title(record["name"], record["form"])
    facts = [f"CAS {record['cas']}" if record["cas"] else "", f"bands {bands} cm⁻¹", record["source"]]
    yield from terminal.wrap(f"{title}: {'; '.join(filter(None, facts))}", indent="  - ", hanging="    ")
