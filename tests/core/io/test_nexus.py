"""NeXus files, which are HDF5, read in a process of their own."""

from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import pytest

from spectra.errors import DamagedError, ReadError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.binary import nexus
from spectra.io.writers.nexus import write
from spectra.spectrum import Spectrum
from tests.core.io.nexus_file import N, X, Y, group, image, plot, raman


def told(fill: Callable[[Any], None], *, column: str | None = None):
    """Read in this process, which is quicker; what is tested here cannot kill it."""
    data = image(fill)
    source = Source("n.nxs", data, column=column)
    return tuple(nexus.to_draft(one) for one in nexus._decode(nexus.encode(data, column), source))


class TestRaman:
    def test_in_a_process_of_its_own(self) -> None:
        data = image(lambda file: plot(raman(file)))
        assert nexus.sniff(Source("n", data)) is Sniff.CERTAIN
        (draft,) = nexus.read(Source("n.nxs", data))
        np.testing.assert_allclose(draft.axis, X, rtol=0, atol=0)
        np.testing.assert_allclose(draft.intensity, Y, rtol=0, atol=0)
        assert (draft.technique, draft.unit, draft.quantity) == ("raman", "raman_shift_cm-1", "counts")
        expected = {
            "label": "made up",
            "date": "2024-01-02",
            "instrument": "Box 1",
            "laser_wavelength_nm": 532.0,
            "integration_time_s": 0.2,
        }
        assert {key: draft.metadata[key] for key in expected} == pytest.approx(expected)

    @pytest.mark.parametrize(
        ("units", "factor", "unit"),
        [
            ("nm", 1.0, "wavelength_nm"),
            ("µm", 1000.0, "wavelength_nm"),
            ("cm^-1", 1.0, "raman_shift_cm-1"),
            ("", 1.0, "raman_shift_cm-1"),
            ("eV", 1.0, "other"),
        ],
    )
    def test_units(self, units: str, factor: float, unit: str) -> None:
        (draft,) = told(lambda file: plot(raman(file), units=units))
        assert draft.unit == unit
        np.testing.assert_allclose(draft.axis, X * factor)

    def test_wavenumbers_of_another_technique(self) -> None:
        def fill(file: Any) -> None:
            data = plot(group(file, "entry", "NXentry"), axis=1000.0 + X)
            data["shift"].attrs["long_name"] = "wavenumber"

        (draft,) = told(fill)
        assert (draft.technique, draft.unit) == ("mir", "wavenumber_cm-1")

    def test_integers_compressed_scaled(self) -> None:
        def fill(file: Any) -> None:
            data = plot(raman(file), signal=Y.astype("<i2"), compression="gzip")
            data["counts_scaling_factor"] = 0.5
            data["counts_offset"] = 3.0

        (draft,) = told(fill)
        np.testing.assert_allclose(draft.intensity, 0.5 * Y + 3.0)


class TestPlots:
    def test_the_default_of_each_entry(self) -> None:
        def fill(file: Any) -> None:
            entry = raman(file)
            plot(entry)
            group(entry, "a_preview", "NXdata", signal="none")
            second = group(file, "another", "NXentry")
            plot(group(second, "deeper", "NXcollection"), signal=2 * Y)

        first, second = told(fill)
        np.testing.assert_allclose(first.intensity, Y)
        np.testing.assert_allclose(second.intensity, 2 * Y)

    def test_rows_of_a_map(self) -> None:
        def fill(file: Any) -> None:
            data = plot(raman(file), signal=np.arange(3.0)[:, None] * Y)
            data.attrs["axes"] = [".", "shift"]

        drafts = told(fill)
        np.testing.assert_allclose([draft.intensity for draft in drafts], np.arange(3.0)[:, None] * Y)
        assert [draft.metadata["label"] for draft in drafts] == ["made up 1", "made up 2", "made up 3"]

    def test_plot_without_entry_in_the_old_way(self) -> None:
        def fill(file: Any) -> None:
            data = group(file, "data", "NXdata")
            data["shift"] = X
            data["shift"].attrs.update({"axis": 1, "units": "cm-1"})
            data["counts"] = Y
            data["counts"].attrs["signal"] = 1

        (draft,) = told(fill)
        np.testing.assert_allclose(draft.axis, X)
        np.testing.assert_allclose(draft.intensity, Y)

    def test_another_signal_by_name(self) -> None:
        def fill(file: Any) -> None:
            plot(raman(file))["raw"] = Y + 900

        (draft,) = told(fill, column="raw")
        np.testing.assert_allclose(draft.intensity, Y + 900)
        with pytest.raises(UnsupportedError, match="no signal 'dark'"):
            told(fill, column="dark")

    def test_links_within_the_file(self) -> None:
        def fill(file: Any) -> None:
            entry = raman(file)
            plot(group(entry, "hidden", "NXcollection"))
            entry["data"] = h5py.SoftLink("/entry/hidden/data")

        (draft,) = told(fill)
        np.testing.assert_allclose(draft.axis, X)


def test_our_own_export_comes_back() -> None:
    first = Spectrum(
        X, Y, "raman", "raman_shift_cm-1", {"label": "one", "quantity": "counts", "serial": "S1"}
    )
    second = Spectrum(1000 + X, Y / 1000, "nir", "wavelength_nm", {"label": "two", "quantity": "absorbance"})
    drafts = nexus.read(Source("n.nxs", write([first, second] * 6)))
    assert len(drafts) == 12
    for draft, spectrum in zip(drafts, [first, second] * 6, strict=True):
        np.testing.assert_allclose(draft.axis, spectrum.axis, rtol=0, atol=0)
        np.testing.assert_allclose(draft.intensity, spectrum.intensity, rtol=0, atol=0)
        assert (draft.technique, draft.unit) == (spectrum.technique, spectrum.unit)
        assert draft.quantity == spectrum.metadata["quantity"]
        assert draft.metadata["label"] == spectrum.metadata["label"]


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"contraspec.library 1\nlength 3\n", "Give it with -l"),
            (b"MATLAB 7.3 MAT-file, Platform: X", "MATLAB file"),
            (image(lambda file: file.create_dataset("spectra", data=Y)), "without a NeXus plot"),
        ],
        ids=["library", "matlab", "plain"],
    )
    def test_other_hdf5(self, data: bytes, message: str) -> None:
        source = Source("n.h5", data.ljust(2048, b"\0"))
        assert nexus.sniff(source) is Sniff.CERTAIN
        with pytest.raises(UnsupportedError, match=message):
            nexus.read(source)

    def test_signal_and_axis_of_different_length(self) -> None:
        with pytest.raises(DamagedError, match=r"shape \(49,\) for a signal 'counts' of shape \(50,\)"):
            told(lambda file: plot(raman(file), axis=X[:-1]))

    def test_numbers_in_another_file(self) -> None:
        def fill(file: Any) -> None:
            data = plot(raman(file))
            del data["counts"]
            data["counts"] = h5py.ExternalLink("other.h5", "/counts")

        with pytest.raises(DamagedError, match="has no signal 'counts'"):
            told(fill)

        def stored(file: Any) -> None:
            data = plot(raman(file))
            del data["counts"]
            data.create_dataset("counts", (N,), "<f8", external=[("/etc/hostname", 0, 8 * N)])

        with pytest.raises(UnsupportedError, match="stand in another file"):
            told(stored)

    def test_more_numbers_than_the_file_can_hold(self) -> None:
        def fill(file: Any) -> None:
            data = plot(raman(file))
            del data["counts"]
            data.create_dataset("counts", (N, 400_000), "<f8", chunks=(1, 1000), compression="gzip")

        with pytest.raises(DamagedError, match="more than the file holds"):
            told(fill)

    def test_links_in_a_circle(self) -> None:
        def fill(file: Any) -> None:
            entry = raman(file)
            entry["data"] = h5py.SoftLink("/entry/other")
            entry["other"] = h5py.SoftLink("/entry/data")
            entry["up"] = entry

        with pytest.raises(UnsupportedError, match="without a NeXus plot"):
            told(fill)


class TestDamage:
    @pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
    def test_cut(self, share: float) -> None:
        data = image(lambda file: plot(raman(file)))
        with pytest.raises(DamagedError, match=r"damaged|HDF5 cannot read it"):
            nexus.read(Source("n.nxs", data[: int(share * len(data))]))

    def test_bytes_changed(self) -> None:
        data = image(lambda file: plot(raman(file)))
        rng = np.random.default_rng(4)
        for _ in range(6):
            copy = bytearray(data)
            for at in rng.integers(8, len(data), 30):
                copy[at] = rng.integers(0, 256)
            try:
                drafts = nexus.read(Source("n.nxs", bytes(copy)))
            except ReadError:
                continue
            assert all(draft.axis.size == draft.intensity.size for draft in drafts)

    @pytest.mark.parametrize(
        "child", ["import os; os.abort()", "import time; time.sleep(60)", "print('noise')", ""]
    )
    def test_a_process_that_dies_hangs_or_babbles(self, child: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(nexus, "_CHILD", child)
        monkeypatch.setattr(nexus, "_SECONDS", 2)
        with pytest.raises(DamagedError, match=r"n\.nxs: HDF5 (?:failed|did not come|gave no)"):
            nexus.read(Source("n.nxs", b"\x89HDF\r\n\x1a\n"))
