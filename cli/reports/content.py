"""From an answer to the page: the same words as on the screen, from the same record."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .._details import quality_facts
from .._notes import note_text
from .._page import Page
from .._records import HitRecord, ResultRecord, SubstanceRecord
from .._render import (
    action_texts,
    alert_text,
    danger_text,
    hint_text,
    is_certain,
    joined_names,
    limit_lines,
    meaning_lines,
    prediction_set_lines,
    role_text,
    share_text,
    shown_verdict,
    substance_title,
    sureness,
    title_of,
    unexplained_lines,
)
from .._replicates import render_replicates
from .._terminal import Terminal
from ..messages import Field
from .rates import overall_rate, substance_rates
from .sheet import Block, Sheet
from .sources import check_block, library_block, local_date, prints_block, scan_rows, settings_block

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.library import Library
    from spectra.spectrum import Spectrum

_ONE_LINE: Final = 1_000_000
"""Columns of a page that wraps nothing: who lays it out wraps."""

MAX_HITS: Final = 5
MAX_SCANS: Final = 6
MAX_NOTES: Final = 3
MAX_NOTE: Final = 240
"""Characters of one note or of an override: the page must stay one page."""


@dataclass(frozen=True)
class Source:
    """What a page tells of.

    Attributes
    ----------
    record : ResultRecord
        The answer as it was told, with what was kept of it.
    spectra : sequence of Spectrum
        As they were read.
    libraries : sequence of Library
        That were asked.
    asked : Asked
        Settings.
    n_in_file : int
        Spectra in the file.
    made : datetime
        When, with its time zone.
    """

    record: ResultRecord
    spectra: "Sequence[Spectrum]"
    libraries: "Sequence[Library]"
    asked: "Asked"
    n_in_file: int
    made: datetime.datetime


def sheet_of(source: Source, *, language: str, picture: str, caption: str) -> Sheet:
    """Page of one answer.

    Parameters
    ----------
    source : Source
        What it tells of.
    language : str
        Of all words.
    picture, caption : str
        SVG, and what is to be known of it.

    Raises
    ------
    ExtraError
        Without Babel.
    """
    record, page = source.record, Page(Terminal(_ONE_LINE), language)
    unnamed = shown_verdict(record) == "inconclusive" and not record["substances"]
    headline = "inconclusive_unnamed" if unnamed else shown_verdict(record)
    return Sheet(
        language=language,
        created=int(source.made.timestamp()),
        title=page.say("report.title"),
        head=_head(source, page),
        alert=_alarms(record, page),
        word=page.say(f"verdict.{shown_verdict(record)}"),
        names=page.say(f"headline.{headline}", {"names": joined_names(record, page)}),
        meaning=tuple(_plain(meaning_lines(record, page))),
        action_heading=page.say("heading.action"),
        action=" ".join(
            action_texts(record["next_action"], record["safety"], page, technique=record["technique"])
        ),
        substances=_substances(source, page),
        picture=picture,
        caption=caption,
        left=_filled(
            _why(record, page),
            _limits(record, page),
            _hints(record, page),
            *_spots(record, page),
            _quality(record, page),
            check_block(record, page),
        ),
        right=_filled(
            _ranked(record, page),
            settings_block(record, source.asked, source.spectra[0], page),
            library_block(source.libraries, page),
            _notes(record, page),
        ),
        second=Block(
            page.say("heading.second"),
            columns=tuple(
                page.say(f"column.{key}") for key in ("technique", "instrument", "result", "date", "name")
            ),
        ),
        override=_override(record, page),
        statement=page.say("report.statement", {"technique": page.say(f"technique.{record['technique']}")}),
        signatures=Block(
            page.say("heading.signatures"),
            columns=tuple(page.say(f"column.{key}") for key in ("name", "date", "signature")),
            items=(page.say("report.officer"), page.say("report.witness")),
        ),
        prints=prints_block(record, page),
        engine=page.say("print.engine", {"version": record["provenance"]["engine"]}),
    )


def local_time(when: datetime.datetime, language: str) -> str:
    """Date and time as people of a language write them, with the offset from UTC.

    Raises
    ------
    ExtraError
        Without Babel.
    """
    offset = when.strftime("%z")
    told = f"UTC{offset[:3]}:{offset[3:5]}" if offset.strip("+-0") else "UTC"
    return f"{local_date(when.date(), language)}, {when:%H:%M:%S} {told}"


def _plain(lines: Sequence[str]) -> list[str]:
    """Sentences without what sets them off on a terminal."""
    return [line.strip().removeprefix("- ") for line in lines if line.strip()]


def _filled(*blocks: Block) -> tuple[Block, ...]:
    return tuple(block for block in blocks if not block.empty)


def _alarms(record: ResultRecord, page: Page) -> str:
    """Say what may explode, then what is controlled; empty where nothing alarms."""
    roles = [one["role"] for one in record["substances"]]
    drug = alert_text(roles, page, certain=is_certain(record)) if record["alert"] else ""
    return ". ".join(text for text in (danger_text(record["safety"], page), drug) if text)


def _head(source: Source, page: Page) -> tuple[tuple[str, str], ...]:
    record = source.record
    file = record["file"]
    if "replicates" in record:
        fields: dict[str, Field] = {"file": file, "count": record["replicates"]["n_scans"] - 1}
        file = page.say("report.file_replicates", fields) if fields["count"] else file
    elif source.n_in_file > 1:
        place: dict[str, Field] = {"file": file, "number": record["index"] + 1, "count": source.n_in_file}
        file = page.say("report.file_spectrum", place)
    elif record["index"]:  # evidence does not say how many its file had
        file = page.say("report.file_number", {"file": file, "number": record["index"] + 1})
    rows = [
        (page.say("report.item"), record.get("item", "") or page.say("report.not_stated")),
        (page.say("report.subsample"), record.get("subsample", "") or page.say("report.not_stated")),
        (page.say("report.file"), _short(file)),
        (page.say("report.made"), local_time(source.made, page.language)),
    ]
    return (*rows, *scan_rows(source.spectra[0], page))


def _substances(source: Source, page: Page) -> Block:
    """Table of what is named, with how often such a statement held in the library's own validation."""
    record, verdict = source.record, shown_verdict(source.record)
    heading = page.say(
        "heading." + {"group": "group", "class": "class", "inconclusive": "candidates"}.get(verdict, "found")
    )
    rates = substance_rates(source.libraries, record, page)
    columns = ["substance", "role", "sure", "share", "score", "grade"]
    columns += ["found", "false"] if rates else []
    table = [
        (*_named(one, record, page), *(rates.get(one["id"], ("-", "-")) if rates else ()))
        for one in record["substances"]
    ]
    notes = (*_plain(prediction_set_lines(record, page)), overall_rate(source.libraries, record, page))
    if not record["substances"]:
        return Block(page.say("heading.rates"), items=notes[-1:])
    return Block(
        heading, columns=tuple(page.say(f"column.{key}") for key in columns), table=tuple(table), items=notes
    )


def _named(one: SubstanceRecord, record: ResultRecord, page: Page) -> tuple[str, ...]:
    """Cells of one substance; a dash where the screen says nothing either."""
    verdict, probability, hqi = shown_verdict(record), one["probability"], one["hqi"]
    sure = share = "-"
    if probability is not None and verdict != "container_only":
        sure = sureness(probability, page, "sure.substance")
    if one["share"] is not None and verdict == "mixture":
        share = share_text(one["share"], one["share_interval"], page)
    grade = page.say("column.grade_value", {"grade": one["grade"]})
    return (
        title_of(one, record) + (f", CAS {one['cas']}" if one["cas"] else ""),
        role_text(one, record, page),
        sure,
        share,
        "-" if hqi is None else page.number(hqi, ".3f"),
        f"{grade}: {page.say('grade.' + one['grade'])}",
    )


def _why(record: ResultRecord, page: Page) -> Block:
    items = [page.say(f"reason.{code}") for code in record["reasons"]]
    return Block(page.say("heading.why"), items=(*items, *_plain(unexplained_lines(record, page))))


def _limits(record: ResultRecord, page: Page) -> Block:
    lines = _plain(limit_lines(record, page))
    return Block(page.say("heading.limits"), items=tuple(lines[1:]))


def _hints(record: ResultRecord, page: Page) -> Block:
    names = [substance_title(hint["name"], hint["form"]) for hint in record["hints"][:MAX_NOTES]]
    return Block(page.say("heading.hint"), items=tuple(hint_text(name, record, page) for name in names))


def _spots(record: ResultRecord, page: Page) -> list[Block]:
    """How the scans of one item agree, and what each says alone."""
    if "replicates" not in record:
        return []
    told = record["replicates"]
    brief = {**told, "agreement": "agree", "scans": []}  # the table has what each says
    sentences = _plain(render_replicates(brief, page))[1:]  # type: ignore[arg-type]
    columns = tuple(page.say(f"column.{key}") for key in ("scan", "used", "verdict"))
    table = [
        (
            _short(f"{number}: {scan['file']}", 40),
            page.say(f"scan.{scan['state']}"),
            _short(f"{page.say('verdict.' + scan['verdict'])} {', '.join(scan['names'])}".strip(), 60),
        )
        for number, scan in enumerate(told["scans"], start=1)
    ]
    if len(table) > MAX_SCANS:
        more = page.say("line.more", {"listed": "", "count": len(table) - MAX_SCANS}).strip()
        table = [*table[:MAX_SCANS], (more, "", "")]
    return [
        Block(page.say("heading.replicates"), columns=columns, table=tuple(table), items=tuple(sentences))
    ]


def _ranked(record: ResultRecord, page: Page) -> Block:
    """List the hits: what the answer names, the runner-up, and what was rejected."""
    columns = tuple(page.say(f"column.{key}") for key in ("rank", "substance", "evidence", "score", "answer"))
    hits = record["hits"][:MAX_HITS]
    return Block(
        page.say("heading.ranked"), columns=columns, table=tuple(_hit(hit, record, page) for hit in hits)
    )


def _hit(hit: HitRecord, record: ResultRecord, page: Page) -> tuple[str, ...]:
    named = hit["id"] in {one["id"] for one in record["substances"]}
    key = "not_named" if not named else "candidate" if record["verdict"] == "inconclusive" else "named"
    score, hqi = hit["score"], hit["hqi"]
    return (
        str(hit["rank"]),
        _short(hit["name"], 48),
        "-" if score is None else page.number(score, ".3f"),
        "-" if hqi is None else page.number(hqi, ".3f"),
        page.say(f"answer.{key}"),
    )


def _quality(record: ResultRecord, page: Page) -> Block:
    facts = quality_facts(record, page)
    return Block(page.say("heading.quality"), items=("; ".join(facts),) if facts else ())


def _notes(record: ResultRecord, page: Page) -> Block:
    notes = [_short(note_text(note, page), MAX_NOTE) for note in record["warnings"]]
    more = len(notes) - MAX_NOTES
    if more > 0:
        notes[MAX_NOTES - 1] = page.say("line.more", {"listed": notes[MAX_NOTES - 1], "count": more})
    return Block(page.say("heading.notes"), items=tuple(notes[:MAX_NOTES]))


def _override(record: ResultRecord, page: Page) -> Block:
    """Tell what a person decided instead, with the name; the verdict stays."""
    heading = page.say("heading.override")
    said = record.get("override")
    if said is None:
        return Block(heading, items=(page.say("override.none"),))
    text = page.say("override.said", {"by": said["by"], "text": said["text"]})
    return Block(heading, items=(text, page.say("override.unchanged")))


def _short(text: str, most: int = 90) -> str:
    """Text that fits its place; a long one loses its middle, so that a file's name keeps its end."""
    if len(text) <= most:
        return text
    head = most // 2
    return f"{text[:head]}…{text[-(most - head - 1) :]}"
