"""What a job is: an upload that was accepted and is analysed later; frozen records, without a word of SQL."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
ENDED: tuple[Status, ...] = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with an upload."""

    analysis: str
    """Id that the analysis will have: done twice, it is kept once."""
    file: str
    """A name for people, never a path."""
    sha256: str
    model: str
    """A name from the list of models."""
    segments: bool = True
    transcribe: bool = False
    interpret: bool = False
    language: str | None = None
    store: bool = True
    """Whether the analysis goes into the history; else it lives as long as its job."""
    speaker: str | None = None
    track: int | None = None
    """Which audio track, counted from 1."""
    raw: str | None = None
    """What samples without a header are: RATE,ENCODING,CHANNELS."""

    @classmethod
    def read(cls, text: str) -> Order:
        """Return the order that ``written`` gave."""
        return _form().validate_json(text)

    def written(self) -> str:
        """Return the order as JSON."""
        return _form().dump_json(self).decode()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed, as the error of a request would have been told."""

    status: int
    """The HTTP status that fits."""
    code: str
    title: str
    detail: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands."""

    id: str
    created: datetime
    """UTC, as all times here."""
    owner: str
    place: str
    """Identity of the folder that holds its upload."""
    status: Status
    progress: float
    """Share that is done, 0..1."""
    order: Order
    started: datetime | None
    ended: datetime | None
    document: str
    """The analysis as JSON; empty where there is none (yet, or any more)."""
    failure: Failure | None
    attempts: int
    """How often it was begun."""

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a list, the newest first."""

    jobs: tuple[Job, ...]
    cursor: str | None
    """Where the next page starts; None on the last one."""


def new_job_id() -> str:
    """Return ``job_``, the time in ms as 12 hexadecimal digits, and a random tail: ids sort as jobs were made."""
    return f"job_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


@cache
def _form() -> TypeAdapter[Order]:
    return TypeAdapter(Order)
