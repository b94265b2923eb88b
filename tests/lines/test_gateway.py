"""The gateway over real sockets."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lines import (
    Adapter,
    Backoff,
    CommandRefusedError,
    Device,
    DeviceUnavailableError,
    Gateway,
    Quality,
    Reading,
    Store,
)
from lines.gateway import is_change
from lines.modbus import ModbusAdapter
from tests.lines.gateway_plant import PROFILE, QUICK, gateway, ignore, run, served

Until = Callable[[Callable[[], object]], Awaitable[None]]
Serve = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def machine(device_server: Any) -> Any:
    device_server.words["holding"] = {0: 4, 1: 100, 2: 0}
    return device_server


def of(readings: list[Reading], point: str) -> list[tuple[object, Quality]]:
    return [(reading.value, reading.quality) for reading in readings if reading.point == point]


def test_every_point_is_reported_once_and_then_only_its_changes(machine: Any, until: Until) -> None:
    async def scenario() -> None:
        readings: list[Reading] = []
        async with gateway([served(machine.address)], readings.extend):
            await until(lambda: len(readings) == 2)
            machine.words["holding"][0] = 6
            await until(lambda: len(readings) == 3)
            polls = len(machine.requests)
            await until(lambda: len(machine.requests) >= polls + 5)
        assert of(readings, "state") == [("idle", Quality.GOOD), ("execute", Quality.GOOD)]
        assert of(readings, "hopper_kg") == [(100, Quality.GOOD)]

    run(scenario())


def test_a_change_within_the_dead_band_is_not_reported_but_a_drift_is(machine: Any, until: Until) -> None:
    async def scenario() -> None:
        readings: list[Reading] = []
        async with gateway([served(machine.address)], readings.extend):
            for weight in (100, 103, 105, 106, 103):
                machine.words["holding"][1] = weight
                polls = len(machine.requests)
                await until(lambda polls=polls: len(machine.requests) >= polls + 10)  # type: ignore[misc]
        assert [value for value, _ in of(readings, "hopper_kg")] == [100, 106]

    run(scenario())


def test_a_reading_says_device_point_unit_and_time(machine: Any, until: Until) -> None:
    noon = datetime(2026, 11, 23, 8, 0, 0, 120_000, tzinfo=UTC)

    async def scenario() -> None:
        readings: list[Reading] = []
        async with Gateway([served(machine.address)], readings.extend, clock=lambda: noon):
            await until(lambda: len(readings) == 2)
        assert readings[1].as_json() == {
            "device": "A",
            "point": "hopper_kg",
            "value": 100,
            "unit": "kg",
            "quality": "good",
            "time": "2026-11-23T08:00:00.120Z",
            "error": None,
        }

    run(scenario())


def test_a_dead_and_a_silent_device_do_not_stop_the_third(machine: Any, free_port: int, until: Until) -> None:
    async def scenario() -> None:
        readings: list[Reading] = []
        with socket.create_server(("127.0.0.1", 0)) as silent:
            devices = [
                Device("dead", PROFILE, f"127.0.0.1:{free_port}"),
                Device("silent", PROFILE, f"127.0.0.1:{silent.getsockname()[1]}"),
                Device("alive", PROFILE, machine.address),
            ]
            async with gateway(devices, readings.extend) as line:
                await until(lambda: len(line.readings("silent")) == 2)
                machine.words["holding"][0] = 6
                await until(lambda: line.readings("alive")["state"].value == "execute")
        for name in ("dead", "silent"):
            states = [reading for reading in readings if reading.device == name and reading.point == "state"]
            assert [(reading.value, reading.quality) for reading in states] == [(None, Quality.BAD)]
            assert states[0].error

    run(scenario())


def test_a_device_that_comes_back_is_read_again_and_both_are_logged_once(
    serve_device: Serve, free_port: int, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        readings: list[Reading] = []
        device = served(f"127.0.0.1:{free_port}")
        attempts = 0

        def count(device: Device) -> Adapter:
            class Counting(ModbusAdapter):
                async def connect(self) -> None:
                    nonlocal attempts
                    attempts += 1
                    await super().connect()

            return Counting(device, connect_seconds=0.5, read_seconds=0.3)

        async with Gateway([device], readings.extend, backoff=QUICK, open_device=count) as line:
            with serve_device(free_port) as first:
                first.words["holding"] = {0: 6, 1: 100, 2: 0}
                await until(lambda: line.readings("A").get("state"))
                await until(lambda: line.readings("A")["state"].quality is Quality.GOOD)
                caplog.clear()
            await until(lambda: line.readings("A")["state"].quality is Quality.STALE)
            failed_at = attempts
            await until(lambda: attempts > failed_at + 3)
            with serve_device(free_port) as second:
                second.words["holding"] = {0: 6, 1: 100, 2: 0}
                await until(lambda: line.readings("A")["hopper_kg"].quality is Quality.GOOD)
                await until(lambda: "is back" in caplog.text)
        assert of(readings, "state")[-3:] == [
            ("execute", Quality.GOOD),
            ("execute", Quality.STALE),
            ("execute", Quality.GOOD),
        ]
        messages = [record.getMessage() for record in caplog.records if record.name.startswith("lines.gateway")]
        assert [message.split(":")[0] for message in messages] == ["A failed", "A is back"]

    caplog.set_level(logging.INFO)
    run(scenario())


def test_a_command_is_written_and_verified(machine: Any, until: Until) -> None:
    async def scenario() -> None:
        device = served(machine.address)
        async with gateway([device], ignore) as line:
            await until(lambda: line.readings(device))
            await line.command(device, "release", 17)
            assert machine.words["holding"][2] == 17
            await line.command("A", "release", 18)
            assert machine.words["holding"][2] == 18

    run(scenario())


@pytest.mark.parametrize(
    ("device", "command", "value", "reason"),
    [
        ("B", "release", 1, "no device 'B'"),
        ("A", "explode", 1, "no command 'explode'"),
        ("A", "quiet", -1, "does not fit"),
    ],
)
def test_a_command_that_cannot_be_is_refused(
    machine: Any, until: Until, device: str, command: str, value: int, reason: str
) -> None:
    async def scenario() -> None:
        async with gateway([served(machine.address)], ignore) as line:
            await until(lambda: line.readings("A"))
            with pytest.raises(CommandRefusedError, match=reason):
                await line.command(device, command, value)

    run(scenario())


def test_a_command_to_a_dead_device_fails_at_once(free_port: int, until: Until) -> None:
    async def scenario() -> None:
        async with gateway([served(f"127.0.0.1:{free_port}")], ignore) as line:
            await until(lambda: line.readings("A"))
            with pytest.raises(DeviceUnavailableError, match="not connected"):
                await line.command("A", "release", 17)

    run(scenario())


def test_what_the_sink_does_not_take_is_offered_again(
    machine: Any, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        taken: list[Reading] = []
        refusals = iter([OSError("disk full")] * 3)

        async def sink(readings: Sequence[Reading]) -> None:
            if error := next(refusals, None):
                raise error
            taken.extend(readings)

        async with gateway([served(machine.address)], sink):
            await until(lambda: {reading.point for reading in taken} == {"state", "hopper_kg"})

    run(scenario())
    assert caplog.text.count("did not take readings of A") == 1


def test_a_fault_in_an_adapter_does_not_end_the_reading(
    machine: Any, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    class Faulty(ModbusAdapter):
        faults = 0

        async def connect(self) -> None:
            self.faults += 1
            if self.faults < 3:
                raise KeyError("a bug")
            await super().connect()

    async def scenario() -> None:
        readings: list[Reading] = []
        device = served(machine.address)
        async with Gateway([device], readings.extend, backoff=QUICK, open_device=Faulty) as line:
            await until(lambda: line.readings("A") and line.readings("A")["state"].quality is Quality.GOOD)

    run(scenario())
    assert caplog.text.count("A failed by a fault in its adapter") == 1


def test_the_gateway_ends_although_a_cancellation_is_lost(machine: Any, until: Until) -> None:
    """As asyncio.wait_for of Python 3.11 may do when an answer arrives in the same moment."""

    class Deaf(ModbusAdapter):
        reads = 0
        lost = 0

        async def read(self, points: Any) -> Any:
            Deaf.reads += 1
            if Deaf.reads > 1:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    Deaf.lost += 1
                    if Deaf.lost == 2:
                        raise
            return await super().read(points)

    async def scenario() -> None:
        async with Gateway([served(machine.address)], ignore, open_device=Deaf):
            await until(lambda: Deaf.reads == 2)
        assert Deaf.lost == 2

    run(scenario())


def test_readings_wait_in_a_store(machine: Any, until: Until, tmp_path: Any) -> None:
    async def scenario() -> None:
        store = Store(tmp_path / "queue.sqlite")
        async with gateway([served(machine.address)], lambda readings: keep(store, readings)):
            await until(lambda: len(store) == 2)
        assert [message.body["point"] for message in store.pending()] == ["state", "hopper_kg"]
        store.close()

    run(scenario())


def keep(store: Store, readings: Sequence[Reading]) -> None:
    store.append_many([reading.as_json() for reading in readings])


def test_two_devices_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="names must differ: A"):
        Gateway([Device("A", PROFILE, "a:1"), Device("A", PROFILE, "b:1")], ignore)


def test_an_address_that_is_none_is_refused_before_anything_starts() -> None:
    with pytest.raises(ValueError, match="is no address"):
        Gateway([Device("A", PROFILE, "a:x")], ignore)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_pause_is_between_half_and_the_whole_and_bounded(failures: int, chance: float) -> None:
    full = min(30.0, 0.5 * 2.0 ** min(failures - 1, 30))
    assert full / 2 <= Backoff().pause_seconds(failures, chance) <= full <= 30


def reading(value: object, quality: Quality = Quality.GOOD, error: str | None = None) -> Reading:
    return Reading("A", "p", value, None, quality, datetime(2026, 1, 1, tzinfo=UTC), error)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("last", "now", "changed"),
    [
        (None, reading(1), True),
        (reading(1), reading(1), False),
        (reading(1), reading(6), False),
        (reading(1), reading(6.01), True),
        (reading(True), reading(False), True),
        (reading("idle"), reading("execute"), True),
        (reading(1), reading(1, Quality.STALE), True),
        (reading(None, Quality.BAD, "x"), reading(None, Quality.BAD, "y"), True),
        (reading(None, Quality.BAD, "x"), reading(None, Quality.BAD, "x"), False),
    ],
)
def test_what_counts_as_a_change_with_a_dead_band_of_5(last: Reading | None, now: Reading, changed: bool) -> None:
    assert is_change(last, now, 5) is changed
