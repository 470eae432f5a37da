"""The audit: every kind of leak is found and named, and what only looks like one is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentisound.audio.waveform import RATE_HZ
from sentisound.corpora.audit import AuditReport, Listening, audit
from sentisound.corpora.audit_report import KINDS
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.folds import Split
from sentisound.errors import CorpusError, LeakFound
from sentisound.testing import speech_like


def voice(seed: int, duration_s: float = 1.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return speech_like(duration_s, RATE_HZ, rng, f0_hz=100 + 17 * seed, syllables_per_s=3 + seed % 5 / 3)


class Clips:
    """A corpus that is written clip by clip."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.utterances: list[Utterance] = []

    def add(self, samples: np.ndarray, speaker: str | None = None, label: str = "happy", text: str = "") -> int:
        name = f"clip{len(self.utterances)}"
        path = self.folder / f"{name}.wav"
        soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")
        known = f"speaker of {name}" if speaker is None else speaker
        self.utterances.append(Utterance(path, "mine", known, label, text, "", "en", name))
        return len(self.utterances) - 1

    def audit(self, train: tuple[int, ...], test: tuple[int, ...], **options) -> AuditReport:
        return audit(self.utterances, [Split("fold1", train, test)], **options)


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    return Clips(tmp_path)


def kinds(report: AuditReport) -> list[str]:
    return [finding.kind for finding in report.findings]


def noisy(samples: np.ndarray, snr_db: float = 20) -> np.ndarray:
    rms = np.sqrt(np.mean(samples**2))
    return samples + rms * 10 ** (-snr_db / 20) * np.random.default_rng(9).standard_normal(len(samples))


def test_different_clips_of_different_speakers_are_clean(clips: Clips):
    for seed in range(6):
        clips.add(voice(seed), speaker=str(seed))
    report = clips.audit((0, 1, 2), (3, 4, 5))
    assert report.findings == ()
    assert report.clean
    assert report.verdict == "clean"
    assert (report.clips, report.splits) == (6, 1)


def test_a_speaker_on_both_sides_is_a_leak(clips: Clips):
    for seed, speaker in enumerate(["a", "b", "a"]):
        clips.add(voice(seed), speaker)
    report = clips.audit((0, 1), (2,), audio=False)
    assert kinds(report) == ["speaker_overlap"]
    assert report.leaks[0].first.name == "mine/a"
    assert report.leaks[0].splits == ("fold1",)
    assert report.verdict == "leak: 1 speaker on both sides"


def test_speakers_of_the_same_name_in_two_corpora_are_two(clips: Clips):
    from dataclasses import replace

    clips.add(voice(0), "1")
    clips.add(voice(1), "1")
    clips.utterances[1] = replace(clips.utterances[1], corpus="theirs")
    assert clips.audit((0,), (1,), audio=False).clean


def test_an_unknown_speaker_is_no_leak_and_is_told(clips: Clips):
    clips.add(voice(0), "")
    clips.add(voice(1), "")
    report = clips.audit((0,), (1,), audio=False)
    assert kinds(report) == ["unknown_speaker"]
    assert "2 of 2 clips" in report.findings[0].detail
    assert report.verdict == "clean (sound not compared, speakers not known)"


def test_equal_texts_are_told_and_never_refused(clips: Clips):
    clips.add(voice(0), "a", text="kids")
    clips.add(voice(1), "b", text="kids")
    report = clips.audit((0,), (1,), audio=False)
    assert kinds(report) == ["equal_texts"]
    assert report.findings[0].severity == "information"
    assert report.clean
    report.refuse()


def test_the_same_samples_in_another_container_are_an_exact_duplicate(clips: Clips):
    clips.add(voice(0), "a")
    clips.add(voice(0), "b")
    flac = clips.utterances[1].path.with_suffix(".flac")
    soundfile.write(flac, soundfile.read(clips.utterances[0].path)[0], RATE_HZ, subtype="PCM_16")
    clips.utterances[1] = Utterance(flac, "mine", "b", "happy", "", "", "en", "copy")
    report = clips.audit((0,), (1,))
    assert kinds(report) == ["exact_duplicate"]
    assert (report.leaks[0].first.side, report.leaks[0].second.side) == ("train", "test")
    assert report.leaks[0].similarity == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda x: np.clip(2 * x, -1, 1),
        lambda x: 0.1 * x,
        noisy,
        lambda x: x[4800:],
        lambda x: x[:-4800],
        lambda x: np.concatenate([np.zeros(5000), x, np.zeros(3000)]),
        lambda x: -x[1000:],
        lambda x: np.concatenate([x[:16_000], x[17_600:]]),
    ],
    ids=["+6dB", "-20dB", "noise20dB", "cut start", "cut end", "padded", "inverted", "cut middle"],
)
def test_a_changed_copy_is_a_near_duplicate_wherever_its_original_is(clips: Clips, change):
    clips.add(voice(3, 2.5), "a")
    clips.add(change(voice(3, 2.5)), "b")
    clips.add(voice(4, 2.5), "b")
    report = clips.audit((0,), (1, 2))
    assert kinds(report) == ["near_duplicate"]
    assert {report.leaks[0].first.name, report.leaks[0].second.name} == {"mine/clip0", "mine/clip1"}
    assert report.leaks[0].similarity > 0.4
    assert report.verdict == "leak: 1 pair of copies on both sides"


def test_copies_on_one_side_are_told_and_are_no_leak(clips: Clips):
    clips.add(voice(0), "a")
    clips.add(noisy(voice(0)), "a")
    clips.add(voice(1), "b")
    report = clips.audit((0, 1), (2,))
    assert [(finding.kind, finding.severity) for finding in report.findings] == [("near_duplicate", "information")]
    assert report.clean


def test_one_recording_with_two_labels_is_a_conflict_anywhere(clips: Clips):
    clips.add(voice(0), "a", label="happy")
    clips.add(0.5 * voice(0), "a", label="sad")
    report = audit(clips.utterances, [])
    assert kinds(report) == ["label_conflict", "near_duplicate"]
    assert report.findings[0].severity == "warning"
    assert "mine/clip0 is happy, mine/clip1 is sad" in report.findings[0].detail
    assert report.clean


def test_copies_made_before_the_split_are_found_although_they_are_one_file(clips: Clips):
    clips.add(voice(0), "a")
    original = clips.utterances[0]
    clips.utterances.append(Utterance(original.path, "mine", "a", "happy", "", "", "en", "clip0~copy1"))
    for audio in (True, False):
        report = clips.audit((0,), (1,), audio=audio)
        assert kinds(report) == ["speaker_overlap", "exact_duplicate"]
        assert "clip0~copy1" in report.leaks[1].detail


def test_a_clip_on_both_sides_itself_is_a_leak(clips: Clips):
    clips.add(voice(0))
    assert kinds(clips.audit((0,), (0,), audio=False)) == ["speaker_overlap", "exact_duplicate"]


def test_a_leak_names_all_splits_that_have_it(clips: Clips):
    clips.add(voice(0))
    clips.add(voice(0))
    clips.add(voice(1))
    splits = [Split("1", (0, 2), (1,)), Split("2", (1, 2), (0,)), Split("3", (0, 1), (2,))]
    report = audit(clips.utterances, splits)
    assert report.leaks[0].splits == ("1", "2")


def test_three_copies_are_three_pairs(clips: Clips):
    for _ in range(3):
        clips.add(voice(0))
    report = clips.audit((0,), (1, 2))
    assert [finding.severity for finding in report.findings] == ["leak", "leak", "information"]


def test_silence_is_no_duplicate_of_silence(clips: Clips):
    for seed in range(3):
        noise = 1e-4 * np.random.default_rng(seed).standard_normal(16_000) if seed else np.zeros(16_000)
        clips.add(noise, str(seed))
    clips.add(np.zeros(16_000), "9")
    report = clips.audit((0, 1), (2, 3))
    assert report.clean
    assert set(kinds(report)) == {"unheard"}


def test_a_file_that_cannot_be_decoded_is_a_finding(clips: Clips):
    clips.add(voice(0), "a")
    clips.add(voice(1), "b")
    clips.utterances[1].path.write_bytes(b"no sound at all, and none to come")
    clips.add(voice(2), "c")
    clips.utterances[2].path.unlink()
    report = clips.audit((0,), (1, 2))
    assert kinds(report) == ["unreadable", "unreadable"]
    assert report.clean


def test_without_audio_the_verdict_says_so(clips: Clips):
    clips.add(voice(0), "a")
    clips.add(voice(0), "b")
    report = clips.audit((0,), (1,), audio=False)
    assert report.clean
    assert report.verdict == "clean (sound not compared)"


def test_a_leak_is_refused_with_its_name(clips: Clips):
    clips.add(voice(0), "a")
    clips.add(voice(1), "a")
    with pytest.raises(LeakFound, match=r"1 speaker on both sides.*mine/a") as caught:
        clips.audit((0,), (1,), audio=False).refuse()
    assert isinstance(caught.value, (CorpusError, ValueError))


def test_the_cache_gives_the_same_report_without_decoding(clips: Clips, tmp_path: Path, monkeypatch):
    clips.add(voice(0), "a")
    clips.add(voice(0), "b")
    listening = Listening(cache=tmp_path / "cache")
    first = clips.audit((0,), (1,), listening=listening)
    monkeypatch.setattr("sentisound.corpora.recordings.decode", None)
    assert clips.audit((0,), (1,), listening=listening) == first
    assert not first.clean


def test_a_damaged_cache_is_passed_over(clips: Clips, tmp_path: Path):
    clips.add(voice(0), "a")
    cache = tmp_path / "cache"
    clips.audit((0,), (), listening=Listening(cache=cache))
    (store,) = cache.glob("fingerprints-*.sqlite")
    store.write_bytes(b"x" * 5000)
    assert clips.audit((0,), (), listening=Listening(cache=cache)).clean


def test_a_cache_that_cannot_be_written_is_passed_over(clips: Clips, tmp_path: Path):
    clips.add(voice(0), "a")
    (tmp_path / "file").write_text("not a folder")
    assert clips.audit((0,), (), listening=Listening(cache=tmp_path / "file" / "cache")).clean


def test_several_processes_say_the_same_and_progress_is_told(clips: Clips):
    for seed in range(33):
        clips.add(voice(seed, 0.5), str(seed))
    told = []
    steps = Listening(2, None, lambda *step: told.append(step))
    assert clips.audit(tuple(range(16)), tuple(range(16, 33)), listening=steps).clean
    assert told[-1] == ("fingerprints", 33, 33) or told[-1][0] == "comparing suspects"


def test_the_report_as_json_has_everything(clips: Clips):
    clips.add(voice(0), "a")
    clips.add(voice(0), "a", label="sad")
    document = json.loads(json.dumps(clips.audit((0,), (1,)).to_dict()))
    assert document["clean"] is False
    assert [finding["kind"] for finding in document["findings"]] == [
        "speaker_overlap",
        "exact_duplicate",
        "label_conflict",
    ]
    assert document["findings"][1]["first"] == {"name": "mine/clip0", "label": "happy", "side": "train"}


def test_no_clips_and_no_splits_are_clean():
    assert audit([], []).clean


def test_every_kind_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"`{kind}`" in text
