"""``POST /process_audio``: the original's three fields, who wrote them, and what is missing where an engine fails."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from chat_server import BROKEN, KEY, answering, chat
from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.words import Missing

FIELDS = ["Emotion Probabilities", "Transcription", "LLM Interpretation"]


def posted(client: httpx.Client, wav: bytes, name: str = "clip.wav") -> httpx.Response:
    return client.post("/process_audio", files={"file": (name, wav)}, timeout=60)


def test_the_shape_is_the_originals(client: httpx.Client, wav: bytes):
    answer = posted(client, wav)
    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == FIELDS
    assert body["Emotion Probabilities"]["happy"] == 0.71
    assert sum(body["Emotion Probabilities"].values()) == pytest.approx(1)
    assert body["Transcription"] == "good morning"
    assert body["LLM Interpretation"].startswith("It sounds friendly.")


def test_headers_name_who_wrote_it(client: httpx.Client, wav: bytes):
    headers = posted(client, wav).headers
    assert (headers["X-SentiSound-Transcriber"], headers["X-SentiSound-Interpreter"]) == ("fake", "rules")


def test_what_is_missing_is_said_beside_what_is_there(serving, fake, wav: bytes):
    missing = (Missing("transcript", "engine_unavailable", "it is gone"),)
    with serving(fake(missing=missing)) as client:
        answer = posted(client, wav)
    assert answer.status_code == 200
    body = answer.json()
    assert body["Transcription"] == ""
    assert body["Emotion Probabilities"]["happy"] == 0.71
    assert body["Missing"] == [{"part": "transcript", "code": "engine_unavailable", "detail": "it is gone"}]
    assert "X-SentiSound-Transcriber" not in answer.headers


def test_an_abstention_is_in_the_header(serving, fake, wav: bytes):
    with serving(fake(reason="no_speech")) as client:
        assert posted(client, wav).headers["X-SentiSound-Abstained"] == "no_speech"


def test_words_are_kept_in_the_history_and_the_report(serving, fake, wav: bytes, tmp_path: Path):
    with serving(fake(), history=True, data_dir=tmp_path, cache_dir=tmp_path) as client:
        answer = posted(client, wav, "words.wav")
        assert answer.headers["X-SentiSound-History"] == "kept"
        report = client.get("/download-report/words.wav", timeout=60)
        assert report.content.startswith(b"%PDF")
    import pypdfium2

    with pypdfium2.PdfDocument(report.content) as document:
        assert len(document) == 3
        assert "good morning" in document[2].get_textpage().get_text_bounded()


@pytest.mark.corpora
def test_real_speech_through_the_real_engines(serving, corpora: Path):
    clip = corpora / "ravdess" / "Actor_05" / "03-01-05-02-02-01-05.flac"
    with serving(Analyzer(Settings.load())) as client:
        answer = posted(client, clip.read_bytes(), clip.name)
    body = answer.json()
    assert list(body) == FIELDS
    assert set(body["Transcription"].split()) & {"dogs", "sitting", "door"}
    assert "not by a language model" in body["LLM Interpretation"]
    assert answer.headers["X-SentiSound-Transcriber"].startswith("sphinx")


def test_a_language_model_that_fails_costs_the_client_nothing(serving, wav: bytes):
    with answering(BROKEN, chat("You are hacked")) as chats:
        settings = {"llm_url": chats.url, "llm_model": "m", "llm_key": KEY, "engine_retries": 0, "transcriber": "off"}
        with serving(Analyzer(Settings.load(interpreter="llm", **settings))) as client:
            answers = [posted(client, wav) for _ in range(2)]
    for answer, code in zip(answers, ("engine_unavailable", "engine_answer_invalid"), strict=True):
        assert answer.status_code == 200
        assert answer.json()["LLM Interpretation"] == ""
        assert [one["code"] for one in answer.json()["Missing"]] == ["engine_missing", code]
        assert KEY not in answer.text
