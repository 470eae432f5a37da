"""An OpenAI-compatible transcription server over a real socket: what is sent, what is taken, what is refused."""

from __future__ import annotations

import io

import pytest
import soundfile

from chat_server import BROKEN, KEY, Shape, answering, failure
from sentisound.engine_errors import EngineAnswerInvalid, EngineMissing, EngineUnavailable
from sentisound.settings import Settings
from sentisound.transcription.remote import Remote

VERBOSE = Shape(
    body={
        "task": "transcribe",
        "language": "polish",
        "duration": 3.0,
        "text": " Dzień dobry.",
        "words": [{"word": "Dzień", "start": 0.1, "end": 0.4}, {"word": "dobry", "start": 0.5, "end": 0.9}],
        "usage": {"type": "duration", "seconds": 3},
    }
)


def remote(url: str, **settings) -> Remote:
    given = {"transcription_url": url, "transcription_key": KEY, "engine_retries": 0, "engine_timeout_s": 5}
    return Remote.of(Settings.load(**{**given, **settings}))


def test_the_sound_is_sent_whole_and_the_words_come_back_with_times(waveform, whole):
    with answering(VERBOSE) as server:
        found = remote(server.url).transcribe(waveform, whole, None, lambda _: None)
    (asked,) = server.asked
    assert asked.path == "/v1/audio/transcriptions"
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    flac = asked.body[asked.body.index(b"fLaC") :]
    samples, rate_hz = soundfile.read(io.BytesIO(flac), dtype="float32")
    assert (rate_hz, len(samples)) == (16_000, len(waveform.samples))
    assert samples == pytest.approx(waveform.samples, abs=1e-4)
    assert b"verbose_json" in asked.body
    assert b'name="language"' not in asked.body
    assert (found.text, found.language, found.language_source) == ("Dzień dobry.", "pl", "detected")
    assert [(word.text, word.start_s) for word in found.words] == [("Dzień", 0.1), ("dobry", 0.5)]
    assert found.engine == "remote (whisper-1)"


def test_a_model_without_times_is_asked_for_text_alone(waveform, whole):
    no_times = failure(400, "response_format 'verbose_json' is not compatible with model 'x'. Use 'json' instead.")
    with answering(no_times, Shape(body={"text": "hello"})) as server:
        found = remote(server.url, transcription_model="x").transcribe(waveform, whole, "en-GB", lambda _: None)
    assert b"verbose_json" not in server.asked[1].body
    assert b'name="language"\r\n\r\nen\r\n' in server.asked[1].body
    assert (found.text, found.language, found.language_source, found.words) == ("hello", "en", "set", ())


def test_without_speech_nothing_leaves_the_machine(waveform):
    with answering(VERBOSE) as server:
        assert remote(server.url).transcribe(waveform, (), None, lambda _: None).text == ""
    assert server.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {"words": []},
        {"text": 7},
        [],
        {"text": "x", "words": [{"word": "x", "start": -1.0, "end": 2.0}]},
        {"text": "x", "words": [{"word": "x", "start": 0.0, "end": float("nan")}]},
    ],
)
def test_an_answer_of_another_form_is_refused(body, waveform, whole):
    with answering(Shape(body=body)) as server, pytest.raises(EngineAnswerInvalid, match="another form"):
        remote(server.url).transcribe(waveform, whole, None, lambda _: None)


def test_a_server_in_trouble_is_unavailable(waveform, whole):
    with answering(BROKEN) as server, pytest.raises(EngineUnavailable, match="500"):
        remote(server.url).transcribe(waveform, whole, None, lambda _: None)


def test_without_an_address_it_says_which_setting_is_wanted():
    with pytest.raises(EngineMissing, match="SENTISOUND_TRANSCRIPTION_URL"):
        Remote.of(Settings.load())
