"""Sphinx as it is: real words of real speech, the same each time, and a process that may be killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sentisound.audio.decode import decode
from sentisound.audio.waveform import Span, Waveform
from sentisound.deadline import Deadline, limit
from sentisound.engine_errors import EngineFailed, LanguageUnsupported
from sentisound.errors import DeadlineExceeded, WorkCancelled
from sentisound.transcription.sphinx import Sphinx
from sentisound.transcription.sphinx_worker import decoded


@pytest.fixture(scope="module")
def sphinx() -> Sphinx:
    return Sphinx()


@pytest.mark.corpora
def test_it_says_that_it_is_a_draft_and_that_english_is_assumed(sphinx: Sphinx, corpora: Path):
    sound = decode(next((corpora / "nemo" / "samples").glob("*.opus")))
    found = sphinx.transcribe(sound, (Span(0.0, sound.duration_s),), None, lambda _: None)
    assert (found.draft, found.language, found.language_source) == (True, "en", "assumed")
    assert "not English" in " ".join(found.warnings)


def test_another_language_is_refused(sphinx: Sphinx, waveform, whole):
    with pytest.raises(LanguageUnsupported, match="'pl'"):
        sphinx.transcribe(waveform, whole, "pl", lambda _: None)
    assert sphinx.transcribe(waveform, whole, "en-GB", lambda _: None).language_source == "set"


def test_without_speech_there_are_no_words_and_no_process():
    sphinx = Sphinx()
    found = sphinx.transcribe(None, (), None, lambda _: None)
    assert (found.text, found.words, found.warnings) == ("", (), ())
    assert sphinx._process is None


def test_empty_samples_have_no_words():
    assert decoded(None, b"") == []


def test_an_utterance_does_not_alter_the_next(sphinx: Sphinx, waveform, whole):
    first = sphinx.transcribe(waveform, whole, "en", lambda _: None)
    sphinx.transcribe(waveform, (Span(0.0, 0.7), Span(1.0, 1.5)), "en", lambda _: None)
    assert sphinx.transcribe(waveform, whole, "en", lambda _: None) == first


def test_progress_is_told_after_each_utterance_and_can_end_the_work(sphinx: Sphinx, waveform):
    spans = tuple(Span(start, start + 1.0) for start in (0.0, 1.0, 2.0))
    told: list[float] = []
    sphinx.transcribe(waveform, spans, "en", told.append)
    assert told == pytest.approx([1 / 3, 2 / 3, 1])

    def enough(_: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sphinx.transcribe(waveform, spans, "en", enough)


def test_killed_between_two_sounds_it_is_told_once_and_comes_back(waveform, whole):
    sphinx = Sphinx()
    before = sphinx.transcribe(waveform, whole, "en", lambda _: None)
    os.kill(sphinx._process.pid, signal.SIGKILL)
    with pytest.raises(EngineFailed, match="-9"):
        sphinx.transcribe(waveform, whole, "en", lambda _: None)
    assert sphinx.transcribe(waveform, whole, "en", lambda _: None) == before


def test_killed_in_the_middle_of_its_work_it_is_told(waveform):
    sphinx = Sphinx()
    killed = threading.Event()

    def kill(_: float) -> None:
        threading.Thread(target=lambda: (time.sleep(0.05), os.kill(process.pid, signal.SIGKILL), killed.set())).start()

    sphinx.transcribe(waveform, (Span(0.0, 0.3),), "en", lambda _: None)
    process = sphinx._process
    with pytest.raises(EngineFailed):
        sphinx.transcribe(waveform, (Span(0.0, 0.3), *[Span(0.0, 3.0)] * 50), "en", kill)
    assert killed.wait(5)


def test_cancelled_in_the_middle_of_an_utterance_it_ends_at_once_and_serves_the_next(waveform, whole):
    sphinx = Sphinx()
    before = sphinx.transcribe(waveform, whole, "en", lambda _: None)
    long = Waveform(np.tile(waveform.samples, 40), waveform.rate_hz, waveform.origin)
    with limit(Deadline()) as mine:
        threading.Timer(0.3, mine.cancel).start()
        start = time.monotonic()
        with pytest.raises(WorkCancelled):
            sphinx.transcribe(long, (Span(0.0, long.duration_s),), "en", lambda _: None)
        assert time.monotonic() - start < 5
    assert sphinx.transcribe(waveform, whole, "en", lambda _: None) == before


def test_who_waits_for_its_turn_and_is_cancelled_leaves(waveform, whole):
    sphinx = Sphinx()
    with sphinx._lock, limit(Deadline(0.2)), pytest.raises(DeadlineExceeded):
        sphinx.transcribe(waveform, whole, "en", lambda _: None)
    assert sphinx.transcribe(waveform, whole, "en", lambda _: None).engine.startswith("sphinx")


def test_the_server_can_answer_while_it_works(waveform):
    """The library holds the interpreter lock; in a process of its own that is not ours."""
    sphinx, gaps, done = Sphinx(), [], threading.Event()

    def tick() -> None:
        last = time.perf_counter()
        while not done.is_set():
            time.sleep(0.001)
            gaps.append((now := time.perf_counter()) - last)
            last = now

    sphinx.transcribe(waveform, (Span(0.0, 0.3),), "en", lambda _: None)
    ticking = threading.Thread(target=tick)
    ticking.start()
    start = time.perf_counter()
    sphinx.transcribe(waveform, (Span(0.0, 3.0),) * 3, "en", lambda _: None)
    worked_s = time.perf_counter() - start
    done.set()
    ticking.join()
    assert max(gaps) < max(0.1, 0.3 * worked_s)


@pytest.mark.corpora
def test_a_clear_sentence_comes_out_word_for_word_with_its_times(sphinx: Sphinx, corpora: Path):
    clip = corpora / "ravdess" / "Actor_01" / "03-01-04-02-02-01-01.flac"
    sound = decode(clip)
    found = sphinx.transcribe(sound, (Span(0.0, sound.duration_s),), "en", lambda _: None)
    assert set(found.text.split()) & {"dogs", "sitting", "door"}
    assert all(0 <= word.start_s < word.end_s <= sound.duration_s for word in found.words)
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(found.words))
    assert all(0 <= word.probability <= 1 for word in found.words)
