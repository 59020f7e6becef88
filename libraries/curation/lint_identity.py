"""Checks of who a reference says it is: identifiers and roles against its name and the substance table."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from spectra.label import ALERT_ROLES, Label

from ..reference import Reference
from ..substances import find_substance, gravest_role, is_cas, is_inchikey
from ..substances_stated import find_named, find_stated, one_substance
from .findings import Finding, Severity, names_of, shown
from .survey import Survey

_MEND: Final = "correct the manifest and build again, or add the reference anew and deprecate this one"


def bad_identifiers(survey: Survey) -> Iterator[Finding]:
    """Find identifiers of a wrong form, with a wrong check digit, or of another substance."""
    for traits in survey.traits:
        label = traits.reference.label
        problems = []
        if label.cas and not is_cas(label.cas):
            problems.append(f"CAS {label.cas} has a wrong form or check digit")
        if label.inchikey and not is_inchikey(label.inchikey):
            problems.append(f"InChIKey {label.inchikey} is not 14, 10 and 1 capitals with dashes")
        problems += find_stated(
            label.substance, form=label.form, cas=label.cas, inchikey=label.inchikey
        ).conflicts
        for problem in problems:
            yield _one(traits.reference, "bad_identifier", problem)
    for entry, reference in _not_taken(survey):
        column, value = str(entry.get("column")), str(entry.get("value"))
        if column in ("cas", "inchikey") and not getattr(reference.label, column):
            problem = f"{column} {value!r} of the manifest is wrong by itself and was left empty"
            yield _one(reference, "bad_identifier", problem)


def shared_identifiers(survey: Survey) -> Iterator[Finding]:
    """One CAS number or InChIKey under two names that are not known for one substance."""
    for column, word in (("cas", "CAS"), ("inchikey", "InChIKey")):
        holders: dict[str, list[Reference]] = defaultdict(list)
        for traits in survey.traits:
            if value := getattr(traits.reference.label, column):
                holders[value].append(traits.reference)
        for value, references in holders.items():
            names = names_of(references)
            if all(one_substance(names[0], name) for name in names[1:]):
                continue
            listed = {record.identity for name in names if (record := find_substance(name))}
            yield Finding(
                "identifier_conflict", "error" if len(listed) > 1 else "warning",
                tuple(each.id for each in references), names,
                f"{word} {value} stands under {len(names)} names: {', '.join(names)}",
                "correct the one that is wrong, or give both one name where they are one substance",
            )  # fmt: skip


def unlisted_identifiers(survey: Survey) -> Iterator[Finding]:
    """CAS numbers that nobody else has, while the substance table has another for the very name."""
    for traits in survey.traits:
        label = traits.reference.label
        listed = _listed_cas(label)
        if is_cas(label.cas) and listed and label.cas != listed:
            if find_stated(label.substance, form=label.form, cas=label.cas).conflicts:
                continue  # told as of another substance
            problem = f"CAS {label.cas}, the substance table has {listed} for that name"
            yield _one(traits.reference, "identifier_conflict", problem, severity="warning")


def role_conflicts(survey: Survey) -> Iterator[Finding]:
    """Roles that would take away an alert of the substance table, stated or in the library."""
    told: set[str] = set()
    for traits in survey.traits:
        label = traits.reference.label
        known = find_stated(label.substance, form=label.form, cas=label.cas, inchikey=label.inchikey).role
        if known in ALERT_ROLES and gravest_role((known, label.role)) != label.role:
            told.add(label.id)
            problem = (
                f"role {label.role!r}, the substance table says {known!r}: it raises a lesser alert or none"
            )
            yield _one(traits.reference, "role_conflict", problem)
    for entry, reference in _not_taken(survey):
        if entry.get("column") == "role" and reference.id not in told:
            problem = f"the manifest says role {entry.get('value')!r}; {reference.label.role!r} was kept"
            yield _one(reference, "role_conflict", problem)


def _listed_cas(label: Label) -> str:
    """CAS number of the table for exactly this name and form; empty where there is not exactly one."""
    record = find_substance(f"{label.substance} {label.form}") if label.form else find_named(label.substance)
    return record.cas if record is not None and record.verified else ""


def _not_taken(survey: Survey) -> Iterator[tuple[Mapping[str, Any], Reference]]:
    """Give what was stated and not taken over, by the change log, with the references it was stated of."""
    used: dict[tuple[str, str], list[Reference]] = defaultdict(list)
    for traits in survey.traits:
        reference = traits.reference
        used[reference.provenance.file, reference.label.substance].append(reference)
    seen: set[tuple[str, ...]] = set()
    for change in survey.library.changes:
        for entry in change.details.get("not_taken", ()):
            if not isinstance(entry, dict):
                continue
            for reference in used.get((str(entry.get("file")), str(entry.get("name"))), ()):
                key = (reference.id, str(entry.get("column")), str(entry.get("value")))
                if key not in seen:
                    seen.add(key)
                    yield entry, reference


def _one(reference: Reference, code: str, problem: str, *, severity: Severity = "error") -> Finding:
    """Make the finding about one reference."""
    text = f"{shown(reference)}: {problem}"
    return Finding(code, severity, (reference.id,), (reference.label.substance,), text, _MEND)
