"""The service: the one place that knows the order of the steps from a sound to its analysis.

Decode, find speech, cut into utterances, judge quality, recognise each utterance, weigh them, decide whether to
abstain; where it is wanted, write down what is said and say what all of it may mean.
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sentisound import deadline
from sentisound.audio.decode import Limits, from_array
from sentisound.audio.given import given
from sentisound.audio.preparation import Preparation, PreparationHere, Prepared, described
from sentisound.audio.preparation_apart import PreparationApart
from sentisound.audio.reading import PLAIN, Reading
from sentisound.audio.segment import utterances
from sentisound.audio.waveform import Span, Waveform
from sentisound.bundle import read_card
from sentisound.card import Card
from sentisound.engines import Engines
from sentisound.recognition import registry
from sentisound.recognition.apart import opened
from sentisound.recognition.timeline import overall, score_spans
from sentisound.results import Analysis, Quality, Reason, Scores, Segment
from sentisound.settings import BYTES_PER_MB, Settings
from sentisound.words import Missing
from sentisound.workers import Workers

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | np.ndarray
"""What can be analysed: a path, the bytes of a file, an open binary file, or an array of samples."""

Progress = Callable[[float], None]
"""Takes the share of a piece of work that is done, 0..1."""

RECOGNISED, TRANSCRIBED = 0.2, 0.9
"""Shares of the work that are done where words are wanted too: engines take longer than the recogniser."""
LET_GO_S = 60.0
"""Seconds of sound after which what was looked at need not stay in memory."""
TOO_SHORT_S = 0.5
"""Less speech than this, the detector's hangover of 0.2 s included, is a syllable or two: no basis for a verdict."""
POOR_SNR_DB = 0.0
POOR_CLIPPING = 0.2
USUAL_BYTES_PER_S = 16_000
"""128 kbit/s: how long a sound is whose header does not tell, roughly."""
MAX_NAME = 400
"""Characters of a file's name that are kept, from its end: more than file systems allow, less than a header holds."""


class Analyzer:
    """Analyses sounds with one model; safe to share between threads.

    Parameters
    ----------
    settings : Settings, optional
        Taken from the environment when not given.
    workers : Workers, optional
        What decodes sounds and recognises emotion with a model that ships or is trusted; this process itself when not
        given. Other models run in processes of their own.

    Raises
    ------
    BundleError
        When the model cannot be found, read or trusted.
    """

    def __init__(self, settings: Settings | None = None, workers: Workers | None = None) -> None:
        self.settings = settings or Settings.load()
        folder = registry.find(self.settings.model, self.settings.models_dir)
        self.workers = workers
        self.recognizer = opened(
            folder, workers, trusted=self.settings.trust_models, processes=self.settings.workers or None
        )
        self.engines = Engines(self.settings)
        self._preparation = preparation(self.settings, workers)

    @property
    def card(self) -> Card:
        """The card of the model in use."""
        return self.recognizer.card

    def check(self) -> None:
        """Have the model answer for the input that it was published with.

        Raises
        ------
        SentiSoundError
            When it does not, or not before the current deadline.
        """
        self.recognizer.check()

    def analyze(
        self,
        source: Any,
        *,
        name: str | None = None,
        rate_hz: int | None = None,
        progress: Progress | None = None,
        heard: Callable[[Waveform], None] | None = None,
        transcribe: bool = False,
        interpret: bool = False,
        language: str | None = None,
        max_duration_s: float | None = None,
        reading: Reading = PLAIN,
    ) -> Analysis:
        """Analyse one sound.

        Parameters
        ----------
        source : path, bytes, binary file, numpy array, or what ``sentisound.audio.given.given`` takes
            An array has shape (n,), (n, channels) or (channels, n) and needs ``rate_hz``. Uploads of web frameworks,
            tensors, lists, pairs of samples and rate, and Hugging Face's mappings are taken too.
        name : str, optional
            A name for people; taken from the path where there is one.
        rate_hz : int, optional
            Sampling rate of an array, in Hz.
        progress : callable, optional
            Called with the share that is done, 0..1, after each utterance; what it raises ends the analysis.
        heard : callable, optional
            Called with the sound as it was decoded: who wants a picture of it need not decode it again.
        transcribe, interpret : bool, optional
            Whether to write down what is said and to say what it may mean, each by the engine that the settings name.
            An engine that fails costs nothing else: ``missing`` of the analysis says why.
        language : str, optional
            Language that is spoken, such as ``en``; that of the settings, or what the engine hears, where not given.
        max_duration_s : float, optional
            Longest sound that is taken, in seconds, where that is less than the settings say.
        reading : Reading, optional
            Which track of a file, and what the samples of one without a header are.

        Raises
        ------
        AudioError
            When the sound cannot be decoded, is too short or too long, or is silent from start to end.
        """
        timings: dict[str, float] = {}
        found = given(source, rate_hz)
        source, rate_hz, name = found.source, found.rate_hz, name or found.name
        prepared = self._prepared(source, rate_hz, max_duration_s, reading, timings)
        waveform, regions, quality = prepared.waveform, prepared.regions, prepared.quality
        if heard is not None:
            heard(waveform)
        told = progress or _untold
        with _timed(timings, "recognition"):
            spans, shown = _spans(regions, waveform), RECOGNISED if transcribe or interpret else 1.0
            segments = self._score(waveform, spans, lambda share: told(shown * share))
            scores = overall(segments)
        analysis = Analysis(
            model=self.card.id,
            file=display_name(name or _name_of(source)),
            duration_s=waveform.duration_s,
            scores=scores,
            segments=segments if regions else (),
            quality=quality,
            reason=self._reason(scores, regions, quality),
            timings_s=timings,
        )
        if transcribe:
            with _timed(timings, "transcription"):
                analysis = self._transcribed(analysis, waveform, spans if regions else (), language, told)
        if interpret:
            told(TRANSCRIBED)
            with _timed(timings, "interpretation"):
                analysis = self._interpreted(analysis)
        if transcribe or interpret:
            told(1.0)
        return analysis

    def _transcribed(
        self, analysis: Analysis, waveform: Waveform, spans: tuple[Span, ...], language: str | None, told: Progress
    ) -> Analysis:
        def within(share: float) -> None:
            waveform.let_go()
            told(RECOGNISED + (TRANSCRIBED - RECOGNISED) * share)

        found = self.engines.transcript(waveform, spans, language, within)
        if isinstance(found, Missing):
            return replace(analysis, missing=(*analysis.missing, found))
        return replace(analysis, transcript=found)

    def _interpreted(self, analysis: Analysis) -> Analysis:
        found = self.engines.interpretation(analysis)
        if isinstance(found, Missing):
            return replace(analysis, missing=(*analysis.missing, found))
        return replace(analysis, interpretation=found)

    def length_s(self, file: BinaryIO) -> float:
        """Return how long a sound probably is, in seconds: by its header, or by its size where that tells nothing.

        The file stands at its start before and after.
        """
        found = self._preparation.promised_s(file)
        if found is not None:
            return found
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return size / USUAL_BYTES_PER_S

    def decoded(self, source: Source) -> Waveform:
        """Return a sound as ``analyze`` hears it; raises what that does."""
        return self._from_array(source, None) if isinstance(source, np.ndarray) else self._preparation.decode(source)

    def _prepared(
        self,
        source: Source,
        rate_hz: int | None,
        max_duration_s: float | None,
        reading: Reading,
        timings: dict[str, float],
    ) -> Prepared:
        with _timed(timings, "decode"):
            if isinstance(source, np.ndarray):
                found = described(self._from_array(source, rate_hz, max_duration_s), self.settings.vad)
            else:
                found = self._preparation.prepare(source, max_duration_s, reading)
        timings["activity"] = found.activity_s
        timings["decode"] -= found.activity_s
        return found

    def _from_array(self, samples: np.ndarray, rate_hz: int | None, max_duration_s: float | None = None) -> Waveform:
        if rate_hz is None:
            raise TypeError("an array needs its sampling rate: analyze(samples, rate_hz=16000)")
        return from_array(samples, rate_hz, limits=limits(self.settings).at_most(max_duration_s))

    def _score(self, waveform: Waveform, spans: tuple[Span, ...], progress: Progress) -> tuple[Segment, ...]:
        segments: list[Segment] = []
        kept_s = 0.0
        for segment in score_spans(self.recognizer, waveform, spans):
            deadline.check()
            segments.append(segment)
            progress(len(segments) / len(spans))
            if segment.end_s - kept_s > LET_GO_S:
                waveform.let_go()
                kept_s = segment.end_s
        return tuple(segments)

    def _reason(self, scores: Scores, regions: tuple[Span, ...], quality: Quality) -> Reason | None:
        if not regions:
            return "no_speech"
        if sum(region.duration_s for region in regions) < TOO_SHORT_S:
            return "too_short"
        if quality.clipping > POOR_CLIPPING or (quality.snr_db is not None and quality.snr_db < POOR_SNR_DB):
            return "poor_quality"
        return "low_confidence" if scores.confidence < self.card.calibration.threshold else None


def _untold(_: float) -> None:
    """Tell nobody how far the work is."""


def _spans(regions: tuple[Span, ...], waveform: Waveform) -> tuple[Span, ...]:
    """Return what to score: the utterances, or where there is no speech the whole sound in parts of their length."""
    whole = Span(0.0, waveform.duration_s)
    return utterances(regions, waveform=waveform) or utterances((whole,), waveform=waveform) or (whole,)


def models(settings: Settings) -> dict[str, Card]:
    """Return the cards of all models that can be used, by name."""
    return {name: read_card(folder) for name, folder in registry.folders(settings.models_dir).items()}


def limits(settings: Settings) -> Limits:
    """Return what is decoded and what is not."""
    return Limits(max_bytes=int(settings.max_file_mb * BYTES_PER_MB), max_duration_s=settings.max_duration_s)


def preparation(settings: Settings, workers: Workers | None) -> Preparation:
    """Return what decodes sounds: processes beside the workers, or this one where there are none."""
    if workers is None:
        return PreparationHere(limits(settings), settings.vad)
    return PreparationApart(limits(settings), settings.vad, workers)


def display_name(name: str) -> str:
    """Return a name that is safe to show and to send back: no folders, no control characters, not too long."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(c if unicodedata.category(c)[0] != "C" else "_" for c in last).strip()
    return printable[-MAX_NAME:] if printable not in {"", ".", ".."} else "audio"


def _name_of(source: Source) -> str:
    if isinstance(source, str | os.PathLike):
        return Path(source).name
    return str(getattr(source, "name", "audio"))


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[step] = time.perf_counter() - start
