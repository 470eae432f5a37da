"""A server on a real socket for each test that wants one, over an engine that always says the same."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import httpx
import numpy as np
import pytest
import soundfile

from sentisound.api.server import Server, config, listen, url_of
from sentisound.audio.decode import promised_s
from sentisound.audio.waveform import Origin, Waveform
from sentisound.card import Calibration, Card, FeatureSpec, Golden, Training
from sentisound.results import Analysis, Quality, Reason, Scores
from sentisound.service import USUAL_BYTES_PER_S, display_name
from sentisound.settings import Settings
from sentisound.testing import speech_like
from sentisound.words import Interpretation, Missing, Statement, Transcript

LABELS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
PROBABILITIES = (0.03, 0.01, 0.71, 0.05, 0.1, 0.04, 0.02, 0.04)

CARD = Card(
    format=1,
    name="fake",
    version="1.0.0",
    title="A model that is always happy",
    created="2026-01-01",
    labels=list(LABELS),
    rate_hz=16_000,
    features=FeatureSpec(set="mfcc", version=1, size=40),
    calibration=Calibration(temperature=1.0, threshold=0.4, selective_risk=0.2, fitted_on="nothing"),
    training=Training(
        corpora=["ravdess", "crema-d"],
        languages=["en"],
        speakers=115,
        clips=8882,
        model="MLP (300 units)",
        scaler="StandardScaler",
        recipe="none",
        seed=0,
    ),
    licence="MIT",
    intended_use="tests",
    limits="all",
    metrics=[],
    golden=Golden(features=[], logits=[]),
    files={},
)


TRANSCRIPT = Transcript("good morning", "fake", "en", "set")
INTERPRETATION = Interpretation((Statement("It sounds friendly.", ()),), "Or so it seems.", "rules", False)


def _nothing(_: bytes) -> None:
    """Do nothing with the sound."""


@dataclass(frozen=True)
class FakeAnalyzer:
    """Reads the sound, gives it to ``work`` (in the worker's thread), and is 71 % sure that it is happy."""

    work: Callable[[bytes], None] = _nothing
    reason: Reason | None = None
    missing: tuple[Missing, ...] = ()
    card: Card = CARD
    workers: None = None

    def check(self) -> None:
        """Answer."""

    def length_s(self, file: BinaryIO) -> float:
        """Return how long a sound probably is, as ``Analyzer`` does."""
        found = promised_s(file)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return size / USUAL_BYTES_PER_S if found is None else found

    def analyze(
        self,
        source: Any,
        *,
        name: str | None = None,
        heard: Callable[[Waveform], None] | None = None,
        progress: Callable[[float], None] | None = None,
        transcribe: bool = False,
        interpret: bool = False,
        language: str | None = None,  # noqa: ARG002 - no words, no language
    ) -> Analysis:
        self.work(source.read() if hasattr(source, "read") else source)
        if progress is not None:
            progress(1.0)
        if heard is not None:
            heard(Waveform(speech_like(1.0, 16_000, np.random.default_rng(2)), 16_000, Origin("wav", "pcm", 16_000, 1)))
        return Analysis(
            model=self.card.id,
            file=display_name(name or "audio"),
            duration_s=1.0,
            scores=Scores(LABELS, PROBABILITIES),
            segments=(),
            quality=Quality(-20.0, 30.0, 0.0, 0.0, 8000.0, 0.8),
            reason=self.reason,
            transcript=TRANSCRIPT if transcribe and not self.missing else None,
            interpretation=INTERPRETATION if interpret else None,
            missing=self.missing,
        )


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Take back what a server says about the log: it is the process's."""
    loggers = [logging.getLogger(name) for name in (None, "sentisound", "uvicorn")]
    levels = [logger.level for logger in loggers]
    handlers = loggers[0].handlers[:]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    for handler in [one for one in loggers[0].handlers if one not in handlers]:
        loggers[0].removeHandler(handler)


@contextlib.contextmanager
def running(analyzer: Any, **settings: Any) -> Iterator[httpx.Client]:
    """Serve on a free port with uvicorn as ``serve`` sets it up, and give a client of it."""
    chosen = Settings.load(**{"host": "127.0.0.1", "port": 0, "history": False, **settings})
    listener = listen(chosen)
    server = Server(config(chosen, analyzer))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with httpx.Client(base_url=url_of(listener), timeout=30, trust_env=False) as client:
            client.get("/health")
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def fake() -> type[FakeAnalyzer]:
    return FakeAnalyzer


@pytest.fixture(scope="session")
def serving() -> Callable[..., contextlib.AbstractContextManager[httpx.Client]]:
    """``with serving(analyzer, **settings) as client``."""
    return running


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """Give a client of a server with the fake engine; it takes uploads of 0.2 MB."""
    with running(FakeAnalyzer(), max_upload_mb=0.2) as shared:
        yield shared


@pytest.fixture(scope="session")
def wav() -> bytes:
    """Two seconds of something like speech, 16 kHz, 16 bit: 64 kB."""
    buffer = io.BytesIO()
    samples = speech_like(2.0, 16_000, np.random.default_rng(1))
    soundfile.write(buffer, samples, 16_000, format="WAV", subtype="PCM_16")
    return buffer.getvalue()
