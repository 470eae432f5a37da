"""``sphinx``: PocketSphinx with the English model that is in its package; a draft, with no download.

It works in a process of its own: the library holds Python's interpreter lock while it decodes, which would keep a
server from answering for seconds, and what breaks in it breaks nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing.connection import wait
from threading import Lock
from typing import Any, Self

import numpy as np

from sentisound import deadline
from sentisound.audio.waveform import Span, Waveform
from sentisound.engine_errors import EngineFailed, EngineMissing, LanguageUnsupported
from sentisound.settings import Settings
from sentisound.transcription.sphinx_worker import COUNT_BYTES, FRAMES_PER_S
from sentisound.transcription.transcriber import Fetched, Progress, primary
from sentisound.words import Transcript, Word

LANGUAGE = "en"
FULL_SCALE = 32_767
ASSUMED = (
    "sphinx knows English only and cannot tell when something else is spoken: if the speech is not English, "
    "these words mean nothing"
)
DRAFT = "draft quality: many words are wrong, more so in emotional or noisy speech"
LOOK_S = 0.1
"""How often who waits looks whether the work should go on."""
_COMMAND = (sys.executable, "-m", "sentisound.transcription.sphinx_worker")


class Sphinx:
    """Transcribes English, utterance by utterance; requests take turns."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def of(cls, _: Settings) -> Self:
        """Return the engine.

        Raises
        ------
        EngineMissing
            When PocketSphinx is not installed.
        """
        if find_spec("pocketsphinx") is None:
            raise EngineMissing("sphinx needs pocketsphinx: pip install '.[sphinx]' in a clone")
        return cls()

    def prepare(self, fetched: Fetched) -> None:
        """Do nothing: the model came with the package."""

    def transcribe(
        self, waveform: Waveform, spans: Sequence[Span], language: str | None, progress: Progress
    ) -> Transcript:
        """Write down what is said; see ``Transcriber``."""
        if language is not None and primary(language) != LANGUAGE:
            raise LanguageUnsupported(f"sphinx knows English only, not {language!r}; use whisper or remote")
        words: list[Word] = []
        for done, span in enumerate(spans, 1):
            words += self._heard(waveform, span)
            progress(done / len(spans))
        return Transcript(
            text=" ".join(word.text for word in words),
            engine=f"sphinx (PocketSphinx {version('pocketsphinx')}, en-us)",
            language=LANGUAGE,
            language_source="assumed" if language is None else "set",
            draft=True,
            words=tuple(words),
            warnings=_warnings(language) if words else (),
        )

    def _heard(self, waveform: Waveform, span: Span) -> list[Word]:
        samples = waveform.cut(span).samples
        found = self._ask((np.clip(samples, -1, 1) * FULL_SCALE).astype("<i2").tobytes())
        return [
            Word(text, span.start_s + first / FRAMES_PER_S, span.start_s + (last + 1) / FRAMES_PER_S, probability)
            for text, first, last, probability in found
        ]

    def _ask(self, pcm: bytes) -> list[Any]:
        """Send one utterance to the process, which is started where there is none, and return its words."""
        with self._turn():
            process = self._process or self._started()
            try:
                answer = _exchange(process, pcm)
            except BaseException:  # ended between question and answer: the next would get the wrong one
                self._let_go(process)
                raise
            if not answer.endswith(b"\n"):
                code = self._let_go(process)
                raise EngineFailed(f"sphinx broke down at its work (its process ended with {code})")
        return list(json.loads(answer))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Have the process to oneself; raises what ``deadline.check`` does."""
        while not self._lock.acquire(timeout=LOOK_S):
            deadline.check()
        try:
            yield
        finally:
            self._lock.release()

    def _let_go(self, process: subprocess.Popen[bytes]) -> int:
        """End the process, so that the next utterance gets a new one; return how it ended."""
        self._process = None
        _stop(process)
        return process.returncode

    def _started(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(  # noqa: S603 - our own module, in a session of its own: Ctrl+C is not for it
            _COMMAND, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True
        )
        weakref.finalize(self, _stop, process)
        self._process = process
        return process


def _warnings(language: str | None) -> tuple[str, ...]:
    return (DRAFT, ASSUMED) if language is None else (DRAFT,)


def _exchange(process: subprocess.Popen[bytes], pcm: bytes) -> bytes:
    """Return the process's answer; empty where it has died. Raises what ``deadline.check`` does while it waits."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - opened with pipes
    try:
        process.stdin.write(len(pcm).to_bytes(COUNT_BYTES, "little") + pcm)
        process.stdin.flush()
    except BrokenPipeError:
        return b""
    while os.name == "posix" and not wait([process.stdout.fileno()], LOOK_S):  # pipes of Windows cannot be waited for
        deadline.check()
    return process.stdout.readline()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
