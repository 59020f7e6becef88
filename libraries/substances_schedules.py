"""What the law of a country says of a substance, as far as the shipped table knows, and whether to alert.

An alert depends on who asks, where and when: ketamine and GBL are scheduled in some countries and not in
others. What is only recalled, unclear or missing never takes an alert away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from spectra.errors import LibraryError
from spectra.label import ALERT_ROLES, Label

from .substances import find_by_cas, identity_key
from .substances_stated import find_named, find_stated
from .watchlists import Watchlist

Country = Literal["NL", "BE", "EU", "UN"]
Status = Literal["controlled", "precursor", "monitored", "not scheduled", "unclear"]

COUNTRIES: Final[tuple[Country, ...]] = ("NL", "BE", "EU", "UN")
STATUSES: Final[tuple[Status, ...]] = ("controlled", "precursor", "monitored", "not scheduled", "unclear")
ABOVE: Final[dict[Country, tuple[Country, ...]]] = {
    "NL": ("NL", "EU", "UN"), "BE": ("BE", "EU", "UN"), "EU": ("EU", "UN"), "UN": ("UN",),
}  # fmt: skip
"""Whose law counts in a country."""

_FILE: Final = Path(__file__).with_name("substances_schedules.tsv")
_COLUMNS: Final = (
    *("substance", "form", "cas", "country", "law", "schedule", "status", "as_of", "source", "verification"),
)
_ALERTING: Final = frozenset({"controlled", "precursor"})


@dataclass(frozen=True)
class Statement:
    """What one law says of one substance and form.

    Attributes
    ----------
    substance, form, cas : str
        As in the facts.
    country : str
        One of ``COUNTRIES``.
    law, schedule : str
        Which law, and where in it.
    status : str
        One of ``STATUSES``; ``monitored`` is trade under watch (category 3, Table II): no alert by itself.
    as_of : str
        ISO date, month or year of the source; empty where the source states none.
    source : str
        Where it was read.
    verified : bool
        True where it was found at the source, False where it was recalled.
    """

    substance: str
    form: str
    cas: str
    country: Country
    law: str
    schedule: str
    status: Status
    as_of: str
    source: str
    verified: bool

    def known_on(self, date: str) -> bool:
        """Whether the source is not younger than a date: what it says may not have held before."""
        return self.as_of <= date[: len(self.as_of)]


@dataclass(frozen=True)
class Alerting:
    """Whether a substance raises an alert, and why.

    Attributes
    ----------
    alert : bool
        To raise it.
    reasons : tuple of str
        Codes: ``scheduled``, ``scheduled_unverified``, ``precursor``, ``watch_list``, ``role``,
        ``schedule_not_known``, ``not_scheduled_here``, ``not_scheduled_unverified``.
    statements : tuple of Statement
        What the table says for the country and those above it.
    lists : tuple of str
        Watch lists it is on.
    """

    alert: bool
    reasons: tuple[str, ...]
    statements: tuple[Statement, ...] = ()
    lists: tuple[str, ...] = ()


@cache
def load_schedules() -> tuple[Statement, ...]:
    """Statements of the shipped table, in its order.

    Raises
    ------
    LibraryError
        When the table is malformed; names the line.
    """
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    rows = [(number, line.split("\t")) for number, line in enumerate(lines, 1) if not line.startswith("#")]
    if tuple(rows[0][1]) != _COLUMNS:
        raise LibraryError(f"{_FILE.name}: expected the columns {', '.join(_COLUMNS)}")
    return tuple(_statement(number, cells) for number, cells in rows[1:])


def _statement(number: int, cells: Sequence[str]) -> Statement:
    where = f"{_FILE.name} line {number}"
    if len(cells) != len(_COLUMNS):
        raise LibraryError(f"{where}: {len(cells)} cells, expected {len(_COLUMNS)}")
    *texts, country, law, schedule, status, as_of, source, verification = cells
    found = [each for each in COUNTRIES if each == country], [each for each in STATUSES if each == status]
    if not (found[0] and found[1] and verification in ("read", "recalled") and source):
        raise LibraryError(f"{where}: unknown country, status or verification, or no source")
    substance, form, cas = texts
    return Statement(
        substance, form, cas, found[0][0], law, schedule, found[1][0], as_of, source, verification == "read"
    )


def statements_on(label: Label) -> tuple[Statement, ...]:
    """Find what the table says of a substance: by its CAS number where it has one, else by its name.

    A CAS number of another substance than the name's does not count.

    Parameters
    ----------
    label : Label
        Of a reference; a bare name gets the statements of all forms.
    """
    same_cas = tuple(each for each in load_schedules() if label.cas and each.cas == label.cas)
    conflicts = find_stated(label.substance, form=label.form, cas=label.cas).conflicts
    if same_cas and not conflicts:
        return same_cas
    record = find_named(label.substance) or find_by_cas(label.cas)
    identity = record.identity if record else label.identity
    return tuple(each for each in load_schedules() if identity_key(each.substance) == identity)


def alerting(
    label: Label,
    *,
    country: Country,
    date: str,
    service: str = "",
    watchlists: Sequence[Watchlist] = (),
) -> Alerting:
    """Decide whether naming a substance raises an alert for a service in a country on a day.

    A watch list of the service, a schedule of the country, of the EU for its members, or of the UN
    raises it. It is taken away from a controlled role only by a statement of the country's own law that
    was read at its source and says that the substance is not scheduled; monitored trade raises none
    where the role does not.

    Parameters
    ----------
    label : Label
        Of the reference that was named.
    country : str
        One of ``COUNTRIES``.
    date : str
        ISO date of the item.
    service : str
        Whose watch lists count; empty for none.
    watchlists : sequence of Watchlist
        Of ``libraries.watchlists.read_watchlists``.

    Returns
    -------
    Alerting

    Raises
    ------
    LibraryError
        On a country that is none of ``COUNTRIES``.
    """
    if country not in COUNTRIES:
        raise LibraryError(f"country {country!r}: expected one of {', '.join(COUNTRIES)}")
    lists = tuple(
        each.name for each in watchlists if each.applies(service, country, date) and each.holds(label)
    )
    relevant = tuple(each for each in statements_on(label) if each.country in ABOVE[country])
    reasons = ["watch_list"] if lists else []
    reasons += _scheduled(relevant)
    if reasons:
        return Alerting(True, tuple(reasons), relevant, lists)
    alert, reason = _unscheduled(label, country, date, relevant)
    return Alerting(alert, (reason,) if reason else (), relevant, lists)


def _scheduled(statements: Sequence[Statement]) -> list[str]:
    """Reasons of the statements that raise an alert; verified ones first."""
    hits = [each for each in statements if each.status in _ALERTING]
    reasons = []
    if any(each.status == "controlled" for each in hits):
        verified = any(each.verified for each in hits if each.status == "controlled")
        reasons.append("scheduled" if verified else "scheduled_unverified")
    if any(each.status == "precursor" for each in hits):
        reasons.append("precursor")
    return reasons


def _unscheduled(
    label: Label, country: Country, date: str, statements: Sequence[Statement]
) -> tuple[bool, str]:
    """Alert and reason where no schedule raises one."""
    if label.role not in ALERT_ROLES:
        return False, ""
    own = [each for each in statements if each.country == country]
    unscheduled = [each for each in own if each.status == "not scheduled"]
    if unscheduled and len(unscheduled) == len(own):
        if all(each.verified and each.known_on(date) for each in unscheduled):
            return False, "not_scheduled_here"
        return True, "not_scheduled_unverified"
    return True, "role" if own else "schedule_not_known"
