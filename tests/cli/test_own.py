"""``train`` and ``evaluate`` on a table of one's own: what is shown first, what is refused, and where things are."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from own_speech import record, table
from small_recipe import RECIPE as ONE_CORPUS

RECIPE = ONE_CORPUS.replace('corpora = ["ravdess"]', 'corpora = ["ravdess", "savee"]\npooled = true')


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with ``voices`` of three speakers."""
    root = tmp_path_factory.mktemp("recordings")
    record(root / "voices", ("anna", "ben", "cleo"), takes=2)
    return root


@pytest.fixture
def home(recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with ``mine.csv`` and ``small.toml``."""
    shutil.copytree(recordings / "voices", tmp_path / "voices")
    table(tmp_path / "mine.csv", tmp_path / "voices")
    (tmp_path / "small.toml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def own(run: Callable, home: Path) -> Callable:
    """Return a command of the learning wing on that table."""
    assert (home / "mine.csv").is_file()

    def command(name: str, *arguments: str):
        with threadpool_limits(1):
            return run(name, "--manifest", "mine.csv", "--recipe", "small.toml", "--jobs", "1", *arguments)

    return command


def test_train_shows_the_audit_and_says_where_everything_is(own: Callable, home: Path):
    done = own("train")
    assert done.exit_code == 0, done.stderr
    said = done.stdout
    assert (
        said.index("18 clips, 3 splits: speakers5")
        < said.index("clean: no speaker and no recording")
        < said.index("speakers5: UAR")
    )
    folder = Path("runs") / "small-mine-1.0.0"
    assert f"small-mine@1.0.0 is in {folder}\n" in said
    assert f"the report is {folder}-training/report.html\n" in said
    assert f"sentisound analyze clip.wav --model {folder}\n" in said
    assert f"sentisound serve --model {folder}\n" in said
    assert (home / "runs" / "small-mine-1.0.0-training" / "report.html").is_file()
    assert (home / folder / "bundle.json").is_file()


def test_evaluate_measures_the_table_in_place_of_the_corpora(own: Callable, home: Path):
    done = own("evaluate")
    assert done.exit_code == 0, done.stderr
    assert "speaker-independent" in done.stdout
    assert "3 x 1" in done.stdout
    assert "sound not compared" not in done.stdout
    assert (home / "runs" / "small-mine" / "report.md").is_file()


def test_rows_that_cannot_be_used_are_told_and_cost_no_other(own: Callable, home: Path):
    with (home / "mine.csv").open("a") as file:
        file.write("voices/none.wav,sad,anna\n" * 25)
    done = own("evaluate")
    assert done.exit_code == 0
    assert "mine.csv: left out: row 20: there is no file" in done.stderr
    assert "mine.csv: left out: and 5 more" in done.stderr
    assert "18 clips, 3 splits" in done.stdout


def test_a_recording_under_two_names_is_shown_and_refused(own: Callable, home: Path):
    shutil.copy("voices/anna/sad-0.wav", "voices/ben/sad-0.wav")
    done = own("train")
    assert done.exit_code == 1  # as of ``corpora audit``
    assert "exact duplicate: 1" in done.stdout
    assert "leak: 1 pair of copies on both sides" in done.stdout
    assert "keep one row of each pair" in done.stderr
    assert not (home / "runs").exists()


def test_a_table_without_speakers_says_what_can_be_done(own: Callable, home: Path):
    table(home / "mine.csv", home / "voices", ("path", "label"))
    done = own("train")
    assert done.exit_code == 2
    assert "fill the column speaker, or measure within the voice by --protocol random5" in done.stderr
    done = own("train", "--protocol", "random5")
    assert done.exit_code == 0, done.stderr
    assert "clean (speakers not known)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--protocol", "ravdess/luna5"], "not of your clips"),
        (["--manifest", "none.csv"], "'none.csv' cannot be read"),
        (["--from", "nobody"], "there is no model 'nobody'"),
        (["--from", "original"], "original@1.0.0 cannot be trained further (random forest)"),
    ],
)
def test_what_is_wrong_is_told_before_the_recordings_are_compared(own: Callable, arguments: list[str], words: str):
    done = own("train", *arguments)
    assert done.exit_code != 0
    assert words in done.stderr
    assert "splits" not in done.stdout


@pytest.mark.usefixtures("home")
def test_a_protocol_is_only_chosen_for_a_table(run: Callable):
    done = run("train", "--recipe", "small.toml", "--protocol", "random5")
    assert done.exit_code == 2
    assert "--manifest" in done.stderr


def test_labels_of_ones_own_are_told_by_a_map(own: Callable, home: Path):
    text = (home / "mine.csv").read_text()
    (home / "mine.csv").write_text(text.replace(",happy,", ",exc,").replace(",angry,", ",fru,"))
    refused = own("evaluate")
    assert refused.exit_code == 2
    assert "mine.csv: labels that name no emotion: 'fru' (6 rows), 'exc' (6 rows); say what they mean" in refused.stderr
    (home / "map.toml").write_text('exc = "happy"\nfru = "unused"\n')
    done = own("evaluate", "--labels", "map.toml")
    assert done.exit_code == 0, done.stderr
    assert "mine.csv: left out as the map of labels says: 'fru' (6 rows)" in done.stderr
    assert "12 clips, 3 splits" in done.stdout
    wrong = own("train", "--labels", "none.toml")
    assert wrong.exit_code == 2
    assert "'none.toml' cannot be read" in wrong.stderr


def test_the_encoding_of_a_table_is_told_or_said(own: Callable, run: Callable, home: Path):
    text = (home / "mine.csv").read_text().replace(",anna", ",\u738b\u82b3")
    (home / "mine.csv").write_bytes(text.encode("gb18030"))
    guessed = own("evaluate")
    assert guessed.exit_code == 0, guessed.stderr
    assert "a guess: where names and texts look wrong, --encoding says another" in guessed.stderr
    told = run("corpora", "stats", "mine.csv", "--encoding", "gb18030", "--jobs", "1")
    assert told.stderr.startswith("mine.csv: read as gb18030\n")
    assert "\u738b\u82b3" in told.stdout
