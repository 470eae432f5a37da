"""The tutorial, run as it stands on generated voices: every shell block in order, in one shell."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from own_speech import record
from sentisound.learning.recipe import read_recipe

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "tutorial.md"
PORT = "5057"
LIMIT_S = 120


def blocks(language: str) -> list[str]:
    """Return the contents of all blocks of a language; of those that name none for an empty one."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [content for name, content in fenced if name == language]


def free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


@pytest.fixture(scope="module")
def shell_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a PATH on which ``sentisound`` is the one that is tested."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "sentisound"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sentisound "$@"\n')
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_every_command_of_the_tutorial_works(tmp_path: Path, shell_path: str):
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the tutorial's commands need bash and curl")
    record(tmp_path / "recordings")
    environment = os.environ | {"PATH": shell_path, "NO_PROXY": "*", "no_proxy": "*", "OMP_NUM_THREADS": "1"}
    script = "\n".join(blocks("sh")).replace(PORT, free_port())
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (shown,) = blocks("")
    assert (tmp_path / "voices.csv").read_text().startswith(shown)
    assert "clean: no speaker and no recording is on both sides of any of 5 splits" in done.stdout
    assert re.search(r"speakers5: UAR (9\d|100)\.\d", done.stdout), done.stdout
    assert re.search(r"^happy, \d+ %$", done.stdout, re.MULTILINE), done.stdout
    (answer,) = [json.loads(line) for line in re.findall(r'^.*?(\{"emotion".*\})', done.stdout, re.MULTILINE)]
    assert answer["emotion"] == "sad"
    assert "ok (small-voices@1.0.0" in done.stdout
    assert (tmp_path / "models" / "voices-card.html").is_file()
    (script,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("happy ")


def test_the_recipe_on_the_page_is_one(tmp_path: Path):
    (recipe,) = re.findall(r"<<'END'\n(.*?)^END$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "r.toml").write_text(recipe)
    assert read_recipe(tmp_path / "r.toml").evaluation.protocols == ["speakers5"]


def test_recipes_that_it_names_are_there():
    for name in re.findall(r"recipes/[\w/.-]+\.toml", DOCUMENT.read_text(encoding="utf-8")):
        assert (DOCUMENT.parents[1] / name).is_file(), name
