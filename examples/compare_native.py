"""What a call through C costs beside one in Python: ``compare_native.py FOLDER SCAN... [--calls N]``.

FOLDER is where ``contraspec native build`` put the library. Both engines are asked in turn about the same
scan, in this process; one line of JSON a scan: medians in ms, and the median of the ratios of each pair.
"""

import argparse
import ctypes
import json
import statistics
import time
from pathlib import Path

import numpy as np

from libraries.embedded import Embedded


class Query(ctypes.Structure):
    """``contraspec_query`` of contraspec.h."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("axis", ctypes.c_void_p),
        ("intensity", ctypes.c_void_p),
        ("points", ctypes.c_size_t),
        *((name, ctypes.c_char_p) for name in ("technique", "unit", "metadata_json", "name")),
        ("deadline_s", ctypes.c_double),
    )


def load(folder):
    """Library with the types of what is called here."""
    library = next(Path(folder).glob("libcontraspec.*"))
    native, pointer = ctypes.CDLL(str(library.resolve())), ctypes.c_void_p
    native.contraspec_open.argtypes = [pointer, ctypes.c_size_t, pointer, ctypes.POINTER(pointer)]
    native.contraspec_identify.argtypes = [pointer, ctypes.POINTER(Query), ctypes.POINTER(pointer)]
    native.contraspec_result_free.argtypes = native.contraspec_close.argtypes = [pointer]
    native.contraspec_result_free.restype = native.contraspec_close.restype = None
    native.contraspec_error.restype = ctypes.c_char_p
    return native


def read(path):
    """Axis and intensity of a text file with commas."""
    rows = [line.split(",") for line in Path(path).read_text().splitlines() if line[:1].isdigit()]
    return [np.array([float(row[column]) for row in rows]) for column in (0, 1)]


def seconds(call):
    """How long a call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def compare(native, engine, embedded, scan, calls):
    """Pairs of calls, who is first taking turns."""
    axis, intensity = read(scan)
    query = Query(ctypes.sizeof(Query), axis.ctypes.data, intensity.ctypes.data, axis.size)

    def through_c():
        result = ctypes.c_void_p()
        if native.contraspec_identify(engine, ctypes.byref(query), ctypes.byref(result)):
            raise SystemExit(native.contraspec_error().decode())
        native.contraspec_result_free(result)

    def in_python():
        embedded.identify(axis, intensity)

    pairs = []
    for number in range(calls + 5):
        if number % 2:
            in_c, own = seconds(through_c), seconds(in_python)
        else:
            own, in_c = seconds(in_python), seconds(through_c)
        if number >= 5:
            pairs.append((in_c, own))
    in_c, own = (1000 * statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(c / python for c, python in pairs)
    verdict = embedded.identify(axis, intensity).answer.identification.verdict
    return {"scan": Path(scan).name, "verdict": verdict, "calls": calls, "c_ms": round(in_c, 3),
            "python_ms": round(own, 3), "ratio": round(ratio, 3)}  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("scans", nargs="+")
    parser.add_argument("--calls", type=int, default=200)
    asked = parser.parse_args()
    native, engine = load(asked.folder), ctypes.c_void_p()
    if native.contraspec_open(None, 0, None, ctypes.byref(engine)):
        raise SystemExit(native.contraspec_error().decode())
    embedded = Embedded()
    for scan in asked.scans:
        print(json.dumps(compare(native, engine, embedded, scan, asked.calls)), flush=True)
    native.contraspec_close(engine)
