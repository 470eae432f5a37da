"""Metrics for Prometheus: requests by route and status, their time, analyses by emotion, the lines that they wait in.

Names of files, callers and hosts are in no label: a label's values are few, and nobody's secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sentisound.api.capacity import Capacity, Kind, Outcome

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

    def answered(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count an answer; ``route`` is the pattern of its path."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(duration_s)

    def analysed(self, emotion: str, *, abstained: bool, duration_s: float) -> None:
        """Count an analysis."""
        self._analyses.labels(emotion, str(abstained).lower()).inc()
        self._audio.inc(duration_s)

    def watch_queue(self, kinds: Mapping[Kind, Capacity]) -> None:
        """Tell from now on how full the lines are, by kind of work, and what became of it."""
        self.registry.register(_Queues(kinds))

    def text(self) -> bytes:
        """Return everything in Prometheus's text form."""
        return generate_latest(self.registry)


class _Queues(Collector):
    """Reads the state of the lines when it is asked for."""

    def __init__(self, kinds: Mapping[Kind, Capacity]) -> None:
        self._kinds = kinds

    def collect(self) -> Iterator[Metric]:
        """Yield places in all, then work by kind."""
        every = self._kinds.values()
        taken = sum(one.taken for one in every)
        yield GaugeMetricFamily("sentisound_queue_taken", "Analyses at work or waiting for a place.", taken)
        places = sum(one.places for one in every)
        yield GaugeMetricFamily("sentisound_queue_places", "Places at work and in the line.", places)
        running = GaugeMetricFamily("sentisound_running", "Analyses at work.", labels=["kind"])
        waiting = GaugeMetricFamily("sentisound_waiting", "Analyses waiting for a place.", labels=["kind"])
        ended = CounterMetricFamily("sentisound_work", "Analyses by what became of them.", labels=["kind", "outcome"])
        for kind, one in self._kinds.items():
            running.add_metric([kind], one.running)
            waiting.add_metric([kind], one.waiting)
            for outcome in get_args(Outcome):
                ended.add_metric([kind, outcome], one.ended[outcome])
        yield from (running, waiting, ended)
