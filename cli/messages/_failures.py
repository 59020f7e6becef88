"""English: errors of files beside those of scans, and commands that cannot be carried out as typed."""

from typing import Final

FAILURE_SENTENCES: Final[dict[str, str]] = {
    # the line on stderr
    "failure.line": "contraspec: error: {told}",
    "failure.internal": "contraspec: internal error: {told}; rerun with --debug",
    "failure.interrupted": "contraspec: interrupted",
    # what gave no answer, where the sentence of the code would advise wrongly
    "error.pattern": "No file matches this pattern. Check the folder and the name.",
    "error.folder": "This is a folder. Name a file in it; contraspec batch takes whole folders.",
    "error.permission": "The file may not be read. Check its permissions.",
    "error.extra": "A part of the program that this needs is not installed. Ask whoever looks after it.",
    "error.write": "The file was not written. Check the folder, the permissions and the space on the disk.",
    "error.case": "The evidence, log or check cannot be relied on. Change nothing in it, and report it.",
    "error.model": "The model cannot be used, so no value is stated. Get a good copy of it.",
    "error.other_libraries": (
        "the evidence rests on {then}, but {now} was opened: give the libraries of then with -l"
    ),
    "error.fewer_libraries": "fewer libraries",
    "error.results": (
        "These cannot be combined. Give two results of one item, one by Raman and one by near infrared, "
        "as identify --format json wrote them."
    ),
    "error.instrument_technique": (
        "an instrument check needs a Raman spectrum in cm-1; the wavelength axis of NIR instruments is not "
        "checked here: use the maker's check with its rare-earth or polystyrene standard"
    ),
    "error.serial_differs": (
        "serial number {given} was given, but the file says {told}: leave --serial out, "
        "or take the right file"
    ),
    "error.serial_missing": (
        "an instrument check without a serial number cannot be stored: give --serial, or leave --store out"
    ),
    "error.no_store": "no such folder of instrument checks; make it or correct its name",
    "error.never_checked": "no check of an instrument {serial!r}: see 'contraspec instrument list'",
    # commands that cannot be carried out as typed
    "usage.option": "There is no option {name}.",
    "usage.command": "There is no such command.",
    "usage.missing": "Something is missing: {name}.",
    "usage.value": "This value cannot be: {name}.",
    "usage.config": "The configuration file cannot be used.",
    "usage.other": "The command cannot be carried out like this.",
    "usage.help": "Help: {command} --help",
    "usage.replaces_input": (
        "{output} is also given as {input}, which would be lost: nothing was written. "
        "Choose another name for the output."
    ),
    "usage.inside": (
        "{output} is a file of {folder}, which is read: it would be lost, so nothing was written. "
        "Choose a new name, or one outside that folder."
    ),
    "usage.other_kind": (
        "{output} exists and is no {endings} file: nothing was written. "
        "Choose another name, or move that file away first."
    ),
    "usage.never_replaced": (
        "{output} exists and is of a kind that is not replaced: nothing was written. "
        "Choose another name, or move that file away first."
    ),
    "usage.no_folder": "{output}: its folder does not exist",
    "usage.no_watched": "{folder}: is no folder; a watch begins with one that is there",
    "usage.there_already": (
        "{output}: is there already, and not from a batch that could go on: choose another name, "
        "or --restart to write it anew"
    ),
    "usage.no_store": "No folder of instrument checks: give --store, or set {variable}.",
    "usage.ending": "{output} ends in none of {endings}.",
    "usage.plot_together": (
        "{scans} scans on {kinds} kinds of axis: expected at most {most} of one kind. Draw fewer together."
    ),
}
