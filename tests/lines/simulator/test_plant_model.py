"""What the machines of a simulated line do with concrete, heat, wire and power, worked by hand."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lines import Line, Value, packaged_line, parse_line, parse_profile
from lines.simulator import FaultBoard, ModelRefusalError, PlantModel, SimulatedMachine

MINUTE = 60_000
HOUR = 60 * MINUTE

LINE = parse_line("""
line: T
pallets: [1, 2, 3, 4, 5, 6]
complete_seconds: 0
stations:
  - {id: embeds, profile: station-basic, minutes: 5, needs_release: true}
  - {id: casting, profile: concrete-spreader, minutes: 10}
  - {id: curing, profile: curing-chamber, minutes: 480, capacity: 36}
machines:
  - {id: batching, profile: batching-plant}
  - {id: mesh, profile: mesh-welder}
  - {id: energy, profile: energy-meter}
""")


class Plant:
    """A line's physics with the values of its machines at hand, as people know them."""

    def __init__(self, line: Line = LINE) -> None:
        self.model = PlantModel(line)
        faults = FaultBoard()
        machines = [SimulatedMachine(device, self.model, faults) for device in line.devices()]
        self.machines = {machine.id: machine for machine in machines}

    def shown(self, member: str, point: str) -> Value:
        machine = self.machines[member]
        found = machine.profile.point(point)
        raw = machine.raw(found)
        if found.map:
            return found.map[int(raw)]
        return raw * found.scale if found.scale and not isinstance(raw, str) else raw

    def feed(self, *pallets: int) -> None:
        for pallet in pallets:
            self.model.write("embeds", "release", pallet)
            self.model.advance(6 * MINUTE)


def test_concrete_that_is_poured_is_missing_in_the_hopper_and_counted_for_good() -> None:
    # The hopper is filled to 4200 kg; a pallet takes 1.58 m3 of 2400 kg, poured between 10 % and 95 % of its work.
    plant = Plant()
    plant.model.advance(6 * MINUTE)
    plant.feed(1)
    plant.model.advance(4 * MINUTE)  # halfway through casting
    poured = 1.58 * 40 / 85
    assert plant.shown("casting", "poured_m3") == pytest.approx(poured, abs=0.001)
    assert plant.shown("casting", "hopper_kg") == pytest.approx(4200 - 2400 * poured, abs=0.1)
    plant.model.advance(5 * MINUTE)
    assert plant.shown("casting", "poured_m3") == pytest.approx(1.58)
    plant.feed(2)
    plant.model.advance(9 * MINUTE)
    assert plant.shown("casting", "poured_m3") == pytest.approx(3.16)


def test_the_spreader_shows_the_batch_that_the_batching_plant_mixed_for_it() -> None:
    plant = Plant()
    assert plant.shown("casting", "batch") == ""
    plant.model.advance(2 * MINUTE)
    assert plant.shown("batching", "state") == "execute"
    assert plant.shown("batching", "cement_kg") == 560  # 1.75 m3 of 320 kg
    plant.model.advance(3 * MINUTE)
    assert (plant.shown("batching", "batch"), plant.shown("batching", "batch_m3")) == ("T-000001", 1.75)
    assert (plant.shown("casting", "batch"), plant.shown("casting", "hopper_kg")) == ("T-000001", 4200)
    plant.feed(1)
    plant.model.advance(15 * MINUTE)
    assert plant.shown("casting", "batch") == plant.shown("batching", "batch") == "T-000002"
    assert plant.shown("batching", "mixed_m3") == pytest.approx(1.75 + 1.58)


def test_a_held_batching_plant_keeps_the_spreader_waiting_on_the_line() -> None:
    plant = Plant()
    plant.model.write("batching", "hold", 1)
    plant.feed(1)
    plant.model.advance(20 * MINUTE)
    assert plant.shown("batching", "state") == "held"
    assert plant.shown("casting", "state") == "suspended"
    plant.model.write("batching", "hold", 0)
    plant.model.advance(6 * MINUTE)
    assert plant.shown("casting", "state") == "execute"


def test_the_house_may_say_how_much_a_pallet_takes() -> None:
    plant = Plant()
    plant.model.advance(6 * MINUTE)
    plant.model.write("casting", "target_m3", 0.9)
    plant.feed(1)
    plant.model.advance(15 * MINUTE)
    assert plant.shown("casting", "poured_m3") == pytest.approx(0.9)
    assert plant.shown("casting", "state") == "idle"


def test_a_pallet_that_takes_more_than_the_hopper_holds_waits_for_another_batch() -> None:
    plant = Plant()
    plant.model.advance(6 * MINUTE)
    plant.model.write("casting", "target_m3", 2.5)
    plant.feed(1)
    assert plant.shown("casting", "state") == "suspended"
    plant.model.advance(20 * MINUTE)
    assert plant.shown("casting", "poured_m3") == pytest.approx(2.5)


def zones(plant: Plant) -> list[float]:
    return [float(plant.shown("curing", f"zone_{zone}_temperature_c")) for zone in range(1, 5)]


def test_a_chamber_follows_its_recipe_slower_than_twenty_degrees_an_hour() -> None:
    plant = Plant()
    plant.feed(1)
    plant.model.advance(10 * MINUTE)
    curve = [zones(plant)[0]]
    for _ in range(8):
        plant.model.advance(HOUR)
        curve.append(zones(plant)[0])
    # 25 °C before; 10 % of the time at 30 °C, then to 52 °C at 25 %, held to 80 %, cooling at the end.
    assert curve[0] == pytest.approx(25, abs=1)
    assert max(curve) == pytest.approx(52 - 1.2, abs=0.5)
    assert all(later - earlier <= 20 for earlier, later in pairwise(curve))
    assert curve[-1] < max(curve) - 5


def test_the_zones_of_a_chamber_differ_and_an_empty_one_stays_cooler() -> None:
    plant = Plant(replace(LINE, pallets=tuple(range(1, 41))))
    for pallet in range(1, 15):  # slots 1 to 14: the first zone of nine and a part of the second
        plant.model.write("embeds", "release", pallet)
        plant.model.advance(11 * MINUTE)
    plant.model.advance(3 * HOUR)
    first, second, third, _ = zones(plant)
    assert second > first
    assert third < first - 5


def test_a_written_recipe_or_set_point_changes_what_the_chamber_holds() -> None:
    plant = Plant()
    plant.model.write("curing", "recipe", "sandwich")
    plant.feed(1)
    plant.model.advance(4 * HOUR)
    assert zones(plant)[0] == pytest.approx(46 - 1.2, abs=0.5)
    plant.model.write("curing", "setpoint_c", 60)
    plant.model.advance(2 * HOUR)
    assert zones(plant)[0] == pytest.approx(60 - 1.2, abs=1)
    with pytest.raises(ModelRefusalError, match="no recipe"):
        plant.model.write("curing", "recipe", "toast")


def test_an_empty_chamber_cools_down_to_the_hall() -> None:
    plant = Plant()
    plant.feed(1)
    plant.model.advance(5 * HOUR)
    assert zones(plant)[0] > 50
    plant.model.advance(12 * HOUR)
    assert zones(plant)[0] == pytest.approx(float(plant.shown("curing", "ambient_c")), abs=1.5)


def test_the_stacker_goes_to_the_slot_with_its_fork() -> None:
    plant = Plant(replace(LINE, pallets=tuple(range(1, 41))))
    for pallet in range(1, 9):
        plant.model.write("embeds", "release", pallet)
        plant.model.advance(11 * MINUTE)
    # 8 pallets at 11 minutes; the last comes into slot 8 at minute 77 + 15: second column, second row.
    plant.model.advance(4 * MINUTE)
    assert (plant.shown("curing", "slot_08_pallet"), plant.shown("curing", "door_open")) == (8, True)
    plant.model.advance(25_000)
    assert plant.shown("curing", "fork_out")
    assert (plant.shown("curing", "stacker_x_mm"), plant.shown("curing", "stacker_z_mm")) == (4200, 900)
    plant.model.advance(MINUTE)
    assert (plant.shown("curing", "fork_out"), plant.shown("curing", "door_open")) == (False, False)


def test_the_mesh_welder_makes_a_mesh_for_each_pallet_that_sets_out() -> None:
    plant = Plant()
    plant.feed(1)
    plant.model.write("embeds", "release", 2)
    plant.model.advance(MINUTE)
    assert plant.shown("mesh", "state") == "execute"
    plant.model.advance(10 * MINUTE)
    assert (plant.shown("mesh", "cycles"), plant.shown("mesh", "welds")) == (2, 840)
    assert (plant.shown("mesh", "state"), plant.shown("mesh", "batch")) == ("idle", "T-M00002")
    assert plant.shown("mesh", "wire_stock_kg") == 3000 - 2 * 48


def test_the_energy_meter_counts_what_the_line_draws() -> None:
    # At rest: hall 6.5, manual station 0.4, spreader 1.5, batching 3, mesh 2 kW, and the heaters nothing yet.
    quiet = Plant(replace(LINE, stations=LINE.stations[:1], machines=LINE.machines[1:]))
    quiet.model.advance(HOUR)
    assert quiet.shown("energy", "power_kw") == pytest.approx(6.5 + 0.4 + 2)
    assert quiet.shown("energy", "energy_kwh") == pytest.approx(8.9, abs=0.02)
    quiet.model.write("embeds", "release", 1)
    quiet.model.advance(MINUTE)
    assert quiet.shown("energy", "power_kw") == pytest.approx(6.5 + 3 + 85)


def test_a_machine_that_stops_by_itself_shows_which_fault_it_is() -> None:
    plant = Plant(replace(LINE, stops_per_hour=60.0, seed=3))
    plant.model.advance(6 * MINUTE)
    plant.feed(1)
    seen: set[tuple[str, bool]] = set()
    faults = [alarm.point for alarm in plant.machines["casting"].profile.alarms if alarm.severity == "fault"]
    for _ in range(300):
        plant.model.advance(10_000)
        shown = [point for point in faults if plant.shown("casting", point)]
        seen.add((str(plant.shown("casting", "state")), len(shown) == 1))
        assert len(shown) <= 1
    assert ("held", True) in seen
    assert ("held", False) not in seen
    assert ("execute", True) not in seen


@pytest.mark.parametrize("code", ["SL", "WL"])
def test_no_value_of_a_working_line_is_ever_impossible(code: str) -> None:
    line = replace(packaged_line(code), spread=0.1, stops_per_hour=1.0)
    plant = Plant(line)
    gates = [station.id for station in line.stations if station.needs_release]
    for minute in range(1500):
        plant.model.advance(MINUTE)
        for gate in gates:
            release_next(plant, gate)
        if minute % 20 == 0:
            assert list(impossible(plant)) == []
    assert plant.model.view("demoulding").cycles > 20


def release_next(plant: Plant, gate: str) -> None:
    model = plant.model
    waiting = model.view(gate).pallet or (model.line.free_pallets[0] if model.line.free_pallets else 0)
    with suppress(ModelRefusalError):
        model.write(gate, "release", waiting)


def impossible(plant: Plant) -> Iterator[str]:
    for machine in plant.machines.values():
        for point in machine.profile.points:
            value = plant.shown(machine.id, point.name)
            if isinstance(value, str | bool):
                continue
            low, high = point.low, point.high
            if (low is not None and value < low) or (high is not None and value > high):
                yield f"{machine.name} {point.name} = {value}"


acts = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.integers(0, 40 * MINUTE)),
        st.tuples(st.just("release"), st.integers(1, 6)),
        st.tuples(st.sampled_from(["setpoint_c", "hold"]), st.integers(0, 1)),
    ),
    max_size=25,
)


def act(plant: PlantModel, name: str, number: int, steps: int = 1) -> None:
    if name == "advance":
        for _ in range(steps):
            plant.advance(number // steps)
        plant.advance(number % steps)
    elif name == "release":
        with suppress(ModelRefusalError):
            plant.write("embeds", "release", number)
    elif name == "hold":
        plant.write("batching", "hold", number)
    else:
        plant.write("curing", "setpoint_c", 40 + 10 * number)


CHANCY = replace(LINE, spread=0.1, stops_per_hour=6.0)


@given(acts, st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_physics_is_the_same_however_time_is_cut_up(given_acts: list[tuple[str, int]], steps: int) -> None:
    large, small = PlantModel(CHANCY), PlantModel(CHANCY)
    for name, number in given_acts:
        act(large, name, number)
        act(small, name, number, steps)
    assert large.snapshot() == small.snapshot()


@given(acts, acts)
@settings(max_examples=30, deadline=None)
def test_a_restored_plant_goes_on_as_if_nothing_had_happened(
    before: list[tuple[str, int]], after: list[tuple[str, int]]
) -> None:
    plant, restored = PlantModel(CHANCY), PlantModel(CHANCY)
    for name, number in before:
        act(plant, name, number)
    restored.restore(json.loads(json.dumps(plant.snapshot())))
    for name, number in after:
        act(plant, name, number)
        act(restored, name, number)
    assert json.dumps(restored.snapshot()) == json.dumps(plant.snapshot())


def test_a_state_that_tells_of_pallets_only_lets_the_machines_begin_with_them() -> None:
    before = Plant()
    before.model.advance(6 * MINUTE)
    before.feed(1)
    before.model.advance(5 * MINUTE)
    pallets_only = {name: part for name, part in before.model.snapshot().items() if name != "machines"}
    plant = Plant()
    plant.model.restore(pallets_only)
    assert (plant.shown("casting", "state"), list(impossible(plant))) == ("execute", [])
    plant.model.advance(20 * MINUTE)
    assert plant.shown("casting", "poured_m3") == pytest.approx(1.58)


def test_a_chamber_that_begins_with_pallets_is_as_warm_as_they_want_it() -> None:
    before = Plant()
    before.feed(1)
    before.model.advance(4 * HOUR)
    pallets_only = {name: part for name, part in before.model.snapshot().items() if name != "machines"}
    plant = Plant()
    plant.model.restore(pallets_only)
    assert zones(plant)[0] == pytest.approx(zones(before)[0], abs=0.5)
    assert list(impossible(plant)) == []


def test_the_hopper_is_low_only_where_concrete_is_lacking() -> None:
    plant = Plant(replace(LINE, spread=0.1))
    plant.model.advance(6 * MINUTE)
    for _ in range(6):
        plant.model.write("embeds", "release", plant.model.line.free_pallets[0])
        for _ in range(15):
            plant.model.advance(MINUTE)
            assert not plant.shown("casting", "hopper_low")
    assert plant.model.view("casting").cycles >= 5


def test_a_state_may_be_told_as_text() -> None:
    told = parse_profile(
        "profile: text\nprotocol: modbus-tcp\npoints: [{name: state, address: 'input:0', type: 'string:16'}]"
    )
    plant = Plant(replace(LINE, stations=(replace(LINE.stations[0], profile=told),), machines=()))
    plant.model.write("embeds", "release", 1)
    assert plant.shown("embeds", "state") == "execute"
