"""The MQTT adapter: Mosquitto is the broker, libmosquitto's programs are the machine."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from lines import (
    CommandNotVerifiedError,
    CommandRefusedError,
    DeviceUnavailableError,
    Sample,
)
from lines.adapter import CommandUnknownError
from lines.mqtt.adapter import MqttAdapter
from tests.brokers import machine_broker, program, subscriber
from tests.lines.mqtt.scene import PROFILE, Machine, hears, use, values


@pytest.fixture(params=["5", "3.1.1"])
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    program("mosquitto_pub")
    made = Machine(machine_broker(), request.param)
    yield made
    made.forget()


def test_what_is_retained_is_there_at_once(machine: Machine) -> None:
    machine.says("state", machine.state(2, 412.5, time="2026-11-23T08:00:00Z"), "-r")
    machine.says("program", '"P-17"', "-r")

    async def look(adapter: MqttAdapter) -> dict[str, Sample]:
        return await adapter.read(PROFILE.points)

    samples = use(machine.device, look)
    assert samples["state"] == Sample("execute", None, datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
    assert samples["kilograms"].value == 412.5
    assert samples["program"].value == "P-17"
    assert samples["pieces"].error == f"nothing was heard on {machine.topic}/pieces yet"


def test_every_message_is_told_in_its_order(machine: Machine) -> None:
    async def listen(adapter: MqttAdapter) -> list[tuple[str, Sample]]:
        for number in range(1, 21):
            await asyncio.to_thread(machine.says, "pieces", str(number))
        await asyncio.to_thread(machine.says, "door", "true")
        return await hears(adapter, 21)

    told = use(machine.device, listen)
    assert [(name, sample.value) for name, sample in told] == [
        *(("pieces", n) for n in range(1, 21)),
        ("door_open", True),
    ]


def test_a_member_that_a_message_leaves_out_keeps_its_value(machine: Machine) -> None:
    async def listen(adapter: MqttAdapter) -> dict[str, object]:
        await asyncio.to_thread(machine.says, "state", machine.state(1, 7))
        await asyncio.to_thread(machine.says, "state", '{"mode": 2}')
        await hears(adapter, 3)
        return await values(adapter)

    found = use(machine.device, listen)
    assert (found["state"], found["kilograms"]) == ("execute", 7.0)


@pytest.mark.parametrize(
    ("topic", "message", "error"),
    [
        ("state", "{", "the payload is no JSON"),
        ("state", b"\xff\x00", "the payload is no JSON"),
        ("state", '{"mode": 9}', "the map of 'state' has no entry for 9"),
        ("state", '{"mode": "two"}', "is no u16"),
        ("state", '{"mode": null}', "has no value"),
        ("state", '{"scales": [{"kg": 5000}]}', "not possible"),
        ("state", '{"scales": [{"kg": 1' + "0" * 400 + "}]}", ""),
        ("pieces", "-1", "is no u32"),
        ("pieces", "many", "the payload is no u32"),
        ("program", '"\\ud800"', ""),
        ("mode", "AUTO", "the map of 'mode' has no entry for 'AUTO'"),
    ],
)
def test_a_value_that_cannot_be_is_bad_with_its_reason(topic: str, message: str | bytes, error: str) -> None:
    machine = Machine(machine_broker(), "5")

    async def listen(adapter: MqttAdapter) -> list[tuple[str, Sample]]:
        await asyncio.to_thread(machine.says, topic, message)
        return await hears(adapter, 1)

    (_, sample), *_ = use(machine.device, listen)
    assert (sample.value, sample.is_garbage) == (None, False)
    assert error in str(sample.error)


def test_the_third_garbage_in_a_row_counts_as_garbage_until_a_sane_message(machine: Machine) -> None:
    async def listen(adapter: MqttAdapter) -> list[bool]:
        for message in ("{", "[", "{", machine.state(1, 7)):
            await asyncio.to_thread(machine.says, "state", message)
        return [sample.is_garbage for name, sample in await hears(adapter, 8) if name == "state"]

    assert use(machine.device, listen) == [False, False, True, False]


def test_a_machine_whose_will_says_so_is_away(machine: Machine) -> None:
    machine.says("online", "true", "-r")

    async def listen(adapter: MqttAdapter) -> None:
        await adapter.read(PROFILE.points)
        await asyncio.to_thread(machine.says, "online", "offline")
        async with asyncio.timeout(5):
            while True:
                await adapter.read(PROFILE.points)
                await asyncio.sleep(0.01)

    with pytest.raises(DeviceUnavailableError, match="the machine is away"):
        use(machine.device, listen)


def test_a_command_is_done_when_its_point_shows_it(machine: Machine) -> None:
    device = machine.device

    async def order(adapter: MqttAdapter) -> None:
        with subscriber(machine.broker, "-t", f"{machine.topic}/set") as commands:
            command = PROFILE.command("pieces")
            assert command is not None
            writing = asyncio.create_task(adapter.write(command, 17))
            assert json.loads(await asyncio.to_thread(commands.line)) == {"pieces": 17}
            assert not writing.done()
            await asyncio.to_thread(machine.says, "pieces", "17")
            await writing

    use(device, order)


@pytest.mark.parametrize(("answer", "outcome"), [("16", CommandNotVerifiedError), (None, CommandUnknownError)])
def test_a_command_that_does_not_show_is_told_from_one_that_nobody_answers(
    machine: Machine, answer: str | None, outcome: type[Exception]
) -> None:
    async def order(adapter: MqttAdapter) -> None:
        with subscriber(machine.broker, "-t", f"{machine.topic}/set") as commands:
            command = PROFILE.command("pieces")
            assert command is not None
            writing = asyncio.create_task(adapter.write(command, 17))
            await asyncio.to_thread(commands.line)
            if answer is not None:
                await asyncio.to_thread(machine.says, "pieces", answer)
            await writing

    with pytest.raises(outcome):
        use(machine.device, order, verify_seconds=0.5)


def test_the_words_of_a_machine_are_called_as_its_profile_says(machine: Machine) -> None:
    async def speak(adapter: MqttAdapter) -> tuple[list[object], str]:
        command = PROFILE.command("mode")
        assert command is not None
        with subscriber(machine.broker, "-t", f"{machine.topic}/mode/set") as heard:
            await adapter.write(command, "automatic")
            written = await asyncio.to_thread(heard.line)
        for word in ("自动", "MAN"):
            await asyncio.to_thread(machine.says, "mode", word)
        return [sample.value for _, sample in await hears(adapter, 2)], written

    assert use(machine.device, speak) == (["automatic", "manual"], "自动\n")


def test_plain_and_scaled_commands_are_published_as_text(machine: Machine) -> None:
    async def order(adapter: MqttAdapter) -> list[str]:
        with subscriber(machine.broker, "-t", f"{machine.topic}/program/set", "-t", f"{machine.topic}/dose") as heard:
            for name, value in (("program", "预制-1"), ("dose_m3", 1.25)):
                command = PROFILE.command(name)
                assert command is not None
                await adapter.write(command, value)
            return [await asyncio.to_thread(heard.line) for _ in range(2)]

    assert use(machine.device, order) == ["预制-1\n", "1250\n"]


@pytest.mark.parametrize(
    ("name", "value"), [("pieces", -1), ("pieces", 1.5), ("program", "x" * 17), ("dose_m3", 66.0), ("mode", "off")]
)
def test_a_value_that_does_not_fit_is_refused_and_not_sent(name: str, value: Any) -> None:
    machine = Machine(machine_broker(), "5")
    command = PROFILE.command(name)
    assert command is not None
    with pytest.raises(CommandRefusedError):
        use(machine.device, lambda adapter: adapter.write(command, value))


def test_mqtt_5_tells_that_nobody_listens_to_a_command() -> None:
    machine = Machine(machine_broker(), "5")
    command = PROFILE.command("program")
    assert command is not None
    with pytest.raises(DeviceUnavailableError, match="nobody listens"):
        use(machine.device, lambda adapter: adapter.write(command, "P-1"))
