"""A simulated line over real sockets."""

import asyncio
import re
import shutil
import struct
import subprocess
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lines import (
    Gateway,
    Line,
    Machine,
    Profile,
    Reach,
    Reading,
    Station,
    packaged_line,
    packaged_profiles,
    parse_line,
    parse_profile,
)
from lines.profile_reading import packaged_profile
from lines.simulator import NotSimulatedError, SimulatedLine, SimulatorError

Until = Callable[[Callable[[], object]], Awaitable[None]]
Request = Callable[[str, int, bytes], bytes]

LINE = parse_line("""
line: T
address: 127.0.0.1:0
complete_seconds: 0
pallets: [7, 8]
stations:
  - {id: embeds, profile: station-basic, minutes: 1}
  - {id: casting, profile: concrete-spreader, minutes: 2, needs_release: true}
  - {id: curing, profile: curing-chamber, minutes: 10, capacity: 36}
""")

RELEASED = Reach(commands=frozenset({"release"}))


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def run(action: Coroutine[Any, Any, None]) -> None:
    asyncio.run(action)


def read_inputs(first: int, count: int) -> bytes:
    return struct.pack(">BHH", 4, first, count)


def write_holding(offset: int, value: int) -> bytes:
    return struct.pack(">BHH", 6, offset, value)


def registers(answer: bytes) -> tuple[int, ...]:
    assert answer[0] in {3, 4}, answer
    return struct.unpack(f">{answer[1] // 2}H", answer[2:])


IDLE, SUSPENDED, EXECUTE, HELD = 4, 5, 6, 11
REFUSED_ADDRESS, REFUSED_VALUE, NOBODY_THERE = 2, 3, 11


def test_an_independent_client_leads_a_pallet_through_the_line(modbus_request: Request) -> None:
    clock = Clock()

    async def scenario() -> None:
        async with SimulatedLine(LINE, clock=clock) as simulated:

            async def ask(unit: int, pdu: bytes) -> bytes:
                return await asyncio.to_thread(modbus_request, simulated.line.address, unit, pdu)

            async def state_and_pallet(unit: int) -> tuple[int, ...]:
                return registers(await ask(unit, read_inputs(0, 2)))

            assert await state_and_pallet(1) == (IDLE, 0)
            assert await ask(1, write_holding(100, 7)) == write_holding(100, 7)
            assert await state_and_pallet(1) == (EXECUTE, 7)
            clock.seconds += 60
            assert await state_and_pallet(1) == (IDLE, 0)
            assert registers(await ask(1, read_inputs(2, 2))) == (0, 1)  # cycles
            assert await state_and_pallet(2) == (SUSPENDED, 7)
            await ask(2, write_holding(100, 7))
            clock.seconds += 60
            # Half of the work is done: (50 - 10) / (95 - 10) of 1.58 m3 are poured, the gate is open.
            assert registers(await ask(2, read_inputs(0, 6))) == (EXECUTE, 7, 0, 0, 50, 0)
            assert registers(await ask(2, read_inputs(12, 2))) == (0, 744)
            assert await ask(2, struct.pack(">BHH", 2, 0, 1)) == bytes([2, 1, 1])
            await ask(2, write_holding(101, 1))
            assert await state_and_pallet(2) == (HELD, 7)
            await ask(2, write_holding(101, 0))
            clock.seconds += 60
            assert registers(await ask(3, read_inputs(20, 2))) == (7, 0)

    run(scenario())


@pytest.mark.parametrize(
    ("unit", "pdu", "exception"),
    [
        (1, write_holding(100, 9), REFUSED_VALUE),  # no such pallet
        (2, write_holding(100, 7), REFUSED_VALUE),  # not on the line
        (1, write_holding(101, 2), REFUSED_VALUE),  # hold is 0 or 1
        (1, write_holding(102, 1), REFUSED_ADDRESS),
        (1, struct.pack(">BHHBHH", 16, 100, 2, 4, 7, 0), REFUSED_ADDRESS),  # two commands at once
        (1, read_inputs(6, 1), REFUSED_ADDRESS),
        (1, struct.pack(">BHH", 1, 0, 1), REFUSED_ADDRESS),  # a station without coils
        (3, read_inputs(13, 1), REFUSED_ADDRESS),  # the gap before the slots
        (9, read_inputs(0, 1), NOBODY_THERE),
    ],
)
def test_what_the_profile_does_not_offer_is_refused(
    modbus_request: Request, unit: int, pdu: bytes, exception: int
) -> None:
    async def scenario() -> None:
        async with SimulatedLine(LINE, clock=Clock()) as simulated:
            answer = await asyncio.to_thread(modbus_request, simulated.line.address, unit, pdu)
            assert answer == bytes([pdu[0] | 0x80, exception])

    run(scenario())


MODBUS_PROFILES = [name for name in packaged_profiles() if packaged_profile(name).protocol == "modbus-tcp"]
BESIDE = {"batching-plant", "energy-meter", "mesh-welder"}


def line_of(profile: Profile) -> Line:
    """A line with one manual station, and a machine of this profile beside it."""
    station = Station("station", packaged_profile("station-basic"), 1.0)
    return Line("T", (station,), (7,), "127.0.0.1:0", machines=(Machine("machine", profile),))


@pytest.mark.parametrize("name", MODBUS_PROFILES)
def test_the_gateway_reads_every_value_of_every_packaged_profile(name: str, until: Until) -> None:
    profile = packaged_profile(name)
    alone = Line("T", (Station("station", profile, 1.0),), (7,), "127.0.0.1:0")

    async def scenario() -> None:
        async with SimulatedLine(line_of(profile) if name in BESIDE else alone) as simulated:
            device = replace(simulated.line.devices()[-1], commands=frozenset({"release"}))
            async with Gateway([device], lambda readings: None) as gateway:
                await until(lambda: gateway.readings(device).keys() == {p.name for p in device.profile.points})
                assert {reading.error for reading in gateway.readings(device).values()} == {None}
                if name not in BESIDE:
                    await gateway.command(device, "release", 7)
                    await until(lambda: gateway.readings(device)["pallet"].value == 7)
                    assert gateway.readings(device)["state"].value == "execute"

    run(scenario())


def test_the_gateway_leads_all_pallets_round_the_slab_line(until: Until) -> None:
    """A whole round at 60000 times the speed: the MES's part is to release, the line's to carry on."""
    line = replace(packaged_line("SL").at("127.0.0.1:0"), speed=60_000.0, complete_seconds=0.0, pallets=(1, 2, 3))
    gates = ["SL/cleaning", "SL/hidden-works", "SL/casting", "SL/demoulding"]

    async def scenario() -> None:
        async with SimulatedLine(line) as simulated:
            states: list[Reading] = []
            async with Gateway(simulated.line.devices(), states.extend) as gateway:
                await until(lambda: len(gateway.readings("SL/curing")) == 62 and gateway.readings("SL/demoulding"))
                for pallet in line.pallets:
                    await gateway.command(gates[0], "release", pallet)
                    for gate in gates[1:]:
                        station = gate.removeprefix("SL/")

                        await until(lambda s=station, p=pallet: simulated.model.view(s).pallet == p)  # type: ignore[misc]
                        await gateway.command(gate, "release", pallet)
                await until(lambda: len(simulated.model.free_pallets) == 3)
            assert {simulated.model.view(station.id).cycles for station in line.stations} == {3}

    run(scenario())


def test_word_and_byte_order_of_the_profile_are_served(until: Until) -> None:
    text = """
profile: turned
protocol: modbus-tcp
byte_order: little
word_order: little
points:
  - {name: cycles, address: "holding:0", type: u32}
  - {name: hopper_kg, address: "holding:2", type: f32}
  - {name: gate_open, address: "holding:4", type: "bit:3"}
  - {name: clamp_closed, address: "holding:4", type: "bit:9"}
  - {name: nozzle_open, address: "coil:20", type: bool}
commands:
  - {name: release, address: "holding:10", type: u32, verify: true}
"""
    line = Line("T", (Station("casting", parse_profile(text), 1.0, reach=RELEASED),), (7,), "127.0.0.1:0")
    clock = Clock()

    async def scenario() -> None:
        async with SimulatedLine(line, clock=clock) as simulated:
            (device,) = simulated.line.devices()
            async with Gateway([device], lambda readings: None) as gateway:
                await until(lambda: len(gateway.readings(device)) == 5)
                await gateway.command(device, "release", 7)
            clock.seconds += 30
            async with Gateway([device], lambda readings: None) as gateway:
                await until(lambda: len(gateway.readings(device)) == 5)
                values = {name: reading.value for name, reading in gateway.readings(device).items()}
        # Half of the work: 4200 - 3800 * 40 / 85 kg are left.
        assert values.pop("hopper_kg") == pytest.approx(2411.7647)
        assert values == {"cycles": 0, "gate_open": True, "clamp_closed": True, "nozzle_open": True}

    run(scenario())


def test_a_line_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    state, clock = tmp_path / "state.json", Clock()

    async def scenario() -> None:
        async with SimulatedLine(LINE, state_file=state, clock=clock) as first:
            first.model.release("embeds", 7)
            clock.seconds += 30
        clock.seconds += 9999  # nobody runs it: its time stands still
        async with SimulatedLine(LINE, state_file=state, clock=clock) as second:
            assert second.model.view("embeds").progress_percent == 50

    run(scenario())


def test_a_state_file_of_another_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"stations": []}')

    async def scenario() -> None:
        with pytest.raises(SimulatorError, match=r"state\.json"):
            async with SimulatedLine(LINE, state_file=tmp_path / "state.json"):
                pass

    run(scenario())


def test_a_taken_port_is_an_error() -> None:
    async def scenario() -> None:
        async with SimulatedLine(LINE) as first:
            with pytest.raises(SimulatorError, match="is the port taken"):
                async with SimulatedLine(first.line):
                    pass

    run(scenario())


@pytest.mark.parametrize(
    ("entry", "capacity", "reason"),
    [
        ("{name: colour, address: 'input:9', type: u16}", 1, "no value for 'colour'"),
        ("{name: pallet, address: 'input:9', type: u16}", 2, "a capacity of 2"),
        ("{name: hopper_kg, address: 'input:9', type: bcd16, scale: 0.1}", 1, "its type cannot hold"),
        ("{name: state, address: 'input:9', type: u16, map: {1: idle, 2: execute}}", 1, "complete, suspended, held"),
    ],
)
def test_what_the_simulation_cannot_show_is_refused_at_the_start(entry: str, capacity: int, reason: str) -> None:
    profile = parse_profile(f"profile: odd\nprotocol: modbus-tcp\npoints: [{entry}]")
    with pytest.raises(NotSimulatedError, match=reason):
        SimulatedLine(Line("T", (Station("odd", profile, 1.0, capacity),), (1,)))


def test_mbpoll_reads_a_simulated_station() -> None:
    mbpoll = shutil.which("mbpoll")
    if mbpoll is None:
        pytest.skip("mbpoll is not installed")
    output: list[str] = []

    def poll(address: str) -> None:
        port = address.rpartition(":")[2]
        command = [mbpoll, "-m", "tcp", "-p", port, "-a", "1", "-0", "-r", "0", "-c", "2", "-t", "3", "-1", "127.0.0.1"]
        output.append(subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout)

    async def scenario() -> None:
        async with SimulatedLine(LINE) as simulated:
            simulated.model.release("embeds", 7)
            await asyncio.to_thread(poll, simulated.line.address)

    run(scenario())
    assert re.findall(r"\[(\d)\]:\s+(\d+)", output[0]) == [("0", str(EXECUTE)), ("1", "7")]
