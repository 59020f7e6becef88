"""JCAMP-DX texts of made-up numbers, with one label or line changed at will."""

from collections.abc import Iterable, Sequence

import numpy as np

from spectra.io import FORMATS
from spectra.io._draft import Draft
from spectra.io._source import Source

N = 40
HEAD = {
    "TITLE": "salt",
    "JCAMP-DX": "5.00",
    "DATA TYPE": "INFRARED SPECTRUM",
    "XUNITS": "1/CM",
    "YUNITS": "ABSORBANCE",
    "FIRSTX": "4000",
    "LASTX": "3220",
    "XFACTOR": "1",
    "YFACTOR": "0.001",
    "NPOINTS": str(N),
    "FIRSTY": "0.1",
}
X = np.linspace(4000, 3220, N)
Y = np.round(100 + 800 * np.exp(-(((X - 3600) / 60) ** 2))).astype(int)


def lines(x: Iterable[object] = X, y: Sequence[object] = Y, *, per_line: int = 8) -> list[str]:
    """Data of the form (X++(Y..Y)) in plain numbers."""
    starts = list(x)
    return [
        f"{starts[at]:g} " + " ".join(str(value) for value in y[at : at + per_line])
        for at in range(0, len(y), per_line)
    ]


def block(data: Sequence[str] | None = None, label: str = "XYDATA=(X++(Y..Y))", **head: str | None) -> str:
    """One block; a keyword changes a label (underscore for a blank), None takes it out."""
    labels = HEAD | {key.replace("_", " "): value for key, value in head.items()}
    text = [f"##{key}={value}" for key, value in labels.items() if value is not None]
    return "\n".join([*text, f"##{label}", *(lines() if data is None else data), "##END=", ""])


def link(*blocks: str, n_blocks: int | None = None, end: str = "##END=\n") -> str:
    head = "##TITLE=all\n##JCAMP-DX=5\n##DATA TYPE=LINK\n"
    return f"{head}##BLOCKS={len(blocks) if n_blocks is None else n_blocks}\n" + "".join(blocks) + end


def drafts(text: str, column: str | None = None) -> tuple[Draft, ...]:
    form = next(form for form in FORMATS if form.name == "jcamp_dx")
    return form.read(Source("scan.jdx", text.encode(), column=column))


def draft(text: str) -> Draft:
    (only,) = drafts(text)
    return only
