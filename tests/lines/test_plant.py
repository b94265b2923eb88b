"""Lines from YAML, and the demo plant's two lines."""

from pathlib import Path

import pytest

from lines import LineError, load_line, packaged_line, packaged_lines, parse_line
from lines.simulator import SimulatedLine

LINE = """
line: T
address: 127.0.0.1:5020
pallets: {first: 3, last: 5}
stations:
  - {id: cleaning, profile: cleaning-machine, minutes: 4, needs_release: true}
  - {id: curing, profile: curing-chamber, minutes: 480, capacity: 36}
"""


def test_a_line_says_what_its_yaml_says() -> None:
    line = parse_line(LINE)
    assert (line.code, line.pallets, line.speed, line.complete_seconds) == ("T", (3, 4, 5), 1.0, 20.0)
    cleaning, curing = line.stations
    assert (cleaning.id, cleaning.minutes, cleaning.capacity, cleaning.needs_release) == ("cleaning", 4, 1, True)
    assert (curing.profile.name, curing.capacity, curing.needs_release) == ("curing-chamber/simulated", 36, False)


def test_the_stations_are_devices_with_units_in_order() -> None:
    devices = parse_line(LINE).at("192.0.2.7:502").devices()
    assert [(device.name, device.address, device.unit) for device in devices] == [
        ("T/cleaning", "192.0.2.7:502", 1),
        ("T/curing", "192.0.2.7:502", 2),
    ]


def test_a_station_may_have_a_profile_of_its_own_beside_the_line(tmp_path: Path) -> None:
    own = "profile: own\nprotocol: modbus-tcp\npoints: [{name: pallet, address: 'holding:7', type: u16}]"
    (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
    (tmp_path / "T.yaml").write_text(LINE.replace("cleaning-machine", "own.yaml"), encoding="utf-8")
    assert load_line(tmp_path / "T.yaml").stations[0].profile.name == "own"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("minutes: 4,", "minutes: -4,", 6, "minutes is a number"),
        ("minutes: 4, ", "", 6, "'minutes' is missing"),
        ("id: cleaning", "id: Cleaning Machine", 6, "is no id"),
        ("id: cleaning", f"id: {'c' * 41}", 6, "40 characters at most"),
        ("id: curing", "id: cleaning", 7, "used twice"),
        ("curing-chamber", "teapot", 7, "no packaged profile 'teapot'"),
        ("capacity: 36", "capacity: 1.5", 7, "whole number"),
        ("capacity: 36", "capacity: 36, needs_release: true", 7, "a chamber is neither"),
        ("{first: 3, last: 5}", "{first: 5, last: 3}", 4, "pallets are distinct numbers"),
        ("{first: 3, last: 5}", "[1, 1]", 4, "pallets are distinct numbers"),
        ("127.0.0.1:5020", "127.0.0.1:port", 3, "is no address"),
    ],
)
def test_a_fault_is_shown_with_its_file_and_line(old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(LineError) as caught:
        parse_line(LINE.replace(old, new), "T.yaml")
    assert str(caught.value).startswith(f"T.yaml:{line}: ")
    assert message in str(caught.value)


def test_the_demo_plant_has_a_slab_line_and_a_wall_line() -> None:
    assert packaged_lines() == ("SL", "WL")
    assert [station.id for station in packaged_line("SL").stations] == [
        "cleaning", "plotting", "oiling", "shuttering", "rebar", "embeds", "hidden-works", "casting", "compaction",
        "roughening", "curing", "demoulding",
    ]  # fmt: skip
    assert [station.id for station in packaged_line("WL").stations] == [
        "cleaning", "plotting-oiling", "shuttering", "rebar", "embeds", "hidden-works", "casting", "compaction",
        "precuring", "trowelling", "curing", "demoulding",
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "first", "last"), [("SL", 1, 24), ("WL", 25, 48)])
def test_each_demo_line_has_its_pallets_and_waits_for_the_mes_where_it_must(code: str, first: int, last: int) -> None:
    line = packaged_line(code)
    assert line.pallets == tuple(range(first, last + 1))
    released = [station.id for station in line.stations if station.needs_release]
    assert released == ["cleaning", "hidden-works", "casting", "demoulding"]
    curing = next(station for station in line.stations if station.id == "curing")
    assert (curing.minutes, curing.capacity) == (480, 36)
    SimulatedLine(line)


BESIDE = (
    LINE
    + """
machines:
  - {id: batching, profile: batching-plant, commands: [mix]}
  - {id: arm, profile: shuttering-robot-opcua, address: "opc.tcp://192.0.2.9:4840", access: {user: a, password_file: b}}
"""
)


def test_machines_beside_the_line_come_after_the_stations_and_are_no_stations() -> None:
    devices = parse_line(BESIDE).devices()
    assert [(device.name, device.unit, device.station) for device in devices] == [
        ("T/cleaning", 1, "cleaning"),
        ("T/curing", 2, "curing"),
        ("T/batching", 3, ""),
        ("T/arm", 4, ""),
    ]
    assert [device.address for device in devices[2:]] == ["127.0.0.1:5020", "opc.tcp://192.0.2.9:4840"]
    assert (devices[2].commands, devices[3].access) == (
        frozenset({"mix"}),
        {"user": "a", "password_file": "b"},
    )


def test_chance_is_off_unless_a_line_asks_for_it() -> None:
    assert (parse_line(LINE).spread, parse_line(LINE).stops_per_hour, parse_line(LINE).seed) == (0, 0, 1)
    chancy = parse_line(LINE + "spread: 0.08\nstops_per_hour: 0.1\nseed: 7\n")
    assert (chancy.spread, chancy.stops_per_hour, chancy.seed) == (0.08, 0.1, 7)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("id: batching", "id: curing", 10, "used twice"),
        ("[mix]", "[explode]", 10, "commands is a list of commands of the profile: hold, mix"),
        ('address: "opc.tcp://192.0.2.9:4840", ', "", 11, "needs an address of its own"),
        ("opc.tcp://192.0.2.9:4840", "192.0.2.9", 11, "is no OPC UA address"),
        ("{user: a, password_file: b}", "{colour: red}", 11, "colour"),
    ],
)
def test_a_fault_of_a_machine_is_shown_with_its_line(old: str, new: str, line: int, message: str) -> None:
    assert BESIDE.count(old) == 1
    with pytest.raises(LineError) as caught:
        parse_line(BESIDE.replace(old, new), "T.yaml")
    assert any(fault.startswith(f"T.yaml:{line}: ") and message in fault for fault in caught.value.faults)


@pytest.mark.parametrize("code", packaged_lines())
def test_each_demo_line_has_its_batching_plant_mesh_welder_and_meter(code: str) -> None:
    machines = {machine.id: machine.profile.machine for machine in packaged_line(code).machines}
    assert machines == {"batching": "batching-plant", "mesh": "mesh-welder", "energy": "energy-meter"}
