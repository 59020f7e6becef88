"""RRUFF, Renishaw WiRE, JASCO and PerkinElmer texts of made-up numbers."""

from tests.core.io.samples import N, axis, band


def rruff(*keys: str, end: str = "##END=\n\n\n") -> str:
    head = ["##NAMES=Tea", "##RRUFFID=R000000", *keys, "##URL=example.org"]
    rows = [f"{a:.4f}, {b:.2f}" for a, b in zip(axis(), band(axis()), strict=True)]
    return "\n".join([*head, *rows, end])


def wire(places: tuple[str, ...] = (), *, n_columns: int = 2) -> str:
    names = ["#X", "#Y", "#Wave", "#Intensity"][4 - n_columns :]
    rows = [
        f"{place}{a:.6f}\t{b + at:.6f}"
        for at, place in enumerate(places or ("",))
        for a, b in zip(axis()[::-1], band(axis()), strict=True)
    ]
    return "\r\n".join(["\t\t".join(names), *rows, ""])


def jasco(**changes: str) -> str:
    y = band(axis()) / 1000
    header = {
        "TITLE": "tea",
        "DATA TYPE": "INFRARED SPECTRUM",
        "ORIGIN": "JASCO",
        "XUNITS": "1/CM",
        "YUNITS": "ABSORBANCE",
        "FIRSTX": "200",
        "LASTX": "937.5",
        "NPOINTS": f"   {N}",
    } | {key.replace("_", " "): value for key, value in changes.items()}
    rows = [f"{a:.4f}\t{b:.5f}" for a, b in zip(axis(), y, strict=True)]
    text = [*(f"{key}\t{value}" for key, value in header.items()), "XYDATA", *rows]
    return "\r\n".join([*text, "", "##### Extended Information", "[Comments]", "Sample\t12\t13", ""])


def perkinelmer(n: int = N, unit: str = "CM-1", first: str = "937.500000") -> str:
    head = ["PE IR       SUBTECH     SPECTRUM    ASCII       PEDS        4.00", "  -1", "tea.asc"]
    head += ["26/01/01", "12:00:00.00", "26/01/01", "12:00:00.00", "me", "tea, black", "400.0"]
    head += ["#HDR", "-1", "-1", "#GR", unit, "%T", "1.000000", "0.000000", first, "-12.500000", str(n), "8"]
    head += ["100.0", "0.0", "#DATA"]
    rows = [f"{a:.6f}\t{b / 10:.4f}" for a, b in zip(axis()[::-1], band(axis()), strict=True)]
    return "\r\n".join([*head, *rows, ""])
