"""Parity with the feature extractors of transformers: what an imported encoder hears is what it was trained on."""

import numpy as np
import pytest

from sentisound.features.encoder_inputs import WHISPER_FRAMES, WaveformFrames, WhisperMel, whisper_silence
from sentisound.testing import speech_like

transformers = pytest.importorskip("transformers", reason="needs transformers: pip install '.[import]'")

TOLERANCE = 1e-4
"""The values lie within about -1.5..1.5 for Whisper and -10..10 for waveforms; found: 3e-5 at most."""

RATE_HZ = 16_000

SOUNDS = {
    "25 ms": speech_like(0.025, RATE_HZ, np.random.default_rng(0)),
    "a word": speech_like(0.5, RATE_HZ, np.random.default_rng(1)),
    "odd length": speech_like(1.37, RATE_HZ, np.random.default_rng(2))[:-7],
    "an utterance": speech_like(7.7, RATE_HZ, np.random.default_rng(3)),
    "almost 30 s": speech_like(29.99, RATE_HZ, np.random.default_rng(4)),
    "more than 30 s": speech_like(31.5, RATE_HZ, np.random.default_rng(5)),
    "noise": (0.1 * np.random.default_rng(6).standard_normal(20_000)).astype(np.float32),
    "near silence": (1e-4 * np.random.default_rng(7).standard_normal(20_000)).astype(np.float32),
    "silence": np.zeros(20_000, np.float32),
}


@pytest.mark.parametrize("n_mels", [80, 128])
@pytest.mark.parametrize("name", SOUNDS)
def test_whisper_mel(name, n_mels):
    extractor = transformers.WhisperFeatureExtractor(feature_size=n_mels)
    theirs = extractor(SOUNDS[name], sampling_rate=RATE_HZ, return_tensors="np")["input_features"][0].T
    ours = WhisperMel(n_mels)(SOUNDS[name])
    filled = np.pad(ours, ((0, WHISPER_FRAMES - len(ours)), (0, 0)), constant_values=whisper_silence(ours))
    assert filled.shape == theirs.shape
    assert np.abs(filled - theirs).max() < TOLERANCE


@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("name", SOUNDS)
def test_waveform(name, normalise):
    extractor = transformers.Wav2Vec2FeatureExtractor(do_normalize=normalise)
    theirs = extractor(SOUNDS[name], sampling_rate=RATE_HZ, return_tensors="np")["input_values"][0]
    assert np.abs(WaveformFrames(normalise)(SOUNDS[name])[:, 0] - theirs).max() < TOLERANCE
