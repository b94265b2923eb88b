"""What goes wrong with a machine that speaks OPC UA: the gateway notices, holds nobody else up, and recovers."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lines import (
    CommandNotVerifiedError,
    CommandRefusedError,
    CommandUnknownError,
    Device,
    DeviceState,
    Gateway,
    Quality,
    Value,
    packaged_profile,
)
from lines.opcua import subscriptions
from lines.simulator.faults import FaultKind
from lines.simulator.opcua import OpcUaServer
from tests.lines.opcua.scene import Machine, Watched, run, until, watching

IDLE, EXECUTE, COMPLETE = 4, 6, 17
PROFILE = packaged_profile("shuttering-robot-opcua")
COMMANDS = frozenset({"release", "hold", "program"})

UNREACHABLE = {
    *(FaultKind.CUT, FaultKind.REFUSED, FaultKind.FLAPPING, FaultKind.HANGING, FaultKind.TOO_SLOW),
    *(FaultKind.HALF, FaultKind.HALF_AND_CUT, FaultKind.GARBAGE, FaultKind.RESTARTED),
}


GARBLED = {FaultKind.GARBAGE, FaultKind.HALF}


@asynccontextmanager
async def served(machine: Machine) -> AsyncIterator[tuple[OpcUaServer, Device]]:
    """A machine on its server."""
    server = OpcUaServer(machine)
    address = await server.listen("opc.tcp://127.0.0.1:0/robot")
    try:
        yield server, Device(machine.name, PROFILE, address, commands=COMMANDS)
    finally:
        await server.close()


@asynccontextmanager
async def robot_and_neighbour() -> AsyncIterator[tuple[Machine, OpcUaServer, Watched, Watched, Gateway]]:
    """A machine under test beside a sound one, both told by one gateway."""
    machine, sound = Machine(PROFILE), Machine(PROFILE, "SL/neighbour")
    machine.says["state"] = sound.says["state"] = IDLE
    async with (
        served(machine) as (server, device),
        served(sound) as (_, other),
        watching(device, other, connect_seconds=2.5) as (gateway, watched),
    ):
        robot, neighbour = watched[machine.name], watched[sound.name]
        await until(lambda: "idle" in robot.of("state") and "idle" in neighbour.of("state"))
        yield machine, server, robot, neighbour, gateway


def count_polls(gateway: Gateway, name: str) -> tuple[int, int, int]:
    status = next(status for status in gateway.statuses() if status.device == name)
    return status.polls, status.late_polls, status.failures


@pytest.mark.parametrize("kind", sorted(UNREACHABLE))
def test_a_machine_that_cannot_be_reached_fails_alone_and_comes_back(
    kind: FaultKind, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, _, robot, neighbour, gateway):
            before = count_polls(gateway, "SL/neighbour")
            machine.faults.begin("SL/robot", kind)
            if kind in GARBLED:  # It answers, but what it says may or may not look like OPC UA.
                await until(lambda: robot.state in {DeviceState.FAILED, DeviceState.QUARANTINED})
                assert robot.last("state").quality is not Quality.GOOD
            else:
                await until(lambda: robot.state is DeviceState.FAILED)
                assert robot.last("state").quality is Quality.STALE
                assert robot.last("state").value == "idle"
            machine.faults.end("SL/robot")
            machine.says["state"] = EXECUTE
            await until(lambda: robot.of("state")[-1] == "execute" and robot.state is DeviceState.CONNECTED)
            machine.says["state"] = COMPLETE
            await until(lambda: robot.of("state")[-1] == "complete")
            await gateway.command("SL/robot", "release", 17)
            assert machine.says["release"] == 17
            polls, late, failures = count_polls(gateway, "SL/neighbour")
            assert polls > before[0]
            assert (late, failures) == before[1:]
            assert set(neighbour.states) <= {DeviceState.CONNECTING, DeviceState.CONNECTED}

    with caplog.at_level(logging.WARNING):
        run(scenario())
    messages = [record.getMessage() for record in caplog.records]
    if kind not in {FaultKind.FLAPPING, *GARBLED}:
        assert len([message for message in messages if message.startswith("SL/robot failed: ")]) == 1
        assert messages.count("SL/robot is back") == 1
    assert not [record for record in caplog.records if record.name.startswith(("asyncua", "asyncio"))]


@pytest.mark.parametrize("kind", [FaultKind.SLOW, FaultKind.TRICKLING])
def test_a_slow_machine_is_still_heard(kind: FaultKind) -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, _, robot, _neighbour, _gateway):
            machine.faults.begin("SL/robot", kind)
            machine.says["state"] = EXECUTE
            await until(lambda: robot.of("state")[-1] == "execute")
            assert DeviceState.FAILED not in robot.states

    run(scenario())


def test_a_machine_that_shows_what_is_not_possible_is_bad_there_and_nowhere_else() -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, _, robot, _neighbour, _gateway):
            machine.says |= {"parts_set": 70_000, "state": 99}
            await until(lambda: robot.last("state").quality is Quality.BAD)
            await until(lambda: robot.last("parts_set").quality is Quality.BAD)
            assert robot.last("state").error == "the map of 'state' has no entry for 99"
            assert robot.last("parts_set").error == "the device gives 70000, which is no u16"
            machine.says |= {"pallet": 3}
            await until(lambda: robot.of("pallet")[-1] == 3)
            machine.says |= {"parts_set": 7, "state": EXECUTE}
            await until(lambda: robot.of("state")[-1] == "execute" and robot.of("parts_set")[-1] == 7)

    run(scenario())


def test_a_machine_that_gives_other_types_is_in_quarantine_until_it_is_sane() -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, _, robot, neighbour, _gateway):
            sane = dict(machine.says)
            machine.says |= {point.name: 1 if point.name == "program" else "?" for point in PROFILE.points}
            await until(lambda: robot.state is DeviceState.QUARANTINED)
            assert "points give garbage" in robot.reason
            assert robot.last("state").quality is Quality.BAD
            machine.says |= sane | {"state": EXECUTE}
            await until(lambda: robot.state is DeviceState.CONNECTED)
            await until(lambda: robot.of("state")[-1] == "execute")
            assert neighbour.state is DeviceState.CONNECTED

    run(scenario())


def test_a_server_that_lost_its_machine_says_so_by_status_codes() -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, server, robot, _neighbour, _gateway):
            server.status = "BadCommunicationError"
            await until(lambda: robot.last("state").quality is Quality.BAD)
            assert robot.last("state").error == "the server says BadCommunicationError"
            assert robot.state is DeviceState.CONNECTED
            server.status = None
            machine.says["state"] = EXECUTE
            await until(lambda: robot.of("state")[-1] == "execute")

    run(scenario())


def test_a_server_that_refuses_subscriptions_is_read() -> None:
    async def scenario() -> None:
        machine = Machine(PROFILE)
        machine.says["state"] = IDLE
        async with served(machine) as (server, device):
            server.refuses_subscriptions = True
            async with watching(device) as (_, watched):
                robot = watched["SL/robot"]
                await until(lambda: "idle" in robot.of("state"))
                machine.says["state"] = EXECUTE
                await until(lambda: robot.of("state")[-1] == "execute")
                assert robot.state is DeviceState.CONNECTED

    run(scenario())


def test_a_server_that_forgets_its_subscriptions_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "KEEP_ALIVE_SECONDS", 0.5)

    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, server, robot, neighbour, _gateway):
            await server.forget_subscriptions()
            machine.says["state"] = EXECUTE
            await until(lambda: robot.state is DeviceState.FAILED)
            assert "the subscription is silent" in robot.reason
            await until(lambda: robot.of("state")[-1] == "execute")
            assert neighbour.state is DeviceState.CONNECTED

    run(scenario())


def test_a_server_that_forgets_the_session_is_signed_in_to_again() -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, server, robot, _neighbour, _gateway):
            await server.forget_sessions()
            machine.says["state"] = EXECUTE
            await until(lambda: robot.state is DeviceState.FAILED)
            await until(lambda: robot.of("state")[-1] == "execute")

    run(scenario())


def test_a_password_is_never_sent_in_clear(tmp_path: Path) -> None:
    secret = tmp_path / "robot.secret"
    secret.write_text("secret-17", encoding="utf-8")

    async def scenario() -> None:
        async with served(Machine(PROFILE)) as (_, open_device):
            device = replace(open_device, access={"user": "mes", "password_file": str(secret)})
            async with watching(device) as (_, watched):
                await until(lambda: watched["SL/robot"].state is DeviceState.FAILED)
                assert "would have the password sent in clear" in watched["SL/robot"].reason

    run(scenario())


def test_a_machine_that_is_frozen_is_connected_and_heard_again_when_it_thaws() -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, _, robot, _neighbour, gateway):
            await asyncio.sleep(3)  # Nothing changes, and the subscription says nothing for longer than that.
            assert robot.states[-1] is DeviceState.CONNECTED
            assert count_polls(gateway, "SL/robot")[2] == 0
            machine.says["state"] = EXECUTE
            await until(lambda: robot.of("state")[-1] == "execute")

    run(scenario())


def test_a_clock_that_is_wrong_is_told_and_its_readings_carry_our_time() -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, _, robot, _neighbour, gateway):
            machine.clock_offset_seconds = -365 * 86_400.0
            for state in (EXECUTE, COMPLETE):
                machine.says["state"] = state
                await asyncio.sleep(0.5)
            await until(lambda: robot.of("state")[-1] == "complete")
            assert abs(robot.last("state").time - datetime.now(UTC)) < timedelta(seconds=5)
            status = next(status for status in gateway.statuses() if status.device == "SL/robot")
            assert status.clock_offset_seconds == pytest.approx(-365 * 86_400, abs=5)

    run(scenario())


def test_a_command_that_the_machine_does_not_take_is_refused() -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, _, _robot, _neighbour, gateway):
            with pytest.raises(CommandRefusedError, match="BadOutOfRange"):
                await gateway.command("SL/robot", "release", 999)
            assert machine.says["release"] == 0

    run(scenario())


def test_a_command_that_the_machine_forgets_is_not_verified() -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, _, _robot, _neighbour, gateway):
            machine.write = lambda name, raw: None  # type: ignore[method-assign]
            with pytest.raises(CommandNotVerifiedError, match="release = 17 was written, but the server shows 0"):
                await gateway.command("SL/robot", "release", 17)

    run(scenario())


def test_a_command_whose_answer_never_comes_has_an_unknown_outcome_and_is_not_repeated() -> None:
    async def scenario() -> None:
        async with robot_and_neighbour() as (machine, _, robot, _neighbour, gateway):
            written = []

            def write_and_hang(name: str, raw: Value) -> None:
                written.append((name, raw))
                machine.faults.begin("SL/robot", FaultKind.HANGING)

            machine.write = write_and_hang  # type: ignore[method-assign]
            with pytest.raises(CommandUnknownError, match="was sent, and then: no answer"):
                await gateway.command("SL/robot", "release", 17)
            await until(lambda: robot.state is DeviceState.FAILED)
            machine.faults.end("SL/robot")
            await until(lambda: robot.state is DeviceState.CONNECTED)
            assert written == [("release", 17)]

    run(scenario())
