"""Deadlines: they pass, are cancelled, hold within each other, and follow work into threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from sentisound import deadline
from sentisound.deadline import Deadline, limit
from sentisound.errors import DeadlineExceeded, WorkCancelled


def test_without_a_deadline_work_goes_on():
    deadline.check()
    assert deadline.current().remaining_s == float("inf")


def test_a_deadline_that_has_passed_ends_the_work():
    with limit(Deadline(0)), pytest.raises(DeadlineExceeded, match="longer than allowed"):
        deadline.check()
    deadline.check()


def test_cancelling_from_elsewhere_ends_the_work():
    with limit(Deadline(60)) as mine:
        deadline.check()
        mine.cancel()
        with pytest.raises(WorkCancelled):
            deadline.check()


def test_of_two_deadlines_the_earlier_one_counts_and_cancelling_the_outer_cancels_the_inner():
    outer = Deadline(60)
    inner = Deadline(3600, within=outer)
    assert inner.remaining_s <= 60
    outer.cancel()
    with pytest.raises(WorkCancelled):
        inner.check()
    assert Deadline(1, within=Deadline(3600)).remaining_s <= 1


def test_a_deadline_follows_work_into_a_thread_of_anyio():
    async def main() -> None:
        with limit(Deadline(0)):
            await anyio.to_thread.run_sync(deadline.check)

    with ThreadPoolExecutor(1) as thread, pytest.raises(DeadlineExceeded):  # this thread may have a loop that runs
        thread.submit(anyio.run, main).result()


def test_who_waits_is_told_of_a_cancellation_once_or_at_once():
    told: list[str] = []
    outer = Deadline()
    inner = Deadline(within=outer)
    inner.when_cancelled(lambda: told.append("inner"))
    outer.when_cancelled(lambda: told.append("outer"))
    assert told == []
    outer.cancel()
    outer.cancel()
    assert sorted(told) == ["inner", "outer"]
    Deadline(within=outer).when_cancelled(lambda: told.append("late"))
    assert told[2:] == ["late"]


def test_within_a_shield_work_goes_on_to_its_end_and_where_it_should_not_go_on_it_does_not_begin():
    with limit(Deadline()) as mine:
        with deadline.shield():
            mine.cancel()
            deadline.check()
        with pytest.raises(WorkCancelled), deadline.shield():
            pytest.fail("it began")
