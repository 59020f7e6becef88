"""The two steps of a release: its creator's and, with another key, its approver's.

Passphrases live as long as the request that brought them: they are in no file, log, page or address.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from spectra.errors import LibraryError, SpectraError

from .. import _engine
from .._standing import release_lines
from ._rendering import one, page, read_form, secrets_of, session_of, summary

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from libraries.library import Library
    from libraries.releases.block import Release
    from libraries.review import State

    from ._session import Session

Fields = dict[str, list[str]]

WAIT_S: Final = 2.0
"""So long the page waits for the findings."""
LINT_S: Final = 600.0
"""So long a signature waits for them."""


@dataclass(frozen=True)
class Told:
    """What a draft states.

    Attributes
    ----------
    lines : tuple of str
        For the approver to read.
    seal : str
        Hash that the approver's form names, so that no other draft is signed in its place.
    problem : str
        Why it cannot be approved; empty where it can.
    """

    lines: tuple[str, ...] = ()
    seal: str = ""
    problem: str = ""


def show(request: "Request") -> "Response":
    """Both forms, and what is still open."""
    session = session_of(request)
    shown = summary(request)
    draft = request.query_params.get("draft", "")
    told = _told(session, draft) if draft else Told()
    session.findings().wait(WAIT_S)
    done = request.query_params.get("done", "")
    stem = os.path.splitext(session.path)[0]
    return page(
        request,
        "release",
        {
            **shown,
            "concerns": concerns(session, shown["library"], shown["tally"]),
            "linted": session.known_findings() is not None,
            "draft": draft,
            "told": told,
            "done": done,
            "done_lines": _verified(session, done) if done else [],
            "draft_output": f"{stem}-draft.h5",
            "output": f"{stem}-released.h5",
        },
    )


def concerns(session: "Session", library: "Library", tally: "Mapping[State, int]") -> list[str]:
    """Say what speaks against a release now, one line each.

    Parameters
    ----------
    session : Session
        Its findings count where they are known.
    library : Library
        To be released.
    tally : mapping of str to int
        Of ``libraries.review.tally``.
    """
    found = session.known_findings() or ()
    errors = sum(finding.severity == "error" for finding in found)
    told = [
        (tally["sent_back"], "sent back and still in use"),
        (tally["lapsed"], "changed since their review"),
        (tally["open"], "not reviewed"),
    ]
    lines = [f"{n} reference{'s' if n > 1 else ''} {what}" for n, what in told if n]
    if errors:
        lines.append(f"{errors} finding{'s' if errors > 1 else ''} of severity error")
    if library.calibration is None:
        lines.append("not calibrated: it will give no probabilities")
    return lines


async def sign(request: "Request") -> "Response":
    """Take the form of either step, sign, and show what came of it."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import RedirectResponse

    fields = await read_form(request)
    session = session_of(request)
    creating = one(fields, "step") == "create"
    query = {} if creating else {"draft": one(fields, "draft")}
    try:
        written = await run_in_threadpool(_create if creating else _approve, session, fields)
    except (SpectraError, ValueError) as error:
        session.notify("problem", f"Nothing was signed: {error}")
    else:
        query = {"draft" if creating else "done": written}
        what = "Draft written" if creating else "Release written"
        session.notify("done", f"{what}: {written}")
    tail = f"?{urlencode(query)}" if query else ""
    return RedirectResponse(f"/{secrets_of(request).token}/release{tail}", 303)


def _create(session: "Session", fields: Fields) -> str:
    """Sign as creator; give the path of the draft."""
    from libraries.releases.people import open_person
    from libraries.releases.signing import Terms, draft_release, read_validation, write_release
    from libraries.review import reviews_of, tally

    library = session.library
    session.findings().wait(LINT_S)
    if concerns(session, library, tally(reviews_of(library))) and not one(fields, "despite"):
        raise LibraryError("tick that you release it as it is, or settle what is listed first")
    output = _output(session, fields)
    expires = one(fields, "expires")
    summary_path = one(fields, "validation")
    terms = Terms(
        one(fields, "name"),
        date.fromisoformat(expires).isoformat() if expires else "",
        read_validation(summary_path) if summary_path else None,
    )
    trust = _engine.open_gate(trust=session.trust).trust
    creator = open_person(_given(fields, "key", "key"), _passphrase(fields), trust=trust)
    draft = draft_release(session.path, terms, creator=creator)
    if draft.release.statement.changes_head != one(fields, "head"):
        raise LibraryError("the library has changed since this page was shown: look again, then sign")
    write_release(output, draft, draft.release)
    return output


def _approve(session: "Session", fields: Fields) -> str:
    """Sign as approver; give the path of the release."""
    from libraries.releases.people import open_person
    from libraries.releases.signing import approve, open_draft, write_release

    path, output = _given(fields, "draft", "draft"), _output(session, fields)
    trust = _engine.open_gate(trust=session.trust).trust
    draft = open_draft(path, trust=trust)
    if draft.release.statement.seal_sha256 != one(fields, "seal"):
        raise LibraryError(f"{path}: is not the draft that the page has shown: look at it again, then sign")
    approver = open_person(_given(fields, "key", "key"), _passphrase(fields), trust=trust)
    write_release(output, draft, approve(draft, approver=approver))
    return output


def _told(session: "Session", draft: str) -> Told:
    """Say what a draft states, or why it cannot be approved."""
    from libraries.releases.signing import open_draft

    try:
        opened = open_draft(draft, trust=_engine.open_gate(trust=session.trust).trust)
    except SpectraError as error:
        return Told(problem=str(error))
    return Told(_lines(draft, opened.release), opened.release.statement.seal_sha256)


def _lines(path: str, release: "Release") -> tuple[str, ...]:
    """Say what was signed, and how much of it was reviewed."""
    from libraries.library import Library
    from libraries.review import reviews_of, tally

    counts = tally(reviews_of(Library.open(path, mapped=False)))
    approved, total = counts["approved"], sum(counts.values())
    return (*(line.strip() for line in release_lines(release)), f"references approved {approved} of {total}")


def _verified(session: "Session", path: str) -> list[str]:
    """Say what ``library verify`` says of a file."""
    from libraries.library import verify_library
    from libraries.releases.policy import WHY

    gate = _engine.open_gate(trust=session.trust)
    try:
        library = verify_library(path, gate=gate)
    except SpectraError as error:
        return [str(error)]
    standing = library.standing or gate.judge(library.signed, path)
    if standing.release is None:
        return [f"{path}: intact, {standing.state}"]
    said = f"intact, {standing.state} by {' and '.join(standing.signers)}"
    return [said, *_lines(path, standing.release), *(f"note: {WHY[each]}" for each in standing.reasons)]


def _output(session: "Session", fields: Fields) -> str:
    """Where to write: never over the library that is open, over another file only when told to."""
    output = _given(fields, "output", "output file")
    if Path(output).resolve() == Path(session.path).resolve():
        raise LibraryError(f"{output}: is the library that is open; write the release to another file")
    if os.path.lexists(output) and not one(fields, "replace"):
        raise LibraryError(f"{output}: stands there already; tick that it may be replaced, or choose another")
    return output


def _given(fields: Fields, name: str, what: str) -> str:
    value = one(fields, name)
    if not value:
        raise LibraryError(f"no {what} given: type its path")
    return value


def _passphrase(fields: Fields) -> str:
    """As typed, blanks and all."""
    return fields.pop("passphrase", [""])[0]
