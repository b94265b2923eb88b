"""States become intervals, values become minutes, alarms stand from when to when: worked out by hand."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.machines.models import Machine, MachinePoint, StateInterval
from mes.machines.service import NameStop, name_stop
from tests.conftest import actor, create_plant
from tests.mes.machines.edge import SPREADER, Edge, at, poll, seconds


@pytest.fixture
def edge(any_database: Database, clock: SetClock) -> Edge:
    """A house whose gateway has announced the concrete spreader."""
    create_plant(any_database, clock)
    made = Edge(any_database, clock)
    made.announce(SPREADER)
    return made


def test_a_state_lasts_until_the_next_one(edge: Edge) -> None:
    edge.tell(poll(0, state="idle"), poll(60, state="execute"))
    edge.tell(poll(600, state="held"))
    assert edge.intervals() == [("idle", 0, 60), ("execute", 60, 600), ("held", 600, None)]


def test_the_same_state_twice_is_one_interval(edge: Edge) -> None:
    edge.tell(poll(0, state="idle"), poll(30, state="idle"))
    edge.tell(poll(60, state="idle"))
    assert edge.intervals() == [("idle", 0, None)]


def test_the_pallet_of_that_time_is_kept_with_the_interval(edge: Edge) -> None:
    edge.tell(
        poll(0, state="idle", pallet=0),
        poll(50, pallet=17),
        poll(60, state="execute"),
        poll(600, state="complete"),
        poll(660, state="idle", pallet=0),
    )
    assert edge.pallets() == [("idle", 17), ("execute", 17), ("complete", 17), ("idle", None)]


def test_a_machine_that_is_not_heard_is_in_an_unknown_state(edge: Edge) -> None:
    edge.tell(poll(0, state="execute"), poll(100, state="execute", quality="stale"))
    edge.tell(poll(160, state="execute"))
    assert edge.intervals() == [("execute", 0, 100), ("unknown", 100, 160), ("execute", 160, None)]


def test_a_state_that_is_none_is_unknown(edge: Edge) -> None:
    edge.tell(poll(0, state="dancing"), poll(10, state=None, quality="bad"), poll(20, state="idle"))
    assert edge.intervals() == [("unknown", 0, 20), ("idle", 20, None)]


def test_a_failed_device_is_unknown_since_it_failed(edge: Edge) -> None:
    failed = {"device": "SL/casting", "state": "failed", "since": at(100), "reason": "no connection", "polls": 81}
    edge.tell(poll(0, state="execute"))
    edge.tell(poll(101, state="execute", quality="stale"), devices=[failed])
    assert edge.intervals() == [("execute", 0, 100), ("unknown", 100, None)]
    (machine,) = edge.rows(Machine)
    assert (machine.state, machine.reason, machine.figures["polls"]) == ("failed", "no connection", 81)


def test_a_machine_that_is_back_and_tells_since_when_it_works_was_never_unknown(edge: Edge) -> None:
    """OPC UA tells a value again with the time at which it became so, which lies before the outage."""
    edge.tell(poll(0, state="execute"), poll(100, state="execute", quality="stale"))
    edge.tell(poll(0, state="execute"))
    assert edge.intervals() == [("execute", 0, None)]
    (point,) = edge.rows(MachinePoint)
    assert (point.value, point.quality) == ("execute", "good")


def test_what_comes_late_finds_its_place(edge: Edge) -> None:
    edge.tell(poll(0, state="idle"), poll(600, state="held"), poll(700, state="idle"))
    edge.tell(poll(60, state="execute"), poll(90, state="suspended"))
    assert edge.intervals() == [
        ("idle", 0, 60),
        ("execute", 60, 90),
        ("suspended", 90, 600),
        ("held", 600, 700),
        ("idle", 700, None),
    ]
    (point,) = edge.rows(MachinePoint)
    assert (point.value, seconds(point.source_time)) == ("idle", 700)  # the latest stays the latest


def test_what_comes_late_between_two_equal_states_ends_where_the_state_was_told_again(edge: Edge) -> None:
    edge.tell(poll(0, state="execute"), poll(300, state="execute"))
    edge.tell(poll(100, state="held"))
    assert edge.intervals() == [("execute", 0, 100), ("held", 100, 300), ("execute", 300, None)]


def test_what_comes_late_may_be_the_beginning_of_what_is_known(edge: Edge) -> None:
    edge.tell(poll(100, state="execute"))
    edge.tell(poll(40, state="idle"), poll(60, state="execute"))
    assert edge.intervals() == [("idle", 40, 60), ("execute", 60, None)]


def test_what_comes_late_before_a_split_stop_ends_where_the_split_is(edge: Edge) -> None:
    edge.tell(poll(0, state="held"), poll(1800, state="held"))
    (stop,) = edge.rows(StateInterval)
    command = NameStop(interval_id=stop.id, reason_code="hydraulic", begins_at=at(1200))
    perform(edge.database, actor("operator"), edge.clock, name_stop, command)
    edge.tell(poll(600, state="execute"))
    assert edge.intervals() == [("held", 0, 600), ("execute", 600, 1200), ("held", 1200, None)]


STORY = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["idle", "execute", "held"])),
    min_size=1,
    max_size=12,
    unique_by=lambda told: told[0],
)


@given(STORY, st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_intervals_do_not_depend_on_the_order_in_which_states_came(
    database: Database, clock: SetClock, story: list[tuple[int, str]], data: st.DataObject
) -> None:
    with database.writing() as session:
        session.query(StateInterval).delete()
        session.query(MachinePoint).delete()
    edge = Edge(database, clock)
    for second, state in data.draw(st.permutations(story)):
        edge.tell(poll(second, state=state))
    expected = []
    for state, told in groupby(sorted(story), key=lambda one: one[1]):
        expected.append((state, next(told)[0]))
    ends = [second for _, second in expected[1:]]
    assert edge.intervals() == [
        (state, begin, end) for (state, begin), end in zip(expected, [*ends, None], strict=True)
    ]


def test_values_are_kept_and_told_in_short_by_the_minute(edge: Edge) -> None:
    edge.tell(poll(0, hopper_kg=400), poll(20, hopper_kg=410), poll(40, hopper_kg=390), poll(61, hopper_kg=100.5))
    assert edge.values() == [
        ("hopper_kg", 0, 400),
        ("hopper_kg", 20, 410),
        ("hopper_kg", 40, 390),
        ("hopper_kg", 61, 100.5),
    ]
    first, second = edge.minutes()
    assert (first.count, first.low, first.high, first.total, first.last) == (3, 390, 410, 1200, 390)
    assert (second.count, second.low, second.high, second.total, second.last) == (1, 100.5, 100.5, 100.5, 100.5)


def test_a_minute_grows_by_what_comes_later_and_by_what_comes_late(edge: Edge) -> None:
    edge.tell(poll(30, hopper_kg=400))
    edge.tell(poll(50, hopper_kg=300))
    edge.tell(poll(10, hopper_kg=500))
    (minute,) = edge.minutes()
    assert (minute.count, minute.low, minute.high, minute.total) == (3, 300, 500, 1200)
    assert (minute.last, seconds(minute.last_at)) == (300, 50)


def test_a_value_told_again_under_another_id_counts_once(edge: Edge) -> None:
    edge.tell(poll(30, hopper_kg=400), poll(30, hopper_kg=400))
    edge.tell(poll(30, hopper_kg=400))
    (minute,) = edge.minutes()
    assert (minute.count, minute.total) == (1, 400)


def test_a_batch_that_is_sent_again_changes_nothing(edge: Edge) -> None:
    batch = [poll(0, state="idle", hopper_kg=400), poll(10, state="execute", door_open=True), poll(20, hopper_kg=380)]
    first = edge.tell(*batch)
    told = edge.intervals(), edge.values(), [(m.count, m.total) for m in edge.minutes()], edge.alarms()
    again = edge.tell(*batch)
    assert (again.taken, again.repeated) == ([], first.taken)
    assert (edge.intervals(), edge.values(), [(m.count, m.total) for m in edge.minutes()], edge.alarms()) == told


def test_counters_are_kept_and_flags_and_texts_and_bad_values_are_not(edge: Edge) -> None:
    edge.tell(poll(0, poured_m3=1.5, door_open=True, state="idle"), poll(1, quality="bad", hopper_kg=None))
    edge.tell(poll(2, quality="stale", hopper_kg=400))
    assert edge.values() == [("poured_m3", 0, 1.5)]


def test_a_value_older_than_it_would_be_kept_is_not_kept(edge: Edge) -> None:
    thirty_days = 30 * 86_400
    edge.tell(poll(-thirty_days, hopper_kg=400, poured_m3=2.0))
    assert edge.values() == [("poured_m3", -thirty_days, 2.0)]


def test_a_device_that_was_never_announced_has_points_and_states(edge: Edge) -> None:
    edge.tell(poll(0, "WL/curing", state="execute", pallet=3, air_c=41.5))
    assert edge.intervals("WL/curing") == [("execute", 0, None)]
    assert {point.point for point in edge.rows(MachinePoint)} == {"state", "pallet", "air_c"}
    assert edge.values() == []


def test_an_alarm_stands_while_its_point_shows_its_value(edge: Edge) -> None:
    edge.tell(poll(0, door_open=False), poll(10, door_open=True), poll(70, door_open=False), poll(90, door_open=True))
    edge.tell(poll(100, door_open=True))
    assert edge.alarms() == [("SL/casting", "E12", 10, 70), ("SL/casting", "E12", 90, None)]


def test_an_alarm_of_a_machine_that_is_not_heard_stands_as_before(edge: Edge) -> None:
    edge.tell(poll(10, door_open=True), poll(20, door_open=True, quality="stale"))
    assert edge.alarms() == [("SL/casting", "E12", 10, None)]


def test_an_alarm_that_is_no_longer_announced_ends(edge: Edge) -> None:
    edge.tell(poll(10, door_open=True))
    edge.announce({**SPREADER, "alarms": []})
    assert edge.alarms() == [("SL/casting", "E12", 10, 3600)]


def test_a_machine_that_is_no_longer_served_is_withdrawn_and_unknown(edge: Edge) -> None:
    edge.tell(poll(0, state="execute", door_open=True))
    answer = edge.announce({**SPREADER, "device": "SL/other"})
    assert answer.withdrawn == ["SL/casting"]
    assert edge.intervals() == [("execute", 0, 3600), ("unknown", 3600, None)]
    assert edge.alarms() == [("SL/casting", "E12", 0, 3600)]
    edge.announce(SPREADER)
    machines = {machine.device: machine.withdrawn_at for machine in edge.rows(Machine)}
    assert machines["SL/casting"] is None
    assert machines["SL/other"] is not None


def test_two_gateways_do_not_withdraw_each_others_machines(edge: Edge) -> None:
    answer = edge.announce({**SPREADER, "device": "WL/casting", "line": "WL"}, gateway="edge-2")
    assert answer.withdrawn == []
    assert [machine.withdrawn_at for machine in edge.rows(Machine)] == [None, None]


def test_a_faulty_file_is_an_alarm_until_it_is_mended(edge: Edge) -> None:
    edge.announce(SPREADER, faults=["SL.yaml:3: speed is a number"])
    edge.clock.advance(minutes=1)
    assert edge.alarms() == [("gateway/edge-1", "files", 3600, None)]
    edge.announce(SPREADER)
    assert edge.alarms() == [("gateway/edge-1", "files", 3600, 3660)]
