"""Where the history is: what the settings may say, who may read it, and that no password is shown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sentisound.errors import HistoryUnavailable, MissingExtra, SettingsError
from sentisound.history.place import beside, place_of
from sentisound.history.store import History
from sentisound.settings import Settings


def test_the_default_is_a_file_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert place_of(Settings.load()).file == tmp_path / "sentisound" / "history.sqlite3"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert place_of(Settings.load()).file == tmp_path / ".local/share/sentisound/history.sqlite3"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////srv/a.db", "/srv/a.db"),
        ("sqlite:///a.db", "a.db"),
        ("postgresql://me:hunter2@db.example/x", "postgresql+psycopg://me:***@db.example/x"),
        ("postgres://me:hunter2@db.example/x", "postgresql+psycopg://me:***@db.example/x"),
        ("postgresql+psycopg://db/x?password=hunter2", "postgresql+psycopg://db/x"),
    ],
)
def test_a_url_is_understood_and_shown_without_its_password(url: str, shown: str):
    assert str(place_of(Settings.load(database_url=url))) == shown


@pytest.mark.parametrize(
    "url",
    ["", "hunter2", "mysql://me:hunter2@db/x", "sqlite://", "sqlite:///:memory:", "postgresql://me:hunter2@db:x/y"],
)
def test_another_url_is_refused_without_repeating_it(url: str):
    with pytest.raises(SettingsError, match=r"SENTISOUND_DATABASE_URL.*use postgresql://") as refused:
        place_of(Settings.load(database_url=url))
    assert "hunter2" not in str(refused.value)


def test_settings_do_not_show_the_url():
    settings = Settings.load(database_url="postgresql://me:hunter2@db/x")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[postgres\]'"):
        place_of(Settings.load(database_url="postgresql://db/x"))


def test_only_the_owner_can_read_the_file(sqlite_settings: Settings, heard):
    with History.open(sqlite_settings) as history:
        history.add(heard())
        folder = sqlite_settings.data_dir
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["with blank", "ünïcode", "per%20cent", "quest?ion", "ha#sh"])
def test_any_folder_will_do(name: str, tmp_path: Path, heard):
    with History.open(Settings.load(data_dir=tmp_path / name)) as history:
        history.add(heard())
        assert history.count() == 1
    assert (tmp_path / name / "history.sqlite3").stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryUnavailable, match=r"SENTISOUND_DATA_DIR.*SENTISOUND_HISTORY=0"):
        History.open(Settings.load(data_dir=tmp_path / "file" / "data"))


def test_sqlite_is_set_up_as_promised(sqlite_settings: Settings):
    with History.open(sqlite_settings) as history, history._engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous", "secure_delete")
        }
    assert found == {
        "journal_mode": "wal",
        "busy_timeout": 2000,
        "foreign_keys": 1,
        "synchronous": 1,
        "secure_delete": 1,
    }


def test_each_database_has_files_of_its_own(tmp_path: Path):
    """Else a sweep against one database would remove what belongs to another."""
    url = "postgresql://{}@host/{}"
    default, one, other, secret = (
        beside(Settings.load(data_dir=tmp_path, database_url=address), "sounds")
        for address in (None, url.format("me", "a"), url.format("me", "b"), url.format("me:hunter2", "a"))
    )
    assert default == tmp_path / "sounds"
    assert len({default, one, other}) == 3
    assert secret == one  # a new password is no new database
