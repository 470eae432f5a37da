"""Quality: each measure against a sound that was made to have it, and the words that follow."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
import soxr

from sentisound.audio import EnergyVad, Origin, Span, Waveform, assess, decode, from_array
from sentisound.audio.quality import MAX_SNR_DB, pause_power, snr_db

RNG = np.random.default_rng(0)
MIDDLE = (Span(1.0, 3.0),)  # of "..ssss..", which lasts 4 s


def voiced(noise=1e-3, gain=1.0):
    """Two seconds of wide-band "speech" of -20 dB between a second of noise on each side."""
    samples = noise * RNG.standard_normal(64_000)
    samples[16_000:48_000] += 0.1 * gain * RNG.standard_normal(32_000)
    return samples


def test_a_clean_sound_has_no_warnings(wave):
    quality = assess(wave(voiced()), MIDDLE)
    assert quality.warnings == ()
    assert quality.level_db == pytest.approx(-20, abs=0.2)
    assert quality.snr_db == pytest.approx(40, abs=0.5)
    assert quality.clipping == 0
    assert abs(quality.dc_offset) < 0.001
    assert quality.bandwidth_hz > 7_900
    assert quality.speech_ratio == 0.5


@pytest.mark.parametrize("ratio_db", [0, 5, 9, 11, 20, 30])
def test_the_ratio_to_the_noise(ratio_db, wave):
    quality = assess(wave(voiced(0.1 * 10 ** (-ratio_db / 20))), MIDDLE)
    assert quality.snr_db == pytest.approx(ratio_db, abs=0.5)
    assert ("noisy" in " ".join(quality.warnings)) == (ratio_db < 10)


def test_without_pauses_there_is_no_ratio(wave):
    waveform = wave(voiced())
    assert assess(waveform, (Span(0.0, 4.0),)).snr_db is None
    assert assess(waveform, (Span(0.1, 3.9),)).snr_db is None  # 0.1 s of pause is left: too little
    assert assess(waveform, ()).snr_db is None
    assert pause_power(waveform, (Span(0.0, 4.0),)) is None


def test_a_digital_pause_has_a_ratio_that_json_can_tell(wave):
    quality = assess(wave(voiced(0.0)), MIDDLE)
    assert quality.snr_db == MAX_SNR_DB
    assert json.loads(json.dumps(quality.to_dict(), allow_nan=False))["snr_db"] == 100


def test_silence_is_finite_too(wave):
    quality = assess(wave(np.zeros(16_000)), ())
    assert json.dumps(quality.to_dict(), allow_nan=False)
    assert quality.level_db == -120
    assert quality.bandwidth_hz == 0
    assert quality.speech_ratio == 0
    assert any("very quiet" in words for words in quality.warnings)


def test_a_door_in_a_pause_is_no_noise(wave):
    samples = voiced()
    samples[4_000:5_600] += 0.5 * RNG.standard_normal(1_600)
    assert assess(wave(samples), MIDDLE).snr_db == pytest.approx(40, abs=1)


@pytest.mark.parametrize(("gain", "quiet"), [(1e-3, True), (0.01, True), (0.03, False)])
def test_quiet_speech(gain, quiet, wave):
    quality = assess(wave(voiced(1e-5, gain)), MIDDLE)
    assert quality.level_db == pytest.approx(-20 + 20 * np.log10(gain), abs=0.3)
    assert ("very quiet" in " ".join(quality.warnings)) == quiet


def test_clipping_is_seen_at_the_rate_it_happened_and_after_resampling(wave):
    times_s = np.arange(48_000 * 2) / 48_000
    clipped = np.clip(1.5 * np.sin(2 * np.pi * 300 * times_s), -1, 1)
    share = np.mean(np.abs(clipped) == 1)
    direct = assess(wave(clipped, 48_000), (Span(0.0, 2.0),))
    resampled = assess(from_array(clipped, 48_000), (Span(0.0, 2.0),))
    assert direct.clipping == pytest.approx(share, abs=0.03)
    assert resampled.clipping == pytest.approx(share, abs=0.1)
    assert "clipped" in resampled.warnings[0]


def test_a_sound_normalised_to_full_scale_is_not_clipped(wave):
    samples = voiced()
    quality = assess(wave(samples / np.abs(samples).max()), MIDDLE)
    assert 0 < quality.clipping < 0.001
    assert quality.warnings == ()


@pytest.mark.parametrize("offset", [-0.05, 0.002, 0.05])
def test_dc(offset, wave):
    quality = assess(wave(voiced() + offset), MIDDLE)
    assert quality.dc_offset == pytest.approx(offset, abs=0.002)
    assert quality.level_db == pytest.approx(-20, abs=0.2)  # the offset is no level
    assert quality.snr_db == pytest.approx(40, abs=0.6)  # and no noise
    assert ("off centre" in " ".join(quality.warnings)) == (abs(offset) > 0.01)


@pytest.mark.parametrize("limit_hz", [3_400, 4_000, 5_500, 7_000])
def test_bandwidth(limit_hz, wave):
    spectrum = np.fft.rfft(voiced())
    spectrum[np.fft.rfftfreq(64_000, 1 / 16_000) > limit_hz] = 0
    quality = assess(wave(np.fft.irfft(spectrum)), MIDDLE)
    assert quality.bandwidth_hz == pytest.approx(limit_hz, abs=130)
    assert ("telephone line" in " ".join(quality.warnings)) == (limit_hz < 4_200)


def test_a_recording_at_8_khz_says_so():
    low = soxr.resample(voiced(), 16_000, 8_000)
    quality = assess(from_array(low, 8_000), MIDDLE)
    assert quality.warnings == ("it was recorded at 8 kHz: the highs of the voice are missing",)
    assert assess(from_array(low, 8_000, target_rate_hz=None), MIDDLE).warnings == quality.warnings


def test_little_speech(wave):
    quality = assess(wave(voiced()), (Span(1.0, 1.3),))
    assert quality.speech_ratio == pytest.approx(0.075)
    assert "there is little speech: 8% of the sound" in quality.warnings


def test_what_decoding_had_to_mend_is_among_the_warnings():
    origin = Origin("wav", "pcm_16", 16_000, 1, ("the file ends early: decoded 4.0 of 9.0 seconds",))
    quality = assess(Waveform(voiced().astype(np.float32), 16_000, origin), MIDDLE)
    assert quality.warnings == origin.notes


@pytest.mark.parametrize("count", [1, 50, 400, 1_700])
def test_sounds_shorter_than_a_frame(count, wave):
    waveform = wave(RNG.uniform(-0.5, 0.5, count))
    for regions in ((), (Span(0.0, waveform.duration_s),)):
        assert json.dumps(assess(waveform, regions).to_dict(), allow_nan=False)


def test_many_regions_and_an_hour_of_sound_take_little_memory(wave):
    waveform = wave(np.zeros(16_000 * 600))
    regions = tuple(Span(start, start + 1.0) for start in np.arange(0.0, 598.0, 2.0))
    tracemalloc.start()
    assess(waveform, regions)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10e6


def test_the_ratio_takes_the_noise_off_the_speech():
    assert snr_db(2.0, 1.0) == pytest.approx(0)
    assert snr_db(0.5, 1.0) == -MAX_SNR_DB
    assert snr_db(1.0, None) is None


@pytest.mark.corpora
def test_clean_studio_speech_has_no_warnings(corpora):
    for path in sorted((corpora / "ravdess").glob("Actor_*/*.flac"))[::90]:
        waveform = decode(path)
        assert assess(waveform, EnergyVad().regions(waveform)).warnings == (), path.name
