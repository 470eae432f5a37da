"""The original endpoints: their clients must find every key they know, and none that has moved."""

from __future__ import annotations

import base64
import re

import httpx
import pytest

PROBABILITIES = {
    "neutral": 0.03,
    "calm": 0.01,
    "happy": 0.71,
    "sad": 0.05,
    "angry": 0.1,
    "fearful": 0.04,
    "disgust": 0.02,
    "surprised": 0.04,
}


def test_predict_answers_in_the_original_shape(client: httpx.Client, wav: bytes) -> None:
    answer = client.post("/predict", files={"file": ("clip.wav", wav, "audio/wav")})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert re.fullmatch(r"visualizations/clip_[0-9a-f]{32}_analysis\.png", body.pop("visualization"))
    assert body == {"emotion": "happy", "probabilities": PROBABILITIES, "audio_file": "clip.wav"}


def test_predict_gives_the_engine_every_byte(serving, fake, wav: bytes) -> None:
    heard = []
    large = wav * 40  # 2.6 MB: beyond what stays in memory, so it comes back from a temporary file
    with serving(fake(work=heard.append)) as client:
        client.post("/predict", files={"file": ("clip.wav", large)})
    assert heard == [large]


def test_predict_does_not_mind_other_fields(client: httpx.Client, wav: bytes) -> None:
    answer = client.post("/predict", files={"file": ("clip.wav", wav)}, data={"language": "en", "note": "ü"})
    assert answer.status_code == 200


@pytest.mark.parametrize("head", ["data:audio/wav;base64,", "data:audio/webm;codecs=opus;base64,", ""])
def test_record_takes_a_data_url_and_bare_base64(client: httpx.Client, wav: bytes, head: str) -> None:
    answer = client.post("/record", json={"audio": head + base64.b64encode(wav).decode()})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"emotion", "probabilities", "audio_file", "visualization"}
    assert body["emotion"] == "happy"
    assert body["probabilities"] == PROBABILITIES


def test_record_gives_the_engine_the_decoded_sound(serving, fake, wav: bytes) -> None:
    heard = []
    with serving(fake(work=heard.append)) as client:
        client.post("/record", json={"audio": "data:audio/wav;base64," + base64.encodebytes(wav).decode()})
    assert heard == [wav]


def test_a_long_recording_comes_back_whole_from_its_temporary_file(serving, fake, wav: bytes) -> None:
    heard = []
    long = wav * 40
    with serving(fake(work=heard.append)) as client:
        answer = client.post("/record", json={"audio": base64.b64encode(long).decode()})
    assert answer.status_code == 200
    assert heard == [long]


def test_recordings_are_named_after_their_second_and_never_alike(client: httpx.Client) -> None:
    answers = [client.post("/record", json={"audio": "UklGRg=="}).json() for _ in range(5)]
    names = [answer["audio_file"] for answer in answers]
    assert all(re.fullmatch(r"recording_\d{8}_\d{6}(_\d)?\.wav", name) for name in names)
    assert len(set(names)) == 5


def test_health_says_ok(client: httpx.Client) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_model_info_describes_the_loaded_model(client: httpx.Client) -> None:
    assert client.get("/models/info").json() == {
        "model_type": "MLP (300 units)",
        "classes": list(PROBABILITIES),
        "n_features": 40,
        "trained_on": "ravdess, crema-d",
        "feature_type": "mfcc (40 values)",
        "scaler": "StandardScaler",
    }


def test_an_abstention_is_in_a_header_and_leaves_the_shape_alone(serving, fake, wav: bytes) -> None:
    with serving(fake(reason="no_speech")) as client:
        answer = client.post("/predict", files={"file": ("rain.wav", wav)})
    assert answer.headers["X-SentiSound-Abstained"] == "no_speech"
    assert set(answer.json()) == {"emotion", "probabilities", "audio_file", "visualization"}


def test_no_abstention_no_header(client: httpx.Client, wav: bytes) -> None:
    answer = client.post("/predict", files={"file": ("clip.wav", wav)})
    assert "X-SentiSound-Abstained" not in answer.headers
