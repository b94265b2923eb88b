"""A device that answers garbage is not believed, until it is sane again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from lines import (
    Backoff,
    Device,
    DeviceUnavailableError,
    GarbageError,
    Point,
    Quality,
    Reading,
    Sample,
    parse_profile,
)
from lines.gateway.quarantine import Quarantine
from tests.lines.gateway_plant import Statuses, TellingMachine, gateway, run, served

Until = Callable[[Callable[[], object]], Awaitable[None]]
SELDOM = Backoff(first_seconds=0.02, max_seconds=0.4)

FOUR = parse_profile("""
profile: four
protocol: modbus-tcp
poll: {fast: 0.02, slow: 0.02}
points:
  - {name: state, address: "holding:0", type: u16, map: {4: idle, 6: execute}}
  - {name: hopper_kg, address: "holding:1", type: u16, low: 0, high: 8000}
  - {name: level, address: "holding:2", type: bcd16}
  - {name: pallet, address: "holding:3", type: u16}
commands:
  - {name: release, address: "holding:3", type: u16}
""")
SANE = {0: 4, 1: 100, 2: 0x0012, 3: 17}


def sample(*, garbage: bool) -> Sample:
    return Sample(None, "0xaa is no number", is_garbage=True) if garbage else Sample(1)


def poll(*garbage: bool) -> dict[str, Sample]:
    return {f"p{number}": sample(garbage=is_garbage) for number, is_garbage in enumerate(garbage)}


def test_half_of_the_points_being_garbage_three_times_in_a_row_is_not_believed() -> None:
    quarantine = Quarantine(poll(False, False, False, False))
    for _ in range(2):
        quarantine.judge(poll(True, True, False, False))
        assert not quarantine.holds
    quarantine.judge(poll(True, True, False, False))
    assert quarantine.reason == "2 points give garbage, such as: 0xaa is no number"


@pytest.mark.parametrize(
    "polls",
    [
        [poll(True, False, False, False)] * 10,  # less than half
        [poll(True, True, False, False), poll(False, False, False, False)] * 5,  # not in a row
        [poll(True)] * 10,  # a single value is bad alone
    ],
)
def test_less_garbage_is_bad_alone(polls: list[dict[str, Sample]]) -> None:
    quarantine = Quarantine(polls[0])
    for one in polls:
        quarantine.judge(one)
    assert not quarantine.holds


def test_points_that_are_read_at_different_rates_are_counted_each() -> None:
    """A state that its map does not know is half of a fast poll, and a small part of the device."""
    quarantine = Quarantine(poll(*[False] * 10))
    for _ in range(20):
        quarantine.judge(poll(True, False))
    assert not quarantine.holds


def test_a_sane_read_of_everything_ends_the_quarantine() -> None:
    quarantine = Quarantine(poll(False, False, False, False))
    quarantine.begin("it speaks in tongues")
    quarantine.judge_again(poll(True, True, True, False))
    assert quarantine.holds
    quarantine.judge_again(poll(True, False, False, False))
    assert not quarantine.holds


def test_a_device_that_gives_garbage_is_quarantined_asked_seldom_and_believed_again(
    device_server: Any, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    device_server.words["holding"] = dict(SANE)

    async def scenario() -> None:
        readings: list[Reading] = []
        statuses = Statuses()
        device = served(device_server.address, profile=FOUR)
        async with gateway([device], readings.extend, backoff=SELDOM, on_status=statuses) as line:
            await until(lambda: line.readings("A").get("state"))
            device_server.words["holding"] |= {0: 99, 1: 60_000, 2: 0xABCD}
            await until(lambda: statuses.states("A") == ["connected", "quarantined"])
            assert {(r.value, r.quality) for r in line.readings("A").values()} == {(None, Quality.BAD)}
            assert "3 points give garbage" in str(line.readings("A")["pallet"].error)
            asked = len(device_server.requests)
            readings.clear()
            with pytest.raises(DeviceUnavailableError, match="quarantine"):
                await line.command("A", "release", 1)
            device_server.words["holding"] |= SANE
            await until(lambda: statuses.states("A") == ["connected", "quarantined", "connected"])
            assert len(device_server.requests) - asked <= 3  # 0.2 to 0.4 s at 50 polls a second
            assert {r.point: r.value for r in readings} == {
                "state": "idle",
                "hopper_kg": 100,
                "level": 12,
                "pallet": 17,
            }

    run(scenario())
    messages = [record.getMessage().split(":")[0] for record in caplog.records if record.name.startswith("lines")]
    assert messages == ["A is in quarantine", "A is back"]


def test_a_single_impossible_value_is_bad_alone(device_server: Any, until: Until) -> None:
    device_server.words["holding"] = SANE | {1: 60_000}

    async def scenario() -> None:
        async with gateway([served(device_server.address, profile=FOUR)], [].extend) as line:
            await until(lambda: line.statuses()[0].polls > 10)
            good = {name: reading.value for name, reading in line.readings("A").items() if reading.quality == "good"}
            assert good == {"state": "idle", "level": 12, "pallet": 17}
            assert "hopper_kg = 60000 lies outside 0 to 8000" in str(line.readings("A")["hopper_kg"].error)
            assert line.statuses()[0].state == "connected"

    run(scenario())


def test_a_device_that_does_not_speak_its_protocol_is_quarantined_by_its_adapter(until: Until) -> None:
    class Babbling(TellingMachine):
        babbles = True

        async def read(self, points: Sequence[Point]) -> Mapping[str, Sample]:
            if self.babbles:
                raise GarbageError("this is HTTP")
            return await super().read(points)

    machine = Babbling()
    machine.values = {name: Sample(1) for name in ("state", "hopper_kg", "level", "pallet")}

    async def scenario() -> None:
        readings: list[Reading] = []
        statuses = Statuses()
        device = Device("A", FOUR, "none")
        async with gateway(
            [device], readings.extend, backoff=SELDOM, on_status=statuses, open_device=lambda _: machine
        ) as line:
            await until(lambda: statuses.states("A") == ["quarantined"])
            assert {(r.value, r.quality, r.error) for r in readings} == {(None, Quality.BAD, "this is HTTP")}
            machine.babbles = False
            await until(lambda: line.statuses()[0].state == "connected")
            assert {r.value for r in line.readings("A").values()} == {1}

    run(scenario())
