"""Every code that the packages may give has its sentence."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from cli._errors import ERROR_CODES
from cli.messages import LANGUAGES, has_message, message
from cli.messages.en import SENTENCES
from spectra import errors
from spectra.confidence.actions import ACTIONS
from spectra.confidence.identification import ENERGETIC, SAFETY_CODES, VERDICTS, NextAction
from spectra.label import GRADES, ROLES
from spectra.units import TECHNIQUES

ROOT = Path(__file__).parents[2]
DECIDING = ("actions", "decision", "glare", "groups", "identification", "ranking")
"""Modules of ``spectra.confidence`` that put answers together."""
NO_REASONS = {
    *VERDICTS, *get_args(NextAction), *SAFETY_CODES, *ROLES, *TECHNIQUES, "quantity", "counts", "nir",
    "ascii", "arpls", "starter", "signed",
}  # fmt: skip
"""Words in the sources that are codes of something else."""
KEYS = [
    *(f"reason.{code}" for code in ACTIONS),
    *(f"action.{code}" for code in get_args(NextAction)),
    *(f"safety.{code}" for code in SAFETY_CODES),
    *(f"alert.{code}" for code in sorted(ENERGETIC)),
    *(f"{kind}.{verdict}" for kind in ("verdict", "headline", "meaning") for verdict in VERDICTS),
    *(f"error.{code}" for code in ERROR_CODES),
    *(f"role.{role}" for role in ROLES),
    *(f"grade.{grade}" for grade in GRADES),
    *(f"technique.{technique}" for technique in TECHNIQUES),
]


@pytest.mark.parametrize("key", KEYS)
def test_every_code_has_an_english_sentence(key: str) -> None:
    assert has_message(key)


def test_every_error_class_has_a_code_that_can_be_told() -> None:
    codes = {error.code for error in vars(errors).values() if isinstance(error, type)}
    assert codes <= set(ERROR_CODES)


def test_every_reason_in_the_sources_has_one_action_and_a_sentence() -> None:
    told = {code for path in sources() for code in reasons_in(path)}
    assert len(told) > 30
    assert not {code for code in told if code not in ACTIONS}
    assert not {code for code in told if not has_message(f"reason.{code}")}


def test_no_sentence_is_kept_for_a_reason_that_nobody_gives() -> None:
    kept = {key.removeprefix("reason.") for key in SENTENCES if key.startswith("reason.")}
    messages = ROOT / "cli" / "messages"
    packages = [path for room in ("spectra", "libraries", "cli") for path in (ROOT / room).rglob("*.py")]
    told = "".join(path.read_text("utf-8") for path in packages if not path.is_relative_to(messages))
    table = (ROOT / "spectra" / "confidence" / "actions.py").read_text("utf-8")
    assert not {code for code in kept if told.replace(table, "").count(f'"{code}"') == 0}


def test_every_reason_and_its_action_is_documented() -> None:
    pages = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    table = pages.split("### Reasons and next actions")[1].split("\n### ")[0]
    rows = {
        code: cells[-2].strip(" `")
        for line in table.splitlines()
        if line.startswith("| `") and len(cells := line.split("|")) == 5
        for code in re.findall(r"`([a-z_]+)`", cells[1])
    }
    assert {code: rows.get(code) for code in ACTIONS} == dict(ACTIONS)


def test_every_word_where_answers_are_put_together_is_a_reason_or_known_to_be_none() -> None:
    """Finds a code wherever it stands: also in a call, a default or a table."""
    found = {word: path.name for path in deciding() for word in words_in(path)}
    assert {"phenyl_only", "ambiguous_candidates", "uncalibrated", "container_only", "flat"} <= set(found)
    unknown = {word: name for word, name in found.items() if not has_message(f"reason.{word}")}
    assert set(unknown) <= NO_REASONS, {
        word: name for word, name in unknown.items() if word not in NO_REASONS
    }


def deciding() -> list[Path]:
    confidence = (ROOT / "spectra" / "confidence" / f"{name}.py" for name in DECIDING)
    return [
        *(path for path in confidence if path.exists()),
        ROOT / "spectra" / "quality.py",
        ROOT / "libraries" / "engine.py",
    ]


def words_in(path: Path) -> set[str]:
    """Words such as a code is, without exported names and the keys of the configuration's hash."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(leaf) for node in ast.walk(tree) if tells_no_reason(node) for leaf in ast.walk(node)}
    return {
        leaf.value
        for leaf in ast.walk(tree)
        if isinstance(leaf, ast.Constant)
        and id(leaf) not in skipped
        and isinstance(leaf.value, str)
        and re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", leaf.value)
    }


def tells_no_reason(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name == "config_fingerprint"
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


OPENING = {
    "en": r"\b(re)?open|unwrap|unpack|unseal|\bcut\b|take (it )?out|without the packaging|remove",
    "nl": r"\bopen|geopend|uitpak|uit te pakken|openmaken|snij|zonder de verpakking|verwijder",
    "fr": r"\bouvr|\bouvert|déball|dépaquet|découp|sans l'emballage|retire",
    "de": r"öffn|\boffen|auspack|aufmach|aufschneid|aufreiß|ohne die verpackung|entfern",
}
"""How one would be told to open something; "closed" is what a packaging stays, so no negation is needed."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_told_to_open_anything(language: str) -> None:
    for key in SENTENCES:
        if key.startswith(("action.", "safety.", "reason.", "line.hint")):
            assert not re.search(OPENING[language], message(key, language=language).casefold()), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_for_opening_would_be_found(language: str) -> None:
    told = {
        "en": "Open the bag.",
        "nl": "Maak de zak open.",
        "fr": "Ouvrez le sac.",
        "de": "Den Beutel öffnen.",
    }
    assert re.search(OPENING[language], told[language].casefold())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_longer_scan_is_never_advised_of_something_dark(language: str) -> None:
    """By a laser: the lamps of near infrared instruments are none, and their sentence says nothing of it."""
    dark = {"en": "dark", "nl": "donker", "fr": "sombre", "de": "dunk"}[language]
    laser = {"en": "NO LASER", "nl": "GEEN LASER", "fr": "PAS DE LASER", "de": "KEIN LASER"}[language]
    assert dark in message("action.scan_again_longer", language=language)
    assert dark in message("safety.no_laser", language=language).casefold()
    assert laser in message("safety.no_laser", language=language)
    assert "laser" not in message("action.scan_again_longer_nir", language=language).casefold()
    for code in ENERGETIC:
        assert laser in message(f"alert.{code}", language=language)


OTHER_REASONS = (
    "libraries/curation", "libraries/substances_schedules.py", "spectra/confidence/nir/quantity.py",
)  # fmt: skip
"""Where the reasons are those of a finding, of a schedule or of a value that is not stated."""


def sources() -> list[Path]:
    rooms = (ROOT / "spectra" / "confidence", ROOT / "spectra" / "matching", ROOT / "libraries")
    paths = [*(path for room in rooms for path in room.rglob("*.py")), ROOT / "spectra" / "quality.py"]
    others = [ROOT / other for other in OTHER_REASONS]
    return [path for path in paths if not any(path.is_relative_to(other) for other in others)]


def reasons_in(path: Path) -> set[str]:
    """Codes in lists, tuples and calls that belong to something called reason or unusable."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        belongs: list[ast.expr] = []
        if isinstance(node, ast.keyword) and node.arg in ("reason", "reasons", "unusable"):
            belongs = [node.value]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any("reason" in ast.unparse(target).lower() for target in targets):
                belongs = [node.value]
        elif isinstance(node, ast.Call) and re.search(
            r"(reasons|unusable)\.(append|add|extend)", ast.unparse(node.func)
        ):
            belongs = list(node.args)
        for expression in belongs:
            for leaf in ast.walk(expression):
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                    found.add(leaf.value)
    return {
        code
        for code in found
        if re.fullmatch(r"[a-z]+(_[a-z]+)+|flat|saturated|fluorescent|spikes|hint", code)
    }


def test_a_message_never_fails() -> None:
    assert message("reason.brand_new") == "brand_new"
    assert message("nonsense") == "nonsense"
    assert message("line.cas") == "CAS cas"
    assert message("line.cas", {"cas": "58-08-2"}, language="xx") == "CAS 58-08-2"
    assert message("line.file", {"file": "{odd} {name}.csv"}) == "File: {odd} {name}.csv"
