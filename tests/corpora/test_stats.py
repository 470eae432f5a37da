"""Statistics: the counts are those of the files, and what cannot be used is left out and told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sentisound.corpora.registry import corpus
from sentisound.corpora.stats import GROUPS, stats
from sentisound.errors import CorpusNotFound

CLIPS = {  # duration in seconds, level in dB
    "wav/DK_001_A_1.wav": (0.5, -20.0),
    "wav/DK_001_N_1.wav": (1.0, -30.0),
    "wav/EN_001_A_1.wav": (1.5, -20.0),
    "wav/DK_004_B_2.wav": (2.0, -40.0),
}


@pytest.fixture
def emotale(tmp_path: Path, sound: Callable[..., None]) -> Path:
    """Return a folder with four clips of EmoTale."""
    for seed, (name, (duration_s, level_db)) in enumerate(CLIPS.items()):
        sound(tmp_path / name, seed, duration_s, level_db)
    return tmp_path


def test_clips_are_counted_by_label_speaker_sex_and_language(emotale: Path):
    found = stats(corpus("emotale"), emotale)
    counts = {by: {group.name: group.clips for group in found.by(by)} for by in GROUPS}
    assert counts == {
        "label": {"neutral": 1, "angry": 2, "bored": 1},
        "speaker": {"001": 3, "004": 1},
        "sex": {"female": 3, "male": 1},
        "language": {"da": 3, "en": 1},
    }
    assert [group.name for group in found.by("label")] == ["neutral", "angry", "bored"]
    assert (found.clips, found.texts, found.left_out) == (4, 3, 0)


def test_durations_are_those_of_the_files(emotale: Path):
    found = stats(corpus("emotale"), emotale, jobs=2)
    assert found.total_s == pytest.approx(5.0)
    assert (found.duration_s.median, found.duration_s.lowest, found.duration_s.highest) == (1.25, 0.5, 2.0)
    angry = next(group for group in found.by("label") if group.name == "angry")
    assert (angry.total_s, angry.duration_s.median) == (2.0, 1.0)


def test_a_softer_voice_has_a_lower_level(emotale: Path):
    levels = {group.name: group.level_db.median for group in stats(corpus("emotale"), emotale).by("label")}
    assert levels["angry"] > levels["neutral"] + 5 > levels["bored"] + 10


def test_what_cannot_be_used_is_left_out_and_told(emotale: Path):
    (emotale / "wav/DK_004_B_3.wav").write_bytes(b"RIFF")
    (emotale / "wav/renamed.wav").write_bytes(b"RIFF")
    found = stats(corpus("emotale"), emotale)
    assert (found.clips, found.left_out) == (4, 2)


def test_the_json_holds_the_table_and_not_each_clip(emotale: Path):
    document = json.loads(json.dumps(stats(corpus("emotale"), emotale).to_dict()))
    assert document["clips"] == 4
    assert document["groups"][0]["duration_s"]["lowest"] == 1.0
    assert "durations_s" not in document


def test_a_corpus_without_a_sound_that_decodes_is_told(tmp_path: Path):
    (tmp_path / "DK_001_A_1.wav").write_bytes(b"RIFF")
    with pytest.raises(CorpusNotFound, match="can be decoded"):
        stats(corpus("emotale"), tmp_path)


def test_an_unknown_sex_is_a_group(tmp_path: Path, sound: Callable[..., None]):
    sound(tmp_path / "AudioWAV" / "1001_DFA_ANG_XX.wav")
    assert [group.name for group in stats(corpus("cremad"), tmp_path).by("sex")] == ["unknown"]


@pytest.mark.corpora
def test_emodb_is_25_minutes_of_ten_speakers(corpora: Path):
    found = stats(corpus("emodb"), corpora / "emodb", jobs=2)
    assert found.total_s / 60 == pytest.approx(24.8, abs=0.1)
    assert len(found.by("speaker")) == 10
    assert found.texts == 10
