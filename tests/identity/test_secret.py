"""The signing secret: a setting, or made once, for its owner's eyes only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sentisound.errors import SettingsError
from sentisound.identity.secret import FILE_NAME, signing_secret
from sentisound.settings import Settings


def test_it_is_made_once_with_mode_600(tmp_path: Path):
    settings = Settings.load(data_dir=tmp_path / "data")
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: signing_secret(settings), range(8)))
    assert len(made) == 1
    assert len(made.pop()) == 64
    assert (tmp_path / "data" / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == [FILE_NAME]


def test_the_setting_wins_and_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SENTISOUND_SIGNING_SECRET", "x" * 32)
    assert signing_secret(Settings.load(data_dir=tmp_path / "data")) == "x" * 32
    assert not (tmp_path / "data").exists()


def test_a_short_one_is_refused_and_not_repeated(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"SENTISOUND_SIGNING_SECRET: .*32 characters") as caught:
        signing_secret(Settings.load(signing_secret="hunter2"))  # noqa: S106
    assert "hunter2" not in str(caught.value)
    (tmp_path / FILE_NAME).write_text("")
    with pytest.raises(SettingsError, match=FILE_NAME):
        signing_secret(Settings.load(data_dir=tmp_path))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="SENTISOUND_DATA_DIR"):
        signing_secret(Settings.load(data_dir=tmp_path / "file" / "data"))
