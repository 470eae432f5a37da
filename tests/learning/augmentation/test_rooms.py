"""Echo and reverberation: delays, decay and distance are those drawn."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.learning.augmentation.echo import Echo
from sentisound.learning.augmentation.reverb import Reverb, room_response

RATE_HZ = 16_000


def click(length: int = RATE_HZ) -> np.ndarray:
    sound = np.zeros(length, np.float32)
    sound[0] = 1
    return sound


def test_an_echo_comes_after_its_delay_and_again(rng):
    made = Echo(0.1, 0.1, -6, -6, repeats=3).apply(click(), RATE_HZ, rng)
    heard = np.flatnonzero(np.abs(made) > 1e-6)
    assert heard.tolist() == [0, 1600, 3200, 4800]
    assert 20 * np.log10(made[heard[1:]] / made[heard[:-1]]) == pytest.approx([-6] * 3, abs=0.01)


@pytest.mark.parametrize("transform", [Echo(), Reverb()])
def test_a_room_does_not_change_the_level(transform, voice: np.ndarray, rng):
    made = transform.apply(voice, RATE_HZ, rng)
    assert made.std() == pytest.approx(voice.std(), rel=1e-3)


def test_an_echo_longer_than_the_sound_is_not_heard(voice: np.ndarray, rng):
    assert Echo(5, 5).apply(voice, RATE_HZ, rng) == pytest.approx(voice, rel=1e-5)


@pytest.mark.parametrize("rt60_s", [0.2, 0.5, 1.2])
def test_reverberation_decays_by_60_db_in_rt60(rt60_s: float, rng):
    """Schroeder (1965): the energy still to come falls evenly in dB; -5 to -25 dB, three times that is RT60."""
    tail = room_response(rt60_s, 0, RATE_HZ, rng)[1:].astype(float)
    to_come_db = 10 * np.log10(np.cumsum(tail[::-1] ** 2)[::-1] / np.sum(tail**2))
    start = np.flatnonzero(tail)[0]
    t5, t25 = (np.argmax(to_come_db < level) - start for level in (-5, -25))
    assert 3 * (t25 - t5) / RATE_HZ == pytest.approx(rt60_s, rel=0.15)


@pytest.mark.parametrize("direct_db", [-5.0, 0.0, 15.0])
def test_distance_is_the_share_of_the_direct_sound(direct_db: float, rng):
    response = room_response(0.4, direct_db, RATE_HZ, rng)
    assert response[0] == 1
    assert -10 * np.log10(np.sum(response[1:].astype(float) ** 2)) == pytest.approx(direct_db, abs=0.01)


def test_reflections_begin_a_moment_after_the_direct_sound():
    for seed in range(20):
        first = np.flatnonzero(room_response(0.3, 0, RATE_HZ, np.random.default_rng(seed))[1:])[0] + 1
        assert 0.002 <= first / RATE_HZ <= 0.0151


def test_the_direct_sound_stays_where_it_was(rng):
    sound = np.roll(click(), 5000)
    made = Reverb(0.3, 0.3, 10, 10).apply(sound, RATE_HZ, rng)
    assert np.abs(made).argmax() == 5000
    assert np.abs(made[:5000]).max() < 1e-6  # nothing is heard before it is said
    assert np.abs(made[5300:8000]).max() > 1e-3


def test_every_clip_has_a_room_of_its_own(voice: np.ndarray):
    rng = np.random.default_rng(0)
    one, other = (Reverb().apply(voice, RATE_HZ, rng) for _ in range(2))
    assert not np.array_equal(one, other)
