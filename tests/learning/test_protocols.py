"""Measuring under a protocol: test speakers choose nothing, a stopped run goes on, copies stay where they may be."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sentisound.corpora.corpus import Utterance
from sentisound.corpora.protocols import Split, protocol
from sentisound.errors import LeakFound, RecipeError
from sentisound.learning.dataset import Dataset
from sentisound.learning.evaluation import protocols, workers
from sentisound.learning.evaluation.protocols import Places, Task, measure, per_speaker, pooled, predictions, prepare
from sentisound.learning.evaluation.runs import RunFolder
from sentisound.learning.recipe import Recipe
from sentisound.learning.search import choose

LUNA = protocol("ravdess/luna5")
Make = Callable[..., Recipe]
ONE, TWO = (Places(Path(), None, jobs) for jobs in (1, 2))
SEARCH = "\n[search]\nC = [1e-6, 0.1]\n"


def quiet(*_: object) -> None:
    """Show no progress."""


@pytest.fixture
def task(recipe: Make, places: Places) -> Task:
    return prepare(recipe(), LUNA, places, quiet)


def _blank(data: Dataset, rows: tuple[int, ...]) -> Dataset:
    """Return the data with other features and labels in some rows."""
    features, truth = data.features.copy(), data.truth.copy()
    features[list(rows)] = np.random.default_rng(9).standard_normal((len(rows), features.shape[1]))
    truth[list(rows)] = (truth[list(rows)] + 1) % len(data.classes)
    return replace(data, features=features, truth=truth)


def test_every_clip_is_tested_once_by_a_model_that_has_not_heard_its_speaker(recipe: Make, task: Task):
    found = predictions(recipe(), task, [0], TWO, quiet)
    tested = [clip for prediction in found for clip in prediction.clips]
    assert len(tested) == len(set(tested)) == 192
    for prediction, split in zip(found, task.splits, strict=True):
        assert not set(prediction.speakers) & set(task.data.speakers[list(split.train)])


def test_the_small_corpus_is_learned(recipe: Make, places: Places):
    metric = measure(recipe(), LUNA, places, quiet)
    assert metric.uar > 0.25  # chance is 0.125
    assert metric.folds == 5
    assert metric.speaker_independent


@pytest.mark.parametrize("more", ["", SEARCH])
def test_what_is_chosen_does_not_depend_on_the_test_side(recipe: Make, task: Task, more: str):
    cooked, split = recipe(more=more), task.splits[0]
    other = replace(task, data=_blank(task.data, split.test), splits=[split])
    (first,), (second,) = (predictions(cooked, one, [0], ONE, quiet) for one in (replace(task, splits=[split]), other))
    assert (first.chosen, first.inner_uar) == (second.chosen, second.inner_uar)
    assert (first.temperature, first.threshold) == (second.temperature, second.threshold)
    assert first.probabilities != second.probabilities


def test_the_search_takes_the_better_value(recipe: Make, task: Task):
    choice = choose(recipe(more=SEARCH), task.data, 0)
    assert choice.parameters == {"C": 0.1}
    alone = [choose(recipe(("C = 0.1", f"C = {c}")), task.data, 0).inner_uar for c in ("1e-6", "0.1")]
    assert choice.inner_uar == max(alone) > min(alone)


def test_one_speaker_alone_holds_texts_out(task: Task):
    one = task.data.part(np.flatnonzero(task.data.speakers == "ravdess/01").tolist())
    assert one.groups.tolist() == [clip.text for clip in one.clips]
    assert task.data.groups is task.data.speakers


def test_a_stopped_run_goes_on_where_it_ended(recipe: Make, task: Task, tmp_path, monkeypatch: pytest.MonkeyPatch):
    run = RunFolder(tmp_path / "run")
    whole = predictions(recipe(), task, [0, 1], TWO, quiet)

    def stop(_: str, done: int, __: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predictions(recipe(), task, [0, 1], ONE, stop, run)
    left: list[int] = []
    computed = protocols.computed

    def watched(errands, data, jobs):
        left.append(len(errands))
        return computed(errands, data, jobs)

    monkeypatch.setattr(protocols, "computed", watched)
    assert predictions(recipe(), task, [0, 1], TWO, quiet, run) == whole
    assert predictions(recipe(), task, [0, 1], TWO, quiet, run) == whole
    assert left == [7, 0]


def test_networks_take_turns_in_a_process_that_computes_on_a_gpu(recipe: Make, task: Task, monkeypatch):
    seen: list[int] = []
    shared = predictions(recipe(), task, [0], TWO, quiet)
    monkeypatch.setattr(workers, "_on_gpu", lambda: True)
    monkeypatch.setattr(workers, "is_network", lambda _: True)
    monkeypatch.setattr(workers, "_sharing", lambda: pytest.fail("a child was asked for"))
    assert predictions(recipe(), task, [0], TWO, lambda _, done, __: seen.append(done)) == shared
    assert seen == [0, 1, 2, 3, 4, 5]


def test_a_kept_fold_is_not_taken_for_another_recipe_or_other_data(recipe: Make, task: Task, tmp_path):
    run = RunFolder(tmp_path / "run")
    (first, *_) = predictions(recipe(), task, [0], TWO, quiet, run)
    assert run.kept(LUNA.name, 0, 0, first.key) == first
    other = predictions(recipe(("C = 0.1", "C = 0.2")), task, [0], TWO, quiet, run)
    assert other[0].key != first.key
    assert other[0].probabilities != first.probabilities
    changed = replace(task, data=_blank(task.data, (0,)))
    assert predictions(recipe(), changed, [0], TWO, quiet, run)[0].key != first.key


def test_a_damaged_fold_is_run_again(recipe: Make, task: Task, tmp_path):
    run = RunFolder(tmp_path / "run")
    found = predictions(recipe(), task, [0], TWO, quiet, run)
    path = next((tmp_path / "run").rglob("03-seed0.json"))
    path.write_text(path.read_text()[:500])
    assert predictions(recipe(), task, [0], TWO, quiet, run) == found


def test_per_speaker_standardisation_takes_each_speaker_to_zero_and_one(task: Task):
    adapted = per_speaker(task.data)
    own = adapted.features[adapted.speakers == "ravdess/07"]
    assert own.mean(axis=0) == pytest.approx(0, abs=1e-4)
    assert own.std(axis=0) == pytest.approx(1, abs=1e-3)
    assert not np.allclose(adapted.features, task.data.features)


def test_a_constant_feature_of_a_speaker_becomes_zero(task: Task):
    features = task.data.features.copy()
    features[:, 0] = 3
    assert not per_speaker(replace(task.data, features=features)).features[:, 0].any()


def test_the_audit_passes_unseen_speakers_and_names_heard_ones(recipe: Make, places: Places, task: Task):
    assert task.audit == "clean (sound not compared)"
    assert prepare(recipe(), protocol("random5"), places, quiet).audit == "leak: 24 speakers on both sides"


def test_a_leak_is_refused_under_a_protocol_for_unseen_speakers(recipe: Make, places: Places):
    claims_more = replace(LUNA, folds=replace(protocol("random5").folds, speaker_independent=True))
    with pytest.raises(LeakFound, match="24 speakers"):
        prepare(recipe(), claims_more, places, quiet)


def test_the_full_audit_hears_a_recording_under_another_speakers_name(recipe: Make, places: Places, tmp_path):
    root = tmp_path / "corpora"
    shutil.copytree(places.corpora, root)
    shutil.copy(  # actor 2 is tested where actor 1 is learned from
        root / "ravdess" / "Actor_01" / "03-01-05-01-01-01-01.wav",
        root / "ravdess" / "Actor_02" / "03-01-05-01-01-01-02.wav",
    )
    doubled = replace(places, corpora=root)
    prepare(recipe(), LUNA, doubled, quiet)
    with pytest.raises(LeakFound, match="03-01-05-01-01-01-01 and ravdess/03-01-05-01-01-01-02"):
        prepare(recipe(), LUNA, doubled, quiet, by_sound=True)


COPIES = ('corpora = ["ravdess"]', 'corpora = ["ravdess"]\nnoise_copies_before_split = 1')


def test_copies_before_the_split_are_refused_for_unseen_speakers(recipe: Make, places: Places):
    with pytest.raises(RecipeError, match="before the split"):
        prepare(recipe(COPIES), LUNA, places, quiet)


def test_copies_before_the_split_are_a_little_noisier_and_land_on_both_sides(recipe: Make, places: Places):
    task = prepare(recipe(COPIES), protocol("random5"), places, quiet)
    assert len(task.data.clips) == 384
    originals, copies = task.data.features[::2], task.data.features[1::2]
    assert not np.array_equal(originals, copies)
    assert task.data.clips[1].name == f"{task.data.clips[0].name}~copy1"
    split = task.splits[0]
    files = ({task.data.clips[i].path for i in side} for side in (split.train, split.test))
    assert len(set.intersection(*files)) > 20
    assert task.audit.startswith("leak: ")
    assert "pairs of copies" in task.audit
    again = prepare(recipe(COPIES), protocol("random5"), replace(places, cache=None), quiet)
    assert np.array_equal(again.data.features, task.data.features)  # the noise has a seed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell a process that its parent is gone")
def test_workers_do_not_outlive_a_bench_that_was_killed():
    script = (
        "import os, signal\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from sentisound.learning.evaluation.workers import _take\n"
        "pool = ProcessPoolExecutor(1, initializer=_take, initargs=(None,))\n"
        "print(pool.submit(os.getpid).result(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # reading ends when the last process that holds the pipe has ended, and the worker holds it too
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL
    assert int(done.stdout) > 0


def test_a_kept_fold_is_not_taken_over_from_other_versions(recipe: Make, task: Task, tmp_path, monkeypatch):
    run = RunFolder(tmp_path / "run")
    (first, *_) = predictions(recipe(), task, [0], TWO, quiet, run)
    monkeypatch.setattr(protocols, "environment", lambda **_: {"numpy": "99"})
    assert predictions(recipe(), task, [0], TWO, quiet, run)[0].key != first.key


def test_a_pooled_training_side_takes_every_clip_of_the_corpora_that_are_not_tested():
    clips = [
        Utterance(Path(), corpus, "s", "sad", "", "", "en", corpus) for corpus in ("savee", "emodb", "savee", "tess")
    ]
    found = pooled(Split("fold", (0,), (2,)), clips)
    assert found == Split("fold", (0, 1, 3), (2,))
    assert pooled(Split("fold", (0, 1), (3,)), clips).train == (0, 1, 2)
