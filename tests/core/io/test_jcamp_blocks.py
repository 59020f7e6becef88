"""Blocks, links, pages, peaks, and files that stop early."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from tests.core.io.jcamp_samples import N, Y, block, draft, drafts, lines, link

STRUCTURE = "##TITLE=molecule\n##JCAMP-CS=3.7\n##ATOMLIST=\n1 C 1\n2 C\n##END= $$ of the structure\n"


def block_of(title: str, factor: float) -> str:
    return block(TITLE=title, YFACTOR=str(factor), FIRSTY=None)


def test_blocks_of_a_link() -> None:
    found = drafts(link(block_of("a", 1), STRUCTURE, block_of("b", 2)))
    assert [one.metadata["label"] for one in found] == ["a", "b"]
    assert [one.intensity[0] for one in found] == [100, 200]
    assert found[0].warnings == ("block 'molecule' holds a structure: left out",)


def test_links_in_links_and_blocks_without_a_link() -> None:
    inner = link(block_of("b", 2), block_of("c", 3))
    assert len(drafts(link(block_of("a", 1), inner, n_blocks=2))) == 3
    assert len(drafts(block_of("a", 1) + "\n$$ between\n" + block_of("b", 2))) == 2


def test_a_block_without_its_end_before_the_next() -> None:
    text = block_of("a", 1).replace("##END=\n", "") + block_of("b", 2)
    first, second = drafts(text)
    assert "no ##END=" in first.warnings[0]
    assert second.warnings == ()
    with pytest.raises(DamagedError, match="no ##END="):
        drafts(text.replace("##NPOINTS=40\n", "", 1))


def test_one_damaged_block_refuses_the_file() -> None:
    with pytest.raises(DamagedError, match="the header promises 50"):
        drafts(link(block_of("a", 1), block(NPOINTS="50")))


def test_a_block_that_is_not_read_beside_one_that_is() -> None:
    text = link(block(label="XYDATA=(X++(R,I..R,I))"), block_of("b", 2))
    (found,) = drafts(text)
    assert "left out: JCAMP-DX data of form" in found.warnings[0]
    with pytest.raises(UnsupportedError, match="of form"):
        drafts(block(label="XYDATA=(X++(R,I..R,I))"))


@pytest.mark.parametrize(("n_blocks", "end"), [(3, ""), (2, "##END=\n")])
def test_number_of_blocks(n_blocks: int, end: str) -> None:
    text = link(block_of("a", 1), n_blocks=n_blocks + 1, end=end)
    if end:
        assert drafts(text)[0].warnings == ("1 blocks, the header promises 3",)
        return
    with pytest.raises(DamagedError, match="1 blocks, the header promises 4, and no ##END="):
        drafts(text)


def test_a_link_without_its_end_but_with_all_blocks() -> None:
    assert drafts(link(block_of("a", 1), end=""))[0].warnings == ("no ##END= behind the last block",)


@pytest.mark.parametrize("tail", ["", "##EN", "##", "##END"])
def test_missing_end(tail: str) -> None:
    text = block().removesuffix("##END=\n") + tail
    assert draft(text).warnings == ("no ##END= at the end of the data; the header's count agrees",)
    for cut in (text.replace("##NPOINTS=40\n", ""), text.replace("##NPOINTS=40", "##NPOINTS=41")):
        with pytest.raises(DamagedError, match="cut short"):
            draft(cut)


def test_every_truncation_within_the_data_is_refused() -> None:
    """Up to the last digit: without a line end it may be one of several."""
    text = block().removesuffix("\n##END=\n")
    for size in range(text.index("##XYDATA") + len("##XYDATA="), len(text) + 1):
        with pytest.raises((DamagedError, UnsupportedError)):
            draft(text[:size])


def test_header_without_data() -> None:
    with pytest.raises(DamagedError, match="a JCAMP-DX header without data"):
        drafts(block([]))
    with pytest.raises(UnsupportedError, match="a molecule's structure"):
        drafts(STRUCTURE)
    with pytest.raises(UnsupportedError, match="parameters without data"):
        drafts("##TITLE=p\n##JCAMPDX=5\n##DATATYPE=Parameter Values\n##$BF1=3\n##END=\n")


def test_comments_and_labels_within_data() -> None:
    data = lines()
    data[2] += " $$ a remark = 3 ##END="
    data.insert(3, "$$ 1 2 3")
    data.insert(4, "   ")
    assert draft(block(data)).intensity.size == N
    assert draft(block([*data, "##$NOTE= x", "1 2 3"])).intensity.size == N
    lowered = block().replace("##XYDATA", "  ##xy_Data ").replace("##NPOINTS", "## n points ")
    assert draft(lowered).counted


PAIRS = ["10, 5 12,7.5; 13 8", "14,9"]
MASS = {
    "DATA_TYPE": "MASS SPECTRUM",
    "XUNITS": "M/Z",
    "FIRSTX": "10",
    "LASTX": "14",
    "NPOINTS": "4",
    "FIRSTY": None,
}


@pytest.mark.parametrize(
    "label", ["PEAK TABLE=(XY..XY)", "XYDATA= (XY..XY)", "XYPOINTS=(XY..XY)", "PEAKTABLE="]
)
def test_masses_are_peaks(label: str) -> None:
    found = draft(block(PAIRS, label, **MASS))
    assert found.axis.tolist() == [10, 12, 13, 14]
    np.testing.assert_allclose(found.intensity, [0.005, 0.0075, 0.008, 0.009])
    assert (found.peaks, found.technique, found.unit, found.counted) == (True, "other", "other", True)
    assert found.warnings == ()


def test_peaks_against_their_header() -> None:
    assert (
        "FIRSTX is 0, the data have 10"
        in draft(block(PAIRS, "PEAK TABLE=(XY..XY)", **MASS | {"FIRSTX": "0"})).warnings
    )
    with pytest.raises(DamagedError, match="4 points, the header promises 5"):
        draft(block(PAIRS, "PEAK TABLE=(XY..XY)", **MASS | {"NPOINTS": "5"}))
    with pytest.raises(DamagedError, match="holds no pairs"):
        draft(block(["10, 5 12"], "PEAK TABLE=(XY..XY)", **MASS))
    disordered = draft(
        block([PAIRS[1], PAIRS[0]], "PEAK TABLE=(XY..XY)", **MASS | {"FIRSTX": None, "LASTX": None})
    )
    assert disordered.warnings == ("the peaks do not stand in order",)


def test_peaks_with_widths() -> None:
    found = draft(block(["10,5,1 12,7,2"], "PEAK TABLE=(XYW..XYW)", **MASS | {"NPOINTS": "2", "LASTX": "12"}))
    assert found.axis.tolist() == [10, 12]
    assert found.intensity.tolist() == [0.005, 0.007]


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("(XYMA)", ["( 27.0, 1.0,, < 7>)", "(32.1, , ,<6, (or) 5>)"]),
        ("(XYA)", ["27.0, 1.0 <stretch, broad>", "32.1, ? <bend>"]),
        ("(XYM)", ["(27.0, 1.0, D)(32.1,,S)"]),
    ],
)
def test_assigned_peaks(form: str, data: list[str]) -> None:
    head = {
        "DATA_TYPE": "NMR PEAK ASSIGNMENTS",
        "XUNITS": "PPM",
        "NPOINTS": "2",
        "FIRSTX": None,
        "LASTX": None,
    }
    found = draft(block(data, f"PEAK ASSIGNMENTS={form}", **head, YFACTOR="1"))
    assert found.peaks
    assert found.axis.tolist() == [27.0, 32.1]
    np.testing.assert_array_equal(found.intensity, [1.0, np.nan])
    with pytest.raises(DamagedError, match="the header promises 3"):
        draft(block(data, f"PEAK ASSIGNMENTS={form}", **head | {"NPOINTS": "3"}))
    with pytest.raises(DamagedError, match="begins with no number"):
        draft(block(["(x, 1,, <7>)"], f"PEAK ASSIGNMENTS={form}", **head))


def test_assignments_without_heights() -> None:
    with pytest.raises(UnsupportedError, match="peaks without heights"):
        draft(block(["(27.0, <7>)"], "PEAK ASSIGNMENTS=(XA)", NPOINTS="1"))


def test_peaks_beside_a_spectrum_are_remarks() -> None:
    text = block().replace("##XYDATA", "##PEAK ASSIGNMENT= (XYWA)\n20, 1, 2, <load it>\n##XYDATA")
    found = draft(text)
    assert not found.peaks
    assert found.warnings == ("peaks beside the spectrum left out",)


def ntuples(*pages: list[str], kind: str = "NMR SPECTRUM", form: str = "(X++({y}..{y})), XYDATA") -> str:
    head = [
        "##TITLE=liquid", "##JCAMP-DX=5.0", f"##DATA TYPE={kind}", f"##NTUPLES={kind}",
        "##VAR_NAME= FREQUENCY, SPECTRUM/REAL, SPECTRUM/IMAG, PAGE NUMBER", "##SYMBOL= X, R, I, N",
        "##VAR_TYPE= INDEPENDENT, DEPENDENT, DEPENDENT, PAGE", "##VAR_DIM= 40, 40, 40, 2",
        "##UNITS= HZ, ARBITRARY UNITS, ARBITRARY UNITS,", "##FIRST= 4000, 200, 50, 1", "##LAST= 3220, 1,",
        "1, 2", "##FACTOR= 0.5, 2, 0.5, 1",
    ]  # fmt: skip
    body = []
    for at, page in enumerate(pages):
        symbol = "RI"[at % 2]
        body += [f"##PAGE= N={at + 1}", f"##DATA TABLE= {form.format(y=symbol)} $$ {symbol}", *page]
    return "\n".join([*head, *body, "##END NTUPLES= x", "##END=", ""])


def test_real_and_imaginary_pages() -> None:
    data = lines(np.linspace(8000, 6440, N))
    real, imaginary = drafts(ntuples(data, data))
    np.testing.assert_allclose(real.axis, np.linspace(4000, 3220, N))
    np.testing.assert_allclose(real.intensity, 2.0 * Y)
    np.testing.assert_allclose(imaginary.intensity, 0.5 * Y)
    assert (real.technique, real.unit, real.peaks) == ("other", "other", False)
    assert real.metadata["y_column"] == "SPECTRUM/REAL"
    assert imaginary.metadata["label"] == "liquid N=2"
    assert real.warnings == imaginary.warnings == ()


@pytest.mark.parametrize(("column", "factor"), [("2", 0.5), ("spectrum/imag", 0.5), ("liquid N=1", 2.0)])
def test_the_page_the_caller_names(column: str, factor: float) -> None:
    data = lines(np.linspace(8000, 6440, N))
    (found,) = drafts(ntuples(data, data), column)
    np.testing.assert_allclose(found.intensity, factor * Y)
    with pytest.raises(UnsupportedError, match="no spectrum 'third' among 2"):
        drafts(ntuples(data, data), "third")


def test_pages_are_checked() -> None:
    data = lines(np.linspace(8000, 6440, N))
    with pytest.raises(DamagedError, match="32 points, the header promises 40"):
        drafts(ntuples(data, data[:-1]))
    with pytest.raises(DamagedError, match="no ##END="):
        drafts(ntuples(data, data).replace("##END=\n", "").replace("##END NTUPLES= x\n", "").rstrip("\n"))


def test_two_dimensions_are_refused() -> None:
    data = lines(np.linspace(8000, 6440, N))
    with pytest.raises(UnsupportedError, match="two-dimensional NMR"):
        drafts(ntuples(data, data, kind="nD NMR SPECTRUM"))


def test_pages_of_masses() -> None:
    text = (
        "##TITLE=run\n##JCAMP-DX=5\n##DATA TYPE=MASS SPECTRUM\n##NTUPLES=MASS SPECTRUM\n##SYMBOL=X,Y,T\n"
        "##VAR_DIM=,,2\n##UNITS=M/Z,RELATIVE ABUNDANCE,SECONDS\n##FIRST=,,1\n##LAST=,,2\n"
        "##PAGE=T=1\n##NPOINTS=3\n##DATA TABLE=(XY..XY), PEAKS\n50,1; 51,2\n52,3\n"
        "##PAGE=T=2\n##NPOINTS=2\n##DATA TABLE=(XY..XY), PEAKS\n60,4; 61,5\n##END NTUPLES=\n##END=\n"
    )
    first, second = drafts(text)
    assert first.peaks
    assert second.peaks
    assert (first.axis.tolist(), second.intensity.tolist()) == ([50, 51, 52], [4, 5])


def test_interferogram() -> None:
    text = block(label="RADATA=(R++(A..A))", DATA_TYPE="INFRARED INTERFEROGRAM")
    for old, new in (
        ("FIRSTX", "FIRSTR"),
        ("LASTX", "LASTR"),
        ("XFACTOR", "RFACTOR"),
        ("YFACTOR", "AFACTOR"),
    ):
        text = text.replace(old, new)
    found = draft(text.replace("XUNITS=1/CM", "RUNITS=MICROMETERS").replace("YUNITS", "AUNITS"))
    assert found.technique == "other"
    np.testing.assert_allclose(found.intensity, 0.001 * Y)


def test_too_many_blocks() -> None:
    with pytest.raises(UnsupportedError, match="more than 5000 spectra"):
        drafts("##TITLE=a\n##END=\n" * 5001)
