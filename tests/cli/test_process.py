"""`sentisound analyze` as a program among others: pipes that close, terminals, Ctrl-C, encodings, hostile names."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("pseudo-terminals and signals as here are POSIX", allow_module_level=True)

import pty

COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-8]|9[0-7])[0-9;]*m")
CURSOR_SHOWN, CURSOR_HIDDEN = "\x1b[?25h", "\x1b[?25l"


def in_terminal(command: list[str], *, stdout_too: bool = True, **env: str) -> tuple[int, str, str]:
    """Run a command whose stderr, and stdout where asked, is a terminal of 90 columns.

    Returns the exit code, what the terminal got, and what stdout got where it is none.
    """
    ours, theirs = pty.openpty()
    environment = {"TERM": "xterm-256color", "COLUMNS": "90", "LINES": "30"}
    environment |= {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}} | env
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=theirs if stdout_too else subprocess.PIPE,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    said = process.stdout.read().decode() if process.stdout else ""
    if process.stdout:
        process.stdout.close()
    shown = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    return process.wait(30), shown, said


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: the other end is closed
        return b""


@pytest.fixture
def folder(sounds: Callable[..., Path]) -> Path:
    return sounds(a="happy 0.7", b="bad", c="sad 0.3")


def test_in_a_terminal_one_sound_is_framed_and_coloured(fake_program: list[str], folder: Path):
    code, shown, _ = in_terminal([*fake_program, "analyze", str(folder / "a.wav")])
    assert code == 0
    assert "╭" in shown
    assert COLOUR.search(shown)
    assert CURSOR_HIDDEN not in shown, "no progress bar for one short file"


def test_in_a_terminal_one_long_sound_comes_with_a_bar(fake_program: list[str], sounds: Callable[..., Path]):
    _, shown, _ = in_terminal([*fake_program, "analyze", str(sounds(a="happy 0.7 long") / "a.wav")])
    assert "analysing" in shown
    assert shown.rindex(CURSOR_SHOWN) > shown.rindex(CURSOR_HIDDEN)


def test_no_color_is_respected(fake_program: list[str], folder: Path):
    _, shown, _ = in_terminal([*fake_program, "analyze", str(folder)], NO_COLOR="1")
    assert "happy" in shown
    assert not COLOUR.search(shown)


def test_in_a_terminal_many_sounds_come_with_a_bar_that_goes_away(fake_program: list[str], folder: Path):
    code, shown, _ = in_terminal([*fake_program, "analyze", str(folder)])
    assert code == 1
    assert "analysing" in shown
    assert "3/3" in shown or "2/3" in shown
    assert shown.rindex(CURSOR_SHOWN) > shown.rindex(CURSOR_HIDDEN)
    assert shown.rstrip().splitlines()[-1].endswith("3 sounds: 1 answered, 1 not sure, 1 failed\x1b[0m")


def test_the_bar_does_not_get_into_a_pipe(fake_program: list[str], folder: Path):
    _, shown, said = in_terminal([*fake_program, "analyze", str(folder), "--csv"], stdout_too=False)
    assert "analysing" in shown
    assert "\x1b" not in said
    assert [row["emotion"] for row in csv.DictReader(io.StringIO(said))] == ["happy", "", "sad"]


def test_quiet_has_no_bar(fake_program: list[str], folder: Path):
    _, shown, _ = in_terminal([*fake_program, "analyze", str(folder), "--quiet"], stdout_too=False)
    assert shown == ""


def test_json_in_a_terminal_is_not_wrapped(fake_program: list[str], folder: Path):
    _, shown, _ = in_terminal([*fake_program, "analyze", str(folder / "a.wav"), "--json"])
    assert len(shown.strip().splitlines()) == 1
    assert len(shown) > 200


@pytest.mark.parametrize("form", ["", "--json", "--csv"])
def test_a_pipe_that_closes_is_no_error(form: str, fake_program: list[str], tmp_path: Path):
    """`| head -1`: the reader has what it wants and goes; the writer stops, says nothing, and reports SIGPIPE."""
    for number in range(400):  # more than a pipe's buffer of 64 KB can swallow
        (tmp_path / f"{number:03}.wav").write_text("happy 0.7 " + "noisy " * 40)
    command = [*fake_program, "analyze", str(tmp_path), *form.split()]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline()
    writer.stdout.close()
    _, errors = writer.communicate(timeout=30)
    assert (writer.returncode, errors) == (141, b"")


def test_rows_are_written_as_they_are_ready(fake_program: list[str], sounds: Callable[..., Path], tmp_path: Path):
    """The second input is a named pipe that nobody has written to yet: the first row must be there all the same."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [*fake_program, "analyze", str(sounds(a="happy 0.7") / "a.wav"), str(pipe), "--csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("file,")
        assert ",happy," in process.stdout.readline()
        pipe.write_text("angry 0.8")
        assert ",angry," in process.stdout.readline()


def test_ctrl_c_is_130_without_a_traceback(fake_program: list[str], sounds: Callable[..., Path], tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [*fake_program, "analyze", str(sounds(a="happy 0.7") / "a.wav"), str(pipe)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("file")
    assert "happy" in process.stdout.readline()
    time.sleep(0.1)  # it now waits for the pipe
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "")


def test_ascii_output_does_not_crash(fake_program: list[str], tmp_path: Path):
    (tmp_path / "é笑.wav").write_text("happy 0.7")
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"}
    for form in ([], ["--csv"], ["--json"]):
        done = subprocess.run(
            [*fake_program, "analyze", str(tmp_path), *form], capture_output=True, env=environment, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.isascii()
        assert b"wav" in done.stdout


@pytest.mark.parametrize("form", ["", "--json", "--csv"])
def test_names_no_honest_file_has_do_not_break_the_output(form: str, fake_program: list[str], tmp_path: Path):
    names = [
        b"a\nb.wav",
        b"\x1b[2Jc.wav",
        b"d\xff\xfe.wav",
        b"[red]e[bold].wav",
        b"=1+1.wav",
        b"-x.wav",
        b"\xe2\x80\xae.wav",
    ]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("happy 0.7")
    done = subprocess.run(
        [*fake_program, "analyze", ".", *form.split()], capture_output=True, cwd=tmp_path, check=False
    )
    header = 0 if form == "--json" else 1
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    assert len(done.stdout.decode("utf-8").splitlines()) == header + len(names)
