"""The server: bound to this machine only, quiet, ended with Ctrl+C."""

import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from spectra._extras import needs_extra
from spectra.errors import LibraryError

from ._guard import Secrets
from ._session import Session
from .app import EXTRA, build_app

if TYPE_CHECKING:
    from uvicorn import Server

HOST: Final = "127.0.0.1"
"""Never another: the workbench can sign and write files."""


@dataclass(frozen=True)
class Serving:
    """A workbench that listens.

    Attributes
    ----------
    address : str
        Of its first page, with the token.
    once : str
        Address that leads there one time, for the browser that is opened.
    """

    address: str
    once: str
    _server: "Server"
    _socket: socket.socket

    def run(self) -> None:
        """Serve until the process is interrupted, or ``stop`` is called from elsewhere."""
        with self._socket, contextlib.suppress(KeyboardInterrupt):
            self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """End ``run``."""
        self._server.should_exit = True


def listen(session: Session, *, port: int = 0) -> Serving:
    """Open the library and a port for it.

    Parameters
    ----------
    session : Session
        What is worked on.
    port : int
        0 takes any that is free.

    Raises
    ------
    ExtraError
        When the extra ``workbench`` is not installed.
    LibraryError
        When the library cannot be opened, or the port is taken.
    """
    with needs_extra(*EXTRA):
        import uvicorn

    session.findings()  # begins to look; a library that cannot be opened is told here, not in a browser
    known = Secrets()
    with contextlib.ExitStack() as undo:
        listening = undo.enter_context(_bind(port))
        taken = listening.getsockname()[1]
        config = uvicorn.Config(
            build_app(session, port=taken, known=known),
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,  # addresses hold the token
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
        undo.pop_all()
    base = f"http://{HOST}:{taken}"
    return Serving(f"{base}/{known.token}/", f"{base}/open/{known.ticket}", uvicorn.Server(config), listening)


def _bind(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.bind((HOST, port))
        listening.listen(64)
    except OSError as error:
        listening.close()
        raise LibraryError(
            f"port {port} cannot be used ({error.strerror}); choose another with --port"
        ) from error
    return listening
