"""Connections of Modbus devices: shared or not, lost, silent, or answered by something else."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from pymodbus.framer import FramerRTU

from lines import (
    CommandRefusedError,
    CommandUnknownError,
    Device,
    DeviceUnavailableError,
    GarbageError,
    Sample,
    parse_profile,
)
from lines.modbus import ModbusAdapter
from lines.modbus.blocks import Block
from lines.modbus.bus import RefusedError
from lines.modbus.endpoint import SerialEndpoint, TcpEndpoint, parse_serial, parse_tcp
from lines.modbus.link import Link
from lines.modbus.plan import Plan
from tests.lines.gateway_plant import PROFILE, Statuses, gateway, ignore, run, served

Until = Callable[[Callable[[], object]], Awaitable[None]]
ILLEGAL = parse_profile("""
profile: holes
protocol: modbus-tcp
illegal: ["holding:4-6", "holding:90"]
points:
  - {name: a, address: "holding:3", type: u16}
  - {name: b, address: "holding:7", type: u16}
  - {name: c, address: "holding:5", type: u16}
commands:
  - {name: reset, address: "holding:89", type: u32}
""")
CALM = replace(PROFILE, fast_seconds=0.1, slow_seconds=0.1)


@pytest.fixture
def machine(device_server: Any) -> Any:
    device_server.words["holding"] = dict.fromkeys(range(100), 0) | {0: 4, 1: 100}
    return device_server


def use(device: Device, action: Callable[[ModbusAdapter], Awaitable[Any]], **options: float) -> Any:
    async def scenario() -> Any:
        adapter = ModbusAdapter(device, **options)
        try:
            await adapter.connect()
            return await action(adapter)
        finally:
            await adapter.close()

    return asyncio.run(scenario())


def test_no_request_touches_an_illegal_address(machine: Any) -> None:
    samples = use(Device("A", ILLEGAL, machine.address), lambda adapter: adapter.read(ILLEGAL.points))
    assert machine.requests == [(3, 3, 1), (3, 7, 1)]
    assert samples == {"a": Sample(0), "b": Sample(0), "c": Sample(None, "the profile calls holding:5 illegal")}


def test_a_command_to_an_illegal_address_is_refused(machine: Any) -> None:
    with pytest.raises(CommandRefusedError, match="the profile calls holding:89 illegal"):
        use(Device("A", ILLEGAL, machine.address), lambda adapter: adapter.write(ILLEGAL.commands[0], 7))


@pytest.mark.parametrize(("code", "error"), [(4, "device failure"), (5, "acknowledge"), (11, "gateway no response")])
def test_an_exception_that_leaves_a_write_open_makes_its_outcome_unknown(machine: Any, code: int, error: str) -> None:
    machine.answer = lambda pdu: bytes([pdu[0] | 0x80, code])
    with pytest.raises(CommandUnknownError, match=error):
        use(served(machine.address), lambda adapter: adapter.write(PROFILE.commands[1], 7))


@pytest.mark.parametrize("code", [1, 2, 3, 6])
def test_an_exception_that_refuses_a_write_changes_nothing(machine: Any, code: int) -> None:
    machine.answer = lambda pdu: bytes([pdu[0] | 0x80, code])
    with pytest.raises(CommandRefusedError):
        use(served(machine.address), lambda adapter: adapter.write(PROFILE.commands[1], 7))


def test_a_connection_that_is_lost_while_an_answer_is_awaited_is_noticed_at_once(machine: Any, until: Until) -> None:
    machine.silent_units.add(1)

    async def read_and_cut(adapter: ModbusAdapter) -> float:
        reading = asyncio.create_task(adapter.read(PROFILE.points))
        await until(lambda: machine.units)
        machine.cut()
        began = time.monotonic()
        with pytest.raises(DeviceUnavailableError, match="the connection was lost"):
            await reading
        return time.monotonic() - began

    assert use(served(machine.address), read_and_cut, read_seconds=8.0) < 4


@pytest.mark.parametrize(
    "babble",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes.fromhex("0001 0000 ffff 01 03 02 0004"),  # an impossible length
        bytes.fromhex("0000 0000 0007 01 03 06 0004 0064"),  # fewer bytes than it says
        bytes.fromhex("0000 0000 0005 01 03 02 0004"),  # one register in place of two
        bytes.fromhex("0000 0000 0005 01 04 02 0004"),  # another function
        bytes.fromhex("0000 0000 0002 01 6e"),  # a function that does not exist
    ],
)
def test_what_is_no_modbus_is_garbage_the_third_time(machine: Any, babble: bytes) -> None:
    machine.babble = babble

    async def read_often(adapter: ModbusAdapter) -> list[type[Exception]]:
        errors: list[type[Exception]] = []
        for _ in range(3):
            await adapter.connect()
            with pytest.raises((DeviceUnavailableError, GarbageError)) as caught:
                await adapter.read(PROFILE.points)
            errors.append(GarbageError if isinstance(caught.value, GarbageError) else DeviceUnavailableError)
        return errors

    found = use(served(machine.address), read_often, read_seconds=5.0)
    assert found == [DeviceUnavailableError, DeviceUnavailableError, GarbageError]


def test_a_device_that_speaks_another_protocol_is_quarantined_and_believed_again(machine: Any, until: Until) -> None:
    machine.babble = b"SSH-2.0-OpenSSH\r\n"

    async def scenario() -> None:
        statuses = Statuses()
        async with gateway([served(machine.address)], ignore, on_status=statuses) as line:
            await until(lambda: "quarantined" in statuses.states("A"))
            assert "not in Modbus TCP: 53 53 48" in str(line.statuses()[0].reason)
            machine.babble = None
            await until(lambda: line.statuses()[0].state == "connected")

    run(scenario())


def test_units_behind_a_converter_share_one_connection(machine: Any, until: Until) -> None:
    devices = [replace(served(f"{machine.address}?share=1", f"U{n}", CALM), unit=n) for n in (1, 2, 3)]

    async def scenario() -> None:
        async with gateway(devices, ignore) as line:
            await until(lambda: all(status.polls > 3 for status in line.statuses()))
            assert len(machine.connections) == 1
            await line.apply(devices[1:])
            polls = line.statuses()[0].polls
            await until(lambda: line.statuses()[0].polls > polls)
            assert len(machine.connections) == 1
        await until(lambda: not machine.connections)

    run(scenario())
    assert set(machine.units) == {1, 2, 3}


def test_a_dead_unit_does_not_starve_those_that_share_its_connection(machine: Any, until: Until) -> None:
    devices = [replace(served(f"{machine.address}?share=1&timeout=0.4", f"U{n}", CALM), unit=n) for n in (1, 2, 3)]
    machine.silent_units.add(2)

    async def scenario() -> None:
        async with gateway(devices, ignore) as line:
            await until(lambda: line.statuses()[1].failures >= 3 and line.statuses()[0].polls > 5)
            first, dead, third = line.statuses()
            assert (first.failures, third.failures, dead.polls) == (0, 0, 0)
            assert "unit 2 did not answer: time-out" in str(dead.reason)
            machine.silent_units.clear()
            await until(lambda: line.statuses()[1].state == "connected")

    run(scenario())


def test_a_shared_connection_that_broke_is_made_anew_for_all(machine: Any, until: Until) -> None:
    devices = [replace(served(f"{machine.address}?share=1", f"U{n}", CALM), unit=n) for n in (1, 2)]

    async def scenario() -> None:
        async with gateway(devices, ignore) as line:
            await until(lambda: all(status.polls > 1 for status in line.statuses()))
            machine.cut()
            polls = [status.polls for status in line.statuses()]
            await until(lambda: all(s.polls > n + 3 for s, n in zip(line.statuses(), polls, strict=True)))
            assert {status.state for status in line.statuses()} == {"connected"}
            assert len(machine.connections) == 1

    run(scenario())


def test_of_many_units_only_one_waits_for_a_connection_that_cannot_be_made(free_port: int) -> None:
    waits: list[float] = []

    class Slow(Link):
        async def _connect(self) -> str | None:
            waits.append(time.monotonic())
            await asyncio.sleep(0.2)
            return await super()._connect()

    async def scenario() -> None:
        link = Slow(parse_tcp(f"127.0.0.1:{free_port}?share=1"), 1.0)
        found = await asyncio.gather(*(link.open() for _ in range(5)), return_exceptions=True)
        assert {str(error) for error in found} == {f"no connection to 127.0.0.1:{free_port}"}
        assert len(waits) == 1
        with pytest.raises(DeviceUnavailableError):
            await link.open()
        assert len(waits) == 2

    run(scenario())


class Answering:
    """Answers blocks as a device that has only some registers."""

    def __init__(self, registers: dict[int, int]) -> None:
        self.registers = registers
        self.asked: list[tuple[int, int]] = []

    async def __call__(self, block: Block) -> list[int]:
        self.asked.append((block.offset, block.length))
        span = range(block.offset, block.offset + block.length)
        if not self.registers.keys() >= set(span):
            raise RefusedError(2)
        return [self.registers[offset] for offset in span]


def test_a_refused_value_is_left_out_and_asked_for_again_ever_more_seldom() -> None:
    profile = parse_profile("""
profile: three
protocol: modbus-tcp
points:
  - {name: a, address: "holding:0", type: u16}
  - {name: b, address: "holding:1", type: u16}
  - {name: c, address: "holding:2", type: u16}
""")

    async def scenario() -> None:
        plan, device = Plan(profile.points, profile), Answering({0: 10, 2: 12})

        async def read(now: float) -> tuple[list[object], list[tuple[int, int]]]:
            device.asked.clear()
            samples = await plan.read(device, now)
            return [samples[name].value for name in "abc"], list(device.asked)

        values, asked = await read(0.0)
        assert (values, len(asked)) == ([10, None, 12], 5)
        assert await read(0.9) == ([10, None, 12], [(0, 1), (2, 1)])
        asked_again = [now for now in range(1, 200) if len((await read(now))[1]) == 5]
        assert asked_again == [1, 3, 7, 15, 31, 63, 123, 183]
        device.registers[1] = 11
        assert await read(242) == ([10, None, 12], [(0, 1), (2, 1)])
        assert await read(243) == ([10, 11, 12], [(0, 3)])
        assert await read(244) == ([10, 11, 12], [(0, 3)])

    run(scenario())


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("plc:5020", TcpEndpoint("plc", 5020)),
        ("plc?share=1", TcpEndpoint("plc", 502, is_shared=True)),
        ("[::1]:5?framing=rtu&timeout=0.3", TcpEndpoint("::1", 5, is_rtu=True, answer_seconds=0.3)),
    ],
)
def test_a_tcp_address_may_have_options(address: str, endpoint: TcpEndpoint) -> None:
    assert parse_tcp(address) == endpoint


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("serial:///dev/ttyUSB0", SerialEndpoint("/dev/ttyUSB0", 19200, "E", 1)),
        (
            "serial:///dev/ttyS1?baudrate=9600&parity=N&stopbits=2&bytesize=7&timeout=0.2",
            SerialEndpoint("/dev/ttyS1", 9600, "N", 2, 7, 0.2),
        ),
        ("serial:///COM3", SerialEndpoint("COM3")),
    ],
)
def test_a_serial_address_names_port_and_settings(address: str, endpoint: SerialEndpoint) -> None:
    assert parse_serial(address) == endpoint


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("plc?share=maybe", "share is 0 or 1"),
        ("plc?speed=3", "unknown option 'speed'"),
        ("plc?timeout=0", "timeout is 0.01 to 20 seconds"),
        ("serial://ttyUSB0", "no serial port"),
        ("/dev/ttyUSB0", "no serial port"),
        ("serial:///dev/ttyUSB0?parity=X", "parity is N or E or O"),
        ("serial:///dev/ttyUSB0?baudrate=fast", "baudrate is a number"),
    ],
)
def test_other_options_are_refused(address: str, error: str) -> None:
    parse = parse_serial if "tty" in address else parse_tcp
    with pytest.raises(ValueError, match=error):
        parse(address)


def test_a_slow_line_gives_an_answer_more_time() -> None:
    # 113 characters of 11 bits at 1200 baud take 1.04 s.
    assert parse_serial("serial:///dev/ttyS1?baudrate=1200").answer_time_seconds(50) == pytest.approx(
        0.5 + 113 * 11 / 1200
    )


TWO_BLOCKS = parse_profile("""
profile: two blocks
protocol: modbus-tcp
points:
  - {name: near, address: "holding:0", type: u16}
  - {name: far, address: "holding:50", type: u16}
""")


def test_late_answers_that_come_together_are_taken_for_no_other_value() -> None:
    """RTU frames have no number: what answers the same function with as many registers looks as the right answer."""
    requests: list[bytes] = []
    values: dict[str, Any] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                requests.append(await reader.readexactly(8))
                if len(requests) == 1:
                    continue
                for request in requests[:2] if len(requests) == 2 else requests[-1:]:
                    await asyncio.sleep(0.03)
                    frame = b"\1\3\2" + request[2:4]  # each register holds its own offset
                    writer.write(frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big"))
        writer.close()
        ended.set()

    ended = asyncio.Event()

    async def scenario() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        adapter = ModbusAdapter(Device("A", TWO_BLOCKS, f"127.0.0.1:{port}?share=1&framing=rtu&timeout=0.2"))
        async with server:
            await adapter.connect()
            with pytest.raises(DeviceUnavailableError):
                await adapter.read(TWO_BLOCKS.points)
            samples = await adapter.read(TWO_BLOCKS.points)
            await adapter.close()
            await ended.wait()
        values.update({name: sample.value for name, sample in samples.items()})

    run(scenario())
    assert values == {"near": 0, "far": 50}
