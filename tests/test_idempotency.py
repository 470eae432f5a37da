"""Answers to repeated requests, on SQLite and on PostgreSQL: one is given once, to its owner, for a while."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from sentisound.errors import OtherBody, StillRunning
from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.history.place import place_of
from sentisound.idempotency import Answers, Bounds, Repeat, Stored
from sentisound.settings import Settings

FIRST = Repeat("key:1", "abc", "f" * 64)
STORED = Stored(200, '[["content-type", "application/json"]]', b'{"id": "an_1", "x": "\xc3\xbc"}', "an_1")


@pytest.fixture
def answers(database: Holder[Database]) -> Answers:
    return Answers(database, timedelta(hours=1))


def test_the_stored_answer_comes_back(answers: Answers):
    assert answers.begin(FIRST) is None
    answers.keep(FIRST, STORED)
    assert answers.begin(FIRST) == STORED


def test_it_comes_back_after_a_restart(settings: Settings, answers: Answers):
    answers.begin(FIRST)
    answers.keep(FIRST, STORED)
    other = Holder(Database, place_of(settings))
    assert Answers(other, timedelta(hours=1)).begin(FIRST) == STORED
    other.close()


def test_another_body_is_refused(answers: Answers):
    answers.begin(FIRST)
    answers.keep(FIRST, STORED)
    with pytest.raises(OtherBody):
        answers.begin(Repeat("key:1", "abc", "e" * 64))


def test_another_owner_learns_nothing(answers: Answers):
    answers.begin(FIRST)
    answers.keep(FIRST, STORED)
    assert answers.begin(Repeat("key:2", "abc", "f" * 64)) is None


def test_in_flight_is_told_and_one_of_many_at_once_begins(answers: Answers):
    def begin(_: int) -> bool:
        try:
            return answers.begin(FIRST) is None
        except StillRunning:
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(begin, range(6))) == 1


def test_a_request_whose_process_was_killed_may_be_tried_again(answers: Answers, database: Holder[Database]):
    answers.begin(FIRST)
    database.write(lambda connection: connection.execute(text("UPDATE answers SET held_until_us = 0")))
    assert answers.begin(FIRST) is None
    answers.renew(FIRST)
    with pytest.raises(StillRunning):
        answers.begin(FIRST)


def test_a_hold_that_a_clock_took_which_ran_ahead_is_none(answers: Answers, database: Holder[Database]):
    answers.begin(FIRST)
    ahead = "UPDATE answers SET held_until_us = held_until_us + 400 * 86400000000"
    database.write(lambda connection: connection.execute(text(ahead)))
    assert answers.begin(FIRST) is None
    with pytest.raises(StillRunning):
        answers.begin(FIRST)


def test_a_dropped_one_may_be_tried_again(answers: Answers):
    answers.begin(FIRST)
    answers.drop(FIRST)
    assert answers.begin(FIRST) is None


def test_an_answer_expires(answers: Answers, database: Holder[Database]):
    answers.begin(FIRST)
    answers.keep(FIRST, STORED)
    database.write(lambda connection: connection.execute(text("UPDATE answers SET expires_us = 0")))
    assert answers.begin(Repeat("key:1", "other", "e" * 64)) is None
    count = text("SELECT count(*) FROM answers")
    assert database.read(lambda connection: connection.execute(count).scalar_one()) == 1


def test_what_was_deleted_for_good_is_in_no_answer(answers: Answers):
    answers.begin(FIRST)
    answers.keep(FIRST, STORED)
    answers.forget("an_1")
    assert answers.begin(FIRST) is None


def keep(answers: Answers, owner: str, key: str, size_bytes: int = 10) -> Repeat:
    """Answer a new request with so many bytes."""
    repeat = Repeat(owner, key, "f" * 64)
    assert answers.begin(repeat) is None
    answers.keep(repeat, Stored(200, "[]", b"x" * size_bytes))
    return repeat


def kept(database: Holder[Database]) -> list[tuple[str, str]]:
    """Return owner and key of all answers, the oldest first."""
    query = text("SELECT owner, key FROM answers ORDER BY expires_us")
    return [tuple(row) for row in database.read(lambda connection: connection.execute(query).all())]


@pytest.mark.parametrize(("bounds", "left"), [(Bounds(3, 1000), "345"), (Bounds(100, 25), "45")])
def test_of_an_owners_answers_the_oldest_go(database: Holder[Database], bounds: Bounds, left: str):
    answers = Answers(database, timedelta(hours=1), of_each=bounds)
    keep(answers, "key:2", "others")
    for number in range(6):
        keep(answers, "key:1", str(number))
    assert kept(database) == [("key:2", "others"), *(("key:1", number) for number in left)]


def test_of_all_answers_the_oldest_go(database: Holder[Database], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sentisound.idempotency.LOOK_EVERY", 1)
    answers = Answers(database, timedelta(hours=1), of_all=Bounds(3, 1000))
    for number in range(6):
        keep(answers, f"key:{number}", "k")
    assert kept(database) == [(f"key:{number}", "k") for number in (3, 4, 5)]


def test_many_that_are_too_many_go_at_once(database: Holder[Database]):
    free = Answers(database, timedelta(hours=1))
    for number in range(40):
        keep(free, "key:1", str(number))
    keep(Answers(database, timedelta(hours=1), of_each=Bounds(2, 1000)), "key:1", "last")
    assert kept(database) == [("key:1", "39"), ("key:1", "last")]


def test_a_request_that_is_being_answered_does_not_go(database: Holder[Database]):
    answers = Answers(database, timedelta(hours=1), of_each=Bounds(1, 1000))
    running = Repeat("key:1", "running", "f" * 64)
    assert answers.begin(running) is None
    for number in range(3):
        keep(answers, "key:1", str(number))
    with pytest.raises(StillRunning):
        answers.begin(running)
    answers.keep(running, STORED)
    assert answers.begin(running) == STORED


def test_many_at_once_stay_within_bounds(database: Holder[Database]):
    answers = Answers(database, timedelta(hours=1), of_each=Bounds(5, 1000))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: keep(answers, f"key:{number % 2}", str(number)), range(60)))
    for owner in ("key:0", "key:1"):
        keep(answers, owner, "last")
        assert len([one for one, _ in kept(database) if one == owner]) <= 5


def test_answers_of_an_older_version_count_too(settings: Settings):
    """Migration 0004 tells their size."""
    from alembic import command
    from alembic.config import Config

    from sentisound.history.migrate import MIGRATIONS

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with Database.open(settings) as opened, opened.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        old = (
            "INSERT INTO answers (owner, key, fingerprint, expires_us, held_until_us, status, headers, body, resource)"
        )
        old += " VALUES ('key:1', :key, :print, 9000000000000000, 0, :status, '[]', :body, 'an_1')"
        rows = [
            {"key": "done", "status": 200, "body": "\u00fc".encode() * 5},
            {"key": "running", "status": None, "body": None},
        ]
        for row in rows:
            connection.execute(text(old), {"print": "f" * 64, **row})
    with Database.open(settings) as opened, opened.reading() as connection:
        sizes = connection.execute(text("SELECT key, bytes FROM answers ORDER BY key")).all()
    assert [tuple(row) for row in sizes] == [("done", 10), ("running", 0)]
    held = Holder(Database, place_of(settings))
    assert Answers(held, timedelta(hours=1)).begin(Repeat("key:1", "done", "f" * 64)).resource == "an_1"
    held.close()
