"""Parity with librosa 0.11: the same numbers, to within a written tolerance, at the rates that matter.

A tolerance is relative to the largest absolute value of librosa's track. Discrete results (tempo, beats, tuning) must
be equal. Where librosa's own single precision is the limit, the comment says so.
"""

import warnings

import numpy as np
import pytest

from sentisound.audio import decode
from sentisound.features import spectral
from sentisound.features.cepstrum import delta, mfcc
from sentisound.features.chroma import chroma, estimate_tuning
from sentisound.features.filterbanks import chroma_filters, mel_filters
from sentisound.features.rhythm import onset_strength, rhythm, tempo
from sentisound.features.separation import separated
from sentisound.features.stft import Spectrogram, istft, power_to_db, stft
from sentisound.testing import speech_like

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # librosa's imports deprecate one another; its calls below are under "error" again
    import librosa
    import librosa.beat
    import librosa.effects
    import librosa.feature
    import librosa.filters
    import librosa.onset

TOLERANCE = 1e-4
"""What the project promises; most descriptors are within 1e-6."""

CLOSE = 1e-5
RATES_HZ = (16_000, 22_050, 48_000)


def assert_close(ours, theirs, tolerance=CLOSE):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


@pytest.fixture(scope="module", params=RATES_HZ, ids=lambda rate_hz: f"{rate_hz / 1000:g}kHz")
def sound(request):
    samples = speech_like(3.5, request.param, np.random.default_rng(request.param), f0_hz=180)
    return Spectrogram(samples, request.param)


def test_stft_and_its_inverse(sound):
    assert_close(sound.spectrum.T, librosa.stft(sound.samples), 1e-6)
    assert_close(istft(sound.spectrum, len(sound.samples)), sound.samples, 1e-6)


@pytest.mark.parametrize(("n_fft", "hop", "window"), [(512, 160, 400), (1024, 256, 1024), (400, 160, 400)])
def test_stft_of_other_sizes(sound, n_fft, hop, window):
    theirs = librosa.stft(sound.samples, n_fft=n_fft, hop_length=hop, win_length=window)
    assert_close(stft(sound.samples, n_fft, hop, window).T, theirs, 1e-6)


def test_istft_of_a_changed_spectrum(sound):
    changed = sound.spectrum * np.linspace(0, 1, sound.spectrum.shape[1], dtype=np.float32)
    assert_close(istft(changed, len(sound.samples)), librosa.istft(changed.T, length=len(sound.samples)))


def test_mel_spectrogram_and_db(sound):
    theirs = librosa.feature.melspectrogram(y=sound.samples, sr=sound.rate_hz)
    assert_close(sound.mel.T, theirs)
    assert_close(sound.mel_db.T, librosa.power_to_db(theirs))
    assert_close(power_to_db(theirs, ref=theirs.max(), top_db=60), librosa.power_to_db(theirs, ref=np.max, top_db=60))


@pytest.mark.parametrize(("n_mels", "fmin_hz", "fmax_hz"), [(40, 0.0, None), (64, 20.0, 7600.0), (128, 0.0, 8000.0)])
def test_mel_filters(sound, n_mels, fmin_hz, fmax_hz):
    theirs = librosa.filters.mel(sr=sound.rate_hz, n_fft=2048, n_mels=n_mels, fmin=fmin_hz, fmax=fmax_hz)
    assert_close(mel_filters(sound.rate_hz, 2048, n_mels, fmin_hz, fmax_hz).T, theirs, 1e-6)


@pytest.mark.parametrize("tuning", [-0.5, 0.0, 0.17])
def test_chroma_filters(sound, tuning):
    theirs = librosa.filters.chroma(sr=sound.rate_hz, n_fft=2048, tuning=tuning)
    assert_close(chroma_filters(sound.rate_hz, 2048, tuning).T, theirs, 1e-6)


@pytest.mark.parametrize("n_mfcc", [13, 20, 40])
def test_mfcc(sound, n_mfcc):
    theirs = librosa.feature.mfcc(y=sound.samples, sr=sound.rate_hz, n_mfcc=n_mfcc)
    assert_close(mfcc(sound, n_mfcc).T, theirs)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("width", [5, 9])
def test_delta(sound, order, width):
    track = mfcc(sound, 13)
    assert_close(delta(track, order, width).T, librosa.feature.delta(track.T, order=order, width=width))


def test_chroma_with_estimated_and_given_tuning(sound):
    assert_close(chroma(sound).T, librosa.feature.chroma_stft(y=sound.samples, sr=sound.rate_hz))
    assert_close(chroma(sound, 0.2).T, librosa.feature.chroma_stft(y=sound.samples, sr=sound.rate_hz, tuning=0.2))


def test_tuning_is_the_same(sound):
    assert estimate_tuning(sound) == librosa.estimate_tuning(S=sound.power.T, sr=sound.rate_hz)


@pytest.mark.parametrize("name", ["centroid", "bandwidth", "rolloff"])
def test_moments_of_the_spectrum(sound, name):
    theirs = getattr(librosa.feature, f"spectral_{name}")(y=sound.samples, sr=sound.rate_hz)
    assert_close(getattr(spectral, name)(sound), theirs[0])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_rolloff_of_other_shares(sound, share):
    theirs = librosa.feature.spectral_rolloff(y=sound.samples, sr=sound.rate_hz, roll_percent=share)
    assert_close(spectral.rolloff(sound, share), theirs[0])


def test_flatness(sound):
    assert_close(spectral.flatness(sound), librosa.feature.spectral_flatness(y=sound.samples)[0])


def test_contrast(sound):
    """A valley of one bin may be mere rounding of the transform, so the two are also compared on one transform."""
    assert_close(spectral.contrast(sound).T, librosa.feature.spectral_contrast(S=sound.magnitude.T, sr=sound.rate_hz))
    theirs = librosa.feature.spectral_contrast(y=sound.samples, sr=sound.rate_hz)
    assert np.median(np.abs(spectral.contrast(sound).T - theirs)) <= 1e-6 * theirs.max()
    assert_close(spectral.contrast(sound).T, theirs, 1e-3)


def test_zero_crossing_rate_and_rms(sound):
    assert_close(spectral.zero_crossing_rate(sound.samples), librosa.feature.zero_crossing_rate(sound.samples)[0])
    assert_close(spectral.rms(sound.samples), librosa.feature.rms(y=sound.samples)[0])


@pytest.mark.parametrize(("length", "hop"), [(400, 160), (1024, 256), (551, 220)])
def test_waveform_tracks_of_other_sizes(sound, length, hop):
    crossing = librosa.feature.zero_crossing_rate(sound.samples, frame_length=length, hop_length=hop)[0]
    level = librosa.feature.rms(y=sound.samples, frame_length=length, hop_length=hop)[0]
    n_frames = len(crossing)  # of an odd length librosa pads two halves that are a sample short
    assert_close(spectral.zero_crossing_rate(sound.samples, length, hop)[:n_frames], crossing)
    assert_close(spectral.rms(sound.samples, length, hop)[:n_frames], level)


@pytest.mark.parametrize("robust", [False, True])
def test_onset_strength(sound, robust):
    aggregate = np.median if robust else np.mean
    theirs = librosa.onset.onset_strength(y=sound.samples, sr=sound.rate_hz, aggregate=aggregate)
    assert_close(onset_strength(sound, robust=robust), theirs, TOLERANCE)  # differences of dB in single precision


def test_tempo(sound):
    theirs = librosa.feature.tempo(y=sound.samples, sr=sound.rate_hz)
    assert tempo(onset_strength(sound), sound.frame_rate_hz) == pytest.approx(theirs[0], rel=1e-9)


def test_tempo_and_beats(sound):
    bpm, frames = librosa.beat.beat_track(y=sound.samples, sr=sound.rate_hz)
    found = rhythm(sound)
    assert found.tempo_bpm == pytest.approx(float(np.squeeze(bpm)), rel=1e-9)
    assert found.beats.tolist() == frames.tolist()


@pytest.mark.parametrize("seed", range(6))
def test_tempo_and_beats_of_many_rhythms(seed):
    rng = np.random.default_rng(seed)
    samples = speech_like(rng.uniform(1, 12), 22_050, rng, syllables_per_s=rng.uniform(1, 7), pause_share=0.3)
    bpm, frames = librosa.beat.beat_track(y=samples, sr=22_050)
    found = rhythm(Spectrogram(samples, 22_050))
    assert found.tempo_bpm == pytest.approx(float(np.squeeze(bpm)), rel=1e-9)
    assert found.beats.tolist() == frames.tolist()


@pytest.mark.corpora
def test_real_speech(corpora):
    path = sorted((corpora / "ravdess" / "Actor_02").iterdir())[20]
    spoken = Spectrogram(decode(path, rate_hz=22_050).samples, 22_050)
    assert_close(mfcc(spoken, 40).T, librosa.feature.mfcc(y=spoken.samples, sr=22_050, n_mfcc=40))
    assert_close(chroma(spoken).T, librosa.feature.chroma_stft(y=spoken.samples, sr=22_050))
    bpm, frames = librosa.beat.beat_track(y=spoken.samples, sr=22_050)
    assert rhythm(spoken).tempo_bpm == pytest.approx(float(np.squeeze(bpm)), rel=1e-9)
    assert rhythm(spoken).beats.tolist() == frames.tolist()


def test_harmonic_and_percussive_parts(sound):
    for ours, theirs in zip(separated(sound), librosa.effects.hpss(sound.samples), strict=True):
        assert_close(ours, theirs)
