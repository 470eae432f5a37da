"""Every setting is in the document with its default and its help, and the files to deploy with name real ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sentisound.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `SENTISOUND_(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_documented_with_its_default_and_its_help(name: str, monkeypatch: pytest.MonkeyPatch):
    for variable in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "SENTISOUND_VAD"):
        monkeypatch.delenv(variable)
    default = getattr(Settings.load(), name)
    shown = "not set" if default in (None, "") else f"`{str(default).replace(str(Path.home()), '~')}`"
    rows = {row[0].lower(): (row[1], row[2]) for row in ROW.findall(PAGE)}
    assert rows[name] == (shown, Settings.model_fields[name].description)


def test_no_other_setting_is_documented():
    assert {row[0].lower() for row in ROW.findall(PAGE)} == set(Settings.model_fields)


@pytest.mark.parametrize(
    "path", [*ROOT.glob("deploy/*"), *ROOT.glob("docs/*.md"), *ROOT.glob("*.md")], ids=lambda p: p.name
)
def test_every_variable_that_a_document_names_is_a_setting(path: Path):
    named = set(re.findall(r"SENTISOUND_([A-Z_]*[A-Z])\b", path.read_text(encoding="utf-8")))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_the_environment_file_loads(monkeypatch: pytest.MonkeyPatch):
    for line in (ROOT / "deploy" / "sentisound.env").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            monkeypatch.setenv(name, value)
    settings = Settings.load()
    assert (settings.require_keys, settings.log_format, str(settings.data_dir)) == (True, "json", "/var/lib/sentisound")
