"""Ocean Optics texts of made-up numbers."""

import numpy as np

N = 50
X = np.round(450.0 + 0.37 * np.arange(N), 2)
Y = np.round(40.0 + 30.0 * np.sin(X / 7.0), 3)
BEGIN, END = ">>>>>Begin Processed Spectral Data<<<<<", ">>>>>End Processed Spectral Data<<<<<"


def suite(*, pixels: object = N, end: bool = True, decimal: str = ".") -> str:
    head = [
        "SpectraSuite Data File", "++++++++++++++++++++++++++++", "Date: Tue Sep 01 16:24:36 EST 2015",
        "User: somebody", "Dark Spectrum Present: Yes", "Number of Sampled Component Spectra: 1",
        "Spectrometers: QEX0001", "Integration Time (usec): 140000 (QEX0001)",
        "Spectra Averaged: 3 (QEX0001)", "Boxcar Smoothing: 0 (QEX0001)",
        f"Number of Pixels in Processed Spectrum: {pixels}",
    ]  # fmt: skip
    rows = [f"{x:.2f}\t{y:.3f}".replace(".", decimal) for x, y in zip(X, Y, strict=True)]
    return "\n".join([*head, BEGIN, *rows, *([END] if end else []), ""])


def view(label: str = "sample_Absorbance_01.txt", *, mode: str = "Wavelengths", pixels: int = N) -> str:
    head = [
        f"Data from {label} Node", "", "Date: Thu Jun 19 19:20:35 CEST 2025", "User: me",
        "Spectrometer: HR600001", "Trigger mode: 0", "Resolution mode: 1024 pixels",
        "Integration Time (sec): 1,000000E-1",
        "Scans to average: 5", "Nonlinearity correction enabled: true", f"XAxis mode: {mode}",
        f"Number of Pixels in Spectrum: {pixels}", ">>>>>Begin Spectral Data<<<<<",
    ]  # fmt: skip
    # OceanView drops zeros at the end, and the comma with them.
    rows = [f"{x:g}\t{y:g}".replace(".", ",") for x, y in zip(X, Y, strict=True)]
    rows[4] = rows[4].split("\t")[0] + "\t0"
    return "\r\n".join([*head, *rows, ""])


def jaz(names: str = "W\tD\tR\tS\tP", first: str = "Jaz Data File") -> str:
    columns = {"W": X, "D": 0 * X + 900, "R": 0 * X + 4000, "S": Y + 900, "P": Y}
    rows = ["\t".join(f"{columns[name][i]:.6f}" for name in names.split("\t")) for i in range(N)]
    head = [first, "++++++", "Spectrometers: JAZA0001", f"Number of Pixels in Processed Spectrum: {N}"]
    return "\n".join([*head, BEGIN, names, *rows, END, ""])
