"""Who is held out: whole speakers of the corpora that are aimed at, drawn by the seed, of both sexes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from learning_frames import spoken, with_copies
from sentisound.errors import RecipeError
from sentisound.learning.networks.validation import Worth, alternating, cut, restricted, worth

BOTH = ("ravdess", "savee")


@pytest.mark.parametrize(("speakers", "held"), [(2, 1), (5, 1), (10, 2), (20, 4)])
def test_a_group_of_whole_speakers_is_held_out(speakers: int, held: int):
    data = spoken(speakers=speakers, takes=1)
    sides = cut(data, 5, (), seed=0)
    assert len(np.unique(sides.held.speakers)) == held
    assert not set(sides.held.speakers) & set(sides.learned.speakers)
    assert len(sides.held.clips) + len(sides.learned.clips) == len(data.clips)


def test_the_seed_draws_who():
    data = spoken(speakers=10, takes=1)
    held = [frozenset(cut(data, 5, (), seed).held.speakers) for seed in range(6)]
    assert len(set(held)) > 2
    assert held[0] == frozenset(cut(data, 5, (), 0).held.speakers)


def test_each_corpus_gives_speakers_or_only_those_aimed_at():
    data = spoken(speakers=5, takes=1, corpora=BOTH)
    assert set(cut(data, 5, (), 0).held.corpora) == {*BOTH}
    assert set(cut(data, 5, ("savee",), 0).held.corpora) == {"savee"}
    assert set(cut(data, 5, ("savee", "tess"), 0).held.corpora) == {"savee"}
    assert set(cut(data, 5, ("tess",), 0).held.corpora) == {*BOTH}  # none of it is here


def test_one_speaker_holds_whole_texts_out():
    one = spoken(speakers=1, takes=10)
    sides = cut(one, 5, (), 0)
    texts = {clip.text for clip in sides.held.clips}
    assert len(texts) == 2
    assert not texts & {clip.text for clip in sides.learned.clips}
    assert len(sides.held.clips) == 2 * 3  # each text in three emotions


def test_one_speaker_with_one_text_cannot_be_learned_from():
    with pytest.raises(RecipeError, match="one speaker with one text"):
        cut(spoken(speakers=1, takes=1), 5, (), 0)


def test_the_held_out_side_has_no_copies_and_the_other_keeps_its_own():
    sides = cut(with_copies(spoken(), 2), 5, (), 0)
    assert sides.held.copies is None
    assert sides.learned.copies is not None
    assert sides.learned.copies.shape == (len(sides.learned.clips), 2)


def test_sexes_take_turns():
    sexes = {f"s{n}": "male" if n < 6 else "female" for n in range(12)}
    for seed in range(5):
        drawn = alternating(sexes, np.random.default_rng(seed))
        assert sorted(drawn) == sorted(sexes)
        assert {sexes[drawn[0]], sexes[drawn[1]]} == {sexes[drawn[2]], sexes[drawn[3]]} == {"male", "female"}


def test_labels_compete_by_what_the_whole_training_side_has():
    data = spoken(speakers=5, takes=1, corpora=BOTH)
    no_sad_held = data.part(
        [row for row in range(len(data.truth)) if data.truth[row] != 2 or data.speakers[row] != "x"]
    )
    sides = cut(no_sad_held, 5, (), 0)
    assert sides.held_labels[sides.held.corpora == "savee"].tolist() == [[True, True, False]] * 2
    assert sides.held_labels[sides.held.corpora == "ravdess"].all()


def test_a_label_that_does_not_compete_has_no_chance():
    sides = cut(spoken(speakers=5, takes=1, corpora=BOTH), 5, ("savee",), 0)
    logits = np.tile([0.0, 1.0, 9.0], (len(sides.held.truth), 1))
    assert restricted(logits, sides.held_labels).argmax(axis=1).tolist() == [1, 1]
    found = worth(logits, sides)
    assert found.uar == 0.5
    assert found.negative_entropy == pytest.approx(np.mean(np.log([1 / (1 + np.e), np.e / (1 + np.e)])))


def test_of_equal_uar_the_smaller_entropy_is_better():
    assert Worth(0.5, -1.0) > Worth(0.5, -1.1) > Worth(0.4, -0.1)


def test_speakers_without_a_known_sex_are_fine():
    data = spoken(speakers=5, takes=1)
    unknown = replace(data, clips=tuple(replace(clip, sex="") for clip in data.clips))
    assert len(np.unique(cut(unknown, 5, (), 0).held.speakers)) == 1
