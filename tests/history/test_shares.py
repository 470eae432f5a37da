"""Shares over time: the database's counts are those of a calendar, on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from sentisound.history.entry import Entry, Selection
from sentisound.history.shares import BUCKETS, counted
from sentisound.history.store import History

MOMENTS = [
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 4, 23, 59, 59, 999_999, tzinfo=UTC),  # the Sunday before the first Monday
    datetime(1970, 1, 5, tzinfo=UTC),
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2024, 3, 1, tzinfo=UTC),
    datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC),  # of the week that begins in the old year
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),  # summer time begins in Europe: nothing to us
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 11, 20, 13, 0, tzinfo=UTC),
    datetime(2026, 11, 20, 13, 59, 59, 999_999, tzinfo=UTC),
]


def calendar_start(moment: datetime, bucket: str) -> datetime:
    hour = moment.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    monday = day - timedelta(days=day.weekday())
    return {"hour": hour, "day": day, "week": monday, "month": day.replace(day=1)}[bucket]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_buckets_are_those_of_the_calendar(history: History, heard, bucket: str):
    history.add_entries([Entry.of(heard(created=moment)) for moment in MOMENTS])
    found = {share.start: share.count for share in history.shares(bucket)}
    assert found == Counter(calendar_start(moment, bucket) for moment in MOMENTS)


def test_shares_of_a_bucket_sum_to_one_the_most_frequent_first(history: History, heard):
    for emotion, count in (("sad", 1), ("happy", 3)):
        for minute in range(count):
            history.add(heard(emotion, minutes=minute))
    history.add(heard("angry", minutes=24 * 60))
    shares = history.shares("day")
    assert [(share.start.day, share.emotion, share.count, share.share) for share in shares] == [
        (2, "happy", 3, 0.75),
        (2, "sad", 1, 0.25),
        (3, "angry", 1, 1.0),
    ]
    assert history.shares("month")[0].share == 0.6


def test_shares_count_what_is_selected(history: History, heard):
    history.add(heard("sad"), owner="a")
    history.add(heard("happy", minutes=90), owner="b")
    (share,) = history.shares("hour", Selection(owner="b"))
    assert (share.emotion, share.start.hour) == ("happy", 9)
    assert history.shares("hour", Selection(text="nothing")) == ()


def test_files_and_speakers_are_told_apart_the_largest_groups_only(history: History, heard):
    for speaker, emotions in {"Ann": ("happy", "sad", "happy"), "Ben": ("angry",), None: ("sad", "sad")}.items():
        for emotion in emotions:
            history.add(heard(emotion, file=f"{emotion}.wav"), speaker=speaker)
    by_speaker = history.shares("day", group="speaker")
    assert [(one.group, one.emotion, one.count) for one in by_speaker] == [
        ("Ann", "happy", 2),
        ("Ann", "sad", 1),
        ("Ben", "angry", 1),  # who gave no speaker is in no group
    ]
    assert by_speaker[0].share == pytest.approx(2 / 3)
    assert {one.group for one in history.shares("month", group="file")} == {"happy.wav", "sad.wav", "angry.wav"}
    with history.reading() as connection:
        largest = counted(connection, "day", Selection(), "file", groups=1)
    assert {one.group for one in largest} == {"sad.wav"}
    assert [one.group for one in history.shares("day", Selection(speaker="Ben"), "speaker")] == ["Ben"]
