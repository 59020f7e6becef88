"""One small synthetic file of every format that is read, with the first spectrum it holds."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectra.units import AxisUnit, Quantity, Technique
from tests.core.io import agilent_asp_file as asp
from tests.core.io import asd_file as asd
from tests.core.io import avantes_file as avantes
from tests.core.io import excel_file as excel
from tests.core.io import nexus_file as nexus
from tests.core.io import nirscan_file as nirscan
from tests.core.io import ocean_file as ocean
from tests.core.io import omnic_file as omnic
from tests.core.io import opus_file as opus
from tests.core.io import perkinelmer_sp_file as perkinelmer_sp
from tests.core.io import procspec_file as procspec
from tests.core.io import rod_file as rod
from tests.core.io import samples, spc_file
from tests.core.io import svc_file as svc
from tests.core.io import vendor_text_files as vendors
from tests.core.io import wdf_file as wdf
from tests.core.io import wide_file as wide
from tests.core.io.samples import SHIFT, axis, band

X, Y = axis(), band(axis())
FLOAT32 = 1e-6
"""Relative error of a number kept in four bytes."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One file of a format.

    Attributes
    ----------
    format, name : str
        Its format's name in `FORMATS`, and a usual name of such a file.
    content : str or bytes
        As text where the format is one.
    axis, intensity : array, shape (m,)
        Of the first spectrum, in file order and in the file's units.
    technique, unit, quantity : str
        What it is read as.
    n_spectra : int
        In the file.
    rtol : float
        Relative error that the file's own numbers allow.
    """

    format: str
    name: str
    content: str | bytes
    axis: NDArray[np.float64]
    intensity: NDArray[np.float64]
    technique: Technique = "raman"
    unit: AxisUnit = "raman_shift_cm-1"
    quantity: Quantity = "counts"
    n_spectra: int = 1
    rtol: float = 1e-12

    @property
    def data(self) -> bytes:
        return self.content.encode() if isinstance(self.content, str) else self.content

    @property
    def text(self) -> str:
        assert isinstance(self.content, str)
        return self.content


def _optical(
    sample: tuple[str, str, str | bytes],
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    unit: AxisUnit = "wavelength_nm",
    technique: Technique = "nir",
    quantity: Quantity = "absorbance",
    n_spectra: int = 1,
    rtol: float = 1e-12,
) -> Sample:
    return Sample(
        *sample, *values, technique=technique, unit=unit, quantity=quantity, n_spectra=n_spectra, rtol=rtol
    )


ASP_Y = np.array([float(value) for value in asp.values()])
ASP_X = np.linspace(3999.75, 650.25, asp.N)
ASD_X = 1000.0 + 2.0 * np.arange(asd.N)
SP_X = 4000.0 - 4.0 * np.arange(perkinelmer_sp.N)
SPA_X = np.linspace(omnic.FIRST, omnic.LAST, omnic.N)
AVANTES_XY = (avantes.X, avantes.SAMPLE)

SAMPLES = (
    _optical(
        ("ocean_procspec", "a.ProcSpec", procspec.archive(procspec.document())),
        (procspec.X, procspec.P),
        quantity="transmittance",
    ),
    _optical(("avasoft8", "a.RAW8", avantes.avasoft8()), AVANTES_XY, quantity="counts", rtol=FLOAT32),
    _optical(("avasoft6", "a.ROH", avantes.avasoft6(columns=1)), AVANTES_XY, quantity="counts", rtol=FLOAT32),
    Sample("galactic_spc", "a.spc", spc_file.Spc().bytes(), X, Y, rtol=FLOAT32),
    _optical(
        ("bruker_opus", "a.0", opus.opus(opus.Curve())), (opus.AXIS, opus.values()), unit="wavenumber_cm-1"
    ),
    Sample("renishaw_wdf", "a.wdf", wdf.File().data(), wdf.AXIS, wdf.intensity(1)[0]),
    _optical(
        ("omnic_spa", "a.spa", omnic.omnic(omnic.Spectrum())),
        (SPA_X, omnic.values()),
        unit="wavenumber_cm-1",
        rtol=FLOAT32,
    ),
    _optical(
        ("asd", "a.asd", asd.File().data()),
        (ASD_X, asd.counts() / asd.counts(500.0)),
        quantity="reflectance",
    ),
    _optical(
        ("perkinelmer_sp", "a.sp", perkinelmer_sp.sp()),
        (SP_X, perkinelmer_sp.values()),
        unit="wavenumber_cm-1",
    ),
    _optical(
        ("agilent_asp", "a.asp", asp.asp()),
        (ASP_X, ASP_Y),
        unit="wavenumber_cm-1",
        technique="mir",
        quantity="unknown",
    ),
    _optical(
        ("excel", "a.xlsx", excel.simple()), (excel.AXIS, excel.ROWS[0]), quantity="unknown", n_spectra=3
    ),
    Sample("nexus", "a.nxs", nexus.image(lambda file: nexus.plot(nexus.raman(file))), nexus.X, nexus.Y),
    Sample("contraspec_csv", "a.csv", samples.contraspec_csv(), X, Y),
    _optical(("nirscan_csv", "a.csv", nirscan.texas()), (nirscan.X, nirscan.A)),
    _optical(
        ("ocean_txt", "a.txt", ocean.suite()), (ocean.X, ocean.Y), technique="other", quantity="unknown"
    ),
    _optical(
        ("avasoft_txt", "a.ttt", avantes.avasoft_text()),
        (np.array([float(f"{x:.3f}") for x in avantes.X]), (100 * avantes.SHARE).round(5)),
        quantity="reflectance",
    ),
    _optical(("field_sig", "a.sig", svc.sig()), (svc.X, svc.REFLECTANCE), quantity="reflectance"),
    Sample("enlighten_csv", "a.csv", samples.enlighten(), SHIFT[2:].round(2), band(SHIFT)[2:]),
    Sample("bwtek_txt", "a.txt", samples.bwtek(","), X, Y),
    Sample("labspec_txt", "a.txt", samples.labspec(), X[::-1], Y[::-1]),
    Sample("renishaw_txt", "a.txt", vendors.wire(), X[::-1], Y),
    Sample("rod", "a.rod", rod.entry(), rod.X, rod.Y),
    Sample("rruff_txt", "a.txt", vendors.rruff("##RAMAN WAVELENGTH=514"), X, Y),
    _optical(("jasco_txt", "a.txt", vendors.jasco()), (X, Y / 1000), unit="wavenumber_cm-1", technique="mir"),
    _optical(
        ("perkinelmer_txt", "a.asc", vendors.perkinelmer()),
        (X[::-1], Y / 10),
        unit="wavenumber_cm-1",
        technique="mir",
        quantity="transmittance",
    ),
    Sample("witec_txt", "a.txt", samples.witec(), X, Y),
    Sample("jcamp_dx", "a.jdx", samples.jcamp(), X, Y),
    Sample("pairs", "a.txt", samples.pairs(), X, Y),
    _optical(
        ("wide_table", "a.csv", wide.wide_text()), (wide.AXIS, wide.ROWS[0]), quantity="unknown", n_spectra=3
    ),
    Sample("table", "a.csv", samples.table(), X, Y),
)


def split(sample: Sample) -> tuple[list[str], list[str], list[str]]:
    """Lines of a text before its table of numbers, in it and after it: the longest run of rows."""
    lines = sample.text.replace("\r\n", "\n").split("\n")
    start = end = at = 0
    while at < len(lines):
        stop = at
        while stop < len(lines) and _is_row(lines[stop]):
            stop += 1
        if stop - at > end - start:
            start, end = at, stop
        at = stop + 1
    start += N_HEAD.get(sample.format, 0)
    return lines[:start], lines[start:end], lines[end:]


N_HEAD = {"agilent_asp": 6}
"""Lines of numbers that belong to the header."""


def _is_row(line: str) -> bool:
    """Whether a line holds numbers alone; a row of the wide table begins with its short name."""
    cells = re.sub(r"^s\d+,", "", line)
    return bool(re.search(r"\d", cells)) and not re.search(r"[^\d\s.,;+\-ENA]", cells)
