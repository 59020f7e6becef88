"""JCAMP-DX 4.24 to 6: every block that holds data, in plain, packed or compressed numbers.

Published in McDonald and Wilks, Applied Spectroscopy 42 (1988) 151 (infrared), and Davies and Lampen,
Applied Spectroscopy 47 (1993) 1093 (NMR, NTUPLES).

Blocks: a title begins one, ``##END=`` closes it, and a link holds others; each table of data makes one
draft. Blocks without data (structures) are left out with a warning; peaks beside a spectrum are too. A
table without ``##END=`` behind it is read only when NPOINTS is what is there. When a table is damaged,
nothing of the file is read.

Which statement holds when two contradict each other:

===========================  ==================================================================
X of ``(X++(Y..Y))``         FIRSTX, LASTX and the count, when every line prints that x within
                             half a step and its digits
… LASTX or FIRSTX alone      is set aside when the other end, NPOINTS and all lines agree: then
  is wrong or missing        x goes by DELTAX or by the lines
… both ends are swapped      x goes the way the lines go
… all lines are beside by    x by the header, when NPOINTS agrees; so too when the lines lack
  one step at most           XFACTOR or only count points
… anything else              refused: points are missing or doubled
X, one uneven pair a line    as printed, and NPOINTS and one end at least must agree
X of ``(XY..XY)``            as printed, and NPOINTS and one end at least must agree
NPOINTS                      must be the count; one more or less is passed only when x runs from
                             FIRSTX to LASTX so evenly that no point can be lost or doubled
Y of compressed lines        each check must hold; without checks, or with a zero for the last
                             one, only when NPOINTS agrees
FIRSTY, MINY, MAXY           the data hold; when FIRSTY and all others stated are wrong, refused
decimal comma                as in the header's numbers; the other sign only when NPOINTS demands it
DELTAX, MINX, MAXX, BLOCKS   only a warning
===========================  ==================================================================

Every departure from the first line stands in the warnings.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import QUANTITIES, Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts.numbers import leading_number
from . import facts as facts_
from . import numbers
from .asdf import MAX_POINTS
from .axis import even_axis
from .blocks import Block, Table, blocks_of, labelled
from .facts import Form
from .header import Facts, count_notes, end_notes, extent_notes, ordinate_notes, runs_between
from .meaning import NM_PER_UM, metadata_of, quantity_of, technique_of, unit_of_x

Columns = tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]

_PEAK_TABLES: Final = ("PEAKTABLE", "PEAKASSIGNMENTS", "PEAKASSIGNMENT")


def sniff(source: Source) -> Sniff:
    """Certain when the first label is the title, or the version stands near the top."""
    head = [line.strip() for line in source.lines[:30] if line.strip() and not line.lstrip().startswith("$$")]
    if not head or not head[0].startswith("##"):
        return Sniff.NO
    names = {found[0] for line in head if (found := labelled(line))}
    return Sniff.CERTAIN if names & {"TITLE", "JCAMPDX"} else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft for each table of data.

    Raises
    ------
    DamagedError
        When a table contradicts its header or itself, or the end is missing.
    UnsupportedError
        When no block holds data that can be read.
    """
    blocks = blocks_of(source)
    drafts: list[Draft] = []
    skipped: list[str] = []
    refused: UnsupportedError | None = None
    room = MAX_POINTS
    for block in blocks:
        tables = _spectra_of(block, skipped)
        if not tables and not block.is_link:
            what = "a structure" if block.is_structure else "no data"
            skipped.append(f"block {block.title!r} holds {what}: left out")
        for table in tables:
            try:
                drafts.append(_draft(table, block, source, room=room))
            except UnsupportedError as error:
                refused = refused or error
                skipped.append(
                    f"block {block.title!r} left out: {str(error).removeprefix(f'{source.name}: ')}"
                )
            else:
                room -= drafts[-1].axis.size
    _check_links(blocks, source, skipped)
    if not drafts:
        raise refused or _without_data(blocks, source)
    drafts[0] = replace(drafts[0], warnings=(*drafts[0].warnings, *skipped[:20]))
    return _chosen(drafts, source)


def _spectra_of(block: Block, notes: list[str]) -> list[Table]:
    """Tables of a block that hold data; peaks beside a spectrum are remarks to it."""
    tables = [table for table in block.tables if table.lines]
    spectra = [table for table in tables if table.label not in _PEAK_TABLES]
    if spectra and len(spectra) < len(tables):
        notes.append("peaks beside the spectrum left out")
    return spectra or tables


def _draft(table: Table, block: Block, source: Source, *, room: int) -> Draft:
    form = facts_.form_of(table, source.name)
    labels = facts_.labels_of(table)
    if table.label == "DATATABLE":
        labels = facts_.ntuple_labels(table, form)
        _check_one_dimension(labels, form, source)
    facts = facts_.facts_of(labels, source.name)
    if form.stepped:
        axis, intensity, notes = _stepped(table, facts, source, room=room)
    else:
        axis, intensity, notes = _paired(table, form, facts, source)
    notes += _end_of(table, block, axis.size, facts, source)
    unit, factor = unit_of_x(labels.get("XUNITS", ""))
    if factor == NM_PER_UM:
        notes += ("wavelengths converted from µm to nm",)
    peaks = _are_peaks(table, form, labels)
    if not peaks:
        notes += extent_notes(axis, facts) + ordinate_notes(intensity, facts, source.name)
    elif np.any(np.diff(axis) < 0) and np.any(np.diff(axis) > 0):
        notes += ("the peaks do not stand in order",)
    axis = axis * factor
    technique, unit, doubts = technique_of(labels, axis, unit, source.name)
    metadata = _page_metadata(labels)
    return Draft(
        axis,
        intensity,
        technique,
        unit,
        metadata,
        notes + doubts,
        quantity=_quantity(metadata, labels),
        peaks=peaks,
        counted=facts.n_points is not None,
    )


def _stepped(table: Table, facts: Facts, source: Source, *, room: int) -> Columns:
    def columns(comma: bool) -> Columns:
        steps = numbers.steps_of(table.lines, facts.n_points, source.name, room=room, comma=comma)
        axis, notes = even_axis(steps, facts, source.name)
        with np.errstate(over="ignore"):
            return axis, steps.ordinates * facts.y_factor, steps.warnings + notes

    return _with_either_comma(columns, table, facts)


def _paired(table: Table, form: Form, facts: Facts, source: Source) -> Columns:
    def columns(comma: bool) -> Columns:
        if form.assigned:
            found = numbers.assigned_of(table.lines, source.name)
        else:
            found = numbers.pairs_of(table.lines, form.size, source.name, comma=comma)
        with np.errstate(over="ignore", invalid="ignore"):
            axis, intensity = found[:, 0] * facts.x_factor, found[:, 1] * facts.y_factor
        notes = end_notes(axis, facts, source.name)
        settled = not notes and runs_between(axis, facts)
        notes += count_notes(axis.size, facts, source.name, settled=settled)
        return axis, intensity, notes

    return _with_either_comma(columns, table, facts)


def _with_either_comma(columns: Callable[[bool], Columns], table: Table, facts: Facts) -> Columns:
    """Read with the header's decimal sign; with the other one where only that gives what the header says."""
    try:
        return columns(facts.comma)
    except DamagedError:
        if facts.n_points is None or not any("," in line for line in table.lines):
            raise
        try:
            axis, intensity, notes = columns(not facts.comma)
        except DamagedError:
            pass
        else:
            sign = "point" if facts.comma else "comma"
            return axis, intensity, (*notes, f"decimal {sign} in the data, unlike the header")
        raise


def _end_of(table: Table, block: Block, n: int, facts: Facts, source: Source) -> tuple[str, ...]:
    """Accept data without an end only when they are all there."""
    if block.ended:
        return ()
    # Without a line end the last number itself may be cut.
    whole = table.closed or source.text.endswith("\n")
    if facts.n_points == n and whole:
        return ("no ##END= at the end of the data; the header's count agrees",)
    raise DamagedError(
        f"{source.name}: no ##END= at the end of this JCAMP-DX file. It is cut short: export it again."
    )


def _are_peaks(table: Table, form: Form, labels: dict[str, str]) -> bool:
    if form.stepped:
        return False
    return (
        table.label in _PEAK_TABLES
        or "PEAK" in table.form.upper()
        or "MASS" in labels.get("DATATYPE", "").upper()
    )


def _quantity(metadata: dict[str, MetadataValue], labels: dict[str, str]) -> Quantity:
    """Quantity as our own writer names it, or as the unit says."""
    ours = metadata.pop("quantity", None)
    return next((known for known in QUANTITIES if known == ours), quantity_of(labels.get("YUNITS", "")))


def _page_metadata(labels: dict[str, str]) -> dict[str, MetadataValue]:
    """Metadata of a table, with the page and the variable of NTUPLES."""
    metadata = metadata_of(labels)
    if labels.get("VARNAMEY"):
        metadata["y_column"] = labels["VARNAMEY"]
    if labels.get("PAGE"):
        metadata["label"] = f"{metadata.get('label', '')} {labels['PAGE']}".strip()
    return metadata


def _check_one_dimension(labels: dict[str, str], form: Form, source: Source) -> None:
    kind = labels.get("DATATYPE", "").upper()
    if kind.startswith(("ND", "2D")) or re.fullmatch(r"[FT]\d", form.x):
        raise UnsupportedError(
            f"{source.name}: two-dimensional NMR data, expected a spectrum. Export one row as a spectrum."
        )


def _check_links(blocks: list[Block], source: Source, notes: list[str]) -> None:
    """Compare the blocks of each link with the number it states; some count the link itself."""
    for block in blocks:
        stated = leading_number(block.labels.get("BLOCKS", "")) if block.is_link else None
        if stated is not None and block.children < stated and not block.ended:
            raise DamagedError(
                f"{source.name}: {block.children} blocks, the header promises {stated:.0f}, and no ##END=. "
                "The file is cut short: export it again."
            )
        if stated is not None and block.children not in (stated, stated - 1):
            notes.append(f"{block.children} blocks, the header promises {stated:.0f}")
        if block.is_link and not block.ended:
            notes.append("no ##END= behind the last block")


def _chosen(drafts: list[Draft], source: Source) -> tuple[Draft, ...]:
    """Keep the spectrum the caller names, by number or by the name of its ordinate or itself."""
    if source.column is None:
        return tuple(drafts)
    wanted = source.column.strip().casefold()
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= len(drafts):
        return (drafts[int(wanted) - 1],)
    named = [
        draft
        for draft in drafts
        if wanted in (str(draft.metadata.get(key, "")).casefold() for key in ("y_column", "label"))
    ]
    if not named:
        names = ", ".join(repr(str(draft.metadata.get("label", ""))) for draft in drafts[:5])
        raise UnsupportedError(
            f"{source.name}: no spectrum {source.column!r} among {len(drafts)} ({names}). "
            f"Give a number from 1 to {len(drafts)}, or a name."
        )
    return tuple(named)


def _without_data(blocks: list[Block], source: Source) -> DamagedError | UnsupportedError:
    kinds = " ".join(block.labels.get("DATATYPE", "").upper() for block in blocks)
    if any(block.is_structure for block in blocks):
        return UnsupportedError(
            f"{source.name}: a molecule's structure, expected a spectrum. Export the spectrum."
        )
    if "PARAMETER" in kinds:
        return UnsupportedError(
            f"{source.name}: parameters without data, expected a spectrum. Export the spectrum."
        )
    return DamagedError(f"{source.name}: a JCAMP-DX header without data. Export the spectrum again.")


FORMAT: Final = Format("jcamp_dx", "JCAMP-DX", (".jdx", ".dx", ".jcm", ".jcamp"), sniff, read, version=2)
