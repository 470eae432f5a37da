"""Nothing leaves the machine, and nothing of others is left in the user's folders: the kernel and the disk tell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from namespaces import NO_NETWORK, within
from sentisound.telemetry import SWITCHES
from sentisound.testing import speech_like

DRIVER = Path(__file__).with_name("empty_home.py")
OWN = {".cache/sentisound", ".local/share/sentisound"}
"""What docs/words.md says we keep there."""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.wav"
    soundfile.write(path, speech_like(2.0, 16_000, np.random.default_rng(0)), 16_000)
    return path


def work(which: str, clip: Path, folder: Path, **environment: str) -> int:
    """Do a kind of work with an empty home and no network; return how often something beyond was to be reached."""
    for name in ("home", "tmp", "here"):
        (folder / name).mkdir()
    unset = {"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "MPLCONFIGDIR", *SWITCHES}
    plain = {name: value for name, value in os.environ.items() if name not in unset}
    own = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
    done = subprocess.run(
        [*within(*NO_NETWORK), sys.executable, "-W", "ignore", str(DRIVER), which, str(clip)],
        env={**plain, **own, **environment},
        cwd=folder / "here",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "telemetry" not in done.stderr
    return int(done.stdout.splitlines()[-1])


def of_others(home: Path) -> list[str]:
    """Return the files in a home that are not in our own folders."""
    files = (path.relative_to(home) for path in home.rglob("*") if not path.is_dir())
    return [str(path) for path in files if not any(path.is_relative_to(own) for own in OWN)]


@pytest.mark.parametrize("which", ["library", "command", "server", "training", "download"])
def test_an_empty_home_stays_empty_of_others_and_nothing_leaves_the_machine(which: str, clip: Path, tmp_path: Path):
    assert work(which, clip, tmp_path) == 0
    assert of_others(tmp_path / "home") == []
    assert list((tmp_path / "tmp").rglob("*.db")) == []


def test_what_others_had_turned_on_is_turned_off(clip: Path, tmp_path: Path):
    """The empty value is the one that the maker's documents give as `on`."""
    work("library", clip, tmp_path, ORT_DISABLE_TELEMETRY="")
    assert list((tmp_path / "home").rglob("*")) == []


def test_the_watch_sees_what_leaves():
    """Without this, zero could mean that the kernel does not count."""
    code = (
        f"import runpy, socket; seen = runpy.run_path({str(DRIVER)!r}, run_name='x'); seen['loopback_up']()\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "try: s.sendto(b'x', ('192.0.2.1', 9))\n"
        "except OSError: pass\n"
        "print(seen['tries_to_leave']())"
    )
    done = subprocess.run(
        [*within(*NO_NETWORK), sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 0
