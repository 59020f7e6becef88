"""What an answer rests on: the scan, method and settings, libraries and who signed them, fingerprints."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from spectra._extras import needs_extra

from .._page import Page
from .._records import ResultRecord
from ..messages import Field
from .sheet import Block

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.library import Library
    from spectra.spectrum import Spectrum

_UNITS: Final = {"raman_shift_cm-1": "cm⁻¹", "wavenumber_cm-1": "cm⁻¹", "wavelength_nm": "nm", "other": ""}
MAX_LIBRARIES: Final = 4


def scan_rows(spectrum: "Spectrum", page: Page) -> tuple[tuple[str, str], ...]:
    """When and with what the scan was taken, as far as its file says."""
    known = spectrum.metadata
    unsaid = page.say("report.not_stated")
    laser, seconds, averages = (
        known.get(key) for key in ("laser_wavelength_nm", "integration_time_s", "averages")
    )
    exposure = unsaid
    if isinstance(seconds, int | float):
        exposure = f"{page.number(seconds, 'g')} s"
        if isinstance(averages, int | float) and averages > 1:
            fields = {"seconds": page.number(seconds, "g"), "count": f"{averages:g}"}
            exposure = page.say("report.exposure_averages", fields)
    instrument = str(known.get("instrument") or unsaid)[:60]
    rows = [
        (page.say("report.scanned"), str(known.get("date") or unsaid)[:60]),
        (page.say("report.technique"), page.say(f"technique.{spectrum.technique}")),
        (page.say("report.instrument"), instrument),
        (page.say("report.serial"), str(known.get("serial") or unsaid)[:60]),
    ]
    if spectrum.technique == "raman":
        told = f"{page.number(laser, 'g')} nm" if isinstance(laser, int | float) else unsaid
        rows += [(page.say("report.laser"), told), (page.say("report.exposure"), exposure)]
    return tuple(rows)


def settings_block(record: ResultRecord, asked: "Asked", spectrum: "Spectrum", page: Page) -> Block:
    """Range, resolution, algorithm and what was set, as ASTM E2310 wants on a report."""
    technique = record["technique"]
    method = technique if technique in ("raman", "nir") and record["provenance"]["library"] else "other"
    low, high = float(spectrum.axis[0]), float(spectrum.axis[-1])
    span: dict[str, Field] = {
        "low": page.number(low, ".0f"),
        "high": page.number(high, ".0f"),
        "unit": _UNITS[spectrum.unit],
        "count": spectrum.n_points,
    }
    raman = technique == "raman"
    rows = [
        ("setting.method", page.say(f"method.{method}")),
        ("setting.range", page.say("setting.range_value", span)),
        ("setting.resolution", page.say("setting.broadened" if raman else "report.not_stated")),
    ]
    if record["prior"] is not None:
        percent = page.number(100 * record["prior"], ".3g")
        rows.append(("setting.prior", page.say("setting.prior_value", {"percent": percent})))
    rows.append(("setting.policy", page.say(f"policy.{asked.policy}")))
    if asked.watch:
        rows.append(("setting.watch", ", ".join(asked.watch)[:120]))
    if raman:
        rows.append(("setting.offset", f"{page.number(_offset(record, asked), '.1f')} cm⁻¹"))
    return Block(page.say("heading.settings"), rows=tuple((page.say(key), value) for key, value in rows))


def _offset(record: ResultRecord, asked: "Asked") -> float:
    """Tell what was added to the axis before: by the instrument's check where it applied, else by hand."""
    check = record.get("instrument_check")
    if check is not None and check["applied"] and check["offset_cm1"] is not None:
        return check["offset_cm1"]
    return asked.axis_offset_cm1


def check_block(record: ResultRecord, page: Page) -> Block:
    """Say what the last check of the instrument found, or that none is on record."""
    heading, check = page.say("heading.check"), record.get("instrument_check")
    if check is None:
        return Block(heading, items=(page.say("check.none"),))
    offset, expanded = check["offset_cm1"], check["offset_expanded_cm1"]
    fields = {
        "standard": check["standard"] or "-",
        "date": _day(check["date"], page),
        "offset": "-" if offset is None else page.number(offset, "+.1f"),
        "expanded": "-" if expanded is None else page.number(expanded, ".1f"),
    }
    return Block(heading, items=(page.say(f"check.{check['state']}", fields),))


def _day(date: str | None, page: Page) -> str:
    """Day of an ISO time in the page's language; as it stands where it is none."""
    try:
        return local_date(datetime.date.fromisoformat((date or "")[:10]), page.language)
    except ValueError:
        return date or "-"


def library_block(libraries: "Sequence[Library]", page: Page) -> Block:
    """Each library with its release and who signed it."""
    items = [_library(library, page) for library in libraries[:MAX_LIBRARIES]]
    if len(libraries) > MAX_LIBRARIES:
        items[-1] = page.say("line.more", {"listed": items[-1], "count": len(libraries) - MAX_LIBRARIES})
    return Block(page.say("heading.library"), items=tuple(items or [page.say("line.library_none")]))


def _library(library: "Library", page: Page) -> str:
    release = library.release_name
    key = "library.release" if release else "library.no_release"
    parts = [page.say(key, {"name": library.name[:80], "release": release})]
    parts.append(page.say("library.references", {"count": len(library.labels)}))
    standing = getattr(library, "standing", None)
    if standing is not None:
        names = ", ".join(standing.signers)
        parts.append(page.say(f"library.{standing.state}", {"names": names[:120]}))
        if standing.release is not None and standing.release.statement.expires:
            until = datetime.date.fromisoformat(standing.release.statement.expires)
            parts.append(page.say("library.expires", {"date": local_date(until, page.language)}))
    return "; ".join(parts) + "."


def local_date(day: datetime.date, language: str) -> str:
    """Day as people of a language write it.

    Raises
    ------
    ExtraError
        Without Babel.
    """
    with needs_extra("report", "Babel"):
        from babel.dates import format_date
    return str(format_date(day, "long", locale={"en": "en_GB"}.get(language, language)))


def prints_block(record: ResultRecord, page: Page) -> Block:
    """Hashes by which evidence, log, libraries and settings can be checked, whole."""
    made, kept = record["provenance"], record.get("kept")
    none = page.say("print.none")
    scan = made["input_sha256"] or (page.say("print.several") if "replicates" in record else none)
    rows = [(page.say("print.scan"), scan)]
    rows += [(page.say("print.library"), library["sha256"]) for library in made["library"][:MAX_LIBRARIES]]
    rows += [(page.say("print.pipeline"), made["pipeline"]), (page.say("print.config"), made["config"])]
    evidence = kept["evidence_sha256"] if kept else None
    head, entry = (kept["head"], kept["entry"]) if kept else (None, None)
    rows.append((page.say("print.evidence"), evidence or none))
    log = page.say("print.log", {"entry": entry}) if entry else page.say("print.log_none")
    rows.append((log, head or none))
    return Block(page.say("heading.fingerprints"), rows=tuple(rows), code=True)
