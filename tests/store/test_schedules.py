"""An alert depends on who asks, where and when; what is not known never takes it away."""

from pathlib import Path

import pytest

from libraries.substances_schedules import COUNTRIES, Statement, alerting, load_schedules
from libraries.watchlists import read_watchlists
from spectra.errors import LibraryError
from spectra.label import Label

KETAMINE = Label("1", "ketamine", role="controlled")
GBL = Label("2", "GBL", cas="96-48-0", role="precursor")
ACETONE = Label("3", "acetone", cas="67-64-1", role="solvent")
DAY = "2026-11-22"


def statement(**changes):
    values = {
        "substance": "ketamine", "form": "", "cas": "", "country": "NL", "law": "law", "schedule": "none",
        "status": "not scheduled", "as_of": "2026-01", "source": "read there", "verified": True,
    }  # fmt: skip
    return Statement(**{**values, **changes})


def test_every_statement_has_a_source_and_a_country():
    table = load_schedules()
    assert len(table) > 100
    assert {each.country for each in table} <= set(COUNTRIES)
    assert all(each.source for each in table)
    assert not any(each.verified and each.source.startswith("recalled") for each in table)


@pytest.mark.parametrize("country", ["NL", "BE"])
def test_a_schedule_of_the_country_or_above_it_alerts(country):
    assert alerting(Label("1", "cocaine", cas="53-21-4"), country=country, date=DAY).alert
    assert "precursor" in alerting(Label("1", "BMK"), country=country, date=DAY).reasons


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("label", [KETAMINE, GBL])
def test_recalled_or_missing_statements_never_take_an_alert_away(label, country):
    if (label, country) == (GBL, "UN"):
        pytest.skip("the one that was read: not in the tables of 1988")
    assert alerting(label, country=country, date=DAY).alert


def test_only_a_statement_that_was_read_takes_it_away_and_from_its_date_on(monkeypatch):
    def with_table(*statements):
        monkeypatch.setattr("libraries.substances_schedules.load_schedules", lambda: statements)
        return alerting(KETAMINE, country="NL", date=DAY)

    assert with_table(statement()).reasons == ("not_scheduled_here",)
    assert not with_table(statement()).alert
    assert with_table(statement(verified=False)).reasons == ("not_scheduled_unverified",)
    assert with_table(statement(as_of="2027")).alert
    assert with_table(statement(country="UN")).reasons == ("schedule_not_known",)
    assert with_table(statement(), statement(status="unclear")).alert
    assert with_table(statement(), statement(country="UN", status="controlled")).reasons == ("scheduled",)


def test_monitored_trade_is_no_alert():
    answer = alerting(ACETONE, country="NL", date=DAY)
    assert not answer.alert
    assert {each.status for each in answer.statements} == {"monitored"}


def test_an_unknown_country_is_an_error():
    with pytest.raises(LibraryError, match="expected one of NL"):
        alerting(GBL, country="DE", date=DAY)


LISTS = """
[customs-solvents]
service = "customs"
countries = ["NL"]
substances = ["Acetone", "96-48-0"]
since = "2026-01-01"
until = "2026-12-31"
source = "instruction 4"
"""


@pytest.fixture
def lists(tmp_path):
    path = tmp_path / "lists.toml"
    path.write_text(LISTS, encoding="utf-8")
    return read_watchlists(path)


@pytest.mark.parametrize(
    ("service", "country", "date", "alert"),
    [
        ("customs", "NL", DAY, True),
        ("Customs", "NL", "2026-01-01", True),
        ("police", "NL", DAY, False),
        ("customs", "BE", DAY, False),
        ("customs", "NL", "2025-12-31", False),
        ("customs", "NL", "2027-01-01", False),
    ],
)
def test_a_watch_list_counts_for_its_service_country_and_days(lists, service, country, date, alert):
    answer = alerting(ACETONE, country=country, service=service, date=date, watchlists=lists)
    assert answer.alert is alert
    assert answer.lists == (("customs-solvents",) if alert else ())


def test_json_holds_the_same(tmp_path):
    path = tmp_path / "lists.json"
    path.write_text('{"all": {"substances": ["ketamine"]}}', encoding="utf-8")
    (only,) = read_watchlists(path)
    assert only.holds(KETAMINE)
    assert only.applies("anyone", "BE", DAY)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no watch list"),
        ("[a", "expected TOML"),
        ("[a]", "no substances"),
        ("[a]\nsubstances = 3", "list of texts"),
        ('[a]\nsubstances = ["x"]\nsince = "soon"', "date 'soon'"),
        ('[a]\nsubstances = ["x"]\nservices = "x"', "'services' is unknown"),
        ("a = 1", "expected a table"),
    ],
)
def test_what_is_no_list_is_an_error(tmp_path, text, message):
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LibraryError, match=message):
        read_watchlists(path)
    with pytest.raises(LibraryError, match="check the path"):
        read_watchlists(Path(tmp_path / "none.toml"))
