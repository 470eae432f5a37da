"""Times at the ends of the calendar: read or refused, wherever this machine is, and never a failure of ours."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from sentisound.history.entry import to_us, utc

ZONES = ("UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati")
FAR = timedelta(hours=23, minutes=59)


@pytest.fixture(params=ZONES)
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("text", ["0001-01-01T00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_beyond_the_calendar_of_utc_is_refused(text: str):
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        utc(datetime.fromisoformat(text))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("text", ["0001-01-01T00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T23:59+23:59"])
def test_a_time_within_it_counts_in_every_zone(text: str):
    moment = utc(datetime.fromisoformat(text))
    assert moment == datetime.fromisoformat(text)
    assert to_us(moment) == (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.usefixtures("here")
@given(st.datetimes(timezones=st.sampled_from([None, UTC, timezone(FAR), timezone(-FAR)])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_time_is_read_or_refused(moment: datetime):
    refused = False
    try:
        to_us(utc(moment))
    except ValueError:
        refused = True
    assert not refused or moment.year in (1, 9999)
