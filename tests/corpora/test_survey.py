"""The survey: every audio file of a folder is a clip, a copy, a stray or left out; none is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from sentisound.corpora.corpus import AUDIO_SUFFIXES
from sentisound.corpora.manifest import read_manifest
from sentisound.corpora.registry import corpus
from sentisound.corpora.survey import survey
from sentisound.errors import CorpusError, CorpusNotFound

Touched = Callable[[Iterable[str]], Path]

SPEECH, OTHER = "03-01-05-02-01-02-07", "03-01-02-01-01-01-02"
SONG, VIDEO = "03-02-05-02-01-02-07", "01-01-05-02-01-02-07"


def test_each_file_is_counted_in_one_place(touched: Touched):
    names = [f"a/{SPEECH}.wav", f"b/{SPEECH}.wav", f"b/{OTHER}.flac", f"{SONG}.wav", f"{VIDEO}.m4a", "x.mp3"]
    found = survey(corpus("ravdess"), touched([*names, "notes.txt"]))
    assert [clip.name for clip in found.clips] == [OTHER, SPEECH]
    assert [clip.name for clip in found.copies] == [SPEECH]
    assert [stray.path.name for stray in found.strays] == ["x.mp3"]
    assert found.left_out == 2
    assert len(found.clips) + len(found.copies) + len(found.strays) + found.left_out == len(names)


def test_the_first_path_is_the_clip_and_the_later_ones_are_its_copies(touched: Touched):
    root = touched([f"{folder}/{SPEECH}.wav" for folder in "cab"])
    found = survey(corpus("ravdess"), root)
    assert [clip.path for clip in found.clips] == [root / "a" / f"{SPEECH}.wav"]
    assert [clip.path.parent.name for clip in found.copies] == ["b", "c"]


def test_one_name_in_two_formats_is_one_clip_and_a_copy(touched: Touched):
    found = survey(corpus("ravdess"), touched([f"{SPEECH}.wav", f"{SPEECH}.flac"]))
    assert [clip.path.suffix for clip in found.clips] == [".flac"]
    assert [clip.path.suffix for clip in found.copies] == [".wav"]


def test_names_that_mean_the_same_clip_are_copies(touched: Touched):
    found = survey(
        corpus("tess"), touched(["OAF_bite_neutral.wav", "old/OA_bite_neutral.wav", "x/oaf_BITE_Neutral.wav"])
    )
    assert [clip.name for clip in found.clips] == ["OAF_bite_neutral"]
    assert len(found.copies) == 2


def test_a_flat_copy_of_savee_is_the_clip_of_the_speakers_folder(touched: Touched):
    found = survey(corpus("savee"), touched(["ALL/DC_a01.wav", "AudioData/DC/a01.wav", "AudioData/JE/a01.wav"]))
    assert [clip.name for clip in found.clips] == ["DC_a01", "JE_a01"]
    assert [clip.path.parent.name for clip in found.copies] == ["DC"]


def test_a_stray_says_which_rule_it_breaks(touched: Touched):
    (stray,) = survey(corpus("emodb"), touched(["wav/03a01Fa.wav", "wav/99a01Fa.wav"])).strays
    assert "'99a01Fa.wav'" in stray.reason
    assert "EmoDB" in stray.reason


def test_a_folder_of_song_alone_has_no_clip_and_is_no_error(touched: Touched):
    found = survey(corpus("ravdess"), touched([f"{SONG}.wav"]))
    assert (found.clips, found.copies, found.strays, found.left_out) == ((), (), (), 1)


@pytest.mark.parametrize("suffix", sorted(AUDIO_SUFFIXES))
def test_every_format_is_sound_in_any_case(suffix: str, touched: Touched):
    root = touched([f"03a01Fa{suffix}", f"08a01Na{suffix.upper()}"])
    assert [clip.name for clip in survey(corpus("emodb"), root).clips] == ["03a01Fa", "08a01Na"]


def test_what_a_mac_leaves_behind_is_no_stray(touched: Touched):
    found = survey(corpus("emodb"), touched(["wav/03a01Fa.wav", "__MACOSX/wav/._03a01Fa.wav", "wav/.DS_Store"]))
    assert (len(found.clips), found.copies, found.strays) == (1, (), ())


def test_no_sound_at_all_says_where_to_get_it(touched: Touched):
    root = touched(["wav/readme.txt", "wav/._03a01Fa.wav"])
    with pytest.raises(CorpusNotFound, match=r"holds no audio file; get EmoDB from http") as caught:
        survey(corpus("emodb"), root)
    assert caught.value.code == "corpus_not_found"
    assert isinstance(caught.value, CorpusError)
    assert isinstance(caught.value, FileNotFoundError)


def test_a_table_has_no_address_to_offer(touched: Touched):
    root = touched([])
    (root / "mine.csv").write_text("path,label\n")
    with pytest.raises(CorpusNotFound, match=r"mine\.csv lists no clip$"):
        survey(read_manifest(root / "mine.csv").corpus, root)


def test_a_table_surveys_its_own_rows_and_not_the_folder(touched: Touched):
    root = touched(["a.wav", "b.wav", "not-in-the-table.wav"])
    (root / "mine.csv").write_text("path,label\nb.wav,sad\na.wav,happy\n")
    found = survey(read_manifest(root / "mine.csv").corpus, root)
    assert [(clip.name, clip.label) for clip in found.clips] == [("a", "happy"), ("b", "sad")]
    assert found.strays == ()
