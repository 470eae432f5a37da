"""Each group of the prosodic set says what it should of sounds that are made to have it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.signal import lfilter

from sentisound.features import prosody
from sentisound.features.formants import Formants
from sentisound.features.prosody import PROSODIC_NAMES, TIMING, VOICED, prosodic
from sentisound.testing import speech_like, tone

RATE_HZ = 16_000


def described(samples: np.ndarray, rate_hz: int = RATE_HZ) -> dict[str, float]:
    values = prosodic(np.asarray(samples, np.float32), rate_hz)
    return dict(zip(PROSODIC_NAMES, values.tolist(), strict=True))


def harmonic(f0_hz: np.ndarray | float, amplitudes: tuple[float, ...], duration_s: float = 1.0) -> np.ndarray:
    """Return a voice of harmonics with the given amplitudes; pitch is constant or one value a sample."""
    n_samples = len(f0_hz) if isinstance(f0_hz, np.ndarray) else int(duration_s * RATE_HZ)
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(f0_hz, n_samples)) / RATE_HZ
    return 0.1 * sum(a * np.sin(k * phase) for k, a in enumerate(amplitudes, 1))


def noise(duration_s: float = 2.0) -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal(int(duration_s * RATE_HZ))


def speech(seed: int = 0, **how: float) -> np.ndarray:
    return speech_like(2.0, RATE_HZ, np.random.default_rng(seed), **how)


def syllables(sound_s: float, gap_s: float, count: int, f0_hz: float = 200) -> np.ndarray:
    """Return bursts of voice with silence between, before and after."""
    burst = harmonic(f0_hz, (1, 0.5, 0.3), sound_s) * np.hanning(int(sound_s * RATE_HZ)) ** 0.2
    gap = np.zeros(int(gap_s * RATE_HZ))
    return np.concatenate([gap, *[part for _ in range(count) for part in (burst, gap)]])


def test_the_set_has_90_names_each_once():
    assert len(PROSODIC_NAMES) == len(set(PROSODIC_NAMES)) == 90
    assert sum(name.startswith("voiced.") for name in PROSODIC_NAMES) == 2 * len(VOICED)


def test_the_result_is_a_float32_vector_that_is_the_same_each_time():
    sound = speech()
    first, second = prosodic(sound), prosodic(sound)
    assert first.shape == (len(PROSODIC_NAMES),)
    assert first.dtype == np.float32
    assert (first == second).all()


# --- melody ---


def test_pitch_is_in_semitones_above_the_lowest_a_of_the_piano():
    found = described(tone(1.0, RATE_HZ, 110))
    assert found["f0_semitones.mean"] == pytest.approx(24, abs=0.05)
    assert found["f0_semitones.std"] < 0.05
    assert found["f0_semitones.range"] < 0.05


def test_an_octave_is_twelve_semitones_and_nothing_else_of_the_melody_changes():
    low, high = (described(speech(1, f0_hz=f0_hz, noise_db=-np.inf)) for f0_hz in (120, 240))
    for point in ("mean", "p20", "p50", "p80"):
        assert high[f"f0_semitones.{point}"] - low[f"f0_semitones.{point}"] == pytest.approx(12, abs=0.4)
    assert high["f0_semitones.range"] == pytest.approx(low["f0_semitones.range"], abs=0.5)


def test_a_glide_rises_by_its_semitones_a_second():
    octaves = np.linspace(0, 1, 2 * RATE_HZ)
    up, down = (described(harmonic(150 * 2**course, (1, 0.5, 0.3))) for course in (octaves, octaves[::-1]))
    assert up["f0_semitones.rise.mean"] == pytest.approx(6, rel=0.05), "an octave in two seconds"
    assert down["f0_semitones.fall.mean"] == pytest.approx(-6, rel=0.05)
    assert up["f0_semitones.range"] == pytest.approx(0.6 * 12, abs=0.2)
    assert up["f0_semitones.p20"] < up["f0_semitones.p50"] < up["f0_semitones.p80"]


def test_a_lively_melody_has_more_range_than_a_monotone():
    lively, monotone = (described(speech(2, f0_range_semitones=width)) for width in (10, 0))
    assert lively["f0_semitones.std"] > 3 * monotone["f0_semitones.std"]


# --- loudness and level ---


def test_loudness_doubles_with_ten_decibels_and_its_variation_stays():
    sound = speech(noise_db=-np.inf)
    loud, soft = described(sound), described(sound * np.float32(10**-0.5))
    for name in ("mean", "p20", "p50", "p80", "range", "rise.mean", "fall.mean"):
        assert loud[f"loudness.{name}"] == pytest.approx(2 * soft[f"loudness.{name}"], rel=0.02), name
    assert loud["loudness.cv"] == pytest.approx(soft["loudness.cv"], rel=0.01)


def test_nothing_but_loudness_and_level_depends_on_the_level():
    sound = speech()
    plain, soft = described(sound), described(0.25 * sound)
    assert plain["level_db"] - soft["level_db"] == pytest.approx(12.04, abs=0.01)
    for name in set(PROSODIC_NAMES) - {"level_db"}:
        if not name.startswith("loudness.") or name.endswith("cv"):
            assert soft[name] == pytest.approx(plain[name], rel=0.02, abs=0.02), name


def test_the_level_is_the_rms_of_what_is_spoken():
    assert described(tone(1.0, RATE_HZ, 200, level_db=-20))["level_db"] == pytest.approx(-20, abs=0.2)
    padded = np.concatenate([np.zeros(RATE_HZ), tone(1.0, RATE_HZ, 200, level_db=-20), np.zeros(RATE_HZ)])
    assert described(padded)["level_db"] == pytest.approx(-20, abs=0.3)


def test_silence_around_the_speech_does_not_count():
    sound = speech()
    silence = np.zeros(RATE_HZ, np.float32)
    plain, padded = prosodic(sound), prosodic(np.concatenate([silence, sound, silence]))
    np.testing.assert_allclose(padded, plain, rtol=0.1, atol=0.5)


def test_a_constant_offset_does_not_count():
    sound = speech()
    np.testing.assert_allclose(prosodic(sound + np.float32(0.1)), prosodic(sound), rtol=0.02, atol=0.05)


# --- voice ---


def test_the_first_harmonics_are_compared_in_decibels():
    found = described(harmonic(200, (1, 0.5, 0.25, 0.2, 0.1)))
    assert found["voiced.h1_h2_db.mean"] == pytest.approx(6.02, abs=0.5)  # partials lie between bins of 16 Hz
    assert found["voiced.h1_h2_db.std"] < 1


def test_the_third_formant_is_compared_with_the_first_harmonic():
    weak = [1, 0.5, 0.25] + [0.003] * 10
    strong = [*weak[:12], 0.05, *weak[12:]]  # the 13th of 200 Hz is at 2.6 kHz
    strong[11] = strong[13] = 0.03
    levels = [described(harmonic(200, tuple(amplitudes)))["voiced.h1_a3_db.mean"] for amplitudes in (weak, strong)]
    assert levels[0] - levels[1] > 10


def test_formants_of_a_vowel_lie_where_they_were_put():
    pulses = np.zeros(RATE_HZ)
    pulses[:: RATE_HZ // 100] = 1
    vowel = lfilter([1.0, -1.0], np.convolve([1.0, -0.96], [1.0, -0.96]), pulses)
    for centre_hz, width_hz in ((730, 80), (1090, 100), (2440, 140)):
        radius = np.exp(-np.pi * width_hz / RATE_HZ)
        vowel = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * centre_hz / RATE_HZ), radius**2], vowel)
    found = described(0.3 * vowel / np.abs(vowel).max())
    assert [found[f"voiced.f{i}_hz.mean"] for i in (1, 2, 3)] == pytest.approx([730, 1090, 2440], rel=0.06)
    assert max(found[f"voiced.f{i}_hz.cv"] for i in (1, 2, 3)) < 0.05
    assert found["voiced.f1_level_db.mean"] > found["voiced.f2_level_db.mean"] > found["voiced.f3_level_db.mean"]
    assert 40 < found["voiced.f1_bandwidth_hz.mean"] < 200


@pytest.mark.parametrize("snr_db", [5, 15])
def test_hoarseness_lowers_the_harmonicity(snr_db: float):
    voice = harmonic(180, tuple(1 / k for k in range(1, 20)))
    hiss = noise(1.0) / 0.1 * voice.std() * 10 ** (-snr_db / 20)
    assert described(voice + hiss)["voiced.hnr_db.mean"] == pytest.approx(snr_db, abs=1.5)


def test_a_trembling_pitch_has_jitter_and_a_trembling_level_shimmer():
    rng = np.random.default_rng(0)
    each_period = np.repeat(rng.standard_normal(200).clip(-2, 2), 80)
    overtones = tuple(1 / k for k in range(1, 20))
    steady = described(harmonic(200, overtones))
    jittery = described(harmonic(200 * (1 + 0.02 * each_period), overtones))
    shimmery = described(harmonic(200, overtones) * (1 + 0.1 * each_period))
    assert steady["voiced.jitter.mean"] < 0.002 < 0.008 < jittery["voiced.jitter.mean"]
    assert steady["voiced.shimmer.mean"] < 0.015 < 0.05 < shimmery["voiced.shimmer.mean"]


# --- timbre ---


def test_white_noise_is_flat():
    found = described(noise())
    assert found["unvoiced.alpha_ratio_db.mean"] == pytest.approx(10 * np.log10(4000 / 950), abs=0.5)
    assert found["unvoiced.hammarberg_db.mean"] == pytest.approx(0, abs=1.5)
    assert found["unvoiced.slope_500_1500_db_per_khz.mean"] == pytest.approx(0, abs=1)
    for i in range(1, 5):
        assert found[f"active.mfcc{i}.mean"] == pytest.approx(0, abs=3)


def test_the_slope_is_the_fall_of_the_spectrum_in_decibels_a_kilohertz():
    spectrum = np.fft.rfft(noise())
    khz = np.fft.rfftfreq(2 * RATE_HZ, 1000 / RATE_HZ)
    tilted = np.fft.irfft(spectrum * 10 ** (-12 * khz / 20))
    found = described(tilted)
    assert found["unvoiced.slope_500_1500_db_per_khz.mean"] == pytest.approx(-12, abs=1)
    assert found["unvoiced.alpha_ratio_db.mean"] < -5
    assert found["unvoiced.hammarberg_db.mean"] == pytest.approx(24, abs=4), "the peaks lie 2 kHz apart"


def test_a_pressed_voice_has_less_tilt_than_a_soft_one():
    pressed, soft = (described(harmonic(150, tuple(k**-p for k in range(1, 40)))) for p in (0.7, 2.0))
    assert pressed["voiced.alpha_ratio_db.mean"] > soft["voiced.alpha_ratio_db.mean"] + 10
    assert pressed["voiced.hammarberg_db.mean"] < soft["voiced.hammarberg_db.mean"] - 10
    assert pressed["voiced.mfcc1.mean"] < soft["voiced.mfcc1.mean"]
    assert pressed["voiced.slope_500_1500_db_per_khz.mean"] > soft["voiced.slope_500_1500_db_per_khz.mean"]


def test_flux_is_small_for_a_held_tone_and_large_for_noise():
    held, hiss = described(harmonic(200, (1, 0.5, 0.3))), described(noise())
    assert held["voiced.flux.mean"] < 0.1 < 0.4 < hiss["unvoiced.flux.mean"] < 1.42


# --- timing ---


def test_syllables_are_counted_and_measured():
    found = described(syllables(0.2, 0.1, 8))
    spoken_s = 8 * 0.2 + 7 * 0.1
    assert found["active_s"] == pytest.approx(spoken_s, abs=0.06)
    assert found["voiced_stretches_per_s"] == pytest.approx(8 / spoken_s, rel=0.05)
    assert found["loudness_peaks_per_s"] == pytest.approx(8 / spoken_s, rel=0.05)
    assert found["voiced_s.mean"] == pytest.approx(0.2, abs=0.04), "the window of 50 ms hears a little beyond"
    assert found["unvoiced_s.mean"] == pytest.approx(0.1, abs=0.04)
    assert max(found["voiced_s.std"], found["unvoiced_s.std"]) < 0.02
    assert found["voiced_share"] == pytest.approx(1.6 / spoken_s, abs=0.1)


@pytest.mark.parametrize("rate", [2, 3, 4, 5, 6, 7])
def test_the_peaks_of_loudness_are_the_syllables(rate: float):
    found = described(speech(3, syllables_per_s=rate, pause_share=0.0))
    assert found["loudness_peaks_per_s"] == pytest.approx(rate, abs=0.35)


def test_stretches_are_measured_from_edge_to_edge():
    mask = np.array([1, 1, 0, 1, 0, 0, 1, 1, 1], bool)
    assert prosody._runs_s(mask) == pytest.approx([0.02, 0.01, 0.03])
    assert prosody._runs_s(~mask) == pytest.approx([0.01, 0.02])
    assert len(prosody._runs_s(np.zeros(3, bool))) == 0


def test_a_contour_is_not_followed_across_a_gap():
    values = np.array([1, 2, 3, 99, 50, 49], np.float32)
    mask = np.array([1, 1, 1, 0, 1, 1], bool)
    named = dict(zip(prosody.CONTOUR, prosody._contour(values, mask), strict=True))
    assert named["mean"] == pytest.approx(21)
    assert named["rise.mean"] == pytest.approx(100), "one a frame of 10 ms; not 47 from 3 to 50"
    assert named["fall.mean"] == pytest.approx(-100)
    assert named["rise.std"] == named["fall.std"] == 0


def test_spread_is_relative_where_the_name_says_so():
    columns = np.array([[8.0, 0.01], [12.0, 0.03]], np.float32)
    assert prosody._mean_and_spread(columns, ("hnr_db", "jitter")) == pytest.approx([10, 0.02, 2, 0.5])
    assert not prosody._mean_and_spread(columns[:0], ("hnr_db", "jitter")).any()


def test_a_formant_that_was_missed_does_not_move_the_mean():
    found = Formants(np.array([[500, 0, 0], [700, 0, 0], [0, 0, 0]], np.float32), np.full((3, 3), 80, np.float32))
    frequency_hz, _ = prosody._mean_where_missing(found)
    assert frequency_hz[:, 0].tolist() == [500, 700, 600]
    assert not frequency_hz[:, 1:].any(), "never found: 0"


# --- what has no speech ---


@pytest.mark.parametrize("n_samples", [0, 1, 2, 159, 160, 400, 16_000])
@pytest.mark.parametrize("value", [0.0, 0.3, -1.0])
def test_silence_and_constants_are_noughts_at_the_lowest_level(n_samples: int, value: float):
    found = described(np.full(n_samples, value))
    assert found.pop("level_db") == -100
    assert not any(found.values())


def test_noise_has_no_voice():
    found = described(noise())
    assert not any(value for name, value in found.items() if name.startswith(("voiced", "f0_")))
    assert found["unvoiced_s.mean"] == pytest.approx(2, abs=0.03)
    assert found["loudness.mean"] > 0


def test_a_held_vowel_has_no_unvoiced_frames_to_speak_of():
    found = described(harmonic(200, (1, 0.5, 0.3)))
    assert found["voiced_share"] > 0.97
    assert found["voiced_stretches_per_s"] == pytest.approx(1, abs=0.05)


def test_a_full_scale_square_wave_is_described():
    assert np.isfinite(prosodic(np.sign(tone(0.5, RATE_HZ, 100)).astype(np.float32))).all()


@pytest.mark.parametrize("rate_hz", [8000, 22_050, 44_100])
def test_other_rates_give_the_same_melody(rate_hz: int):
    found = described(tone(0.5, rate_hz, 220), rate_hz)
    assert found["f0_semitones.mean"] == pytest.approx(36, abs=0.1)
    assert found["level_db"] == pytest.approx(-20, abs=0.3)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6000), st.floats(-15, 3), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_sound_gives_finite_values(seed: int, n_samples: int, exponent: float, brown: bool):
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal(n_samples) * np.repeat(rng.integers(0, 2, n_samples // 50 + 1), 50)[:n_samples]
    sound = 10**exponent * (np.cumsum(sound) if brown else sound)
    assert np.isfinite(prosodic(sound.astype(np.float32))).all()


@given(st.integers(0, 2**32 - 1), st.floats(60, 500), st.floats(0.05, 1.0))
@settings(max_examples=20, deadline=None)
def test_speech_of_any_pitch_and_length_is_described(seed: int, f0_hz: float, duration_s: float):
    found = described(speech_like(duration_s, RATE_HZ, np.random.default_rng(seed), f0_hz=f0_hz, pause_share=0.0))
    assert all(np.isfinite(value) for value in found.values())
    assert 0 <= found["voiced_share"] <= 1
    assert all(found[name] >= 0 for name in TIMING if name != "level_db")


@pytest.mark.corpora
def test_anger_is_louder_higher_and_brighter_than_sadness(corpora):
    """RAVDESS, actors 1 to 4, strong intensity: what every textbook says of arousal."""
    import soundfile

    def mean_of(emotion: int) -> dict[str, float]:
        names = [f"Actor_{a:02d}/03-01-{emotion:02d}-02-01-01-{a:02d}.flac" for a in (1, 2, 3, 4)]
        vectors = [prosodic(soundfile.read(corpora / "ravdess" / name, dtype="float32")[0]) for name in names]
        return dict(zip(PROSODIC_NAMES, np.mean(vectors, axis=0).tolist(), strict=True))

    angry, sad = mean_of(5), mean_of(4)
    assert angry["level_db"] > sad["level_db"] + 6
    assert angry["f0_semitones.mean"] > sad["f0_semitones.mean"] + 2
    assert angry["voiced.alpha_ratio_db.mean"] > sad["voiced.alpha_ratio_db.mean"] + 3
