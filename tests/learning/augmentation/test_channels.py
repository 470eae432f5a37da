"""Gain, filters, clipping, hum, codecs and the phone: what a channel does to a sound, and that it delays nothing."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.learning.augmentation.clipping import Clipping
from sentisound.learning.augmentation.codec import FORMATS, RATES_HZ, Codec, _aligned
from sentisound.learning.augmentation.companding import companded
from sentisound.learning.augmentation.gain import Gain
from sentisound.learning.augmentation.high_pass import HighPass
from sentisound.learning.augmentation.phone import Phone
from sentisound.learning.augmentation.tilt import Tilt
from sentisound.learning.augmentation.tone import Tone
from sentisound.testing import speech_like, tone

RATE_HZ = 16_000


def delay(sent: np.ndarray, received: np.ndarray) -> int:
    length = 2 * len(sent)
    likeness = np.fft.irfft(np.fft.rfft(received, length) * np.conj(np.fft.rfft(sent, length)), length)
    late = int(likeness.argmax())
    return late - length if late > len(sent) else late


def response_db(transform, frequency_hz: float) -> float:
    sound = tone(1, RATE_HZ, frequency_hz)
    made = transform.apply(sound, RATE_HZ, np.random.default_rng(0))
    return float(20 * np.log10(made[2000:-2000].std() / sound.std()))


@pytest.mark.parametrize("gain_db", [-10.0, 0.0, 10.0])
def test_gain_is_in_db_and_clips_nothing(gain_db: float, rng):
    sound = tone(0.1, RATE_HZ, 100, level_db=-3)
    made = Gain(gain_db, gain_db).apply(sound, RATE_HZ, rng)
    assert 20 * np.log10(np.abs(made).max() / np.abs(sound).max()) == pytest.approx(gain_db, abs=1e-4)


@pytest.mark.parametrize("slope", [-6.0, -3.0, 3.0, 6.0])
def test_a_tilt_is_so_many_db_an_octave_and_keeps_the_level(slope: float, rng):
    noise = rng.standard_normal(8 * RATE_HZ).astype(np.float32) / 10
    made = Tilt(slope, slope).apply(noise, RATE_HZ, rng)
    ratio = np.abs(np.fft.rfft(made)) / np.abs(np.fft.rfft(noise))
    hz = np.fft.rfftfreq(len(noise), 1 / RATE_HZ)
    octaves = [20 * np.log10(np.median(ratio[(hz > 0.98 * f) & (hz < 1.02 * f)])) for f in (250, 500, 1000, 2000, 4000)]
    assert np.diff(octaves) == pytest.approx([slope] * 4, abs=0.1)
    assert made.std() == pytest.approx(noise.std(), rel=1e-3)


def test_a_tilt_delays_nothing_and_does_not_lift_an_offset_without_bound(voice: np.ndarray, rng):
    made = Tilt(-3, -3).apply(voice, RATE_HZ, rng)
    assert delay(voice, made) == 0
    offset = Tilt(-24, -24).apply(voice + np.float32(0.01), RATE_HZ, rng)
    assert np.isfinite(offset).all()


@pytest.mark.parametrize(("frequency_hz", "low_db", "high_db"), [(50, -26, -23), (100, -3.1, -2.9), (400, -0.1, 0.1)])
def test_a_high_pass_takes_3_db_at_its_edge_and_24_more_an_octave_below(
    frequency_hz: float, low_db: float, high_db: float
):
    assert low_db < response_db(HighPass(100, 100), frequency_hz) < high_db


def test_a_high_pass_delays_nothing(voice: np.ndarray, rng):
    assert delay(voice, HighPass(150, 150).apply(voice, RATE_HZ, rng)) == 0


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1])
def test_clipping_cuts_the_loudest_samples_alone(share: float, voice: np.ndarray, rng):
    made = Clipping(share, share).apply(voice, RATE_HZ, rng)
    cut = made != voice
    assert cut.mean() == pytest.approx(share, rel=0.02)
    assert np.abs(voice[cut]).min() >= np.abs(voice[~cut]).max()
    assert len(np.unique(np.abs(made[cut]))) == 1


def test_clipping_draws_as_many_small_shares_as_large_ones():
    sound = np.random.default_rng(0).standard_normal(20_000).astype(np.float32)
    rng = np.random.default_rng(1)
    shares = [(Clipping(0.001, 0.1).apply(sound, RATE_HZ, rng) != sound).mean() for _ in range(300)]
    assert np.mean(np.array(shares) < 0.01) == pytest.approx(0.5, abs=0.08)


def test_a_tone_lies_at_its_frequency_and_so_many_db_below(voice: np.ndarray, rng):
    added = Tone(1000, 1000, 40, 40).apply(voice, RATE_HZ, rng) - voice
    spectrum = np.abs(np.fft.rfft(added * np.hanning(len(added))))
    assert np.fft.rfftfreq(len(added), 1 / RATE_HZ)[spectrum.argmax()] == pytest.approx(1000, abs=2)
    assert 20 * np.log10(added.std() / voice.std()) == pytest.approx(-40, abs=0.1)


def test_a_tone_above_half_the_rate_is_not_folded_back(voice: np.ndarray, rng):
    assert np.array_equal(Tone(9000, 9000).apply(voice, RATE_HZ, rng), voice)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("compression", [0.1, 0.7, 0.99])
@pytest.mark.parametrize("length", [200, 9999, 24_000])
def test_codecs_keep_length_and_place(kind: str, compression: float, length: int, voice: np.ndarray, rng):
    made = Codec(kind, compression, compression).apply(voice[:length], RATE_HZ, rng)
    assert len(made) == length
    if length > 1000:
        assert abs(delay(voice[:length], made)) <= 1
        assert np.corrcoef(voice[:length], made)[0, 1] > 0.9


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("rate_hz", [*RATES_HZ, 11_025, 44_100])
def test_codecs_take_any_rate(kind: str, rate_hz: int, rng):
    sound = speech_like(0.5, rate_hz, np.random.default_rng(0))
    made = Codec(kind, 0.5, 0.5).apply(sound, rate_hz, rng)
    assert len(made) == len(sound)
    assert np.corrcoef(sound, made)[0, 1] > 0.9


@pytest.mark.parametrize("kind", FORMATS)
def test_codecs_lose_something_and_not_much(kind: str, voice: np.ndarray, rng):
    made = Codec(kind, 0.7, 0.7).apply(voice, RATE_HZ, rng)
    lost_db = 20 * np.log10((made - voice).std() / voice.std())
    assert -60 < lost_db < -12


def test_any_draws_every_kind(voice: np.ndarray):
    rng = np.random.default_rng(0)
    short = voice[:800]
    made = {Codec(min_compression=0.5, max_compression=0.5).apply(short, RATE_HZ, rng).tobytes() for _ in range(30)}
    assert len(made) == 4


def test_codecs_clip_beyond_full_scale(rng):
    made = Codec("vorbis", 0, 0).apply(4 * tone(0.5, RATE_HZ, 440, level_db=-6), RATE_HZ, rng)
    assert np.abs(made).max() < 1.5


@pytest.mark.parametrize("late", [0, 1105, 2000])
def test_what_a_decoder_did_not_take_off_is_taken_off(late: int, voice: np.ndarray):
    """LAME's delay is 1105 samples, and mpg123 leaves it on where the file has no room for the header that tells it."""
    received = np.pad(voice, (late, 500))
    assert np.array_equal(_aligned(voice, received), voice)


def test_a_codec_that_gives_too_little_is_filled_with_silence(voice: np.ndarray):
    made = _aligned(voice, voice[:-10])
    assert len(made) == len(voice)
    assert not made[-10:].any()


def test_mu_law_is_as_exact_at_every_level(rng):
    """Companding gives soft sound the same resolution as loud: 8 bits with mu = 255 have some 38 dB over 30 dB."""
    for level_db in (-10, -20, -30, -40):
        sound = tone(0.5, RATE_HZ, 443, level_db)
        lost_db = 20 * np.log10((Codec("mu_law").apply(sound, RATE_HZ, rng) - sound).std() / sound.std())
        assert lost_db == pytest.approx(-37, abs=3.5)


def test_mu_law_has_255_levels_and_clips():
    made = np.unique(companded(np.linspace(-2, 2, 100_000, dtype=np.float32)))
    assert len(made) == 255
    assert (made.min(), made.max()) == (-1, 1)
    assert np.array_equal(made, -made[::-1])


@pytest.mark.parametrize(("frequency_hz", "low_db", "high_db"), [(60, -200, -60), (300, -4, -2), (1000, -0.3, 0.3)])
def test_the_phone_passes_300_to_3400_hz(frequency_hz: float, low_db: float, high_db: float):
    assert low_db < response_db(Phone(companding=False), frequency_hz) < high_db


def test_the_phone_passes_nothing_above_4_khz_nor_folds_it_back():
    assert response_db(Phone(companding=False), 5000) < -60
    assert response_db(Phone(companding=False), 3800) < -6


def test_the_phone_delays_nothing_at_any_rate(rng):
    for rate_hz in (8000, 16_000, 44_100):
        sound = speech_like(0.5, rate_hz, np.random.default_rng(1))
        made = Phone().apply(sound, rate_hz, rng)
        assert len(made) == len(sound)
        assert abs(delay(sound, made)) <= 1


def test_the_phone_sounds_coarser_with_mu_law(voice: np.ndarray, rng):
    fine, coarse = (Phone(companding=with_it).apply(voice, RATE_HZ, rng) for with_it in (False, True))
    assert -45 < 20 * np.log10((coarse - fine).std() / fine.std()) < -25
