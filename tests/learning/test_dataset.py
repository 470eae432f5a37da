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
from sentisound.features.sets import feature_set
from sentisound.learning.copies import with_copies
from sentisound.learning.dataset import build_dataset, clip_features
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
