"""A load goes through its line by hand; every gate keeps what may not pass."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import StaleVersion
from mes.core.ids import new_id
from mes.ledger.queries import events_of
from mes.ledger.verification import verify
from mes.machines.models import MachineCommand
from mes.orders.lifecycle import TransitionRefused
from mes.shopfloor import service
from mes.shopfloor.gates import OperationRefused
from mes.shopfloor.models import Downtime
from tests.conftest import actor
from tests.mes.shopfloor.plant import KINDS, Floor, create_floor


@pytest.fixture
def floor(database: Database, clock: SetClock) -> Floor:
    """One load of two slabs, on SQLite."""
    return create_floor(database, clock)


def test_a_load_runs_from_entry_to_finished_elements(any_database: Database, clock: SetClock) -> None:
    floor = create_floor(any_database, clock)
    floor.run_up_to("hidden-works")
    assert floor.load().pallet is not None
    assert floor.states() == {"in_setup"}
    floor.start("hidden-works")
    floor.accept_hidden_works()
    assert floor.operation("hidden-works").state == "done"
    floor.assign_batch()
    floor.run(["casting", "compaction", "roughening", "curing"])
    assert floor.states() == {"curing"}
    floor.release_for_demoulding()
    floor.run(["demoulding"])
    assert floor.load().state == "done"
    finished = floor.do(service.finish_elements, service.FinishElements(element_ids=list(floor.element_ids[0])))
    assert finished.serials == [1, 2]
    assert floor.states() == {"finished"}
    with any_database.reading() as session:
        events = events_of(session, "element:1")
        assert verify(session).intact
    assert [event.kind for event in events][2:] == [
        "element.set_up",
        "element.hidden_works_accepted",
        "element.cast",
        "element.curing_started",
        "element.demoulded",
        "element.finished",
    ]
    cast = events[4].content
    assert cast["where"]["station"] == "SL-casting"
    assert cast["how"]["machine"] == "SL/casting"
    assert cast["how"]["pallet"] == 1
    assert cast["how"]["batch"]["batch_number"] == "B-1"


def test_each_release_is_queued_once_when_its_gate_opens(floor: Floor) -> None:
    floor.run_up_to("hidden-works")
    assert [c.device for c in floor.rows(MachineCommand)] == ["SL/cleaning"]
    floor.start("hidden-works")
    floor.assign_batch("B-1")  # a batch alone does not open the gate of casting
    assert [c.device for c in floor.rows(MachineCommand)] == ["SL/cleaning"]
    floor.accept_hidden_works()
    floor.assign_batch("B-2")
    assert [c.device for c in floor.rows(MachineCommand)] == ["SL/cleaning", "SL/hidden-works", "SL/casting"]
    floor.run(["casting", "compaction", "roughening", "curing"])
    floor.release_for_demoulding()
    floor.release_for_demoulding()
    assert [(c.device, c.point, c.value) for c in floor.rows(MachineCommand)] == [
        ("SL/cleaning", "release", 1),
        ("SL/hidden-works", "release", 1),
        ("SL/casting", "release", 1),
        ("SL/demoulding", "release", 1),
    ]


def test_an_inspection_before_the_load_comes_is_kept_until_it_does(floor: Floor) -> None:
    floor.run_up_to("embeds")
    floor.start("embeds")
    floor.accept_hidden_works()
    assert floor.operation("hidden-works").state == "waiting"
    floor.finish("embeds")
    floor.start("hidden-works")
    assert floor.operation("hidden-works").state == "done"


def test_casting_before_hidden_works_is_refused(floor: Floor) -> None:
    floor.run_up_to("hidden-works")
    with pytest.raises(OperationRefused, match="隐蔽验收 is not finished yet"):
        floor.start("casting")
    floor.start("hidden-works")
    with pytest.raises(OperationRefused, match="elements 1, 2 have no accepted hidden-works inspection"):
        floor.finish("hidden-works")
    assert floor.states() == {"in_setup"}


def test_casting_without_a_batch_is_refused(floor: Floor) -> None:
    floor.run_up_to("hidden-works")
    floor.start("hidden-works")
    floor.accept_hidden_works()
    with pytest.raises(OperationRefused, match="no concrete batch is assigned"):
        floor.start("casting")
    assert floor.operation("casting").state == "waiting"


def test_demoulding_without_strength_is_refused(floor: Floor) -> None:
    floor.run_up_to("hidden-works")
    floor.start("hidden-works")
    floor.accept_hidden_works()
    floor.assign_batch()
    floor.run(["casting", "compaction", "roughening", "curing"])
    with pytest.raises(OperationRefused, match="demoulding strength is not proven"):
        floor.start("demoulding")
    assert floor.states() == {"curing"}


def test_the_order_of_stations_is_kept(floor: Floor) -> None:
    floor.run(["cleaning"])
    with pytest.raises(OperationRefused, match="cannot start at 喷脱模剂: 划线 is not finished yet"):
        floor.start("oiling")


def test_a_load_that_has_not_entered_starts_at_the_first_station_only(floor: Floor) -> None:
    with pytest.raises(OperationRefused, match="has not entered the line yet; it starts at 清理"):
        floor.start("plotting")


def test_a_wrong_pallet_is_refused(floor: Floor) -> None:
    with pytest.raises(OperationRefused, match="Line SL has no pallet 77"):
        floor.start("cleaning", pallet_number=77)
    floor.start("cleaning", pallet_number=2)
    with pytest.raises(OperationRefused, match="is on pallet 2, not on pallet 3"):
        floor.finish("cleaning", pallet_number=3)
    assert floor.operation("cleaning").state == "running"


def test_a_pallet_carries_one_load(database: Database, clock: SetClock) -> None:
    floor = create_floor(database, clock, loads=2)
    floor.start("cleaning", 0, pallet_number=1)
    floor.finish("cleaning", 0)
    with pytest.raises(OperationRefused, match="Pallet 1 carries load 1"):
        floor.start("cleaning", 1, pallet_number=1)
    floor.start("cleaning", 1)
    assert floor.load(1).pallet is not None
    assert floor.load(1).pallet.number == 2  # type: ignore[union-attr]


def test_a_station_takes_as_many_loads_as_it_has_room_for(database: Database, clock: SetClock) -> None:
    floor = create_floor(database, clock, loads=2)
    floor.start("cleaning", 0)
    with pytest.raises(OperationRefused, match="occupied by load 1"):
        floor.start("cleaning", 1)


def test_a_held_load_does_not_move_and_its_downtime_is_kept(floor: Floor) -> None:
    floor.start("cleaning")
    operation_id = floor.operation("cleaning").id
    floor.do(service.hold_operation, service.HoldOperation(operation_id=operation_id, reason="side form broken"))
    with pytest.raises(OperationRefused, match="side form broken"):
        floor.finish("cleaning")
    with pytest.raises(OperationRefused, match="on hold at 清理"):
        floor.start("plotting")
    floor.clock.advance(minutes=20)
    floor.do(service.resume_operation, service.ResumeOperation(operation_id=operation_id))
    floor.finish("cleaning")
    (downtime,) = floor.rows(Downtime)
    assert downtime.reason == "side form broken"
    assert downtime.ended_at - downtime.started_at >= timedelta(minutes=20)


def test_elements_put_aside_are_left_out_and_the_load_goes_on(floor: Floor) -> None:
    first, second = floor.element_ids[0]
    floor.run_up_to("hidden-works")
    floor.start("hidden-works")
    floor.accept_hidden_works(element_ids=[first])
    assert floor.operation("hidden-works").state == "running"
    floor.put_aside(second, "report_nonconformity")
    floor.finish("hidden-works")
    floor.assign_batch()
    floor.run(["casting"])
    assert floor.states() == {"curing", "nonconforming"}


def test_two_operators_at_once_start_a_load_once(any_database: Database, clock: SetClock) -> None:
    floor = create_floor(any_database, clock)
    operation_id = floor.operation("cleaning").id
    outcomes: list[object] = []
    barrier = threading.Barrier(2)

    def start(name: str) -> None:
        barrier.wait()
        command = service.StartOperation(operation_id=operation_id)
        try:
            outcomes.append(perform(any_database, actor("operator", name), clock, service.start_operation, command))
        except (OperationRefused, StaleVersion) as refused:
            outcomes.append(refused)

    threads = [threading.Thread(target=start, args=(name,)) for name in ("Wang", "Li")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(outcome, service.OperationAnswer) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert floor.operation("cleaning").state == "running"


def test_a_page_that_is_out_of_date_changes_nothing(floor: Floor) -> None:
    seen = floor.operation("cleaning").version
    floor.start("cleaning")
    with pytest.raises(StaleVersion):
        floor.finish("cleaning", expected_version=seen)


def test_a_repeated_tap_is_answered_and_done_once(floor: Floor) -> None:
    command_id = new_id()
    first = floor.start("cleaning", command_id=command_id)
    assert floor.start("cleaning", command_id=command_id) == first


def test_only_demoulded_elements_are_finished(floor: Floor) -> None:
    with pytest.raises(TransitionRefused):
        floor.do(service.finish_elements, service.FinishElements(element_ids=list(floor.element_ids[0])))


def test_the_next_load_enters_on_a_free_pallet(database: Database, clock: SetClock) -> None:
    floor = create_floor(database, clock, loads=2)
    line_id = floor.load().line_id
    entered = floor.do(service.enter_next_load, service.EnterNextLoad(line_id=line_id))
    assert (entered.load_number, entered.pallet_number) == (1, 1)
    with pytest.raises(OperationRefused, match="not started yet"):
        floor.do(service.enter_next_load, service.EnterNextLoad(line_id=line_id))
    floor.run(["cleaning"])
    assert floor.do(service.enter_next_load, service.EnterNextLoad(line_id=line_id)).load_number == 2
    assert len(KINDS) == 12
