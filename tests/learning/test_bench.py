"""A run from the recipe to its reports, and two runs compared."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sentisound.errors import BadRun, CorpusError, RecipeError
from sentisound.learning.bench import Places, Plan, evaluate
from sentisound.learning.evaluation import runs
from sentisound.learning.evaluation.compare import compare, paired
from sentisound.learning.evaluation.report import choices
from sentisound.learning.evaluation.runs import RunFolder, commit, slug
from sentisound.learning.recipe import Recipe

Make = Callable[..., Recipe]
LUNA, RANDOM = "ravdess/luna5", "random5"


def quiet(*_: object) -> None:
    """Show no progress."""


@pytest.fixture
def run(recipe: Make, places: Places, tmp_path: Path) -> Callable[..., RunFolder]:
    """Return a maker of finished runs."""

    def make(name: str, *changes: tuple[str, str], protocols=(LUNA,), seeds=(0,), adaptive=False, more="") -> RunFolder:
        plan = Plan(recipe(*changes, more=more), protocols, seeds, adaptive)
        evaluate(plan, places, tmp_path / name, quiet)
        return RunFolder(tmp_path / name)

    return make


def test_a_run_folder_says_what_was_run_and_what_it_came_to(run: Callable[..., RunFolder]):
    folder = run("a", protocols=(LUNA, RANDOM), seeds=(0, 1))
    config = folder.config()
    assert config.recipe["model"]["parameters"] == {"C": 0.1}
    assert (config.seeds, config.protocols) == ([0, 1], [LUNA, RANDOM])
    assert {"python", "sentisound", "numpy", "scikit-learn"} <= set(config.environment)
    apart, together = folder.results()
    assert (apart.speaker_independent, together.speaker_independent) == (True, False)
    assert (apart.folds, apart.seeds, apart.clips, apart.speakers) == (5, [0, 1], 192, 24)
    assert apart.low <= apart.pooled_uar <= apart.high
    found = folder.predictions(apart)
    assert apart.uar == pytest.approx(np.mean([prediction.score().uar for prediction in found]))
    assert apart.uar_std == pytest.approx(np.std([prediction.score().uar for prediction in found]))


def test_both_reports_name_protocol_sides_seeds_spread_interval_and_audit(run: Callable[..., RunFolder]):
    folder = run("a", protocols=(LUNA, RANDOM), seeds=(0, 1))
    for name in ("report.md", "report.html"):
        said = (folder.path / name).read_text(encoding="utf-8")
        for words in (LUNA, RANDOM, "speaker-independent", "speaker-dependent", "eeds 0, 1", "±", "interval", "Audit:"):
            assert words in said, (name, words)
        assert "speaker-adaptive" not in said
        first = folder.results()[0]
        assert f"{100 * first.uar:.1f} ± {100 * first.uar_std:.1f}" in said


def test_the_page_needs_no_other_file_and_the_markdown_has_its_pictures(run: Callable[..., RunFolder]):
    folder = run("a")
    page = (folder.path / "report.html").read_text(encoding="utf-8")
    assert 'src="data:image/png;base64,iVBOR' in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    pictures = re.findall(r"!\[.*\]\((.*)\)", (folder.path / "report.md").read_text(encoding="utf-8"))
    assert pictures == ["confusion-ravdess-luna5.png", "calibration-ravdess-luna5.png"]
    for picture in pictures:
        assert (folder.path / picture).read_bytes().startswith(b"\x89PNG")


def test_speaker_adaptive_figures_are_marked_as_such(run: Callable[..., RunFolder]):
    folder = run("a", adaptive=True)
    assert folder.results()[0].adaptive
    for name in ("report.md", "report.html"):
        assert "speaker-independent, speaker-adaptive" in (folder.path / name).read_text(encoding="utf-8")


def test_what_each_fold_chose_is_reported(run: Callable[..., RunFolder]):
    said = (run("a", more="\n[search]\nC = [1e-6, 0.1]\n").path / "report.md").read_text(encoding="utf-8")
    assert "Chosen: C 0.1 (5 times)." in said
    folds = said.partition("### Folds")[2]
    assert len(re.findall(r"C 0\.1 \|", folds)) == 5
    assert "2 5 14 15 16" in folds.replace("02 05", "2 5")


def test_the_same_command_again_gives_the_same_run(run: Callable[..., RunFolder]):
    first = run("a")
    results, page = first.results(), (first.path / "report.html").read_bytes()
    again = run("a")
    assert again.results() == results
    assert (again.path / "report.html").read_bytes() == page


def test_a_run_under_an_unknown_protocol_or_without_its_corpus_leaves_nothing(run: Callable[..., RunFolder], tmp_path):
    with pytest.raises(CorpusError, match="emobox6"):
        run("a", protocols=("ravdess/emobox7",))
    assert not (tmp_path / "a").exists()
    with pytest.raises(CorpusError, match="emodb"):
        run("a", protocols=("emodb/loso",))
    with pytest.raises(BadRun, match="not finished"):
        RunFolder(tmp_path / "a").results()


def test_frames_are_refused_before_anything_is_computed(run: Callable[..., RunFolder]):
    with pytest.raises(RecipeError, match="vectors"):
        run("a", ('set = "mfcc40"', 'set = "logmel"'))


def test_a_better_run_is_told_from_a_worse(run: Callable[..., RunFolder]):
    worse = run("worse", ("C = 0.1", "C = 1e-9"))
    better = run("better")
    (found,) = compare(worse, better)
    assert (found.protocol, found.clips, found.speakers) == (LUNA, 192, 24)
    assert found.difference.value == pytest.approx(found.second_uar - found.first_uar)
    assert (found.difference.value > 0) == (found.difference.interval.high > 0)
    (back,) = compare(better, worse)
    assert back.difference.value == pytest.approx(-found.difference.value)
    assert (back.only_first_right, back.only_second_right) == (found.only_second_right, found.only_first_right)
    assert back.mcnemar_p == pytest.approx(found.mcnemar_p)


def test_a_run_does_not_differ_from_itself_however_many_seeds(run: Callable[..., RunFolder]):
    (found,) = compare(run("a"), run("b", seeds=(0, 1)))  # logistic regression has one solution
    assert found.difference.value == pytest.approx(0)
    assert (found.only_first_right, found.only_second_right, found.mcnemar_p) == (0, 0, 1)


def test_mcnemar_is_the_sign_test_of_the_clips_that_differ(run: Callable[..., RunFolder]):
    folder = run("a")
    found = folder.predictions(folder.results()[0])
    rows = found[0].probability_rows()
    right = np.flatnonzero(found[0].predicted() == found[0].truth_indices())[:6]
    rows[right] = np.roll(rows[right], 1, axis=1)  # six clips go wrong
    spoiled = [replace(found[0], probabilities=rows.tolist()), *found[1:]]
    compared = paired(LUNA, found, spoiled)
    assert (compared.only_first_right, compared.only_second_right) == (6, 0)
    assert compared.mcnemar_p == pytest.approx(2 * 0.5**6)


def test_runs_that_cannot_be_compared_are_refused(run: Callable[..., RunFolder]):
    one, other = run("a"), run("b", protocols=(RANDOM,))
    with pytest.raises(BadRun, match="different protocols"):
        compare(one, other)
    found = one.predictions(one.results()[0])
    with pytest.raises(BadRun, match="different clips"):
        paired(LUNA, found, found[1:])
    with pytest.raises(BadRun, match="no seed"):
        paired(LUNA, found, [replace(prediction, seed=7) for prediction in found])


def test_a_lost_or_foreign_file_is_told(run: Callable[..., RunFolder]):
    folder = run("a")
    next(folder.path.rglob("02-seed0.json")).unlink()
    with pytest.raises(BadRun, match="lacks folds"):
        compare(folder, folder)
    (folder.path / "results.json").write_text(json.dumps([{"protocol": 1}]))
    with pytest.raises(BadRun, match="not a run's"):
        folder.results()


def test_choices_are_counted(recipe: Make, places: Places, tmp_path: Path):
    results = evaluate(Plan(recipe(), (LUNA,), (0,)), places, tmp_path / "a", quiet)
    assert choices(results[0].summary) == "C 0.1 (5 times)"


@pytest.mark.parametrize(("name", "file"), [("ravdess/luna5", "ravdess-luna5"), ("cross:a+b->c", "cross-a+b-c")])
def test_a_protocol_gives_a_file_name(name: str, file: str):
    assert slug(name) == file


def test_the_commit_is_that_of_the_working_copy_and_says_when_it_was_changed(tmp_path: Path):
    file = tmp_path / "src" / "runs.py"
    file.parent.mkdir()
    file.write_text("first")
    assert commit(file) == ""
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    for words in (("init", "-q"), ("add", "."), (*identity, "commit", "-q", "-m", "one")):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    clean = commit(file)
    assert re.fullmatch("[0-9a-f]{12}", clean)
    file.write_text("second")
    assert commit(file) == f"{clean}-dirty"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "file"
    runs.write_whole(path, "old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        runs.write_whole(path, "new")
    assert path.read_text() == "old"
