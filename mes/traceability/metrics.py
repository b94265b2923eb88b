"""Connectors' numbers for Prometheus: the same as on their page, read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mes.traceability.queries import ConnectorStatus

PREFIX = "precast_connector"
STATES = ("running", "paused", "disabled")
BREAKERS = ("closed", "open", "half_open")


def metrics_text(statuses: Sequence[ConnectorStatus]) -> tuple[bytes, str]:
    """The numbers in Prometheus' text form, and its media type."""
    registry = CollectorRegistry()
    registry.register(_Connectors(statuses))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Connectors(Collector):
    def __init__(self, statuses: Sequence[ConnectorStatus]) -> None:
        self._statuses = statuses

    def collect(self) -> Iterable[Metric]:
        yield self._one_of("state", "1 for the state of a connector.", STATES, lambda each: each.connector.state)
        yield self._one_of(
            "circuit", "1 for the state of its circuit breaker.", BREAKERS, lambda each: each.connector.breaker
        )
        yield self._gauge("backlog", "Events that the platform does not have yet.", lambda each: each.backlog)
        yield self._gauge(
            "oldest_undelivered_seconds",
            "For how long the platform has missed its oldest event; 0: it has all.",
            lambda each: each.waited.total_seconds(),
        )
        yield self._gauge("dead_letters", "Events that wait for a person.", lambda each: each.refused)
        yield self._gauge("differences", "Differences that nobody has settled.", lambda each: each.open_differences)
        yield self._gauge(
            "last_success_timestamp_seconds",
            "When the platform took something last.",
            _last_success,
        )
        delivered = CounterMetricFamily(
            f"{PREFIX}_delivered", "Events that the platform has had.", labels=["connector"]
        )
        for each in self._statuses:
            delivered.add_metric([each.connector.name], each.delivered)
        yield delivered

    def _gauge(self, name: str, what: str, of: Callable[[ConnectorStatus], float | None]) -> Metric:
        family = GaugeMetricFamily(f"{PREFIX}_{name}", what, labels=["connector"])
        for each in self._statuses:
            value = of(each)
            if value is not None:
                family.add_metric([each.connector.name], value)
        return family

    def _one_of(self, name: str, what: str, words: Sequence[str], of: Callable[[ConnectorStatus], str]) -> Metric:
        family = GaugeMetricFamily(f"{PREFIX}_{name}", what, labels=["connector", name])
        for each in self._statuses:
            for word in words:
                family.add_metric([each.connector.name, word], float(of(each) == word))
        return family


def _last_success(status: ConnectorStatus) -> float | None:
    at = status.connector.last_success_at
    return at.timestamp() if at is not None else None
