"""Metrics for Prometheus: requests by route and status, their time, analyses by emotion, places in the queue.

Names of files, callers and hosts are in no label: a label's values are few, and nobody's secret.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})


class Metrics:
    """What one application has counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "sentisound_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "sentisound_request_seconds",
            "Time until a request was answered.",
            ["method", "route"],
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self._analyses = Counter(
            "sentisound_analyses", "Sounds analysed.", ["emotion", "abstained"], registry=self.registry
        )
        self._audio = Counter("sentisound_audio_seconds", "Seconds of sound analysed.", registry=self.registry)
        self._taken = Gauge(
            "sentisound_queue_taken", "Analyses at work or waiting for a place.", registry=self.registry
        )
        self._places = Gauge("sentisound_queue_places", "Places at work and in the line.", registry=self.registry)

    def answered(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count an answer; ``route`` is the pattern of its path."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(duration_s)

    def analysed(self, emotion: str, *, abstained: bool, duration_s: float) -> None:
        """Count an analysis."""
        self._analyses.labels(emotion, str(abstained).lower()).inc()
        self._audio.inc(duration_s)

    def watch_queue(self, taken: Callable[[], int], places: Callable[[], int]) -> None:
        """Tell from now on how many places are taken, and how many there are."""
        self._taken.set_function(taken)
        self._places.set_function(places)

    def text(self) -> bytes:
        """Return everything in Prometheus's text form."""
        return generate_latest(self.registry)
