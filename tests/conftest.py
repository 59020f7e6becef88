"""What every test may use: the measured data beside the checkout, and hypothesis's settings."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

settings.register_profile("explore", max_examples=50, deadline=None)
settings.register_profile("repeat", max_examples=50, deadline=None, derandomize=True, database=None)
settings.load_profile("repeat" if os.environ.get("CI") else "explore")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the measured data; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the measured data of ../shared/data beside the checkout")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Officers' texts in English, whatever the machine speaks; processes that tests start have it too."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("CONTRASPEC_CONFIG", os.devnull)  # nobody's own configuration file
