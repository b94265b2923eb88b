"""Simulated machines at a real broker: what they publish, how the gateway hears them, and their faults."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest

from lines import Gateway, Quality, Reading, parse_line
from lines.plant import Line
from lines.simulator import SimulatedLine
from lines.simulator.faults import FaultKind
from lines.sparkplug.payload import decode_payload
from tests.brokers import machine_broker, publish, subscriber

MESH, METER = "XT/mesh", "XT/energy"

Story = Callable[[SimulatedLine, Gateway, dict[str, dict[str, Reading]]], Awaitable[Any]]


@pytest.fixture
def root() -> Iterator[str]:
    """The topics of one test."""
    broker, name = machine_broker(), f"test-{uuid4().hex[:12]}"
    yield name
    for topic in ("status", "state", "process", "alarms"):
        publish(broker, f"{name}/mesh/{topic}", b"", "-r", "-n")


def line(root: str) -> Line:
    broker = machine_broker()
    return parse_line(f"""
line: XT
address: 127.0.0.1:0
speed: 60
pallets: {{first: 1, last: 2}}
stations:
  - {{id: cleaning, profile: station-basic, minutes: 1}}
machines:
  - {{id: mesh, profile: mesh-welder-mqtt, address: "{broker}/{root}/mesh", commands: [hold, program]}}
  - {{id: energy, profile: energy-meter-sparkplug, address: "{broker}/{root}/Meter/Feed"}}
""")


def run(root: str, story: Story) -> Any:
    """Run a story with the simulated line and a gateway that hears it."""

    async def live() -> Any:
        shown: dict[str, dict[str, Reading]] = {}

        def take(readings: Sequence[Reading]) -> None:
            for reading in readings:
                shown.setdefault(reading.device, {})[reading.point] = reading

        async with SimulatedLine(line(root)) as simulated, Gateway(simulated.line.devices(), take) as gateway:
            await shows(shown, MESH, Quality.GOOD)
            await shows(shown, METER, Quality.GOOD)
            return await story(simulated, gateway, shown)

    return asyncio.run(live())


async def shows(shown: dict[str, dict[str, Reading]], device: str, *qualities: Quality, seconds: float = 30) -> None:
    """Wait until every point of a device has one of the qualities."""
    async with asyncio.timeout(seconds):
        while not shown.get(device) or not all(r.quality in qualities for r in shown[device].values()):
            await asyncio.sleep(0.02)


def test_the_machines_publish_what_their_profiles_say(root: str) -> None:
    async def look(simulated: SimulatedLine, gateway: Gateway, shown: dict[str, dict[str, Reading]]) -> Any:
        with subscriber(machine_broker(), "-t", f"{root}/mesh/state") as topic:
            document = json.loads(await asyncio.to_thread(topic.line))
        with subscriber(machine_broker(), "-t", f"spBv1.0/{root}/DDATA/#", "-F", "%x") as data:
            payload = decode_payload(bytes.fromhex(await asyncio.to_thread(data.line)))
        return document, payload, shown

    document, payload, shown = run(root, look)
    assert document.keys() == {"state", "meshes", "progress", "order", "hold", "time"}
    assert document["order"].keys() == {"last", "program"}
    assert {metric.name for metric in payload.metrics} == {None}  # by alias after the birth
    assert shown[MESH]["state"].value in {"idle", "execute"}
    assert shown[MESH]["program"].value == document["order"]["program"]
    assert 350 < float(str(shown[METER]["voltage_v"].value)) < 450


def test_commands_are_carried_out_and_verified(root: str) -> None:
    async def order(simulated: SimulatedLine, gateway: Gateway, shown: dict[str, dict[str, Reading]]) -> None:
        await gateway.command(MESH, "hold", 1)
        await gateway.command(MESH, "program", "预制 12")
        async with asyncio.timeout(10):
            while shown[MESH]["program"].value != "预制 12" or shown[MESH]["hold"].value != 1:
                await asyncio.sleep(0.02)

    run(root, order)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [FaultKind.CUT, FaultKind.GARBAGE, FaultKind.CLOCK_WRONG])  # all: tests/lines/faults
def test_a_fault_of_one_machine_hinders_no_other_and_is_over_when_it_ends(root: str, kind: FaultKind) -> None:
    async def suffer(simulated: SimulatedLine, gateway: Gateway, shown: dict[str, dict[str, Reading]]) -> None:
        simulated.faults.begin(MESH, kind)
        await asyncio.sleep(2.5)
        assert {reading.quality for reading in shown[METER].values()} == {Quality.GOOD}
        simulated.faults.end(MESH)
        await shows(shown, MESH, Quality.GOOD, seconds=15)
        simulated.faults.begin(METER, kind)
        await asyncio.sleep(2.5)
        assert {reading.quality for reading in shown[MESH].values()} == {Quality.GOOD}
        simulated.faults.end(METER)
        await shows(shown, METER, Quality.GOOD, seconds=15)

    run(root, suffer)


@pytest.mark.parametrize(
    ("device", "kind", "quality"),
    [
        (MESH, FaultKind.REFUSED, Quality.STALE),
        (METER, FaultKind.REFUSED, Quality.STALE),
        (MESH, FaultKind.GARBAGE, Quality.BAD),
        (METER, FaultKind.GARBAGE, Quality.BAD),
        (MESH, FaultKind.HALF, Quality.BAD),
        (METER, FaultKind.HALF, Quality.BAD),
    ],
)
def test_a_fault_shows_in_the_quality_of_every_value(root: str, device: str, kind: FaultKind, quality: Quality) -> None:
    async def suffer(simulated: SimulatedLine, gateway: Gateway, shown: dict[str, dict[str, Reading]]) -> None:
        simulated.faults.begin(device, kind)
        # Half of "online" is no word for being there: such a machine is as good as away.
        qualities = {quality, Quality.STALE} if kind is FaultKind.HALF else {quality}
        await shows(shown, device, *qualities, seconds=15)

    run(root, suffer)


def test_a_machine_that_restarts_counts_from_zero_in_a_new_session(root: str) -> None:
    async def restart(simulated: SimulatedLine, gateway: Gateway, shown: dict[str, dict[str, Reading]]) -> list[Any]:
        async with asyncio.timeout(20):
            while not float(str(shown[METER]["energy_kwh"].value)):
                await asyncio.sleep(0.05)
        with subscriber(machine_broker(), "-t", f"spBv1.0/{root}/NBIRTH/#", "-F", "%x") as births:
            simulated.faults.begin(METER, FaultKind.RESTARTED)
            born = decode_payload(bytes.fromhex(await asyncio.to_thread(births.line)))
        await shows(shown, METER, Quality.GOOD)
        return [born.seq, born.metric("bdSeq"), shown[METER]["energy_kwh"].value]

    seq, bd_seq, energy_kwh = run(root, restart)
    assert seq == 0
    assert bd_seq.value == 1
    assert 0 <= energy_kwh < 5
