"""Names are found however they are spelt, and a name never says more than it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.starter.tables import SubstanceRecord, load_substances
from libraries.substances import (
    NameIndex,
    find_by_cas,
    find_substance,
    identity_key,
    is_cas,
    is_inchikey,
    normalise_name,
)


def record(substance, form="", role="benign", *, cas="", synonyms=()):
    return SubstanceRecord(
        substance=substance,
        form=form,
        cas=cas,
        inchikey="",
        role=role,
        synonyms=synonyms,
        euda_group="",
        un_schedule="",
        nl_opiumwet="",
        eu_precursor_category="",
        verified=True,
    )


INDEX = NameIndex.of(
    [
        record("cocaine", "hydrochloride", "controlled", cas="53-21-4"),
        record("cocaine", "base", "controlled", cas="50-36-2", synonyms=("crack",)),
        record("glucose", "monohydrate", "cutting agent", cas="14431-43-7"),
        record("glucose", "anhydrous", "cutting agent", cas="50-99-7", synonyms=("dextrose",)),
        record("mixed", "a", "benign"),
        record("mixed", "b", "precursor"),
        record("1,4-butanediol", role="precursor", synonyms=("BDO", "butane-1,4-diol")),
        record("caffeine", "anhydrous", "cutting agent", cas="58-08-2", synonyms=("coffeïne",)),
    ]
)


class TestFind:
    @pytest.mark.parametrize(
        ("name", "substance", "form", "cas"),
        [
            ("Caffeine", "caffeine", "anhydrous", "58-08-2"),
            ("COFFEINE", "caffeine", "anhydrous", "58-08-2"),
            ("cocaine", "cocaine", "", ""),
            ("Cocaine HCl", "cocaine", "hydrochloride", "53-21-4"),
            ("cocaine_hydrochloride", "cocaine", "hydrochloride", "53-21-4"),
            ("Cocaine (base)", "cocaine", "base", "50-36-2"),
            ("crack", "cocaine", "base", "50-36-2"),
            ("cocaine sulfate", "cocaine", "sulfate", ""),
            ("anhydrous glucose", "glucose", "anhydrous", "50-99-7"),
            ("D E X T R O S E", "glucose", "anhydrous", "50-99-7"),
            ("caffeine citrate", "caffeine", "citrate", ""),
            ("1.4 Butanediol", "1,4-butanediol", "", ""),
        ],
    )
    def test_spellings(self, name, substance, form, cas):
        found = INDEX.find(name)
        assert found is not None
        assert (found.substance, found.form, found.cas) == (substance, form, cas)

    @pytest.mark.parametrize(
        "name", ["", "  ", "butanediol", "cocain", "cocaine and sand", "base", "2,4-butanediol"]
    )
    def test_unknown(self, name):
        assert INDEX.find(name) is None

    def test_several_roles_give_the_gravest(self):
        assert INDEX.find("mixed").role == "precursor"

    def test_unknown_role_outweighs_a_harmless_one(self):
        index = NameIndex.of([record("x", "a", "benign"), record("x", "b", "unknown")])
        assert index.find("x").role == "unknown"


class TestShippedTable:
    def test_every_substance_and_synonym_is_found_under_its_identity(self):
        for each in load_substances():
            for name in (each.substance, *each.synonyms):
                found = find_substance(name)
                assert found is not None, name
                assert found.identity == each.identity, name
                assert identity_key(name.upper()) == each.identity, name

    def test_every_cas_number_has_a_right_check_digit(self):
        assert [each.cas for each in load_substances() if each.cas and not is_cas(each.cas)] == []

    def test_every_inchikey_has_its_shape(self):
        assert [
            each.inchikey for each in load_substances() if each.inchikey and not is_inchikey(each.inchikey)
        ] == []

    def test_controlled_salts_are_found(self):
        for name in ("MDMA HCl", "Ketamine hydrochloride", "fentanyl citrate", "cocaine", "heroin base"):
            found = find_substance(name)
            assert found is not None, name
            assert found.role == "controlled", name

    def test_by_cas(self):
        assert find_by_cas("53-21-4").substance == "cocaine"
        assert find_by_cas("") is None
        assert find_by_cas("7732-18-6") is None


class TestIdentifiers:
    @pytest.mark.parametrize("cas", ["58-08-2", "7732-18-5", "50-36-2", "1189726-22-4"])
    def test_right_cas(self, cas):
        assert is_cas(cas)

    @pytest.mark.parametrize(
        "cas", ["", "58-08-3", "7732-81-5", "5-08-2", "58-8-2", "58082", "58-08-2 ", "５8-08-2"]
    )
    def test_wrong_cas(self, cas):
        assert not is_cas(cas)

    @given(st.integers(10, 9_999_999), st.integers(0, 99))
    def test_one_check_digit_is_right(self, first, second):
        assert sum(is_cas(f"{first}-{second:02d}-{digit}") for digit in range(10)) == 1

    @pytest.mark.parametrize("key", ["", "RYYVLZVUVIJVGH-UHFFFAOYSA", "ryyvlzvuvijvgh-uhfffaoysa-n"])
    def test_wrong_inchikey(self, key):
        assert not is_inchikey(key)


@given(st.text(max_size=30))
def test_names_normalise_to_a_fixed_point(name):
    once = normalise_name(name)
    assert normalise_name(once) == once
    assert not name or once
    INDEX.find(name)
