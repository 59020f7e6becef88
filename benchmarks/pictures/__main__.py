"""Draws the documents' pictures of screens and pages anew.

::

    python -m benchmarks.pictures [--out docs/figures] [--only screens|pages]

It takes ``.[bench]`` and ``.[report]``. The same code gives the same pictures to the byte. Every scan in
them is made up, drawn from the starter's tables. Look at them before they are committed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from .pages import draw_pages
from .scans import write_all
from .screens import draw_screens


def main(arguments: list[str] | None = None) -> int:
    """Write the pictures and name them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("docs/figures"))
    parser.add_argument("--only", choices=["screens", "pages"])
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        scans = Path(name)
        write_all(scans)
        written: list[Path] = []
        if options.only != "pages":
            written += draw_screens(scans, options.out)
        if options.only != "screens":
            written += draw_pages(scans, options.out)
    for path in written:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
