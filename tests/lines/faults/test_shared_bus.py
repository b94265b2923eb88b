"""What is wrong with one unit of a serial bus costs the others on it time, but no poll."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest

from lines import Device, DeviceStatus, Gateway, Line, Quality, Reach, Reading, Station
from lines.simulator import FaultKind, SimulatedLine, faults_of
from tests.lines.faults.scene import BACKOFF
from tests.lines.faults.ways import Way, way_of

pytestmark = pytest.mark.slow

FAULTY_SECONDS = 6.0
POLL_SECONDS = 2.0  # of the sound units: the bus is busy with the faulty one for up to a second at a time
SOUND = ("second", "third")


@dataclass(frozen=True)
class Bus:
    """The sound units of a bus, before and after the fault of the first; and whatever was told of them."""

    before: dict[str, DeviceStatus]
    after: dict[str, DeviceStatus]
    readings: list[Reading]


def line_on_a_bus(code: str, way: Way) -> Line:
    """Three stations on one serial port."""
    slow = replace(way.profile, fast_seconds=POLL_SECONDS, slow_seconds=POLL_SECONDS)
    stations = [
        Station(name, way.profile if unit == 1 else slow, 1.0, reach=Reach(way.address(code), unit))
        for unit, name in enumerate(("first", *SOUND), start=1)
    ]
    return Line(code, tuple(stations), (7,), "127.0.0.1:0")


async def play(way: Way) -> dict[FaultKind, Bus]:
    """A bus for each fault, all at once."""
    lines = {kind: SimulatedLine(line_on_a_bus(f"bus-{kind}", way)) for kind in faults_of(way.protocol)}
    readings: list[Reading] = []
    async with AsyncExitStack() as stack:
        for line in lines.values():
            await stack.enter_async_context(line)
        devices = [device for line in lines.values() for device in line.line.devices()]
        gateway = await stack.enter_async_context(Gateway(devices, readings.extend, backoff=BACKOFF))
        async with asyncio.timeout(20):
            while not all(is_heard(gateway, device) for device in devices):
                await asyncio.sleep(0.05)
        before = {status.device: status for status in gateway.statuses()}
        for kind, line in lines.items():
            line.faults.begin(f"bus-{kind}/first", kind)
        await asyncio.sleep(FAULTY_SECONDS)
        after = {status.device: status for status in gateway.statuses()}
    buses = {}
    for kind in lines:
        names = {f"bus-{kind}/{name}" for name in SOUND}
        buses[kind] = Bus(
            {name: before[name] for name in names},
            {name: after[name] for name in names},
            [reading for reading in readings if reading.device in names],
        )
    return buses


def is_heard(gateway: Gateway, device: Device) -> bool:
    """Whether every value of a device was heard."""
    return len(gateway.readings(device)) == len(device.profile.points)


@pytest.fixture(scope="module")
def buses(tmp_path_factory: pytest.TempPathFactory) -> dict[FaultKind, Bus]:
    """What became of the sound units of each bus."""
    return asyncio.run(play(way_of("modbus-rtu", tmp_path_factory.mktemp("buses"))))


@pytest.mark.parametrize("kind", faults_of("modbus-rtu"))
def test_the_sound_units_of_the_bus_miss_no_poll(buses: dict[FaultKind, Bus], kind: FaultKind) -> None:
    bus = buses[kind]
    for name, after in bus.after.items():
        before = bus.before[name]
        assert after.polls - before.polls >= int(FAULTY_SECONDS / POLL_SECONDS) - 1
        assert (after.late_polls, after.failures) == (before.late_polls, before.failures)
    assert {reading.quality for reading in bus.readings} == {Quality.GOOD}
