"""Our own CSV: facts in comment lines, then two columns; one block a spectrum.

Numbers are written with the fewest digits that give the same double again, so nothing is lost.
"""

import json
from collections.abc import Sequence

from ...spectrum import Spectrum
from ..text.contraspec_csv import END, MARK
from ._facts import facts


def write(spectra: Sequence[Spectrum]) -> bytes:
    """Bytes of the file, UTF-8."""
    return "".join(_block(spectrum) for spectrum in spectra).encode("utf-8")


def _block(spectrum: Spectrum) -> str:
    lines = [MARK, f"# technique = {json.dumps(spectrum.technique)}", f"# unit = {json.dumps(spectrum.unit)}"]
    lines.append(f"# points = {spectrum.n_points}")
    lines += [f"# {name} = {json.dumps(value)}" for name, value in facts(spectrum).items()]
    lines.append(f"{spectrum.unit},intensity")
    pairs = zip(spectrum.axis.tolist(), spectrum.intensity.tolist(), strict=True)
    lines += [*(f"{x!r},{y!r}" for x, y in pairs), END]
    return "\r\n".join(lines) + "\r\n"
