"""Memory that was freed is given back, and only when there is reason to look."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from sentisound.memory import Memory, resident_bytes, share_arenas

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")


def freed_and_kept() -> tuple[int, int]:
    """Free all but the last of many small pieces: what lies below it stays with the process until it is given back."""
    share_arenas()
    memory = Memory()
    memory.give_back()
    pieces = [bytearray(2_000) for _ in range(40_000)]
    last = pieces.pop()
    pieces.clear()
    before = resident_bytes()
    memory.give_back()
    del last
    return before, resident_bytes()


def test_what_was_freed_is_given_back() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        before, after = alone.submit(freed_and_kept).result()
    assert before - after > 20_000_000


def test_a_process_that_has_not_grown_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    memory.give_back()
    monkeypatch.setattr("gc.collect", lambda: pytest.fail("nothing has grown"))
    memory.give_back()
