"""A manifest is read as written or refused with its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries.manifest import ManifestError, ManifestRow, read_manifest
from spectra.errors import LibraryError

HEADER = (
    "file,substance,form,cas,inchikey,role,technique,instrument,laser_nm,licence,source,grade,"
    "identity_assurance"
)
FULL = (
    "a/b.csv,caffeine,anhydrous,58-08-2,RYYVLZVUVIJVGH-UHFFFAOYSA-N,Cutting Agent,Raman,X1,785,CC0,me,a,gc-ms"
)


def put(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "manifest.csv"
    path.write_bytes(text.encode(encoding))
    return path


EXPECTED = ManifestRow(
    line=2,
    file="a/b.csv",
    substance="caffeine",
    form="anhydrous",
    cas="58-08-2",
    inchikey="RYYVLZVUVIJVGH-UHFFFAOYSA-N",
    role="cutting agent",
    technique="raman",
    instrument="X1",
    laser_nm=785.0,
    licence="CC0",
    source="me",
    grade="A",
    identity_assurance="GC-MS",
)


class TestReads:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    @pytest.mark.parametrize("separator", [",", ";"])
    def test_dialects(self, tmp_path, encoding, newline, separator):
        text = newline.join([HEADER, FULL, ""]).replace(",", separator)
        manifest = read_manifest(put(tmp_path, text, encoding))
        assert manifest.rows == (EXPECTED,)
        assert manifest.warnings == ()

    def test_defaults(self, tmp_path):
        (row,) = read_manifest(put(tmp_path, "substance,file\nx,y.csv\n")).rows
        assert row == ManifestRow(line=2, file="y.csv", substance="x")
        assert (row.grade, row.role, row.identity_assurance) == ("B", None, "none")

    def test_quotes_blank_rows_and_decimal_comma(self, tmp_path):
        text = 'file;substance;laser_nm\n\n"a;b.csv";"x ""y""";784,9\n;;\n'
        (row,) = read_manifest(put(tmp_path, text)).rows
        assert (row.file, row.substance, row.laser_nm, row.line) == ("a;b.csv", 'x "y"', 784.9, 3)

    def test_windows_paths(self, tmp_path):
        (row,) = read_manifest(put(tmp_path, "file,substance\n.\\sub\\x.csv,x\n")).rows
        assert row.file == "sub/x.csv"

    def test_short_rows(self, tmp_path):
        (row,) = read_manifest(put(tmp_path, "file,substance,form\nx.csv,x\n")).rows
        assert row.form == ""

    def test_unknown_columns(self, tmp_path):
        manifest = read_manifest(put(tmp_path, "file,substance,colour,smell\nx.csv,x,red,bad\n"))
        assert manifest.warnings == ("manifest columns not read: colour, smell",)


class TestIdentifiersThatAreWrongByThemselves:
    TEXT = (
        "file,substance,cas,inchikey\n"
        "a,x,58-08-3,\n"
        "b,y,caffeine,RYYVLZVUVIJVGH\n"
        "c,z,58-08-2,RYYVLZVUVIJVGH-UHFFFAOYSA-N\n"
    )

    def test_are_left_empty_and_all_told(self, tmp_path):
        manifest = read_manifest(put(tmp_path, self.TEXT))
        assert [(row.cas, row.inchikey) for row in manifest.rows] == [
            ("", ""),
            ("", ""),
            ("58-08-2", "RYYVLZVUVIJVGH-UHFFFAOYSA-N"),
        ]
        assert [row.refused for row in manifest.rows] == [
            (("cas", "58-08-3"),),
            (("cas", "caffeine"), ("inchikey", "RYYVLZVUVIJVGH")),
            (),
        ]
        expected = [
            "line 2: 'x': cas '58-08-3'",
            "line 3: 'y': cas 'caffeine'",
            "line 3: 'y': inchikey 'RYYVLZVUVIJVGH'",
        ]
        assert len(manifest.warnings) == len(expected)
        assert all(words in told for words, told in zip(expected, manifest.warnings, strict=True))

    def test_other_faults_are_of_the_manifest_not_of_a_library(self, tmp_path):
        with pytest.raises(ManifestError) as caught:
            read_manifest(put(tmp_path, "file,substance,role\na,x,drug\n"))
        assert caught.value.code == "damaged"


class TestRefuses:
    @pytest.mark.parametrize(
        ("rows", "match"),
        [
            ("substance\nx\n", "line 1: column 'file' is missing"),
            ("file\nx\n", "line 1: column 'substance' is missing"),
            ("file,substance,file\n", "stands twice"),
            ("file,substance\n,x\n", "line 2: 'file' is empty"),
            ("file,substance\na,x\nb, \n", "line 3: 'substance' is empty"),
            ("file,substance,role\na,x,drug\n", "line 2: role 'drug'"),
            ("file,substance,grade\na,x,F\n", "line 2: grade 'F'"),
            ("file,substance,technique\na,x,xrf\n", "line 2: technique 'xrf'"),
            ("file,substance,identity_assurance\na,x,hearsay\n", "line 2: identity_assurance 'hearsay'"),
            ("file,substance,laser_nm\na,x,-785\n", "line 2: laser_nm"),
            ("file,substance,laser_nm\na,x,nan\n", "line 2: laser_nm"),
            ("file,substance,laser_nm\na,x,green\n", "line 2: laser_nm"),
            ("file,substance\n../a,x\n", r"line 2: file '\.\./a' leaves the folder"),
            ("file,substance\nb/../../a,x\n", "leaves the folder"),
            ("file,substance\n..\\a,x\n", "leaves the folder"),
            ("file,substance\n/etc/passwd,x\n", "leaves the folder"),
            ("file,substance\nC:\\a.csv,x\n", "leaves the folder"),
            ("file,substance\n\\\\server\\a.csv,x\n", "leaves the folder"),
            ("file,substance\n.,x\n", "leaves the folder"),
            ("file,substance\na,x\n./a,y\n", "line 3: 'a' is listed on line 2"),
            ("file,substance\na,x,y\n", "3 cells under 2 columns"),
            ('file,substance\n"a,x\n', "expected CSV"),
            ("file,substance\n", "lists no file"),
            ("", "empty"),
            ("file,substance\na\0,x\n", "binary"),
        ],
    )
    def test_line_and_value_are_named(self, tmp_path, rows, match):
        path = put(tmp_path, rows)
        with pytest.raises(LibraryError, match=match) as caught:
            read_manifest(path)
        assert str(path) in str(caught.value)

    def test_not_utf8(self, tmp_path):
        with pytest.raises(LibraryError, match="UTF-8"):
            read_manifest(put(tmp_path, "file,substance\na,cafeïne\n", "latin-1"))

    def test_missing(self, tmp_path):
        with pytest.raises(LibraryError, match="no manifest is there"):
            read_manifest(tmp_path / "none.csv")

    def test_folder(self, tmp_path):
        with pytest.raises(LibraryError, match="cannot be read"):
            read_manifest(tmp_path)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda t: ("file,substance\n" + t).encode("utf-8", "replace")),
    )
)
def test_any_bytes_give_rows_or_a_library_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "m.csv"
    path.write_bytes(data)
    try:
        manifest = read_manifest(path)
    except LibraryError:
        return
    assert all(row.file and row.substance and ".." not in row.file.split("/") for row in manifest.rows)
