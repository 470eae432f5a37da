"""The index on fingerprints that are made by hand, where every vote and every bit can be counted."""

from __future__ import annotations

import numpy as np
import pytest

from sentisound.corpora.audit_index import COMMON_WORD, MIN_AGREEMENT, MIN_VOTES, suspects
from sentisound.corpora.fingerprint import MAX_BIT_ERRORS, SURE_BITS, WEAK_BITS, Fingerprint, agreement

SURE = 0xFFFF00
"""The upper 16 of 24 bits are certain; the lowest three are weak; bits 3 to 7 are neither."""

A_FRAME = MAX_BIT_ERRORS * SURE_BITS
"""What a frame adds that agrees in all its certain bits: 2.4."""


def words(count: int, first: int = 1) -> np.ndarray:
    """Return words of which no two are alike and none differs in weak bits alone."""
    return (np.arange(first, first + count, dtype=np.uint32)) << np.uint32(9)


def made(said: np.ndarray, start: int = 0) -> Fingerprint:
    frames = np.arange(start, start + len(said), dtype=np.int32)
    weak = np.tile(np.arange(WEAK_BITS, dtype=np.uint8), (len(said), 1))
    return Fingerprint("some sound", frames, said.astype(np.uint32), np.full(len(said), SURE, np.uint32), weak)


@pytest.mark.parametrize("frames", [1, 10, 25])
def test_equal_words_add_their_certain_bits(frames: int):
    assert agreement(made(words(frames)), made(words(frames)), 0) == pytest.approx(frames * A_FRAME)


@pytest.mark.parametrize(("bad", "best"), [(1, 2 * 10 * A_FRAME - (16 - A_FRAME)), (2, 10 * A_FRAME)])
def test_a_bad_stretch_is_bridged_where_that_pays(bad: int, best: float):
    """One frame with all 16 bits wrong takes away 13.6 of the 24 that ten good ones add; two take away 27.2."""
    said = words(20 + bad)
    other = said.copy()
    other[10 : 10 + bad] ^= np.uint32(SURE)
    assert agreement(made(said), made(other), 0) == pytest.approx(best)


def test_bits_that_are_not_certain_in_both_do_not_count():
    said = words(10)
    assert agreement(made(said), made(said ^ np.uint32(0xFF)), 0) == pytest.approx(10 * A_FRAME)


def test_words_that_differ_everywhere_agree_nowhere():
    said = words(10)
    assert agreement(made(said), made(said ^ np.uint32(SURE)), 0) == 0


@pytest.mark.parametrize(("error", "found"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_offset_may_be_wrong_by_one_frame(error: int, found: bool):
    said = np.array([0x00AA00, 0xFF5500, 0x00FF00, 0xAA0000, 0x55FF00] * 4, np.uint32)
    agreed = agreement(made(said), made(said[7:]), 7 + error)
    assert (agreed == pytest.approx(13 * A_FRAME)) == found


def test_clips_that_do_not_overlap_in_time_agree_in_nothing():
    assert agreement(made(words(10)), made(words(10)), 50) == 0


def test_fifteen_equal_frames_make_a_suspect_and_fourteen_do_not():
    enough = int(np.ceil(MIN_AGREEMENT / A_FRAME))
    assert enough == 15
    (found,) = suspects([made(words(enough)), made(words(enough))])
    assert (found.first, found.second, found.offset) == (0, 1, 0)
    assert found.votes == 2 * enough, "each frame asks for the other"
    assert found.agreement == pytest.approx(36)
    assert suspects([made(words(enough - 1)), made(words(enough - 1))]) == []


@pytest.mark.parametrize("start", [0, 3, 40])
def test_the_offset_is_where_the_second_starts_in_the_first(start: int):
    said = words(80)
    (found,) = suspects([made(said), made(said[start : start + 20])])
    assert found.offset == start
    (turned,) = suspects([made(said[start : start + 20]), made(said)])
    assert turned.offset == -start


@pytest.mark.parametrize(("mask", "found"), [(0b001, 1), (0b110, 1), (0b111, 1), (0b1000, 0), (0b1001, 0)])
def test_weak_bits_may_flip_and_others_may_not(mask: int, found: int):
    said = words(20)
    assert len(suspects([made(said), made(said ^ np.uint32(mask))])) == found


def test_too_few_votes_make_no_suspect_however_well_the_rest_agrees():
    said = words(40)
    other = said ^ np.uint32(0b1000)  # a bit that is neither certain nor weak: it agrees and is never asked for
    votes = MIN_VOTES // 2
    other[: votes - 1] = said[: votes - 1]
    assert suspects([made(said), made(other)]) == []
    other[:votes] = said[:votes]
    assert [pair.votes for pair in suspects([made(said), made(other)])] == [MIN_VOTES]


def test_a_word_that_all_frames_have_tells_nothing():
    half = COMMON_WORD // 2
    held = np.full(half, 1 << 9, np.uint32)
    (found,) = suspects([made(held), made(held)])
    assert found.offset == 0
    assert found.votes == 2 * (half + 2 * (half - 1)), "the best shift and its two neighbours"
    assert suspects([made(held), made(np.append(held, held[:1]))]) == []


def test_a_clip_is_not_its_own_suspect():
    assert suspects([made(np.concatenate([words(30), words(30)]))]) == []


def test_each_pair_is_told_once_the_smaller_index_first():
    said = words(30)
    found = suspects([made(said), made(words(30, 1000)), made(said), made(said)])
    assert sorted((pair.first, pair.second) for pair in found) == [(0, 2), (0, 3), (2, 3)]


def test_a_silent_clip_among_others_shifts_no_index():
    said = words(30)
    (found,) = suspects([made(said[:0]), made(said), made(said[:0]), made(said)])
    assert (found.first, found.second) == (1, 3)
