"""Silent clips: found once, kept, and told in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.corpora.corpus import Utterance
from sentisound.learning.copies import with_copies
from sentisound.learning.dataset import silent
from sentisound.learning.silence import in_words, silent_clips
from sentisound.testing import tone


@pytest.fixture
def clips(tmp_path: Path) -> list[Utterance]:
    """Return a quiet clip and a blank one."""
    soundfile.write(tmp_path / "quiet.wav", tone(1.0, 16_000, 200.0, -50.0), 16_000)
    soundfile.write(tmp_path / "blank.wav", np.zeros(16_000), 16_000)
    return [Utterance(tmp_path / f"{name}.wav", "own", "x", "sad", "", "", "", name) for name in ("quiet", "blank")]


def test_the_blank_clip_is_found_and_a_quiet_one_is_none(clips: list[Utterance]):
    assert silent_clips(clips, 1, silent, None) == ("own/blank",)
    assert silent_clips(with_copies(clips, 2), 1, silent, None) == ("own/blank",)
    assert silent_clips([], 1, silent, None) == ()


def test_what_was_heard_is_kept(clips: list[Utterance], tmp_path: Path):
    steps: list[tuple[str, int, int]] = []
    for _ in range(2):
        assert silent_clips(clips, 1, lambda *step: steps.append(step), tmp_path / "cache") == ("own/blank",)
    assert [done for _, done, _ in steps] == [0, 2, 2]


def test_the_sentence_names_some_and_counts_all():
    assert in_words(("a/b",)) == "1 clip is silent (no sample above -60 dB) and counted all the same: a/b"
    assert in_words(tuple("abcdefg")).startswith("7 clips are silent")
    assert in_words(tuple("abcdefg")).endswith("a, b, c, d, e and 2 more")
