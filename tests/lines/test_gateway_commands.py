"""Commands: off unless switched on, within their bounds, and never sent twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from lines import (
    CommandNotVerifiedError,
    CommandRefusedError,
    CommandUnknownError,
    DeviceUnavailableError,
    Value,
)
from tests.lines.gateway_plant import PROFILE, TellingMachine, gateway, ignore, run, served

Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def machine(device_server: Any) -> Any:
    device_server.words["holding"] = {0: 4, 1: 100, 2: 0}
    return device_server


@pytest.mark.parametrize(
    ("command", "value", "reason"),
    [
        ("quiet", 7, "'quiet' is not switched on for A"),
        ("explode", 7, "no command 'explode'"),
        ("release", 0, "release = 0 is below 1"),
        ("release", 100, "release = 100 is above 99"),
        ("release", 1.5, "takes a whole number"),
        ("release", float("nan"), "takes no such number"),
        ("release", 10**400, "takes no such number"),
    ],
)
def test_what_may_not_be_written_never_reaches_the_device(
    machine: Any, until: Until, command: str, value: Value, reason: str
) -> None:
    async def scenario() -> None:
        async with gateway([served(machine.address, commands=frozenset({"release"}))], ignore) as line:
            await until(lambda: line.readings("A"))
            with pytest.raises(CommandRefusedError, match=reason):
                await line.command("A", command, value)

    run(scenario())
    assert machine.words["holding"][2] == 0


def test_a_command_that_does_not_show_is_not_verified(machine: Any, until: Until) -> None:
    machine.frozen.add(2)

    async def scenario() -> None:
        async with gateway([served(machine.address)], ignore) as line:
            await until(lambda: line.readings("A"))
            with pytest.raises(CommandNotVerifiedError, match="the device shows 0"):
                await line.command("A", "release", 7)

    run(scenario())


def test_a_command_that_is_not_answered_has_an_unknown_outcome_and_is_sent_once(machine: Any, until: Until) -> None:
    writes: list[bytes] = []
    answer = machine.answer

    def swallow(pdu: bytes) -> bytes:
        if pdu[0] != 6:
            return bytes(answer(pdu))
        writes.append(pdu)
        answer(pdu)  # It takes effect, and the line breaks before the answer.
        machine.cut()
        return b""

    machine.answer = swallow

    async def scenario() -> None:
        async with gateway([served(machine.address)], ignore) as line:
            await until(lambda: line.readings("A"))
            with pytest.raises(CommandUnknownError, match="release = 7 was sent, but"):
                await line.command("A", "release", 7)
            polls = line.statuses()[0].polls
            await until(lambda: line.statuses()[0].polls > polls + 5)

    run(scenario())
    assert len(writes) == 1
    assert machine.words["holding"][2] == 7


def test_a_command_whose_read_back_is_lost_has_an_unknown_outcome(machine: Any, until: Until) -> None:
    answer, is_written = machine.answer, False

    def cut_after_the_write(pdu: bytes) -> bytes:
        nonlocal is_written
        if is_written:
            machine.cut()
        is_written = pdu[0] == 6
        return bytes(answer(pdu))

    machine.answer = cut_after_the_write

    async def scenario() -> None:
        async with gateway([served(machine.address)], ignore) as line:
            await until(lambda: line.readings("A"))
            with pytest.raises(CommandUnknownError, match="was written, but not read back"):
                await line.command("A", "release", 7)

    run(scenario())


def test_an_adapter_that_never_returns_from_a_write_is_given_up(until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lines.gateway.poller.WRITE_SECONDS", 0.05)

    class Stuck(TellingMachine):
        async def write(self, command: Any, value: Value) -> None:
            await asyncio.sleep(60)

    async def scenario() -> None:
        async with gateway([served("none")], ignore, open_device=lambda _: Stuck()) as line:
            await until(lambda: line.readings("A"))
            with pytest.raises(CommandUnknownError, match="did not answer to release = 7"):
                await line.command("A", "release", 7)

    run(scenario())


def test_commands_to_one_device_do_not_make_another_ones_polls_late(machine: Any, until: Until) -> None:
    machine.frozen.add(2)  # Each command waits half a second for its value to show.

    async def scenario() -> None:
        devices = [
            served(machine.address, name, replace(PROFILE, fast_seconds=seconds, slow_seconds=seconds))
            for name, seconds in (("A", 0.1), ("B", 1.0))  # A late poll of B is one by half a second.
        ]
        async with gateway(devices, ignore) as line:
            await until(lambda: line.readings("A") and line.readings("B"))
            for _ in range(6):
                with pytest.raises(CommandNotVerifiedError):
                    await line.command("A", "release", 7)
            commanded, other = line.statuses()
        assert commanded.late_polls > 0
        assert (other.late_polls, other.failures) == (0, 0)
        assert other.polls >= 3

    run(scenario())


def test_a_command_to_a_device_that_has_just_gone_is_not_sent(until: Until) -> None:
    gone = TellingMachine()
    gone.write_error = DeviceUnavailableError("the connection is closed")

    async def scenario() -> None:
        async with gateway([served("none")], ignore, open_device=lambda _: gone) as line:
            await until(lambda: line.readings("A"))
            with pytest.raises(DeviceUnavailableError, match="closed"):
                await line.command("A", "release", 7)

    run(scenario())
    assert gone.written == [("release", 7)]
