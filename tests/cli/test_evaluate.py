"""``evaluate`` and ``compare`` on the command line: what they say, where they write, how they fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from threadpoolctl import threadpool_limits

from sentisound.learning.evaluation import conditions
from sentisound.testing import speech_like
from small_recipe import RECIPE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with ``corpora`` (24 actors, two emotions) and ``small.toml``."""
    root = tmp_path_factory.mktemp("bench")
    (root / "small.toml").write_text(RECIPE)
    (root / "corpora" / "ravdess").mkdir(parents=True)
    for actor in range(1, 25):
        for emotion in (3, 5):
            rng = np.random.default_rng([actor, emotion])
            sound = speech_like(0.8, 16_000, rng, f0_hz=60 + 30 * emotion + 5 * actor, noise_db=-35)
            path = root / "corpora" / "ravdess" / f"03-01-{emotion:02d}-01-01-01-{actor:02d}.wav"
            soundfile.write(path, sound, 16_000)
    return root


@pytest.fixture
def evaluate(run: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Return ``sentisound evaluate`` in that folder."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SENTISOUND_CORPORA", str(folder / "corpora"))

    def command(*arguments: str):
        with threadpool_limits(1):
            return run("evaluate", "--recipe", "small.toml", "--jobs", "1", *arguments)

    return command


def test_evaluate_shows_the_figures_and_says_where_the_reports_are(evaluate: Callable, folder: Path):
    done = evaluate()
    assert done.exit_code == 0, done.stderr
    assert "ravdess/luna5" in done.stdout
    assert "speaker-independent" in done.stdout
    assert "5 x 1" in done.stdout
    assert done.stdout.endswith(f"the reports are in {Path('runs') / 'small'}\n")
    assert (folder / "runs" / "small" / "report.html").is_file()


def test_a_silent_clip_is_told_and_is_in_the_report(evaluate: Callable, folder: Path):
    blank = folder / "corpora" / "ravdess" / "03-01-05-02-01-01-07.wav"
    soundfile.write(blank, np.zeros(16_000), 16_000)
    try:
        done = evaluate("--out", "blank")
    finally:
        blank.unlink()
    assert done.exit_code == 0, done.stderr
    told = "1 clip is silent (no sample above -60 dB) and counted all the same: ravdess/03-01-05-02-01-01-07"
    assert told in done.stderr
    assert told in (folder / "blank" / "report.md").read_text()


def test_pointers_of_a_clone_end_it_with_what_to_do(evaluate: Callable, folder: Path):
    path = folder / "corpora" / "ravdess" / "03-01-05-02-01-01-07.wav"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 72862\n")
    try:
        done = evaluate("--out", "pointers")
    finally:
        path.unlink()
    assert done.exit_code == 2
    assert "1 of 49 clips of RAVDESS" in done.stderr
    assert "Git LFS pointer: the sound was not downloaded (git lfs pull)" in done.stderr


def test_protocols_seeds_and_folder_can_be_said(evaluate: Callable, folder: Path):
    done = evaluate("--protocol", "random5", "--protocol", "ravdess/luna5", "--seeds", "2", "--out", "there")
    assert done.exit_code == 0, done.stderr
    assert "speaker-dependent" in done.stdout
    assert re.search(r"leak: \d+ speakers on both sides", done.stdout)
    assert "clean (sound not compared)" in done.stdout
    assert done.stdout.count("5 x 2") == 2
    assert len(list((folder / "there" / "folds" / "random5").iterdir())) == 10


def test_adaptive_has_a_folder_and_a_word_of_its_own(evaluate: Callable, folder: Path):
    done = evaluate("--adaptive")
    assert "speaker-independent, speaker-adaptive" in done.stdout
    assert (folder / "runs" / "small-adaptive" / "report.md").is_file()


def test_the_full_audit_compares_the_sound(evaluate: Callable):
    done = evaluate("--audit", "full", "--out", "heard")
    assert done.exit_code == 0, done.stderr
    assert "clean" in done.stdout
    assert "sound not compared" not in done.stdout


def test_compare_shows_the_difference_of_two_runs(evaluate: Callable, run: Callable):
    evaluate("--out", "one")
    evaluate("--out", "two")
    done = run("compare", "one", "two")
    assert done.exit_code == 0
    assert "+0.0" in done.stdout
    assert "McNemar p 1.0000" in done.stdout


def test_a_folder_that_is_no_run_is_wrong_usage(run: Callable, folder: Path):
    done = run("compare", str(folder), str(folder))
    assert done.exit_code == 2
    assert "sentisound evaluate" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--protocol", "ravdess/luna6"], "ravdess/luna5"),
        (["--recipe", "none.toml"], "published ones go by name"),
        (["--corpora", "nowhere"], "RAVDESS"),
        (["--seeds", "0"], "--seeds"),
        (["--encoding", "gb18030"], "there is none"),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(evaluate: Callable, arguments: list[str], words: str):
    done = evaluate(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_without_a_corpora_folder_it_says_how_to_name_one(run: Callable, folder: Path):
    done = run("evaluate", "--recipe", str(folder / "small.toml"))
    assert done.exit_code == 2
    assert "SENTISOUND_CORPORA" in done.stderr


def test_robustness_and_fairness_are_in_the_report(evaluate: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch):
    few = {name: conditions.CONDITIONS[name] for name in ("gain_up", "cropped_end")}
    monkeypatch.setattr(conditions, "CONDITIONS", few)
    done = evaluate("--robustness", "--fairness", "--out", "asked")
    assert done.exit_code == 0, done.stderr
    said = (folder / "asked" / "report.md").read_text(encoding="utf-8")
    assert "| 10 dB louder |" in said
    assert "### Fairness" in said
    assert "| sex | UAR |" in said


def test_robustness_of_adaptive_figures_is_refused(evaluate: Callable):
    done = evaluate("--robustness", "--adaptive")
    assert done.exit_code == 2
    assert "adaptive" in done.stderr
