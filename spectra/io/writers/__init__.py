"""Write spectra as JCAMP-DX, CSV or NeXus: what is read back is what was written.

One format a file and a line in `WRITERS`; every writer gives bytes, so that the file can be written
whole or not at all.
"""

from ._writer import WRITERS, Writer, write_spectra, writer_for

__all__ = ["WRITERS", "Writer", "write_spectra", "writer_for"]
