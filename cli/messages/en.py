"""English: short and plain, for someone in gloves with a queue of parcels."""

from typing import Final

from ._batches import BATCH_SENTENCES
from ._commands import COMMAND_SENTENCES
from ._failures import FAILURE_SENTENCES
from ._instruments import INSTRUMENT_SENTENCES
from ._notes import NOTE_SENTENCES
from ._reports import REPORT_SENTENCES
from ._search import SEARCH_SENTENCES
from ._streams import STREAM_SENTENCES

SENTENCES: Final[dict[str, str]] = {
    # signs of numbers, and the order of a date
    "number.decimal": ".",
    "number.date": "{year}-{month}-{day}",
    # verdicts: one or two words
    "verdict.match": "MATCH",
    "verdict.mixture": "MIXTURE",
    "verdict.group": "ONE OF A GROUP",
    "verdict.inconclusive": "INCONCLUSIVE",
    "verdict.no_match": "NO MATCH",
    "verdict.unusable": "UNUSABLE SCAN",
    "verdict.container_only": "CONTAINER ONLY",
    "verdict.class": "CLASS ONLY",
    # what stands behind the verdict on the first line
    "headline.match": "{names}",
    "headline.mixture": "{names}",
    "headline.group": "{names}",
    "headline.inconclusive": "possibly {names}",
    "headline.inconclusive_unnamed": "no substance can be named",
    "headline.no_match": "this is NOT a clear",
    "headline.unusable": "no result",
    "headline.container_only": "{names}",
    "headline.class": "something like {names}",
    "headline.and": " + ",
    "headline.or": " or ",
    # what the verdict means
    "meaning.match": "One substance explains this scan.",
    "meaning.mixture": "These substances together explain this scan.",
    "meaning.group": "It is one of these. This instrument cannot tell them apart.",
    "meaning.inconclusive": "Not certain enough to name a substance. This is NOT a clear.",
    "meaning.no_match": (
        "The scan is good, but nothing in the library explains it. It is NOT a clear: "
        "it can still be a drug that the library does not have."
    ),
    "meaning.unusable": "This scan says nothing about the item. It is NOT a clear.",
    "meaning.container_only": (
        "Only the container or packaging was seen. Nothing is known about what is inside. "
        "This is NOT a clear."
    ),
    "meaning.class": "Something like {names}. The scan cannot say which substance of this kind it is.",
    "meaning.class_one_band": (
        "Something with this one band, such as {names}. Many substances have it: the scan cannot say which."
    ),
    "meaning.class_phenyl": (
        "Something with a benzene ring, such as {names}. Many substances have one, some drugs too: "
        "the scan cannot say which."
    ),
    "meaning.never_clears": "This does not clear the item: the scan sees one spot, and not small amounts.",
    # two techniques
    "combined.agreement": "TECHNIQUES AGREE",
    "combined.disagreement": "TECHNIQUES DISAGREE",
    "combined.no_added_information": "NOTHING ADDED",
    "meaning.combined_agreement": (
        "Two techniques name the same. It is still presumptive and does not clear the item."
    ),
    "meaning.combined_disagreement": (
        "The two techniques contradict each other. This is NOT a clear, whatever one of them says."
    ),
    "meaning.combined_no_added_information": (
        "One technique adds nothing to the other, so only one speaks. This is NOT a clear."
    ),
    # alert
    "alert.controlled": "ALERT: CONTROLLED SUBSTANCE",
    "alert.controlled_possible": "ALERT: CONTROLLED SUBSTANCE POSSIBLE",
    "alert.precursor": "ALERT: DRUG PRECURSOR",
    "alert.precursor_possible": "ALERT: DRUG PRECURSOR POSSIBLE",
    "alert.unnamed": "ALERT: CONTROLLED SUBSTANCE OR PRECURSOR",
    "alert.possible_explosive": "DANGER: EXPLOSIVE POSSIBLE. NO LASER",
    "alert.explosive_precursor": "DANGER: OXIDISER OR EXPLOSIVE PRECURSOR POSSIBLE. NO LASER",
    # certainty
    "sure.statement": "{percent} % sure this statement is right.",
    "sure.statement_high": "More than 99 % sure this statement is right.",
    "sure.statement_low": "Less than 1 % sure this statement is right.",
    "sure.substance": "{percent} % sure",
    "sure.substance_high": "more than 99 % sure",
    "sure.substance_low": "less than 1 % sure",
    "sure.prior": "This assumes that {percent} of 100 such items are something the library knows.",
    "sure.none": "How sure this is cannot be said: no calibrated figure.",
    # headings
    "heading.found": "FOUND",
    "heading.group": "ONE OF THESE",
    "heading.class": "FOR EXAMPLE",
    "heading.candidates": "CANDIDATES, NOT CERTAIN",
    "heading.action": "WHAT TO DO",
    "heading.limits": "NOT EXCLUDED",
    "heading.why": "WHY",
    "heading.hint": "HINT, NOT EVIDENCE",
    "heading.details": "DETAILS",
    "heading.replicates": "SCANS OF THIS ITEM",
    "heading.techniques": "EACH TECHNIQUE ALONE",
    # lines of the substances and the details
    "line.score": "score {hqi} (HQI)",
    "line.share": "about {percent} % of the spectrum",
    "line.share_interval": "about {percent} % of the spectrum ({low} to {high} %)",
    "line.grade": "reference grade {grade}: {meaning}",
    "line.set": "If the library knows this item, it is one of these in {percent} of 100 cases: {names}.",
    "line.more": "{listed} and {count} more",
    "line.unexplained": "Unexplained bands at {bands} {unit}.",
    "line.unexplained_more": "Unexplained bands at {bands} {unit} and {count} more.",
    "line.cas": "CAS {cas}",
    "line.file": "File: {file}",
    "line.file_spectrum": "File: {file}, spectrum {number} of {count}",
    "line.file_replicates": "File: {file} and all others given, {count} scans as one item",
    "line.replicates_used": "{used} of {count} scans used for this answer.",
    "line.replicates_unread": "Not among them, because they could not be read: {count}.",
    "line.replicates_alone": "What the scans say one by one: {verdicts}.",
    "line.replicates_probability": "Sure one by one: {low} to {high} %.",
    "line.replicates_share": "{name}: {low} to {high} % of the spectrum over {count} scans.",
    "line.left_out_outlier": (
        "Left out: {scan} is unlike the others (distance {distance}, limit {threshold})."
    ),
    "line.left_out_container": "Left out: {scan} shows only the container.",
    "line.left_out_unusable": "Left out: {scan} cannot be used.",
    "line.left_out_duplicate": "Left out: {scan} is the same scan given again.",
    "line.replicate_saw": "{scan}: {verdict}, {names}",
    "line.technique_says": "{technique}: {verdict}, {names} ({file})",
    "line.combined_not_multiplied": (
        "Both techniques see vibrations of the same bonds, so how sure each is must not be multiplied."
    ),
    "line.item": "Item: {item}",
    "line.subsample": "Item: {item}, part {subsample}",
    "line.evidence": "Evidence: {file}",
    "line.log": "Case log: {file}, entry {entry}, hash {head}",
    "line.quality": "Scan quality: {facts}",
    "line.snr": "signal-to-noise {snr}",
    "line.coverage": "range of the reference covered {percent} %",
    "line.axis_shift": "scale shift {shift} cm⁻¹",
    "line.fluorescence": "fluorescence {percent} %",
    "line.spikes": "spikes {count}",
    "line.saturated": "detector saturated",
    "line.library": "Library: {name}, release {release}",
    "line.library_unreleased": "Library: {name}, no release",
    "line.library_none": "Library: none fits this scan",
    "line.instrument_check": (
        "Instrument check: {serial} with {standard} on {date}; "
        "scale corrected by {offset} ± {uncertainty} cm⁻¹."
    ),
    "line.warning": "Note: {warning}",
    "line.presumptive": (
        "Presumptive: one technique ({technique}). Not an identification on its own; "
        "confirm in the laboratory."
    ),
    "line.hint": "Some bands resemble {name}. The reference is unverified. This is not evidence. "
    "Send to the laboratory.",
    "line.no_result": "No result for this file. It is NOT a clear.",
    "line.hint_energetic": "Some bands resemble {name}. The reference is unverified. This is not evidence.",
    # what the answer leaves possible
    "limit.share": "Cannot exclude {name} below about {percent} % of the spectrum at this spot.",
    "limit.never": "Cannot exclude {name} at all.",
    "limit.more": "and {count} more (--format json lists all)",
    "limit.level": (
        "At that share this scan would show it {percent} times in 100. "
        "A share of the spectrum is not a share of the weight."
    ),
    "limit.none": (
        "This library holds no measured reference of a controlled substance, so nothing can be excluded."
    ),
    "limit.none_controlled": (
        "This library holds no measured reference of a controlled substance, "
        "so no controlled substance can be excluded."
    ),
    "limit.uncalibrated": "This library has no calibration, so nothing can be excluded.",
    # techniques
    "technique.raman": "Raman",
    "technique.nir": "NIR",
    "technique.mir": "mid-infrared",
    "technique.other": "unknown kind",
    # roles
    "role.controlled": "CONTROLLED SUBSTANCE",
    "role.precursor": "DRUG PRECURSOR",
    "role.cutting agent": "cutting agent",
    "role.solvent": "solvent",
    "role.packaging": "packaging",
    "role.calibration": "calibration material",
    "role.benign": "not controlled",
    "role.unknown": "meaning not known",
    "role.possible_explosive": "EXPLOSIVE",
    "role.explosive_precursor": "OXIDISER OR EXPLOSIVE PRECURSOR",
    # grades
    "grade.A": "measured on this instrument",
    "grade.B": "measured on another instrument",
    "grade.C": "bands fitted from a measured spectrum",
    "grade.D": "published band table",
    "grade.E": "recalled, unverified",
    # reasons
    "reason.low_probability": "The certainty is below the level needed to name a substance.",
    "reason.ambiguous_candidates": "Several different substances fit about equally well.",
    "reason.near_identical_members": "These substances look the same to this instrument.",
    "reason.no_candidate": "Nothing in the library resembles this scan.",
    "reason.unexplained_bands": (
        "The scan has bands that this answer does not explain. Something else may be there."
    ),
    "reason.degraded_limits": (
        "There was no time to work out how much of other substances could have been missed."
    ),
    "reason.degraded_mixture": "There was no time to look for more than two substances together.",
    "reason.low_coverage": "The scan covers only part of the range that the references need.",
    "reason.axis_offset": "The instrument's scale is shifted, so the exact form cannot be told.",
    "reason.instrument_check_missing": (
        "This instrument was not checked with a standard, so nobody knows how far its scale is off."
    ),
    "reason.instrument_check_expired": "The last check of this instrument is too old.",
    "reason.instrument_check_failed": "The last check of this instrument failed.",
    "reason.too_weak": "The signal is too weak.",
    "reason.always_too_weak": "Every scan of this item is too weak.",
    "reason.heating": (
        "The background grows like the light of something hot: the laser may be heating the item."
    ),
    "reason.too_dark": "Hardly any light came back from the item.",
    "reason.packaging_in_scan": "The packaging is part of what was seen.",
    "reason.saturated": "The signal is too strong: the detector was at its limit.",
    "reason.flat": "The scan shows no signal at all.",
    "reason.too_little_overlap": "The scan and the library have too little range in common.",
    "reason.wrong_technique": (
        "The axis of this scan is not that of the library's technique, so nothing was compared."
    ),
    "reason.no_library_for_technique": (
        "The library is for another technique (Raman, near infrared) than this scan, so nothing was compared."
    ),
    "reason.counts_only": "The file holds raw detector counts, not absorbance or reflectance.",
    "reason.unknown_quantity": (
        "The file does not say what its values are (absorbance or reflectance), and neither fits well enough."
    ),
    "reason.quantity_assumed": (
        "The file does not say what its values are: taken as what fits far better, absorbance or reflectance."
    ),
    "reason.unlike_own_scans": (
        "The scan is unlike the library's own scans of this: another instrument, or something else is in it."
    ),
    "reason.fluorescent": "Fluorescence of the item or its packaging hides the signal.",
    "reason.container_only": "Only the container or packaging was seen, not what is inside.",
    "reason.starter_library": (
        "Built-in starter library: its bands are fitted or taken from tables, not measured on your "
        "instrument. For real casework load your instrument's measured library with -l."
    ),
    "reason.library_unsigned": "Nobody has signed this library.",
    "reason.library_draft": "This library is a draft: nobody has approved it.",
    "reason.library_untrusted": "This device does not know who signed this library.",
    "reason.library_revoked": "A key that signed this library has been revoked. Ask for a new release.",
    "reason.library_expired": "The release of this library has expired. Ask for a new one.",
    "reason.library_unchecked": "The signatures of this library could not be checked on this device.",
    "reason.grade_d": "The reference is a published band table, so this is a possibility at best.",
    "reason.one_band_only": "The reference has only one or two strong bands: many substances have those.",
    "reason.phenyl_only": "Only the bands of a benzene ring agree: many substances have one.",
    "reason.hint": "An unverified reference resembles some bands: see the hint.",
    "reason.uncalibrated": "The library has no calibration, so nobody can say how sure this is.",
    "reason.form_uncertain": "The substance fits, but its form (salt, base or hydrate) is not certain.",
    "reason.mixture_components": "It takes more than one substance to explain this scan.",
    "reason.replicates_disagree": (
        "The scans of this item do not agree. There may be different things in it, so none is named."
    ),
    "reason.too_few_replicates": "Fewer than two scans can be used, so nothing confirms what one says.",
    "reason.techniques_agree": "Both techniques name it.",
    "reason.seen_by_one_technique": "Only one of the two techniques sees all of these.",
    "reason.techniques_disagree": "The two techniques do not name the same. Neither can be relied on.",
    "reason.no_added_information": "One technique adds nothing to what the other says.",
    # next actions
    "action.send_to_lab": "Keep the item. Send it to the laboratory.",
    "action.scan_again_longer": (
        "If the item is not dark, scan again with a longer time, not with more laser power. "
        "Hold the instrument still and close."
    ),
    "action.scan_again_longer_nir": "Scan again with a longer time. Hold the instrument still and close.",
    "action.scan_again_weaker": "Scan again with less laser power or a shorter time.",
    "action.move_spot": (
        "Scan another spot, where the packaging is thin and clear. Leave the packaging closed."
    ),
    "action.scan_through_less_plastic": (
        "Scan again through less plastic: one thin, clear layer without folds or labels. "
        "Leave the packaging closed."
    ),
    "action.use_vial_holder": (
        "If trained staff have some of it in a vial already, scan that in the vial holder. "
        "Else send the item to the laboratory. Leave the packaging closed."
    ),
    "action.use_second_technique": "Test the item with another technique.",
    "action.check_instrument": "Check the instrument with its standard. Then scan again.",
    "action.check_instrument_nir": (
        "Check the instrument with its white and wavelength standards. Then scan again, and export "
        "absorbance or reflectance."
    ),
    "action.use_right_library": (
        "Choose the library for this instrument with -l. Then identify this scan again."
    ),
    "action.call_reach_back": (
        "Keep the item as it is. Call reach-back, the specialist on call, before anything else is done "
        "with it."
    ),
    # what must be known before the next action
    "safety.possible_explosive": (
        "An explosive is possible: no more scans, do not touch or move the item, keep others away."
    ),
    "safety.explosive_precursor": (
        "It may burn fiercely or be meant for an explosive: no more scans, keep heat and sparks away."
    ),
    "safety.no_laser": "SAFETY FIRST. Dark powder or suspected explosive: NO LASER.",
    # files without a result
    "error.not_found": "There is no such file. Check the name and the folder.",
    "error.empty": "The file is empty. Export the scan again.",
    "error.unrecognised": "contraspec does not know this kind of file. Export the scan as CSV or JCAMP-DX.",
    "error.unsupported": "This kind of scan file cannot be read. Export the scan as CSV or JCAMP-DX.",
    "error.damaged": "The file is damaged. Export the scan again.",
    "error.library": "The library cannot be used, so nothing was identified. Get a good copy of it.",
    "error.internal": "The program failed. Scan or export again; if it stays, report it.",
    **REPORT_SENTENCES,
    **BATCH_SENTENCES,
    **STREAM_SENTENCES,
    **SEARCH_SENTENCES,
    **FAILURE_SENTENCES,
    **INSTRUMENT_SENTENCES,
    **COMMAND_SENTENCES,
    **NOTE_SENTENCES,
}
