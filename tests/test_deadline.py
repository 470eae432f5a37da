"""Deadlines: they pass, are cancelled, hold within each other, and follow work into threads."""

from __future__ import annotations

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

    with pytest.raises(DeadlineExceeded):
        anyio.run(main)
