"""``contraspec predict``: text, JSON, exit codes."""

import json
import re

import numpy as np
import pytest

from spectra.io.writers import write_spectra
from spectra.spectrum import Spectrum

pytest.importorskip("sklearn")

AXIS = np.arange(908.0, 1676.0, 6.2)
PURE = np.exp(-0.5 * ((AXIS - 1150) / 30) ** 2) + np.exp(-0.5 * ((AXIS - 1420) / 25) ** 2)
OTHER = np.exp(-0.5 * ((AXIS - 1210) / 50) ** 2)


def write_scan(path, share, rng, extra=0.0):
    absorbed = rng.uniform(0.9, 1.1) * (0.3 + share * PURE + (1 - share) * OTHER + extra * OTHER[::-1])
    facts = {"quantity": "absorbance"}
    write_spectra(
        [Spectrum(AXIS, absorbed + rng.normal(0, 5e-4, AXIS.size), "nir", "wavelength_nm", facts)], path
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predict")
    rng = np.random.default_rng(1)
    lines = ["file,mass_fraction"]
    for number, share in enumerate(np.linspace(0.1, 0.6, 24)):
        write_scan(folder / f"s{number}.csv", share, rng)
        lines.append(f"s{number}.csv,{share:.6f}")
    (folder / "samples.csv").write_text("\n".join(lines), encoding="utf-8")
    write_scan(folder / "item.csv", 0.33, rng)
    write_scan(folder / "other.csv", 0.33, rng, extra=2.0)
    return folder


@pytest.fixture(scope="module")
def model(place):
    from libraries.quantities import fit_mass_fraction, save_mass_fraction

    fitted = fit_mass_fraction(place, place / "samples.csv", substance="lactose")
    save_mass_fraction(fitted, place / "model.json")
    return str(place / "model.json")


def fit(run, place, *options):
    out = place / "fitted.json"
    return run(
        "predict", "fit", str(place), "--manifest", str(place / "samples.csv"), "--substance", "lactose",
        "-o", str(out), *options,
    )  # fmt: skip


def test_fit_writes_a_model_and_says_what_it_can(run, place):
    done = fit(run, place)
    assert done.code == 0
    assert "24 samples, 24 scans, 908 to 1670 nm" in done.out
    assert "answers from 10 to 60 % by mass" in done.out


def test_fit_tells_a_machine(run, place):
    record = json.loads(
        fit(run, place, "--format", "json", "--components", "2", "--range", "1000", "1600").out
    )
    assert record["schema"] == "contraspec.fitted/1"
    assert (record["samples"], record["components"], record["range_nm"]) == (24, 2, [1000, 1600])
    assert record["mass_fraction"] == [0.1, 0.6]
    assert len(record["rmsecv_by_components"]) == 2


def test_run_states_the_fraction_with_its_interval(run, place, model):
    done = run("predict", "run", str(place / "item.csv"), "-m", model)
    assert done.code == 0
    assert "item.csv: lactose 3" in done.out
    assert "95 % interval" in done.out


def test_run_tells_a_machine(run, place, model):
    done = run(
        "predict", "run", str(place / "item.csv"), str(place / "other.csv"), "-m", model, "--format", "json"
    )
    assert done.code == 0
    item, other = map(json.loads, done.out.splitlines())
    assert item["schema"] == "contraspec.prediction/1"
    assert item["interval"][0] <= item["value"] <= item["interval"][1]
    assert item["value"] == pytest.approx(0.33, abs=0.02)
    assert item["q"] <= item["q_limit"]
    assert other["value"] is None
    assert other["interval"] is None
    assert "residual_outside" in other["reasons"]


def test_a_scan_of_something_else_gets_no_value(run, place, model):
    done = run("predict", "run", str(place / "other.csv"), "-m", model)
    assert done.code == 0
    assert "no value: " in done.out
    assert "shows something that no calibration sample shows" in done.out


def test_a_missing_scan_does_not_stop_the_others(run, place, model):
    done = run(
        "predict", "run", str(place / "none.csv"), str(place / "item.csv"), "-m", model, "--format", "json"
    )
    assert done.code == 3
    error, item = map(json.loads, done.out.splitlines())
    assert error["error"] == "not_found"
    assert item["value"] is not None


def test_a_model_that_is_none_ends_the_run(run, place):
    done = run(
        "predict", "run", str(place / "item.csv"), "-m", str(place / "samples.csv"), "--format", "json"
    )
    assert done.code == 4
    assert json.loads(done.out)["error"] == "library"
    assert "no model of contraspec.model/1" in done.err


def test_a_wrong_table_and_a_wrong_range(run, place):
    done = run(
        "predict", "fit", str(place), "--manifest", str(place / "none.csv"), "--substance", "x",
        "-o", "y.json",
    )  # fmt: skip
    assert done.code == 4
    assert fit(run, place, "--range", "1600", "1000").code == 2


def test_every_reason_has_words():
    from cli.messages import has_message
    from spectra.confidence.nir.quantity import Reason

    others = {"wrong_technique", "too_little_overlap", "unusable_ordinate"}
    assert all(has_message(f"predict.{code}") for code in {*Reason.__args__, *others})


def test_run_speaks_french(run, place, model):
    scans = [str(place / "item.csv"), str(place / "other.csv"), str(place / "gone.csv")]
    done = run("predict", "run", *scans, "-m", model, "--lang", "fr")
    assert "item.csv: lactose 3" in done.out
    assert re.search(r"lactose \d\d(,\d)? % en masse \(.*, intervalle à 95 %\)", done.out)
    assert "aucune valeur : " in done.out
    assert "; la mesure montre quelque chose" in done.out
    assert done.err.startswith("contraspec: erreur : ")
    none = run("predict", "run", scans[0], "-m", str(place / "samples.csv"), "--lang", "fr")
    assert "Le modèle ne peut pas être utilisé" in none.err
