"""`sentisound models card`: to the screen, to a file, and of a model that is not there."""

from __future__ import annotations

import json
from pathlib import Path

from sentisound.bundle import CARD_FILE


def test_the_card_of_a_folder_is_markdown_on_the_screen(tiny_bundle: Path, run):
    done = run("models", "card", tiny_bundle)
    assert done.exit_code == 0
    assert done.stdout.startswith("# A linear layer for tests (tiny@0.0.1)\n")
    assert "at work or at school" in done.stdout
    assert "![" not in done.stdout  # a screen shows no picture


def test_without_a_name_it_is_the_model_in_use(run):
    assert "(default@" in run("models", "card").stdout.splitlines()[0]


def test_a_file_is_written_in_the_form_of_its_name(tiny_bundle: Path, tmp_path: Path, run):
    for name, start in (("card.md", "# A linear"), ("card.html", "<!doctype html>")):
        done = run("models", "card", tiny_bundle, "--out", tmp_path / name)
        assert done.exit_code == 0
        assert done.stdout == f"the card of tiny@0.0.1 is {tmp_path / name}\n"
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_a_model_that_is_not_there_is_exit_3(run):
    done = run("models", "card", "french")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "french" in done.stderr


def test_a_card_from_a_stranger_cannot_repaint_the_terminal(tiny_bundle: Path, run):
    path = tiny_bundle / CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {"title": "\x1b[2Jfree"}))
    assert "\x1b" not in run("models", "card", tiny_bundle).stdout
