"""An epoch is every clip once, or as many draws in which corpora, speakers and labels come equally often."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from learning_frames import spoken
from sentisound.learning.networks.sampler import Sampler, balanced_chances


@pytest.mark.parametrize(("clips", "size", "batches"), [(32, 8, 4), (33, 8, 5), (9, 8, 2), (3, 8, 1)])
def test_an_epoch_is_every_clip_once_in_batches_of_about_one_size(clips: int, size: int, batches: int):
    epoch = Sampler(clips, size).epoch(np.random.default_rng(0))
    sizes = [len(rows) for rows in epoch]
    assert sorted(np.concatenate(epoch)) == list(range(clips))
    assert (len(epoch), Sampler(clips, size).batches) == (batches, batches)
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1  # 33 clips in batches of 8 would else leave one clip alone


def test_the_order_is_that_of_the_generator():
    one, same, other = (np.concatenate(Sampler(50, 8).epoch(np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert one.tolist() == same.tolist() != other.tolist()


def _unequal():
    """Return two corpora, the first with nine times the clips; and one speaker with twice those of the others."""
    data = spoken(speakers=3, takes=6, corpora=("ravdess", "savee"))
    keep = [
        row
        for row, clip in enumerate(data.clips)
        if (clip.corpus == "ravdess" and (clip.speaker == "s0" or clip.text in ("t0", "t1", "t2"))) or clip.text == "t0"
    ]
    return data.part(keep)


def test_chances_are_equal_over_corpora_then_speakers_then_labels():
    data = _unequal()
    chances = balanced_chances(data)
    assert chances.sum() == pytest.approx(1)
    for corpus in ("ravdess", "savee"):
        own = data.corpora == corpus
        assert chances[own].sum() == pytest.approx(1 / 2)
        for speaker in np.unique(data.speakers[own]):
            by = data.speakers == speaker
            assert chances[by].sum() == pytest.approx(1 / 6)
            labels = np.unique(data.truth[by])
            shares = [chances[by & (data.truth == label)].sum() for label in labels]
            assert shares == pytest.approx([1 / 6 / len(labels)] * len(labels))


def test_speakers_of_one_name_in_two_corpora_are_two():
    data = spoken(speakers=1, takes=1, corpora=("ravdess", "savee"))
    merged = replace(data, speakers=np.array(["s0"] * len(data.truth)))
    assert balanced_chances(merged) == pytest.approx(balanced_chances(data))


def test_balanced_epochs_draw_what_the_chances_say():
    data = _unequal()
    sampler = Sampler(len(data.truth), 8, balanced_chances(data))
    rng = np.random.default_rng(0)
    drawn = np.concatenate([rows for _ in range(200) for rows in sampler.epoch(rng)])
    assert len(drawn) == 200 * len(data.truth)
    assert np.mean(data.corpora[drawn] == "savee") == pytest.approx(0.5, abs=0.02)
