"""The vectors: sizes and a few values whose meaning is plain."""

import numpy as np
import pytest

from sentisound.features import vectors
from sentisound.testing import speech_like, tone

RATE_HZ = 22_050


def named(names, values):
    return dict(zip(names, values.tolist(), strict=True))


@pytest.fixture(scope="module")
def speech():
    return speech_like(2.0, RATE_HZ, np.random.default_rng(0))


@pytest.fixture(scope="module")
def full(speech):
    return named(vectors.STATISTICAL_NAMES, vectors.statistical1020(speech, RATE_HZ))


def test_sizes_are_the_documented_ones():
    assert (len(vectors.MFCC40_NAMES), len(vectors.SPECTRAL_NAMES), len(vectors.STATISTICAL_NAMES)) == (40, 61, 1020)


@pytest.mark.parametrize(
    ("prefixes", "size"),
    [
        (("wave.", "zero_crossing.", "rms."), 9),
        (("flatness.", "contrast.", "chroma."), 6),
        (("mfcc",), 480),
        (("tempo_bpm", "beats", "onset_strength."), 3),
        (("harmonic.", "percussive."), 4),
        (("mel_db",), 512),
        (("centroid_hz.", "rolloff_hz.", "bandwidth_hz."), 6),
    ],
)
def test_groups_of_the_1020_have_their_sizes(prefixes, size):
    assert sum(name.startswith(prefixes) for name in vectors.STATISTICAL_NAMES) == size


def test_names_and_values_belong_together(speech, full):
    assert full["wave.max"] == pytest.approx(speech.max())
    assert full["wave.min"] == pytest.approx(speech.min())
    assert full["wave.std"] == pytest.approx(speech.std(), rel=1e-5)
    assert full["wave.kurtosis"] > 0  # speech is spikier than noise
    assert 0 < full["harmonic.std"] < full["wave.std"]
    assert 0 < full["percussive.std"] < full["wave.std"]
    assert full["mel_db005.max"] >= full["mel_db005.mean"] >= full["mel_db005.min"]
    assert 0 <= full["centroid_hz.mean"] <= full["rolloff_hz.mean"] <= RATE_HZ / 2


def test_the_sets_agree_where_they_overlap(speech, full):
    mean_mfcc = named(vectors.MFCC40_NAMES, vectors.mfcc40(speech, RATE_HZ))
    small = named(vectors.SPECTRAL_NAMES, vectors.spectral61(speech, RATE_HZ))
    assert full["mfcc07.mean"] == pytest.approx(mean_mfcc["mfcc07.mean"], rel=1e-5)
    assert small["mfcc07.mean"] == pytest.approx(mean_mfcc["mfcc07.mean"], rel=1e-4)
    for name in ("centroid_hz.mean", "rolloff_hz.std", "bandwidth_hz.mean", "zero_crossing.mean", "rms.std"):
        assert small[name] == pytest.approx(full[name], rel=1e-5)


def test_a_tone_is_seen_in_the_vector():
    values = named(vectors.SPECTRAL_NAMES, vectors.spectral61(tone(1.0, RATE_HZ, 880), RATE_HZ))
    classes = {name: value for name, value in values.items() if name.startswith("chroma_") and name.endswith(".mean")}
    assert max(classes, key=classes.__getitem__) == "chroma_A.mean"
    assert values["zero_crossing.mean"] == pytest.approx(2 * 880 / RATE_HZ, rel=0.05)


def test_another_rate_shifts_the_bands(speech):
    faster = named(vectors.STATISTICAL_NAMES, vectors.statistical1020(speech, 48_000))
    slower = named(vectors.STATISTICAL_NAMES, vectors.statistical1020(speech, RATE_HZ))
    assert faster["centroid_hz.mean"] == pytest.approx(slower["centroid_hz.mean"] * 48_000 / RATE_HZ, rel=1e-4)
    assert faster["wave.std"] == slower["wave.std"]
