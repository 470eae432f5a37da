"""Own data: what is told of a table, what is refused and what one can do about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from own_speech import record, table
from sentisound.corpora.manifest import Manifest, read_manifest
from sentisound.errors import BadManifest, IncompleteCorpus, LeakFound, UnknownProtocol
from sentisound.learning.dataset import silent
from sentisound.learning.own_data import audited, for_table, left_out, located, read_clips, remarks
from sentisound.learning.places import Places
from sentisound.learning.recipe import GeneralOptions, Recipe, TrainingOptions

Make = Callable[..., Recipe]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Write a table of three speakers, three emotions, two takes."""
    record(tmp_path / "voices", ("anna", "ben", "cleo"), takes=2)
    return table(tmp_path / "my voices.csv", tmp_path / "voices")


def places(manifest: Path) -> Places:
    return Places(manifest.parent, None, 1, manifest=manifest)


def written(own: Path, old: str, new: str) -> Manifest:
    text = own.read_text()
    assert old in text
    own.write_text(text.replace(old, new))
    return read_manifest(own)


def test_the_table_takes_the_place_of_the_corpora(own: Path, recipe: Make):
    sources = located(["ravdess"], places(own))
    assert [one.corpus.name for one in sources] == ["my voices"]
    assert len(read_clips(sources)) == 18
    pooled = recipe(('corpora = ["ravdess"]', 'corpora = ["ravdess", "savee"]\npooled = true'))
    plan = for_table(pooled, read_manifest(own))
    assert (plan.name, plan.data.corpora, plan.data.pooled) == ("small-my-voices", ["my voices"], False)
    assert plan.title == "logistic regression on the table my voices.csv"
    assert plan.evaluation.protocols == ["speakers5"]


def test_what_a_published_model_does_for_its_corpora_is_not_done_for_a_table(own: Path, recipe: Make):
    """Its labels are the table's, and there is no corpus beside it to learn from first."""
    published = recipe()
    published = replace(
        published, data=replace(published.data, ships=["calm"]), general=GeneralOptions(epochs=2), title="Published"
    )
    plan = for_table(published, read_manifest(own))
    assert plan.data.ships == []
    assert plan.general is None


def test_without_a_teacher_at_hand_nothing_is_asked_of_one(own: Path, recipe: Make):
    asked = replace(recipe(), training=TrainingOptions(teacher=0.5, ratings=0.2))
    assert for_table(asked, read_manifest(own)).training == TrainingOptions()
    assert for_table(asked, read_manifest(own), taught=True).training == TrainingOptions(teacher=0.5)


def test_protocols_of_corpora_are_not_for_tables(own: Path, recipe: Make):
    assert for_table(recipe(), read_manifest(own), ("random5",)).evaluation.protocols == ["random5"]
    with pytest.raises(UnknownProtocol, match="luna5 is of ravdess, not of your clips; speakers5 takes any"):
        for_table(recipe(), read_manifest(own), ("ravdess/luna5",))


def test_rows_that_cannot_be_used_are_told_one_by_one(own: Path):
    found = written(own, "voices/anna/angry-0.wav,angry", "voices/anna/angry-9.wav,angry")
    found = written(own, "voices/ben/sad-1.wav,sad", "voices/ben/sad-1.wav,saad")
    told = left_out(found)
    assert len(told) == 2
    assert told[0].startswith("left out: row 2: there is no file")
    assert "row 13" in told[1]
    assert "saad" in told[1]
    (note,) = remarks(found)
    assert "'saad' (1 row); say what they mean with --labels FILE" in note


def test_a_label_of_one_speaker_is_told(own: Path):
    found = written(own, "voices/anna/angry-0.wav,angry", "voices/anna/angry-0.wav,fearful")
    assert remarks(found) == ["only one speaker is fearful: it is learned, and cannot be measured on unseen speakers"]


def test_a_table_without_a_usable_row_or_with_one_label_teaches_nothing(own: Path, recipe: Make, tmp_path: Path):
    rows = ["path,label,speaker", "voices/anna/sad-0.wav,sad,anna", "voices/ben/sad-0.wav,sad,ben"]
    (tmp_path / "one.csv").write_text("\n".join(rows))
    with pytest.raises(BadManifest, match="all clips are sad"):
        for_table(recipe(), read_manifest(tmp_path / "one.csv"))
    shutil.rmtree(tmp_path / "voices")
    with pytest.raises(BadManifest, match="no row that can be used: row 2: there is no file"):
        for_table(recipe(), read_manifest(own))


def test_speakers_must_be_known_to_hold_one_out(recipe: Make, tmp_path: Path):
    record(tmp_path / "voices", ("anna", "ben"), takes=1)
    nameless = read_manifest(table(tmp_path / "t.csv", tmp_path / "voices", ("path", "label")))
    assert "no column speaker" in remarks(nameless)[0]
    with pytest.raises(IncompleteCorpus, match=r"6 of 6 clips do not say who speaks .* and 3 more\): fill the column"):
        for_table(recipe(), nameless)
    assert for_table(recipe(), nameless, ("random5",)).evaluation.protocols == ["random5"]


def test_one_voice_is_measured_within_itself_or_not_at_all(recipe: Make, tmp_path: Path):
    record(tmp_path / "voices", ("anna",), takes=2)
    alone = read_manifest(table(tmp_path / "t.csv", tmp_path / "voices"))
    with pytest.raises(IncompleteCorpus, match=r"two speakers, all clips are of one: .* --protocol random5"):
        for_table(recipe(), alone)
    assert for_table(recipe(), alone, ("random80",)).name == "small-t"


def test_a_clean_table_passes(own: Path):
    found = audited("speakers5", places(own), silent)
    found.refuse()
    assert found.report.verdict == "clean"
    assert found.report.audio


def test_one_recording_under_two_speakers_is_refused_with_what_to_do(own: Path, tmp_path: Path):
    shutil.copy(tmp_path / "voices/anna/sad-0.wav", tmp_path / "voices/ben/sad-0.wav")
    found = audited("speakers5", places(own), silent)
    with pytest.raises(LeakFound, match=r"anna/sad-0 and .*ben/sad-0: the same samples.* keep one row of each pair"):
        found.refuse()
    audited("random5", places(own), silent).refuse()  # marked speaker-dependent: told, not refused


def test_one_recording_with_two_labels_is_told(own: Path, tmp_path: Path):
    shutil.copy(tmp_path / "voices/anna/sad-0.wav", tmp_path / "voices/anna/angry-0.wav")
    found = audited("speakers5", places(own), silent)
    found.refuse()  # one speaker is on one side
    (conflict,) = [one for one in found.report.findings if one.kind == "label_conflict"]
    assert "angry" in conflict.detail
    assert "sad" in conflict.detail


def test_a_file_that_is_no_sound_is_refused(own: Path, tmp_path: Path):
    (tmp_path / "voices/anna/sad-0.wav").write_bytes(b"nothing")
    with pytest.raises(BadManifest, match=r"anna/sad-0 cannot be decoded.* take their rows out"):
        audited("speakers5", places(own), silent).refuse()
