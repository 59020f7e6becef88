"""A release that expires while an engine is kept: judged by the day, as a load of that day would."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from libraries import expiring
from libraries.embedded import Config, Embedded
from libraries.expiring import expired, last_day
from libraries.library import Library, save_library
from libraries.releases.policy import Gate
from libraries.releases.signing import Terms
from libraries.releases.trust import write_trust
from spectra.errors import LibraryError
from tests.core.synthetic import library

LAST = date(2999, 6, 30)
NOON = datetime(2999, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def released(lab):
    save_library(library(4), lab.folder / "l.h5")
    return lab.release(Terms("2026.1", expires=LAST.isoformat()))


@pytest.mark.parametrize(
    ("at", "late"),
    [
        (NOON, False),
        (datetime(2999, 6, 30, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2999, 7, 1, tzinfo=UTC), True),
        (datetime(2999, 7, 1, 1, tzinfo=timezone(timedelta(hours=2))), False),
        (datetime(2999, 6, 30, 23, tzinfo=timezone(timedelta(hours=-2))), True),
    ],
)
def test_the_day_counts_as_for_a_load(lab, released, at, late):
    loaded = Library.open(released, gate=Gate("integrity", lab.trust))
    assert expired([loaded], at) == ((loaded.name,) if late else ())
    judged = Library.open(released, gate=Gate("integrity", lab.trust, at)).standing
    assert ("library_expired" in judged.reasons) == late


def test_the_first_to_expire_counts(lab, released):
    later = lab.release(Terms("2026.2", expires="3000-01-01"), name="later.h5")
    never = lab.release(Terms("2026.3"), name="never.h5")
    libraries = [Library.open(path) for path in (never, later, released)]
    assert last_day(libraries) == LAST
    assert last_day(libraries[:1]) is None
    assert last_day([]) is None
    assert expired(libraries, NOON + timedelta(days=90)) == (libraries[2].name,)


@pytest.fixture
def on(monkeypatch):
    """Sets the day of the calendar."""

    def set_day(day):
        class Clock(datetime):
            @classmethod
            def now(cls, _zone=None):
                return day

        monkeypatch.setattr(expiring, "datetime", Clock)

    return set_day


def test_an_engine_that_is_kept_says_what_a_new_one_would(lab, released, on):
    engine = Embedded([released])
    one = engine.engine.libraries[0].references[0].spectrum
    assert engine.expires == LAST
    on(NOON)
    assert engine.expired == ()
    before = engine.identify(one.axis, one.intensity).answer.identification
    on(NOON + timedelta(days=1))
    assert len(engine.expired) == 1
    after = engine.identify(one.axis, one.intensity).answer.identification
    assert after.reasons == (*before.reasons, "library_expired")
    assert (after.verdict, after.substances) == (before.verdict, before.substances)


def test_under_signed_it_refuses_from_then_on(lab, released, on, tmp_path):
    write_trust(lab.trust, tmp_path / "trust.json")
    engine = Embedded([released], Config(policy="signed", trust=str(tmp_path / "trust.json")))
    one = engine.engine.libraries[0].references[0].spectrum
    on(NOON)
    assert "library_expired" not in engine.identify(one.axis, one.intensity).answer.identification.reasons
    on(NOON + timedelta(days=1))
    with pytest.raises(LibraryError, match="newer release"):
        engine.identify(one.axis, one.intensity)


def test_the_starter_never_expires():
    assert Embedded().expires is None
