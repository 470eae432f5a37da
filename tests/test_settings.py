"""Settings come from arguments, then from the environment, then from the defaults; a bad one names its variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentisound.errors import SettingsError
from sentisound.settings import Settings


def test_defaults_need_no_environment():
    settings = Settings.load()
    assert (settings.model, settings.host, settings.port) == ("default", "127.0.0.1", 5000)


def test_the_environment_is_read_and_an_argument_wins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SENTISOUND_PORT", "8080")
    monkeypatch.setenv("SENTISOUND_MODELS_DIR", "bundles")
    assert Settings.load().port == 8080
    assert Settings.load().models_dir == Path("bundles")
    assert Settings.load(port=9000).port == 9000
    assert Settings.load(port=None).port == 8080


@pytest.mark.parametrize(("name", "value"), [("PORT", "many"), ("PORT", "70000"), ("MAX_DURATION_S", "-1")])
def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(f"SENTISOUND_{name}", value)
    with pytest.raises(SettingsError, match=f"SENTISOUND_{name}.*{value}"):
        Settings.load()


def test_an_unknown_setting_is_refused():
    with pytest.raises(SettingsError, match="COLOUR"):
        Settings.load(colour="blue")


def test_every_setting_explains_itself():
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch):
    """Take the home away: `~` leads to no other place, as Python finds it for a user whom nobody knows."""
    monkeypatch.setenv("HOME", "~")
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("homeless")
def test_settings_are_read_where_there_is_no_home():
    settings = Settings.load()
    assert (settings.cache_dir, settings.data_dir) == (None, None)
    with pytest.raises(SettingsError, match="SENTISOUND_DATA_DIR and SENTISOUND_CACHE_DIR: this user has no home"):
        settings.check_folders()
    with pytest.raises(SettingsError, match="SENTISOUND_CACHE_DIR: this user has no home folder"):
        _ = settings.cache_folder


@pytest.mark.usefixtures("homeless")
def test_a_folder_that_is_named_needs_no_home(tmp_path: Path):
    settings = Settings.load(data_dir=tmp_path, cache_dir="~/cache")
    settings.check_folders()
    assert settings.data_folder == tmp_path
    with pytest.raises(SettingsError, match="SENTISOUND_CACHE_DIR: there is no home folder ~"):
        _ = settings.cache_folder


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings.load(cache_dir="~/cache").cache_folder == tmp_path / "cache"
