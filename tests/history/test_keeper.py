"""The keeper: whatever happens to the database, an analysis is answered, and soon; what was kept stays kept."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from sentisound.errors import AnalysisNotFound, HistoryTooNew, HistoryUnavailable, SettingsError
from sentisound.history import place
from sentisound.history.clock import SteadyClock
from sentisound.history.holder import PAUSE_S
from sentisound.history.keeper import Keeper
from sentisound.history.store import History
from sentisound.settings import Settings


class Clock:
    """Time that passes when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Calendar(SteadyClock):
    """A time of day that passes when it is told to."""

    def __init__(self, time: datetime) -> None:
        super().__init__()
        self.time = time

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keeper(settings: Settings, clock: Clock):
    made = Keeper(settings, clock)
    yield made
    made.close()


@pytest.fixture
def local(sqlite_settings: Settings, clock: Clock):
    """Make a keeper over SQLite."""
    made = Keeper(sqlite_settings, clock)
    yield made
    made.close()


def test_what_is_kept_is_there(keeper: Keeper, heard):
    keeper.start()
    made = heard()
    assert keeper.keep(made, owner="a", sha256="ff") == "kept"
    found = keeper.use(lambda history: history.get(made.id))
    assert (found.owner, found.sha256) == ("a", "ff")
    assert [[entry.id for entry in page] for page in keeper.pages()] == [[made.id]]


def test_off_is_off(sqlite_settings: Settings, heard):
    keeper = Keeper(sqlite_settings.model_copy(update={"history": False}))
    keeper.start()
    assert keeper.keep(heard()) == "off"
    assert keeper.apply_retention() == 0
    with pytest.raises(HistoryUnavailable, match="SENTISOUND_HISTORY=0"):
        keeper.history()
    keeper.close()
    assert not sqlite_settings.data_dir.exists()


def test_a_wrong_url_is_told_before_anything_starts():
    with pytest.raises(SettingsError):
        Keeper(Settings.load(database_url="mysql://db/x"))
    assert not Keeper(Settings.load(database_url="mysql://db/x", history=False)).on


def test_many_threads_open_it_once(keeper: Keeper, heard):
    with ThreadPoolExecutor(8) as pool:
        outcomes = set(pool.map(keeper.keep, [heard() for _ in range(40)]))
    assert outcomes == {"kept"}
    assert keeper.use(History.count) == 40


def test_a_file_that_vanishes_costs_one_row_and_is_made_anew(local: Keeper, heard, caplog):
    assert local.keep(heard()) == "kept"
    shutil.rmtree(local.history().place.file.parent)
    lost = heard()
    assert local.keep(lost) == "failed"
    assert f"analysis {lost.id} is not in the history" in caplog.text
    assert "SENTISOUND_DATA_DIR" in caplog.text
    assert local.keep(heard()) == "kept"
    assert local.use(History.count) == 1


def test_a_database_that_stays_away_is_left_alone_for_a_while(local: Keeper, clock: Clock, heard, caplog):
    local.keep(heard())
    folder = local.history().place.file.parent
    shutil.rmtree(folder)
    folder.write_text("in the way")
    assert [local.keep(heard()) for _ in range(3)] == ["failed"] * 3
    folder.unlink()  # it is back, and nobody looks yet
    assert local.keep(heard()) == "failed"
    assert "it is tried again in 10 s; it failed with: " in caplog.text
    clock.now += PAUSE_S
    assert local.keep(heard()) == "kept"


def test_a_lock_costs_one_wait_and_not_one_for_each_analysis(local: Keeper, clock: Clock, heard, monkeypatch):
    monkeypatch.setattr(place, "PRAGMAS", ("PRAGMA busy_timeout = 20", "PRAGMA foreign_keys = ON"))
    local.keep(heard())
    other = sqlite3.connect(local.history().place.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert [local.keep(heard()) for _ in range(4)] == ["failed"] * 4
    with pytest.raises(HistoryUnavailable, match="tried again"):
        local.history()
    other.execute("ROLLBACK")
    other.close()
    clock.now += PAUSE_S
    assert local.keep(heard()) == "kept"


def test_postgresql_that_goes_and_comes_back(cluster, clock: Clock, heard):
    keeper = Keeper(Settings.load(database_url=cluster.empty_schema()), clock)
    keeper.start()
    assert keeper.keep(heard()) == "kept"
    cluster.stop()
    try:
        assert [keeper.keep(heard()) for _ in range(3)] == ["failed"] * 3
    finally:
        cluster.start()
    clock.now += PAUSE_S
    assert keeper.keep(heard()) == "kept"
    assert keeper.use(History.count) == 2
    keeper.close()


def test_a_server_starts_without_its_database_and_finds_it_later(cluster, clock: Clock, heard, caplog):
    url = cluster.empty_schema()
    cluster.stop()
    try:
        keeper = Keeper(Settings.load(database_url=url, retention_days=1), clock)
        keeper.start()
        assert "nothing is kept for now" in caplog.text
    finally:
        cluster.start()
    clock.now += PAUSE_S
    assert keeper.keep(heard()) == "kept"
    keeper.close()


def test_a_newer_database_is_told_at_the_start(settings: Settings, clock: Clock, heard, caplog):
    with History.open(settings) as history, history._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sentisound_revision SET version_num = '9999'")
    keeper = Keeper(settings, clock)
    keeper.start()
    assert "install the version of SentiSound that wrote it" in caplog.text
    assert keeper.keep(heard()) == "failed"
    clock.now += PAUSE_S
    with pytest.raises(HistoryTooNew):
        keeper.history()


def test_what_is_not_found_is_no_trouble(local: Keeper, heard):
    local.keep(heard())
    opened = local.history()
    with pytest.raises(AnalysisNotFound):
        local.use(lambda history: history.get("an_unknown"))
    assert local.history() is opened


def test_the_retention_is_applied_at_the_start_and_when_asked(settings: Settings, heard, caplog):
    now = datetime.now(UTC)
    with History.open(settings) as history:
        history.add(heard(created=now - timedelta(days=31)))
        history.add(young := heard(created=now - timedelta(days=29)))
    calendar = Calendar(now)
    keeper = Keeper(settings.model_copy(update={"retention_days": 30}), calendar=calendar)
    with caplog.at_level(logging.INFO):
        keeper.start()
    assert "retention: 1 analyses" in caplog.text
    assert [entry.id for page in keeper.pages() for entry in page] == [young.id]
    calendar.time += timedelta(days=2)
    keeper.keep(heard(created=calendar.time))
    assert keeper.apply_retention() == 1
    keeper.close()


def test_a_clock_that_is_ahead_of_all_by_more_than_the_retention_deletes_nothing(settings: Settings, heard, caplog):
    now = datetime.now(UTC)
    calendar = Calendar(now + timedelta(days=3650))
    keeper = Keeper(settings.model_copy(update={"retention_days": 30}), calendar=calendar)
    keeper.keep(heard(created=now - timedelta(days=29)))
    keeper.keep(heard(created=now))
    keeper.start()
    assert keeper.use(History.count) == 2
    assert "nothing is deleted" in caplog.text
    assert "history purge --older-than 30d" in caplog.text
    calendar.time = now + timedelta(days=2)
    assert keeper.apply_retention() == 1
    keeper.close()


def test_an_analysis_from_the_future_does_not_vouch_for_the_clock(settings: Settings, heard):
    now = datetime.now(UTC)
    keeper = Keeper(settings.model_copy(update={"retention_days": 30}), calendar=Calendar(now + timedelta(days=100)))
    keeper.keep(heard(created=now))
    keeper.keep(heard(created=now + timedelta(days=200)))
    assert keeper.apply_retention() == 0
    assert keeper.use(History.count) == 2
    keeper.close()


def test_no_retention_deletes_nothing(keeper: Keeper, heard):
    keeper.keep(heard(created=datetime(1971, 1, 1, tzinfo=UTC)))
    keeper.start()
    assert keeper.use(History.count) == 1


def test_a_retention_that_fails_is_a_line_in_the_log(sqlite_settings: Settings, caplog):
    keeper = Keeper(sqlite_settings.model_copy(update={"retention_days": 1}))
    keeper.start()
    shutil.rmtree(sqlite_settings.data_dir)
    assert keeper.apply_retention() == 0
    assert "the retention could not be applied" in caplog.text
    keeper.close()
