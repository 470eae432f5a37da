"""Outcomes: what is to be done when an analysis or a job has ended, whichever route began it.

One call after each analysis and each job counts it, takes its sound off the limit, and leaves word for webhooks. The
sound of a job is reserved before it is accepted, and put right when it was heard.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from sentisound.api.limits import Limits
from sentisound.api.metrics import Metrics
from sentisound.api.native import job_text
from sentisound.history.job import Job, Order
from sentisound.history.restored import restored
from sentisound.idempotency import Answers
from sentisound.identity.owner import Owner
from sentisound.results import Analysis
from sentisound.webhooks.mailbox import Event
from sentisound.webhooks.rounds import Rounds


class Outcomes:
    """Knows who wants to hear of what has ended. Safe to share between threads; each call may write to the database."""

    def __init__(self, metrics: Metrics, limits: Limits, rounds: Rounds, answers: Answers) -> None:
        self._metrics = metrics
        self._limits = limits
        self._rounds = rounds
        self._answers = answers

    def analysed(self, analysis: Analysis, owner: Owner) -> None:
        """Tell of an analysis; call it in the worker's thread, once the analysis is kept."""
        self._metrics.analysed(analysis.emotion, abstained=analysis.abstained, duration_s=analysis.duration_s)
        self._limits.spend_audio(owner.account, analysis.duration_s)
        self._rounds.announce("analysis.completed", analysis.id, {"owner": owner.id, "analysis": analysis.to_dict()})

    @contextmanager
    def accepting(self, order: Order, duration_s: float, owner: Owner) -> Iterator[None]:
        """Take the sound of a job off the owner's limit, unless the block that accepts it fails.

        Raises
        ------
        TooManyRequests
            When the limit is used up.
        """
        self._limits.reserve(order.analysis, owner.account, duration_s)
        try:
            yield
        except BaseException:
            self._limits.settle(order.analysis, 0)
            raise

    def job(self, job: Job) -> None:
        """Tell of a job that has succeeded or failed; under the identity of its analysis, so as to go with it."""
        event: Event = "job.succeeded" if job.status == "succeeded" else "job.failed"
        if job.document:
            analysis = restored(job.document)
            self.analysed(analysis, Owner(job.owner))
            self._limits.settle(job.order.analysis, analysis.duration_s)
        elif job.status == "failed":
            self._limits.settle(job.order.analysis, 0)
        self._rounds.announce(event, job.order.analysis, {"owner": job.owner, "job": json.loads(job_text(job))})

    def deleted(self, identity: str) -> None:
        """Forget all that is kept of an analysis or a job beside the history, which has deleted it for good."""
        self._answers.forget(identity)
        self._rounds.mailbox.forget(identity)
