"""Probes and metrics: the process, its readiness, and what it counted."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from sentisound.history.tables import HEAD


def samples(client: httpx.Client) -> dict[tuple[str, frozenset], float]:
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def labels(**values: str) -> frozenset:
    return frozenset(values.items())


def test_the_process_answers_and_is_ready(serving, fake, tmp_path: Path) -> None:
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()) == (
            200,
            {"status": "ready", "model": "fake@1.0.0", "database": "ok", "migrations": "ok"},
        )


def test_without_a_history_and_keys_no_database_is_needed(client: httpx.Client) -> None:
    assert client.get("/readyz").json()["database"] == "off"


def test_a_database_that_is_gone_or_of_another_time_is_not_ready(serving, fake, tmp_path: Path) -> None:
    with serving(fake(), history=True, data_dir=tmp_path / "data") as client:
        keeper = client.get("/readyz")
        assert keeper.status_code == 200
        with sqlite3.connect(tmp_path / "data" / "history.sqlite3") as connection:
            connection.execute("UPDATE sentisound_revision SET version_num = '0001'")
        connection.close()
        old = client.get("/readyz")
        assert (old.status_code, old.json()["migrations"]) == (503, f"at 0001, not {HEAD}")
        shutil.rmtree(tmp_path / "data")
        (tmp_path / "data").write_text("in the way")
        gone = client.get("/readyz")
        assert (gone.status_code, gone.json()["status"]) == (503, "not ready")
        assert str(tmp_path) not in gone.text
        assert client.get("/healthz").status_code == 200


def test_what_was_asked_and_heard_is_counted(serving, fake, wav: bytes) -> None:
    with serving(fake()) as client:
        for _ in range(3):
            client.post("/predict", files={"file": ("secret name.wav", wav)})
        client.post("/upload", files={"file": ("a.wav", wav)})
        client.post("/predict")
        for path in ("/no/1", "/no/2", "/visualizations/a.png", "/visualizations/b.png", "/static/app.js"):
            client.get(path)
        client.request("BREW", "/health")
        found = samples(client)
        assert found["sentisound_requests_total", labels(method="POST", route="/predict", status="200")] == 3
        assert found["sentisound_requests_total", labels(method="POST", route="/predict", status="400")] == 1
        assert found["sentisound_requests_total", labels(method="GET", route="unmatched", status="404")] == 2
        pictures = "/visualizations/{name:path}"
        assert found["sentisound_requests_total", labels(method="GET", route=pictures, status="404")] == 2
        assert found["sentisound_requests_total", labels(method="GET", route="/static", status="200")] == 1
        assert found["sentisound_request_seconds_count", labels(method="POST", route="/predict")] == 4
        assert found["sentisound_analyses_total", labels(emotion="happy", abstained="false")] == 4
        assert found["sentisound_audio_seconds_total", frozenset()] == 4
        assert found["sentisound_queue_taken", frozenset()] == 0
        assert found["sentisound_queue_places", frozenset()] > 0
        assert {dict(label).get("method") for _, label in found} >= {"other"}
        assert "secret name" not in client.get("/metrics").text


def test_two_applications_count_apart(serving, fake) -> None:
    for _ in range(2):
        with serving(fake()) as client:
            client.get("/models/info")
            found = samples(client)
            assert found["sentisound_requests_total", labels(method="GET", route="/models/info", status="200")] == 1
