"""The web application: which address shows what."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Final

from spectra._extras import needs_extra
from spectra.errors import SpectraError

from ._guard import Guard, Secrets
from ._rendering import failure
from ._session import Session

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

EXTRA: Final = ("workbench", "the workbench")
STATIC: Final = Path(__file__).parent / "static"
_PLOTLY: Final = Path("package_data", "plotly.min.js")


def build_app(session: Session, *, port: int, known: Secrets) -> "ASGIApp":
    """Application over one library.

    Parameters
    ----------
    session : Session
        What it works on.
    port : int
        That it is reached by, for the check of the Host header.
    known : Secrets
        What a browser must know.

    Raises
    ------
    ExtraError
        When the extra ``workbench`` is not installed.
    """
    with needs_extra(*EXTRA):
        import jinja2  # noqa: F401  # the first page would miss it
        from starlette.applications import Starlette
        from starlette.routing import Mount, Route

    from . import _deciding, _pages, _releasing

    routes = [
        Route("/", _pages.references),
        Route("/reference/{id}", _pages.reference),
        Route("/findings", _pages.findings),
        Route("/confusables", _pages.confusables),
        Route("/log", _pages.log),
        Route("/release", _releasing.show),
        Route("/decide", _deciding.decide, methods=["POST"]),
        Route("/sign", _releasing.sign, methods=["POST"]),
        Route("/static/{name}", _static),
    ]
    app = Starlette(
        routes=[Mount(f"/{known.token}", routes=routes)], exception_handlers={SpectraError: failure}
    )
    app.state.session, app.state.secrets, app.state.plotly = session, known, plotly_script()
    return Guard(app, port=port, known=known)


def plotly_script() -> Path:
    """Where the plotting library's script is installed: nothing is fetched from elsewhere.

    Raises
    ------
    ExtraError
        When it is not.
    """
    with needs_extra(*EXTRA):
        found = importlib.util.find_spec("plotly")  # importing it takes a second, and the script is all
        if found is None or found.origin is None:
            raise ModuleNotFoundError("plotly")
        script = Path(found.origin).parent / _PLOTLY
        if not script.is_file():
            raise ModuleNotFoundError("plotly without its script")
    return script


def _static(request: "Request") -> "Response":
    """One of the files that pages load; no path comes from outside."""
    from starlette.responses import FileResponse, PlainTextResponse

    files = {
        "workbench.css": (STATIC / "workbench.css", "text/css"),
        "workbench.js": (STATIC / "workbench.js", "text/javascript"),
        "charts.js": (STATIC / "charts.js", "text/javascript"),
        "plotly.min.js": (request.app.state.plotly, "text/javascript"),
    }
    found = files.get(request.path_params["name"])
    if found is None:
        return PlainTextResponse("Not found", 404)
    return FileResponse(found[0], media_type=found[1], headers={"cache-control": "private, max-age=3600"})
