"""Webhooks from end to end: registered over HTTP, told of an analysis, checked with the standard's own library."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Reference

from sentisound.errors import AudioTooShort


@pytest.fixture
def receiver():
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(
                ({k.lower(): v for k, v in self.headers.items()}, self.rfile.read(int(self.headers["Content-Length"])))
            )
            self.send_response(410 if self.path == "/gone" else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", got
        server.shutdown()
        thread.join()


def test_an_analysis_is_told(serving, fake, tmp_path: Path, wav: bytes, receiver) -> None:
    url, got = receiver
    allowed = {"webhook_http": True, "webhook_networks": "127.0.0.0/8"}
    with serving(fake(), data_dir=tmp_path, **allowed) as client:
        made = client.post("/v1/webhooks", json={"url": url, "events": ["analysis.completed"]})
        assert made.status_code == 201
        secret, about = made.json()["secret"], made.json()["about"]
        assert about["events"] == ["analysis.completed"]
        assert secret not in client.get("/v1/webhooks").text
        assert client.post("/predict", files={"file": ("clip.wav", wav)}).status_code == 200
        deadline = time.monotonic() + 10
        while not got:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        headers, body = got[0]
        said = Reference(secret).verify(body, headers)
        assert said["data"]["owner"] == "local"
        assert (said["data"]["analysis"]["file"], said["data"]["analysis"]["emotion"]) == ("clip.wav", "happy")
        assert client.delete(f"/v1/webhooks/{about['id']}").status_code == 204
        assert client.delete(f"/v1/webhooks/{about['id']}").json()["code"] == "webhook_not_found"
        assert client.get("/v1/webhooks").json() == {"webhooks": []}


def test_a_job_that_succeeds_and_one_that_fails_are_told(serving, fake, tmp_path: Path, wav: bytes, receiver) -> None:
    url, got = receiver

    def work(content: bytes) -> None:
        if content == b"broken":
            raise AudioTooShort("nothing in it")

    allowed = {"webhook_http": True, "webhook_networks": "127.0.0.0/8"}
    with serving(fake(work=work), data_dir=tmp_path, history=True, **allowed) as client:
        body = {"url": url, "events": ["job.succeeded", "job.failed"]}
        secret = client.post("/v1/webhooks", json=body).json()["secret"]
        jobs = {}
        for content in (wav, b"broken"):
            ask = {"files": {"file": ("clip.wav", content)}, "headers": {"Prefer": "respond-async"}}
            jobs[client.post("/v1/analyses", **ask).json()["id"]] = content
        until(lambda: len(got) == 2)
        told = {}
        for headers, content in got:
            said = Reference(secret).verify(content, headers)
            told[said["type"]] = said["data"]["job"]
        assert jobs[told["job.succeeded"]["id"]] == wav
        assert told["job.succeeded"]["result"]["emotion"] == "happy"
        assert jobs[told["job.failed"]["id"]] == b"broken"
        assert told["job.failed"]["error"]["code"] == AudioTooShort.code


def test_what_is_deleted_waits_for_nobody(serving, fake, tmp_path: Path, wav: bytes) -> None:
    allowed = {"webhook_http": True, "webhook_networks": "127.0.0.0/8"}
    with serving(fake(), data_dir=tmp_path, history=True, **allowed) as client:
        client.post("/v1/webhooks", json={"url": "http://127.0.0.1:1/"})  # where nobody listens
        identity = client.post("/v1/analyses", files={"file": ("clip.wav", wav)}).json()["id"]
        until(lambda: client.get("/v1/webhooks").json()["webhooks"][0]["trouble"] is not None)
        assert client.get("/v1/webhooks").json()["webhooks"][0]["waiting"] == 1
        assert client.delete(f"/v1/analyses/{identity}").status_code == 204
        assert client.get("/v1/webhooks").json()["webhooks"][0]["waiting"] == 0


def test_a_receiver_that_is_gone_is_shown_as_disabled(serving, fake, tmp_path: Path, wav: bytes, receiver) -> None:
    url, got = receiver
    allowed = {"webhook_http": True, "webhook_networks": "127.0.0.0/8"}
    with serving(fake(), data_dir=tmp_path, **allowed) as client:
        assert client.post("/v1/webhooks", json={"url": f"{url}gone"}).json()["about"]["disabled"] is None
        client.post("/predict", files={"file": ("clip.wav", wav)})
        until(lambda: client.get("/v1/webhooks").json()["webhooks"][0]["disabled"] is not None)
        shown = client.get("/v1/webhooks").json()["webhooks"][0]
        assert (shown["trouble"], shown["waiting"]) == ("it answered 410", 0)
        client.post("/predict", files={"file": ("clip.wav", wav)})
        client.post("/v1/webhooks", json={"url": url})
        client.post("/predict", files={"file": ("clip.wav", wav)})
        until(lambda: len(got) == 2)
        assert client.get("/v1/webhooks").json()["webhooks"][0]["waiting"] == 0


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://example.org/"}, "bad_webhook"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "bad_webhook"),
        ({"url": "https://[::ffff:127.0.0.1]/"}, "bad_webhook"),
        ({"url": "https://example.org/", "events": ["nothing"]}, "bad_webhook"),
        ({"url": "https://example.org/", "events": []}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_webhook_that_must_not_be_is_refused(serving, fake, tmp_path: Path, body: dict, code: str) -> None:
    with serving(fake(), data_dir=tmp_path) as client:
        answer = client.post("/v1/webhooks", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert client.get("/v1/webhooks").json() == {"webhooks": []}


def test_without_one_an_analysis_writes_nothing(serving, fake, tmp_path: Path, wav: bytes) -> None:
    with serving(fake(), data_dir=tmp_path / "data") as client:
        client.post("/predict", files={"file": ("clip.wav", wav)})
    assert not (tmp_path / "data").exists()
