"""What the audit says of sides and names alone, without any sound: clips that need not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentisound.corpora.audit import AuditReport, audit
from sentisound.corpora.audit_report import SEVERITIES, Finding
from sentisound.corpora.corpus import Utterance
from sentisound.corpora.folds import Split


def clip(name: str, speaker: str = "", label: str = "happy", *, text: str = "", file: str = "") -> Utterance:
    return Utterance(Path(f"/nowhere/{file or name}.wav"), "mine", speaker or f"of {name}", label, text, "", "en", name)


def audited(clips: list[Utterance], *splits: Split) -> AuditReport:
    return audit(clips, splits, audio=False)


def only(report: AuditReport, kind: str) -> Finding:
    (found,) = [finding for finding in report.findings if finding.kind == kind]
    return found


def test_the_sides_of_a_copy_are_told_each_with_its_clip():
    clips = [clip("a", file="one"), clip("b"), clip("c", file="one")]
    forwards = only(audited(clips, Split("f", (0, 1), (2,))), "exact_duplicate")
    assert (forwards.first.name, forwards.first.side) == ("mine/a", "train")
    assert forwards.second is not None
    assert (forwards.second.name, forwards.second.side) == ("mine/c", "test")
    backwards = only(audited(clips, Split("f", (1, 2), (0,))), "exact_duplicate")
    assert backwards.second is not None
    assert (backwards.first.side, backwards.second.side) == ("test", "train")


def test_a_copy_on_one_side_has_no_side_and_no_split():
    clips = [clip("a", file="one"), clip("b"), clip("c", file="one")]
    found = only(audited(clips, Split("f", (0, 2), (1,))), "exact_duplicate")
    assert (found.severity, found.splits, found.first.side) == ("information", (), "")
    assert found.detail == "mine/a and mine/c: the same samples; on one side of every split"


def test_a_copy_whose_other_half_no_split_uses_does_not_leak():
    clips = [clip("a", file="one"), clip("b"), clip("unused", file="one")]
    assert audited(clips, Split("f", (0,), (1,))).clean


def test_only_the_splits_that_tear_a_speaker_apart_are_named():
    clips = [clip("a", "x"), clip("b", "x"), clip("c", "y"), clip("d", "z")]
    splits = [Split("torn", (0, 2), (1, 3)), Split("whole", (0, 1), (2, 3)), Split("turned", (1, 2), (0,))]
    report = audited(clips, *splits)
    assert report.leaks == (only(report, "speaker_overlap"),)
    assert report.leaks[0].splits == ("torn", "turned")
    assert report.leaks[0].detail == "speaker mine/x is on both sides of torn, turned"


@pytest.mark.parametrize(("folds", "words"), [(3, "0, 1, 2"), (4, "0, 1, 2 and 1 more"), (9, "0, 1, 2 and 6 more")])
def test_three_splits_are_named_in_words_and_the_rest_counted(folds: int, words: str):
    splits = [Split(str(number), (0,), (1,)) for number in range(folds)]
    leak = only(audited([clip("a", "x"), clip("b", "x")], *splits), "speaker_overlap")
    assert leak.detail.endswith(f"both sides of {words}")
    assert len(leak.splits) == folds


def test_a_speaker_seen_in_two_folds_tests_is_no_overlap():
    clips = [clip("a", "x"), clip("b", "x"), clip("c", "y")]
    assert audited(clips, Split("1", (2,), (0,)), Split("2", (2,), (1,))).findings == ()


def test_a_clip_on_both_sides_is_its_own_duplicate_without_a_side():
    report = audited([clip("a"), clip("b")], Split("f", (0, 1), (1,)))
    torn = only(report, "exact_duplicate")
    assert torn.first == torn.second
    assert torn.first.side == ""
    assert "the clip itself" in torn.detail
    assert report.count("label_conflict") == 0
    assert report.verdict == "leak: 1 speaker and 1 pair of copies on both sides"


def test_one_file_with_two_labels_is_a_conflict_and_names_both():
    report = audited([clip("a", file="one"), clip("b", label="sad", file="one")])
    conflict = only(report, "label_conflict")
    assert conflict.severity == "warning"
    assert conflict.detail == "mine/a is happy, mine/b is sad: the same samples"
    assert report.clean


def test_n_names_of_one_file_are_n_over_two_pairs():
    clips = [clip(str(number), file="one") for number in range(5)]
    assert audited(clips).count("exact_duplicate") == 5 * 4 // 2


def test_sentences_are_counted_once_over_all_splits_and_empty_ones_never():
    clips = [clip(name, text=text) for name, text in zip("abcdef", ["s1", "s1", "s2", "s2", "", ""], strict=True)]
    splits = [Split("1", (0, 2, 4), (1, 3, 5)), Split("2", (0,), (1,)), Split("3", (0, 1), (2, 3))]
    told = only(audited(clips, *splits), "equal_texts")
    assert told.severity == "information"
    assert told.splits == ("1", "2")
    assert told.detail == "2 sentences are on both sides of 1, 2"
    assert told.first.name == "mine/s1"


def test_only_clips_that_a_split_uses_are_asked_who_speaks():
    nameless = Utterance(Path("/nowhere/n.wav"), "mine", "", "sad", "", "", "en", "n")
    clips = [clip("a"), clip("b"), nameless]
    assert audited(clips, Split("f", (0,), (1,))).count("unknown_speaker") == 0
    told = only(audited(clips, Split("f", (0,), (1, 2))), "unknown_speaker")
    assert told.detail.startswith("1 of 3 clips do not say who speaks")
    assert told.first.name == "mine/n"


def test_findings_go_from_leaks_to_what_is_only_told():
    clips = [clip("a", "x", text="s"), clip("b", "x", "sad", text="s", file="a"), clip("c", text="s")]
    report = audited(clips, Split("f", (0,), (1, 2)))
    assert [finding.kind for finding in report.findings] == [
        "speaker_overlap",
        "exact_duplicate",
        "label_conflict",
        "equal_texts",
    ]
    ranks = [SEVERITIES.index(finding.severity) for finding in report.findings]
    assert ranks == sorted(ranks) == [0, 0, 1, 2]
