"""What the history holds and what it is asked for: frozen records, without a word of SQL."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sentisound.results import Analysis, Scores

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL's text holds no NUL, and UTF-8 no lone surrogate."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One analysis as it is kept."""

    id: str
    created: datetime
    """UTC."""
    owner: str
    """Identity of the key that asked; empty where no key was needed."""
    file: str
    """A name for people, never a path."""
    sha256: str | None
    """Of the file's bytes, hexadecimal; None where only a CSV row is known."""
    model: str
    """``name@version``; empty where only a CSV row is known."""
    duration_s: float | None
    emotion: str
    confidence: float
    abstained: bool
    top_3: str
    """The three likeliest emotions as a JSON text, as the original systems write them."""
    document: str
    """The whole analysis as JSON, ``Analysis.to_dict()``; empty where it was not asked for."""
    speaker: str | None = None
    """Whose voice it is, by whatever name the client gave; None where it gave none."""

    @classmethod
    def of(cls, analysis: Analysis, *, owner: str = "", sha256: str | None = None, speaker: str | None = None) -> Entry:
        """Return what is kept of an analysis."""
        return cls(
            id=analysis.id,
            created=analysis.created,
            owner=owner,
            file=analysis.file,
            sha256=sha256,
            model=analysis.model,
            duration_s=analysis.duration_s,
            emotion=analysis.emotion,
            confidence=analysis.confidence,
            abstained=analysis.abstained,
            top_3=top_3(analysis.scores),
            document=analysis.to_json(),
            speaker=speaker,
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Which analyses are meant; what is None does not matter."""

    emotion: str | None = None
    model: str | None = None
    since: datetime | None = None
    """The earliest time that counts."""
    until: datetime | None = None
    """The first time that does not count any more."""
    text: str | None = None
    """Part of the file's name; case does not matter."""
    owner: str | None = None
    speaker: str | None = None


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, the newest first."""

    entries: tuple[Entry, ...]
    cursor: str | None
    """Where the next page starts; None on the last one."""


def top_3(scores: Scores) -> str:
    """Return the three likeliest emotions as a JSON text, as the original systems write them."""
    return json.dumps({label: round(probability, 6) for label, probability in scores.ranked()[:3]})


def storable(text: str) -> str:
    """Return a text that every database takes: NUL and lone surrogates become the replacement character."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def utc(moment: datetime) -> datetime:
    """Return a time in UTC; one without a zone is local.

    Raises
    ------
    ValueError
        When the calendar does not hold it there: 0001-01-01T00:00+23:59 is in the year 0.
    """
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError, OSError):  # local time asks the system, which has limits of its own
        raise ValueError(f"{moment.isoformat()} is outside the years 1 to 9999 of UTC") from None


def to_us(moment: datetime) -> int:
    """Return microseconds since 1970 (UTC), exactly; a time without a zone is local."""
    return (moment.astimezone(UTC) - EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Return the UTC time of so many microseconds since 1970."""
    return EPOCH + microseconds * _MICROSECOND
