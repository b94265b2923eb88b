"""The gateway's numbers for Prometheus, from a registry of their own, served over HTTP by a thread.

Beside those of devices and store there are the process's own (memory, processor time, open files).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from lines.device import DeviceState, DeviceStatus
from lines.gateway import Gateway
from lines.gateway.tally import BUCKETS_SECONDS, PollTimes
from lines.store import Store

_PREFIX = "precast_gateway"


def metrics_registry(gateway: Gateway, store: Store | None = None) -> CollectorRegistry:
    """A registry with the metrics of a gateway and of the store in which its readings wait."""
    registry = CollectorRegistry()
    registry.register(_GatewayCollector(gateway))
    if store is not None:
        registry.register(_StoreCollector(store))
    ProcessCollector(registry=registry)
    return registry


@contextmanager
def serve_metrics(registry: CollectorRegistry, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve metrics for as long as the context is entered; gives their URL. Port 0 takes a free one.

    Raises ``OSError`` when the port is taken.
    """
    server, thread = start_http_server(port, host, registry)
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _GatewayCollector(Collector):
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def collect(self) -> Iterable[Metric]:
        statuses = self._gateway.statuses()
        yield _states(statuses)
        yield _counter("polls", "Polls of a device that it answered.", statuses, [s.polls for s in statuses])
        yield _counter("late_polls", "Polls left out for lack of time.", statuses, [s.late_polls for s in statuses])
        yield _counter("requests", "Requests sent to a device.", statuses, [s.requests for s in statuses])
        yield _counter("failures", "Attempts to reach a device that failed.", statuses, [s.failures for s in statuses])
        yield _last_heard(statuses)
        yield _clock_offsets(statuses)
        yield _poll_seconds(self._gateway)


class _StoreCollector(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(f"{_PREFIX}_waiting", "Readings that wait for the house.", len(self._store))
        yield CounterMetricFamily(
            f"{_PREFIX}_dropped", "Readings that gave way because the store was full.", self._store.dropped
        )


def _states(statuses: Iterable[DeviceStatus]) -> Metric:
    family = GaugeMetricFamily(f"{_PREFIX}_device_state", "1 for the state of a device.", labels=["device", "state"])
    for status in statuses:
        for state in DeviceState:
            family.add_metric([status.device, state.value], float(status.state is state))
    return family


def _counter(name: str, what: str, statuses: Iterable[DeviceStatus], numbers: Iterable[int]) -> Metric:
    family = CounterMetricFamily(f"{_PREFIX}_{name}", what, labels=["device"])
    for status, number in zip(statuses, numbers, strict=True):
        family.add_metric([status.device], number)
    return family


def _last_heard(statuses: Iterable[DeviceStatus]) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_last_heard_timestamp_seconds", "When a device was heard last.", labels=["device"]
    )
    for status in statuses:
        if status.last_heard is not None:
            family.add_metric([status.device], status.last_heard.timestamp())
    return family


def _clock_offsets(statuses: Iterable[DeviceStatus]) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_clock_offset_seconds", "How far a device's clock runs ahead of ours.", labels=["device"]
    )
    for status in statuses:
        if status.clock_offset_seconds is not None:
            family.add_metric([status.device], status.clock_offset_seconds)
    return family


def _poll_seconds(gateway: Gateway) -> Metric:
    family = HistogramMetricFamily(f"{_PREFIX}_poll_seconds", "How long a poll took.", labels=["protocol"])
    for protocol, times in gateway.poll_times().items():
        family.add_metric([protocol], _buckets(times), times.total_seconds)
    return family


def _buckets(times: PollTimes) -> list[tuple[str, float]]:
    bounds = [*(f"{bound:g}" for bound in BUCKETS_SECONDS), "+Inf"]
    return list(zip(bounds, accumulate(times.counts), strict=True))
