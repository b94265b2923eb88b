"""Modbus RTU against libmodbus: a bus of pseudo-terminals, on which each server is a process of its own."""

import asyncio
import os
import selectors
import shutil
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lines import Device, DeviceUnavailableError, Sample, Value, parse_profile
from lines.modbus import ModbusAdapter
from tests.lines.gateway_plant import QUICK, Statuses, gateway, run

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are Unix's", allow_module_level=True)
import tty

Until = Callable[[Callable[[], object]], Awaitable[None]]
OPTIONS = "?baudrate=115200&parity=N&timeout=0.5"

PROFILE = parse_profile("""
profile: spreader/rtu
protocol: modbus-rtu
word_order: little
poll: {fast: 0.1, slow: 0.1}
points:
  - {name: unit, address: "holding:0", type: u16}
  - {name: hopper_kg, address: "input:10", type: f32, unit: kg}
  - {name: poured_m3, address: "input:12", type: u32, scale: 0.001, unit: m3}
  - {name: door_open, address: "discrete:3", type: bool}
  - {name: lamp, address: "coil:9", type: bool}
  - {name: program, address: "holding:5", type: "string:6"}
  - {name: missing, address: "input:20", type: u16}
commands:
  - {name: release, address: "holding:20", type: u16, verify: true}
  - {name: lamp, address: "coil:9", type: bool, verify: true}
  - {name: program, address: "holding:5", type: "string:6", verify: true}
""")

SERVER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <modbus/modbus.h>
int main(int argc, char **argv) {
    uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH];
    modbus_t *context = modbus_new_rtu(argv[1], 115200, 'N', 8, 1);
    modbus_mapping_t *map = modbus_mapping_new(10, 4, 130, 14);
    modbus_set_slave(context, atoi(argv[2]));
    /* After a request for another unit a server takes what comes for that one's answer, for so long. */
    modbus_set_response_timeout(context, 0, 250000);
    map->tab_registers[0] = atoi(argv[2]);
    map->tab_registers[5] = 0x5031; map->tab_registers[6] = 0x2D37;
    map->tab_input_registers[10] = 0x4000; map->tab_input_registers[11] = 0x43CE;
    map->tab_input_registers[12] = 1580; map->tab_input_bits[3] = 1;
    if (modbus_connect(context)) return 1;
    puts("ready"); fflush(stdout);
    for (;;) {
        int length = modbus_receive(context, query);
        if (length > 0) modbus_reply(context, query, length, map);
    }
}
"""


class Bus:
    """A serial line: what one sends reaches all others."""

    def __init__(self, devices: int) -> None:
        pairs = [os.openpty() for _ in range(devices + 1)]
        for _, end in pairs:
            tty.setraw(end)
        self._ends = [end for pair in pairs for end in pair]
        self.master, *self.devices = [os.ttyname(end) for _, end in pairs]
        self._near, *self._far = [near for near, _ in pairs]
        self.sent: list[bytes] = []
        self.noise = b""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._carry)

    def __enter__(self) -> "Bus":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        for end in self._ends:
            os.close(end)

    def _carry(self) -> None:
        with selectors.DefaultSelector() as selector:
            for end in (self._near, *self._far):
                selector.register(end, selectors.EVENT_READ)
            while not self._closing.is_set():
                for key, _ in selector.select(0.02):
                    with suppress(OSError):
                        self._pass_on(key.fd, os.read(key.fd, 512))

    def _pass_on(self, source: int, data: bytes) -> None:
        if source != self._near:
            os.write(self._near, self.noise + data)
        else:
            self.sent.append(data)
        for end in self._far:
            if end != source:
                os.write(end, data)


@pytest.fixture(scope="module")
def server_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not Path("/usr/include/modbus/modbus.h").exists():
        pytest.skip("libmodbus (libmodbus-dev) and a C compiler are not installed")
    folder = tmp_path_factory.mktemp("libmodbus")
    (folder / "server.c").write_text(SERVER)
    subprocess.run([compiler, "server.c", "-o", "server", "-lmodbus"], cwd=folder, check=True)
    return folder / "server"


@pytest.fixture
def bus(server_program: Path) -> Iterator[Bus]:
    """The units 1 and 2 of libmodbus on a line."""
    with ExitStack() as stack:
        made = stack.enter_context(Bus(2))
        for unit, path in enumerate(made.devices, start=1):
            command = [str(server_program), path, str(unit)]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        yield made


def device(bus: Bus, unit: int) -> Device:
    return Device(f"U{unit}", PROFILE, f"serial://{bus.master}{OPTIONS}", unit, frozenset({"release"}))


def write(adapter: ModbusAdapter, name: str, value: Value) -> Awaitable[None]:
    command = PROFILE.command(name)
    assert command is not None
    return adapter.write(command, value)


def test_a_libmodbus_device_on_a_serial_line_is_read_and_commanded(bus: Bus) -> None:
    async def scenario() -> None:
        adapter = ModbusAdapter(device(bus, 2))
        try:
            await adapter.connect()
            await write(adapter, "release", 17)
            await write(adapter, "lamp", True)
            await write(adapter, "program", "墙7")
            samples = await adapter.read(PROFILE.points)
        finally:
            await adapter.close()
        missing = samples.pop("missing")
        assert "illegal address" in str(missing.error)
        assert samples == {
            "unit": Sample(2),
            "hopper_kg": Sample(412.5),
            "poured_m3": Sample(1.58),
            "door_open": Sample(True),
            "lamp": Sample(True),
            "program": Sample("墙7"),
        }

    run(scenario())


def test_devices_of_one_line_are_asked_in_turn_and_a_dead_one_starves_nobody(bus: Bus, until: Until) -> None:
    async def scenario() -> None:
        statuses = Statuses()
        devices = [device(bus, unit) for unit in (1, 2, 3)]
        async with gateway(devices, [].extend, on_status=statuses, open_device=ModbusAdapter) as line:
            await until(lambda: line.statuses()[2].failures >= 2)
            await until(lambda: min(status.polls for status in line.statuses()[:2]) >= 10)
            first, second, dead = line.statuses()
            assert (first.failures, second.failures) == (0, 0)
            assert {line.readings(name)["unit"].value for name in ("U1", "U2")} == {1, 2}
            assert f"{bus.master} unit 3 did not answer: time-out" in str(dead.reason)
            await asyncio.gather(line.command("U1", "release", 5), line.command("U2", "release", 6))

    run(scenario())
    # Each frame went alone: a collision would have joined or broken some.
    assert {len(frame) for frame in bus.sent} == {8}


def test_noise_before_an_answer_is_a_failure_and_not_a_value(bus: Bus, until: Until) -> None:
    async def scenario() -> None:
        readings: list[Any] = []
        statuses = Statuses()
        async with gateway(
            [device(bus, 1)], readings.extend, on_status=statuses, open_device=ModbusAdapter, backoff=QUICK
        ) as line:
            await until(lambda: line.readings("U1"))
            bus.noise = b"\x01\x03\x55\xaa"
            await until(lambda: line.statuses()[0].state == "quarantined")
            bus.noise = b""
            await until(lambda: line.statuses()[0].state == "connected")
        values = {reading.value for reading in readings if reading.point == "hopper_kg"}
        assert values == {412.5, None}
        assert statuses.states("U1")[:2] == ["connected", "failed"]

    run(scenario())


def test_units_behind_a_transparent_converter_are_read_by_rtu_over_tcp(bus: Bus, until: Until) -> None:
    line_end = os.open(bus.master, os.O_RDWR | os.O_NOCTTY)
    tcp = replace(PROFILE, protocol="modbus-tcp")

    async def convert(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(line_end, lambda: writer.write(os.read(line_end, 512)))
        while data := await reader.read(512):
            os.write(line_end, data)
        loop.remove_reader(line_end)
        writer.close()

    async def scenario() -> None:
        async with await asyncio.start_server(convert, "127.0.0.1", 0) as converter:
            port = converter.sockets[0].getsockname()[1]
            address = f"127.0.0.1:{port}?framing=rtu&share=1"
            devices = [Device(f"U{unit}", tcp, address, unit) for unit in (1, 2)]
            async with gateway(devices, [].extend, open_device=ModbusAdapter) as line:
                await until(lambda: min(status.polls for status in line.statuses()) >= 3)
                assert {line.readings(name)["unit"].value for name in ("U1", "U2")} == {1, 2}

    run(scenario())
    os.close(line_end)


def test_two_settings_of_one_port_are_an_error(bus: Bus, until: Until) -> None:
    other = replace(device(bus, 2), address=f"serial://{bus.master}?baudrate=9600")

    async def scenario() -> None:
        async with gateway([device(bus, 1), other], [].extend, open_device=ModbusAdapter) as line:
            await until(lambda: {status.state.value for status in line.statuses()} == {"connected", "failed"})
            (failed,) = [status for status in line.statuses() if status.state == "failed"]
            assert "in use by another device with other settings" in str(failed.reason)

    run(scenario())


def test_a_port_that_does_not_exist_is_a_failure() -> None:
    async def scenario() -> None:
        adapter = ModbusAdapter(Device("A", PROFILE, "serial:///dev/tty-that-is-not-there"))
        with pytest.raises(Exception, match="no connection to /dev/tty-that-is-not-there"):
            await adapter.connect()
        await adapter.close()

    run(scenario())


def test_a_port_that_does_not_take_its_settings_is_a_failure_and_leaves_nothing_open() -> None:
    near, far = os.openpty()  # A pseudo-terminal has no parity, and says so once it was set up without.
    port = f"serial://{os.ttyname(far)}"

    async def scenario() -> None:
        sound = ModbusAdapter(Device("A", PROFILE, f"{port}?parity=N"))
        await sound.connect()
        await sound.close()
        await asyncio.sleep(0.05)
        before = len(os.listdir("/dev/fd"))
        adapter = ModbusAdapter(Device("A", PROFILE, f"{port}?parity=E"))
        for _ in range(3):
            with pytest.raises(DeviceUnavailableError, match="does not take its settings"):
                await adapter.connect()
        assert len(os.listdir("/dev/fd")) == before

    run(scenario())
    os.close(near)
    os.close(far)
