"""The wide set: names, the delta tracks, and what is left when there is no voice."""

import numpy as np
import pytest

from sentisound.features.descriptors import OUTLINE_NAMES
from sentisound.features.wide import BROAD_NAMES, STURDY_NAMES, VOICING_NAMES, WIDE_NAMES, wide
from sentisound.testing import speech_like

RATE_HZ = 16_000


def named(samples):
    return dict(zip(WIDE_NAMES, wide(np.asarray(samples, dtype=np.float32), RATE_HZ).tolist(), strict=True))


@pytest.fixture(scope="module")
def speech():
    return speech_like(1.5, RATE_HZ, np.random.default_rng(0), f0_hz=140)


@pytest.fixture(scope="module")
def values(speech):
    return named(speech)


def test_the_documented_size_and_names():
    assert len(WIDE_NAMES) == 68 * 2 * 31 + 4 + 90 == 4310
    assert {"mel07_de.p95", "f0_semitones.mean", "jitter_de.std", "voiced.share"} <= set(WIDE_NAMES)


def test_broad_is_wide_without_single_periods_partials_and_formants(speech, values):
    assert len(BROAD_NAMES) == 4310 - 2 * 2 * 31 - 2 * 13 == 4160
    broad = wide(speech, RATE_HZ, fine=False)
    assert broad.tolist() == [values[name] for name in BROAD_NAMES], "to the last bit"
    missing = {
        name.removeprefix("prosodic.voiced.").split("_")[0].split(".")[0] for name in set(WIDE_NAMES) - set(BROAD_NAMES)
    }
    assert missing == {"jitter", "shimmer", "h1", "f1", "f2", "f3"}


def test_sturdy_is_broad_without_the_outline_of_the_spectrum(speech, values):
    assert len(STURDY_NAMES) == 4160 - 12 * 2 * 31 == 3416
    sturdy = wide(speech, RATE_HZ, fine=False, outline=False)
    assert sturdy.tolist() == [values[name] for name in STURDY_NAMES], "to the last bit"
    missing = {name.split(".")[0].removesuffix("_de") for name in set(BROAD_NAMES) - set(STURDY_NAMES)}
    assert missing == set(OUTLINE_NAMES)


def test_values_belong_to_their_names(values):
    assert values["f0_semitones.p50"] == pytest.approx(12 * np.log2(140 / 27.5), abs=2.5)
    assert 0 < values["voiced.share"] <= 1
    assert values["mel03.p05"] < values["mel03.p50"] < values["mel03.p95"]
    assert abs(values["mel03_de.mean"]) < values["mel03_de.std"]


def test_a_higher_voice_is_higher(values):
    high = named(speech_like(1.5, RATE_HZ, np.random.default_rng(0), f0_hz=280))
    assert high["f0_semitones.p50"] - values["f0_semitones.p50"] == pytest.approx(12, abs=1)


def test_a_livelier_voice_has_a_wider_range():
    flat, lively = (
        named(speech_like(2.0, RATE_HZ, np.random.default_rng(1), f0_range_semitones=swing)) for swing in (0, 10)
    )
    assert lively["f0_semitones.p05_95"] > flat["f0_semitones.p05_95"] + 2


def test_gain_moves_levels_and_leaves_shapes(values, speech):
    louder = named(2 * speech)
    assert louder["energy.mean"] > values["energy.mean"] + 1
    assert louder["centroid.mean"] == pytest.approx(values["centroid.mean"], rel=0.01)
    assert louder["f0_semitones.mean"] == pytest.approx(values["f0_semitones.mean"], abs=0.05)


def test_noise_has_no_voice():
    noise = named(0.1 * np.random.default_rng(0).standard_normal(RATE_HZ))
    assert noise["voiced.share"] < 0.05
    assert noise["flatness.mean"] > -1


def test_silence_has_no_voicing():
    silence = named(np.zeros(RATE_HZ))
    assert [silence[name] for name in VOICING_NAMES] == [0, 0, 0, 0]
    assert silence["f0_semitones.mean"] == 0


@pytest.mark.parametrize("n_samples", [1, 100, 161, 500])
def test_few_frames_are_enough(n_samples):
    assert np.isfinite(wide(np.ones(n_samples, dtype=np.float32), RATE_HZ)).all()
