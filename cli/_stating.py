"""Options by which a maker states what measurements are, for those who write no manifest."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from libraries.ingest_plan import Names
    from libraries.manifest import ManifestRow

_Command = TypeVar("_Command", bound=Callable[..., Any])
_ROLES = (
    "controlled",
    "precursor",
    "cutting agent",
    "solvent",
    "packaging",
    "calibration",
    "benign",
    "unknown",
)
_ASSURANCES = ("certificate", "GC-MS", "supplier label", "none")


@dataclass(frozen=True)
class Stated:
    """What the options say.

    Attributes
    ----------
    names : str
        Where names come from that nobody states: ``file`` or ``title``.
    manifest : str or None
        Table that says what each file is.
    facts : dict of str to str
        Columns of a manifest, as given by options.
    """

    names: "Names"
    manifest: str | None
    facts: dict[str, str | None]

    def row(self) -> "ManifestRow | None":
        """Row of a manifest with these facts; None where no substance was stated.

        Raises
        ------
        LibraryError
            On a wrong CAS number, InChIKey or SMILES.
        """
        from libraries.manifest import stated_row

        told = {name: value for name, value in self.facts.items() if value}
        return stated_row(told) if told else None


def stating_options(function: _Command) -> _Command:
    """``--manifest``, ``--names``, ``--substance`` and the rest, gathered into ``stated``."""

    @wraps(function)
    def gathered(*args: Any, **values: Any) -> Any:
        facts = {name: values.pop(name) for name in _FACTS}
        names, manifest = values.pop("names"), values.pop("manifest")
        if any(facts.values()):
            if manifest:
                raise click.UsageError(
                    "a manifest says what the files are: leave out --substance and the like"
                )
            if not facts["substance"]:
                raise click.UsageError("--substance is needed with the other facts")
        return function(*args, stated=Stated(names, manifest, facts), **values)

    for name, option in reversed(_OPTIONS.items()):
        gathered = click.option(f"--{name.replace('_', '-')}", name, **option)(gathered)
    return gathered  # type: ignore[return-value]


_OPTIONS: dict[str, dict[str, Any]] = {
    "manifest": {"metavar": "FILE", "help": "CSV that says what each file is, as for 'library build'."},
    "names": {
        "type": click.Choice(["file", "title"]),
        "default": "file",
        "show_default": True,
        "help": "Names of what nobody states: the file's, or each spectrum's own title or column.",
    },
    "substance": {"metavar": "NAME", "help": "What the FILEs are."},
    "form": {"metavar": "TEXT", "help": "Salt, hydrate or solid form."},
    "cas": {"metavar": "NUMBER", "help": "CAS registry number; its check digit is checked."},
    "inchikey": {"metavar": "KEY", "help": "Standard InChIKey; its form is checked."},
    "smiles": {"metavar": "SMILES", "help": "Structure, compared with the InChIKey (needs the extra chem)."},
    "role": {"type": click.Choice(_ROLES), "help": "Role. Default: that of the substance table."},
    "grade": {"type": click.Choice(["A", "B", "C", "D"]), "help": "Evidence grade. Default: B."},
    "identity_assurance": {
        "type": click.Choice(_ASSURANCES),
        "help": "How the substance is known to be what it is called. Default: none.",
    },
    "instrument": {"metavar": "NAME", "help": "Instrument. Default: what the file says."},
    "licence": {"metavar": "TEXT", "help": "Terms under which the spectra may be used."},
    "source": {"metavar": "TEXT", "help": "Whom to cite."},
}
_FACTS = tuple(name for name in _OPTIONS if name not in ("manifest", "names"))
