"""A change of configuration takes effect without a restart, and touches nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from lines import CommandRefusedError, Device, Reading
from lines.modbus import ModbusAdapter
from tests.lines.gateway_plant import PROFILE, gateway, ignore, run, served

Until = Callable[[Callable[[], object]], Awaitable[None]]
CALM = replace(PROFILE, fast_seconds=0.1, slow_seconds=0.1)


@pytest.fixture
def machine(device_server: Any) -> Any:
    device_server.words["holding"] = {0: 4, 1: 100, 2: 0}
    return device_server


def test_only_changed_added_and_removed_devices_are_touched(machine: Any, until: Until) -> None:
    opened: list[str] = []

    def note(device: Device) -> ModbusAdapter:
        opened.append(device.name)
        return ModbusAdapter(device)

    async def scenario() -> None:
        readings: list[Reading] = []
        kept, changed, removed, added = (served(machine.address, name, CALM) for name in "KCRN")
        async with gateway([kept, changed, removed], readings.extend, open_device=note) as line:
            await until(lambda: all(line.readings(name) for name in "KCR"))
            before = line.statuses()[0]
            readings.clear()
            await line.apply([kept, replace(changed, commands=frozenset()), added])
            await until(lambda: all(line.readings(name) for name in "KCN"))
            assert [status.device for status in line.statuses()] == ["K", "C", "N"]
            await until(lambda: line.statuses()[0].polls > before.polls + 2)
            assert line.statuses()[0].since == before.since
            with pytest.raises(CommandRefusedError, match="not switched on"):
                await line.command("C", "release", 7)
            with pytest.raises(KeyError):
                line.readings("R")
            await line.command("K", "release", 7)
        assert {reading.device for reading in readings} == {"C", "N"}
        assert opened == ["K", "C", "R", "C", "N"]
        await until(lambda: len(machine.connections) == 0)

    run(scenario())


@pytest.mark.parametrize(
    "wrong",
    [
        [Device("A", PROFILE, "a:x")],
        [Device("A", PROFILE, "a:1"), Device("A", PROFILE, "b:1")],
        [Device("A", replace(PROFILE, protocol="modbus-rtu"), "a:1")],
    ],
)
def test_a_configuration_with_a_fault_is_refused_whole(machine: Any, until: Until, wrong: list[Device]) -> None:
    async def scenario() -> None:
        async with gateway([served(machine.address, profile=CALM)], ignore) as line:
            await until(lambda: line.readings("A"))
            with pytest.raises(ValueError):
                await line.apply([served(machine.address, "B"), *wrong])
            polls = line.statuses()[0].polls
            await until(lambda: line.statuses()[0].polls > polls)
            assert [status.device for status in line.statuses()] == ["A"]

    run(scenario())


def test_a_device_that_is_read_just_now_can_be_removed(machine: Any, until: Until) -> None:
    async def scenario() -> None:
        async with gateway([served(machine.address)], ignore) as line:
            await until(lambda: line.statuses()[0].polls > 3)
            await asyncio.gather(line.apply([]), line.apply([served(machine.address, "B")]), line.apply([]))
            assert line.statuses() == ()

    run(scenario())
