"""Small texts of made-up numbers in the formats that need no file of their own; see `all_samples`."""

import numpy as np
from numpy.typing import NDArray

N = 60


def axis(n: int = N, start: float = 200.0, step: float = 12.5) -> NDArray[np.float64]:
    return start + step * np.arange(n)


def band(x: NDArray[np.float64], centre: float = 500.0) -> NDArray[np.float64]:
    return np.round(100.0 + 900.0 * np.exp(-(((x - centre) / 40.0) ** 2)), 2)


ENLIGHTEN_HEADER = {
    "ENLIGHTEN Version": "4.1.6",
    "Measurement ID": "20240101-0001-WP-00001",
    "Serial Number": "WP-00001",
    "Model": "WP-785X",
    "Detector": "S16011-1106",
    "Label": "sugar, white",
    "Scan Averaging": "3",
    "Technique": "Raman",
    "Baseline Correction Algo": "AirPLS",
    "Wavenumber Correction": "0",
    "Raman Intensity Corrected": "False",
    "Deconvolved": "True",
    "Integration Time": "1500",
    "Timestamp": "2024-01-01 10:00:00.000",
    "CCD C0": "800.0",
    "CCD C1": "0.9",
    "CCD C2": "-1e-4",
    "CCD C3": "0",
    "Laser Wavelength": "785.0",
    "Pixel Count": str(N),
}
PIXEL = np.arange(N, dtype=float)
WAVELENGTH = 800.0 + 0.9 * PIXEL - 1e-4 * PIXEL**2
SHIFT = 1e7 / 785.0 - 1e7 / WAVELENGTH


def enlighten(names: str = "Pixel,Wavelength,Wavenumber,Processed", **changes: str) -> str:
    header = ENLIGHTEN_HEADER | {key.replace("_", " "): value for key, value in changes.items()}
    columns = {
        "Pixel": [f"{p:.0f}" for p in PIXEL],
        "Wavelength": [f"{w:.2f}" for w in WAVELENGTH],
        "Wavenumber": [f"{s:.2f}" for s in SHIFT],
        "Processed": ["NA", "NA"] + [f"{y:.2f}" for y in band(SHIFT)[2:]],
        "Raw": [f"{y + 50:.2f}" for y in band(SHIFT)],
        "Dark": ["50.00"] * N,
    }
    rows = [",".join(row) for row in zip(*(columns[name] for name in names.split(",")), strict=True)]
    return "\r\n".join([*(f"{k},{v}" for k, v in header.items()), "", names, *rows, ""])


def enlighten_scans(n_scans: int, *, wavenumber: bool, laser: str = "785.0") -> str:
    lead = ["Pixel", "Wavelength"] + (["Wavenumber"] if wavenumber else [])
    gap = "," * len(lead)
    header = ["ENLIGHTEN Version,3.2.6"]
    for key in ("Serial Number", "CCD C0", "CCD C1", "CCD C2", "Pixel Count"):
        header.append(f"{key}{gap}" + ",,".join([ENLIGHTEN_HEADER[key]] * n_scans))
    header.append(f"Laser Wavelength{gap}" + ",,".join([laser] * n_scans))
    header.append(f"Label{gap}" + ",,".join(f"scan {i}" for i in range(n_scans)))
    header.append(f"Integration Time{gap}" + ",,".join(str(100 * (i + 1)) for i in range(n_scans)))
    names = ",".join(lead + ["Processed", "Raw"] * n_scans)
    rows = []
    for p in range(N):
        cells = [str(p), f"{WAVELENGTH[p]:.2f}"] + ([f"{SHIFT[p]:.2f}"] if wavenumber else [])
        for scan in range(n_scans):
            cells += [f"{1000 * scan + p:.2f}", f"{p:.2f}"]
        rows.append(",".join(cells))
    return "\r\n".join([*header, "", f"WP-00001{gap}scan 0", names, *rows, ""])


def bwtek(decimal: str = ".", n_blank: int = 0) -> str:
    x, y = axis(), band(axis())
    header = ["File Version;BWSpec4.11_1", "Date;2024-01-01 10:00:00", "model;BTC000", "c code;XYZ"]
    header += ["intigration times(ms);550", "average number;2", f"pixel_end;{N - 1 + n_blank}"]
    header += ["laser_wavelength;784.82", "Relative Intensity Correction Flag;0"]
    names = "Pixel;Wavelength;Wavenumber;Raman Shift;Dark;Reference;Raw data #1;Dark Subtracted #1;%TR #1;"
    rows = [f"{p};   ;   ;   ;900.0000;65535.0000;1.0000;7.0000;0.0000;" for p in range(n_blank)]
    rows += [
        f"{p + n_blank};800.00;12000.00;{x[p]:.2f};900.0000;65535.0000;{y[p] + 900:.4f};{y[p]:.4f};0.0000;"
        for p in range(N)
    ]
    text = "\n".join([*header, names, *rows, ""])
    return text if decimal == "." else text.replace("4.11", "4#11").replace(".", ",").replace("4#11", "4.11")


def labspec(unit: str = "1/cm", laser: str = "785", *, values: NDArray[np.float64] | None = None) -> str:
    x = axis()[::-1] if values is None else values
    header = [
        "#Acq. time (s)=\t10",
        "#Accumulations=\t5",
        "#ICS correction=\tOff",
        "#Detector temperature (°C)=\t-50",
    ]
    header += ["#Instrument=\tMacro", f"#Laser (nm)=\t{laser} ", "#Title=\tsugar", "#Date=\t04.10.2024 11:29"]
    header += ["#AxisType[0]=Intens", "#AxisUnit[0]=Cnt", "#AxisType[1]=Spectr", f"#AxisUnit[1]={unit}"]
    rows = [f"{a:.4f}\t{b:.2f}" for a, b in zip(x, band(axis()[::-1]), strict=True)]
    return "\n".join(header) + "\n" + "\r\n".join([*rows, ""])


def witec(unit: str = "rel. 1/cm") -> str:
    rows = [f" {a:.9E}, {b:.9E}" for a, b in zip(axis(), band(axis()), strict=True)]
    head = [
        "//Exported ASCII-File",
        "[Header]",
        "GraphName = sugar",
        f"XAxisUnit = {unit}",
        "DataUnit = CCD cts",
    ]
    return "\r\n".join([*head, "", "[Data]", "X-Axis,sugar--Spec.Data 1", f"{unit},CCD cts", *rows, ""])


JCAMP_HEAD = [
    "##TITLE= sugar $$ a remark",
    "##JCAMP-DX= 4.24",
    "##Data_Type= RAMAN SPECTRUM",
    "##ORIGIN= here",
    "##SPECTROMETER/DATA SYSTEM= Box 1",
    "##XUNITS= 1/CM",
    "##YUNITS= COUNTS",
    "##XFACTOR= 0.5",
    "##YFACTOR= 0.01",
    "##FIRSTX= 200",
    "##LASTX= 937.5",
    f"##NPOINTS= {N}",
    "##FIRSTY= 100",
]


def jcamp(*, packed: bool = False, head: list[str] | None = None) -> str:
    ordinates = [round(100 * y) for y in band(axis())]
    rows = []
    for at in range(0, N, 7):
        cells = ordinates[at : at + 7]
        gap = "" if packed else " "
        rows.append(f"{axis()[at] / 0.5:g} " + gap.join(f"+{c}" if packed else str(c) for c in cells))
    return "\r\n".join(
        [*(JCAMP_HEAD if head is None else head), "##XYDATA= (X++(Y..Y))", *rows, "##END=", ""]
    )


def jcamp_pairs() -> str:
    rows = [f" {2 * a:.3f},  {100 * b:.3f}" for a, b in zip(axis(), band(axis()), strict=True)]
    return "\n".join([*JCAMP_HEAD, "##XYDATA=(XY..XY)", *rows, "##END=", ""])


def pairs(*, extra: int = 0) -> str:
    rows = [f"{a:.6f},{b:.2f}" for a, b in zip(axis(), band(axis()), strict=True)]
    rows += [f"{150.0 + 10 * i},{i}" for i in range(extra)]
    return "\n".join([*rows, ""])


def table(separator: str = ",", decimal: str = ".", heading: str = "Raman shift (cm-1){s}Intensity") -> str:
    rows = [
        f"{a:.1f}{separator}{b:.2f}".replace(".", decimal) for a, b in zip(axis(), band(axis()), strict=True)
    ]
    return "\n".join([*([heading.format(s=separator)] if heading else []), *rows, ""])


def contraspec_csv(*, technique: str = "raman", unit: str = "raman_shift_cm-1") -> str:
    facts = [
        f'# technique = "{technique}"',
        f'# unit = "{unit}"',
        f"# points = {N}",
        '# quantity = "counts"',
        '# label = "tea"',
    ]
    rows = [f"{a!r},{b!r}" for a, b in zip(axis().tolist(), band(axis()).tolist(), strict=True)]
    return "\n".join(["# contraspec spectrum 1", *facts, f"{unit},intensity", *rows, "# end", ""])
