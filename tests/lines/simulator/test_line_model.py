"""The physical model of a line, worked by hand."""

import json
import statistics
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lines.simulator import ForeignStateError, LineModel, ModelRefusalError, StationPlan

MINUTE = 60_000


def two_stations(complete_seconds: float = 0) -> LineModel:
    """cleaning 1 min, oiling 2 min; pallets 1, 2, 3."""
    return LineModel([StationPlan("cleaning", 1), StationPlan("oiling", 2)], [1, 2, 3], complete_seconds)


def shown(model: LineModel, station: str) -> tuple[str, int]:
    view = model.view(station)
    return view.state.value, view.pallet


def test_nothing_enters_that_was_not_released() -> None:
    model = two_stations()
    model.advance(1000 * MINUTE)
    assert shown(model, "cleaning") == ("idle", 0)
    assert model.free_pallets == [1, 2, 3]


def test_a_released_pallet_enters_and_works_its_minutes() -> None:
    model = two_stations()
    model.release("cleaning", 2)
    assert shown(model, "cleaning") == ("execute", 2)
    model.advance(MINUTE // 4)
    assert model.view("cleaning").progress_percent == 25
    model.advance(MINUTE * 3 // 4 - 1)
    assert shown(model, "cleaning") == ("execute", 2)
    model.advance(1)
    assert shown(model, "cleaning") == ("idle", 0)
    assert shown(model, "oiling") == ("execute", 2)
    assert model.view("cleaning").cycles == 1


def test_the_next_release_waits_until_the_first_station_is_free() -> None:
    model = two_stations()
    model.release("cleaning", 1)
    model.release("cleaning", 2)
    assert (shown(model, "cleaning"), model.view("cleaning").released_pallet) == (("execute", 1), 2)
    model.advance(MINUTE)
    assert (shown(model, "cleaning"), model.view("cleaning").released_pallet) == (("execute", 2), 0)


def test_a_finished_pallet_is_blocked_by_a_busy_station_and_then_moves_on() -> None:
    # 1 is in oiling from minute 1 to 3; 2 is done with cleaning at minute 2 and waits until 3; free at 5.
    model = two_stations()
    model.release("cleaning", 1)
    model.release("cleaning", 2)
    model.advance(2 * MINUTE)
    assert (shown(model, "cleaning"), shown(model, "oiling")) == (("suspended", 2), ("execute", 1))
    assert model.view("cleaning").progress_percent == 100
    model.advance(MINUTE)
    assert (shown(model, "cleaning"), shown(model, "oiling")) == (("idle", 0), ("execute", 2))
    assert model.free_pallets == [3, 1]
    model.advance(2 * MINUTE)
    assert model.free_pallets == [3, 1, 2]


def test_a_pallet_shows_as_complete_before_it_moves_on() -> None:
    model = two_stations(complete_seconds=20)
    model.release("cleaning", 1)
    model.advance(MINUTE)
    assert shown(model, "cleaning") == ("complete", 1)
    model.advance(20_000 - 1)
    assert shown(model, "cleaning") == ("complete", 1)
    model.advance(1)
    assert (shown(model, "cleaning"), shown(model, "oiling")) == (("idle", 0), ("execute", 1))


def casting_line() -> LineModel:
    """embeds 1 min, casting 2 min with release; pallets 7, 8."""
    return LineModel([StationPlan("embeds", 1), StationPlan("casting", 2, needs_release=True)], [7, 8], 0)


def test_casting_does_not_begin_without_a_release() -> None:
    model = casting_line()
    model.release("embeds", 7)
    model.advance(100 * MINUTE)
    assert (shown(model, "casting"), model.view("casting").progress_percent) == (("suspended", 7), 0)
    model.release("casting", 7)
    assert shown(model, "casting") == ("execute", 7)
    model.advance(2 * MINUTE)
    assert model.free_pallets == [8, 7]


def test_a_release_given_ahead_holds_for_that_pallet_only() -> None:
    model = casting_line()
    model.release("embeds", 7)
    model.release("casting", 7)
    model.release("embeds", 8)
    model.advance(MINUTE)
    assert (shown(model, "casting"), model.view("casting").released_pallet) == (("execute", 7), 0)
    model.advance(2 * MINUTE)
    assert shown(model, "casting") == ("suspended", 8)


def test_a_release_taken_back_is_none() -> None:
    model = casting_line()
    model.release("embeds", 7)
    model.release("casting", 7)
    model.release("casting", 0)
    model.advance(MINUTE)
    assert shown(model, "casting") == ("suspended", 7)


def test_a_repeated_release_does_not_release_the_next_round() -> None:
    model = casting_line()
    model.release("embeds", 7)
    model.advance(MINUTE)
    model.release("casting", 7)
    model.release("casting", 7)
    assert model.view("casting").released_pallet == 0
    assert model.view("casting").release == 7


@pytest.mark.parametrize(
    ("station", "pallet", "reason"),
    [
        ("embeds", 9, "no pallet 9"),
        ("embeds", 7, "is on the line"),
        ("casting", 8, "not on its way to casting"),
    ],
)
def test_a_release_that_cannot_be_meant_is_refused_and_changes_nothing(station: str, pallet: int, reason: str) -> None:
    model = casting_line()
    model.release("embeds", 7)
    model.advance(MINUTE)
    before = model.snapshot()
    with pytest.raises(ModelRefusalError, match=reason):
        model.release(station, pallet)
    assert model.snapshot() == before


def test_a_station_that_needs_no_release_takes_none() -> None:
    with pytest.raises(ModelRefusalError, match="oiling needs no release"):
        two_stations().release("oiling", 1)


def test_a_held_station_stands_still_and_goes_on_where_it_was() -> None:
    model = two_stations()
    model.release("cleaning", 1)
    model.advance(MINUTE // 2)
    model.hold("cleaning", 1)
    model.advance(10 * MINUTE)
    assert (shown(model, "cleaning"), model.view("cleaning").progress_percent) == (("held", 1), 50)
    model.hold("cleaning", 0)
    assert shown(model, "cleaning") == ("execute", 1)
    model.advance(MINUTE // 2)
    assert shown(model, "oiling") == ("execute", 1)


def test_a_held_station_takes_no_pallet() -> None:
    model = two_stations()
    model.hold("oiling", 1)
    model.release("cleaning", 1)
    model.advance(5 * MINUTE)
    assert (shown(model, "cleaning"), shown(model, "oiling")) == (("suspended", 1), ("held", 0))


def test_hold_is_one_or_zero() -> None:
    with pytest.raises(ModelRefusalError):
        two_stations().hold("oiling", 2)


def chamber_line() -> LineModel:
    """casting 1 min, curing 10 min in 3 slots, demoulding 4 min; pallets 1 to 5."""
    plans = [StationPlan("casting", 1), StationPlan("curing", 10, capacity=3), StationPlan("demoulding", 4)]
    return LineModel(plans, [1, 2, 3, 4, 5], 0)


def feed(model: LineModel, *pallets: int) -> None:
    """Release one pallet a minute."""
    for pallet in pallets:
        model.release("casting", pallet)
        model.advance(MINUTE)


def test_a_chamber_cures_its_slots_side_by_side_and_empties_in_order() -> None:
    # In at minutes 1, 2, 3; cured at 11, 12, 13. Demoulding takes 1 at 11, 2 at 15, 3 at 19, done at 23.
    model = chamber_line()
    feed(model, 1, 2, 3)
    assert model.view("curing").slots == (1, 2, 3)
    assert (shown(model, "curing"), model.view("curing").occupied_slots) == (("execute", 3), 3)
    model.advance(8 * MINUTE)
    assert (model.view("curing").slots, shown(model, "demoulding")) == ((0, 2, 3), ("execute", 1))
    model.advance(3 * MINUTE)  # minute 14: all cured, demoulding still at work
    assert (shown(model, "curing"), model.view("curing").cycles) == (("suspended", 3), 3)
    model.advance(5 * MINUTE)
    assert (model.view("curing").slots, shown(model, "demoulding")) == ((0, 0, 0), ("execute", 3))
    model.advance(4 * MINUTE)
    assert model.free_pallets == [4, 5, 1, 2, 3]


def test_a_full_chamber_blocks_casting_and_a_freed_slot_is_used_again() -> None:
    model = chamber_line()
    feed(model, 1, 2, 3, 4)
    assert shown(model, "casting") == ("suspended", 4)
    model.advance(7 * MINUTE)  # minute 11: 1 leaves slot 1, 4 takes it
    assert model.view("curing").slots == (4, 2, 3)
    assert shown(model, "casting") == ("idle", 0)


def test_curing_goes_on_in_a_held_chamber_but_nothing_leaves() -> None:
    model = chamber_line()
    feed(model, 1)
    model.hold("curing", 1)
    model.advance(20 * MINUTE)
    assert (shown(model, "curing"), model.view("curing").progress_percent) == (("held", 1), 100)
    assert shown(model, "demoulding") == ("idle", 0)
    model.hold("curing", 0)
    assert shown(model, "demoulding") == ("execute", 1)


def work_minutes(count: int, **chance: float | str) -> list[float]:
    """How long the first works of a station take."""
    plan = StationPlan("cleaning", 10, **chance)  # type: ignore[arg-type]
    return [plan.cycle(number).work_ms / MINUTE for number in range(count)]


def test_cycle_times_spread_about_the_plan_and_repeat_themselves() -> None:
    minutes = work_minutes(400, spread=0.1, seed="1")
    assert sum(minutes) / 400 == pytest.approx(10, abs=0.2)
    assert statistics.stdev(minutes) == pytest.approx(1, abs=0.15)
    assert minutes == work_minutes(400, spread=0.1, seed="1")
    assert minutes != work_minutes(400, spread=0.1, seed="2")


def test_a_chamber_takes_its_time_exactly() -> None:
    assert StationPlan("curing", 480, 36, spread=0.2, stops_per_hour=9).cycle(5).work_ms == 480 * MINUTE


def test_machines_stop_by_themselves_as_often_as_asked() -> None:
    # 1.2 stops in an hour of work are 0.2 in ten minutes: one in 1 - exp(-0.2) = 18 % of the cycles.
    plan = StationPlan("cleaning", 10, stops_per_hour=1.2, seed="1")
    stopped = [cycle for cycle in map(plan.cycle, range(1000)) if cycle.stop_ms]
    assert len(stopped) == pytest.approx(181, abs=30)
    assert all(MINUTE <= cycle.stop_ms <= 20 * MINUTE for cycle in stopped)


def test_a_machine_that_stopped_by_itself_is_held_and_goes_on_by_itself() -> None:
    plan = StationPlan("cleaning", 10, stops_per_hour=60, seed="1")
    first = plan.cycle(0)
    assert first.stop_ms
    model = LineModel([plan], [1], 0)
    model.release("cleaning", 1)
    model.advance(first.work_ms - first.stop_at_ms)
    assert (shown(model, "cleaning"), model.view("cleaning").stop_choice) == (("held", 1), first.choice)
    model.advance(first.stop_ms - 1)
    assert shown(model, "cleaning") == ("held", 1)
    model.advance(1)
    assert (shown(model, "cleaning"), model.view("cleaning").stop_choice) == (("execute", 1), None)
    model.advance(first.stop_at_ms)
    assert model.free_pallets == [1]


def test_a_station_without_material_is_suspended_and_not_held() -> None:
    model = two_stations()
    model.release("cleaning", 1)
    model.starve("cleaning", True)
    model.advance(10 * MINUTE)
    assert (shown(model, "cleaning"), model.view("cleaning").progress_percent) == (("suspended", 1), 0)
    model.starve("cleaning", False)
    model.advance(MINUTE)
    assert shown(model, "oiling") == ("execute", 1)


def test_a_line_tells_what_happens_to_a_pallet() -> None:
    model = two_stations()
    told: list[tuple[int, str, str]] = []
    model.watch(lambda one: told.append((model.clock_ms // MINUTE, one.station, one.event)))
    model.release("cleaning", 1)
    model.advance(5 * MINUTE)
    assert told == [
        (0, "cleaning", "entered"), (0, "cleaning", "began"), (1, "cleaning", "finished"),
        (1, "oiling", "entered"), (1, "oiling", "began"), (1, "cleaning", "left"),
        (3, "oiling", "finished"), (3, "oiling", "left"),
    ]  # fmt: skip


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        two_stations().advance(-1)


def busy_line() -> LineModel:
    """Cycles of their own length, and machines that stop by themselves in about every third."""
    chance: dict[str, Any] = {"spread": 0.1, "stops_per_hour": 12.0, "seed": "busy"}
    plans = [
        StationPlan("cleaning", 1, **chance),
        StationPlan("casting", 2.5, needs_release=True, **chance),
        StationPlan("curing", 7, capacity=3, **chance),
        StationPlan("demoulding", 1.3, **chance),
    ]
    return LineModel(plans, range(1, 7), 10)


STATIONS = ("cleaning", "casting", "curing", "demoulding")
actions = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.integers(0, 400_000), st.just(0)),
        st.tuples(st.sampled_from(["cleaning", "casting"]), st.integers(0, 6), st.just(0)),
        st.tuples(st.just("hold"), st.sampled_from(range(4)), st.integers(0, 1)),
    ),
    max_size=40,
)


def act(model: LineModel, action: tuple[str, int, int], steps: int = 1) -> None:
    name, number, switch = action
    if name == "advance":
        for _ in range(steps):
            model.advance(number // steps)
        model.advance(number % steps)
    elif name == "hold":
        model.hold(STATIONS[number], switch)
    else:
        with suppress(ModelRefusalError):
            model.release(name, number)


@given(actions)
@settings(max_examples=60, deadline=None)
def test_no_pallet_is_ever_lost_or_doubled(given_actions: list[tuple[str, int, int]]) -> None:
    model = busy_line()
    for action in given_actions:
        act(model, action)
        on_line = [pallet for station in STATIONS for pallet in model.view(station).slots if pallet]
        assert sorted(on_line + model.free_pallets) == [1, 2, 3, 4, 5, 6]


@given(actions, st.integers(2, 7))
@settings(max_examples=60, deadline=None)
def test_small_steps_lead_where_a_large_one_leads(given_actions: list[tuple[str, int, int]], steps: int) -> None:
    large, small = busy_line(), busy_line()
    for action in given_actions:
        act(large, action)
        act(small, action, steps)
    assert large.snapshot() == small.snapshot()


@given(actions, actions)
@settings(max_examples=60, deadline=None)
def test_a_restored_line_goes_on_as_if_nothing_had_happened(
    before: list[tuple[str, int, int]], after: list[tuple[str, int, int]]
) -> None:
    model, restored = busy_line(), busy_line()
    for action in before:
        act(model, action)
    restored.restore(json.loads(json.dumps(model.snapshot())))
    for action in after:
        act(model, action)
        act(restored, action)
    assert restored.snapshot() == model.snapshot()


@pytest.mark.parametrize("other", [two_stations, casting_line])
def test_the_state_of_another_line_is_refused(other: object) -> None:
    assert callable(other)
    model = chamber_line()
    with pytest.raises(ForeignStateError):
        model.restore(other().snapshot())
    assert model.free_pallets == [1, 2, 3, 4, 5]


def test_a_state_with_other_pallets_is_refused() -> None:
    other = LineModel([StationPlan("cleaning", 1), StationPlan("oiling", 2)], [1, 2], 0)
    with pytest.raises(ForeignStateError, match="other pallets"):
        two_stations().restore(other.snapshot())


@pytest.mark.parametrize("rubbish", [{}, {"stations": 3}, {"stations": [{"id": "cleaning"}, {"id": "oiling"}]}])
def test_rubbish_is_no_state(rubbish: dict[str, object]) -> None:
    with pytest.raises(ForeignStateError):
        two_stations().restore(rubbish)
