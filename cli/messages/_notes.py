"""English: the commoner remarks of those who read and correct scans, word for word as they make them.

They travel in spectra and records in English; a page looks up here what they are in its language.
"""

from typing import Final

NOTE_SENTENCES: Final[dict[str, str]] = {
    "note.rows_dropped": "{n} rows without a finite value dropped",
    "note.rows_averaged": "{n} rows that repeat the axis value before them averaged into it",
    "note.shift_computed": (
        "no Wavenumber column: Raman shift computed from the wavelength and the laser at {nm} nm"
    ),
    "note.no_laser": "no laser wavelength in the header, so no Raman shift: the axis is the wavelength",
    "note.unnamed_raman": "the axis has no name: axis taken as Raman shift in cm⁻¹",
    "note.unnamed_wavenumber": "the axis has no name: taken as wavenumber in cm⁻¹",
    "note.unnamed_infrared": "the axis has no name: {low} to {high} taken as infrared wavenumber in cm⁻¹",
    "note.unnamed_wavelength": "the axis has no name: {low} to {high} taken as wavelength in nm",
    "note.wavenumber_raman": "the axis is called a wavenumber: axis taken as Raman shift",
    "note.no_unit_raman": "the axis has no unit: taken as Raman shift in cm⁻¹",
    "note.micrometres": "wavelengths converted from µm to nm",
    "note.laser_raman": "a wavelength axis and a laser in the header: taken as Raman",
    "note.taken_as_nir": (
        "wavelength axis taken as NIR; a Raman spectrum has to be exported with its Raman shift"
    ),
    "note.either": "the file does not say whether it is Raman or infrared: state it with --technique",
    "note.cut_line": "the last line has no line end: the file may be cut short",
    "note.cut_log": "the log is missing: the file may have been cut after the spectrum",
    "note.stopped": "the measurement was stopped after {done} of {n} spectra",
    "note.saturated": "the file says that part of this spectrum is saturated",
    "note.quantity": "nothing says what the ordinate is: taken as absorbance",
    "note.no_light": "{n} points without light, taken as an absorbance of {value}",
    "note.technique_set": "technique set to {told} by the caller, the file suggests {other}",
    "note.technique_given": "taken as {told}: --technique {given} was given",
    "note.laser_set": "laser set to {given} nm by the caller, the file states {stated} nm",
    "note.axis_stated": "axis corrected by {offset} cm-1 as the caller stated",
    "note.axis_checked": (
        "axis corrected by {offset} cm-1 at {pivot} cm-1, as the check of {serial} with {standard} "
        "on {date} found"
    ),
    "note.axis_stretched": (
        "axis corrected by {offset} cm-1 at {pivot} cm-1 and {stretch} cm-1 per 1000 cm-1, as the check of "
        "{serial} with {standard} on {date} found"
    ),
    "note.other_instrument": "scanned on {instrument}, calibrated on {calibrated}",
}
