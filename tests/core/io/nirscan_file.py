"""NIRscan and InnoSpectra CSV of made-up numbers."""

import numpy as np

N = 40
X = 900.0 + 3.9 * np.arange(N)
A = np.round(0.1 + 0.2 * np.exp(-(((X - 980.0) / 30.0) ** 2)), 6)
A[3] = -0.001234
R = np.round(90_000.0 + 500 * np.arange(N))
S = np.round(R * 10**-A)
NAMES = "Wavelength (nm),Absorbance (AU),Reference Signal (unitless),Sample Signal (unitless)"


def rows(n: int = N) -> list[str]:
    return [f"{x:.6f},{a:.6f},{r:.6f},{s:.6f}" for x, a, r, s in zip(X[:n], A, R, S, strict=False)]


def texas(*, points: object = N, names: str = NAMES, body: list[str] | None = None) -> str:
    header = [
        "Method:,Column 1,,", "Host Date-Time:,01/02/20 @ 10:11:12,,", "Detector Temp hundredths:,2623,,",
        "Shift Vector Coefficients:,-3.9,0.04,-9.7e-05,,", "Serial Number:,6100099,,",
        "Scan Config Name:,Column 1,,", f"Number of Measurement points:,{points},,", "Num Repeats:,6,,",
    ]  # fmt: skip
    return "\n".join([*header, names, *(rows() if body is None else body), ""])


def inno(*, sections: str = str(N), end: bool = True) -> str:
    two = ",".join(sections.split("+"))
    gap = "," * (7 - 1 - two.count(","))
    head = [
        "***Scan Config Information***,,,,,,,***Reference Scan Information***",
        "Scan Config Name:,Hadamard 1,,,,,,Scan Config Name:,Built-in Factory Reference,,,,,,",
        "Start Wavelength (nm):,900,,,,,,Start Wavelength (nm):,900,,,,,,",
        "Exposure (ms):,0.635,,,,,,Exposure (ms):,0.635,,,,,,",
        f"Digital Resolution:,{two}{gap}Digital Resolution:,228,,,,,,",
        "Num Repeats:,6,,,,,,Num Repeats:,30,,,,,,",
        "Data Date-Time:,2023/01/02T03:04:05,,,,,,Data Date-Time:,2020/01/01T00:00:00,,,,,,",
        "***General Information***,,,,,,,***Calibration Coefficients***,,,,,,,",
        "Model Name:,NIR-M-R2,,,,,,Shift Vector Coefficients:,-5.1,0.06,-0.0001,,,,",
        "Serial Number:,5490001,(T123),,,,,,,,,,,,",
        "GUI Version:,3.9.8,,,,,,,,,,,,,",
        "***Scan Data***,,,,,,,,,,,,,,,",
    ]
    return "\r\n".join([*head, NAMES, *rows(), *(["***End of Scan Data***"] if end else []), ""])
