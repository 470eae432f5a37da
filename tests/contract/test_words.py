"""The document about words says what the code does: settings with their defaults, engines, codes of what is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sentisound.engine_errors import EngineError
from sentisound.interpretation.registry import INTERPRETERS
from sentisound.settings import Settings
from sentisound.transcription.registry import TRANSCRIBERS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "words.md").read_text(encoding="utf-8")
SETTINGS = [
    name
    for name in Settings.model_fields
    if name.startswith(("transcri", "interpreter", "llm_", "engine_", "whisper_", "language"))
]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented_with_its_default(name: str):
    row = re.search(rf"^\| `SENTISOUND_{name.upper()}` \| (.+?) \|", PAGE, re.MULTILINE)
    default = getattr(Settings.load(), name)
    assert row is not None
    assert row[1] == (
        "not set" if default is None else f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
    )


def test_the_settings_are_all_there():
    assert len(SETTINGS) == 12


@pytest.mark.parametrize("name", [*TRANSCRIBERS, *INTERPRETERS])
def test_every_engine_says_what_leaves_the_machine(name: str):
    assert re.search(rf"^\| `{name}` \|.*\|.*\|.+\|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("kind", EngineError.__subclasses__())
def test_every_code_is_documented(kind: type[EngineError]):
    assert f"| `{kind.code}` |" in PAGE
