"""What the system refuses is told in one line, and what needs no folder works without one: never a traceback."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from namespaces import NO_USER, READ_ONLY, homeless, within
from sentisound.testing import speech_like

PROGRAM = [sys.executable, "-c", "from sentisound.cli import main; main()"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sound") / "clip.wav"
    soundfile.write(path, speech_like(2.0, 16_000, np.random.default_rng(0)), 16_000)
    return str(path)


def shell(line: str, clip: str) -> tuple[int, list[str]]:
    """Run a line of shell with ``sentisound`` and ``$clip``; return the exit code and the lines on standard error."""
    script = f'sentisound() {{ "{sys.executable}" -c "{PROGRAM[2]}" "$@"; }}\n{line}'
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "clip": clip}, capture_output=True, text=True, check=False
    )
    return done.returncode, [text for text in done.stderr.splitlines() if text]


def nobody(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user without a name and without a home."""
    known = {**homeless(dict(os.environ)), **environment}
    return subprocess.run([*within(*NO_USER), *command], env=known, capture_output=True, text=True, check=False)


COMMANDS = ("analyze $clip", "analyze $clip --json", "models list", "settings --json", "corpora list", "--help")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_at_standard_output_is_one_line(command: str, clip: str):
    assert shell(f"sentisound {command} > /dev/full", clip) == (1, ["error: No space left on device"])


@pytest.mark.parametrize("command", COMMANDS)
def test_an_output_that_was_closed_is_no_failure(command: str, clip: str):
    assert shell(f"sentisound {command} >&-", clip) == (0, [])


def test_streams_that_were_closed_do_not_end_up_in_a_file(clip: str, tmp_path: Path):
    """A database that took the number of standard output would be written over by whatever is printed."""
    data = f"SENTISOUND_DATA_DIR={tmp_path}"
    made = f"{data} sentisound keys create --name a --scope admin"
    assert shell(f"{made} <&- >&- 2>&-; {data} sentisound keys list >/dev/null", clip) == (0, [])
    assert (tmp_path / "history.sqlite3").read_bytes().startswith(b"SQLite format 3\0")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_standard_error_is_no_traceback_elsewhere(command: str, clip: str):
    assert shell(f"sentisound {command} >/dev/null 2>/dev/full", clip)[0] in (0, 1)


def test_a_folder_that_cannot_be_written_is_one_line(clip: str, tmp_path: Path):
    (tmp_path / "file").touch()
    code, said = shell(f"sentisound models card default --out {tmp_path}/file/card.html", clip)
    assert code == 1
    assert said == [f"error: {tmp_path}/file: Not a directory"] or said == [f"error: {tmp_path}/file: File exists"]


def test_a_cache_that_cannot_be_written_costs_no_picture(clip: str, tmp_path: Path):
    (tmp_path / "file").touch()
    cache = f"SENTISOUND_CACHE_DIR={tmp_path}/file/cache"
    assert shell(f"{cache} sentisound analyze $clip --chart {tmp_path}/a.png > /dev/null", clip) == (0, [])
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_a_user_without_a_home_analyses(clip: str):
    done = nobody(*PROGRAM, "analyze", clip, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    library = nobody(sys.executable, "-c", f"import sentisound; print(sentisound.analyze({clip!r}).emotion)")
    assert (library.returncode, library.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "named", "variables"),
    [
        (["serve", "--port", "0"], {}, "SENTISOUND_DATA_DIR and SENTISOUND_CACHE_DIR"),
        (["serve", "--port", "0"], {"SENTISOUND_DATA_DIR": "/x"}, "SENTISOUND_CACHE_DIR"),
        (["history", "list"], {}, "SENTISOUND_DATA_DIR"),
        (["keys", "list"], {}, "SENTISOUND_DATA_DIR"),
        (["keys", "list"], {"SENTISOUND_DATA_DIR": "~/data"}, "SENTISOUND_DATA_DIR"),
    ],
)
def test_a_user_without_a_home_is_told_which_settings_to_give(
    command: list[str], named: dict[str, str], variables: str
):
    done = nobody(*PROGRAM, *command, **named)
    assert done.returncode in (1, 2)
    assert len(done.stderr.splitlines()) == 1
    assert f"{variables}: " in done.stderr
    assert "no home folder" in done.stderr


def test_a_disk_that_cannot_be_written_is_enough_to_analyse(clip: str):
    """A container with a read-only root, without a folder for temporary files."""
    from_file = subprocess.run(
        [*within(*READ_ONLY), *PROGRAM, "analyze", clip], capture_output=True, text=True, check=False
    )
    assert (from_file.returncode, from_file.stderr) == (0, "")
    with Path(clip).open("rb") as sound:
        piped = subprocess.run(
            [*within(*READ_ONLY), *PROGRAM, "analyze", "-"], stdin=sound, capture_output=True, text=True, check=False
        )
    assert (piped.returncode, piped.stderr) == (0, "")
    code = f"import sentisound; sentisound.analyze({clip!r}); sentisound.analyze(open({clip!r}, 'rb'))"
    library = [*within(*READ_ONLY), sys.executable, "-c", code]
    assert subprocess.run(library, capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["analyze", "-"], "cannot be copied into the folder for temporary files: No usable temporary directory found"),
        (["history", "list"], "Read-only file system; choose a folder that can be written (SENTISOUND_DATA_DIR)"),
    ],
)
def test_what_does_need_a_folder_says_so(command: list[str], said: str):
    long = io.BytesIO()
    soundfile.write(long, np.zeros(3_000_000, np.int16), 16_000, format="WAV")  # more than is kept in memory
    done = subprocess.run(
        [*within(*READ_ONLY), *PROGRAM, *command], input=long.getvalue(), capture_output=True, check=False
    )
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert said in line
