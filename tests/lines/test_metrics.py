"""Prometheus metrics of the gateway, read over HTTP as Prometheus reads them."""

import asyncio
import re
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lines import Backoff, Device, Gateway, Reading, Store, parse_profile
from lines.metrics import metrics_registry, serve_metrics

PROFILE = parse_profile("""
profile: test
protocol: modbus-tcp
poll: {fast: 0.02, slow: 0.05}
points:
  - {name: pallet, address: "holding:0", type: u16, poll: fast}
""")

Samples = dict[tuple[str, tuple[str, ...]], float]


def scrape(url: str) -> Samples:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
        text = answer.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_tell_of_devices_polls_and_the_store(
    device_server: Any, free_port: int, until: Any, tmp_path: Path
) -> None:
    device_server.words["holding"] = {0: 17}
    store = Store(tmp_path / "queue.sqlite", capacity=2)
    devices = [Device("A", PROFILE, device_server.address), Device("dead", PROFILE, f"127.0.0.1:{free_port}")]

    def keep(readings: list[Reading]) -> None:
        store.append_many([reading.as_json() for reading in readings])

    async def scenario() -> tuple[Samples, int]:
        async with Gateway(devices, keep, backoff=Backoff(0.05, 0.1)) as gateway:  # type: ignore[arg-type]
            await until(lambda: gateway.statuses()[0].polls >= 5 and gateway.statuses()[1].failures >= 2)
            device_server.words["holding"][0] = 18
            await until(lambda: gateway.readings("A")["pallet"].value == 18)
            with serve_metrics(metrics_registry(gateway, store)) as url:
                return await asyncio.to_thread(scrape, url), gateway.statuses()[0].polls

    found, polls = asyncio.run(scenario())
    prefix = "precast_gateway"
    assert found[f"{prefix}_device_state", ("A", "connected")] == 1
    assert found[f"{prefix}_device_state", ("A", "failed")] == 0
    assert found[f"{prefix}_device_state", ("dead", "failed")] == 1
    assert 5 <= found[f"{prefix}_polls_total", ("A",)] <= polls
    assert found[f"{prefix}_requests_total", ("A",)] >= 5
    assert found[f"{prefix}_late_polls_total", ("dead",)] == 0
    assert found[f"{prefix}_failures_total", ("dead",)] >= 2
    assert (f"{prefix}_last_heard_timestamp_seconds", ("dead",)) not in found
    assert found[f"{prefix}_poll_seconds_bucket", ("+Inf", "modbus-tcp")] >= 5
    assert found[f"{prefix}_poll_seconds_sum", ("modbus-tcp",)] > 0
    assert (found[f"{prefix}_waiting", ()], found[f"{prefix}_dropped_total", ()]) == (2, 1)
    assert found["process_resident_memory_bytes", ()] > 1_000_000
    store.close()


def test_the_guide_names_every_metric_and_no_other(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "lines.md").read_text(encoding="utf-8")
    store = Store(tmp_path / "queue.sqlite")
    families = metrics_registry(Gateway([], lambda readings: None), store).collect()
    served = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    named = set(re.findall(r"`(precast_gateway_\w+)`", guide))
    assert named == {name for name in served if name.startswith("precast")}
    store.close()


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        registry = metrics_registry(Gateway([], lambda readings: None))
        with pytest.raises(OSError), serve_metrics(registry, port=taken.getsockname()[1]):
            pass
