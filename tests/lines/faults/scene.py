"""All faults of a protocol at once: one machine for each, three sound ones beside them, one gateway for all."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace

from lines import (
    Backoff,
    Device,
    DeviceError,
    DeviceState,
    DeviceStatus,
    Gateway,
    Line,
    Quality,
    Reach,
    Reading,
    Station,
)
from lines.simulator import FaultKind, SimulatedLine, faults_of
from tests.lines.faults.ways import Way

BACKOFF = Backoff(first_seconds=0.1, max_seconds=0.5)
FAULTY_SECONDS = 2.0  # before a command, and again after it
LONGEST_SECONDS = 30.0
PALLET = 7
SOUND = ("sound-1", "sound-2", "sound-3")
SOUND_SECONDS = 2.0  # between two polls of a sound machine: late is more than half of it, on a busy test machine too
ROUNDS_BEFORE = 1


@dataclass
class Story:
    """What became of one machine."""

    device: Device
    states: list[DeviceState] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    state_at_fault: DeviceState | None = None
    bad_at_fault: set[str] = field(default_factory=set)
    command: str = ""
    recovered_seconds: float | None = None
    status_before: DeviceStatus | None = None
    status_after: DeviceStatus | None = None
    rounds: int = 0

    def good(self, point: str) -> list[object]:
        """Every value of a point that was told as good, in order."""
        return [one.value for one in self.readings if one.point == point and one.quality is Quality.GOOD]


@dataclass(frozen=True)
class Matrix:
    """What became of the machine with each kind of fault, and of the sound ones."""

    faulty: dict[FaultKind, Story]
    sound: list[Story]
    faulty_seconds: float


@dataclass
class _Scene:
    gateway: Gateway
    lines: dict[str, SimulatedLine]
    stories: dict[str, Story]

    def status(self, story: Story) -> DeviceStatus:
        return next(status for status in self.gateway.statuses() if status.device == story.device.name)

    def is_good(self, story: Story) -> bool:
        readings = self.gateway.readings(story.device)
        return len(readings) == len(story.device.profile.points) and not _bad(readings.values())


async def play(way: Way) -> Matrix:
    """Let every fault of a protocol happen, and end."""
    kinds = {f"faulty-{kind}": kind for kind in faults_of(way.protocol)}
    codes = (*kinds, *SOUND)
    lines = {code: SimulatedLine(_line(code, way)) for code in codes}
    async with AsyncExitStack() as stack:
        await asyncio.gather(*(stack.enter_async_context(line) for line in lines.values()))
        stories = {code: Story(_device(lines[code], code)) for code in codes}
        by_device = {story.device.name: story for story in stories.values()}

        def take(readings: Sequence[Reading]) -> None:
            for reading in readings:
                by_device[reading.device].readings.append(reading)

        def take_status(status: DeviceStatus) -> None:
            by_device[status.device].states.append(status.state)

        devices = [story.device for story in stories.values()]
        gateway = Gateway(devices, take, on_status=take_status, backoff=BACKOFF, open_device=way.open_device)
        scene = _Scene(await stack.enter_async_context(gateway), lines, stories)
        await _prepare(scene)
        seconds = await _suffer(scene, kinds)
    return Matrix({kind: stories[code] for code, kind in kinds.items()}, [stories[code] for code in SOUND], seconds)


async def _prepare(scene: _Scene) -> None:
    """Everything is heard, and each machine has done one round, so that its counter has something to lose."""
    await _until(lambda: all(map(scene.is_good, scene.stories.values())))
    for line in scene.lines.values():
        line.model.release("station", PALLET)
    await _until(lambda: all(line.model.view("station").cycles == ROUNDS_BEFORE for line in scene.lines.values()))
    for line in scene.lines.values():
        line.model.release("station", 0)  # so that a machine does not show what the command will be, before it
    for story in scene.stories.values():
        await _until(lambda story=story: _shows(scene, story, cycles=ROUNDS_BEFORE, release=0))  # type: ignore[misc]
        story.status_before = scene.status(story)


async def _suffer(scene: _Scene, kinds: dict[str, FaultKind]) -> float:
    """Faults begin, somebody writes a command to each machine, faults end; how long they lasted."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for code, kind in kinds.items():
        scene.lines[code].faults.begin(f"{code}/station", kind)
    await asyncio.sleep(FAULTY_SECONDS)
    await asyncio.gather(*(_command(scene.gateway, story) for story in scene.stories.values()))
    await asyncio.sleep(FAULTY_SECONDS)
    for story in scene.stories.values():
        story.state_at_fault = scene.status(story).state
        story.bad_at_fault = _bad(scene.gateway.readings(story.device).values())
    for code in kinds:
        scene.lines[code].faults.end(f"{code}/station")
    ended = loop.time()
    await asyncio.gather(*(_recover(scene, code, ended) for code in scene.stories))
    await asyncio.sleep(1.0)  # in which a command that is repeated would take effect
    for code, story in scene.stories.items():
        story.status_after = scene.status(story)
        story.rounds = scene.lines[code].model.view("station").cycles
    return ended - began


async def _command(gateway: Gateway, story: Story) -> None:
    """Release the pallet once; how that ended is part of the story."""
    try:
        await gateway.command(story.device, "release", PALLET)
        story.command = "done"
    except DeviceError as error:
        story.command = type(error).__name__


async def _recover(scene: _Scene, code: str, ended: float) -> None:
    """Wait until the machine is shown as it is."""
    story, line = scene.stories[code], scene.lines[code]

    def is_shown() -> bool:
        view = line.model.view("station")
        # A machine that was restarted has forgotten the first round.
        cycles = view.cycles - (ROUNDS_BEFORE if code == "faulty-restarted" else 0)
        return scene.status(story).state is DeviceState.CONNECTED and _shows(scene, story, cycles=cycles)

    with suppress(TimeoutError):
        await _until(is_shown)
        story.recovered_seconds = asyncio.get_running_loop().time() - ended


def _shows(scene: _Scene, story: Story, **values: object) -> bool:
    """Whether all is good, and the machine is at rest with these values."""
    readings = scene.gateway.readings(story.device)
    wanted = {"state": "idle", "pallet": 0, "dust_percent": 35, **values}
    return scene.is_good(story) and all(readings[name].value == value for name, value in wanted.items())


def _line(code: str, way: Way) -> Line:
    """A line of one station at an address of its own, which works on a pallet for a moment."""
    reach = Reach(address=way.address(code), unit=1, commands=frozenset({"release"}))
    station = Station("station", way.profile, 0.01, reach=reach)
    return Line(code, (station,), (PALLET,), "127.0.0.1:0", complete_seconds=0.0)


def _device(line: SimulatedLine, code: str) -> Device:
    (device,) = line.line.devices()
    if code not in SOUND:
        return device
    return replace(device, profile=replace(device.profile, fast_seconds=SOUND_SECONDS, slow_seconds=SOUND_SECONDS))


def _bad(readings: Sequence[Reading] | object) -> set[str]:
    return {one.point for one in readings if one.quality is not Quality.GOOD}  # type: ignore[attr-defined]


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)
