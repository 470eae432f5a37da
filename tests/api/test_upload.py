"""``POST /upload``: the original shape, a chart that is a picture, and nothing that stays."""

from __future__ import annotations

import io
from base64 import b64decode
from pathlib import Path

import httpx
from PIL import Image


def test_upload_answers_in_the_original_shape_with_a_chart(client: httpx.Client, wav: bytes):
    answer = client.post("/upload", files={"file": ("clip.wav", wav)})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"predicted_emotion", "probabilities", "chart_url"}
    assert body["predicted_emotion"] == "happy"
    assert body["probabilities"]["happy"] == 0.71
    head, _, data = body["chart_url"].partition(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(b64decode(data))).size[0] > 500


def test_nothing_of_an_upload_is_kept(serving, fake, wav: bytes, tmp_path: Path):
    with serving(fake(), cache_dir=tmp_path / "cache") as client:
        client.post("/upload", files={"file": ("clip.wav", wav)})
        assert client.get("/download-report/clip.wav").status_code == 404
    assert not (tmp_path / "cache").exists()


def test_upload_works_where_no_pictures_are_kept(serving, fake, wav: bytes):
    with serving(fake(), picture_minutes=0) as client:
        assert client.post("/upload", files={"file": ("clip.wav", wav)}).status_code == 200


def test_what_is_missing_is_said_as_everywhere(client: httpx.Client):
    answer = client.post("/upload")
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


def test_too_much_is_refused(client: httpx.Client):
    assert client.post("/upload", files={"file": ("clip.wav", b"\0" * 300_000)}).status_code == 413
