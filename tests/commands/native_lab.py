"""The C library as the tests use it: built once, called through ctypes or by programs that gcc compiles."""

import atexit
import ctypes
import functools
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.native.building import COMPILERS, Built, build_library
from tests.architecture.tree import ROOT, bare_environment

EXAMPLES = ROOT / "examples"
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-g", "-pthread")
STATUS = ("ok", "bad_argument", "no_memory", "not_started", "library", "calibration", "extra", "spectrum",
          "fault", "deadline", "died")  # fmt: skip
TEXTS = ("name", "form", "id", "cas", "role", "grade")
NUMBERS = ("probability", "share", "hqi")

needs_compiler = pytest.mark.skipif(
    os.name != "posix" or not any(map(shutil.which, COMPILERS)), reason="needs a C compiler"
)


class ConfigStruct(ctypes.Structure):
    """``contraspec_config``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        *((name, ctypes.c_double) for name in ("prior", "deadline_s", "open_timeout_s", "call_timeout_s")),
        ("watch", ctypes.POINTER(ctypes.c_char_p)),
        ("watch_count", ctypes.c_size_t),
        *((name, ctypes.c_char_p) for name in ("policy", "trust", "python", "log")),
    )


class QueryStruct(ctypes.Structure):
    """``contraspec_query``."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("axis", ctypes.POINTER(ctypes.c_double)),
        ("intensity", ctypes.POINTER(ctypes.c_double)),
        ("points", ctypes.c_size_t),
        *((name, ctypes.c_char_p) for name in ("technique", "unit", "metadata_json", "name")),
        ("deadline_s", ctypes.c_double),
    )


class SubstanceStruct(ctypes.Structure):
    """``contraspec_substance``."""

    _fields_ = (*((name, ctypes.c_char_p) for name in TEXTS), *((name, ctypes.c_double) for name in NUMBERS))


@functools.cache
def built() -> Built:
    """The library, compiled once for all tests of this process."""
    folder = Path(tempfile.mkdtemp(prefix="contraspec-native-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return build_library(folder)


@functools.cache
def api() -> Any:
    """Functions of the library, with their types."""
    own = ctypes.CDLL(str(built().library))
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    results: dict[Any, tuple[str, ...]] = {
        ctypes.c_char_p: ("version", "error", "status_name", "engine_version", "result_verdict",
                          "result_next_action", "result_reason", "result_degraded", "result_record"),
        ctypes.c_double: ("result_probability", "result_elapsed_s", "result_overrun_s"),
        ctypes.c_size_t: ("result_substance_count", "result_reason_count", "result_degraded_count",
                          "engine_starts"),  # an unsigned long is as long
        ctypes.c_long: ("engine_process",),
        ctypes.c_int: ("abi", "open", "identify", "result_alert", "result_has_probability"),
        ctypes.POINTER(SubstanceStruct): ("result_substance",),
        None: ("close", "result_free"),
    }  # fmt: skip
    for restype, names in results.items():
        for name in names:
            function = getattr(own, f"contraspec_{name}")
            function.restype = restype
            takes = {"abi": [], "version": [], "error": [], "status_name": [ctypes.c_int],
                     "open": [ctypes.POINTER(ctypes.c_char_p), size, pointer, ctypes.POINTER(pointer)],
                     "identify": [pointer, pointer, ctypes.POINTER(pointer)]}  # fmt: skip
            indexed = name in ("result_substance", "result_reason", "result_degraded")
            function.argtypes = takes.get(name, [pointer, size] if indexed else [pointer])
            setattr(own, name, function)
    return own


class NativeError(Exception):
    """Status and text of a call that failed."""

    def __init__(self, status: int) -> None:
        self.status = STATUS[status]
        assert api().status_name(status).decode() == self.status
        self.text = api().error().decode()
        super().__init__(f"{self.status}: {self.text}")


class Native:
    """An engine through C."""

    def __init__(self, *libraries: Any, **config: Any) -> None:
        self.handle = ctypes.c_void_p()
        paths = (ctypes.c_char_p * len(libraries))(*(os.fsencode(each) for each in libraries))
        watch = [each.encode() for each in config.pop("watch", ())]
        own = ConfigStruct(struct_size=ctypes.sizeof(ConfigStruct), **config)
        own.watch, own.watch_count = (ctypes.c_char_p * len(watch))(*watch), len(watch)
        status = api().open(paths, len(libraries), ctypes.byref(own), ctypes.byref(self.handle))
        if status:
            assert not self.handle.value
            raise NativeError(status)

    def __enter__(self) -> "Native":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        api().close(self.handle)
        self.handle = ctypes.c_void_p()

    @property
    def process(self) -> int:
        return int(api().engine_process(self.handle))

    @property
    def starts(self) -> int:
        return int(api().engine_starts(self.handle))

    def identify(self, axis: Any, intensity: Any, /, **more: Any) -> dict[str, Any]:
        """All that the accessors say; ``record`` is the parsed JSON."""
        x, y = (np.ascontiguousarray(each, dtype=np.float64) for each in (axis, intensity))
        query = QueryStruct(struct_size=ctypes.sizeof(QueryStruct), points=x.size)
        query.axis, query.intensity = (
            each.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for each in (x, y)
        )
        for name, value in more.items():
            setattr(query, name, value)
        result = ctypes.c_void_p()
        status = api().identify(self.handle, ctypes.byref(query), ctypes.byref(result))
        if status:
            assert not result.value
            raise NativeError(status)
        try:
            return _said(result)
        finally:
            api().result_free(result)


def _said(result: ctypes.c_void_p) -> dict[str, Any]:
    own = api()
    substances = []
    for i in range(own.result_substance_count(result)):
        one = own.result_substance(result, i).contents
        numbers = {name: getattr(one, name) for name in NUMBERS}
        substances.append(
            {name: getattr(one, name).decode() for name in TEXTS}
            | {name: None if np.isnan(value) else value for name, value in numbers.items()}
        )
    probability = own.result_probability(result)
    assert bool(own.result_has_probability(result)) == (not np.isnan(probability))
    return {
        "verdict": own.result_verdict(result).decode(),
        "alert": bool(own.result_alert(result)),
        "probability": None if np.isnan(probability) else probability,
        "substances": substances,
        "reasons": [own.result_reason(result, i).decode() for i in range(own.result_reason_count(result))],
        "degraded": [
            own.result_degraded(result, i).decode() for i in range(own.result_degraded_count(result))
        ],
        "next_action": own.result_next_action(result).decode(),
        "elapsed_s": own.result_elapsed_s(result),
        "overrun_s": own.result_overrun_s(result),
        "record": json.loads(own.result_record(result)),
    }


@functools.cache
def program(name: str) -> Path:
    """An example in C, compiled as strictly as gcc can."""
    own = built().library.parent
    out = own / name
    command = ["gcc" if shutil.which("gcc") else "cc", *STRICT, f"-I{own}", str(EXAMPLES / f"{name}.c")]
    command += ["-o", str(out), f"-L{own}", "-lcontraspec", "-lm", f"-Wl,-rpath,{own}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return out


def run_program(*command: Any, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program and wait for it."""
    return subprocess.run(
        [str(each) for each in command],
        env=bare_environment(OPENBLAS_NUM_THREADS="1", **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def read_scan(path: Path) -> tuple[Any, Any]:
    """Axis and intensity of an example."""
    rows = [line.split(",") for line in path.read_text().splitlines() if line[:1].isdigit()]
    return tuple(np.array([float(row[column]) for row in rows]) for column in (0, 1))


def write_scan(path: Path, axis: Any, intensity: Any) -> Path:
    """Two columns, as the C programs read them."""
    rows = zip(axis, intensity, strict=True)
    path.write_text("".join(f"{x!r},{y!r}\n" for x, y in ((float(x), float(y)) for x, y in rows)))
    return path
