"""The originals' mix: each block of columns is librosa's track on librosa's grid, in the units that it says."""

import warnings

import numpy as np
import pytest

from sentisound.audio import decode
from sentisound.features.original_frames import HOP, N_FFT, OriginalFrames
from sentisound.testing import speech_like, tone

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # librosa's imports deprecate one another
    import librosa
    import librosa.feature

RATE_HZ = 16_000
GRID = {"n_fft": N_FFT, "hop_length": HOP}


def mix(**changes):
    return OriginalFrames(RATE_HZ, **({"n_mels": 64, "n_mfcc": 20, "normalise": False} | changes))


@pytest.fixture(scope="module")
def speech():
    return speech_like(2.0, RATE_HZ, np.random.default_rng(0), f0_hz=180)


def columns(frames, name):
    """Return the columns whose name starts so."""
    return frames[:, [at for at, each in enumerate(mix().names) if each.startswith(name)]]


def librosas(name, samples):
    """Return librosa's track, shape (frames, columns)."""
    tracks = {
        "mel": lambda y: librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=RATE_HZ, n_mels=64, **GRID)),
        "mfcc": lambda y: librosa.feature.mfcc(y=y, sr=RATE_HZ, n_mfcc=20, **GRID),
        "centroid": lambda y: librosa.feature.spectral_centroid(y=y, sr=RATE_HZ, **GRID),
        "chroma": lambda y: librosa.feature.chroma_stft(y=y, sr=RATE_HZ, **GRID),
        "zero_crossing": lambda y: librosa.feature.zero_crossing_rate(y, frame_length=N_FFT, hop_length=HOP),
    }
    return tracks[name](samples).T


UNITS = {
    "mel": 20.0,
    "mfcc": np.array([200.0] + 19 * [20.0]),
    "centroid": 1000.0,
    "chroma": 0.3,
    "zero_crossing": 0.1,
}


def assert_parity(samples):
    frames = mix()(samples)
    for name, unit in UNITS.items():
        ours, theirs = unit * columns(frames, name), librosas(name, samples)
        assert ours.shape == theirs.shape, name
        assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max(), name


def test_parity_with_librosa(speech):
    assert_parity(speech)


@pytest.mark.corpora
def test_parity_with_librosa_on_real_speech(corpora):
    path = sorted((corpora / "ravdess" / "Actor_02").iterdir())[20]
    assert_parity(decode(path, rate_hz=RATE_HZ).samples)


def test_columns_are_named_in_order_and_as_many(speech):
    frames = mix(n_mels=40, n_mfcc=13)
    assert frames(speech).shape == (201, len(frames.names)) == (201, 40 + 13 + 1 + 12 + 1)
    assert frames.names[0] == "mel000"
    assert frames.names[40] == "mfcc000"
    assert frames.names[53:55] == ("centroid", "chroma_C")
    assert frames.names[-1] == "zero_crossing"


def test_it_shares_the_grid_of_logmel(speech):
    from sentisound.features import feature_set

    logmel = feature_set("logmel").compute
    for n_samples in (1, 159, 160, 161, 16_000, 31_999):
        assert len(mix()(speech[:n_samples])) == len(logmel(speech[:n_samples])) == n_samples // HOP + 1


def test_normalised_columns_have_no_mean(speech):
    assert mix(normalise=True)(speech).mean(axis=0) == pytest.approx(0, abs=1e-4)


def test_normalised_columns_hear_the_level_less_than_the_voice(speech):
    """A gain moves dB by a constant, and ratios not at all: all but the floor 80 dB below the maximum stays."""
    loud, quiet = (mix(normalise=True)(gain * speech) for gain in (np.float32(1), np.float32(0.25)))
    assert loud == pytest.approx(quiet, abs=2e-3)


def test_columns_are_of_the_same_order(speech):
    spread = mix(normalise=True)(speech).std(axis=0)
    for name in UNITS:
        assert 0.1 < np.median(columns(spread[np.newaxis], name)) < 5, name


def test_a_tone_is_where_it_should_be():
    frames = mix()(tone(0.5, RATE_HZ, 2000))[20:30]
    assert columns(frames, "centroid") == pytest.approx(2.0, rel=0.05)  # kHz
    assert columns(frames, "zero_crossing") == pytest.approx(10 * 2 * 2000 / RATE_HZ, rel=0.02)
    assert (columns(frames, "chroma").argmax(axis=1) == 11).all()  # 2 kHz is a sharp B6 of 1975.5 Hz


def test_silence_is_finite_and_nothing():
    silence = np.zeros(4800, dtype=np.float32)
    assert np.isfinite(mix()(silence)).all()
    assert mix(normalise=True)(silence) == pytest.approx(0, abs=1e-5)
