"""Limits: what is left is told, what is used up is refused, and one caller does not use up another's."""

from __future__ import annotations

import itertools
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from doorway import asking, key_of
from sentisound.api.limits import MAX_CALLERS, Limits, Policy, Window
from sentisound.errors import TooManyRequests
from sentisound.settings import Settings


class Clock:
    """Time that passes when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENTISOUND_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_window_begins_with_the_first_request_and_ends_after_its_time():
    window = Window(Policy("requests", 3, 60), clock := Clock())
    assert window.left("a") == (3, 60)
    window.spend("a", 2)
    clock.now += 20.5
    assert window.left("a") == (1, 40)
    window.spend("a", 2.5)
    assert window.left("a") == (-1.5, 40)
    clock.now += 39.5
    assert window.left("a") == (3, 60)


def test_callers_are_forgotten_before_they_fill_the_memory():
    window = Window(Policy("requests", 3, 60), clock := Clock())
    for number in range(MAX_CALLERS + 10):
        clock.now += 0.001
        window.spend(str(number), 1)
    assert len(window._used) <= MAX_CALLERS
    assert window.left(str(MAX_CALLERS + 9))[0] == 2
    clock.now += 61
    window.spend("new", 1)
    assert len(window._used) == 1


def test_sound_is_counted_when_it_was_heard_and_refused_when_it_is_used_up():
    limits = Limits(Settings.load(rate_audio_s=10, rate_requests=0), local_free=False)
    limits.take("a")
    limits.spend_audio("a", 25.0)
    assert limits.headers("a")["RateLimit"].startswith('"audio";r=0;t=')
    with pytest.raises(TooManyRequests, match='"audio";q=10;w=3600 is used up') as caught:
        limits.take("a")
    assert 3590 <= caught.value.retry_after_s <= 3600
    limits.take("b")


def test_without_limits_nothing_is_said():
    limits = Limits(Settings.load(rate_audio_s=0, rate_requests=0), local_free=False)
    limits.take("a")
    assert limits.headers("a") == {}


def test_a_key_that_is_used_up_is_429_and_another_is_not(serving, fake, folder: Path, wav: bytes) -> None:
    one, two = key_of("analyze", "admin"), key_of("analyze")
    with asking(serving, fake(), folder, rate_requests=3, rate_audio_s=100) as door:
        answers = [door.ask(one, "POST", "/predict", files={"file": ("a.wav", wav)}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["RateLimit-Policy"] == '"requests";q=3;w=60, "audio";q=100;w=3600'
        assert [re.search(r"r=(\d+)", answer.headers["RateLimit"])[1] for answer in answers] == ["2", "1", "0", "0"]
        assert re.search(r'"audio";r=(\d+)', answers[3].headers["RateLimit"])[1] == "97"  # three sounds of a second
        assert 0 < int(answers[3].headers["Retry-After"]) <= 60
        assert "error" in answers[3].json()
        told = door.ask(one, "GET", "/v1/keys")
        assert (told.status_code, told.json()["code"]) == (429, "too_many_requests")
        assert "Retry-After" in told.headers
        assert door.ask(two, "POST", "/predict", files={"file": ("a.wav", wav)}).status_code == 200
        assert door.ask(one, "GET", "/healthz").status_code == 200


def test_who_guesses_keys_uses_up_the_limit_of_the_address(serving, fake, folder: Path) -> None:
    key = key_of("analyze")
    with asking(serving, fake(), folder, rate_requests=3) as door:
        wrong = [door.ask(key[:-1] + "_", "GET", "/models/info").status_code for _ in range(5)]
        assert wrong == [401, 401, 401, 429, 429]
        assert door.ask(key, "GET", "/models/info").status_code == 200


def test_each_address_counts_where_anybody_may_ask(serving, fake) -> None:
    with serving(fake(), host="0.0.0.0", allow_anonymous=True, rate_requests=2) as client:  # noqa: S104
        # behind a proxy on this machine: the address that it names counts
        for address in ("198.51.100.1", "198.51.100.2"):
            answers = [client.get("/models/info", headers={"X-Forwarded-For": address}) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_only_a_trusted_proxy_names_another_address(serving, fake) -> None:
    with serving(fake(), host="0.0.0.0", allow_anonymous=True, rate_requests=2, trusted_proxies="10.0.0.1") as client:  # noqa: S104
        client.get("/models/info")
        answers = [client.get("/models/info", headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(2)]
        assert answers[-1].status_code == 429


def test_on_ones_own_machine_there_is_no_limit(serving, fake) -> None:
    with serving(fake(), rate_requests=1) as client:
        answers = [client.get("/models/info") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert "RateLimit" not in answers[0].headers


def test_a_job_that_is_refused_costs_no_sound(serving, fake, wav: bytes, tmp_path: Path) -> None:
    go = threading.Event()
    options = {"history": True, "data_dir": tmp_path, "max_jobs": 1, "host": "0.0.0.0", "allow_anonymous": True}  # noqa: S104
    with serving(fake(work=lambda _: go.wait(10)), **options) as client:
        ask = {"files": {"file": ("a.wav", wav)}, "headers": {"Prefer": "respond-async"}}
        answers = [client.post("/v1/analyses", **ask) for _ in range(6)]
        go.set()
    left = [float(re.search(r'"audio";r=(\d+)', answer.headers["RateLimit"])[1]) for answer in answers]
    refused = [before == after for before, after in itertools.pairwise(left)]
    assert [answer.status_code for answer in answers[-2:]] == [503, 503]
    assert refused[-1]
    assert left[0] > left[-1]  # those that were taken cost what they last


def test_many_threads_count_every_request():
    window = Window(Policy("requests", 1000, 60))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: window.spend("a", 1), range(500)))
    assert window.left("a")[0] == 500
