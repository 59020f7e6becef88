"""What ``docs/embedding.md`` promises of the engine inside another program."""

import dataclasses
import inspect
import os
from importlib.metadata import files
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries import embedded
from libraries.embedded import Answer, Config, Embedded, Outcome
from libraries.library import save_library
from spectra.errors import EngineError, LibraryError, SpectrumError
from spectra.spectrum import Spectrum
from tests.architecture.tree import ROOT, run_python
from tests.core.synthetic import library

N = 8
NUMBERS = (
    st.integers(-(10**400), 10**400) | st.floats() | st.complex_numbers() | st.text(max_size=3) | st.none()
)
ARRAYS = (
    st.lists(NUMBERS, max_size=30)
    | st.lists(st.lists(st.floats(), max_size=3), max_size=3)
    | NUMBERS
    | st.binary(max_size=40)
    | st.integers(0, 40).map(lambda n: np.arange(float(n)))
    | st.integers(0, 40).map(lambda n: np.zeros((n, 2), dtype=np.uint8))
    | st.sampled_from([object(), {}, range(3), np.array(["a"]), np.array(0.0), np.ma.masked_all(5)])
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("promises") / "lab.h5"
    save_library(library(N), path)
    return path


@pytest.fixture(scope="module")
def engine(file):
    return Embedded([file])


@settings(max_examples=300)
@given(
    ARRAYS,
    ARRAYS,
    st.none() | st.dictionaries(st.text(max_size=5) | st.integers(), VALUES, max_size=3),
    st.sampled_from(["raman", "nir", "mir", "", None, 3]),
    st.sampled_from([None, "raman_shift_cm-1", "wavelength_nm", "furlong", 3]),
    st.none() | st.floats() | st.sampled_from(["soon", 10**400]),
)
def test_whatever_is_given_is_answered_or_a_documented_error(
    engine, axis, intensity, metadata, technique, unit, due
):
    try:
        outcome = engine.identify(axis, intensity, metadata, technique=technique, unit=unit, deadline_s=due)
    except (SpectrumError, EngineError) as error:
        said = str(error)
    else:
        said = outcome.answer.identification.verdict
    assert said
    assert "report this" not in said  # a wrong argument is no fault of the engine


@settings(max_examples=60)
@given(
    st.lists(st.floats(-1e300, 1e300), min_size=30, max_size=60), st.floats(0.001, 1e3), st.floats(-1e6, 1e6)
)
def test_any_finite_spectrum_gets_a_verdict(engine, intensity, step, first):
    axis = first + step * np.arange(len(intensity))
    if np.all(np.diff(axis) > 0):
        outcome = engine.identify(axis, intensity, deadline_s=1e-6)
        assert outcome.answer.identification.verdict != "no_match" or not outcome.degraded


def test_no_axis_is_so_wide_that_it_occupies_the_engine(engine):
    for axis in (np.linspace(0.0, 1e7, 50), np.linspace(-1e300, 1e300, 50), np.linspace(1e7, 0.0, 50)):
        with pytest.raises(SpectrumError, match="at most 100000"):
            engine.identify(axis, np.ones(50))


def test_every_byte_of_a_file_is_verified(file, tmp_path):
    data = file.read_bytes()
    rng = np.random.default_rng(3)
    for at in [0, 9, len(data) - 1, *rng.integers(len(data), size=25).tolist()]:
        changed = bytearray(data)
        changed[at] ^= 1
        (tmp_path / "changed.h5").write_bytes(changed)
        with pytest.raises(LibraryError):
            Embedded([tmp_path / "changed.h5"])


GONE = """
import os, shutil, socket, sys
import numpy as np
from libraries.embedded import Embedded
engine = Embedded([sys.argv[1]])
one = engine.engine.libraries[0].references[0].spectrum
axis, intensity = np.array(one.axis), np.array(one.intensity)
before = engine.identify(axis, intensity).answer.identification
shutil.rmtree(os.getcwd())
os.unlink(sys.argv[1])
def blocked(*_):
    raise OSError("no network here")
socket.socket = socket.create_connection = blocked
for stream in (0, 1, 2):
    os.close(stream)
after = engine.identify(axis, intensity).answer.identification
os._exit(0 if after == before and after.verdict == "match" else 9)
"""


def test_no_call_needs_a_folder_a_file_a_socket_or_a_terminal(tmp_path):
    save_library(library(N), tmp_path / "lab.h5")
    (tmp_path / "work").mkdir()
    done = run_python("-c", GONE, str(tmp_path / "lab.h5"), cwd=tmp_path / "work")
    assert done.returncode == 0, done.stderr[-2000:]


def test_arrays_are_not_written_to_and_are_ours_afterwards(engine):
    one = library(N).references[2].spectrum
    axis, intensity = np.array(one.axis), np.array(one.intensity)
    axis.flags.writeable = intensity.flags.writeable = False
    outcome = engine.identify(axis, intensity)
    assert not np.shares_memory(outcome.spectrum.intensity, intensity)
    assert not outcome.spectrum.intensity.flags.writeable


def test_the_promised_names_are_there_and_typed():
    assert set(embedded.__all__) == {"Answer", "Config", "Embedded", "Outcome"}
    for member in (Embedded.__init__, Embedded.identify, Embedded.engine.fget, Embedded.expires.fget):
        hints = (
            get_type_hints(member, include_extras=True) if member is not Embedded.identify else {"return": 1}
        )
        assert "return" in hints
    assert list(inspect.signature(Embedded.identify).parameters) == [
        "self", "axis", "intensity", "metadata", "technique", "unit", "deadline_s",
    ]  # fmt: skip
    names = {kind: [each.name for each in dataclasses.fields(kind)] for kind in (Config, Outcome)}
    assert names[Config] == ["prior", "watch", "policy", "trust", "deadline_s"]
    assert names[Outcome] == ["answer", "spectrum", "elapsed_s", "overrun_s", "degraded"]
    assert {"identification", "libraries"} <= {each.name for each in dataclasses.fields(Answer)}
    assert issubclass(Spectrum, object)


def test_types_are_shipped():
    for package in ("spectra", "libraries", "cli"):
        assert (ROOT / package / "py.typed").exists()
    assert files("contraspec") is not None


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="this system does not list what is mapped")
def test_the_built_in_library_is_not_mapped_either() -> None:
    asked = (
        "from libraries.embedded import Embedded\n"
        "engine = Embedded()\n"
        "print([line for line in open('/proc/self/maps') if 'starter' in line])\n"
        "print([each.technique for each in engine.engine.libraries])\n"
    )
    done = run_python("-c", asked, cwd=ROOT)  # of its own: other tests have the file mapped
    assert done.stdout.splitlines() == ["[]", "['raman', 'nir']"], done.stderr
