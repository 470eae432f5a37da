"""The outline of an analysed sound, and the sample clips."""

from __future__ import annotations

import io
from base64 import b64decode
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from sentisound.api.samples import SAMPLES


@pytest.fixture
def client(serving: Any, fake: Any, tmp_path: Any) -> Any:
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        yield client


def analysed(client: httpx.Client, clip: bytes) -> str:
    return client.post("/v1/analyses", files={"file": ("clip.wav", clip)}).json()["id"]


def test_the_outline_has_as_many_columns_as_asked_for(client: httpx.Client) -> None:
    identity = analysed(client, client.get("/samples/lively.wav").content)
    found = client.get(f"/v1/analyses/{identity}/peaks?columns=50").json()
    assert len(found["low"]) == len(found["high"]) == 50
    assert len(b64decode(found["spectrum"])) == 50 * found["bands"]
    assert max(found["high"]) > 0.05
    assert found["duration"] > 0


@pytest.mark.parametrize(("path", "status"), [("an_none/peaks", 404), ("an_none/peaks?columns=5", 422)])
def test_what_is_not_there_is_a_problem(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(f"/v1/analyses/{path}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_sounds_and_the_same_each_time(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/samples/{name}.wav")
    samples, rate_hz = soundfile.read(io.BytesIO(answer.content))
    assert rate_hz == 16_000
    assert 2 < len(samples) / rate_hz < 60
    assert np.abs(samples).max() < 1
    assert client.get(f"/samples/{name}.wav").content == answer.content


def test_there_are_no_other_samples(client: httpx.Client) -> None:
    assert client.get("/samples/other.wav").status_code == 404
