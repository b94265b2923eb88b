"""Machines speak: their readings start and finish operations, once each, or become a discrepancy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from mes.accounts.service import make_token
from mes.cli.people import OWNER
from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden
from mes.core.text import Text
from mes.ledger.queries import events_of
from mes.machines.models import MachineCommand, MachinePoint
from mes.planning.models import Line
from mes.shopfloor import service
from mes.shopfloor.models import Discrepancy, Downtime
from tests.conftest import actor
from tests.mes.shopfloor.plant import GATEWAY, KINDS, Floor, add_floor, create_floor, reading

BEFORE_INSPECTION = KINDS[: KINDS.index("hidden-works")]


@pytest.fixture
def floor(database: Database, clock: SetClock) -> Floor:
    """One load of two slabs that has entered on pallet 1."""
    return entered(create_floor(database, clock))


def entered(floor: Floor) -> Floor:
    floor.do(service.enter_next_load, service.EnterNextLoad(line_id=floor.load().line_id))
    return floor


def pass_machines(floor: Floor, kinds: tuple[str, ...], pallet: int = 1) -> None:
    """The machines work on the pallet, one after the other, and it leaves each; nothing is missed."""
    for kind in kinds:
        floor.signal(kind, "execute", pallet)
        floor.signal(kind, "complete", pallet)
        floor.signal(kind, "idle", 0)


def to_casting(floor: Floor) -> None:
    pass_machines(floor, BEFORE_INSPECTION)
    floor.signal("hidden-works", "suspended", 1)
    floor.accept_hidden_works()
    floor.assign_batch()
    floor.signal("hidden-works", "idle", 0)


def test_machines_take_a_load_through_the_line(any_database: Database, clock: SetClock) -> None:
    floor = entered(create_floor(any_database, clock))
    to_casting(floor)
    assert floor.operation("hidden-works").state == "done"
    pass_machines(floor, ("hidden-works", "casting", "compaction", "roughening"))
    assert floor.states() == {"curing"}
    floor.signal("curing", "execute", 1, slot_01_pallet=1)
    assert floor.operation("curing").state == "running"
    floor.signal("curing", "idle", 0, slot_01_pallet=0)
    assert floor.operation("curing").state == "done"
    floor.release_for_demoulding()
    pass_machines(floor, ("demoulding",))
    assert floor.load().state == "done"
    assert floor.states() == {"demoulded"}
    assert floor.rows(Discrepancy) == []
    with any_database.reading() as session:
        cast = next(event for event in events_of(session, "element:1") if event.kind == "element.cast")
    assert cast.content["who"]["kind"] == "program"
    assert cast.content["how"]["machine"] == "SL/casting"
    assert not any(operation.inferred for operation in floor.rows(type(floor.operation("casting"))))


def test_a_repeated_reading_changes_nothing(any_database: Database, clock: SetClock) -> None:
    floor = entered(create_floor(any_database, clock))
    batch = [reading(clock, "cleaning", "state", "execute"), reading(clock, "cleaning", "pallet", 1)]
    first = floor.take(batch)
    started_at = floor.operation("cleaning").started_at
    clock.advance(minutes=5)
    floor.finish("cleaning")
    second = floor.take(batch)
    assert (len(first.taken), first.repeated) == (2, [])
    assert (second.taken, len(second.repeated)) == ([], 2)
    assert floor.operation("cleaning").state == "done"
    assert floor.operation("cleaning").started_at == started_at


def test_points_hold_the_latest_value_and_how_far_it_can_be_trusted(floor: Floor) -> None:
    floor.signal("casting", "idle", 0, hopper_kg=412.5)
    floor.take([reading(floor.clock, "casting", "hopper_kg", None, "bad")])
    (point,) = (row for row in floor_points(floor) if row.point == "hopper_kg")
    assert (point.value, point.quality) == (412.5, "bad")


def floor_points(floor: Floor) -> list[MachinePoint]:
    with floor.database.reading() as session:
        return list(session.scalars(select(MachinePoint)))


def test_a_machine_that_never_answered_has_points_without_a_value(floor: Floor) -> None:
    floor.take([reading(floor.clock, "casting", "state", None, "bad")])
    (point,) = floor_points(floor)
    assert (point.value, point.quality) == (None, "bad")


def test_stale_readings_move_nothing(floor: Floor) -> None:
    for point, value in (("state", "execute"), ("pallet", 1)):
        floor.take([reading(floor.clock, "cleaning", point, value, "stale")])
    assert floor.operation("cleaning").state == "waiting"


def test_only_the_gateway_delivers_readings(floor: Floor) -> None:
    with pytest.raises(Forbidden):
        floor.do(service.handle_readings, service.HandleReadings(readings=[]), actor("operator"))  # type: ignore[arg-type]


def test_missed_signals_are_caught_up_where_the_gap_is_unambiguous(floor: Floor) -> None:
    pass_machines(floor, ("cleaning",))
    floor.signal("rebar", "execute", 1)
    passed = [floor.operation(kind) for kind in ("plotting", "oiling", "shuttering")]
    assert [(operation.state, operation.inferred) for operation in passed] == [("done", True)] * 3
    assert floor.operation("rebar").state == "running"
    assert not floor.operation("cleaning").inferred
    with floor.database.reading() as session:
        notes = [e.content for e in events_of(session, "element:1") if e.kind == "element.station_inferred"]
    assert [(note["where"]["station"], note["how"]["inferred"]) for note in notes] == [
        ("SL-plotting", True),
        ("SL-oiling", True),
        ("SL-shuttering", True),
    ]


def test_a_pallet_seen_behind_a_gate_is_a_discrepancy_and_changes_nothing(floor: Floor) -> None:
    pass_machines(floor, BEFORE_INSPECTION[:3])
    floor.signal("compaction", "execute", 1)
    floor.signal("compaction", "complete", 1)
    (found,) = floor.rows(Discrepancy)
    assert (found.kind, found.device, found.pallet) == ("gate_not_passed", "SL/compaction", 1)
    assert found.machine_story["state"] == "execute"
    assert found.house_story["station"] == "SL-shuttering"
    assert floor.operation("shuttering").state == "waiting"
    assert floor.states() == {"in_setup"}


def test_a_machine_that_starts_without_the_gate_is_a_discrepancy(floor: Floor) -> None:
    pass_machines(floor, BEFORE_INSPECTION)
    floor.signal("hidden-works", "suspended", 1)
    floor.accept_hidden_works()
    floor.signal("casting", "execute", 1)
    (found,) = floor.rows(Discrepancy)
    assert found.kind == "not_allowed"
    assert "no concrete batch" in str(Text.from_json(found.house_story["reason"]))
    floor.assign_batch()  # the proof comes late: the house takes over what the machine has been showing
    assert floor.operation("casting").state == "running"


def test_an_unknown_pallet_is_a_discrepancy_once(floor: Floor) -> None:
    floor.signal("plotting", "execute", 3)
    floor.signal("plotting", "complete", 3)
    (found,) = floor.rows(Discrepancy)
    assert (found.kind, found.pallet) == ("unknown_pallet", 3)
    resolve = service.ResolveDiscrepancy(discrepancy_id=found.id, resolution="empty pallet for a trial run")
    floor.do(service.resolve_discrepancy, resolve)
    again = service.ResolveDiscrepancy(discrepancy_id=found.id, resolution="me too")
    with pytest.raises(Conflict):
        floor.do(service.resolve_discrepancy, again)


def test_a_held_load_that_the_machine_moves_on_is_a_discrepancy(floor: Floor) -> None:
    floor.signal("cleaning", "execute", 1)
    hold = service.HoldOperation(operation_id=floor.operation("cleaning").id, reason="wrong pallet")
    floor.do(service.hold_operation, hold)
    floor.signal("cleaning", "complete", 1)
    floor.signal("plotting", "execute", 1)
    assert {found.kind for found in floor.rows(Discrepancy)} == {"held"}
    assert floor.operation("cleaning").state == "held"
    assert floor.operation("plotting").state == "waiting"


def test_a_pallet_that_has_just_left_is_no_discrepancy(floor: Floor) -> None:
    to_casting(floor)
    floor.run(["casting", "compaction", "roughening", "curing"])
    floor.release_for_demoulding()
    floor.signal("demoulding", "execute", 1)
    floor.signal("demoulding", "complete", 1)
    floor.signal("demoulding", "suspended", 1)
    assert floor.rows(Discrepancy) == []


def test_the_machines_counter_tells_what_was_too_short_to_be_seen(floor: Floor) -> None:
    to_casting(floor)
    floor.signal("casting", "execute", 1, cycles=7)
    floor.signal("casting", "idle", 0, cycles=8)
    assert floor.operation("casting").state == "done"
    assert floor.states() == {"curing"}


def test_the_next_pallet_shows_that_the_one_before_has_left(database: Database, clock: SetClock) -> None:
    floor = entered(create_floor(database, clock, loads=2))
    pass_machines(floor, ("cleaning",))
    floor.signal("plotting", "execute", 1)
    entered(floor)
    pass_machines(floor, ("cleaning",), pallet=2)
    floor.signal("plotting", "execute", 2)
    assert floor.operation("plotting", 0).state == "done"
    assert floor.operation("plotting", 1).state == "running"


def test_a_release_is_handed_out_when_its_machine_is_ready(floor: Floor) -> None:
    floor.signal("casting", "idle", 0)
    pass_machines(floor, BEFORE_INSPECTION)
    floor.signal("hidden-works", "suspended", 1)
    floor.accept_hidden_works()
    floor.assign_batch()
    commands = floor.take([]).commands
    assert [(c.device, c.value) for c in commands] == [("SL/hidden-works", 1)]
    report = service.ReportCommandResult(machine_command_id=commands[0].id, outcome="done")
    floor.do(service.report_command_result, report, GATEWAY)
    assert floor.take([]).commands == []
    arrived = floor.signal("casting", "suspended", 1)
    assert [c.device for c in arrived.commands] == ["SL/casting"]
    started = floor.signal("casting", "execute", 1)  # nobody reported the outcome, but the machine works
    assert started.commands == []


def test_a_refused_release_waits_for_a_person(floor: Floor) -> None:
    (command,) = floor.take([]).commands
    refused = service.ReportCommandResult(machine_command_id=command.id, outcome="refused", message="illegal value")
    floor.do(service.report_command_result, refused, GATEWAY)
    assert [found.kind for found in floor.rows(Discrepancy)] == ["release_refused"]
    assert floor.take([]).commands == []
    floor.do(service.ask_release_again, service.AskReleaseAgain(machine_command_id=command.id))
    assert [c.id for c in floor.take([]).commands] == [command.id]


def test_a_line_enters_loads_by_itself_when_it_may(database: Database, clock: SetClock) -> None:
    floor = create_floor(database, clock, loads=2)
    floor.signal("cleaning", "idle", 0)
    assert floor.rows(MachineCommand) == []
    with database.writing() as session:
        session.get_one(Line, floor.load().line_id).auto_release = True
    floor.take([])
    assert [(c.device, c.value) for c in floor.rows(MachineCommand)] == [("SL/cleaning", 1)]
    floor.take([])
    assert len(floor.rows(MachineCommand)) == 1
    floor.signal("cleaning", "execute", 1)
    floor.signal("cleaning", "complete", 1)
    floor.signal("cleaning", "idle", 0)
    assert floor.load(1).state == "running"


def test_a_load_planned_for_the_day_after_does_not_enter_by_itself(database: Database, clock: SetClock) -> None:
    floor = create_floor(database, clock)
    with database.writing() as session:
        session.get_one(Line, floor.load().line_id).auto_release = True
        session.get_one(type(floor.load()), floor.load_ids[0]).planned_enter = clock.now() + timedelta(hours=73)
    floor.signal("cleaning", "idle", 0)
    assert floor.load().state == "waiting"


def test_a_machine_that_stops_makes_downtime(floor: Floor) -> None:
    floor.signal("cleaning", "execute", 1)
    floor.signal("cleaning", "held", 1)
    floor.clock.advance(minutes=9)
    floor.signal("cleaning", "execute", 1)
    (downtime,) = floor.rows(Downtime)
    assert downtime.by_machine
    assert downtime.ended_at - downtime.started_at >= timedelta(minutes=9)


def test_signals_and_commands_over_http(app: Flask, database: Database, clock: SetClock) -> None:
    floor = entered(add_floor(database, clock))
    with database.writing() as session:
        token = make_token(Work(session, OWNER, clock), "gateway", "gateway")
    client = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post("/api/v1/signals", json={"readings": []}).status_code == 401
    pending = client.get("/api/v1/machine-commands", headers=headers).json
    assert pending is not None
    (command,) = pending["commands"]
    sent = [reading(clock, "cleaning", p, v).model_dump(mode="json") for p, v in (("state", "execute"), ("pallet", 1))]
    answer = client.post("/api/v1/signals", json={"readings": sent}, headers=headers)
    assert answer.status_code == 200, answer.json
    assert answer.json["taken"] == [item["id"] for item in sent]
    assert floor.operation("cleaning").state == "running"
    result = {"machine_command_id": command["id"], "outcome": "done"}
    url = f"/api/v1/machine-commands/{command['id']}/result"
    assert client.post(url, json=result, headers=headers).status_code == 200
    wrong = client.post("/api/v1/signals", json={"readings": [{"id": "x"}]}, headers=headers)
    assert wrong.status_code == 422
