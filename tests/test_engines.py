"""Engines as an analysis uses them: whatever fails in one is told and costs nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from chat_server import KEY, answering, chat
from sentisound.deadline import Deadline, limit
from sentisound.engine_errors import EngineUnavailable
from sentisound.engines import Engines
from sentisound.errors import WorkCancelled
from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.testing import speech_like
from sentisound.words import Missing, Transcript
from spoken import analysis

RATE_HZ = 16_000
SAMPLES = speech_like(3.0, RATE_HZ, np.random.default_rng(0))


class Scribe:
    """A transcriber that hears what it is told to, tells its progress, or fails."""

    def __init__(self, fails: BaseException | None = None) -> None:
        self.fails = fails
        self.languages: list[str | None] = []

    def prepare(self, _) -> None:
        if self.fails:
            raise self.fails

    def transcribe(self, _, spans, language, progress) -> Transcript:
        self.languages.append(language)
        self.spans = spans
        progress(0.5)
        if self.fails:
            raise self.fails
        return Transcript("hello", "scribe", language or "en", "set")


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(Settings(model="default"))


@pytest.fixture
def scribe(analyzer: Analyzer) -> Callable[..., Scribe]:
    """Put a scribe in the transcriber's place."""

    def put(fails: BaseException | None = None, **settings) -> Scribe:
        analyzer.engines = Engines(Settings.load(**settings))
        analyzer.engines.__dict__["_transcriber"] = Scribe(fails)
        return analyzer.engines.__dict__["_transcriber"]

    return put


def heard(analyzer: Analyzer, **options):
    return analyzer.analyze(SAMPLES, rate_hz=RATE_HZ, transcribe=True, interpret=True, **options)


def test_nothing_is_asked_for_unless_it_is_wanted(analyzer: Analyzer, scribe):
    engine = scribe()
    found = analyzer.analyze(SAMPLES, rate_hz=RATE_HZ)
    assert (found.transcript, found.interpretation, found.missing, engine.languages) == (None, None, (), [])


def test_words_and_their_meaning_come_with_the_scores(analyzer: Analyzer, scribe):
    engine = scribe()
    found = heard(analyzer)
    assert found.transcript.text == "hello"
    assert found.interpretation.engine == "rules"
    assert found.missing == ()
    assert {"transcription", "interpretation"} <= set(found.timings_s)
    assert [(span.start_s, span.end_s) for span in engine.spans] == [(s.start_s, s.end_s) for s in found.segments]


def test_the_language_of_the_request_wins_over_the_settings(analyzer: Analyzer, scribe):
    engine = scribe(language="da")
    heard(analyzer)
    heard(analyzer, language="pl")
    assert engine.languages == ["da", "pl"]


@pytest.mark.parametrize(
    ("fails", "code"),
    [(EngineUnavailable("it is gone"), "engine_unavailable"), (ZeroDivisionError("a fault"), "engine_failed")],
)
def test_an_engine_that_fails_costs_nothing_else(analyzer: Analyzer, scribe, fails, code, caplog):
    plain = analyzer.analyze(SAMPLES, rate_hz=RATE_HZ)
    scribe(fails)
    found = heard(analyzer)
    assert (found.scores, found.segments) == (plain.scores, plain.segments)
    assert found.transcript is None
    (missing,) = found.missing
    assert (missing.part, missing.code) == ("transcript", code)
    assert "a fault" not in missing.detail
    assert found.interpretation.statements
    assert "no transcript" in caplog.text


def test_what_is_switched_off_is_missing_with_its_setting(analyzer: Analyzer):
    analyzer.engines = Engines(Settings.load(transcriber="off", interpreter="off"))
    missing = heard(analyzer).missing
    assert [one.part for one in missing] == ["transcript", "interpretation"]
    assert {one.code for one in missing} == {"engine_missing"}
    assert "SENTISOUND_TRANSCRIBER=off" in missing[0].detail


def test_where_no_speech_was_found_no_words_are_looked_for(analyzer: Analyzer, scribe):
    engine = scribe()
    noise = (0.05 * np.random.default_rng(0).standard_normal(2 * RATE_HZ)).astype(np.float32)
    analyzer.analyze(noise, rate_hz=RATE_HZ, transcribe=True)
    assert engine.spans == ()


def test_progress_covers_all_of_the_work_and_can_end_it_within_an_engine(analyzer: Analyzer, scribe):
    scribe()
    told: list[float] = []
    heard(analyzer, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert 0.55 in [round(share, 2) for share in told]

    def enough(share: float) -> None:
        if share > 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        heard(analyzer, progress=enough)


def test_work_that_is_cancelled_is_no_failure_of_an_engine_and_none_is_asked_any_more(analyzer: Analyzer, scribe):
    scribe(WorkCancelled("nobody waits"))
    with pytest.raises(WorkCancelled):
        heard(analyzer)
    scribe()
    with limit(Deadline()) as mine, pytest.raises(WorkCancelled):
        heard(analyzer, progress=lambda _: mine.cancel())


def test_a_stop_from_outside_is_no_failure_of_an_engine(scribe, analyzer: Analyzer):
    scribe(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        heard(analyzer)


def test_getting_ready_says_why_it_cannot(analyzer: Analyzer, scribe):
    scribe(EngineUnavailable("no network"))
    assert analyzer.engines.prepare(lambda *_: None) == Missing("transcript", "engine_unavailable", "no network")
    scribe()
    assert analyzer.engines.prepare(lambda *_: None) is None


def test_a_language_model_that_is_killed_in_the_middle_of_its_answer_is_told(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with answering(replace(chat("{}" * 500), cut=True)) as server:
        settings = {"llm_url": server.url, "llm_model": "m", "llm_key": KEY, "engine_retries": 0}
        engines = Engines(Settings.load(interpreter="llm", **settings))
        cut = engines.interpretation(analysis("hello"))
    gone = engines.interpretation(analysis("hello"))
    assert (cut.code, gone.code) == ("engine_unavailable", "engine_unavailable")
    assert "cannot be reached" in gone.detail
    assert KEY not in caplog.text
