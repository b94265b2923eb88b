"""Machines that tell of changes by themselves: none is lost, times are the machine's own, silence shows."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lines import Device, DeviceUnavailableError, Quality, Reading, Sample
from lines.gateway.source_clock import SourceClock
from tests.lines.gateway_plant import PROFILE, Statuses, TellingMachine, gateway, run

Until = Callable[[Callable[[], object]], Awaitable[None]]
NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
DEVICE = Device("A", PROFILE, "none")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def of_state(readings: list[Reading]) -> list[object]:
    return [reading.value for reading in readings if reading.point == "state"]


def test_every_change_between_two_polls_is_reported_with_its_own_time(until: Until) -> None:
    machine = TellingMachine()
    machine.values = {"state": Sample("idle", time=after(-1)), "hopper_kg": Sample(100, time=after(-1))}

    async def scenario() -> None:
        readings: list[Reading] = []
        async with gateway([DEVICE], readings.extend, open_device=lambda _: machine, clock=lambda: NOON) as line:
            await until(lambda: len(line.readings("A")) == 2)
            for number, state in enumerate(["execute", "complete", "idle", "execute"]):
                machine.tell("state", Sample(state, time=after(-0.4 + number / 10)))
            await until(lambda: len(of_state(readings)) == 5)
            machine.tell("hopper_kg", Sample(101, time=NOON))  # within the dead-band
            polls = line.statuses()[0].polls
            await until(lambda: line.statuses()[0].polls > polls + 2)
        told = [(reading.value, reading.time) for reading in readings if reading.point == "state"]
        assert told == [
            ("idle", after(-1)),
            ("execute", after(-0.4)),
            ("complete", after(-0.3)),
            ("idle", after(-0.2)),
            ("execute", after(-0.1)),
        ]
        assert [reading.value for reading in readings if reading.point == "hopper_kg"] == [100]

    run(scenario())


def test_what_was_told_before_the_connection_broke_is_reported_before_it_is_stale(until: Until) -> None:
    machine = TellingMachine()
    machine.values = {"state": Sample("idle"), "hopper_kg": Sample(100)}

    async def scenario() -> None:
        readings: list[Reading] = []
        async with gateway([DEVICE], readings.extend, open_device=lambda _: machine) as line:
            await until(lambda: len(line.readings("A")) == 2)
            machine.tell("state", Sample("execute"))
            machine.is_there = False
            await until(lambda: line.statuses()[0].state == "failed")
        told = [(reading.value, reading.quality) for reading in readings if reading.point == "state"]
        assert told == [("idle", Quality.GOOD), ("execute", Quality.GOOD), ("execute", Quality.STALE)]

    run(scenario())


def test_nothing_that_was_told_is_lost_while_the_sink_fails(until: Until) -> None:
    machine = TellingMachine()
    machine.values = {"state": Sample("idle"), "hopper_kg": Sample(100)}
    taken: list[Reading] = []
    is_full = False

    def sink(readings: Sequence[Reading]) -> None:
        if is_full:
            raise OSError("disk full")
        taken.extend(readings)

    async def scenario() -> None:
        nonlocal is_full
        async with gateway([DEVICE], sink, open_device=lambda _: machine) as line:
            await until(lambda: len(taken) == 2)
            is_full = True
            for state in ("execute", "complete", "idle"):
                machine.tell("state", Sample(state))
                polls = line.statuses()[0].polls
                await until(lambda polls=polls: line.statuses()[0].polls > polls + 1)  # type: ignore[misc]
            is_full = False
            await until(lambda: len(taken) == 5)
        assert of_state(taken) == ["idle", "execute", "complete", "idle"]

    run(scenario())


def test_a_machine_that_says_nothing_new_for_too_long_is_stale_until_it_does(until: Until) -> None:
    machine = TellingMachine()
    machine.values = {"state": Sample("idle"), "hopper_kg": Sample(100)}
    device = replace(DEVICE, profile=replace(PROFILE, stale_seconds=10.0))
    now = NOON

    async def scenario() -> None:
        nonlocal now
        readings: list[Reading] = []
        statuses = Statuses()
        async with gateway(
            [device], readings.extend, open_device=lambda _: machine, clock=lambda: now, on_status=statuses
        ) as line:
            await until(lambda: len(readings) == 2)
            now = after(9)
            polls = line.statuses()[0].polls
            await until(lambda: line.statuses()[0].polls > polls + 2)
            assert len(readings) == 2
            now = after(11)
            await until(lambda: len(readings) == 4)
            polls = line.statuses()[0].polls
            await until(lambda: line.statuses()[0].polls > polls + 2)
            machine.tell("hopper_kg", Sample(50))
            await until(lambda: len(readings) >= 6)
        assert {(r.value, r.quality) for r in readings[2:4]} == {("idle", Quality.STALE), (100, Quality.STALE)}
        assert readings[2].error == "it says nothing new since 2026-11-23T12:00:00.000Z"
        assert [(r.point, r.value, r.quality) for r in readings[4:]] == [
            ("hopper_kg", 50, Quality.GOOD),
            ("state", "idle", Quality.GOOD),
        ]
        assert [status.reason for status in statuses.all] == [None, readings[2].error, None]

    run(scenario())


def test_a_machine_whose_clock_is_wrong_is_read_with_our_time_and_named_once(
    until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    machine = TellingMachine()
    machine.values = {"state": Sample("idle", time=after(-1)), "hopper_kg": Sample(100, time=after(-1))}

    async def scenario() -> None:
        readings: list[Reading] = []
        async with gateway([DEVICE], readings.extend, open_device=lambda _: machine, clock=lambda: NOON) as line:
            await until(lambda: len(readings) == 2)
            for number, state in enumerate(["execute", "idle", "execute"]):
                machine.tell("state", Sample(state, time=after(7200 + number)))
                await until(lambda: not machine.told)
            await until(lambda: len(readings) == 5)
            assert {reading.time for reading in readings[2:]} == {NOON}
            assert line.statuses()[0].clock_offset_seconds == 7202.0

    run(scenario())
    assert caplog.text.count("the clock of A is off by 7200.0 s") == 1
    assert caplog.text.count("off by") == 1


def news(*times: float) -> list[tuple[str, Sample]]:
    return [("state", Sample(number, time=after(seconds))) for number, seconds in enumerate(times)]


def test_an_old_time_of_an_unchanged_value_says_nothing_about_the_clock() -> None:
    clock = SourceClock()
    for _ in range(3):
        clock.judge(news(-3600), NOON)
    assert (clock.offset, clock.is_wrong) == (None, False)
    assert clock.time_of(Sample(1, time=after(-3600)), NOON) == NOON


def test_a_change_that_came_just_now_with_an_old_time_shows_a_clock_that_is_behind() -> None:
    clock = SourceClock()
    clock.judge(news(-3600, -3590), NOON)
    assert clock.offset == timedelta(seconds=-3590)
    assert clock.is_wrong


def test_changes_that_were_under_way_for_long_keep_their_times_when_the_clock_is_right() -> None:
    clock = SourceClock()
    clock.judge(news(-60, -40, -20, -0.5), NOON)
    assert not clock.is_wrong
    late = Sample(1, time=after(-40))
    assert clock.time_of(late, NOON, is_told=True) == after(-40)
    assert clock.time_of(late, NOON) == NOON


def test_a_clock_that_was_set_right_is_believed_again() -> None:
    clock = SourceClock()
    clock.judge(news(0, 7200), NOON)
    assert clock.is_wrong
    clock.judge([("state", Sample(1, time=after(30)))], after(30))
    assert not clock.is_wrong


def test_a_time_in_the_future_is_never_reported() -> None:
    assert SourceClock().time_of(Sample(1, time=after(6)), NOON) == NOON
    assert SourceClock().time_of(Sample(1, time=after(4)), NOON) == after(4)


def test_a_time_of_before_2000_is_no_time() -> None:
    clock = SourceClock()
    clock.judge(news(-60, -40, -20, -0.5), NOON)
    assert clock.time_of(Sample(1, time=datetime(1970, 1, 1, tzinfo=UTC)), NOON, is_told=True) == NOON


def test_a_machine_falls_silent_although_our_clock_was_set_back(until: Until) -> None:
    machine = TellingMachine()
    machine.values = {"state": Sample("idle"), "hopper_kg": Sample(100)}
    device = replace(DEVICE, profile=replace(PROFILE, stale_seconds=10.0))
    now = NOON

    async def scenario() -> None:
        nonlocal now
        readings: list[Reading] = []
        async with gateway([device], readings.extend, open_device=lambda _: machine, clock=lambda: now) as line:
            await until(lambda: len(readings) == 2)
            now = after(-3600)
            polls = line.statuses()[0].polls
            await until(lambda: line.statuses()[0].polls > polls + 2)
            now = after(-3600 + 11)
            await until(lambda: len(readings) == 4)
        assert {reading.quality for reading in readings[2:]} == {Quality.STALE}

    run(scenario())


def test_states_of_a_device_are_told_when_they_change(until: Until) -> None:
    machine = TellingMachine()
    machine.values = {"state": Sample("idle"), "hopper_kg": Sample(100)}

    async def scenario() -> None:
        statuses = Statuses()
        async with gateway([DEVICE], [].extend, open_device=lambda _: machine, on_status=statuses) as line:
            assert line.statuses()[0].state == "connecting"
            await until(lambda: statuses.states("A") == ["connected"])
            machine.is_there = False
            await until(lambda: line.statuses()[0].failures >= 3)
            failed = line.statuses()[0]
            assert (failed.state, failed.reason) == ("failed", "nobody there")
            assert failed.last_heard is not None
            machine.is_there = True
            await until(lambda: statuses.states("A")[-1] == "connected")
        assert [(s.state.value, s.reason) for s in statuses.all] == [
            ("connected", None),
            ("failed", "gone"),
            ("failed", "nobody there"),
            ("connected", None),
        ]
        assert statuses.all[1].since == statuses.all[2].since

    run(scenario())


def test_an_adapter_that_fails_in_any_way_does_not_end_the_reading(until: Until) -> None:
    class Broken(TellingMachine):
        faults = 6

        def _may_fail(self) -> None:
            if self.faults:
                self.faults -= 1
                raise KeyError("a bug")

        def heard(self) -> Sequence[tuple[str, Sample]]:
            self._may_fail()
            return super().heard()

        async def close(self) -> None:
            self._may_fail()

    machine = Broken()

    async def scenario() -> None:
        async with gateway([DEVICE], [].extend, open_device=lambda _: machine) as line:
            await until(lambda: line.statuses()[0].polls > 3)

    run(scenario())
    assert machine.faults == 0


def test_a_device_that_is_gone_is_not_commanded(until: Until) -> None:
    machine = TellingMachine()
    machine.is_there = False

    async def scenario() -> None:
        device = replace(DEVICE, commands=frozenset({"release"}))
        async with gateway([device], [].extend, open_device=lambda _: machine) as line:
            await until(lambda: line.statuses()[0].failures)
            with pytest.raises(DeviceUnavailableError, match="not connected"):
                await line.command("A", "release", 7)

    run(scenario())
    assert machine.written == []
