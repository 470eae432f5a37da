"""The check: every kind of damage that a download can have is told file by file, and nothing crashes it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np
import pytest
import soundfile

from sentisound.corpora.check import KINDS, CheckReport, check
from sentisound.corpora.corpus import Corpus
from sentisound.corpora.registry import CORPORA, corpus
from sentisound.errors import CorpusNotFound

NAMES = ("03a01Fa", "03a01Wa", "03a02Nc", "08a01Na", "08a02Fe", "08b02Wd")
PATHS = [f"wav/{name}.wav" for name in NAMES]

Download = Callable[[Iterable[str]], Path]


@pytest.fixture
def emodb() -> Corpus:
    """Return EmoDB as if it had six clips of two speakers."""
    return replace(
        corpus("emodb"),
        labels=("neutral", "happy", "angry"),
        expected_clips=6,
        expected_speakers=2,
        expected_names=lambda _: frozenset(NAMES),
    )


@pytest.fixture
def whole(download: Download) -> Path:
    """Return a folder with the six clips."""
    return download(PATHS)


def _told(report: CheckReport) -> list[tuple[str, str]]:
    return [(finding.kind, finding.path) for finding in report.findings]


def test_a_whole_corpus_is_complete(emodb: Corpus, whole: Path):
    steps: list[tuple[str, int, int]] = []
    report = check(emodb, whole, progress=lambda *step: steps.append(step))
    assert report.complete
    assert report.exit_code == 0
    assert report.verdict == "EmoDB is complete: 6 clips, every one of them decoded"
    assert not report.findings
    assert steps[-1] == ("decoding", 6, 6)
    counts = {(count.group, count.name): (count.found, count.expected) for count in report.counts}
    assert counts["all", "clips"] == (6, 6)
    assert counts["label", "happy"] == (2, 2)
    assert counts["speaker", "08"] == (3, 3)


def test_processes_find_what_one_finds(emodb: Corpus, whole: Path):
    (whole / PATHS[0]).write_bytes(b"")
    assert check(emodb, whole, jobs=2) == check(emodb, whole)


def test_missing_clips_are_named(emodb: Corpus, whole: Path):
    for path in PATHS[:2]:
        (whole / path).unlink()
    report = check(emodb, whole)
    assert _told(report) == [("missing", "03a01Fa"), ("missing", "03a01Wa")]
    wrong = {(count.group, count.name): (count.found, count.expected) for count in report.counts if not count.fits}
    assert wrong == {
        ("all", "clips"): (4, 6),
        ("label", "happy"): (1, 2),
        ("label", "angry"): (1, 2),
        ("speaker", "03"): (1, 3),
    }
    assert report.verdict == "EmoDB is damaged or incomplete: 2 missing"
    assert report.exit_code == 1


def test_a_renamed_file_is_unexpected_and_its_clip_missing(emodb: Corpus, whole: Path):
    (whole / PATHS[0]).rename(whole / "happy.wav")
    report = check(emodb, whole)
    assert _told(report) == [("missing", "03a01Fa"), ("unexpected", "happy.wav")]
    assert "SStttEv" in report.findings[1].detail


def test_a_name_that_fits_the_rule_and_is_none_of_the_corpus_is_unexpected(emodb: Corpus, whole: Path):
    (whole / PATHS[0]).rename(whole / "wav" / "16b10Wf.wav")
    assert _told(check(emodb, whole)) == [("missing", "03a01Fa"), ("unexpected", "wav/16b10Wf.wav")]


def test_a_shuffled_download_is_still_complete(emodb: Corpus, whole: Path):
    for number, path in enumerate(PATHS):
        target = whole / f"part{number % 3}" / "deeper" / PurePath(path).name
        target.parent.mkdir(parents=True, exist_ok=True)
        (whole / path).rename(target)
    assert check(emodb, whole).complete


def test_a_download_that_holds_every_file_twice_is_complete_and_says_so(emodb: Corpus, whole: Path):
    shutil.copytree(whole / "wav", whole / "again" / "wav")
    report = check(emodb, whole)
    assert report.complete
    assert report.clips == 6
    assert {finding.kind for finding in report.findings} == {"copy"}
    assert len(report.findings) == 6


def test_two_sounds_under_one_name_conflict(emodb: Corpus, whole: Path, sound: Callable[..., None]):
    sound(whole / "zzz" / "03a01Fa.wav", 99)
    report = check(emodb, whole)
    assert _told(report) == [("conflict", "zzz/03a01Fa.wav")]
    assert report.findings[0].detail == "not the same file as wav/03a01Fa.wav"
    assert not report.complete


def test_one_sound_under_two_labels_is_a_duplicate(emodb: Corpus, whole: Path):
    shutil.copy(whole / PATHS[0], whole / PATHS[1])
    report = check(emodb, whole)
    assert _told(report) == [("duplicate", "wav/03a01Wa.wav")]
    assert not report.complete


def test_one_sound_twice_under_one_label_is_told_and_does_no_harm(emodb: Corpus, whole: Path):
    shutil.copy(whole / "wav/08a02Fe.wav", whole / "wav/08a01Fa.wav")
    (whole / "wav/03a01Fa.wav").unlink()
    named = replace(emodb, expected_names=lambda _: frozenset({*NAMES, "08a01Fa"} - {"03a01Fa"}))
    report = check(named, whole)
    assert {finding.kind for finding in report.findings} == {"repeat"}
    assert report.complete


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        ("undecodable", lambda path: path.write_bytes(b"<html>404 Not Found</html>")),
        ("undecodable", lambda path: path.write_bytes(path.read_bytes()[:20])),
        ("truncated", lambda path: path.write_bytes(path.read_bytes()[:9_000])),
        ("silent", lambda path: soundfile.write(path, np.zeros(16_000), 16_000)),
        ("too short", lambda path: soundfile.write(path, 0.1 * np.ones(3_200), 16_000)),
        ("too short", lambda path: soundfile.write(path, 0.1 * np.ones(10), 16_000)),
        ("too short", lambda path: path.write_bytes(b"")),
    ],
    ids=["a page", "a header", "half", "zeros", "200 ms", "10 samples", "empty"],
)
def test_a_damaged_file_is_told(kind: str, damage: Callable[[Path], object], emodb: Corpus, whole: Path):
    damage(whole / PATHS[3])
    report = check(emodb, whole)
    assert _told(report) == [(kind, PATHS[3])]
    assert report.findings[0].detail
    assert report.exit_code == 1


def test_empty_files_are_not_each_others_duplicates(emodb: Corpus, whole: Path):
    for path in PATHS:
        (whole / path).write_bytes(b"")
    report = check(emodb, whole)
    assert sum(finding.kind == "too short" for finding in report.findings) == 6
    assert not [finding for finding in report.findings if finding.kind == "duplicate"]


def test_a_link_to_nowhere_is_told(emodb: Corpus, whole: Path):
    (whole / PATHS[0]).unlink()
    (whole / PATHS[0]).symlink_to(whole / "gone.wav")
    assert _told(check(emodb, whole)) == [("undecodable", PATHS[0])]


@pytest.mark.parametrize("seed", range(5))
def test_no_mixture_of_damage_crashes_the_check(seed: int, emodb: Corpus, whole: Path):
    chance = random.Random(seed)  # noqa: S311 - damage, not cryptography
    for path in [whole / one for one in PATHS]:
        content = path.read_bytes()
        match chance.randrange(5):
            case 0:
                path.unlink()
            case 1:
                path.rename(path.with_name(f"{chance.random()}\n\x1b[2J.wav"))
            case 2:
                path.write_bytes(chance.randbytes(chance.randrange(300)))
            case 3:
                path.write_bytes(content[: chance.randrange(len(content))])
    (whole / "a.wav").mkdir()
    (whole / "keep.wav").write_bytes(b"x")
    report = check(emodb, whole)
    assert not report.complete
    assert json.loads(json.dumps(report.to_dict()))["complete"] is False


def test_song_is_counted_and_left_out(download: Download):
    root = download(["Actor_01/03-01-01-01-01-01-01.wav", "Actor_01/03-02-01-01-01-01-01.wav"])
    report = check(corpus("ravdess"), root)
    assert (report.clips, report.left_out) == (1, 1)
    assert report.verdict == "RAVDESS is damaged or incomplete: 1439 missing"


def test_without_a_list_of_names_the_counts_tell(download: Download):
    root = download([f"AudioWAV/{actor}_DFA_{emotion}_XX.wav" for actor in (1001, 1002) for emotion in ("ANG", "SAD")])
    report = check(corpus("cremad"), root)
    assert not report.findings
    assert report.exit_code == 1
    assert report.verdict == "CREMA-D is damaged or incomplete: the counts differ"
    assert {(c.found, c.expected) for c in report.counts if c.group == "all"} == {(4, 7442), (2, 91)}
    assert all(count.expected is None for count in report.counts if count.group != "all")


def test_esd_in_the_wrong_folders_is_told(download: Download):
    report = check(corpus("esd"), download(["0011/Angry/0011_000351.wav", "0011/Angry/0011_000001.wav"]))
    unexpected = [finding for finding in report.findings if finding.kind == "unexpected"]
    assert [finding.path for finding in unexpected] == ["0011/Angry/0011_000001.wav"]
    assert "Neutral" in unexpected[0].detail


@pytest.mark.parametrize("make", [True, False])
def test_a_folder_without_sound_says_where_to_get_the_corpus(make: bool, emodb: Corpus, tmp_path: Path):
    root = tmp_path / "empty"
    if make:
        root.mkdir()
        (root / "readme.txt").touch()
    with pytest.raises(CorpusNotFound, match="bilderbar"):
        check(emodb, root)


def test_a_folder_of_another_corpus_is_a_report(download: Download):
    report = check(corpus("tess"), download(PATHS))
    assert report.clips == 0
    assert {finding.kind for finding in report.findings} == {"missing", "unexpected"}


def test_the_kinds_have_words():
    assert all(words for words in KINDS.values())


@pytest.mark.corpora
def test_the_real_emodb_is_complete(corpora: Path):
    report = check(CORPORA["emodb"], corpora / "emodb", jobs=2)
    assert report.complete, report.findings[:5]
    assert not report.findings


@pytest.mark.corpora
def test_ravdess_repeats_one_sound(corpora: Path):
    report = check(CORPORA["ravdess"], corpora / "ravdess", jobs=2)
    assert report.complete
    assert _told(report) == [("repeat", "Actor_07/03-01-03-01-02-02-07.flac")]


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 72862\n"


def test_pointers_of_a_clone_are_told_by_name_and_not_as_damage(emodb: Corpus, whole: Path):
    for path in PATHS[:2]:
        (whole / path).write_text(POINTER)
    report = check(emodb, whole)
    assert _told(report) == [("not downloaded", PATHS[0]), ("not downloaded", PATHS[1])]
    assert "Git LFS pointer: the sound was not downloaded (git lfs pull)" in report.findings[0].detail
    with pytest.raises(CorpusNotFound, match=r"2 of 6 clips of EmoDB in .* are not there: .* is a Git LFS pointer"):
        emodb.read(whole)


def test_of_two_formats_side_by_side_the_lossless_one_is_used_and_blanks_are_told(emodb: Corpus, whole: Path):
    """CREMA-D has AudioMP3 beside AudioWAV, and blank MP3s among them."""
    for path in PATHS:
        target = whole / "aaa_mp3" / f"{PurePath(path).stem}.mp3"  # before the others by name
        target.parent.mkdir(exist_ok=True)
        samples, rate_hz = soundfile.read(whole / path)
        soundfile.write(target, samples, rate_hz, format="MP3")
    blank = whole / "aaa_mp3" / f"{NAMES[0]}.mp3"
    soundfile.write(blank, np.zeros(16_000), 16_000, format="MP3")
    report = check(emodb, whole)
    assert report.complete
    assert [(finding.kind, finding.path) for finding in report.findings] == [
        ("format", "aaa_mp3"),
        ("format", f"aaa_mp3/{NAMES[0]}.mp3"),
    ]
    assert report.findings[0].detail == "6 of its files are clips that are read from wav"
    assert report.findings[1].detail == f"silent: no sample is above -60 dB; wav/{NAMES[0]}.wav is used"
    assert {clip.path.suffix for clip in emodb.read(whole)} == {".wav"}
