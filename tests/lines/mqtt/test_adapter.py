"""The MQTT adapter: Mosquitto is the broker, libmosquitto's programs are the machine."""

import asyncio
import json
import socket
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lines import (
    CommandNotVerifiedError,
    CommandRefusedError,
    Device,
    DeviceUnavailableError,
    Sample,
    parse_profile,
)
from lines.adapter import CommandUnknownError, GarbageError
from lines.mqtt.adapter import MqttAdapter
from tests.brokers import Certificates, OwnBroker, machine_broker, own_broker, program, publish, subscriber

PROFILE = parse_profile("""
profile: welder/test
protocol: mqtt
time_pointer: /time
availability: online
points:
  - {name: state, address: "state#/mode", type: u16, map: {1: idle, 2: execute}}
  - {name: kilograms, address: "state#/scales/0/kg", type: f32, unit: kg, low: 0, high: 1000}
  - {name: pieces, address: "pieces", type: u32}
  - {name: program, address: "program#", type: "string:16"}
  - {name: door_open, address: "door", type: bool}
  - {name: mode, address: "mode", type: "string:16", map: {"自动": automatic, MAN: manual}}
commands:
  - {name: pieces, address: "set#/pieces", type: u32, verify: true, shown_by: pieces}
  - {name: program, address: "program/set", type: "string:16"}
  - {name: dose_m3, address: "dose", type: u16, scale: 0.001}
  - {name: mode, address: "mode/set", type: "string:16", map: {"自动": automatic, MAN: manual}}
""")

Use = Callable[[MqttAdapter], Awaitable[Any]]


class Machine:
    """A machine that publishes by mosquitto_pub below its own topic."""

    def __init__(self, broker: str, version: str) -> None:
        self.broker = broker
        self.version = version
        self.topic = f"test-{uuid4().hex[:12]}"
        self._retained: set[str] = set()

    @property
    def device(self) -> Device:
        return Device("SL/welder", PROFILE, f"{self.broker}/{self.topic}", access={"version": self.version})

    def says(self, topic: str, message: str | bytes, *options: str) -> None:
        version = "mqttv5" if self.version == "5" else "mqttv311"
        publish(self.broker, f"{self.topic}/{topic}", message, "-V", version, *options)
        if "-r" in options:
            self._retained.add(topic)

    def forget(self) -> None:
        """Take back what the broker retains."""
        for topic in self._retained:
            publish(self.broker, f"{self.topic}/{topic}", b"", "-r", "-n")

    def state(self, mode: int, kilograms: float, **more: object) -> str:
        return json.dumps({"mode": mode, "scales": [{"kg": kilograms}], **more})


@pytest.fixture(params=["5", "3.1.1"])
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    program("mosquitto_pub")
    made = Machine(machine_broker(), request.param)
    yield made
    made.forget()


def use(device: Device, action: Use, **options: float) -> Any:
    """Run an action with a connected adapter."""

    async def run() -> Any:
        adapter = MqttAdapter(device, **options)
        try:
            await adapter.connect()
            return await action(adapter)
        finally:
            await adapter.close()

    return asyncio.run(run())


async def values(adapter: MqttAdapter) -> dict[str, object]:
    return {name: sample.value for name, sample in (await adapter.read(PROFILE.points)).items()}


async def hears(adapter: MqttAdapter, count: int) -> list[tuple[str, Sample]]:
    """The next samples, as many as asked for."""
    found: list[tuple[str, Sample]] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            found.extend(adapter.heard())
            await asyncio.sleep(0.01)
    return found


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


def test_a_broker_that_is_gone_is_noticed_and_found_again(tmp_path: Path) -> None:
    async def live(broker: OwnBroker) -> object:
        machine = Machine(broker.url, "5")
        adapter = MqttAdapter(machine.device)
        try:
            await adapter.connect()
            broker.stop()
            with pytest.raises(DeviceUnavailableError, match="broke off"):
                await fails(adapter)
            with pytest.raises(DeviceUnavailableError, match="no connection"):
                await adapter.connect()
            await asyncio.to_thread(broker.start)
            await asyncio.to_thread(machine.says, "pieces", "5", "-r")
            await adapter.connect()
            return (await adapter.read(PROFILE.points))["pieces"].value
        finally:
            await adapter.close()

    with own_broker(tmp_path) as broker:
        assert asyncio.run(live(broker)) == 5


async def fails(adapter: MqttAdapter) -> None:
    async with asyncio.timeout(20):
        while True:
            await adapter.read(PROFILE.points)
            await asyncio.sleep(0.02)


@pytest.mark.slow
def test_a_broker_that_hangs_is_noticed_by_the_keep_alive(tmp_path: Path) -> None:
    async def live(broker: OwnBroker) -> float:
        adapter = MqttAdapter(Machine(broker.url, "5").device, timeout_seconds=0.5)
        try:
            await adapter.connect()
            broker.freeze()
            began = time.monotonic()
            with pytest.raises(DeviceUnavailableError):
                await fails(adapter)
            noticed = time.monotonic() - began
            with pytest.raises(DeviceUnavailableError, match="does not answer"):
                await adapter.connect()
            return noticed
        finally:
            await adapter.close()

    with own_broker(tmp_path) as broker:
        assert asyncio.run(live(broker)) < 13


def serve_once(answer: bytes) -> tuple[int, threading.Thread]:
    """Something that listens, answers the first thing it hears and hangs until the other side goes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(1024)
            if answer:
                connection.sendall(answer)
            with suppress(ConnectionResetError):
                while connection.recv(1024):
                    pass

    thread = threading.Thread(target=serve)
    thread.start()
    return listener.getsockname()[1], thread


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", DeviceUnavailableError),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", DeviceUnavailableError),  # as if the beginning of a long message
        (b"HTTP/1.1 400 Bad Request\r\n" + 100 * b"x", GarbageError),
        (b"\x20\xff\xff\xff\xff\xff", GarbageError),  # a length of too many bytes
        (b"\x20\x02\x00\x00", GarbageError),  # MQTT 5 without properties
        (b"\x20\x03\x00\x87\x00", DeviceUnavailableError),  # sound: not authorized
    ],
)
def test_what_is_no_broker_is_said_to_be_none(answer: bytes, error: type[Exception]) -> None:
    port, thread = serve_once(answer)
    device = Device("SL/welder", PROFILE, f"mqtt://127.0.0.1:{port}/x")
    began = time.monotonic()
    with pytest.raises(error):
        use(device, values, timeout_seconds=0.5)
    assert time.monotonic() - began < 4
    thread.join(5)


def test_a_server_that_takes_connections_and_never_begins_tls_hinders_no_other_device() -> None:
    machine = Machine(machine_broker(), "5")
    hanging = [socket.create_server(("127.0.0.1", 0)) for _ in range(20)]

    async def live() -> float:
        deaf = [
            MqttAdapter(Device(f"SL/{i}", PROFILE, f"mqtts://127.0.0.1:{server.getsockname()[1]}"), timeout_seconds=1.0)
            for i, server in enumerate(hanging)
        ]
        attempts = [asyncio.create_task(adapter.connect()) for adapter in deaf]
        await asyncio.sleep(0.1)
        sound = MqttAdapter(machine.device)
        began = time.monotonic()
        await sound.connect()
        took = time.monotonic() - began
        await sound.close()
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        assert all(isinstance(outcome, DeviceUnavailableError) for outcome in outcomes)
        return took

    try:
        assert asyncio.run(live()) < 1.0
    finally:
        for server in hanging:
            server.close()


def test_a_machine_that_floods_its_topics_waits_for_the_gateway_and_nothing_is_lost(tmp_path: Path) -> None:
    lines = "".join(f"{number}\n" for number in range(12_000))

    async def live(broker: OwnBroker) -> list[object]:
        machine = Machine(broker.url, "5")
        adapter = MqttAdapter(machine.device)
        try:
            await adapter.connect()
            topic = f"{machine.topic}/pieces"
            sender = [program("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(broker.port), "-t", topic, "-q", "1", "-l"]
            process = await asyncio.create_subprocess_exec(*sender, stdin=asyncio.subprocess.PIPE)
            sending = asyncio.create_task(process.communicate(lines.encode()))
            await asyncio.sleep(2)
            waiting = len(adapter.heard())
            assert waiting <= 5001  # no more are taken than may wait
            told = [sample.value for _, sample in await hears(adapter, 12_000 - waiting)]
            await sending
            return told
        finally:
            await adapter.close()

    with own_broker(tmp_path, "allow_anonymous true", "max_queued_messages 0") as broker:
        told = asyncio.run(live(broker))
    assert told == list(range(12_000 - len(told), 12_000))


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_message_that_is_too_long_is_not_taken(tmp_path: Path, version: str) -> None:
    """MQTT 5 lets the broker keep it; with 3.1.1 the connection ends before it fills the memory."""

    async def live(broker: OwnBroker) -> str:
        machine = Machine(broker.url, version)
        adapter = MqttAdapter(machine.device)
        try:
            await adapter.connect()
            await asyncio.to_thread(publish, broker.url, f"{machine.topic}/program", b"P" * 30_000_000)
            await asyncio.to_thread(publish, broker.url, f"{machine.topic}/program", '"P-1"')
            await values_of(adapter, "program", "P-1")
            return "kept by the broker"
        except DeviceUnavailableError as error:
            return str(error)
        finally:
            await adapter.close()

    with own_broker(tmp_path) as broker:
        said = asyncio.run(live(broker))
    assert ("a message of 300000" in said) if version == "3.1.1" else (said == "kept by the broker")


async def values_of(adapter: MqttAdapter, name: str, value: object) -> None:
    async with asyncio.timeout(10):
        while (await adapter.read(PROFILE.points))[name].value != value:
            await asyncio.sleep(0.01)


def test_tls_password_and_client_certificate_let_the_gateway_in_and_nobody_else(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    certificate, key = certificates.issue("broker")
    ours, our_key = certificates.issue("gateway")
    (tmp_path / "passwords").write_text("")
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    program("mosquitto")
    subprocess.run([program("mosquitto_passwd"), "-b", str(tmp_path / "passwords"), "mes", "correct horse"], check=True)
    settings = (
        f"cafile {certificates.ca_file}",
        f"certfile {certificate}",
        f"keyfile {key}",
        "require_certificate true",
        "allow_anonymous false",
        f"password_file {tmp_path / 'passwords'}",
    )
    access = {
        "user": "mes",
        "password_file": str(secret),
        "ca_file": str(certificates.ca_file),
        "certificate_file": str(ours),
        "key_file": str(our_key),
    }
    with own_broker(tmp_path, *settings) as broker:
        address = f"mqtts://127.0.0.1:{broker.port}/x"
        connected = use(Device("SL/welder", PROFILE, address, access=access), values)
        assert set(connected.values()) == {None}
        without_certificate = {k: v for k, v in access.items() if k not in {"certificate_file", "key_file"}}
        without_trust = {k: v for k, v in access.items() if k != "ca_file"}
        for refused in (without_certificate, without_trust):
            with pytest.raises(DeviceUnavailableError):
                use(Device("SL/welder", PROFILE, address, access=refused), values)
        secret.write_text("wrong")
        with pytest.raises(DeviceUnavailableError, match=r"[Nn]ot authori[sz]ed|Bad user name"):
            use(Device("SL/welder", PROFILE, address, access=access), values)


def test_a_topic_that_the_broker_does_not_grant_is_named(tmp_path: Path) -> None:
    (tmp_path / "acl").write_text("topic read nothing\n")
    settings = ("allow_anonymous true", f"acl_file {tmp_path / 'acl'}")
    command = PROFILE.command("program")
    assert command is not None
    with own_broker(tmp_path, *settings) as broker, pytest.raises(CommandRefusedError, match=r"[Nn]ot authorized"):
        use(Machine(broker.url, "5").device, lambda adapter: adapter.write(command, "P-1"))
