"""Every code that the packages may give has its sentence."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from cli._errors import ERROR_CODES
from cli.messages import LANGUAGES, has_message, message
from spectra import errors
from spectra.confidence.identification import VERDICTS, NextAction
from spectra.label import GRADES, ROLES
from spectra.units import TECHNIQUES

ROOT = Path(__file__).parents[2]
REASONS = [
    "low_probability", "ambiguous_candidates", "near_identical_members", "no_candidate", "unexplained_bands",
    "low_coverage", "axis_offset", "too_weak", "saturated", "flat", "too_little_overlap", "wrong_technique",
    "no_library_for_technique", "fluorescent", "spikes", "container_only", "starter_library",
    "library_unsigned", "grade_d", "one_band_only", "phenyl_only", "hint", "uncalibrated", "form_uncertain",
    "mixture_components", "library_draft", "library_untrusted", "library_revoked", "library_expired",
    "library_unchecked", "instrument_check_missing", "instrument_check_expired", "instrument_check_failed",
]  # fmt: skip
DECIDING = ("decision", "groups", "identification", "ranking")
"""Modules of ``spectra.confidence`` that put answers together."""
NO_REASONS = {
    *VERDICTS, *get_args(NextAction), *ROLES, *TECHNIQUES, "quantity", "counts", "nir", "ascii", "arpls",
    "starter", "signed",
}  # fmt: skip
"""Words in the sources that are codes of something else."""
KEYS = [
    *(f"reason.{code}" for code in REASONS),
    *(f"action.{code}" for code in get_args(NextAction)),
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


def test_every_reason_in_the_sources_has_a_sentence() -> None:
    told = {code for path in sources() for code in reasons_in(path)}
    assert not {code for code in told if not has_message(f"reason.{code}")}


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


@pytest.mark.parametrize("action", get_args(NextAction))
@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_told_to_open_anything(action: str, language: str) -> None:
    sentence = message(f"action.{action}", language=language)
    if language == "en":
        assert "open" not in sentence.replace("Do not open", "").casefold()
        assert "without the packaging" not in sentence


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
