"""Limits: what is left is told, what is used up is refused, and one caller does not use up another's."""

from __future__ import annotations

import io
import itertools
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from doorway import asking, key_of
from sentisound.api.limits import LEAST_JOB_S, MAX_CALLERS, Limits, Policy, Window
from sentisound.errors import AudioTooShort, TooManyRequests
from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.testing import speech_like


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


def test_of_too_many_callers_the_one_who_was_here_longest_ago_is_forgotten():
    window = Window(Policy("requests", 3, 60), Clock())
    window.spend("busy", 2)
    for number in range(MAX_CALLERS + 10):
        window.spend(str(number), 1)
        window.spend("busy", 0)
    assert window.left("busy")[0] == 1
    assert window.left("0")[0] == 3
    assert len(window._used) <= MAX_CALLERS


def test_sound_is_counted_when_it_was_heard_and_refused_when_it_is_used_up():
    limits = Limits(Settings.load(rate_audio_s=10, rate_requests=0), local_free=False)
    limits.take("a")
    limits.spend_audio("a", 25.0)
    assert limits.headers("a")["RateLimit"].startswith('"audio";r=0;t=')
    with pytest.raises(TooManyRequests, match='"audio";q=10;w=3600 is used up') as caught:
        limits.take("a")
    assert 3590 <= caught.value.retry_after_s <= 3600
    limits.take("b")


def test_of_many_at_once_only_as_many_get_through_as_are_left():
    window = Window(Policy("tries", 10, 60))
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: window.take("a", 1, least=1), range(200)))
    assert waits.count(0) == 10
    assert all(0 < wait_s <= 60 for wait_s in waits if wait_s)
    assert window.take("b", 1, least=1) == 0


def test_what_is_given_back_is_there_again_and_never_more_than_there_was():
    window = Window(Policy("tries", 10, 60), clock := Clock())
    window.spend("a", 4)
    window.spend("a", -1)
    assert window.left("a") == (7, 60)
    clock.now += 61
    window.spend("a", -3)
    assert window.left("a")[0] == 10


def reserving(**settings: object) -> tuple[Limits, Callable[[], int]]:
    """Return limits, and what is left of the sound of caller ``a``."""
    limits = Limits(Settings.load(rate_requests=0, **settings), local_free=False)
    return limits, lambda: int(re.search(r'"audio";r=(\d+)', limits.headers("a")["RateLimit"])[1])


def test_a_job_costs_what_was_heard_whatever_its_header_says():
    limits, left = reserving(rate_audio_s=36_000)
    limits.reserve("an_1", "a", 1.0)  # a header that tells nothing, or lies
    assert left() == 36_000 - LEAST_JOB_S
    limits.settle("an_1", 600.0)
    assert left() == 35_400
    limits.settle("an_1", 600.0)  # once is enough
    limits.settle("an_unknown", 600.0)
    assert left() == 35_400
    limits.reserve("an_2", "a", 3000.0)
    limits.settle("an_2", 2.5)
    assert left() == 35_397


def test_jobs_at_once_cannot_reserve_more_than_there_is():
    limits, left = reserving(rate_audio_s=6000)

    def reserve(number: int) -> bool:
        try:
            limits.reserve(f"an_{number}", "a", 600.0)
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(reserve, range(100)))
    assert sum(taken) == 10
    assert left() == 0
    limits.settle(f"an_{taken.index(True)}", 0.0)
    assert left() == 600
    limits.reserve("an_x", "b", 600.0)  # somebody else


def test_a_small_limit_is_not_used_up_by_what_jobs_may_come_to():
    limits, left = reserving(rate_audio_s=100)
    limits.reserve("an_1", "a", 0.2)
    assert left() == 99


def test_what_is_reserved_for_jobs_that_never_end_is_forgotten_in_the_end():
    limits, _ = reserving(rate_audio_s=1e9)
    for number in range(MAX_CALLERS + 10):
        limits.reserve(f"an_{number}", "a", 1.0)
    assert len(limits._reserved) == MAX_CALLERS


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


def test_addresses_of_one_customer_count_together(serving, fake) -> None:
    with serving(fake(), host="0.0.0.0", allow_anonymous=True, rate_requests=2) as client:  # noqa: S104

        def ask(address: str) -> int:
            return client.get("/models/info", headers={"X-Forwarded-For": address}).status_code

        assert [ask(f"2001:db8:1:2::{n}") for n in range(1, 4)] == [200, 200, 429]
        assert [ask(f"2001:db8:1:2:{n}::1") for n in range(1, 4)] == [429] * 3
        assert ask("2001:db8:1:3::1") == 200
        assert [ask(address) for address in ("::ffff:198.51.100.1", "198.51.100.1", "198.51.100.1")] == [200, 200, 429]


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


def wav_without_a_length(seconds: float) -> bytes:
    """Return speech at 8 kHz in 8 bits, streamed: its header says that it is as long as can be written there."""
    buffer = io.BytesIO()
    samples = speech_like(seconds, 8000, np.random.default_rng(3))
    soundfile.write(buffer, samples, 8000, format="WAV", subtype="PCM_U8")
    content = bytearray(buffer.getvalue())
    content[4:8] = b"\xff" * 4
    at = content.index(b"data") + 4
    content[at : at + 4] = b"\xff" * 4
    return bytes(content)


def test_a_sound_whose_header_tells_no_length_costs_what_was_heard(serving, tmp_path: Path) -> None:
    sound = wav_without_a_length(100)
    options = {"history": True, "data_dir": tmp_path, "host": "0.0.0.0", "allow_anonymous": True, "workers": 0}  # noqa: S104
    with serving(Analyzer(Settings.load(**options)), **options) as client:
        ask = {"files": {"file": ("a.wav", sound)}, "headers": {"Prefer": "respond-async"}}
        accepted = client.post("/v1/analyses", **ask)
        assert accepted.status_code == 202
        assert audio_left(accepted) <= 36_000 - LEAST_JOB_S
        job = ended_job(client, accepted.headers["Location"])
        assert (job["status"], round(job["result"]["duration"])) == ("succeeded", 100)
        wait_for(lambda: audio_left(client.get("/models/info")) == 35_900)


def test_a_job_that_fails_costs_nothing(serving, fake, wav: bytes, tmp_path: Path) -> None:
    def fails(_: bytes) -> None:
        raise AudioTooShort("nothing in it")

    options = {"history": True, "data_dir": tmp_path, "host": "0.0.0.0", "allow_anonymous": True}  # noqa: S104
    with serving(fake(work=fails), **options) as client:
        ask = {"files": {"file": ("a.wav", wav)}, "headers": {"Prefer": "respond-async"}}
        accepted = client.post("/v1/analyses", **ask)
        assert ended_job(client, accepted.headers["Location"])["status"] == "failed"
        wait_for(lambda: audio_left(client.get("/models/info")) == 36_000)


def test_a_job_that_is_cancelled_stays_as_it_was_counted(serving, fake, wav: bytes, tmp_path: Path) -> None:
    go = threading.Event()
    options = {"history": True, "data_dir": tmp_path, "host": "0.0.0.0", "allow_anonymous": True}  # noqa: S104
    with serving(fake(work=lambda _: go.wait(20)), **options) as client:
        ask = {"files": {"file": ("a.wav", wav)}, "headers": {"Prefer": "respond-async"}}
        accepted = client.post("/v1/analyses", **ask)
        assert client.delete(accepted.headers["Location"]).json()["status"] == "cancelled"
        go.set()
        assert audio_left(client.get("/models/info")) == 36_000 - LEAST_JOB_S


def audio_left(answer: httpx.Response) -> int:
    return int(re.search(r'"audio";r=(\d+)', answer.headers["RateLimit"])[1])


def ended_job(client: httpx.Client, place: str) -> dict:
    found: dict = {}

    def over() -> bool:
        found.update(client.get(place).json())
        return found["status"] in {"succeeded", "failed"}

    wait_for(over)
    return found


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_many_threads_count_every_request():
    window = Window(Policy("requests", 1000, 60))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: window.spend("a", 1), range(500)))
    assert window.left("a")[0] == 500
