"""What Prometheus is told. Labels have few values: routes by their patterns, never by what a caller sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from qa.answers import Answer, AnswerKind

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_STAGES = ("encode", "retrieve", "rerank", "read")


@dataclass(slots=True)
class Metrics:
    """A registry of its own for each server."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _requests: Counter = field(init=False)
    _seconds: Histogram = field(init=False)
    _answers: Counter = field(init=False)
    _stages: Histogram = field(init=False)

    def __post_init__(self) -> None:
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter("qa_http_requests", "Requests.", ("method", "route", "status"), registry=self.registry)
        self._seconds = Histogram(
            "qa_http_request_seconds", "Seconds of requests.", ("route",), buckets=_SECONDS, registry=self.registry
        )
        self._answers = Counter("qa_answers", "Questions by what became of them.", ("outcome",), registry=self.registry)
        self._stages = Histogram(
            "qa_stage_seconds", "Seconds of the stages of an ask.", ("stage",), buckets=_SECONDS, registry=self.registry
        )

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that is looked at when it is asked for."""
        Gauge(name, text, registry=self.registry).set_function(value)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def answer(self, answer: Answer) -> None:
        if answer.kind is AnswerKind.TALK:
            outcome = "talk"
        elif answer.certainty is not None:
            outcome = answer.certainty.value
        else:
            outcome = "refused"
        self._answers.labels(outcome).inc()
        for stage in _STAGES:
            self._stages.labels(stage).observe(getattr(answer.timings, stage) / 1000)

    def text(self) -> bytes:
        return generate_latest(self.registry)
