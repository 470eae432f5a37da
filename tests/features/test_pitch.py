"""Pitch is known for tones and pulse trains, absent in noise, and agrees with another tracker on a made voice."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sentisound.features import pitch as pitch_module
from sentisound.features.pitch import CEILING_HZ, FLOOR_HZ, Pitch, centred_frames, track_pitch, without_offset
from sentisound.testing import speech_like, tone

RATE_HZ = 16_000
PITCHES_HZ = (62, 80, 110, 160, 220, 310, 430, 500, 600, 690, 740)
INNER = slice(5, -5)  # frames whose window lies within the sound


def pulses(phase: np.ndarray) -> np.ndarray:
    """Sum the harmonics below 7 kHz of a voice whose phase in cycles is given: a band-limited pulse train."""
    f0_hz = np.gradient(phase) * RATE_HZ
    harmonics = np.arange(1, int(7000 / f0_hz.max()) + 1)
    sound = sum(np.cos(2 * np.pi * k * phase) / np.sqrt(k) for k in harmonics)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def steady(f0_hz: float, duration_s: float = 0.6) -> np.ndarray:
    return pulses(f0_hz * np.arange(int(duration_s * RATE_HZ)) / RATE_HZ)


def glide(from_hz: float, to_hz: float, duration_s: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return a voice that glides evenly in octaves, and its pitch at each frame."""
    time_s = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    f0_hz = from_hz * (to_hz / from_hz) ** (time_s / duration_s)
    return pulses(np.cumsum(f0_hz) / RATE_HZ), f0_hz[::160]


def noise(duration_s: float = 2.0, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(0).standard_normal(int(duration_s * RATE_HZ))).astype(np.float32)


def in_noise(sound: np.ndarray, snr_db: float) -> np.ndarray:
    hiss = noise(len(sound) / RATE_HZ, 1.0)
    return sound + hiss * np.float32(sound.std() * 10 ** (-snr_db / 20))


def errors(found: Pitch, f0_hz: float) -> np.ndarray:
    voiced = found.f0_hz[INNER]
    return np.abs(voiced[voiced > 0] / f0_hz - 1)


def fricative(centre_hz: float, width_hz: float) -> np.ndarray:
    """Noise that rings in one formant, as a whisper does."""
    from scipy.signal import lfilter

    radius = np.exp(-np.pi * width_hz / RATE_HZ)
    ringing = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * centre_hz / RATE_HZ), radius**2], noise())
    return (0.1 * ringing / ringing.std()).astype(np.float32)


@pytest.mark.parametrize("f0_hz", PITCHES_HZ)
def test_the_pitch_of_a_sine_is_its_frequency(f0_hz: float):
    found = track_pitch(tone(0.6, RATE_HZ, f0_hz))
    assert (found.f0_hz[INNER] > 0).all()
    assert errors(found, f0_hz).max() < 0.002


@pytest.mark.parametrize("f0_hz", PITCHES_HZ)
def test_the_pitch_of_pulses_is_their_rate_and_never_an_octave_off(f0_hz: float):
    found = track_pitch(steady(f0_hz))
    assert (found.f0_hz[INNER] > 0).all()
    assert errors(found, f0_hz).max() < 0.005


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 22_050, 44_100, 48_000])
def test_the_pitch_does_not_depend_on_the_sampling_rate(rate_hz: int):
    found = track_pitch(tone(0.5, rate_hz, 200), rate_hz)
    assert len(found.f0_hz) == round(0.5 * rate_hz) // round(0.01 * rate_hz) + 1
    assert errors(found, 200).max() < 0.005


@pytest.mark.parametrize(("from_hz", "to_hz"), [(100, 250), (400, 150), (300, 650)])
def test_a_glide_is_followed(from_hz: float, to_hz: float):
    sound, truth_hz = glide(from_hz, to_hz)
    found = track_pitch(sound).f0_hz[: len(truth_hz)]
    assert (found[INNER] > 0).all()
    assert np.abs(found[INNER] / truth_hz[INNER] - 1).max() < 0.02


@pytest.mark.parametrize("f0_hz", [90, 180, 350, 650])
@pytest.mark.parametrize("snr_db", [10, 5])
def test_noise_hides_neither_voice_nor_octave(f0_hz: float, snr_db: float):
    found = track_pitch(in_noise(steady(f0_hz), snr_db))
    assert (found.f0_hz[INNER] > 0).mean() > 0.95
    assert np.quantile(errors(found, f0_hz), 0.95) < 0.01
    assert errors(found, f0_hz).max() < 0.1, "an octave error would be 0.5 or 1"


def test_a_strong_second_harmonic_is_not_taken_for_the_pitch():
    time_s = np.arange(RATE_HZ) / RATE_HZ
    sound = sum(a * np.sin(2 * np.pi * k * 150 * time_s) for k, a in ((1, 0.1), (2, 0.3), (3, 0.08), (5, 0.05)))
    assert errors(track_pitch(sound.astype(np.float32)), 150).max() < 0.01


def test_a_missing_fundamental_is_heard_as_people_hear_it():
    time_s = np.arange(RATE_HZ) / RATE_HZ
    sound = sum(0.1 * np.sin(2 * np.pi * k * 120 * time_s) for k in (4, 5, 6, 7))
    assert errors(track_pitch(sound.astype(np.float32)), 120).max() < 0.01


def test_white_noise_has_no_pitch():
    found = track_pitch(noise())
    assert (found.f0_hz > 0).mean() < 0.01
    assert found.voicing.max() < 0.6


@pytest.mark.parametrize("centre_hz", [300, 600, 1500])
def test_noise_that_rings_in_a_formant_is_not_a_voice(centre_hz: float):
    found = track_pitch(fricative(centre_hz, 150))
    assert (found.f0_hz > 0).mean() < 0.08


def test_a_voice_stops_where_silence_starts():
    sound = np.concatenate([np.zeros(8000), steady(200, 0.5), np.zeros(8000)]).astype(np.float32)
    voiced = np.flatnonzero(track_pitch(sound).f0_hz)
    assert abs(voiced[0] - 50) <= 2
    assert abs(voiced[-1] - 100) <= 2
    assert len(voiced) == voiced[-1] - voiced[0] + 1, "one stretch"


def test_what_lies_30_db_below_the_loudest_is_silence():
    loud, soft = steady(200, 0.5), 0.01 * steady(150, 0.5)
    found = track_pitch(np.concatenate([loud, soft]))
    assert not found.f0_hz[55:].any()
    assert track_pitch(soft).f0_hz[INNER].all(), "alone it is a voice"


def test_a_click_does_not_silence_a_voice():
    sound = 0.03 * steady(200)
    sound[3000] = 1.0
    assert (track_pitch(sound).f0_hz > 0).mean() > 0.85


@given(gain_db=st.floats(-60, 0), offset=st.floats(-0.5, 0.5))
@settings(max_examples=20, deadline=None)
def test_neither_level_nor_offset_change_the_pitch(gain_db: float, offset: float):
    sound = speech_like(0.6, RATE_HZ, np.random.default_rng(3), noise_db=-np.inf)
    moved = (sound * 10 ** (gain_db / 20) + offset).astype(np.float32)
    plain, other = track_pitch(sound).f0_hz, track_pitch(moved).f0_hz
    assert np.mean(np.abs(plain - other) > 0.01 * plain) < 0.05  # float32 beside an offset has less precision


def test_voicing_and_periodicity_tell_noise_from_voice():
    clear, hoarse = track_pitch(steady(200)), track_pitch(in_noise(steady(200), 5))
    assert clear.periodicity[INNER].min() > 0.99
    assert 0.6 < hoarse.periodicity[INNER].mean() < 0.85, "5 dB: signal over all is 0.76"
    assert hoarse.periodicity[INNER].mean() < hoarse.voicing[INNER].mean() < clear.voicing[INNER].mean()


@pytest.mark.parametrize("n_samples", [0, 1, 2, 100, 159, 160, 161, 801])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_short_silence_and_constants_are_unvoiced(n_samples: int, value: float):
    found = track_pitch(np.full(n_samples, value, np.float32))
    for track in (found.f0_hz, found.voicing, found.periodicity):
        assert track.shape == (n_samples // 160 + 1,)
        assert track.dtype == np.float32
        assert not track.any()


def test_rounding_noise_has_no_pitch():
    assert not track_pitch(1e-7 * steady(200)).f0_hz.any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 3000), st.floats(-8, 2))
@settings(max_examples=40, deadline=None)
def test_every_sound_gives_values_in_range(seed: int, n_samples: int, exponent: float):
    rng = np.random.default_rng(seed)
    sound = (10**exponent * rng.standard_normal(n_samples) * rng.integers(0, 2, n_samples)).astype(np.float32)
    found = track_pitch(sound)
    voiced = found.f0_hz[found.f0_hz > 0]
    assert ((voiced >= FLOOR_HZ) & (voiced <= CEILING_HZ)).all()
    for track in (found.voicing, found.periodicity):
        assert ((track >= 0) & (track <= 1)).all()


def test_long_sounds_are_cut_into_blocks_that_do_not_show(monkeypatch: pytest.MonkeyPatch):
    sound = speech_like(3.0, RATE_HZ, np.random.default_rng(1))
    whole = track_pitch(sound)
    monkeypatch.setattr(pitch_module, "_BLOCK", 7)
    cut = track_pitch(sound)
    np.testing.assert_allclose(cut.f0_hz, whole.f0_hz, rtol=1e-4)
    np.testing.assert_allclose(cut.periodicity, whole.periodicity, atol=1e-5)


def test_periodicity_is_of_voiced_frames_alone():
    found = track_pitch(np.concatenate([steady(200), noise(0.6)]))
    assert ((found.periodicity > 0) == (found.f0_hz > 0)).all()
    assert 0.2 < np.mean(found.f0_hz > 0) < 0.8


def test_pitch_agrees_with_pyin_on_a_speech_like_voice():
    import librosa

    sound = speech_like(2.0, RATE_HZ, np.random.default_rng(5), f0_hz=170, f0_range_semitones=6, noise_db=-50)
    ours = track_pitch(sound).f0_hz
    theirs, _, _ = librosa.pyin(sound, fmin=60, fmax=500, sr=RATE_HZ, frame_length=1024, hop_length=160)
    both = (ours > 0) & (np.nan_to_num(theirs[: len(ours)]) > 0)
    assert both.mean() > 0.5
    assert np.mean(np.abs(ours[both] / theirs[: len(ours)][both] - 1) < 0.03) > 0.9


def made_path(f0_hz: list[list[float]], strength: list[list[float]]) -> list[float]:
    """Return the pitch on the best path through given candidates; each row of strengths starts with unvoiced."""
    candidates = np.array(f0_hz, np.float32)
    chosen = pitch_module._cheapest_path(np.array(strength, np.float32), candidates)
    return [0.0 if state == 0 else float(candidates[frame, state - 1]) for frame, state in enumerate(chosen)]


def test_the_path_does_not_jump_an_octave_for_a_moment():
    strength = [[0.45, 0.8, 0.7], [0.45, 0.7, 0.8], [0.45, 0.8, 0.7]]
    assert made_path([[100, 200]] * 3, strength) == [100, 100, 100]


def test_the_path_does_jump_when_the_octave_stays():
    strength = [[0.45, 0.9, 0.3]] * 4 + [[0.45, 0.3, 0.9]] * 4
    assert made_path([[100, 200]] * 8, strength) == [100] * 4 + [200] * 4


def test_the_path_bridges_a_weak_frame_but_not_a_pause():
    strong, weak = [0.45, 0.9], [0.45, 0.3]
    assert made_path([[150]] * 5, [strong, strong, weak, strong, strong]) == [150] * 5
    assert made_path([[150]] * 8, [strong] * 2 + [weak] * 4 + [strong] * 2) == [150] * 2 + [0] * 4 + [150] * 2


def test_the_path_is_the_best_of_all():
    rng = np.random.default_rng(0)
    f0_hz, strength = rng.uniform(60, 600, (5, 3)).astype(np.float32), rng.uniform(0, 1, (5, 4)).astype(np.float32)
    costs = pitch_module._transition_costs(f0_hz)

    def worth(path: tuple[int, ...]) -> float:
        earned = sum(strength[frame, state] for frame, state in enumerate(path))
        return earned - sum(costs[frame, a, b] for frame, (a, b) in enumerate(pairwise(path)))

    assert tuple(pitch_module._cheapest_path(strength, f0_hz)) == max(product(range(4), repeat=5), key=worth)


def test_a_parabola_is_met_between_the_samples():
    lag = np.arange(20)
    curve = (0.9 - 0.01 * (lag - 9.3) ** 2).astype(np.float32)[None]
    place, height = pitch_module._parabola(curve, np.array([0]), np.array([9]))
    assert place.tolist() == pytest.approx([9.3], abs=1e-3)
    assert height.tolist() == pytest.approx([0.9], abs=1e-4)


def test_a_ringing_peak_is_told_from_one_that_lasts():
    lags = np.arange(120)
    lasting, ringing = np.cos(2 * np.pi * lags / 25), np.cos(2 * np.pi * lags / 25) * np.exp(-lags / 40)
    both = np.stack([lasting, ringing]).astype(np.float32)
    kept = pitch_module._sustained(both, np.array([0, 1, 1]), np.array([25.0, 25.0, 60.0]), longest=112)
    assert kept[0] == pytest.approx(1, abs=0.01)
    assert kept[1] == pytest.approx(np.exp(-100 / 40), abs=0.02), "the fourth multiple is the last within 112"
    assert kept[2] == 1, "no multiple of 60 is within 112"


def test_nothing_is_sustained_where_there_is_no_peak():
    none = np.zeros(0, np.intp)
    assert pitch_module._sustained(np.zeros((3, 300), np.float32), none, none.astype(float), longest=112).shape == (0,)


def test_the_strongest_peaks_of_each_frame_are_candidates_by_rank():
    grid = pitch_module._grid(RATE_HZ)
    correlation = np.zeros((2, len(grid.correction)), np.float32)
    lags = np.arange(40, 40 + 7 * 20, 20)
    correlation[1, lags] = [0.5, 0.9, 0.6, 0.3, 0.8, 0.7, 0.1]  # the last is too weak, the fourth one too many
    frame, rank, lag = pitch_module._peaks(correlation, grid)
    assert frame.tolist() == [1] * 5
    assert rank.tolist() == [0, 1, 2, 3, 4]
    assert lag.tolist() == lags[[1, 4, 5, 2, 0]].tolist()


@pytest.mark.parametrize("period", [10.5, 23.3, 40.25, 100.77])
def test_a_peak_between_samples_has_its_full_height(period: float):
    lags = np.arange(140)
    harmonics = [k for k in range(1, 6) if k / period < 0.45]
    correlation = np.mean([np.cos(2 * np.pi * k * lags / period) for k in harmonics], axis=0).astype(np.float32)
    height = pitch_module._sinc_peak(correlation[None], np.array([round(period)]))
    assert height.tolist() == pytest.approx([1], abs=0.01)


def test_centred_frames_are_centred_on_multiples_of_the_hop():
    frames = centred_frames(np.arange(1, 11, dtype=np.float32), 3, 4)
    assert frames.tolist() == [[0, 0, 1, 2], [2, 3, 4, 5], [5, 6, 7, 8], [8, 9, 10, 0]]


def test_without_offset_has_no_mean():
    assert without_offset(np.array([1, 2, 3], np.float32)).tolist() == [-1, 0, 1]
    assert without_offset(np.zeros(0, np.float32)).shape == (0,)


@pytest.mark.corpora
def test_no_octave_errors_on_screams(corpora):
    """RAVDESS's actress 4, strongly fearful: 500 to 630 Hz by pyin, which took 5 s for this clip."""
    import soundfile

    samples, rate_hz = soundfile.read(corpora / "ravdess/Actor_04/03-01-06-02-01-01-04.flac", dtype="float32")
    f0_hz = track_pitch(samples, rate_hz).f0_hz
    assert 500 < np.median(f0_hz[f0_hz > 0]) < 630
