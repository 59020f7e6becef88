"""Approve references, or send them back."""

from typing import TYPE_CHECKING, Final

from libraries.review import DECISIONS
from spectra.errors import LibraryError

from ._rendering import one, read_form, secrets_of, session_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ._session import Session

_DONE: Final = {"approve": "Approved", "send_back": "Sent back"}


async def decide(request: "Request") -> "Response":
    """Take a decision form, write the log, and show the reference again."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import RedirectResponse

    fields = await read_form(request)
    session = session_of(request)
    try:
        told = await run_in_threadpool(_decide, session, fields)
    except LibraryError as error:
        session.notify("problem", f"Nothing was changed: {error}")
    else:
        session.notify("done", told)
    ids = fields.get("id", [""])
    return RedirectResponse(f"/{secrets_of(request).token}/reference/{ids[0]}", 303)


def _decide(session: "Session", fields: dict[str, list[str]]) -> str:
    """Write it; say what was done."""
    decision = next((each for each in DECISIONS if each == one(fields, "decision")), None)
    if decision is None:
        raise LibraryError("no decision given: approve or send back")
    ids = fields.get("id", [])
    library = session.decide(
        decision, ids, who=one(fields, "who"), why=one(fields, "why"), seen_head=one(fields, "head")
    )
    names = ", ".join(dict.fromkeys(library.by_id[each].label.substance for each in ids))
    number = f"{len(ids)} references of " if len(ids) > 1 else ""
    return f"{_DONE[decision]}: {number}{names}. Entry {len(library.changes)} of the change log."
