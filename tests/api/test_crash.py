"""Servers that are killed in the middle of their work: every accepted job ends once, with one row in the history."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from sentisound.settings import Settings
from sentisound.testing import speech_like

JOBS = 50
KILLS = 2
ASYNC = {"Prefer": "respond-async"}


class Process:
    """A server as a user starts it, in a process of its own."""

    def __init__(self, settings: Settings) -> None:
        url = settings.database_url
        environment = {**os.environ, "SENTISOUND_DATA_DIR": str(settings.data_dir)}
        environment |= {"SENTISOUND_DATABASE_URL": url.get_secret_value()} if url else {}
        command = [sys.executable, "-m", "sentisound", "serve", "--port", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        found = re.search(r"http://\S+", self._process.stdout.readline())
        self.client = httpx.Client(base_url=found[0], timeout=30, trust_env=False)

    def end(self, number: signal.Signals) -> None:
        self.client.close()
        self._process.send_signal(number)
        self._process.wait(60)
        self._process.stdout.close()


@contextmanager
def process(settings: Settings, number: signal.Signals = signal.SIGTERM) -> Iterator[Process]:
    started = Process(settings)
    try:
        yield started
    finally:
        started.end(number)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = None if request.param == "sqlite" else request.getfixturevalue("cluster").empty_schema()
    return Settings.load(data_dir=tmp_path / "data", database_url=url)


@pytest.fixture(scope="module")
def clip() -> bytes:
    buffer = io.BytesIO()
    samples = speech_like(6.0, 16_000, np.random.default_rng(4))
    soundfile.write(buffer, samples, 16_000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def send(client: httpx.Client, clip: bytes, number: int) -> str:
    answer = client.post("/v1/analyses", files={"file": (f"{number}.wav", clip)}, headers=ASYNC)
    assert answer.status_code == 202
    return answer.json()["id"]


def all_jobs(client: httpx.Client) -> dict[str, dict]:
    return {job["id"]: job for job in client.get("/v1/jobs", params={"limit": 100}).json()["jobs"]}


def until_ended(client: httpx.Client, patience_s: float = 120) -> dict[str, dict]:
    deadline = time.monotonic() + patience_s
    while True:
        found = all_jobs(client)
        if all(job["ended"] for job in found.values()):
            return found
        assert time.monotonic() < deadline, Counter(job["status"] for job in found.values())
        time.sleep(0.2)


def check_all_done(client: httpx.Client, accepted: list[str], settings: Settings) -> None:
    """Check that every job has succeeded, with one analysis of its file each, and that no upload is left."""
    found = until_ended(client)
    assert set(found) == set(accepted)
    assert {job["status"] for job in found.values()} == {"succeeded"}
    listed = client.get("/v1/analyses", params={"limit": 100}).json()["analyses"]
    assert sorted(one["id"] for one in listed) == sorted(job["analysis"] for job in found.values())
    assert Counter(one["file"] for one in listed) == Counter(f"{number}.wav" for number in range(len(accepted)))
    deadline = time.monotonic() + 5
    while len(left := list(settings.data_dir.glob("spool*/*"))) > 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    # a kill between the end of a job and its file leaves that file to the sweep, which takes none younger than a minute
    assert {path.name for path in left} <= {"place", *accepted}
    assert len(left) <= 1 + KILLS * (os.cpu_count() or 1)


def test_killed_twice_in_the_middle_of_fifty_jobs(settings: Settings, clip: bytes):
    accepted: list[str] = []
    with process(settings, signal.SIGKILL) as first:
        accepted += [send(first.client, clip, number) for number in range(JOBS)]
        while not any(job["status"] == "succeeded" for job in all_jobs(first.client).values()):
            time.sleep(0.02)
    with process(settings, signal.SIGKILL) as second:
        statuses = Counter(job["status"] for job in all_jobs(second.client).values())
        assert sum(statuses.values()) == JOBS
        assert statuses["succeeded"] < JOBS  # else the first was killed too late to show anything
        time.sleep(0.3)
    with process(settings) as third:
        check_all_done(third.client, accepted, settings)


def test_two_servers_share_their_jobs_and_one_dies(cluster, tmp_path: Path, clip: bytes):
    settings = Settings.load(data_dir=tmp_path / "data", database_url=cluster.empty_schema())
    with process(settings) as one:
        with process(settings, signal.SIGKILL) as other:
            clients = (one.client, other.client)
            accepted = [send(clients[number % 2], clip, number) for number in range(30)]
            while not any(job["status"] == "succeeded" for job in all_jobs(one.client).values()):
                time.sleep(0.02)
        check_all_done(one.client, accepted, settings)


def test_a_server_with_a_folder_of_its_own_leaves_others_jobs_alone(cluster, tmp_path: Path, clip: bytes):
    url = cluster.empty_schema()
    here, there = (Settings.load(data_dir=tmp_path / name, database_url=url) for name in ("here", "there"))
    with process(here) as one, process(there) as other:
        accepted = [send((one.client, other.client)[number % 2], clip, number) for number in range(8)]
        found = until_ended(one.client)
        assert {job["status"] for job in found.values()} == {"succeeded"}
        assert set(found) == set(accepted)
        assert set(all_jobs(other.client)) == set(accepted)
