"""A machine in the hands of a test, and what a gateway says of machines."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from lines import Backoff, Device, DeviceState, DeviceStatus, Gateway, Profile, Quality, Reading, Value
from lines.opcua import OpcUaAdapter
from lines.profile import Command, Kind, Point
from lines.simulator.faults import FaultBoard, FaultKind

QUICK = Backoff(first_seconds=0.05, max_seconds=0.2)


class Machine:
    """A machine that says what the test wants."""

    def __init__(self, profile: Profile, name: str = "SL/robot") -> None:
        self.name = name
        self.profile = profile
        self.faults = FaultBoard()
        self.faults.add(name, "opcua")
        self.clock_offset_seconds = 0.0
        entries: Sequence[Point | Command] = (*profile.points, *profile.commands)
        self.says: dict[str, Value] = {entry.name: _beginning(entry) for entry in entries}

    @property
    def fault(self) -> FaultKind | None:
        return self.faults.of(self.name)

    def raw(self, entry: Point | Command) -> Value:
        return self.says[entry.name]

    def write(self, name: str, raw: Value) -> None:
        if raw == 999:
            raise ValueError("no machine takes 999")
        self.says[name] = raw


def _beginning(entry: Point | Command) -> Value:
    if entry.map:
        return next(iter(entry.map))
    return {Kind.STRING: "", Kind.BOOL: False}.get(entry.type.kind, 0)


class Watched:
    """What a gateway said of one device."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.statuses: list[DeviceStatus] = []

    def of(self, point: str) -> list[Value | None]:
        """The good values of a point, in order."""
        return [r.value for r in self.readings if r.point == point and r.quality is Quality.GOOD]

    def last(self, point: str) -> Reading:
        return [reading for reading in self.readings if reading.point == point][-1]

    def has(self, point: str) -> bool:
        return any(reading.point == point for reading in self.readings)

    @property
    def states(self) -> list[DeviceState]:
        return [status.state for status in self.statuses]

    @property
    def state(self) -> DeviceState | None:
        return self.statuses[-1].state if self.statuses else None

    @property
    def reason(self) -> str:
        return next(
            status.reason or "" for status in reversed(self.statuses) if status.state is not DeviceState.CONNECTED
        )


@asynccontextmanager
async def watching(
    *devices: Device, read_seconds: float = 1.0, connect_seconds: float = 8.0
) -> AsyncIterator[tuple[Gateway, dict[str, Watched]]]:
    """A gateway on these devices, and what it says of each by name."""
    watched = {device.name: Watched() for device in devices}

    def take(readings: Sequence[Reading]) -> None:
        for reading in readings:
            watched[reading.device].readings.append(reading)

    gateway = Gateway(
        devices,
        take,
        on_status=lambda status: watched[status.device].statuses.append(status),
        backoff=QUICK,
        open_device=lambda device: OpcUaAdapter(device, connect_seconds=connect_seconds, read_seconds=read_seconds),
    )
    async with gateway:
        yield gateway, watched


async def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until a condition holds; a test that waits in vain fails."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def run(action: Awaitable[None]) -> None:
    """Run a scenario; no task may be left over."""

    async def alone() -> None:
        await action
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left

    asyncio.run(alone())
