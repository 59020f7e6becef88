"""The starter library of both techniques: each part opened by its first spectrum."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from libraries._shelf import STARTER_PARTS, Shelf, Shipped
from libraries.engine import Engine, open_starter
from libraries.methods.method import Answer
from libraries.starter.nir import draw_absorbance, load_nir_references
from spectra.errors import LibraryError
from spectra.preprocessing import NIR_PIPELINE, RAMAN_PIPELINE
from spectra.spectrum import Spectrum
from spectra.units import Technique


def raman_scan() -> Spectrum:
    reference = next(each for each in open_starter().references if each.label.substance == "caffeine")
    return replace(reference.spectrum, metadata={})


def nir_scan() -> Spectrum:
    entry = next(each for each in load_nir_references() if (each.substance, each.grade) == ("caffeine", "C"))
    axis = np.arange(920.0, 1680.0, 4.0)
    values = 0.3 + 0.5 * draw_absorbance(entry.bands, axis) + 1e-4 * axis
    return Spectrum(axis, values, technique="nir", unit="wavelength_nm", metadata={"quantity": "absorbance"})


SCANS = {"raman": raman_scan, "nir": nir_scan}


def opened(engine: Engine) -> list[str]:
    return [part.technique for part in engine._shelf._opened]


@pytest.mark.parametrize("technique", ["raman", "nir"])
def test_a_scan_opens_its_own_part_alone(technique: Technique) -> None:
    engine = Engine.open()
    assert opened(engine) == []
    answer: Answer = engine.identify(SCANS[technique]())
    assert opened(engine) == [technique]
    assert [each.technique for each in answer.libraries] == [technique]
    assert answer.identification.substances[0].label.substance == "caffeine"
    assert "starter_library" in answer.identification.reasons


def test_all_parts_are_there_in_order_whatever_was_asked_first() -> None:
    engine = Engine.open(["starter"])
    engine.identify(nir_scan())
    assert [each.technique for each in engine.libraries] == ["raman", "nir"]
    assert engine.libraries == engine.libraries


def test_fingerprints_do_not_depend_on_what_was_opened() -> None:
    fresh, used = Engine.open(), Engine.open()
    used.identify(nir_scan())
    assert used.pipeline_fingerprint == fresh.pipeline_fingerprint
    assert used.config_fingerprint == fresh.config_fingerprint
    alone = Engine([open_starter()])
    assert fresh.fingerprints_for("raman") == alone.fingerprints_for("raman")
    assert fresh.fingerprints_for("raman")[0] == RAMAN_PIPELINE.fingerprint
    assert fresh.fingerprints_for("nir")[0] not in (RAMAN_PIPELINE.fingerprint, NIR_PIPELINE.fingerprint)


def test_a_watched_name_may_be_of_either_part() -> None:
    with pytest.raises(LibraryError, match="no library has it"):
        Engine.open(watch=["no such thing"])
    watched = Engine.open(watch=["talc"])
    assert "nir" in opened(watched)


def test_a_technique_that_no_part_has_is_told() -> None:
    scan = replace(nir_scan(), technique="mir")
    answer = Engine.open().identify(scan).identification
    assert (answer.verdict, answer.reasons[0]) == ("unusable", "no_library_for_technique")
    assert answer.next_action == "use_right_library"


def test_a_given_library_is_made_ready_at_once_and_a_lacking_part_is_told(tmp_path: Path) -> None:
    shelf = Shelf([open_starter(), *STARTER_PARTS], None)
    assert "raman" in shelf._methods
    assert "nir" not in shelf._methods
    broken = Engine([Shipped("nir", tmp_path / "lost.h5")])
    with pytest.raises(LibraryError, match=r"lost\.h5"):
        broken.identify(nir_scan())
