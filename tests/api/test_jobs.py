"""Jobs over a real socket: accepted, told as they go, cancelled for real, and never lost by a server that stops."""

from __future__ import annotations

import io
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from doorway import asking, key_of
from sentisound import deadline
from sentisound.api import events, runner
from sentisound.api.native import JobList, JobShape
from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.testing import speech_like

ASYNC = {"Prefer": "respond-async"}
ENDED = ("succeeded", "failed", "cancelled")


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(Settings(model="default"))


@pytest.fixture(scope="module")
def minute() -> bytes:
    """Return a minute of many utterances."""
    rng = np.random.default_rng(3)
    pause = 1e-4 * rng.standard_normal(24_000).astype(np.float32)
    parts = [part for _ in range(14) for part in (speech_like(3.0, 16_000, rng), pause)]
    buffer = io.BytesIO()
    soundfile.write(buffer, np.concatenate(parts), 16_000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


class Slow:
    """Analyses as the fake does, after many small steps of which it tells."""

    def __init__(self, fake, steps: int = 400, step_s: float = 0.02) -> None:
        self._fake, self.steps, self.step_s = fake, steps, step_s
        self.card, self.workers = fake.card, None
        self.check, self.length_s = fake.check, fake.length_s
        self.done = 0
        self.names: list[str | None] = []
        self.begun = threading.Event()
        self.left = threading.Event()

    def analyze(self, source, *, progress=None, **options):
        self.begun.set()
        self.names.append(options.get("name"))
        steps = self.steps
        try:
            for step in range(steps if progress else 0):
                time.sleep(self.step_s)
                self.done = step + 1
                progress(self.done / steps)
        finally:
            self.left.set()
        return self._fake.analyze(source, **options)


def accepted(client: httpx.Client, sound: bytes, **options) -> str:
    form = {"options": json.dumps(options)} if options else {}
    answer = client.post("/v1/analyses", files={"file": ("clip.wav", sound)}, data=form, headers=ASYNC)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json()['id']}"
    return answer.headers["Location"]


def ended(client: httpx.Client, at: str, patience_s: float = 30) -> dict:
    deadline = time.monotonic() + patience_s
    while (job := client.get(at).json())["status"] not in ENDED:
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
    JobShape.model_validate(job)
    return job


def told(client: httpx.Client, at: str) -> list[tuple[str, dict]]:
    """Return the events of a job until it ends."""
    with client.stream("GET", f"{at}/events") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        blocks = "".join(answer.iter_text()).split("\n\n")
    pairs = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks if block.startswith("event")]
    return [(pair["event"], json.loads(pair["data"])) for pair in pairs]


def test_a_job_gives_the_analysis_that_a_request_gives(serving, analyzer, minute: bytes, tmp_path: Path):
    with serving(analyzer, history=True, data_dir=tmp_path, async_after_s=30) as client:
        answer = client.post("/v1/analyses", files={"file": ("long.wav", minute)})  # long: nobody asked for a job
        assert answer.status_code == 202
        job = ended(client, answer.headers["Location"])
        assert (job["status"], job["progress"], job["error"]) == ("succeeded", 1, None)
        assert client.get(f"/v1/analyses/{job['analysis']}").json() == job["result"]
        at_once = analyzer.analyze(minute, name="long.wav")
        assert job["result"]["scores"] == at_once.scores.to_dict()
        assert len(job["result"]["segments"]) == len(at_once.segments) > 5
        listed = client.get("/v1/jobs").json()
        JobList.model_validate(listed)
        assert [one["id"] for one in listed["jobs"]] == [job["id"]]
        assert client.get(f"/v1/analyses/{job['analysis']}/chart.png").status_code == 200
    assert [path.name for path in (tmp_path / "spool").iterdir()] == ["place"]


def test_events_tell_every_step_and_the_last_state_to_who_comes_late(serving, fake, wav: bytes, tmp_path: Path):
    slow = Slow(fake(), steps=40)
    with serving(slow, history=True, data_dir=tmp_path) as client:
        at = accepted(client, wav)
        heard = told(client, at)
        names = [name for name, _ in heard]
        shares = [job["progress"] for _, job in heard]
        assert names[-1] == "succeeded"
        assert heard[-1][1]["result"]["emotion"] == "happy"
        assert shares == sorted(shares)
        assert len({share for share in shares if 0 < share < 1}) >= 2
        assert told(client, at) == heard[-1:]


def test_a_silent_stream_has_a_heartbeat(serving, fake, wav: bytes, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.05)
    slow = Slow(fake(), steps=1, step_s=1.2)
    with serving(slow, history=True, data_dir=tmp_path) as client:
        at = accepted(client, wav)
        with client.stream("GET", f"{at}/events") as answer:
            assert "\n: still here\n" in "".join(answer.iter_text())


def test_cancelling_stops_the_work(serving, fake, wav: bytes, tmp_path: Path):
    slow = Slow(fake())
    with serving(slow, history=True, data_dir=tmp_path) as client:
        at = accepted(client, wav)
        assert slow.begun.wait(5)
        assert client.delete(at).json()["status"] == "cancelled"
        assert slow.left.wait(2)  # not at its end, 8 s away, but at the next step that is told
        assert slow.done < slow.steps
        assert client.get(at).json()["status"] == "cancelled"
        assert client.delete(at).status_code == 200
        assert client.get("/v1/analyses").json()["analyses"] == []
        deadline = time.monotonic() + 5
        while len(list((tmp_path / "spool").iterdir())) > 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [path.name for path in (tmp_path / "spool").iterdir()] == ["place"]


def test_what_has_ended_cannot_be_cancelled(serving, fake, wav: bytes, tmp_path: Path):
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        at = accepted(client, wav)
        ended(client, at)
        assert client.delete(at).status_code == 409
        assert client.get("/v1/jobs", params={"status": "succeeded"}).json()["jobs"][0]["status"] == "succeeded"
        assert client.get("/v1/jobs", params={"status": "asleep"}).status_code == 422
        for path in ("/v1/jobs/job_none", "/v1/jobs/job_none/events"):
            assert client.get(path).status_code == 404
        assert client.delete("/v1/jobs/job_none").status_code == 404


def test_a_sound_that_cannot_be_analysed_fails_as_a_request_would(serving, analyzer, tmp_path: Path):
    with serving(analyzer, history=True, data_dir=tmp_path) as client:
        poem = ended(client, accepted(client, b"a poem, not a sound"))
        assert (poem["status"], poem["result"], poem["analysis"]) == ("failed", None, None)
        assert (poem["error"]["status"], poem["error"]["code"]) == (415, "not_audio")
        assert str(tmp_path) not in json.dumps(poem)


def test_what_nobody_expected_is_told_without_its_traceback(serving, fake, wav: bytes, tmp_path: Path):
    def fail(_: bytes) -> None:
        raise ZeroDivisionError("secret")

    with serving(fake(work=fail), history=True, data_dir=tmp_path) as client:
        job = ended(client, accepted(client, wav))
    assert job["error"]["code"] == "internal"
    assert "secret" not in json.dumps(job)


def test_a_job_whose_analysis_is_not_stored_holds_it(serving, fake, wav: bytes, tmp_path: Path):
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        job = ended(client, accepted(client, wav, store=False))
        assert (job["analysis"], job["result"]["emotion"]) == (None, "happy")
        assert client.get("/v1/analyses").json()["analyses"] == []


def test_no_more_wait_than_may(serving, fake, wav: bytes, tmp_path: Path):
    slow = Slow(fake())
    with serving(slow, history=True, data_dir=tmp_path, max_jobs=2) as client:
        first = accepted(client, wav)
        assert slow.begun.wait(5)
        waiting = [accepted(client, wav) for _ in range(2)]
        refused = client.post("/v1/analyses", files={"file": ("a.wav", wav)}, headers=ASYNC)
        assert refused.status_code == 503
        for at in (*waiting, first):
            client.delete(at)


def test_no_owner_fills_the_queue(serving, fake, wav: bytes, tmp_path: Path, monkeypatch):
    """One key may have as many jobs waiting as are left free; another always finds room, and its job is next."""
    monkeypatch.setenv("SENTISOUND_DATA_DIR", str(tmp_path))
    greedy, other = key_of("analyze", owner="ann"), key_of("analyze", owner="bob")
    slow = Slow(fake(), steps=10_000)
    with asking(serving, slow, tmp_path, history=True, max_jobs=9) as door:

        def sent(key: str, name: str) -> httpx.Response:
            return door.ask(key, "POST", "/v1/analyses", files={"file": (name, wav)}, headers=ASYNC)

        begun = sent(greedy, "first").headers["Location"]
        assert slow.begun.wait(5)
        answers = [sent(greedy, "ann") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [202] * 5 + [503] * 2
        assert answers[-1].json()["code"] == "jobs_full"
        assert "5 of your jobs are waiting" in answers[-1].json()["detail"]
        assert [sent(other, "bob").status_code for _ in range(3)] == [202, 202, 503]
        slow.steps = 0
        door.ask(greedy, "DELETE", begun)
        end_s = time.monotonic() + 20
        while len(slow.names) < 8:
            assert time.monotonic() < end_s
            time.sleep(0.02)
    assert slow.names.index("bob") < slow.names.index("ann") + 2
    assert slow.names[-1] == "ann"


def test_jobs_that_ask_for_words_keep_the_others_from_nothing(serving, fake, wav: bytes, tmp_path: Path):
    slow = Slow(fake(), steps=10_000)
    with serving(slow, history=True, data_dir=tmp_path) as client:
        talks = [accepted(client, wav, transcribe=True) for _ in range(3)]
        assert slow.begun.wait(5)
        slow.steps = 0
        assert ended(client, accepted(client, wav))["status"] == "succeeded"
        for at in talks:
            assert client.delete(at).status_code in {200, 409}


def test_a_job_that_takes_too_long_fails_and_says_so(serving, fake, wav: bytes, tmp_path: Path):
    slow = Slow(fake(), steps=10_000)
    with serving(slow, history=True, data_dir=tmp_path, job_max_s=0.3) as client:
        job = ended(client, accepted(client, wav))
        assert client.get("/v1/analyses").json()["analyses"] == []
    assert (job["status"], job["error"]["code"]) == ("failed", "deadline_exceeded")
    assert "longer than allowed" in job["error"]["detail"]


def test_cancelling_ends_work_that_tells_of_no_progress(serving, fake, wav: bytes, tmp_path: Path):
    """Decoding an hour, or a long utterance: the deadline of the job is cancelled."""
    begun, left = threading.Event(), threading.Event()

    def work(_: bytes) -> None:
        begun.set()
        try:
            for _ in range(2000):
                time.sleep(0.01)
                deadline.check()
        finally:
            left.set()

    with serving(fake(work=work), history=True, data_dir=tmp_path) as client:
        at = accepted(client, wav)
        assert begun.wait(5)
        assert client.delete(at).json()["status"] == "cancelled"
        assert left.wait(10)
        assert client.get(at).json()["status"] == "cancelled"


def test_a_stop_puts_back_what_it_cannot_finish_and_ends_streams(serving, fake, wav, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "GRACE_S", 0.1)
    slow = Slow(fake(), steps=10_000)
    streams: list[list] = []
    with serving(slow, history=True, data_dir=tmp_path) as client:
        running, queued = accepted(client, wav), accepted(client, wav)
        assert slow.begun.wait(5)

        def listen(url: httpx.URL) -> None:
            with httpx.Client(base_url=url, trust_env=False) as own:
                streams.append(told(own, running))

        listener = threading.Thread(target=listen, args=(client.base_url,))
        listener.start()
        time.sleep(0.4)
        start = time.monotonic()
    listener.join()
    assert time.monotonic() - start < 5
    assert {name for name, _ in streams[0]} == {"running"}  # ended by the server, not cut off
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        assert [ended(client, at)["status"] for at in (running, queued)] == ["succeeded", "succeeded"]
        assert len(client.get("/v1/analyses").json()["analyses"]) == 2


def test_a_job_that_is_nearly_done_is_finished_by_a_stop(serving, fake, wav: bytes, tmp_path: Path):
    slow = Slow(fake(), steps=25)
    with serving(slow, history=True, data_dir=tmp_path) as client:
        at = accepted(client, wav)
        assert slow.begun.wait(5)
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        job = client.get(at).json()
        assert (job["status"], slow.done) == ("succeeded", 25)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 2 MB and the reserve; the test is skipped where that is not allowed."""
    path = tmp_path / "small"
    path.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=18000k", "tmpfs", path]
    if os.getuid() != 0 or subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def test_a_full_disk_refuses_jobs_and_loses_none_that_it_took(serving, fake, wav: bytes, small_disk: Path):
    """A job is refused where its upload does not fit; those accepted all end, each with one row."""
    slow = Slow(fake(), steps=10)
    with serving(slow, history=True, store_audio=True, data_dir=small_disk / "data") as client:
        taken, refused = [], 0
        for number in range(40):
            answer = client.post("/v1/analyses", files={"file": (f"{number}.wav", wav)}, headers=ASYNC)
            if answer.status_code == 202:
                taken.append(answer.headers["Location"])
            else:
                assert answer.status_code == 503, answer.text
                refused += 1
        assert taken
        assert refused
        rest = small_disk / "rest"
        with suppress(OSError), rest.open("wb", buffering=0) as file:  # somebody else takes the reserve too
            while file.write(b"x" * 50_000):
                pass
        time.sleep(1)
        rest.unlink()
        jobs = [ended(client, at) for at in taken]
        assert {job["status"] for job in jobs} <= {"succeeded", "failed"}
        succeeded = {job["analysis"] for job in jobs if job["status"] == "succeeded"}
        listed = [one["id"] for one in client.get("/v1/analyses", params={"limit": 100}).json()["analyses"]]
        assert sorted(listed) == sorted(succeeded)
        assert succeeded


def test_a_database_that_goes_away_and_comes_back_costs_no_job(serving, fake, wav: bytes, cluster, tmp_path: Path):
    slow = Slow(fake(), steps=20)
    with serving(slow, history=True, data_dir=tmp_path, database_url=cluster.empty_schema()) as client:
        taken = [accepted(client, wav) for _ in range(3)]
        assert slow.begun.wait(5)
        cluster.stop()
        try:
            refused = client.post("/v1/analyses", files={"file": ("a.wav", wav)}, headers=ASYNC)
            assert refused.status_code == 503
            assert client.get(taken[0]).status_code == 503
            at_once = client.post("/v1/analyses", files={"file": ("a.wav", wav)})
            assert (at_once.status_code, at_once.headers["X-SentiSound-History"]) == (200, "failed")
            time.sleep(1.0)
        finally:
            cluster.start()
        deadline = time.monotonic() + 30
        while client.get(taken[0]).status_code == 503:  # it is left alone for a while after it failed
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert {ended(client, at, 60)["status"] for at in taken} == {"succeeded"}
        assert len(client.get("/v1/analyses").json()["analyses"]) == 3
