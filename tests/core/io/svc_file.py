"""Texts of field spectrometers, of made-up numbers."""

import numpy as np

N = 60
X = np.round(1000.0 + 2.3 * np.arange(N), 1)
REFERENCE = np.round(4000.0 + 9.0 * np.arange(N), 2)
REFLECTANCE = np.round(40.0 + 20.0 * np.sin(X / 20.0), 2)
TARGET = np.round(REFERENCE * REFLECTANCE / 100.0, 2)


def sig(first: str = "/*** Spectra Vista SIG Data ***/", axis: np.ndarray = X) -> str:
    head = [
        first, "name= C:\\data\\leaf_001.sig", "instrument= HI: 1142048 (HR-1024i)",
        "integration= 100.0, 40.0, 20.0, 50.0, 30.0, 10.0", "scan coadds= 11, 25, 50, 12, 26, 51",
        "units= Radiance, Radiance", "time= 7/18/2010 9:47:09AM, 7/18/2010 9:47:31AM", "data= ",
    ]  # fmt: skip
    rows = [
        f"{x:.1f}  {r:.2f}  {t:.2f}  {p:.2f}"
        for x, r, t, p in zip(axis, REFERENCE, TARGET, REFLECTANCE, strict=True)
    ]
    return "\r\n".join([*head, *rows, ""])


def sed(names: str = "Chan.#\tWvl\tRad. (Ref.)\tRad. (Target)\tReflect. %", *, channels: int = N) -> str:
    head = [
        "Comment: ", "Version: 2.2", "File Name: C:\\a\\leaf.sed", "Instrument: PSR-3500_SN1234567 [3]",
        "Measurement: REFLECTANCE", "Date: 05/17/2015,05/18/2015", "Averages: 10,12",
        "Wavelength Range: 350,2500",
        f"Channels: {channels}", "Columns [5]:", "Data:", names,
    ]  # fmt: skip
    rows = [
        f"{i}\t{x:.1f}\t{r:.4E}\t{t:.4E}\t{p:.4f}"
        for i, (x, r, t, p) in enumerate(zip(X, REFERENCE, TARGET, REFLECTANCE, strict=True))
    ]
    return "\r\n".join([*head, *rows, ""])
