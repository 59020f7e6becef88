"""English: the page that an officer signs, and the words of pictures."""

from typing import Final

REPORT_SENTENCES: Final[dict[str, str]] = {
    # head of the page
    "report.title": "Report of a presumptive scan",
    "report.item": "Item",
    "report.subsample": "Part",
    "report.file": "File",
    "report.file_spectrum": "{file}, spectrum {number} of {count}",
    "report.file_number": "{file}, spectrum {number}",
    "report.file_replicates": "{file} and {count} more",
    "report.scanned": "Scanned, as the file says",
    "report.made": "Report made",
    "report.technique": "Technique",
    "report.instrument": "Instrument",
    "report.serial": "Serial number",
    "report.laser": "Laser",
    "report.exposure": "Exposure",
    "report.exposure_averages": "{seconds} s, {count} averaged",
    "report.not_stated": "not stated",
    # headings that only a page has
    "heading.quality": "SCAN QUALITY",
    "heading.check": "INSTRUMENT CHECK",
    "heading.ranked": "CANDIDATES IN THEIR ORDER",
    "heading.settings": "METHOD AND SETTINGS",
    "heading.library": "LIBRARY",
    "heading.rates": "ERROR RATES",
    "heading.fingerprints": "FINGERPRINTS (SHA-256)",
    "heading.override": "OVERRIDE BY A PERSON",
    "heading.second": "SECOND, DIFFERENT TECHNIQUE",
    "heading.signatures": "SIGNATURES",
    "heading.notes": "NOTES",
    # columns
    "column.substance": "Substance",
    "column.role": "Meaning",
    "column.sure": "How sure",
    "column.share": "Part of the spectrum",
    "column.score": "Score (HQI)",
    "column.grade": "Reference",
    "column.found": "Named where it was",
    "column.false": "Named where it was not",
    "column.rank": "No.",
    "column.evidence": "Evidence",
    "column.answer": "In the answer",
    "column.technique": "Technique",
    "column.instrument": "Instrument, number",
    "column.result": "Result",
    "column.date": "Date",
    "column.name": "Name",
    "column.signature": "Signature",
    "column.grade_value": "grade {grade}",
    "column.scan": "Scan",
    "column.used": "Used",
    "column.verdict": "Alone",
    "answer.named": "named",
    "answer.not_named": "rejected",
    "answer.candidate": "candidate",
    "scan.used": "yes",
    "scan.outlier": "no: unlike the others",
    "scan.container": "no: container only",
    "scan.unusable": "no: unusable",
    "scan.duplicate": "no: the same scan again",
    # error rates
    "rate.of": "{k} of {n} ({low} to {high} %)",
    "rate.validation": (
        "Measured with this library on {n} labelled cases: what was there was named in {found}; "
        "something wrong was named in {known} where the library has the substance, "
        "and in {strangers} where it has not. In brackets: 95 % intervals."
    ),
    "rate.calibration": (
        "No error rate was measured with this library. How sure it is rests on {simulated} simulated and "
        "{measured} measured cases; it names a substance from {percent} % on."
    ),
    "rate.none": "No error rate was measured with this library, and it has no calibration.",
    # method and settings
    "setting.method": "Method",
    "method.raman": (
        "Square roots of broadened spectra correlated with every reference; bands explained both ways; "
        "mixtures as positive sums."
    ),
    "method.nir": (
        "Roots of second derivatives correlated with every reference; "
        "mixtures as positive sums of up to four."
    ),
    "method.other": "None fits this technique.",
    "setting.range": "Range",
    "setting.range_value": "{low} to {high} {unit}, {count} points",
    "setting.resolution": "Resolution",
    "setting.broadened": "not stated; compared at a broadening of 4 cm⁻¹ (standard deviation)",
    "setting.prior": "Prior",
    "setting.prior_value": "{percent} of 100 such items are in the library",
    "setting.watch": "Watched too",
    "setting.policy": "Policy for libraries",
    "policy.integrity": "intact, signed or not",
    "policy.signed": "signed releases only",
    "setting.offset": "Scale corrected by",
    "library.release": "{name}, release {release}",
    "library.no_release": "{name}, no release",
    "library.signed": "signed: {names}",
    "library.draft": "draft, signed by {names} only",
    "library.unsigned": "not signed",
    "library.expires": "valid until {date}",
    "library.references": "{count} references",
    "check.none": "No check on record.",
    "check.valid": (
        "Valid check of {date} with {standard}; scale corrected by {offset} cm⁻¹ (± {expanded}, k = 2)."
    ),
    "check.expired": "The last check, of {date}, has expired.",
    "check.failed": "The last check, of {date}, failed.",
    "check.missing": "No check of this instrument is on record.",
    "check.no_serial": "The scan does not say which instrument it is from, so no check could be found.",
    "check.overridden": "A check of {date} is on record; the scale was corrected by hand instead.",
    # fingerprints
    "print.scan": "Scan file",
    "print.library": "Library",
    "print.pipeline": "Preprocessing",
    "print.config": "Configuration",
    "print.evidence": "Evidence",
    "print.log": "Case log, entry {entry}",
    "print.log_none": "Case log",
    "print.none": "not kept",
    "print.several": "several files, see evidence",
    "print.engine": "contraspec {version}",
    # override, statement, signatures
    "override.said": "{by}: {text}",
    "override.unchanged": "The answer of the program stays as it is; this is a person's decision beside it.",
    "override.none": "None.",
    "line.override": "Override by {by}, the answer stays as it is: {text}",
    "report.statement": (
        "Presumptive screening with one technique ({technique}), by analogy with ASTM E2310: a library "
        "search that assists, not an identification. SWGDRUG and ASTM E2329 ask for at least "
        "one other technique. It speaks of the scanned spots only and does not clear the item."
    ),
    "report.officer": "Officer",
    "report.witness": "Second person",
    # captions of the picture
    "caption.fit": "The fit explains {percent} % of what was compared.",
    "caption.first": "Drawn is the first of those named.",
    "caption.candidate": "Drawn is a candidate that is not certain.",
    "caption.none": "No reference explains this scan, so no fit is drawn.",
    "caption.measured": "The scan as it was read: it could not be compared.",
    "caption.mean": "Black: mean of the scans used. Grey: the scans.",
    # words in pictures
    "chart.scan": "scan",
    "chart.fit": "fit",
    "chart.sum": "fit, all together",
    "chart.residual": "scan less fit",
    "chart.not_named": "helps the fit, not named",
    "chart.others": "scans of the other spots",
    "chart.band_explained": "band the fit has",
    "chart.band_unexplained": "band nothing explains",
    "chart.x_raman": "Raman shift (cm⁻¹)",
    "chart.x_wavenumber": "wavenumber (cm⁻¹)",
    "chart.x_wavelength": "wavelength (nm)",
    "chart.x_other": "axis as in the file",
    "chart.y_intensity": "relative intensity",
    "chart.y_curvature": "curvature, turned",
    "chart.y_measured": "as read, 0 to 1",
}
