"""docs/security.md says what the doors do: scopes, statuses, times, limits."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from sentisound.api.addresses import CUSTOMER_BITS
from sentisound.api.idempotency import AGAIN, KEPT, MAX_ANSWER, NEVER
from sentisound.api.limits import LEAST_JOB_S
from sentisound.api.sign_in import PER_ADDRESS, PER_NAME
from sentisound.idempotency import OF_ALL, OF_EACH
from sentisound.identity.owner import KEYLESS, SCOPES
from sentisound.identity.passwords import MAX_CHARACTERS, MIN_CHARACTERS
from sentisound.identity.tokens import ACCESS_LIFE, REFRESH_LIFE, SKEW
from sentisound.settings import Settings
from sentisound.webhooks.mailbox import EVENTS, MAX_WAITING
from sentisound.webhooks.post import TOTAL_S
from sentisound.webhooks.rounds import AT_ONCE, BACKOFF, GONE

ROOT = Path(__file__).resolve().parents[2]
PAGE = " ".join((ROOT / "docs" / "security.md").read_text(encoding="utf-8").split())
UNITS = {"s": 1, "min": 60, "h": 3600}


def test_scopes_and_what_they_allow():
    for scope, allows in SCOPES.items():
        assert f"| `{scope}` | {allows} |" in PAGE


def test_lives_and_lengths():
    assert f"access token for {ACCESS_LIFE.total_seconds() / 60:g} minutes" in PAGE
    assert f"refresh token for {REFRESH_LIFE.days} days" in PAGE
    assert f"have {MIN_CHARACTERS} to {MAX_CHARACTERS} characters" in PAGE
    assert f"After {PER_ADDRESS} wrong ones" in PAGE
    assert f"a name after {PER_NAME}" in PAGE


def test_limits_and_waits():
    settings = Settings.load()
    assert f"{settings.rate_requests} requests a minute and {settings.rate_audio_s:,.0f} seconds of sound" in PAGE
    assert f"stalls for {settings.upload_idle_s:g} s or takes longer than {settings.upload_max_s:g} s" in PAGE
    assert f"for {settings.idempotency_hours:g} hours" in PAGE


def test_what_is_not_kept():
    for path in NEVER:
        assert f"`{path}`" in PAGE
    told = re.search(r"Failures of the server, ([\d, and]+) are not kept", PAGE)
    assert told is not None
    assert {int(number) for number in re.findall(r"\d+", told[1])} == AGAIN


def test_bounds():
    for bounds in (OF_EACH, OF_ALL):
        assert f"newest {bounds.number:,} with {bounds.size_bytes / 1e6:g} MB" in PAGE
    assert f"more than {MAX_ANSWER / 1e6:g} MB is not kept" in PAGE
    assert f"`{KEPT}: false`" in PAGE
    assert f"up to {AT_ONCE} messages at once" in PAGE
    assert f"takes {MAX_WAITING:,} messages" in PAGE
    assert f"answers {GONE} (gone)" in PAGE
    assert f"the first {CUSTOMER_BITS} bits count" in PAGE
    assert LEAST_JOB_S == 60  # "a minute at least"
    assert timedelta(minutes=1) == SKEW  # "may differ by a minute"
    for name in KEYLESS:
        assert f"`{name}`" in PAGE


def test_webhooks():
    for event in EVENTS:
        assert f"`{event}`" in PAGE
    told = re.search(r"within (\d+) s is sent again after ([^,]+(?:, [^,]+)*? and [^,]+),", PAGE)
    assert told is not None
    assert float(told[1]) == TOTAL_S
    waits = [int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+) (min|s|h)\b", told[2])]
    assert waits == [wait.total_seconds() for wait in BACKOFF]
