"""Pages of templates: what all of them know, and how a failure is shown."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from libraries.curation.viewing import full_name
from libraries.review import STATES, reviews_of, tally
from spectra.errors import LibraryError

from ._guard import Secrets
from ._session import Session

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response

HERE: Final = Path(__file__).parent
MAX_FORM_BYTES: Final = 4 * 2**20

STATE_WORDS: Final = {
    "open": "not reviewed",
    "approved": "approved",
    "sent_back": "sent back",
    "lapsed": "changed since",
}
SIGNS: Final = {
    "error": "✕",
    "warning": "▲",
    "info": "●",
    "open": "○",
    "approved": "✓",
    "sent_back": "↩",
    "lapsed": "△",
}
"""Say without colour what a badge says with it."""
CHANGE_WORDS: Final = {"send_back": "sent back", "approve": "approved"}


def session_of(request: "Request") -> Session:
    """Return the session that a request works in."""
    session: Session = request.app.state.session
    return session


def secrets_of(request: "Request") -> Secrets:
    """Return what a browser must know."""
    known: Secrets = request.app.state.secrets
    return known


def page(request: "Request", name: str, shown: Mapping[str, Any], *, status: int = 200) -> "Response":
    """Answer with a page.

    Parameters
    ----------
    request : Request
        What is answered.
    name : str
        Of the template, without its ending.
    shown : mapping
        What the template is about.
    status : int
        Of HTTP.
    """
    from starlette.responses import HTMLResponse

    session, known = session_of(request), secrets_of(request)
    text = (
        _environment()
        .get_template(f"{name}.html")
        .render(
            **shown,
            base=f"/{known.token}",
            form_token=known.form,
            session=session,
            notices=session.take_notices(),
            here=name,
        )
    )
    return HTMLResponse(text, status)


def summary(request: "Request") -> dict[str, Any]:
    """Gather what the head of a page says of the library.

    Raises
    ------
    LibraryError
        When it cannot be opened.
    """
    library = session_of(request).library
    reviews = reviews_of(library)
    return {"library": library, "reviews": reviews, "tally": tally(reviews)}


def failure(request: "Request", error: Exception) -> "Response":
    """Page that says why there is none."""
    return page(request, "failure", {"message": str(error)}, status=409)


async def read_form(request: "Request") -> dict[str, list[str]]:
    """Fields of a form of ours.

    Raises
    ------
    LibraryError
        When it is too large, or not a form that this program has shown.
    """
    import secrets
    from urllib.parse import parse_qs

    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise LibraryError(f"a form of more than {MAX_FORM_BYTES} bytes: choose fewer references")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    given = fields.get("form_token", [""])[0]
    if not secrets.compare_digest(given.encode(), secrets_of(request).form.encode()):
        raise LibraryError("the form is not of this run of the workbench: open the page again")
    return fields


def one(fields: dict[str, list[str]], name: str) -> str:
    """Value of a field, empty when it is missing."""
    return fields.get(name, [""])[0].strip()


@cache
def _environment() -> "Environment":
    """Templates, with everything escaped."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(full_name=full_name, number=_number, day=lambda text: text[:10], moment=_moment)
    made.globals.update(SIGNS=SIGNS, STATE_WORDS=STATE_WORDS, CHANGE_WORDS=CHANGE_WORDS, STATES=STATES)
    return made


def _number(value: float) -> str:
    return f"{value:.1f}"


def _moment(text: str) -> str:
    """``2026-01-31 12:00`` of an ISO time in UTC."""
    return text[:16].replace("T", " ")
