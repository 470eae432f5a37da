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
from sentisound.idempotency import Answers, Repeat, Stored
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
