"""The clock of the retention: set back it is believed, set ahead it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sentisound.history.clock import SteadyClock

START = datetime(2026, 12, 1, tzinfo=UTC)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


class Times:
    """A wall clock and a running clock, set by the test."""

    def __init__(self) -> None:
        self.wall, self.running_s = START, 500.0
        self.clock = SteadyClock(lambda: self.wall, lambda: self.running_s)

    def at(self, wall: datetime, passed: timedelta) -> datetime:
        self.wall, self.running_s = wall, 500.0 + passed.total_seconds()
        return self.clock.now()


def test_time_passes():
    assert Times().at(START + HOUR, HOUR) == START + HOUR


def test_a_clock_that_is_set_ahead_is_not_believed_until_time_has_passed():
    times = Times()
    assert times.at(START + 10 * YEAR, HOUR) == START + HOUR
    assert times.at(START + 10 * YEAR + 2 * HOUR, 3 * HOUR) == START + 3 * HOUR


def test_a_clock_that_is_set_back_is_believed():
    assert Times().at(START - YEAR, HOUR) == START - YEAR


def test_the_real_clock_is_the_time_of_day():
    assert abs(SteadyClock().now() - datetime.now(UTC)) < timedelta(minutes=1)
