"""The JSON shapes of ``/v1``: what it takes and gives; ``GET /v1/openapi.json`` is made of them.

Times are seconds from the start of the sound, moments are UTC (RFC 3339). Within ``/v1`` shapes only grow.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sentisound.card import Calibration, Card, FeatureSpec, Metric, Training
from sentisound.history.entry import utc
from sentisound.history.job import Job, Status
from sentisound.history.shares import Bucket, Group, Share
from sentisound.results import Reason
from sentisound.words import LanguageSource, Part

Probability = Annotated[float, Field(ge=0, le=1)]
Moment = Annotated[datetime, AfterValidator(utc)]
"""A time that a client names; 422 where UTC's calendar does not hold it."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, protected_namespaces=(), use_attribute_docstrings=True)


class Options(_Shape):
    """What is wanted of a sound: the JSON part ``options`` of ``POST /v1/analyses``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str | None = Field(None, max_length=200, description="Name of a model; the server's default without it.")
    segments: bool = Field(True, description="Whether the analysis tells its segments.")
    transcribe: bool = Field(False, description="Whether what is said is written down.")
    interpret: bool = Field(False, description="Whether the analysis is put into words.")
    language: str | None = Field(
        None, pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$", max_length=35, description="Language that is spoken."
    )
    store: bool = Field(True, description="Whether the analysis goes into the history.")
    speaker: str | None = Field(
        None, min_length=1, max_length=200, description="Whose voice it is, by any name, for analytics by speaker."
    )
    track: int | None = Field(
        None, ge=1, le=100, description="Which audio track, counted from 1; without it the first that holds sound."
    )
    raw: str | None = Field(
        None, max_length=50, description="What samples without a header are: RATE,ENCODING,CHANNELS, as 8000,mulaw,1."
    )


class SegmentShape(_Shape):
    """One stretch of speech."""

    start: float
    end: float
    emotion: str
    confidence: Probability
    scores: dict[str, Probability]
    text: str | None = None
    """What was said in it; null where that is not known."""


class QualityShape(_Shape):
    """How fit the sound is for analysis."""

    level_db: float
    snr_db: float | None
    """Null where there is no pause to measure noise in."""
    clipping: Probability
    dc_offset: float
    bandwidth_hz: float
    speech_ratio: Probability
    warnings: list[str]


class WordShape(_Shape):
    """One word of a transcript."""

    word: str
    start: float
    end: float
    probability: float | None
    segment: int | None
    """Which segment it lies in, from 0."""


class TranscriptShape(_Shape):
    """What was said."""

    text: str
    engine: str
    language: str | None
    language_source: LanguageSource
    draft: bool
    words: list[WordShape]
    warnings: list[str]


class StatementShape(_Shape):
    """One thing that an interpretation says."""

    text: str
    segments: list[int]


class InterpretationShape(_Shape):
    """What the analysis may mean, in sentences."""

    text: str
    statements: list[StatementShape]
    uncertainty: str
    engine: str
    language_model: bool


class MissingShape(_Shape):
    """What was asked for and is not here, and why."""

    part: Part
    code: str
    detail: str


class AnalysisShape(_Shape):
    """The whole answer for one sound. Null, but for the first lines, where only a row of an imported CSV is known."""

    id: str
    created: datetime
    model: str | None
    """``name@version``."""
    file: str
    duration: float | None
    emotion: str
    """The likeliest, also where the model abstains."""
    confidence: Probability
    abstained: bool
    reason: Reason | None
    scores: dict[str, Probability]
    """Calibrated probabilities of every label; they sum to 1."""
    valence: float | None
    arousal: float | None
    dimensions: Literal["derived"] | None
    segments: list[SegmentShape]
    quality: QualityShape | None
    transcript: TranscriptShape | None
    interpretation: InterpretationShape | None
    missing: list[MissingShape] = []
    timings: dict[str, float]


class AnalysisList(_Shape):
    """One page of the history, the newest first."""

    analyses: list[AnalysisShape]
    cursor: str | None
    """Where the next page starts; null on the last one."""


class FailureShape(_Shape):
    """Why a job failed, as the error of a request would have been told."""

    status: int
    code: str
    title: str
    detail: str


class JobShape(_Shape):
    """A job as it stands."""

    id: str
    status: Status
    progress: Probability
    created: datetime
    started: datetime | None
    ended: datetime | None
    file: str
    model: str
    analysis: str | None
    """Id of the analysis, once the job has succeeded and where it was stored."""
    result: AnalysisShape | None
    """The analysis, once the job has succeeded; null in lists, and where it was deleted."""
    error: FailureShape | None


class JobList(_Shape):
    """One page of jobs, the newest first."""

    jobs: list[JobShape]
    cursor: str | None
    """Where the next page starts; null on the last one."""


class ModelShape(_Shape):
    """A model with its card."""

    id: str
    """``name@version``."""
    name: str
    version: str
    title: str
    created: str
    default: bool
    """Whether it answers where no model is named."""
    labels: list[str]
    rate_hz: int
    features: FeatureSpec
    functionals: FeatureSpec | None
    calibration: Calibration
    training: Training
    licence: str
    intended_use: str
    limits: str
    metrics: list[Metric]

    @classmethod
    def of(cls, card: Card, *, default: bool) -> ModelShape:
        """Return the shape of a card."""
        same = {name: getattr(card, name) for name in cls.model_fields if name not in {"id", "default"}}
        return cls.model_construct(id=card.id, default=default, **same)


class ModelList(_Shape):
    """Every model, the default first."""

    models: list[ModelShape]


class BucketShape(_Shape):
    """One hour, day, week or month in which something was analysed."""

    start: datetime
    count: int
    emotions: dict[str, int]
    """How many analyses found it, the most frequent first."""
    shares: dict[str, Probability]
    trend: dict[str, float] | None
    """By how much each share differs from the bucket before; null in the first one."""


class SeriesShape(_Shape):
    """The buckets of all analyses, or of one group."""

    group: str | None
    count: int
    buckets: list[BucketShape]


class EmotionAnalytics(_Shape):
    """Shares of the emotions and their trends."""

    bucket: Bucket
    group: Group | None
    series: list[SeriesShape]
    """One of all analyses, or one a group: the 50 with the most analyses."""


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}Z"


def job_text(job: Job) -> str:
    """Return the JSON of a job; its analysis is pasted in as it is kept."""
    order, done = job.order, job.status == "succeeded"
    head = {
        "id": job.id,
        "status": job.status,
        "progress": round(job.progress, 4),
        "created": _moment(job.created),
        "started": job.started and _moment(job.started),
        "ended": job.ended and _moment(job.ended),
        "file": order.file,
        "model": order.model,
        "analysis": order.analysis if done and order.store else None,
        "error": job.failure and job.failure.to_dict(),
    }
    text = json.dumps(head, separators=(",", ":"))
    return f'{text[:-1]},"result":{(done and job.document) or "null"}}}'


def series_of(shares: Sequence[Share]) -> list[SeriesShape]:
    """Return shares as series: one for each group, its buckets in the order of time."""
    groups: dict[str | None, dict[datetime, list[Share]]] = {}
    for share in shares:
        groups.setdefault(share.group, {}).setdefault(share.start, []).append(share)
    return [_series(group, buckets) for group, buckets in groups.items()]


def _series(group: str | None, buckets: dict[datetime, list[Share]]) -> SeriesShape:
    shown: list[BucketShape] = []
    for start, found in buckets.items():
        shares = {one.emotion: round(one.share, 6) for one in found}
        emotions = {one.emotion: one.count for one in found}
        before = shown[-1].shares if shown else None
        trend = None if before is None else _trend(before, shares)
        shown.append(
            BucketShape(start=start, count=sum(emotions.values()), emotions=emotions, shares=shares, trend=trend)
        )
    return SeriesShape(group=group, count=sum(one.count for one in shown), buckets=shown)


def _trend(before: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    return {name: round(now.get(name, 0.0) - before.get(name, 0.0), 6) for name in {**now, **before}}
