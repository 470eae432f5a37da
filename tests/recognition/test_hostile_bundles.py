"""Bundles from attackers: none is answered with, reads a file that is not its own, or holds a process for long."""

from __future__ import annotations

import ctypes
import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hostile_bundles import CANARY, HOSTILE, write_all
from sentisound.audio.waveform import RATE_HZ
from sentisound.bundle import CARD_FILE, read_card
from sentisound.deadline import Deadline, limit
from sentisound.errors import (
    BundleDamaged,
    BundleError,
    BundleExceedsLimits,
    BundleUntrusted,
    DeadlineExceeded,
)
from sentisound.recognition import apart
from sentisound.recognition.apart import ConfinedRecognizer, opened
from sentisound.recognition.confinement import confine
from sentisound.recognition.recognizer import Recognizer
from sentisound.recognition.registry import find
from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.testing import speech_like
from sentisound.workers import Processes

HELD_S = 5.0
"""A process may work for a model so long; on top comes what this machine takes to start it."""
SLACK_S = 15.0
IN_ACCESS, IN_OPEN = 1, 32
SOUND = speech_like(2.0, RATE_HZ, np.random.default_rng(0))
LATER = {name for name in HOSTILE if name.endswith("_later") and not name.startswith("one_score")}


class Watch:
    """Sees who opens or reads a file (inotify)."""

    def __init__(self, path: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._inotify = self._libc.inotify_init1(os.O_NONBLOCK)
        assert self._libc.inotify_add_watch(self._inotify, os.fsencode(path), IN_ACCESS | IN_OPEN) >= 0

    def events(self) -> list[int]:
        """Return what was seen since."""
        try:
            seen = os.read(self._inotify, 65536)
        except BlockingIOError:
            return []
        return [struct.unpack_from("iI", seen, at)[1] for at in range(0, len(seen), 16)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of all the bundles and the canary."""
    root = tmp_path_factory.mktemp("hostile")
    write_all(root)
    return root


@pytest.fixture(scope="module")
def canary(folder: Path) -> Iterator[Watch]:
    if sys.platform != "linux":
        pytest.skip("inotify is of Linux")
    watch = Watch(folder / CANARY)
    yield watch
    assert watch.events() == []


def test_there_are_sixty_of_them_and_ten_with_a_hidden_tag():
    assert len(HOSTILE) >= 60
    assert sum(name.startswith("hidden_tag") for name in HOSTILE) >= 10


@pytest.mark.parametrize("name", HOSTILE)
def test_none_is_answered_with_or_reads_what_is_not_its_own(name: str, folder: Path, canary: Watch):
    begun_s = time.monotonic()
    with pytest.raises(BundleError) as caught:
        Analyzer(Settings.load(model=str(folder / name))).analyze(SOUND, rate_hz=RATE_HZ)
    assert time.monotonic() - begun_s < HELD_S + SLACK_S
    assert canary.events() == []
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1_000


def test_a_watch_sees_what_is_read(tmp_path: Path):
    (tmp_path / "a").write_text("a")
    watch = Watch(tmp_path / "a")
    (tmp_path / "a").read_text()
    assert watch.events() == [IN_OPEN, IN_ACCESS]


@pytest.mark.parametrize("name", sorted(LATER))
def test_a_model_that_turns_bad_later_opens_and_is_refused_each_time(name: str, folder: Path):
    recognizer = opened(folder / name, None, trusted=False, processes=1)
    recognizer.check()
    analyzer = Analyzer(Settings.load(model=str(folder / name)))
    for _ in range(2):
        with pytest.raises((BundleDamaged, BundleExceedsLimits)):
            analyzer.analyze(SOUND, rate_hz=RATE_HZ)
    recognizer.check()  # the process that had to go was replaced


@pytest.mark.parametrize("name", sorted(LATER - {"time_later", "memory_later"}))
def test_scores_are_checked_where_a_model_is_trusted_too(name: str, folder: Path):
    with pytest.raises(BundleDamaged):
        Analyzer(Settings.load(model=str(folder / name), trust_models=True)).analyze(SOUND, rate_hz=RATE_HZ)


def test_a_process_works_for_a_model_for_five_seconds_at_most():
    assert apart.LEAST_S + apart.S_PER_BYTE * 1_000_000 < HELD_S


def test_a_model_of_ones_own_is_confined_and_those_that_ship_are_not(tiny_bundle: Path):
    assert isinstance(opened(tiny_bundle, None, trusted=False), ConfinedRecognizer)
    assert isinstance(opened(tiny_bundle, None, trusted=True), Recognizer)
    assert isinstance(opened(find("original"), None, trusted=False), Recognizer)


def test_confined_or_not_the_answer_is_the_same(tiny_bundle: Path):
    confined, free = (
        Analyzer(Settings.load(model=str(tiny_bundle), trust_models=trusted)).analyze(SOUND, rate_hz=RATE_HZ)
        for trusted in (False, True)
    )
    assert confined.scores == free.scores
    assert confined.segments == free.segments


def test_the_callers_deadline_is_the_callers(folder: Path):
    analyzer = Analyzer(Settings.load(model=str(folder / "time_later")))
    with limit(Deadline(1.0)), pytest.raises(DeadlineExceeded):
        analyzer.analyze(SOUND, rate_hz=RATE_HZ)


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is of Linux")
def test_a_confined_process_reads_its_bundle_and_writes_nothing(tiny_bundle: Path, tmp_path: Path):
    secret, empty = tmp_path / "secret", tmp_path / "empty"
    secret.write_text("secret")
    empty.mkdir()
    with Processes(1) as workers:
        workers.run(confine, tiny_bundle, empty)
        assert workers.run(Path.cwd) == empty
        assert workers.run(read_card, tiny_bundle).name == "tiny"
        with pytest.raises(OSError, match=r"denied|too large"):
            workers.run(Path.write_text, empty / "a", "a")
        if _has_landlock():
            for path in (secret, tiny_bundle / ".." / "secret", Path("/etc/passwd"), Path("/proc/self/environ")):
                with pytest.raises(PermissionError):
                    workers.run(Path.read_text, path)


def _has_landlock() -> bool:
    lists = Path("/sys/kernel/security/lsm")
    version = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)
    return version >= 1 or (lists.exists() and "landlock" in lists.read_text())


IN_A_POOL = "if __name__ == '__main__':\n    print(multiprocessing.Pool(1).apply(name, sys.argv[1:]))"
SCRIPT = """
import multiprocessing, sys
from pathlib import Path
from sentisound.service import Analyzer
from sentisound.settings import Settings

def name(folder):
    return Analyzer(Settings.load(model=folder)).card.id

{body}
"""


@pytest.mark.parametrize("body", ["print(name(sys.argv[1]))", IN_A_POOL], ids=["no_main_guard", "pool"])
def test_a_script_can_use_a_model_of_its_own_from_anywhere(body: str, tiny_bundle: Path, tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(body=body))
    command = [sys.executable, str(script), str(tiny_bundle)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout, ended.stderr) == ("tiny@0.0.1\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_model_that_was_opened_before_a_fork_says_so(tiny_bundle: Path):
    analyzer = Analyzer(Settings.load(model=str(tiny_bundle)))
    child = os.fork()
    if not child:
        code = 1
        try:
            analyzer.check()
        except BundleUntrusted as error:
            code = 0 if "forked" in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    analyzer.check()


@pytest.mark.parametrize("name", ["default", "original"])
def test_cards_that_were_published_before_are_read_to_the_last_bit(name: str):
    published = json.loads((find(name) / CARD_FILE).read_text())
    read = json.loads(json.dumps(read_card(find(name)).to_dict()))
    assert _without_defaults(read, published) == published


def _without_defaults(read: Any, published: Any) -> Any:
    """Leave out the fields that an older card does not have."""
    if isinstance(published, dict):
        return {key: _without_defaults(read[key], value) for key, value in published.items()}
    if isinstance(published, list):
        return [_without_defaults(*pair) for pair in zip(read, published, strict=True)]
    return read
