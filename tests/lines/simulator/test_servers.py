"""Machines of one line at addresses of their own, over several protocols, in one process."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lines import Gateway, Line, Reach, Station, packaged_profile
from lines.modbus import parse_host
from lines.simulator import FaultKind, NotSimulatedError, SimulatedLine, SimulatorError
from lines.simulator.rtu_server import checksum

Until = Callable[[Callable[[], object]], Awaitable[None]]

BASIC = packaged_profile("station-basic")
ON_A_BUS = replace(BASIC, protocol="modbus-rtu")
ROBOT = packaged_profile("shuttering-robot-opcua")


def line_of(*stations: Station) -> Line:
    return Line("T", stations, (7,), "127.0.0.1:0", complete_seconds=0.0)


def reached(address: str, unit: int = 0) -> Reach:
    return Reach(address, unit, frozenset({"release"}))


def test_one_line_speaks_several_protocols_from_one_model(tmp_path: Path, until: Until) -> None:
    bus = f"serial://{tmp_path / 'bus'}?parity=N"
    line = line_of(
        Station("first", BASIC, 0.005, reach=Reach(commands=frozenset({"release"}))),
        Station("second", BASIC, 0.005, reach=reached("127.0.0.1:0?timeout=1", 9)),
        Station("third", ON_A_BUS, 0.005, reach=reached(bus, 3)),
        Station("fourth", ON_A_BUS, 0.005, reach=reached(bus, 4)),
        Station("fifth", ROBOT, 0.005, reach=reached("opc.tcp://127.0.0.1:0/robot")),
    )

    async def scenario() -> None:
        async with SimulatedLine(line) as simulated:
            devices = simulated.line.devices()
            async with Gateway(devices, lambda readings: None) as gateway:
                await until(lambda: all("cycles" in gateway.readings(device) for device in devices))
                await gateway.command("T/first", "release", 7)
                await until(lambda: [gateway.readings(device)["cycles"].value for device in devices] == [1] * 5)

    asyncio.run(scenario())
    assert not (tmp_path / "bus").exists()


def test_mbpoll_reads_a_machine_on_a_simulated_bus(tmp_path: Path) -> None:
    mbpoll = shutil.which("mbpoll")
    if mbpoll is None:
        pytest.skip("mbpoll is not installed")
    port = tmp_path / "bus"
    line = line_of(Station("first", ON_A_BUS, 1.0, reach=reached(f"serial://{port}?parity=N", 3)))
    output: list[str] = []

    def poll() -> None:
        options = ["-m", "rtu", "-b", "19200", "-P", "none", "-a", "3", "-0", "-r", "0", "-c", "2", "-t", "3", "-1"]
        ran = subprocess.run([mbpoll, *options, str(port)], capture_output=True, text=True, check=True, timeout=10)
        output.append(ran.stdout)

    async def scenario() -> None:
        async with SimulatedLine(line) as simulated:
            simulated.model.release("first", 7)
            await asyncio.to_thread(poll)

    asyncio.run(scenario())
    assert re.findall(r"\[(\d)\]:\s+(\d+)", output[0]) == [("0", "6"), ("1", "7")]  # execute, pallet 7


def test_the_checksum_is_that_of_the_specification() -> None:
    """The example of the Modbus over serial line specification, 6.2.2: 02 07 has the check 41 12."""
    assert checksum(bytes([0x02, 0x07])) == bytes([0x41, 0x12])


def test_a_port_that_was_left_open_can_be_read_afterwards() -> None:
    line = line_of(
        Station("first", BASIC, 1.0),
        Station("second", BASIC, 1.0, reach=reached("127.0.0.1:0?timeout=0.5")),
        Station("third", BASIC, 1.0, reach=reached("127.0.0.1:0?timeout=0.5")),
    )

    async def scenario() -> list[str]:
        async with SimulatedLine(line) as simulated:
            return [device.address for device in simulated.line.devices()]

    addresses = asyncio.run(scenario())
    assert len(set(addresses)) == 3
    assert all(parse_host(address.partition("?")[0])[1] > 0 for address in addresses)
    assert [address.partition("?")[2] for address in addresses] == ["", "timeout=0.5", "timeout=0.5"]


def test_what_hangs_on_a_bus_costs_its_neighbours_time_but_no_poll(tmp_path: Path, until: Until) -> None:
    bus = f"serial://{tmp_path / 'bus'}?baudrate=115200&parity=N&timeout=0.2"
    slower = replace(ON_A_BUS, fast_seconds=1.0, slow_seconds=1.0)
    line = line_of(*(Station(f"unit-{unit}", slower, 1.0, reach=reached(bus, unit)) for unit in (1, 2, 3, 4)))

    async def scenario() -> None:
        async with SimulatedLine(line) as simulated:
            devices = simulated.line.devices()
            async with Gateway(devices, lambda readings: None) as gateway:
                await until(lambda: all(len(gateway.readings(device)) == 5 for device in devices))
                before = {status.device: status for status in gateway.statuses()}
                simulated.faults.begin("T/unit-1", FaultKind.HANGING)
                await asyncio.sleep(4.0)
                after = {status.device: status for status in gateway.statuses()}
                assert after["T/unit-1"].failures > before["T/unit-1"].failures
                for name in ("T/unit-2", "T/unit-3", "T/unit-4"):
                    assert after[name].polls - before[name].polls >= 3
                    assert (after[name].late_polls, after[name].failures) == (before[name].late_polls, 0)

    asyncio.run(scenario())


def test_nobody_listens_where_connections_are_refused_until_that_ends(until: Until) -> None:
    line = line_of(Station("first", BASIC, 1.0, reach=reached("127.0.0.1:0")))

    async def scenario() -> None:
        async with SimulatedLine(line) as simulated:
            host, port = parse_host(simulated.line.devices()[0].address)

            async def listens() -> bool:
                try:
                    _, writer = await asyncio.open_connection(host, port)
                except ConnectionRefusedError:
                    return False
                writer.close()
                await writer.wait_closed()
                return True

            assert await listens()
            simulated.faults.begin("T/first", FaultKind.REFUSED, seconds=0.5)
            for _ in range(3):
                assert not await listens()
                await asyncio.sleep(0.1)
            async with asyncio.timeout(5):
                while not await listens():
                    await asyncio.sleep(0.02)

    asyncio.run(scenario())


def test_faults_of_one_unit_are_not_those_of_its_neighbour_at_the_same_address(until: Until) -> None:
    line = line_of(Station("first", BASIC, 1.0), Station("second", BASIC, 1.0))

    async def scenario() -> None:
        async with SimulatedLine(line) as simulated:
            devices = simulated.line.devices()
            async with Gateway(devices, lambda readings: None) as gateway:
                await until(lambda: all(len(gateway.readings(device)) == 5 for device in devices))
                simulated.faults.begin("T/first", FaultKind.REFUSED)
                await until(lambda: gateway.readings("T/first")["state"].quality == "stale")
                await asyncio.sleep(0.5)
                assert gateway.readings("T/second")["state"].quality == "good"
                assert {s.failures for s in gateway.statuses() if s.device == "T/second"} == {0}

    asyncio.run(scenario())


def test_a_port_that_is_taken_leaves_nothing_behind(free_port: int) -> None:
    taken = f"127.0.0.1:{free_port}"
    line = line_of(Station("first", BASIC, 1.0), Station("second", BASIC, 1.0, reach=reached(taken)))

    async def scenario() -> None:
        async with SimulatedLine(line):
            with pytest.raises(SimulatorError, match=f"cannot listen on {taken}"):
                async with SimulatedLine(line):
                    pass

    asyncio.run(scenario())


def test_machines_that_cannot_share_an_address_are_refused_at_the_start() -> None:
    robots = [Station(name, ROBOT, 1.0, reach=reached("opc.tcp://127.0.0.1:4840/robot")) for name in ("one", "two")]
    with pytest.raises(NotSimulatedError, match="an address of its own, unlike T/one, T/two"):
        SimulatedLine(line_of(*robots))
