"""docs/security.md says what the doors do: scopes, statuses, times, limits."""

from __future__ import annotations

import re
from pathlib import Path

from sentisound.api.idempotency import AGAIN, NEVER
from sentisound.api.sign_in import PER_ADDRESS, PER_NAME
from sentisound.identity.owner import SCOPES
from sentisound.identity.passwords import MAX_CHARACTERS, MIN_CHARACTERS
from sentisound.identity.tokens import ACCESS_LIFE, REFRESH_LIFE
from sentisound.settings import Settings
from sentisound.webhooks.mailbox import EVENTS
from sentisound.webhooks.post import TOTAL_S
from sentisound.webhooks.rounds import BACKOFF

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


def test_webhooks():
    for event in EVENTS:
        assert f"`{event}`" in PAGE
    told = re.search(r"within (\d+) s is sent again after ([^,]+(?:, [^,]+)*? and [^,]+),", PAGE)
    assert told is not None
    assert float(told[1]) == TOTAL_S
    waits = [int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+) (min|s|h)\b", told[2])]
    assert waits == [wait.total_seconds() for wait in BACKOFF]
