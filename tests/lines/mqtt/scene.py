"""A machine at a broker, and what the tests do with its adapter."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from lines import (
    Device,
    Sample,
    parse_profile,
)
from lines.mqtt.adapter import MqttAdapter
from tests.brokers import publish
from tests.lines.adapters import use as use_adapter

PROFILE = parse_profile("""
profile: welder/test
protocol: mqtt
time_pointer: /time
availability: online
points:
  - {name: state, address: "state#/mode", type: u16, map: {1: idle, 2: execute}}
  - {name: kilograms, address: "state#/scales/0/kg", type: f32, unit: kg, low: 0, high: 1000}
  - {name: pieces, address: "pieces", type: u32}
  - {name: program, address: "program#", type: "string:16"}
  - {name: door_open, address: "door", type: bool}
  - {name: mode, address: "mode", type: "string:16", map: {"自动": automatic, MAN: manual}}
commands:
  - {name: pieces, address: "set#/pieces", type: u32, verify: true, shown_by: pieces}
  - {name: program, address: "program/set", type: "string:16"}
  - {name: dose_m3, address: "dose", type: u16, scale: 0.001}
  - {name: mode, address: "mode/set", type: "string:16", map: {"自动": automatic, MAN: manual}}
""")


class Machine:
    """A machine that publishes by mosquitto_pub below its own topic."""

    def __init__(self, broker: str, version: str) -> None:
        self.broker = broker
        self.version = version
        self.topic = f"test-{uuid4().hex[:12]}"
        self._retained: set[str] = set()

    @property
    def device(self) -> Device:
        return Device("SL/welder", PROFILE, f"{self.broker}/{self.topic}", access={"version": self.version})

    def says(self, topic: str, message: str | bytes, *options: str) -> None:
        version = "mqttv5" if self.version == "5" else "mqttv311"
        publish(self.broker, f"{self.topic}/{topic}", message, "-V", version, *options)
        if "-r" in options:
            self._retained.add(topic)

    def forget(self) -> None:
        """Take back what the broker retains."""
        for topic in self._retained:
            publish(self.broker, f"{self.topic}/{topic}", b"", "-r", "-n")

    def state(self, mode: int, kilograms: float, **more: object) -> str:
        return json.dumps({"mode": mode, "scales": [{"kg": kilograms}], **more})


def use(device: Device, action: Callable[[MqttAdapter], Awaitable[Any]], **options: float) -> Any:
    """Run an action with a connected adapter."""
    return use_adapter(MqttAdapter(device, **options), action)


async def values(adapter: MqttAdapter) -> dict[str, object]:
    return {name: sample.value for name, sample in (await adapter.read(PROFILE.points)).items()}


async def hears(adapter: MqttAdapter, count: int) -> list[tuple[str, Sample]]:
    """The next samples, as many as asked for."""
    found: list[tuple[str, Sample]] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            found.extend(adapter.heard())
            await asyncio.sleep(0.01)
    return found
