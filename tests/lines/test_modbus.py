"""The Modbus TCP adapter against an independent device."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from lines import (
    CommandNotVerifiedError,
    CommandRefusedError,
    Device,
    DeviceUnavailableError,
    Sample,
    Value,
    parse_profile,
)
from lines.modbus import ModbusAdapter, parse_host

PROFILE = parse_profile("""
profile: spreader/test
protocol: modbus-tcp
max_block: 20
points:
  - {name: state, address: "holding:0", type: u16, map: {1: idle, 2: execute}}
  - {name: pallet, address: "holding:1", type: u16}
  - {name: hopper_kg, address: "input:10", type: f32, unit: kg}
  - {name: poured_m3, address: "input:12", type: u32, scale: 0.001, unit: m3}
  - {name: door_open, address: "discrete:3", type: bool}
  - {name: lamp, address: "coil:9", type: bool}
  - {name: fault, address: "holding:2", type: "bit:3"}
  - {name: program, address: "holding:5", type: "string:6"}
commands:
  - {name: release, address: "holding:100", type: u16, verify: true}
  - {name: quiet, address: "holding:100", type: u16}
  - {name: volume_m3, address: "holding:102", type: u32, scale: 0.001, verify: true}
  - {name: program, address: "holding:110", type: "string:6", verify: true}
  - {name: lamp, address: "coil:9", type: bool, verify: true}
  - {name: enable, address: "holding:120", type: "bit:3", verify: true}
  - {name: mode, address: "holding:121", type: u16, map: {0: manual, 1: automatic}, verify: true}
""")

Use = Callable[[ModbusAdapter], Coroutine[Any, Any, Any]]


def use(address: str, action: Use, **options: float) -> Any:
    """Run an action with a connected adapter."""

    async def run() -> Any:
        adapter = ModbusAdapter(Device("spreader", PROFILE, address), **options)
        try:
            await adapter.connect()
            return await action(adapter)
        finally:
            await adapter.close()

    return asyncio.run(run())


def read_all(adapter: ModbusAdapter) -> Awaitable[dict[str, Sample]]:
    return adapter.read(PROFILE.points)


def write(name: str, value: Value) -> Use:
    command = PROFILE.command(name)
    assert command is not None
    return lambda adapter: adapter.write(command, value)


@pytest.fixture
def spreader(device_server: Any) -> Any:
    """A device with every address of the profile and those between."""
    device_server.words["holding"] = dict.fromkeys((*range(12), *range(100, 125)), 0)
    device_server.words["input"] = {10: 0x43CE, 11: 0x4000, 12: 0, 13: 1580}
    device_server.bits["discrete"] = {3: 1}
    device_server.bits["coil"] = {9: 0}
    device_server.words["holding"] |= {0: 2, 1: 17, 2: 0b1000, 5: 0x5031, 6: 0x2D37}
    return device_server


def test_a_device_is_read_in_one_request_for_each_table(spreader: Any) -> None:
    samples = use(spreader.address, read_all)
    assert {name: sample.value for name, sample in samples.items()} == {
        "state": "execute",
        "pallet": 17,
        "hopper_kg": 412.5,
        "poured_m3": 1.58,
        "door_open": True,
        "lamp": False,
        "fault": True,
        "program": "P1-7",
    }
    assert sorted(spreader.requests) == [(1, 9, 1), (2, 3, 1), (3, 0, 8), (4, 10, 4)]


def test_a_refused_block_is_split_and_the_split_is_remembered(spreader: Any) -> None:
    del spreader.words["holding"][3], spreader.words["holding"][4]

    async def twice(adapter: ModbusAdapter) -> dict[str, Sample]:
        await read_all(adapter)
        spreader.requests.clear()
        return await read_all(adapter)

    samples = use(spreader.address, twice)
    assert all(sample.error is None for sample in samples.values())
    assert [request for request in spreader.requests if request[0] == 3] == [(3, 0, 3), (3, 5, 3)]


def test_a_value_that_the_device_does_not_have_is_bad_and_the_others_are_read(spreader: Any) -> None:
    del spreader.words["holding"][1]
    samples = use(spreader.address, read_all)
    assert samples["pallet"] == Sample(None, "the device refused: illegal address (Modbus exception 2)")
    assert samples["state"] == Sample("execute")
    assert samples["program"] == Sample("P1-7")


def test_a_table_that_the_device_does_not_know_spoils_only_its_values(spreader: Any) -> None:
    spreader.functions.remove(2)
    samples = use(spreader.address, read_all)
    assert "illegal function" in str(samples["door_open"].error)
    assert samples["hopper_kg"].value == 412.5


def test_a_number_without_a_name_in_the_map_is_bad(spreader: Any) -> None:
    spreader.words["holding"][0] = 5
    error = "the map of 'state' has no entry for 5"
    assert use(spreader.address, read_all)["state"] == Sample(None, error, is_garbage=True)


@pytest.mark.parametrize(
    ("command", "value", "holding"),
    [
        ("release", 17, {100: 17}),
        ("volume_m3", 70.0, {102: 1, 103: 4464}),  # 70 000 litres = 1 x 65536 + 4464
        ("program", "P1-7", {110: 0x5031, 111: 0x2D37, 112: 0}),
        ("mode", "automatic", {121: 1}),
    ],
)
def test_a_command_reaches_the_device(spreader: Any, command: str, value: Value, holding: dict[int, int]) -> None:
    use(spreader.address, write(command, value))
    assert spreader.words["holding"].items() >= holding.items()


def test_a_coil_can_be_commanded(spreader: Any) -> None:
    use(spreader.address, write("lamp", True))
    assert spreader.bits["coil"] == {9: 1}


def test_a_bit_command_leaves_the_other_bits_alone(spreader: Any) -> None:
    spreader.words["holding"][120] = 0b0101_0001
    use(spreader.address, write("enable", True))
    assert spreader.words["holding"][120] == 0b0101_1001
    use(spreader.address, write("enable", False))
    assert spreader.words["holding"][120] == 0b0101_0001


def test_a_command_that_does_not_take_effect_is_not_verified(spreader: Any) -> None:
    spreader.frozen.add(100)
    with pytest.raises(CommandNotVerifiedError, match="release = 17 was written, but the device shows 0"):
        use(spreader.address, write("release", 17))
    use(spreader.address, write("quiet", 17))  # verify is not asked for


def test_a_command_that_the_device_refuses_is_an_error(spreader: Any) -> None:
    del spreader.words["holding"][100]
    spreader.functions.remove(6)
    with pytest.raises(CommandRefusedError, match="spreader: release = 17: the device refused: illegal function"):
        use(spreader.address, write("release", 17))


def test_a_value_that_does_not_fit_never_reaches_the_device(spreader: Any) -> None:
    with pytest.raises(CommandRefusedError, match="70000 does not fit u16"):
        use(spreader.address, write("release", 70000))
    assert spreader.words["holding"][100] == 0


def test_where_nobody_listens_there_is_no_connection(free_port: int) -> None:
    with pytest.raises(DeviceUnavailableError, match="no connection"):
        use(f"127.0.0.1:{free_port}", read_all, connect_seconds=0.5)


@pytest.fixture
def silent_address() -> Iterator[str]:
    """A device that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_a_silent_device_is_given_up_and_its_connection_closed(silent_address: str) -> None:
    async def read_twice(adapter: ModbusAdapter) -> None:
        with pytest.raises(DeviceUnavailableError, match="unit 1 did not answer"):
            await read_all(adapter)
        with pytest.raises(DeviceUnavailableError, match="closed"):
            await read_all(adapter)

    use(silent_address, read_twice, read_seconds=0.1)


@pytest.mark.parametrize(
    ("address", "host", "port"), [("plc", "plc", 502), ("192.0.2.1:1502", "192.0.2.1", 1502), ("[::1]:5", "::1", 5)]
)
def test_an_address_is_host_and_port(address: str, host: str, port: int) -> None:
    assert parse_host(address) == (host, port)


@pytest.mark.parametrize("address", ["", ":502", "plc:", "plc:x", "plc:70000"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        ModbusAdapter(Device("spreader", PROFILE, address))


LIBMODBUS_SERVER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <modbus/modbus.h>
int main(int argc, char **argv) {
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    modbus_t *context = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    modbus_mapping_t *map = modbus_mapping_new(10, 4, 130, 14);
    map->tab_registers[0] = 2; map->tab_registers[1] = 17; map->tab_registers[2] = 8;
    map->tab_registers[5] = 0x5031; map->tab_registers[6] = 0x2D37;
    map->tab_input_registers[10] = 0x43CE; map->tab_input_registers[11] = 0x4000;
    map->tab_input_registers[13] = 1580; map->tab_input_bits[3] = 1;
    int listener = modbus_tcp_listen(context, 1);
    puts("ready"); fflush(stdout);
    modbus_tcp_accept(context, &listener);
    for (int length; (length = modbus_receive(context, query)) >= 0;)
        if (length > 0) modbus_reply(context, query, length, map);
    return 0;
}
"""


def test_a_libmodbus_server_is_read_and_commanded(tmp_path: Path, free_port: int) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not Path("/usr/include/modbus/modbus.h").exists():
        pytest.skip("libmodbus (libmodbus-dev) and a C compiler are not installed")
    (tmp_path / "server.c").write_text(LIBMODBUS_SERVER)
    subprocess.run([compiler, "server.c", "-o", "server", "-lmodbus"], cwd=tmp_path, check=True)
    with subprocess.Popen([str(tmp_path / "server"), str(free_port)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"

        async def release_and_read(adapter: ModbusAdapter) -> dict[str, Sample]:
            await write("release", 17)(adapter)
            await write("enable", True)(adapter)
            return await read_all(adapter)

        samples = use(f"127.0.0.1:{free_port}", release_and_read)
    assert samples["hopper_kg"] == Sample(412.5)
    assert samples["program"] == Sample("P1-7")
    assert samples["door_open"] == Sample(True)
