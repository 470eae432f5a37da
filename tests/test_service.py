"""The service end to end, on the model that ships: synthetic speech everywhere, real speech where it is at hand."""

from __future__ import annotations

import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

import sentisound
from sentisound.corpora.ravdess import RAVDESS
from sentisound.deadline import Deadline, limit
from sentisound.errors import AudioNotFound, AudioTooLong, BundleNotFound, NoSpeech, WorkCancelled
from sentisound.service import Analyzer, display_name, models
from sentisound.settings import Settings
from sentisound.testing import speech_like

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(Settings(model="default", vad="energy"))


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return speech_like(3.0, RATE_HZ, np.random.default_rng(0))


def _wav(samples: np.ndarray, rate_hz: int = RATE_HZ) -> bytes:
    buffer = io.BytesIO()
    sf.write(buffer, samples, rate_hz, format="WAV", subtype="FLOAT")
    return buffer.getvalue()


def test_path_bytes_file_and_array_give_the_same_scores(analyzer: Analyzer, samples: np.ndarray, tmp_path: Path):
    path = tmp_path / "clip.wav"
    path.write_bytes(_wav(samples))
    with path.open("rb") as file:
        found = [
            analyzer.analyze(path),
            analyzer.analyze(str(path)),
            analyzer.analyze(path.read_bytes()),
            analyzer.analyze(file),
            analyzer.analyze(samples, rate_hz=RATE_HZ),
        ]
    assert len({analysis.scores for analysis in found}) == 1
    assert [analysis.file for analysis in found] == ["clip.wav", "clip.wav", "audio", "clip.wav", "audio"]


def test_an_analysis_tells_the_whole_story(analyzer: Analyzer, samples: np.ndarray):
    analysis = analyzer.analyze(samples, rate_hz=RATE_HZ, name="me.wav")
    assert analysis.model == analyzer.card.id
    assert analysis.scores.labels == tuple(analyzer.card.labels)
    assert sum(analysis.scores.probabilities) == pytest.approx(1)
    assert analysis.duration_s == pytest.approx(3.0, abs=0.01)
    assert analysis.segments
    assert all(0 <= s.start_s < s.end_s <= analysis.duration_s for s in analysis.segments)
    assert set(analysis.timings_s) == {"decode", "activity", "recognition"}
    assert all(seconds > 0 for seconds in analysis.timings_s.values())


def test_the_verdict_does_not_depend_on_gain(analyzer: Analyzer, samples: np.ndarray):
    loud, quiet = (analyzer.analyze(gain * samples, rate_hz=RATE_HZ) for gain in (0.9, 0.2))
    assert loud.emotion == quiet.emotion


def test_an_array_needs_its_rate(analyzer: Analyzer, samples: np.ndarray):
    with pytest.raises(TypeError, match="rate"):
        analyzer.analyze(samples)


def test_silence_is_an_error_and_noise_is_an_abstention(analyzer: Analyzer):
    with pytest.raises(NoSpeech, match="microphone"):
        analyzer.analyze(np.zeros(RATE_HZ, np.float32), rate_hz=RATE_HZ)
    noise = (0.05 * np.random.default_rng(0).standard_normal(2 * RATE_HZ)).astype(np.float32)
    analysis = analyzer.analyze(noise, rate_hz=RATE_HZ)
    assert (analysis.abstained, analysis.reason, analysis.segments) == (True, "no_speech", ())


def test_a_word_is_too_short_for_a_verdict(analyzer: Analyzer, samples: np.ndarray):
    quiet = 1e-4 * np.random.default_rng(0).standard_normal(2 * RATE_HZ).astype(np.float32)
    first = analyzer.analyze(samples, rate_hz=RATE_HZ).segments[0]
    start = int((first.start_s + 0.2) * RATE_HZ)
    quiet[RATE_HZ : RATE_HZ + RATE_HZ // 5] += samples[start : start + RATE_HZ // 5]
    assert analyzer.analyze(quiet, rate_hz=RATE_HZ).reason in {"too_short", "no_speech"}


def test_a_long_sound_gets_segments_in_order(analyzer: Analyzer, samples: np.ndarray):
    pause = 1e-4 * np.random.default_rng(0).standard_normal(2 * RATE_HZ).astype(np.float32)
    analysis = analyzer.analyze(np.concatenate([samples, pause, samples, pause, samples]), rate_hz=RATE_HZ)
    starts = [segment.start_s for segment in analysis.segments]
    assert len(starts) >= 3
    assert starts == sorted(starts)
    assert all(a.end_s <= b.start_s for a, b in zip(analysis.segments, analysis.segments[1:], strict=False))


def test_limits_come_from_the_settings(samples: np.ndarray):
    strict = Analyzer(Settings.load(max_duration_s=2.0))
    with pytest.raises(AudioTooLong):
        strict.analyze(samples, rate_hz=RATE_HZ)


def test_a_missing_file_and_a_missing_model_are_told(analyzer: Analyzer, tmp_path: Path):
    with pytest.raises(AudioNotFound):
        analyzer.analyze(tmp_path / "none.wav")
    with pytest.raises(BundleNotFound, match="nope"):
        Analyzer(Settings.load(model="nope"))


def test_one_analyzer_serves_many_threads(analyzer: Analyzer, samples: np.ndarray):
    alone = analyzer.analyze(samples, rate_hz=RATE_HZ).scores
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: analyzer.analyze(samples, rate_hz=RATE_HZ).scores, range(12)))
    assert set(found) == {alone}


def test_the_package_offers_the_one_verb(samples: np.ndarray):
    analysis = sentisound.analyze(samples, rate_hz=RATE_HZ)
    assert isinstance(analysis, sentisound.Analysis)
    assert sentisound.load("original").analyze(samples, rate_hz=RATE_HZ).model.startswith("original@")


def test_all_models_are_listed_with_their_cards(tiny_bundle: Path):
    cards = models(Settings.load(models_dir=tiny_bundle.parent))
    assert {"default", "original", "tiny"} <= set(cards)
    assert cards["tiny"].id == "tiny@0.0.1"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x.wav", "x.wav"),
        ("C:\\Users\\me\\x.wav", "x.wav"),
        ("a\nb\x00c.wav", "a_b_c.wav"),
        ("\u202egnp.wav", "_gnp.wav"),
        ("..", "audio"),
        ("", "audio"),
        ("folder/", "audio"),
        ("x" * 500 + ".wav", "x" * 396 + ".wav"),
        ("Überraschung 喜び.m4a", "Überraschung 喜び.m4a"),
    ],
)
def test_a_name_is_safe_to_show(name: str, shown: str):
    assert display_name(name) == shown


@pytest.mark.corpora
def test_real_speech_is_recognised_far_above_chance(corpora: Path, analyzer: Analyzer):
    """These actors were heard in training: this shows that the whole way works, not how good the model is."""
    clips = RAVDESS.read(corpora / "ravdess")[::24]
    found = [(clip.label, analyzer.analyze(clip.path)) for clip in clips]
    right = Counter(label == analysis.emotion for label, analysis in found)
    assert right[True] / len(clips) > 0.6
    answered = [label == analysis.emotion for label, analysis in found if not analysis.abstained]
    assert np.mean(answered) >= right[True] / len(clips)
    assert not [analysis.reason for _, analysis in found if analysis.reason == "no_speech"]


def test_a_long_sound_without_speech_is_scored_in_parts(analyzer: Analyzer):
    """One utterance of minutes would need gigabytes for its features."""
    noise = (0.05 * np.random.default_rng(0).standard_normal(60 * RATE_HZ)).astype(np.float32)
    parts: list[float] = []
    extract = analyzer.recognizer.extract
    analyzer.recognizer.extract = lambda part: parts.append(part.duration_s) or extract(part)  # type: ignore[method-assign]
    try:
        assert analyzer.analyze(noise, rate_hz=RATE_HZ).reason == "no_speech"
    finally:
        del analyzer.recognizer.extract
    assert sum(parts) == pytest.approx(60, abs=0.1)
    assert max(parts) <= 8.0


def test_progress_is_told_after_each_utterance_and_can_end_the_work(analyzer: Analyzer, samples: np.ndarray):
    pause = 1e-4 * np.random.default_rng(0).standard_normal(2 * RATE_HZ).astype(np.float32)
    long = np.concatenate([samples, pause, samples, pause, samples])
    told: list[float] = []
    analysis = analyzer.analyze(long, rate_hz=RATE_HZ, progress=told.append)
    assert told == sorted(told)
    assert (len(told), told[-1]) == (len(analysis.segments), 1.0)

    def enough(share: float) -> None:
        raise InterruptedError(share)

    with pytest.raises(InterruptedError):
        analyzer.analyze(long, rate_hz=RATE_HZ, progress=enough)


def test_work_that_nobody_waits_for_ends_between_utterances(analyzer: Analyzer):
    long = np.concatenate([speech_like(20.0, RATE_HZ, np.random.default_rng(seed)) for seed in range(2)])
    told: list[float] = []
    current = Deadline()

    def tell(share: float) -> None:
        told.append(share)
        current.cancel()

    with limit(current), pytest.raises(WorkCancelled):
        analyzer.analyze(long, rate_hz=RATE_HZ, progress=tell)
    assert len(told) == 1
    assert told[0] < 1
