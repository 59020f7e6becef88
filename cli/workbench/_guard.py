"""Who may talk to the workbench: a browser on this machine that knows the address, and its own pages.

Loopback keeps other machines out, but not other users of this one, nor a web page that the browser
has open: so the address holds a random token, the Host header must name this server (a foreign name
that resolves to 127.0.0.1 is refused), and what changes something must come from our own pages.
"""

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"connect-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"same-origin"),  # "no-referrer" would hide the origin of our own forms too
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""Of every answer. Styles inside the page are what the plotting library sets on its own elements."""


@dataclass
class Secrets:
    """What a browser must know.

    Attributes
    ----------
    token : str
        First part of every address.
    form : str
        Stands in every form.
    ticket : str
        Opens the first page once, so that the token is in no program's arguments; empty when used.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    form: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    ticket: str = field(default_factory=lambda: secrets.token_urlsafe(24))


class Guard:
    """ASGI middleware that lets through what may come, and hardens every answer."""

    def __init__(self, app: "ASGIApp", *, port: int, known: Secrets) -> None:
        self.app = app
        self.known = known
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer, or pass on."""
        from starlette.responses import PlainTextResponse, RedirectResponse

        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        first = scope["path"].removeprefix("/").split("/", 1)
        refusal = self._refusal(scope["method"], first[0], headers)
        answer: ASGIApp = self.app
        if headers.get("host", "") not in self.hosts:
            answer = PlainTextResponse("Not this server.", 421)
        elif first[0] == "open" and self._redeem(first[-1]):
            answer = RedirectResponse(f"/{self.known.token}/", 303)
        elif refusal:
            answer = PlainTextResponse(refusal, 403)
        await answer(scope, receive, _hardened(send))

    def _refusal(self, method: str, token: str, headers: dict[str, str]) -> str:
        if not secrets.compare_digest(token.encode(), self.known.token.encode()):
            return "Open the address that the program has shown."
        if method in ("GET", "HEAD"):
            return ""
        own = {f"http://{host}" for host in self.hosts}
        if method != "POST" or headers.get("origin", "") not in own:
            return "Not from a page of this program."
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return "Not from a page of this program."
        return ""

    def _redeem(self, ticket: str) -> bool:
        known, good = self.known.ticket, False
        if known and secrets.compare_digest(ticket.encode(), known.encode()):
            self.known.ticket, good = "", True
        return good


def _hardened(send: "Send") -> "Send":
    """Sender that adds our headers."""

    async def sending(message: "Message") -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            more = list(HEADERS)
            if b"cache-control" not in present:
                more.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return sending
