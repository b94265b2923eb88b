"""A lorry that was told to have left, but is at the plant: its departure is undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from mes.accounts.models import Plant
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleVersion
from mes.core.ids import new_id
from mes.dashboard.daily import daily
from mes.ledger.queries import events_of
from mes.ledger.verification import verify
from mes.logistics import service
from mes.logistics.gate.checks import GateCheck
from mes.logistics.gate.departure import asks_for
from mes.logistics.note_content import note_content
from mes.traceability.archive.facts import HEADER, Story, register_row
from mes.traceability.mapping import MappingSettings, epcis_events
from mes.traceability.story import records_of_serial, tell
from tests.conftest import NOW, actor
from tests.mes.logistics.stage import Stage, add_project, build_stage
from tests.mes.logistics.test_at_once import at_once

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def stage(database: Database, clock: SetClock) -> Stage:
    """Four certified slabs in slot A-01."""
    return build_stage(database, clock)


def undo(stage: Stage, delivery_id: object, **further: object) -> service.DepartureUndone:
    facts = {"reason_code": "breakdown", "words": "门口爆胎", **further}
    command = service.UndoDeparture(delivery_id=delivery_id, **facts)  # type: ignore[arg-type]
    return perform(stage.database, stage.operator, stage.clock, service.undo_departure, command)


def test_a_departure_is_undone_and_the_lorry_leaves_again(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock)
    delivery_id = stage.on_the_road(2)
    before = stage.delivery(delivery_id)
    clock.advance(minutes=5)
    undone = undo(stage, delivery_id)
    assert (undone.number, undone.element_count, undone.note_edition) == (before.number, 2, 2)
    delivery = stage.delivery(delivery_id)
    assert (delivery.state, delivery.departed_at, delivery.number, delivery.sscc) == (
        "loading",
        None,
        before.number,
        before.sscc,
    )
    assert [stage.element(index).state for index in range(3)] == ["loaded", "loaded", "stored"]
    stage.load(delivery_id, 2)
    clock.advance(minutes=5)
    stage.depart(delivery_id)
    stage.receive(delivery_id, 0)
    assert stage.kinds(f"delivery:{delivery.sscc}")[3:] == [
        "delivery.departed",
        "delivery.departure_undone",
        "delivery.loaded",
        "delivery.departed",
        "delivery.arrived",
        "element.received",
    ]
    with any_database.reading() as session:
        assert verify(session).intact


def test_the_event_names_the_departure_and_says_why(stage: Stage) -> None:
    delivery_id = stage.on_the_road(2)
    undo(stage, delivery_id)
    with stage.database.reading() as session:
        *_, left, undone = events_of(session, f"delivery:{stage.delivery(delivery_id).sscc}")
    data = undone.content["data"]
    assert data["departure"] == {"event": str(left.id), "left_at": left.event_time.isoformat()}
    assert (data["undo_code"], data["reason"], data["note_edition"]) == ("breakdown", "门口爆胎", 1)
    assert [(one["serial"], one["state_before"], one["state"]) for one in undone.content["elements"]] == [
        (1, "shipped", "loaded"),
        (2, "shipped", "loaded"),
    ]


@pytest.mark.parametrize(
    ("further", "where"),
    [({"reason_code": "mood"}, "reason_code"), ({"words": " x "}, "words"), ({"words": ""}, "words")],
)
def test_a_reason_of_the_list_and_words_are_needed(stage: Stage, further: dict[str, object], where: str) -> None:
    delivery_id = stage.on_the_road(1)
    with pytest.raises(InvalidInput) as refused:
        undo(stage, delivery_id, **further)
    assert [fault.where for fault in refused.value.faults] == [where]
    assert stage.delivery(delivery_id).state == "departed"


def test_what_the_site_has_heard_of_stands(stage: Stage) -> None:
    delivery_id = stage.on_the_road(2)
    perform(stage.database, stage.receiver(), stage.clock, service.arrive, service.Arrive(delivery_id=delivery_id))
    with pytest.raises(service.WrongDeliveryState, match="arrived at the site"):
        undo(stage, delivery_id)
    stage.receive(delivery_id, 0)
    stage.receive(delivery_id, 1)
    with pytest.raises(service.WrongDeliveryState, match="arrived at the site"):
        undo(stage, delivery_id)
    assert stage.count_events("delivery.departure_undone") == 0


def test_the_same_tap_twice_is_one_undoing_and_another_one_is_told(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    seen, once = stage.delivery(delivery_id).version, new_id()
    first = undo(stage, delivery_id, command_id=once, expected_version=seen)
    assert undo(stage, delivery_id, command_id=once, expected_version=seen) == first
    with pytest.raises(service.WrongDeliveryState, match="its departure was undone"):
        undo(stage, delivery_id)
    stage.depart(delivery_id)
    with pytest.raises(StaleVersion):  # a window from before: that departure is not this one
        undo(stage, delivery_id, expected_version=seen)
    assert stage.count_events("delivery.departure_undone") == 1


def test_the_receiver_is_told_that_the_lorry_never_left(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    undo(stage, delivery_id)
    for tried in (
        lambda: stage.receive(delivery_id, 0),
        lambda: perform(
            stage.database, stage.receiver(), stage.clock, service.arrive, service.Arrive(delivery_id=delivery_id)
        ),
    ):
        with pytest.raises(service.WrongDeliveryState, match="not left the plant: its departure was undone"):
            tried()


def test_who_may_not_send_lorries_off_undoes_nothing_and_another_project_knows_of_none(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    command = service.UndoDeparture(delivery_id=delivery_id, reason_code="other", words="看错了")
    for role in ("receiver", "inspector", "supervisor", "admin"):
        with pytest.raises(Forbidden):
            perform(stage.database, actor(role), stage.clock, service.undo_departure, command)
    other = add_project(stage.database, stage.clock, "XM-02")
    stranger = actor("operator", project_ids=frozenset({other.project_id}))
    with pytest.raises(NotFound):
        perform(stage.database, stranger, stage.clock, service.undo_departure, command)
    assert stage.delivery(delivery_id).state == "departed"


def test_the_receiver_accepts_while_the_dispatcher_undoes(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock, 2)
    delivery_id = stage.on_the_road(2)
    accepted, undone = at_once(lambda: stage.receive(delivery_id, 0), lambda: undo(stage, delivery_id))
    if isinstance(accepted, Conflict):
        assert "its departure was undone" in str(accepted)
        assert [stage.element(index).state for index in range(2)] == ["loaded", "loaded"]
    else:
        assert "arrived at the site" in str(undone)
        assert [stage.element(index).state for index in range(2)] == ["received", "shipped"]
    assert stage.count_events("delivery.departure_undone") + stage.count_events("element.received") == 1
    with any_database.reading() as session:
        assert verify(session).intact


def test_two_dispatchers_undo_once(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock, 1)
    delivery_id = stage.on_the_road(1)
    outcomes = at_once(lambda: undo(stage, delivery_id), lambda: undo(stage, delivery_id))
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert stage.delivery(delivery_id).note_edition == 2


def test_a_slow_clock_changes_no_order_of_what_happened(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    stage.clock.advance(minutes=10)
    undo(stage, delivery_id, occurred_at=NOW - timedelta(hours=1))
    command = service.Depart(delivery_id=delivery_id, occurred_at=NOW - timedelta(hours=2))
    perform(stage.database, stage.operator, stage.clock, service.depart, command)
    with stage.database.reading() as session:
        times = [event.event_time for event in events_of(session, "element:1") if event.kind.startswith("delivery.")]
    assert times == sorted(times)


def test_a_check_at_the_gate_does_not_hold_for_the_next_departure() -> None:
    check = GateCheck(NOW, "门岗", {"differences": 0}, ended_by="departure")
    assert (check.still_holds, check.is_complete) == (False, False)
    assert "departure was undone" in str(asks_for(check))


def test_the_note_keeps_its_number_and_says_its_edition(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    undo(stage, delivery_id)
    with stage.database.reading() as session:
        delivery = stage.delivery(delivery_id)
        session.add(delivery)
        plant = session.get_one(Plant, delivery.project.plant_id)
        content = note_content(delivery, [], plant, "https://mes.example", SHANGHAI)
    assert (content["number"], content["edition"], content["departed_at"]) == ("DN-261123-001", 2, "")


def test_what_never_left_is_not_counted_as_sent_off_on_any_day(stage: Stage) -> None:
    def sent_off() -> list[tuple[date, int]]:
        with stage.database.reading() as session:
            rows = daily(session, actor("planner"), SHANGHAI, NOW.date(), NOW.date() + timedelta(days=2))
        return [(row.day, row.delivered) for row in rows if row.delivered]

    delivery_id = stage.on_the_road(2)
    assert [count for _, count in sent_off()] == [2]
    stage.clock.advance(hours=24)
    undo(stage, delivery_id)
    assert sent_off() == []
    stage.depart(delivery_id)
    assert sent_off() == [(NOW.astimezone(SHANGHAI).date() + timedelta(days=1), 2)]


def test_the_platform_hears_void_shipping_of_the_load_and_its_despatch_advice(stage: Stage) -> None:
    delivery_id = stage.on_the_road(2)
    undo(stage, delivery_id)
    delivery = stage.delivery(delivery_id)
    settings = MappingSettings(company_prefix="0614141", plant_gln="0614141000005")
    with stage.database.reading() as session:
        left, undone = events_of(session, f"delivery:{delivery.sscc}")[-2:]
    (departed,) = (one.to_json() for one in epcis_events(left.content, settings))
    (void,) = (one.to_json() for one in epcis_events(undone.content, settings))
    assert (void["type"], void["action"], void["bizStep"]) == ("ObjectEvent", "OBSERVE", "void_shipping")
    assert void["epcList"] == departed["epcList"] == [f"https://id.gs1.org/00/{delivery.sscc}"]
    assert void["bizTransactionList"] == departed["bizTransactionList"]
    assert void["bizTransactionList"][0]["type"] == "desadv"
    assert "sourceList" not in void
    assert void["eventID"] != departed["eventID"]


def test_page_and_register_tell_it_of_the_element(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    undo(stage, delivery_id)
    with stage.database.reading() as session:
        records = records_of_serial(session, 1, stage.clock.now())
        story = Story(1, [event.content for event in records.events])
        told = tell(records, "contractor")
    (trip,) = told["deliveries"]
    assert trip.departed_at is None
    assert trip.loaded_at is not None
    assert [step.kind for step in told["life.transport"]][-2:] == ["delivery.departed", "delivery.departure_undone"]
    assert "门口爆胎" not in str(told["life.transport"])  # words are the plant's own
    before = Story(1, story.contents[:-1])
    left, never = (register_row(one, [], SHANGHAI, "")[HEADER.index("出厂")] for one in (before, story))
    assert (left, never) == (NOW.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"), "")


ClientAs = Callable[..., FlaskClient]


def test_the_dispatchers_page_asks_refuses_and_tells(
    client_as: ClientAs, database: Database, clock: SetClock, plant: None
) -> None:
    stage = add_project(database, clock, "XM-01", 2)
    stage.slot()
    stage.store(0, 1)
    delivery_id = stage.on_the_road(2)
    number, planner = stage.delivery(delivery_id).number, client_as("planner")
    address = f"/deliveries/{number}/undo-departure"
    assert address in planner.get(f"/deliveries/{number}").text
    typed = {"command_id": str(new_id()), "expected_version": str(stage.delivery(delivery_id).version)}
    empty = planner.post(address, data={**typed, "reason_code": "", "words": "门口爆胎"})
    assert empty.status_code == 422
    assert "Choose a reason" in empty.text
    assert "门口爆胎" in empty.text
    full = {**typed, "reason_code": "breakdown", "words": "门口爆胎"}
    for _ in range(2):  # a double tap
        done = planner.post(address, data=full, follow_redirects=True)
        assert done.status_code == 200
    assert "edition 2" in done.text
    assert "门口爆胎" in done.text
    late = planner.post(address, data={**full, "command_id": str(new_id())})
    assert late.status_code == 409
    assert "its departure was undone" in late.text
    receiver = client_as("receiver", (stage.project_id,))
    seen = receiver.get(f"/receive/{number}").text
    assert "This lorry has not left the plant yet." in seen
    assert "The lorry broke down" in seen
    assert receiver.get(address).status_code == 403
    body = {"command_id": str(new_id()), "reason_code": "other", "words": "again"}
    answer = planner.post(f"/api/v1/deliveries/{number}/undo-departure", json=body)
    assert answer.status_code == 409
