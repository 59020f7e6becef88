"""Workbooks of made-up numbers."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import openpyxl

N = 60
AXIS = 900.0 + 5.0 * np.arange(N)
ROWS = np.round(0.4 + 0.2 * np.sin(np.arange(3)[:, None] + AXIS / 40.0), 5)


def book(fill: Callable[[Any], None]) -> bytes:
    workbook = openpyxl.Workbook()
    fill(workbook)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def wide_sheet(sheet: Any, *, corner: str = "Sample", scale: float = 1.0) -> None:
    sheet.append([corner, *AXIS.tolist()])
    for at, row in enumerate(ROWS):
        sheet.append([f"{sheet.title} {at}", *(scale * row).tolist()])


def simple() -> bytes:
    return book(lambda workbook: wide_sheet(workbook.active))
