"""The server over the real engine and the model that ships: what a client sends over a socket, and what it gets."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import ANY

import httpx
import numpy as np
import pytest
import soundfile

from sentisound.service import Analyzer
from sentisound.settings import Settings

MODEL = "default"
MAX_UPLOAD_MB = 1.0


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(Settings(model=MODEL, max_duration_s=60))


@pytest.fixture(scope="module")
def real(serving, analyzer: Analyzer) -> Iterator[httpx.Client]:
    with serving(analyzer, max_upload_mb=MAX_UPLOAD_MB) as client:
        yield client


def encoded(samples: np.ndarray, **options: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 16_000, **{"format": "WAV", "subtype": "PCM_16", **options})
    return buffer.getvalue()


def predict(client: httpx.Client, content: bytes, name: str = "clip.wav") -> httpx.Response:
    return client.post("/predict", files={"file": (name, content)})


def test_an_upload_gets_the_scores_of_the_library(real: httpx.Client, analyzer: Analyzer, wav: bytes) -> None:
    answer = predict(real, wav, "me.wav").json()
    expected = analyzer.analyze(wav)
    assert answer == {
        "emotion": expected.emotion,
        "probabilities": expected.scores.to_dict(),
        "audio_file": "me.wav",
        "visualization": ANY,
    }
    assert list(answer["probabilities"]) == analyzer.card.labels
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_a_recording_gets_the_scores_of_an_upload(real: httpx.Client, wav: bytes) -> None:
    recorded = real.post("/record", json={"audio": "data:audio/wav;base64," + base64.b64encode(wav).decode()}).json()
    assert recorded["probabilities"] == predict(real, wav).json()["probabilities"]


@pytest.mark.parametrize(
    "options",
    [{"format": "FLAC"}, {"format": "OGG", "subtype": "VORBIS"}, {"format": "MP3", "subtype": "MPEG_LAYER_III"}],
    ids=["flac", "ogg", "mp3"],
)
def test_the_content_decides_what_a_file_is(real: httpx.Client, wav: bytes, options: dict[str, str]) -> None:
    samples, _ = soundfile.read(io.BytesIO(wav))
    answer = predict(real, encoded(samples, **options), "named-like-a.wav")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("container", "codec"), [("mp4", "aac"), ("webm", "libopus")])
def test_what_phones_and_browsers_record_is_taken(real: httpx.Client, wav: bytes, container: str, codec: str) -> None:
    """These formats come by the extra ``codecs``, and from an upload they are read as a stream."""
    av = pytest.importorskip("av")
    samples, rate_hz = soundfile.read(io.BytesIO(wav), dtype="int16")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=48_000, frame_size=stream.frame_size)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    answer = predict(real, buffer.getvalue(), "voice")
    assert answer.status_code == 200, answer.text


def test_the_documented_call_works_with_curl(real: httpx.Client, wav: bytes, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl here")
    (tmp_path / "clip.wav").write_bytes(wav)
    call = [curl, "--noproxy", "*", "-sS", "--max-time", "20", "-F", "file=@clip.wav", f"{real.base_url}/predict"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(done.stdout)["audio_file"] == "clip.wav"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"Dear all, this is no sound. " * 50, 415),
        (b"RIFF\x00\x00\x00\x00WAVE", 415),
        (encoded(np.zeros(16_000)), 422),
        (encoded(0.1 * np.ones(200)), 422),
        (encoded(np.zeros(8_000 * 61), subtype="PCM_U8"), 422),
        (bytes(int(MAX_UPLOAD_MB * 1_000_000) + 1), 413),
    ],
    ids=["empty", "text", "header", "silence", "too short", "too long", "too large"],
)
def test_what_cannot_be_analysed_is_refused_in_words(real: httpx.Client, content: bytes, status: int) -> None:
    answer = predict(real, content, "x.wav")
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    assert 10 < len(answer.json()["error"]) < 400
    assert "/tmp" not in answer.text  # noqa: S108


def test_messages_name_the_upload_as_its_sender_did(real: httpx.Client) -> None:
    assert "'notes.wav'" in predict(real, b"Dear all, this is no sound.", "../notes.wav").json()["error"]


def test_text_in_a_recording_is_no_sound(real: httpx.Client) -> None:
    answer = real.post("/record", json={"audio": base64.b64encode(b"Dear all, this is no sound.").decode()})
    assert answer.status_code == 415


def test_many_at_once_get_the_answer_of_one(real: httpx.Client, wav: bytes) -> None:
    alone = predict(real, wav).json()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: predict(real, wav).json(), range(8)))
    places = {answer.pop("visualization") for answer in [alone, *answers]}
    assert answers == [alone] * 8
    assert len(places) == 9  # each has a picture of its own


def test_the_model_is_described_by_its_card(real: httpx.Client, analyzer: Analyzer) -> None:
    info = real.get("/models/info").json()
    assert set(info) == {"model_type", "classes", "n_features", "trained_on", "feature_type", "scaler"}
    assert info["classes"] == analyzer.card.labels
    assert info["n_features"] == analyzer.card.features.size
    assert all(isinstance(info[key], str) and info[key] for key in ("model_type", "trained_on", "feature_type"))
