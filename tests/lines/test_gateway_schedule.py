"""When devices are polled."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lines import Poll, Reading
from lines.gateway.backoff import Pace
from lines.gateway.schedule import Grid, Schedule
from lines.modbus import ModbusAdapter
from tests.lines.gateway_plant import PROFILE, gateway, ignore, run, served

Until = Callable[[Callable[[], object]], Awaitable[None]]


def grid(interval: float, now: float, phase: float = 0.0) -> Grid:
    made = Grid(interval, phase)
    made.restart(now)
    return made


def test_the_instants_of_a_grid_do_not_move_when_a_poll_takes_long() -> None:
    every_second = grid(1.0, now=10.2)
    assert every_second.due == 11.0
    assert every_second.take(11.3) == (True, 0)
    assert every_second.due == 12.0


def test_an_instant_that_passed_by_more_than_half_an_interval_is_left_out_and_counted() -> None:
    # Nothing was done from 11.0 to 14.6: 11, 12, 13 and 14 are over, 15 is near.
    assert grid(1.0, now=10.2).take(14.6) == (False, 4)


def test_of_many_instants_that_passed_only_the_last_is_polled() -> None:
    # At 14.3 the polls of 11, 12 and 13 are over, that of 14 is only a little late.
    late = grid(1.0, now=10.2)
    assert late.take(14.3) == (True, 3)
    assert late.due == 15.0


def test_before_its_instant_nothing_is_polled() -> None:
    assert grid(1.0, now=10.2).take(10.9) == (False, 0)


@given(st.floats(0.05, 10), st.floats(0, 1), st.lists(st.floats(0, 7), max_size=50))
def test_every_instant_is_either_polled_or_counted_as_late(interval: float, phase: float, waits: list[float]) -> None:
    now = 1000.0
    one = grid(interval, now, phase)
    first = one.due
    done = 0
    for wait in waits:
        now = max(now + wait * interval, one.due)
        polled, missed = one.take(now)
        done += polled + missed
        assert one.due > now - interval / 2 - 0.01
    assert one.due == pytest.approx(first + done * interval)


def test_a_slow_instant_is_a_fast_one_too_so_that_both_are_one_poll() -> None:
    profile = replace(PROFILE, fast_seconds=0.2, slow_seconds=5.0)
    for place in range(50):
        schedule = Schedule(profile, place)
        schedule.restart(1000.0)
        reads = []
        for _ in range(60):
            points, missed = schedule.take(schedule.due)
            assert missed == 0
            reads.append({point.poll for point in points})
        assert {Poll.SLOW} not in reads
        assert reads.count({Poll.FAST, Poll.SLOW}) in {2, 3}  # 12 seconds


@pytest.mark.parametrize("devices", [2, 10, 100, 300])
def test_devices_of_one_interval_do_not_poll_at_the_same_instant(devices: int) -> None:
    profile = replace(PROFILE, fast_seconds=1.0, slow_seconds=5.0)
    schedules = [Schedule(profile, place) for place in range(devices)]
    for schedule in schedules:
        schedule.restart(1000.0)
    instants = sorted(schedule.due for schedule in schedules)
    gaps = [later - earlier for earlier, later in pairwise(instants)]
    assert min(gaps) > 0.3 / devices
    assert max(gaps) < 3 / devices


def test_connects_begin_one_after_the_other() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        pace, began = Pace(gap_seconds=0.02), []

        async def connect() -> None:
            await pace.turn()
            began.append(loop.time())

        await asyncio.gather(*(connect() for _ in range(6)))
        assert began[-1] - began[0] >= 0.09

    run(scenario())


def test_a_device_that_answers_slowly_misses_its_own_polls_and_no_other_does(device_server: Any, until: Until) -> None:
    device_server.words["holding"] = {0: 4, 1: 100, 2: 0}

    class Slow(ModbusAdapter):
        async def read(self, points: Any) -> Any:
            if self.device.name == "slow":
                await asyncio.sleep(0.5)
            return await super().read(points)

    async def scenario() -> None:
        devices = [
            served(device_server.address, name, replace(PROFILE, fast_seconds=seconds, slow_seconds=seconds))
            for name, seconds in (("slow", 0.2), ("B", 1.0), ("C", 1.0))
        ]
        async with gateway(devices, ignore, open_device=Slow) as line:
            await until(lambda: line.statuses()[0].late_polls >= 8)
            slow, *others = line.statuses()
        # 8 missed polls and those between them take more than 2 seconds.
        assert 3 <= slow.polls <= 6
        assert [(status.late_polls, status.polls >= 2) for status in others] == [(0, True)] * 2

    run(scenario())


def test_thirty_devices_that_return_at_once_come_back_one_after_the_other(
    serve_device: Any, free_port: int, until: Until
) -> None:
    """The device that stayed misses no poll meanwhile."""
    names = [f"D{number}" for number in range(30)]
    calm = replace(PROFILE, fast_seconds=0.2, slow_seconds=0.2)
    connects: list[float] = []

    class Noting(ModbusAdapter):
        async def connect(self) -> None:
            if self.device.name != "stays":
                connects.append(asyncio.get_running_loop().time())
            await super().connect()

    def is_back(readings: list[Reading]) -> bool:
        return {reading.device for reading in readings if reading.quality == "good"} >= set(names)

    async def scenario() -> None:
        readings: list[Reading] = []
        with serve_device() as stays:
            stays.words["holding"] = {0: 4, 1: 100, 2: 0}
            devices = [served(f"127.0.0.1:{free_port}", name, calm) for name in names]
            devices.append(served(stays.address, "stays", replace(PROFILE, fast_seconds=1.0, slow_seconds=1.0)))
            async with gateway(devices, readings.extend, open_device=Noting) as line:
                for _ in range(2):
                    with serve_device(free_port) as switch:
                        switch.words["holding"] = {0: 4, 1: 100, 2: 0}
                        readings.clear()
                        await until(lambda: is_back(readings))
                status = line.statuses()[-1]
        assert status.late_polls == 0
        assert status.failures == 0
        assert min(later - earlier for earlier, later in zip(connects, connects[29:], strict=False)) > 0.3

    run(scenario())
