"""Chroma and tuning of chords whose notes are known."""

import numpy as np
import pytest

from sentisound.features.chroma import chroma, estimate_tuning
from sentisound.features.stft import Spectrogram
from sentisound.testing import tone

RATE_HZ = 22_050


def chord(*semitones_above_a, tuning=0.0):
    notes = [tone(1.0, RATE_HZ, 440 * 2 ** ((note + tuning) / 12), -26) for note in semitones_above_a]
    return Spectrogram(np.sum(notes, axis=0, dtype=np.float32), RATE_HZ)


def test_a_chord_lights_its_pitch_classes():
    a_minor = chroma(chord(0, 3, 7)).mean(axis=0)
    assert set(np.argsort(a_minor)[-3:]) == {9, 0, 4}  # A, C, E


def test_the_strongest_class_is_one():
    assert chroma(chord(0, 3, 7)).max(axis=1) == pytest.approx(1)


def test_an_octave_does_not_matter():
    assert chroma(chord(2)).mean(axis=0).argmax() == chroma(chord(14)).mean(axis=0).argmax() == 11


@pytest.mark.parametrize("tuning", [-0.4, -0.25, 0.0, 0.2, 0.4])
def test_the_tuning_is_found(tuning):
    assert estimate_tuning(chord(0, 4, 7, 12, tuning=tuning)) == pytest.approx(tuning, abs=0.05)


def test_chroma_adapts_to_a_tuning_between_the_keys():
    assert chroma(chord(3, tuning=0.4)).mean(axis=0).argmax() == 0
    assert chroma(chord(3, tuning=0.4), tuning=0.0).mean(axis=0)[1] > chroma(chord(3), tuning=0.0).mean(axis=0)[1]


def test_silence_has_no_tuning_and_no_chroma():
    silence = Spectrogram(np.zeros(4000, dtype=np.float32), RATE_HZ)
    assert estimate_tuning(silence) == 0
    assert (chroma(silence) == 0).all()


def test_a_rate_below_the_pitch_range_is_no_obstacle():
    low = Spectrogram(tone(1.0, 4000, 440), 4000)
    assert chroma(low).mean(axis=0).argmax() == 9
