"""Brokers that go, hang, flood or refuse, and what is none: the MQTT adapter notices and hinders nobody else."""

import asyncio
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from lines import (
    CommandRefusedError,
    Device,
    DeviceUnavailableError,
)
from lines.adapter import GarbageError
from lines.mqtt.adapter import MqttAdapter
from tests.brokers import Certificates, OwnBroker, machine_broker, own_broker, program, publish
from tests.lines.mqtt.scene import PROFILE, Machine, hears, use, values


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
