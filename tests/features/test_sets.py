"""The contract that every feature set keeps, and the registry's answers to wrong names and parameters."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sentisound.audio.waveform import Origin, Waveform
from sentisound.errors import BadFeatureParameters, UnknownFeatureSet
from sentisound.features import SETS, feature_set
from sentisound.features.sets import at_level
from sentisound.testing import speech_like

RATES_HZ = (8_000, 16_000, 22_050, 48_000)


def waveform(samples, rate_hz=16_000):
    return Waveform(np.asarray(samples, dtype=np.float32), rate_hz, Origin("array", "float32", rate_hz, 1))


def impulse(n_samples):
    samples = np.zeros(n_samples)
    samples[n_samples // 2] = 1
    return samples


SOUNDS = {
    "one sample": [0.5],
    "two samples": [0.5, -0.5],
    "20 ms": speech_like(0.02, 16_000, np.random.default_rng(0)),
    "silence": np.zeros(16_000),
    "digital near-silence": np.full(16_000, 1e-30),
    "direct current": np.full(16_000, 0.3),
    "one impulse": impulse(16_000),
    "full-scale square": np.sign(np.sin(np.arange(16_000) / 9)),
    "white noise": np.random.default_rng(0).standard_normal(16_000),
    "speech": speech_like(1.5, 16_000, np.random.default_rng(0)),
    "speech between silences": np.pad(speech_like(0.4, 16_000, np.random.default_rng(0)), 8000),
    "absurdly loud": np.random.default_rng(0).standard_normal(8000) * 1e30,
}


@pytest.fixture(scope="module", params=SETS)
def features(request):
    return feature_set(request.param)


def assert_fits(features, values):
    assert values.dtype == np.float32
    assert values.ndim == (1 if features.kind == "vector" else 2)
    assert values.shape[-1] == features.size
    assert np.isfinite(values).all()


def test_names_are_unique_and_as_many_as_values(features):
    assert len(set(features.names)) == features.size == len(features.names)
    assert all(name and " " not in name for name in features.names)


def test_a_set_knows_itself(features):
    assert feature_set(features.name).names == features.names
    assert features.version >= 1
    assert features.kind in ("vector", "frames")
    assert features.rate_hz >= 16_000


@pytest.mark.parametrize("sound", SOUNDS)
def test_every_sound_has_finite_features(features, sound):
    assert_fits(features, features.extract(waveform(SOUNDS[sound])))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_every_rate_is_taken(features, rate_hz):
    assert_fits(features, features.extract(waveform(speech_like(0.5, rate_hz, np.random.default_rng(0)), rate_hz)))


def test_the_same_sound_has_the_same_features(features):
    sound = waveform(SOUNDS["speech"])
    assert np.array_equal(features.extract(sound), features.extract(sound))


def test_another_sound_has_other_features(features):
    other = speech_like(1.5, 16_000, np.random.default_rng(7), f0_hz=260)
    assert not np.array_equal(features.extract(waveform(SOUNDS["speech"])), features.extract(waveform(other)))


def test_the_input_is_left_alone(features):
    sound = waveform(SOUNDS["speech"].copy())
    features.extract(sound)
    assert np.array_equal(sound.samples, SOUNDS["speech"])


def test_frames_grow_with_duration_and_vectors_do_not(features):
    short, long = (features.extract(waveform(SOUNDS["speech"][:n])) for n in (8000, 24_000))
    assert (len(short) < len(long)) == (features.kind == "frames")


@settings(max_examples=10, deadline=None)
@given(n_samples=st.integers(1, 3000), seed=st.integers(0, 2**32 - 1), exponent=st.floats(-12, 6))
def test_any_finite_waveform_has_finite_features(features, n_samples, seed, exponent):
    samples = np.random.default_rng(seed).standard_normal(n_samples) * 10**exponent
    assert_fits(features, features.extract(waveform(samples)))


def test_an_unknown_set_is_refused_with_the_names():
    with pytest.raises(UnknownFeatureSet, match="mfcc40, spectral, statistical1020"):
        feature_set("mfcc41")


def test_an_unknown_parameter_is_refused_with_the_names():
    with pytest.raises(BadFeatureParameters, match=r"no parameter 'mels'; it takes n_mels, window_ms"):
        feature_set("logmel", {"mels": 64})
    with pytest.raises(BadFeatureParameters, match="it takes none"):
        feature_set("mfcc40", {"n_mfcc": 13})


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("logmel", {"n_mels": "64"}, "n_mels must be int"),
        ("logmel", {"n_mels": 64.5}, "n_mels must be int"),
        ("logmel", {"n_mels": True}, "n_mels must be int"),
        ("logmel", {"normalise": 1}, "normalise must be bool"),
        ("logmel", {"n_mels": 0}, "from 1 to 256"),
        ("logmel", {"hop_ms": 0}, "hop_ms must be from 1"),
        ("logmel", {"fmin_hz": 5000, "fmax_hz": 4000}, "fmax_hz must be from 5001"),
        ("logmel", {"fmax_hz": 9000.0}, "to 8000"),
        ("logmel", {"fmin_hz": float("nan")}, "fmin_hz must be from 0"),
        ("logmel", {"n_mels": 256}, "mel bands hold no frequency"),
        ("statistical1020", {"rate_hz": 8000}, "from 16000"),
    ],
)
def test_wrong_values_are_refused(name, parameters, message):
    with pytest.raises(BadFeatureParameters, match=message):
        feature_set(name, parameters)


def test_parameters_reach_the_set():
    features = feature_set("logmel", {"n_mels": 40, "hop_ms": 20, "normalise": False})
    assert features.extract(waveform(SOUNDS["silence"])).shape == (51, 40)
    assert feature_set("statistical1020", {"rate_hz": 48_000}).rate_hz == 48_000


@pytest.mark.parametrize("name", ["prosodic", "wide", "broad", "sturdy"])
def test_a_normalised_set_does_not_hear_the_gain(name):
    speech = speech_like(2.0, 16_000, np.random.default_rng(3))
    quiet, loud = (feature_set(name).extract(waveform(gain * speech)) for gain in (0.05, 0.9))
    # a value that counts frames beyond a level may gain or lose one that lies on the level
    assert np.mean(np.isclose(quiet, loud, rtol=1e-2, atol=1e-3)) > 0.999
    raw = [feature_set(name, {"normalise": False}).extract(waveform(g * speech)) for g in (0.05, 0.9)]
    assert np.abs(raw[0] - raw[1]).max() > 10  # the level in dB


def test_a_level_is_set_and_silence_is_left_alone():
    noise = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    assert np.sqrt(np.mean(at_level(noise, -26.0) ** 2)) == pytest.approx(0.0501, abs=1e-4)
    assert not at_level(np.zeros(100, np.float32), -26.0).any()
    assert at_level(noise, -26.0).dtype == np.float32
