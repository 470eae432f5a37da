"""A batch is what the recipe says: clips or copies, cropped, padded, changed and blended, all by one generator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from learning_frames import BANDS, spoken, with_copies
from sentisound.features.sets import feature_set
from sentisound.learning.augmentation.chain import frame_chain
from sentisound.learning.augmentation.step import Step
from sentisound.learning.dataset import Dataset, ragged
from sentisound.learning.networks.batches import (
    Batches,
    competing_labels,
    cropped,
    frame_rate_hz,
    padded,
    standardised,
    with_standard_teacher,
)

ROWS = np.arange(12)


def batches(data: Dataset, crop_s: float = 9.0, mixup: float = 0.0, steps: tuple[Step, ...] = ()) -> Batches:
    return Batches(data, competing_labels(data), frame_chain(steps), 100.0, crop_s, mixup)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_whole_clips_are_padded_with_zeros_behind_their_ends():
    data = spoken()
    batch = batches(data).make(ROWS, rng())
    assert batch.frames.dtype == np.float32
    for row, frames in enumerate(data.features[ROWS]):
        assert np.array_equal(batch.frames[row, : len(frames)], frames.astype(np.float32))
        assert not batch.frames[row, len(frames) :].any()
        assert batch.heard[row].sum() == len(frames)
    assert batch.targets.argmax(axis=1).tolist() == data.truth[ROWS].tolist()


def test_a_crop_is_a_stretch_from_any_place():
    frames = np.arange(40)[:, None] * np.ones(3)
    starts = {int(cropped(frames, 10, rng(seed))[0, 0]) for seed in range(300)}
    assert starts == set(range(31))
    assert all(np.diff(cropped(frames, 10, rng(seed))[:, 0]).tolist() == [1] * 9 for seed in range(5))
    assert len(cropped(frames, 99, rng())) == 40
    assert len(cropped(frames, 0, rng())) == 1


def test_the_crop_is_in_seconds():
    batch = batches(spoken(), crop_s=0.12).make(ROWS, rng())
    assert batch.frames.shape == (12, 12, BANDS)
    assert batch.heard.all()


def test_each_clip_is_itself_or_one_of_its_copies():
    data = with_copies(spoken(), 3, value=50)
    shares = [(batches(data).make(ROWS, rng(seed)).frames.max(axis=(1, 2)) == 50).mean() for seed in range(60)]
    assert np.mean(shares) == pytest.approx(3 / 4, abs=0.05)


def test_copies_stay_with_their_clip():
    data = spoken()
    own = replace(data, copies=ragged([np.full((30, BANDS), n, dtype=np.float16) for n in range(45)])[:, None])
    for seed in range(10):
        batch = batches(own).make(np.array([40, 3, 17]), rng(seed))
        assert {float(frames[0, 0]) for frames in batch.frames if np.ptp(frames[:20]) == 0} <= {40.0, 3.0, 17.0}


def paired(seed: int, slight: int = 2, steps: tuple[Step, ...] = (), mixup: float = 0.0, crop_s: float = 9.0):
    """Return a batch of clips with one strong copy, all 50, and slight ones: the clips themselves and 0.5."""
    data = with_copies(spoken(), 1, value=50)
    moved = ragged([frames + np.float16(0.5) for frames in data.features])
    every = np.concatenate([data.copies, np.stack([moved] * slight, axis=1)], axis=1)
    one_hot = np.eye(3, dtype=np.float32)[data.truth]
    numbers = np.stack([one_hot + number for number in range(1, 2 + slight)], axis=1)
    data = replace(data, copies=every, slight_copies=slight, functionals=one_hot, copied_functionals=numbers)
    made = Batches(data, competing_labels(data), frame_chain(steps), 100.0, crop_s, mixup)
    return made.make(ROWS, rng(seed), twins=True)


@pytest.mark.parametrize(("mixup", "crop_s"), [(0.0, 9.0), (0.0, 0.12), (1.0, 9.0)])
def test_a_slight_copy_has_its_clip_beside_it_and_nothing_differs_but_the_change(mixup: float, crop_s: float):
    steps = (Step("band_shift"),)
    pairs = 0
    for seed in range(10):
        batch = paired(seed, steps=steps, mixup=mixup, crop_s=crop_s)
        slight, itself = batch.twins.T
        assert (slight < len(ROWS)).all()
        assert itself.tolist() == list(range(len(ROWS), len(batch.frames)))
        assert np.array_equal(batch.targets[slight], batch.targets[itself])
        change = batch.frames[slight] - batch.frames[itself]
        heard = batch.heard[slight]
        assert not change[~heard].any()
        if mixup:  # of each clip a share of itself is left, and so of its change
            assert -1e-2 < change.min() <= change.max() < 0.51
        else:
            assert np.allclose(change[heard], 0.5, atol=1e-2)
            assert np.all(batch.functionals[slight] - batch.functionals[itself] >= 2)
        pairs += len(slight)
    assert pairs / (10 * len(ROWS)) == pytest.approx(2 / 4, abs=0.12)


def test_without_twins_the_draws_are_what_they_were():
    data = with_copies(spoken(), 3, value=50)
    plain = batches(data, mixup=0.3, steps=(Step("time_mask"),))
    slight = batches(replace(data, slight_copies=2), mixup=0.3, steps=(Step("time_mask"),))
    assert np.array_equal(plain.make(ROWS, rng()).frames, slight.make(ROWS, rng()).frames)
    assert slight.make(ROWS, rng()).twins is None


def test_transforms_of_frames_are_drawn_anew_and_leave_the_data_alone():
    data = spoken()
    before = data.digest()
    masked = batches(data, steps=(Step("time_mask"),))
    first, again, other = (masked.make(ROWS, rng(seed)).frames for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert data.digest() == before


def test_a_clip_competes_among_the_labels_that_its_corpus_has_here():
    data = spoken(speakers=1, takes=1, corpora=("ravdess", "savee"))
    assert competing_labels(data).tolist() == [[True] * 3] * 3 + [[True, True, False]] * 2
    without = data.part([0, 2, 3, 4])  # no happy clip of ravdess on this training side
    assert competing_labels(without)[0].tolist() == [True, False, True]
    assert competing_labels(data, every=True).all()


def test_mixup_blends_only_clips_that_compete_among_the_same_labels():
    data = spoken(speakers=4, takes=2, corpora=("ravdess", "savee"))
    many = batches(data, mixup=1.0)
    blended = 0
    for seed in range(20):
        batch = many.make(np.arange(len(data.truth)), rng(seed))
        assert batch.targets.sum(axis=1) == pytest.approx(1, abs=1e-6)
        assert not batch.targets[~batch.competing].any()
        blended += ((batch.targets > 0).sum(axis=1) > 1).sum()
    assert blended > 100


def test_what_stands_beside_the_frames_is_blended_by_the_same_weights():
    data = spoken()
    one_hot = np.eye(3, dtype=np.float32)[data.truth]
    rich = replace(data, functionals=one_hot, teacher=2 * one_hot, ratings=3 * one_hot)
    batch = batches(rich, mixup=1.0).make(ROWS, rng())
    assert np.allclose(batch.functionals, batch.targets)
    assert np.allclose(batch.teacher, 2 * batch.targets)
    assert np.allclose(batch.ratings, 3 * batch.targets)


def test_padding_takes_the_longest_clip():
    frames, heard = padded([np.ones((2, 4)), np.ones((5, 4))])
    assert frames.shape == (2, 5, 4)
    assert heard.sum(axis=1).tolist() == [2, 5]


@pytest.mark.parametrize(("hop_ms", "rate"), [(10.0, 100.0), (20.0, 50.0), (12.5, 80.0)])
def test_the_frame_rate_is_that_of_the_set(hop_ms: float, rate: float):
    assert frame_rate_hz(feature_set("logmel", {"hop_ms": hop_ms})) == pytest.approx(rate)


def test_teachers_are_standardised_over_the_training_side():
    values = rng().standard_normal((50, 4)).astype(np.float32) * [1, 5, 0, 2] + 3
    found = standardised(values.astype(np.float32))
    assert found.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert found.std(axis=0) == pytest.approx([1, 1, 0, 1], abs=1e-5)
    data = spoken()
    assert with_standard_teacher(data) is data
