"""The document says what the code does: settings with their defaults, headers, waits, columns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from sentisound.history.exchange import COLUMNS
from sentisound.history.holder import PAUSE_S
from sentisound.history.keeper import Kept
from sentisound.history.place import BUSY_S
from sentisound.settings import Settings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "history.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["history", "data_dir", "database_url", "store_audio", "retention_days"])
def test_every_setting_is_documented_with_its_default(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("XDG_DATA_HOME")
    row = re.search(rf"^\| `SENTISOUND_{name.upper()}` \| (.+?) \|", PAGE, re.MULTILINE)
    default = getattr(Settings.load(), name)
    shown = "not set" if default is None else f"`{str(default).replace(str(Path.home()), '~')}`"
    assert row is not None
    assert row[1].lower() == shown.lower()


def test_headers_waits_and_columns_are_those_of_the_code():
    for outcome in get_args(Kept):
        assert f"| `{outcome}` |" in PAGE
    assert f"left alone for {PAUSE_S:g} s" in PAGE.replace("\n", " ")
    assert f"({BUSY_S:g} s are waited)" in PAGE.replace("\n", " ")
    assert ", ".join(COLUMNS) in PAGE
