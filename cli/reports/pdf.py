"""The page as PDF, by typst: its own fonts only, the date of the result, nothing of the machine in it."""

import dataclasses
import datetime
import json
from pathlib import Path
from typing import Final, Literal

from spectra._extras import needs_extra
from spectra.errors import WriteError

from .._streams import printable
from .sheet import Sheet

TEMPLATE: Final = Path(__file__).parent / "page.typ"
PNG_PPI: Final = 110.0
EXTRA: Final = ("report", "typst, which makes PDF and PNG,")


def pdf_of(sheet: Sheet) -> bytes:
    """PDF of one page; the same to the byte for the same sheet.

    Raises
    ------
    ExtraError
        Without typst.
    WriteError
        When typst refuses the page.
    """
    return _pages(TEMPLATE.read_bytes(), {"sheet": _data(sheet)}, "pdf", sheet.created)[0]


def check_typst() -> None:
    """Raise now rather than after an hour's work.

    Raises
    ------
    ExtraError
        Without typst.
    """
    with needs_extra(*EXTRA):
        import typst  # noqa: F401


def page_png(sheet: Sheet, *, ppi: float = PNG_PPI) -> list[bytes]:
    """Pictures of the PDF's pages, to be looked at."""
    return _pages(TEMPLATE.read_bytes(), {"sheet": _data(sheet)}, "png", sheet.created, ppi)


def svg_png(svg: str, *, ppi: float = 144.0) -> bytes:
    """SVG as PNG.

    Parameters
    ----------
    svg : str
        Picture whose letters are of a font that comes with typst.
    ppi : float
        Points an inch.

    Raises
    ------
    ExtraError
        Without typst.
    """
    source = (
        b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
    )
    return _pages(source, {"svg": svg}, "png", 0, ppi)[0]


def _data(sheet: Sheet) -> str:
    when = datetime.datetime.fromtimestamp(sheet.created, datetime.UTC)
    plain = dataclasses.asdict(sheet)
    picture = plain.pop("picture")
    shown = {key: _shown(value) for key, value in plain.items()}
    return json.dumps({**shown, "picture": picture, "date": list(when.timetuple()[:6])})


def _shown(value: object) -> object:
    """Make control characters and half characters visible: typst would refuse some of them."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value]
    if isinstance(value, dict):
        return {key: _shown(each) for key, each in value.items()}
    return value


def _pages(
    source: bytes, inputs: dict[str, str], form: Literal["pdf", "png"], created: int, ppi: float = 144.0
) -> list[bytes]:
    with needs_extra(*EXTRA):
        import typst
    try:
        compiler = typst.Compiler(source, ignore_system_fonts=True, sys_inputs=inputs)
        made = compiler.compile(format=form, ppi=ppi, timestamp=created)
    except (RuntimeError, ValueError) as error:
        raise WriteError(f"the page could not be set ({error}): write .html instead") from error
    if made is None:
        raise WriteError("typst made no page: write .html instead")
    return made if isinstance(made, list) else [made]
