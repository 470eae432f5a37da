"""What a learner sees: rows that stay with their clips, a checksum of all of it, and the speech of each file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from clouds import CLASSES, clouds
from sentisound.audio.decode import decode
from sentisound.audio.waveform import RATE_HZ
from sentisound.corpora.corpus import Utterance
from sentisound.errors import RecipeError
from sentisound.features.sets import feature_set
from sentisound.learning.copies import with_copies
from sentisound.learning.dataset import Dataset, build_dataset, clip_features, ragged, silent
from sentisound.learning.evaluation.protocols import per_speaker
from sentisound.learning.recipe import FeatureOptions
from sentisound.testing import speech_like

OPTIONS = FeatureOptions("mfcc40")
DATA = clouds()


def test_a_part_keeps_the_order_asked_for_and_each_clip_with_its_row():
    part = DATA.part((30, 2))
    assert [one.name for one in part.clips] == ["clip30", "clip2"]
    assert part.speakers.tolist() == ["savee/dan", "savee/ann"]
    assert np.array_equal(part.features, DATA.features[[30, 2]])
    assert part.truth.tolist() == [DATA.truth[30], DATA.truth[2]]
    assert part.classes == CLASSES  # also those that none of its clips has


def test_the_groups_are_speakers_unless_there_is_but_one():
    assert DATA.groups.tolist() == DATA.speakers.tolist()
    assert DATA.part(range(9)).groups.tolist() == ["t0", "t1", "t2"] * 3
    assert set(DATA.part(range(10)).groups) == {"savee/ann", "savee/bob"}


@pytest.mark.parametrize("part", ["features", "truth", "speakers", "classes", "clips", "order"])
def test_the_digest_tells_every_change(part: str):
    features, truth, speakers = DATA.features.copy(), DATA.truth.copy(), DATA.speakers.copy()
    features[3, 1] = np.nextafter(features[3, 1], np.float32(99))
    truth[0], speakers[0] = 2, "savee/eve"
    changed = {
        "features": replace(DATA, features=features),
        "truth": replace(DATA, truth=truth),
        "speakers": replace(DATA, speakers=speakers),
        "classes": replace(DATA, classes=CLASSES[::-1]),
        "clips": replace(DATA, clips=(replace(DATA.clips[0], name="other"), *DATA.clips[1:])),
        "order": DATA.part(range(35, -1, -1)),
    }
    assert changed[part].digest() != DATA.digest()
    assert DATA.part(range(36)).digest() == DATA.digest()


def clip(path: Path, samples: np.ndarray, label: str = "happy") -> Utterance:
    """Return a clip whose file holds these samples."""
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
    return Utterance(path, "savee", "DC", label, "t", "male", "en", path.stem)


def speech(seed: int) -> np.ndarray:
    return speech_like(0.5, RATE_HZ, np.random.default_rng(seed), pause_share=0)


def test_a_clip_without_speech_is_taken_whole(tmp_path: Path):
    silent = clip(tmp_path / "silent.wav", np.zeros(RATE_HZ // 2))
    found = clip_features(OPTIONS, silent, b"key")
    whole = feature_set("mfcc40").extract(decode(silent.path, rate_hz=RATE_HZ))
    assert np.array_equal(found, whole)


def test_silence_around_the_speech_is_left_out(tmp_path: Path):
    pad = np.zeros(2 * RATE_HZ)
    padded = clip(tmp_path / "padded.wav", np.concatenate([pad, speech(0), pad]))
    found = clip_features(OPTIONS, padded, b"key")
    bare = clip_features(OPTIONS, clip(tmp_path / "bare.wav", speech(0)), b"key")
    whole = feature_set("mfcc40").extract(decode(padded.path, rate_hz=RATE_HZ))
    assert np.abs(found - bare).max() < np.abs(whole - bare).max() / 2


def test_only_a_copy_is_noisy_and_its_noise_is_that_of_its_key(tmp_path: Path):
    original = clip(tmp_path / "a.wav", speech(0))
    (_, copy) = with_copies([original], 1)
    assert np.array_equal(clip_features(OPTIONS, original, b"1"), clip_features(OPTIONS, original, b"2"))
    one, same, other = (clip_features(OPTIONS, copy, key) for key in (b"1", b"1", b"2"))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_equal_files_are_computed_once_and_each_clip_keeps_its_own_label(tmp_path: Path):
    clips = [
        clip(tmp_path / "a.wav", speech(0), "sad"),
        clip(tmp_path / "b.wav", speech(1), "happy"),
        clip(tmp_path / "c.wav", speech(0), "neutral"),
    ]
    told: list[tuple[str, int, int]] = []
    data = build_dataset(clips, CLASSES, OPTIONS, 1, lambda *step: told.append(step))
    assert told == [("features", 0, 2), ("features", 2, 2)]
    assert data.truth.tolist() == [2, 1, 0]
    assert data.speakers.tolist() == ["savee/DC"] * 3
    assert np.array_equal(data.features[0], data.features[2])
    assert not np.array_equal(data.features[0], data.features[1])


def test_the_digest_tells_other_texts_by_which_clips_may_be_held_out():
    other = replace(DATA, clips=tuple(replace(clip, text="t9") for clip in DATA.clips))
    assert other.digest() != DATA.digest()


def framed() -> Dataset:
    """Return the clouds with frames in place of vectors, and all that may stand beside them."""
    rng = np.random.default_rng(1)
    frames = ragged([rng.standard_normal((5 + row % 3, 2)).astype(np.float16) for row in range(36)])
    beside = rng.standard_normal((36, 3)).astype(np.float32)
    return replace(
        DATA,
        features=frames,
        functionals=beside,
        copies=np.stack([frames[::-1], frames], axis=1),
        ratings=beside + 1,
        teacher=beside + 2,
    )


def test_all_that_stands_beside_the_frames_stays_with_its_clip():
    data = framed()
    part = data.part((30, 2))
    assert part.has_frames
    assert not DATA.has_frames
    assert part.features[0] is data.features[30]
    assert part.copies is not None
    assert part.copies.shape == (2, 2)
    assert part.copies[1, 0] is data.features[33]
    for name in ("functionals", "ratings", "teacher"):
        assert np.array_equal(getattr(part, name), getattr(data, name)[[30, 2]])


def test_as_recorded_there_are_no_copies_and_all_else_is_the_same():
    recorded = framed().as_recorded()
    assert recorded.copies is None
    assert replace(framed(), copies=None).digest() == recorded.digest()


def test_frames_of_one_length_stay_an_array_of_arrays():
    frames = ragged([np.zeros((4, 2), dtype=np.float16)] * 3)
    assert frames.shape == (3,)
    assert frames[0].shape == (4, 2)


@pytest.mark.parametrize("part", ["features", "functionals", "copies", "ratings", "teacher", "boundary"])
def test_the_digest_tells_every_change_beside_the_vectors(part: str):
    data = framed()
    if part == "boundary":  # the same numbers in another shape of two clips
        frames = data.features.copy()
        joined = np.concatenate([frames[0], frames[1]])
        frames[0], frames[1] = joined[:6], joined[6:]
        changed = replace(data, features=frames)
    else:
        values = getattr(data, part).copy()
        values[-1] = values[-1] * 2
        changed = replace(data, **{part: values})
    assert changed.digest() != data.digest()
    assert framed().digest() == data.digest()


def test_functionals_come_with_the_frames_and_only_where_they_are_asked_for(tmp_path: Path):
    clips = [clip(tmp_path / "a.wav", speech(0)), clip(tmp_path / "b.wav", speech(1))]
    told: list[str] = []
    options = FeatureOptions("logmel", {"n_mels": 8}, "mfcc40")
    data = build_dataset(clips, CLASSES, options, 1, lambda step, *_: told.append(step))
    assert data.features.shape == (2,)
    assert data.features[0].shape[1] == 8
    assert data.functionals is not None
    assert np.array_equal(data.functionals, build_dataset(clips, CLASSES, OPTIONS, 1, silent).features)
    assert set(told) == {"features", "functionals"}


def test_frames_are_not_standardised_per_speaker():
    with pytest.raises(RecipeError, match="these are frames"):
        per_speaker(framed())
