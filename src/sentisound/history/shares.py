"""How often each emotion was heard, hour by hour or month by month: counted by the database, in UTC.

A bucket is a whole division of the time, which both databases do alike. Months are unequal, so days are counted and
folded here: some 3000 rows a year, whatever was analysed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Select, func, null, select

from sentisound.history.entry import Selection, from_us
from sentisound.history.selecting import conditions
from sentisound.history.tables import analyses

Bucket = Literal["hour", "day", "week", "month"]
Group = Literal["file", "speaker"]
"""What the analyses of a bucket can be told apart by."""
BUCKETS: tuple[Bucket, ...] = get_args(Bucket)

GROUPS = 50
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
WEEK_US = 7 * DAY_US
MONDAY_US = 4 * DAY_US
"""1970 began on a Thursday: weeks are counted from its first Monday."""

GRID_US: dict[Bucket, tuple[int, int]] = {
    "hour": (HOUR_US, 0),
    "day": (DAY_US, 0),
    "week": (WEEK_US, MONDAY_US - WEEK_US),
    "month": (DAY_US, 0),
}
"""Length of what the database counts by, and where the first one starts."""


@dataclass(frozen=True, slots=True)
class Share:
    """How often one emotion was heard in one bucket."""

    start: datetime
    """When the bucket begins, UTC; weeks on Monday."""
    emotion: str
    count: int
    share: float
    """Of all analyses in the bucket (and of the group, where there is one), 0..1."""
    group: str | None = None
    """The file or the speaker; None where nothing is told apart."""


def counted(
    connection: Connection, bucket: Bucket, selection: Selection, group: Group | None = None, groups: int = GROUPS
) -> tuple[Share, ...]:
    """Return the shares of a selection, by group, time and then the most frequent first; empty buckets are left out.

    At most ``groups`` groups are told apart, those with the most analyses.
    """
    counts: Counter[tuple[str | None, datetime, str]] = Counter()
    for name, start_us, emotion, count in connection.execute(_query(bucket, selection, group, groups)):
        counts[name, _start(bucket, start_us), emotion] += count
    return tuple(_shares(counts))


def _query(bucket: Bucket, selection: Selection, group: Group | None, groups: int) -> Select[Any]:
    length, first = GRID_US[bucket]
    start = (analyses.c.created_us - (analyses.c.created_us - first) % length).label("start")
    name = null() if group is None else analyses.c[group]
    query = select(name.label("name"), start, analyses.c.emotion, func.count()).where(*conditions(selection))
    if group is None:
        return query.group_by(start, analyses.c.emotion)
    largest = select(name).where(name.is_not(None), *conditions(selection)).group_by(name)
    largest = largest.order_by(func.count().desc(), name).limit(groups)
    return query.where(name.in_(largest)).group_by(name, start, analyses.c.emotion)


def _start(bucket: Bucket, start_us: int) -> datetime:
    start = from_us(start_us)
    return start.replace(day=1) if bucket == "month" else start


def _shares(counts: Counter[tuple[str | None, datetime, str]]) -> list[Share]:
    totals: Counter[tuple[str | None, datetime]] = Counter()
    for (name, start, _), count in counts.items():
        totals[name, start] += count
    shares = [
        Share(start, emotion, count, count / totals[name, start], name)
        for (name, start, emotion), count in counts.items()
    ]
    return sorted(shares, key=lambda one: (one.group or "", one.start, -one.count, one.emotion))
