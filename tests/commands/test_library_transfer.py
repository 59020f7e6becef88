"""``contraspec library transfer``: text, JSON, refusal."""

import json

import numpy as np
import pytest

from libraries.library import Library, save_library
from libraries.reference import Naming, make_reference
from spectra.io.writers import write_spectra
from spectra.spectrum import Spectrum

AXIS = np.arange(940.0, 1661.0, 4.0)


def powders(seed, n):
    rng = np.random.default_rng(seed)
    return np.stack(
        [
            sum(
                rng.uniform(0.05, 0.4)
                * np.exp(-0.5 * ((AXIS - rng.uniform(920, 1680)) / rng.uniform(12, 40)) ** 2)
                for _ in range(8)
            )
            for _ in range(n)
        ]
    )


def scan(values, seed):
    noisy = values + np.random.default_rng(seed).normal(0, 1e-4, values.shape)
    return Spectrum(AXIS, noisy, "nir", "wavelength_nm", {"quantity": "absorbance"})


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transfer")
    rows = powders(1, 12)
    response = 0.05 * np.sin(AXIS / 25)
    for side, spectra in (("a", rows), ("b", rows + response), ("same", rows)):
        (folder / side).mkdir()
        for number, row in enumerate(spectra):
            write_spectra([scan(row, number + ord(side[0]))], folder / side / f"s{number}.csv")
    one = make_reference(scan(powders(2, 1)[0], 99), Naming("powder"))
    save_library(Library("powders", "nir", (one,)), folder / "lab.h5")
    return folder


def transfer(run, place, target, *options):
    return run(
        "library", "transfer", str(place / "lab.h5"), "--samples-from", str(place / "a"),
        "--samples-to", str(place / target), "-o", str(place / f"{target}.h5"), *options,
    )  # fmt: skip


def test_it_writes_a_library_and_says_what_changed(run, place):
    done = transfer(run, place, "b")
    assert done.code == 0, done.err
    assert "1 references, 940 to 1660 nm" in done.out
    assert "pds by 12 samples" in done.out
    assert Library.open(place / "b.h5").changes[-1].what == "transfer"


def test_it_tells_a_machine(run, place):
    done = transfer(run, place, "b", "--method", "ds", "--why", "new device", "--format", "json")
    record = json.loads(done.out)
    assert record["schema"] == "contraspec.transfer/1"
    assert (record["method"], len(record["samples"]), record["unpaired"]) == ("ds", 12, [])
    assert record["ratio"] < 0.8
    assert record["sha256"] == Library.open(place / "b.h5").content_sha256


def test_where_it_does_not_help_nothing_is_written(run, place):
    done = transfer(run, place, "same", "--format", "json")
    assert done.code == 4
    assert "does not help" in json.loads(done.out)["message"]
    assert not (place / "same.h5").exists()
